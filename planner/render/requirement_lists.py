"""Lists of requirements: of the plan where it is short, else one for each milestone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from planner.model.items import REQUIREMENT_STATUSES, Requirement
from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.scopes import LONGEST_LIST, Scope, sheet_path, sheets
from planner.render.templates import template
from planner.render.view import SiteView

PATH = "requirements/"
_WHOLE = frame.Kind(depth=1, section="requirements", exact=True, scripts=("filter.js",))
_PART = frame.Kind(depth=2, section="requirements", scripts=("filter.js",))
_SHEET = frame.Kind(depth=3, section="requirements", scripts=("filter.js",))
_NONE = (
    "There are no requirements yet. A requirement is a file `requirements/<ID>.md`: "
    "the text says what shall hold, `phase:` names the phase that delivers it."
)


@dataclass(frozen=True, slots=True)
class RequirementList:
    """What `requirements.html` shows: one sheet of a list; the flags name the optional columns."""

    heading: str
    scope: bool
    card: Card | None
    total: int
    rows: Sequence[tuple[Requirement, Card]]
    with_milestone: bool
    with_priority: bool
    with_owner: bool
    with_target: bool
    with_tags: bool
    sheet: int
    sheets: int
    sheet_links: Sequence[tuple[int, str]]
    none: str


@dataclass(frozen=True, slots=True)
class ScopeCounts:
    """A row of an index: a milestone, and how many of its members are in each state."""

    name: str
    path: str
    total: int
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class RequirementIndex:
    """What `requirements_index.html` shows."""

    total: int
    statuses: Sequence[str]
    rows: Sequence[ScopeCounts]
    sums: Sequence[tuple[str, int]]


def requirements_page(desk: Desk, key: str = "") -> str:
    """The page `/requirements/`: all of them, or where the lists are."""
    del key
    view, scopes = desk.view, desk.scopes()
    everything = [each for scope in scopes for each in scope.requirements]
    links = desk.texts(_WHOLE).links
    if len(everything) <= LONGEST_LIST:
        # In the order of the milestones, which is that of the plan.
        shown = _list(view, everything, "Requirements", None, PATH, 1)
        body = template("requirements.html").render(page=shown, root=links.root, index=links.index)
    else:
        index = _index(scopes)
        body = template("requirements_index.html").render(
            page=index, root=links.root, index=links.index
        )
    about = f"All {len(everything)} requirements of the plan with phase and status."
    return frame.page(view, _WHOLE, path=PATH, title="Requirements", about=about, body=body)


def requirement_sheet(desk: Desk, milestone_id: str, number: int) -> str:
    """Sheet `number` (from 1) of the requirements of a milestone (empty: of none)."""
    view, scope = desk.view, desk.scope(milestone_id)
    kind = _PART if number == 1 else _SHEET
    links = desk.texts(kind).links
    path = f"{PATH}{scope.shard}/"
    heading = scope.name if scope.card else "Requirements without milestone"
    shown = _list(view, scope.requirements, heading, scope, path, number)
    body = template("requirements.html").render(page=shown, root=links.root, index=links.index)
    title = f"Requirements · {scope.name}" + (f", page {number}" if number > 1 else "")
    about = f"{len(scope.requirements)} requirements: {scope.name}."
    return frame.page(
        view, kind, path=sheet_path(path, number), title=title, about=about, body=body
    )


def _list(
    view: SiteView,
    requirements: Sequence[Requirement],
    heading: str,
    scope: Scope | None,
    path: str,
    number: int,
) -> RequirementList:
    parts = sheets(requirements)
    shown = parts[number - 1]
    rows = [(each, view.cards[each.id]) for each in shown]
    return RequirementList(
        heading=heading,
        scope=scope is not None,
        card=scope.card if scope else None,
        total=len(requirements),
        rows=rows,
        with_milestone=scope is None and len({card.top for _, card in rows}) > 1,
        with_priority=any(each.priority for each in shown),
        with_owner=any(each.owner for each in shown),
        with_target=any(each.target for each in shown),
        with_tags=any(each.tags for each in shown),
        sheet=number,
        sheets=len(parts),
        sheet_links=[(each, sheet_path(path, each)) for each in range(1, len(parts) + 1)],
        none=_NONE if scope is None else "No requirement belongs to this milestone yet.",
    )


def _index(scopes: Sequence[Scope]) -> RequirementIndex:
    counts = [Counter(each.status for each in scope.requirements) for scope in scopes]
    sums = sum(counts, Counter())
    statuses = [name for name in REQUIREMENT_STATUSES if sums[name]]
    return RequirementIndex(
        total=sum(sums.values()),
        statuses=statuses,
        rows=[
            ScopeCounts(
                scope.name,
                f"{PATH}{scope.shard}/",
                len(scope.requirements),
                [(name, count[name]) for name in statuses],
            )
            for scope, count in zip(scopes, counts, strict=True)
        ],
        sums=[(name, sums[name]) for name in statuses],
    )
