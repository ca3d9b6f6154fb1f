"""What stands around the body of every page: head, navigation, footer.

The frame of a kind of page is rendered once and cut at its holes; a page is then only joined.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from planner.render.plain_text import plain_text
from planner.render.templates import render
from planner.render.urls import Links, links_at
from planner.render.view import SiteOptions, SiteView

NAV = (
    ("roadmap", "roadmap/", "Roadmap"),
    ("requirements", "requirements/", "Requirements"),
    ("matrix", "matrix/", "Matrix"),
    ("coverage", "coverage/", "Coverage"),
    ("graph", "graph/", "Graph"),
    ("problems", "problems/", "Problems"),
    ("changes", "changes/", "Changes"),
    ("research", "research/", "Research"),
)
# `frame-ancestors` has no meaning in a meta element; whoever serves the site sends it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)
_HOLE = re.compile("\x00([a-z]+)\x00")
_HOLES = {
    name: Markup("\x00{}\x00").format(name)
    for name in ("title", "description", "body", "canonical")
}
_DESCRIPTION_LENGTH = 180


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page: how deep it stands, which part of the site it is in, what it loads.

    `exact`: it is itself the page that the navigation names.  `root` overrides the way to the root
    of the site, for the one page that is shown at any address.
    """

    depth: int
    section: str = ""
    exact: bool = False
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    root: str = ""


def page(view: SiteView, kind: Kind, *, path: str, title: str, about: str, body: str) -> str:
    """A whole page.

    `path` is its address from the root (encoded), `title` what the browser shows, `about` a plain
    sentence or Markdown text whose start describes the page, `body` the HTML of its main part.
    """
    # Zero bytes mark the holes of the frame.
    plan_title = view.cards[view.trace.tree.plan.id].label.replace("\0", "") or "Plan"
    public = view.options.public_url
    canonical = (
        f'<link rel="canonical" href="{escape(public.rstrip("/"))}/{path}">\n' if public else ""
    )
    whole = title if title == plan_title else f"{title} · {plan_title}"
    values = {
        "title": str(escape(whole)),
        "description": str(escape(_description(about))),
        "body": body,
        "canonical": canonical,
    }
    return "".join([values.get(part, part) for part in _frame(kind, plan_title, view.options)])


def links_of(view: SiteView, kind: Kind) -> Links:
    """The links of the pages of a kind."""
    if kind.root:
        return Links(kind.root, "index.html" if view.options.portable else "")
    return links_at(kind.depth, portable=view.options.portable)


@lru_cache(maxsize=128)
def _frame(kind: Kind, plan_title: str, options: SiteOptions) -> Sequence[str]:
    """The frame in pieces; a piece that is the name of a hole is to be filled."""
    text = render(
        "page.html",
        **_HOLES,
        root=kind.root or links_at(kind.depth, portable=False).root,
        index="index.html" if options.portable else "",
        lang="en",
        policy=Markup(_POLICY),  # noqa: S704 - ours, and its quotes are those of the policy
        plan_title=plan_title,
        nav=NAV,
        section=kind.section,
        exact=kind.exact,
        feed=bool(options.public_url),
        styles=("site.css", "search.css", *kind.styles),
        scripts=("keys.js", "search.js", *kind.scripts),
    )
    return tuple(_HOLE.split(text))


def _description(about: str) -> str:
    plain = plain_text(about[: 2 * _DESCRIPTION_LENGTH])
    if len(plain) <= _DESCRIPTION_LENGTH:
        return plain
    cut = plain[:_DESCRIPTION_LENGTH]
    return (cut.rpartition(" ")[0] or cut) + " …"
