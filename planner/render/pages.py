"""All files of a site: where each stands, what it is about, how it is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planner.render.view import SiteView


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One text file of the site.

    `path` is the file, relative to the root of the site.  `subject` is the id of the item whose
    page it is: it is made anew when that item's record, card, problems or history changed, or an
    item that is shown on it (`cards.shown_on`).  `group` is a milestone's id ("-": of no
    milestone): it is made anew when any such thing changed for any item of that milestone, before
    or after.  With neither it is made anew each time.  `make` gives the final text.
    """

    path: str
    subject: str
    make: Callable[[SiteView], str]
    group: str = ""


def site_pages(view: SiteView) -> Iterator[PageSpec]:
    """Every file of the site but the assets, in a stable order."""
    raise NotImplementedError


def failed_page(view: SiteView, path: str, message: str) -> str:
    """The page that stands at `path` when making the right one failed with `message`."""
    raise NotImplementedError
