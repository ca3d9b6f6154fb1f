"""Small pages: search, not found, redirects of former ids, failed pages, unreadable files."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from planner.model.items import Research, Unreadable
from planner.model.problem import Problem
from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.problem_groups import RANK
from planner.render.templates import render
from planner.render.urls import encoded, item_path, links_at, source_link
from planner.render.view import SiteView

_SEARCH = frame.Kind(depth=1, section="search", exact=True)
_RESEARCH = frame.Kind(depth=1, section="research", exact=True)
_RUN = frame.Kind(depth=2, section="research")
_MOST_LINES = 400
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """What `unreadable.html` shows; `lines` are number, text, and whether a problem is there."""

    id: str
    kind: str
    path: str
    href: str
    problems: Sequence[Problem]
    lines: Sequence[tuple[int, str, bool]]
    cut: bool


def search_page(desk: Desk, key: str = "") -> str:
    """The page `/search/`."""
    del key
    links = desk.texts(_SEARCH).links
    body = render("search.html", root=links.root, index=links.index)
    about = "Search the plan: ids, titles, texts, tags."
    return frame.page(desk.view, _SEARCH, path="search/", title="Search", about=about, body=body)


def not_found_page(desk: Desk, key: str = "") -> str:
    """The page `404.html`: it is shown at any address, so its links start at the root."""
    del key
    options = desk.view.options
    root = "./" if options.portable else urlsplit(options.public_url).path.rstrip("/") + "/"
    kind = frame.Kind(depth=0, root=root)
    links = frame.links_of(desk.view, kind)
    body = render("not_found.html", root=links.root, index=links.index)
    about = "No page of this plan has this address."
    return frame.page(
        desk.view, kind, path="404.html", title="Page not found", about=about, body=body
    )


def failed_page(view: SiteView, path: str, message: str) -> str:
    """The page that stands at the file `path` when making the right one failed with `message`.

    A file of data gets the message as JSON.
    """
    kind = frame.Kind(depth=path.count("/"))
    body = render("failed.html", message=message)
    title = "This page could not be made"
    return frame.page(view, kind, path=encoded(path), title=title, about=message, body=body)


def redirect_page(view: SiteView, alias: str, card: Card) -> str:
    """The page at the address of a former id of an item: it leads to the item's page."""
    depth = item_path(card.kind, alias).count("/")
    links = links_at(depth, portable=view.options.portable)
    href = links.to(card.path)
    public = view.options.public_url
    canonical = f"{public.rstrip('/')}/{card.path}" if public else href
    return render(
        "redirect.html", alias=alias, card=card, href=href, canonical=canonical, root=links.root
    )


def unreadable_page(desk: Desk, lost: Unreadable) -> str:
    """The page of a file that cannot be read: its text, with the problems at their lines."""
    view = desk.view
    problems = sorted(
        (each for each in view.problems if each.path == lost.path),
        key=lambda each: (RANK[each.severity], each.line),
    )
    marked = {each.line for each in problems}
    lines = lost.text.splitlines()
    shown = UnreadablePage(
        lost.id,
        lost.kind,
        lost.path,
        source_link(view.options.source_url, lost.path),
        problems,
        [
            (number, line[:_LONGEST_LINE], number in marked)
            for number, line in enumerate(lines[:_MOST_LINES], 1)
        ],
        len(lines) > _MOST_LINES,
    )
    path = item_path(lost.kind, lost.id)
    kind = frame.Kind(depth=path.count("/"))
    body = render("unreadable.html", page=shown)
    title = f"{lost.path} cannot be read"
    about = problems[0].message if problems else title
    return frame.page(view, kind, path=path, title=title, about=about, body=body)


def research_index_page(desk: Desk, key: str = "") -> str:
    """The page `/research/`: all runs with their documents."""
    del key
    runs = [(run, documents) for run, documents in desk.view.runs.items()]
    body = _runs(desk, _RESEARCH, "Research", runs)
    about = "What was looked into before and while planning."
    return frame.page(
        desk.view, _RESEARCH, path="research/", title="Research", about=about, body=body
    )


def research_run_page(desk: Desk, run: str) -> str:
    """The page of one research run."""
    heading = f"Research run {run}"
    body = _runs(desk, _RUN, heading, [(run, desk.view.runs[run])], run=run)
    path = f"research/{encoded(run)}/"
    return frame.page(desk.view, _RUN, path=path, title=heading, about=heading, body=body)


def _runs(
    desk: Desk,
    kind: frame.Kind,
    heading: str,
    runs: Sequence[tuple[str, Sequence[Research]]],
    run: str = "",
) -> str:
    links, cards = desk.texts(kind).links, desk.view.cards
    rows = [
        (name, f"research/{encoded(name)}/", [(cards[each.id], each) for each in documents])
        for name, documents in runs
    ]
    return render(
        "research_index.html",
        runs=rows,
        run=run,
        heading=heading,
        root=links.root,
        index=links.index,
    )
