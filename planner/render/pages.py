"""All files of a site: where each stands, what it is about, how it is made."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from planner.model.ids import is_id
from planner.model.items import Unreadable
from planner.render import plain_pages
from planner.render.ai_text_page import ai_text_json, ai_text_page
from planner.render.changes_page import changes_sheet, sheet_count
from planner.render.coverage_page import coverage_page, scope_coverage_page
from planner.render.data_files import (
    FOLDER,
    build_json,
    graph_facts,
    graph_json,
    item_data_path,
    item_json,
    plan_json,
    problems_json,
)
from planner.render.desk import Desk
from planner.render.feeds import feed, sitemap
from planner.render.graph_page import graph_page, has_own_graph, scope_graph_page
from planner.render.matrix_page import CSV_NAME, matrix_csv, matrix_index_page, matrix_sheet
from planner.render.milestone_page import milestone_page
from planner.render.overview_page import overview_page
from planner.render.phase_page import phase_page
from planner.render.problems_page import problems_page, rule_page, rule_sheets
from planner.render.requirement_lists import requirement_sheet, requirements_page
from planner.render.requirement_page import requirement_page
from planner.render.research_page import research_page
from planner.render.roadmap_page import has_loose_page, loose_phases_page, roadmap_page
from planner.render.scopes import Scope, sheets
from planner.render.urls import encoded, item_file
from planner.render.view import SiteView


class PageSpec(NamedTuple):
    """One text file of the site.

    `path` is the file, relative to the root of the site.  `subject` is the id of the item whose
    page it is: it is made anew when that item's record, card, problems or history changed, or an
    item that is shown on it (`cards.shown_on`).  `group` is a milestone's id ("-": of no
    milestone): it is made anew when any such thing changed for an item on its lists
    (`cards.listed_in`), before or after.  With neither it is made anew each time, or where it has
    `facts`, all that it is made from, when one of these is another value.  `make` gives the final
    text for the view that the specification was made for.
    """

    path: str
    subject: str
    make: Callable[[SiteView], str]
    group: str = ""
    facts: Callable[[SiteView], tuple[object, ...]] | None = None


_DeskPage = Callable[[Desk, str], str]
_ITEM_PAGES: dict[str, _DeskPage] = {
    "milestone": milestone_page,
    "phase": phase_page,
    "requirement": requirement_page,
    "research": research_page,
}
_WHOLE_PAGES: dict[str, _DeskPage] = {
    "index.html": overview_page,
    "roadmap/index.html": roadmap_page,
    "requirements/index.html": requirements_page,
    "matrix/index.html": matrix_index_page,
    "coverage/index.html": coverage_page,
    "graph/index.html": graph_page,
    "problems/index.html": problems_page,
    "ai-text/index.html": ai_text_page,
    "research/index.html": plain_pages.research_index_page,
    "search/index.html": plain_pages.search_page,
    "404.html": plain_pages.not_found_page,
}
_DATA_FILES: dict[str, Callable[[SiteView], str]] = {
    f"{FOLDER}/plan.json": plan_json,
    f"{FOLDER}/graph.json": graph_json,
    f"{FOLDER}/problems.json": problems_json,
    f"{FOLDER}/ai-text.json": ai_text_json,
    f"{FOLDER}/build.json": build_json,
}

_FACTS: dict[str, Callable[[SiteView], tuple[object, ...]]] = {
    f"{FOLDER}/graph.json": graph_facts,
}


def site_pages(view: SiteView) -> Iterator[PageSpec]:
    """Every file of the site but the assets and the search index, in a stable order."""
    desk = Desk(view)
    taken = set()
    for item_id, card in view.cards.items():
        page = _ITEM_PAGES.get(card.kind)
        if page is not None:
            path = item_file(card.kind, item_id)
            taken.add(path)
            yield PageSpec(path, item_id, partial(_of_item, desk, page, item_id))
        yield PageSpec(item_data_path(item_id), item_id, partial(_data_of_item, item_id))
    for path, page in _WHOLE_PAGES.items():
        yield PageSpec(path, "", partial(_of_plan, desk, page, ""))
    for scope in desk.scopes():
        yield from _scope_pages(desk, scope)
    yield from _split_pages(desk)
    for lost in view.trace.tree.unreadable:
        path = item_file(lost.kind, lost.id)
        if path not in taken and path != "index.html":
            taken.add(path)
            yield PageSpec(path, "", partial(_of_lost_file, desk, lost))
    addresses = frozenset(taken)
    yield from _redirects(view, taken)
    for path, data in _DATA_FILES.items():
        yield PageSpec(path, "", data, facts=_FACTS.get(path))
    # A service puts its session here; a plain site needs the file to be there.
    yield PageSpec("session.js", "", _nothing)
    if view.options.public_url:
        yield PageSpec("feed.xml", "", partial(_of_plan, desk, feed, ""))
        yield PageSpec("sitemap.xml", "", partial(_sitemap, desk, addresses))
        yield PageSpec("robots.txt", "", _robots)


def failed_page(view: SiteView, path: str, message: str) -> str:
    """The page that stands at `path` when making the right one failed with `message`."""
    return plain_pages.failed_page(view, path, message)


def _scope_pages(desk: Desk, scope: Scope) -> Iterator[PageSpec]:
    """The lists of one milestone."""
    group = scope.id or scope.shard
    for folder, page in (("requirements", requirement_sheet), ("matrix", matrix_sheet)):
        for number in range(1, len(sheets(scope.requirements)) + 1):
            sheet = f"{number}/" if number > 1 else ""
            path = f"{folder}/{group}/{sheet}index.html"
            yield PageSpec(path, "", partial(_of_sheet, desk, page, scope.id, number), group)
    for path, scope_page in (
        (f"matrix/{group}/{CSV_NAME}", matrix_csv),
        (f"coverage/{group}/index.html", scope_coverage_page),
    ):
        yield PageSpec(path, "", partial(_of_plan, desk, scope_page, scope.id), group)
    if has_own_graph(desk.view, scope):
        made = partial(_of_plan, desk, scope_graph_page, scope.id)
        yield PageSpec(f"graph/{group}/index.html", "", made, group)


def _split_pages(desk: Desk) -> Iterator[PageSpec]:
    """The sheets of lists that are cut otherwise than by milestone."""
    view = desk.view
    if has_loose_page(desk):
        made = partial(_of_plan, desk, loose_phases_page, "")
        yield PageSpec("roadmap/-/index.html", "", made, "-")
    for rule, count in rule_sheets(desk):
        for number in range(1, count + 1):
            sheet = f"{number}/" if number > 1 else ""
            path = f"problems/{rule}/{sheet}index.html"
            yield PageSpec(path, "", partial(_of_sheet, desk, rule_page, rule, number))
    for number in range(1, sheet_count(view.changes) + 1):
        sheet = f"{number}/" if number > 1 else ""
        made = partial(_of_plan, desk, changes_sheet, str(number))
        yield PageSpec(f"changes/{sheet}index.html", "", made)
    for run in view.runs:
        made = partial(_of_plan, desk, plain_pages.research_run_page, run)
        yield PageSpec(f"research/{run}/index.html", "", made)


def _redirects(view: SiteView, taken: set[str]) -> Iterator[PageSpec]:
    """Pages at the addresses of former ids."""
    for item_id, item in view.trace.items.items():
        for alias in item.aliases:
            card = view.cards[item_id]
            path = item_file(card.kind, alias)
            if path not in taken and card.path and _is_id_of(card.kind, alias):
                taken.add(path)
                yield PageSpec(path, item_id, partial(_redirect, alias, item_id))


def _is_id_of(kind: str, alias: str) -> bool:
    """Whether an item of the kind may have had this id: a research document's has two parts."""
    parts = alias.split("/")
    return len(parts) == (2 if kind == "research" else 1) and all(map(is_id, parts))


