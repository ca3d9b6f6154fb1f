"""Which pages a change makes out of date.

The rule: a page about an item is out of date when the item's own file, card, problems or history
changed, or when such a thing changed for an item that is shown on it, in the old or in the new
plan.  A page of a group is out of date when such a thing changed for an item that is on one of its
lists.  All other pages are made every time, unless nothing changed at all, or nothing of what they
say they are made from.  A property test compares the outcome with full builds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from planner.render.cards import listed_in, shown_on
from planner.render.pages import PageSpec
from planner.render.view import SiteView

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Dirt:
    """The subjects and groups whose pages must be made anew; `everything` overrules both.

    `anything` tells whether anything at all changed, `before` is the view of the last site.
    """

    everything: bool
    anything: bool = True
    before: SiteView | None = None
    items: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def covers(self, page: PageSpec, view: SiteView) -> bool:
        """Whether the page of `view` must be made anew."""
        if self.everything:
            return True
        if page.subject:
            return page.subject in self.items
        if page.group:
            return page.group in self.groups
        if page.facts is None or self.before is None:
            return self.anything
        pairs = zip(page.facts(self.before), page.facts(view), strict=True)
        return any(was is not now for was, now in pairs)


def dirt_between(old: SiteView | None, new: SiteView) -> Dirt:
    """What must be made anew when the last site was made from `old`."""
    if old is new:
        return Dirt(everything=False, anything=False)
    if old is None or _whole_site_changed(old, new):
        return Dirt(everything=True)
    touched = _touched(old, new)
    items = set(touched)
    for item_id in touched:
        items |= shown_on(old, item_id)
        items |= shown_on(new, item_id)
    groups = {
        group for item_id in touched for view in (old, new) for group in listed_in(view, item_id)
    }
    return Dirt(everything=False, before=old, items=frozenset(items), groups=frozenset(groups))


def _whole_site_changed(old: SiteView, new: SiteView) -> bool:
    """Whether something changed that stands on every page."""
    return (
        old.options != new.options
        or old.notes != new.notes
        or old.trace.tree.plan != new.trace.tree.plan
    )


def _touched(old: SiteView, new: SiteView) -> set[str]:
    """Ids of the items about which any fact changed."""
    touched = _changed(_blobs(old), _blobs(new), lambda a, b: a == b)
    touched |= _changed(old.cards, new.cards, lambda a, b: a is b or a == b)
    touched |= _changed(old.problems_of, new.problems_of, lambda a, b: a == b)
    touched |= _changed(old.history, new.history, lambda a, b: a == b)
    touched.discard("")
    return touched


def _blobs(view: SiteView) -> dict[str, tuple[str, str]]:
    tree = view.trace.tree
    blobs = {item_id: (item.path, item.blob) for item_id, item in view.trace.items.items()}
    blobs.update((lost.id, (lost.path, lost.blob)) for lost in tree.unreadable)
    return blobs


def _changed(
    old: Mapping[str, _T], new: Mapping[str, _T], same: Callable[[_T, _T], bool]
) -> set[str]:
    changed = old.keys() ^ new.keys()
    changed.update(key for key in old.keys() & new.keys() if not same(old[key], new[key]))
    return changed