def _of_item(desk: Desk, page: _DeskPage, item_id: str, view: SiteView) -> str:
    return page(_same(desk, view), item_id)


def _of_plan(desk: Desk, page: _DeskPage, key: str, view: SiteView) -> str:
    return page(_same(desk, view), key)


def _of_sheet(
    desk: Desk, page: Callable[[Desk, str, int], str], key: str, number: int, view: SiteView
) -> str:
    return page(_same(desk, view), key, number)


def _of_lost_file(desk: Desk, lost: Unreadable, view: SiteView) -> str:
    return plain_pages.unreadable_page(_same(desk, view), lost)


def _same(desk: Desk, view: SiteView) -> Desk:
    """The desk, if it is that of the view."""
    return desk if desk.view is view else Desk(view)


def _data_of_item(item_id: str, view: SiteView) -> str:
    return item_json(view, item_id)


def _redirect(alias: str, item_id: str, view: SiteView) -> str:
    return plain_pages.redirect_page(view, alias, view.cards[item_id])


def _sitemap(desk: Desk, items: frozenset[str], view: SiteView) -> str:
    pages = sorted((*items, *_WHOLE_PAGES, "changes/index.html"))
    pages.remove("404.html")
    addresses = (encoded(page).removesuffix("index.html") for page in pages)
    return sitemap(_same(desk, view), addresses)


def _robots(view: SiteView) -> str:
    base = view.options.public_url.rstrip("/")
    return f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n"


def _nothing(view: SiteView) -> str:
    del view
    return ""
