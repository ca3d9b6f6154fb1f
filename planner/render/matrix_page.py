"""The traceability matrix of a milestone: requirements by phases, with the criteria that verify.

Only real relations are kept: a row is a list of cells with the width of the gaps between them.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from planner.model.items import Criterion, Requirement
from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.scopes import Scope, sheet_path, sheets
from planner.render.templates import template
from planner.render.view import SiteView

PATH = "matrix/"
CSV_NAME = "matrix.csv"
_INDEX = frame.Kind(depth=1, section="matrix", exact=True)
_PART = frame.Kind(depth=2, section="matrix", scripts=("filter.js",))
_SHEET = frame.Kind(depth=3, section="matrix", scripts=("filter.js",))
_OUT = frozenset({"deferred", "dropped"})
_CSV_HEAD = (
    "requirement", "title", "status", "relation", "phase", "phase number", "criterion",
    "criterion status", "level",
)  # fmt: skip
# A spreadsheet runs a cell that begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a phase has to do with a requirement."""

    path: str
    delivers: bool
    criteria: Sequence[Criterion]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A requirement: pairs of (empty columns before, cell or None at the end), and its holes."""

    card: Card
    cells: Sequence[tuple[int, Cell | None]]
    criteria: int
    holes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What `matrix.html` shows."""

    heading: str
    total: int
    columns: Sequence[Card]
    rows: Sequence[MatrixRow]
    csv: str
    sheet: int
    sheets: int
    sheet_links: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class MatrixSummary:
    """A row of the index of matrices."""

    name: str
    path: str
    requirements: int
    phases: int
    verified: int
    holes: int


def matrix_index_page(desk: Desk, key: str = "") -> str:
    """The page `/matrix/`: where the matrices are."""
    del key
    view = desk.view
    links = desk.texts(_INDEX).links
    rows = []
    for scope in desk.scopes():
        holed = sum(bool(_holes(view, each)) for each in scope.requirements)
        verified = sum(each.id in view.trace.verified_by for each in scope.requirements)
        path = f"{PATH}{scope.shard}/"
        rows.append(
            MatrixSummary(
                scope.name, path, len(scope.requirements), len(scope.phases), verified, holed
            )
        )
    body = template("matrix_index.html").render(rows=rows, root=links.root, index=links.index)
    about = "Which phase delivers each requirement, and which criteria verify it."
    return frame.page(view, _INDEX, path=PATH, title="Traceability matrix", about=about, body=body)


def matrix_sheet(desk: Desk, milestone_id: str, number: int) -> str:
    """Sheet `number` (from 1) of the matrix of a milestone (empty: of none)."""
    view, scope = desk.view, desk.scope(milestone_id)
    kind = _PART if number == 1 else _SHEET
    links = desk.texts(kind).links
    path = f"{PATH}{scope.shard}/"
    shown = matrix_context(view, scope, path, number)
    body = template("matrix.html").render(page=shown, root=links.root, index=links.index)
    title = f"Matrix · {scope.name}" + (f", page {number}" if number > 1 else "")
    about = f"{len(scope.requirements)} requirements by {len(scope.phases)} phases: {scope.name}."
    return frame.page(
        view, kind, path=sheet_path(path, number), title=title, about=about, body=body
    )


def matrix_context(view: SiteView, scope: Scope, path: str, number: int) -> Matrix:
    """One sheet of the matrix of a scope; phases of other milestones have columns where needed."""
    place, phases_of = view.trace.place, view.trace.phases_of_requirement
    # In the order of the phases, so that the cells run down the diagonal.
    ordered = sorted(
        scope.requirements,
        key=lambda each: place[phases_of[each.id][0]] if each.id in phases_of else -1,
    )
    parts = sheets(ordered)
    shown = parts[number - 1]
    relations = [_relations(view, each) for each in shown]
    used = {phase.id for phase in scope.phases}.union(*relations)
    columns = sorted(used, key=place.__getitem__)
    position = {phase_id: index for index, phase_id in enumerate(columns)}
    rows = [
        _row(view, each, related, position) for each, related in zip(shown, relations, strict=True)
    ]
    return Matrix(
        heading=scope.name if scope.card else "Requirements without milestone",
        total=len(scope.requirements),
        columns=[view.cards[phase_id] for phase_id in columns],
        rows=rows,
        csv=f"{path}{CSV_NAME}",
        sheet=number,
        sheets=len(parts),
        sheet_links=[(each, sheet_path(path, each)) for each in range(1, len(parts) + 1)],
    )


def matrix_csv(desk: Desk, milestone_id: str) -> str:
    """The matrix of a milestone as CSV (RFC 4180), one line for each relation or hole."""
    view, scope = desk.view, desk.scope(milestone_id)
    cards = view.cards
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_CSV_HEAD)
    for requirement in scope.requirements:
        own = (requirement.id, cards[requirement.id].label, requirement.status)
        phases = view.trace.phases_of_requirement.get(requirement.id, ())
        for phase_id in phases:
            rows.writerow(
                _cells(*own, "delivered by", phase_id, cards[phase_id].number, "", "", "")
            )
        refs = view.trace.verified_by.get(requirement.id, ())
        for ref in refs:
            criterion = ref.criterion
            where = (ref.phase_id, cards[ref.phase_id].number)
            what = (criterion.id, criterion.status, criterion.level)
            rows.writerow(_cells(*own, "verified by", *where, *what))
        for hole in _holes(view, requirement):
            rows.writerow(_cells(*own, hole, "", "", "", "", ""))
    return text.getvalue()


def _cells(*cells: str) -> list[str]:
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]


def _relations(view: SiteView, requirement: Requirement) -> dict[str, list[Criterion]]:
    """The phases that a requirement touches, each with the criteria that verify it."""
    related: dict[str, list[Criterion]] = {
        phase: [] for phase in view.trace.phases_of_requirement.get(requirement.id, ())
    }
    for ref in view.trace.verified_by.get(requirement.id, ()):
        related.setdefault(ref.phase_id, []).append(ref.criterion)
    return related


def _row(
    view: SiteView,
    requirement: Requirement,
    related: dict[str, list[Criterion]],
    position: dict[str, int],
) -> MatrixRow:
    phases = view.trace.phases_of_requirement.get(requirement.id, ())
    cells: list[tuple[int, Cell | None]] = []
    column = 0
    for phase_id in sorted(related, key=position.__getitem__):
        gap = position[phase_id] - column
        card = view.cards[phase_id]
        cells.append((gap, Cell(card.path, phase_id in phases, related[phase_id])))
        column += gap + 1
    if column < len(position):
        cells.append((len(position) - column, None))
    return MatrixRow(
        view.cards[requirement.id],
        cells,
        sum(map(len, related.values())),
        _holes(view, requirement),
    )


def _holes(view: SiteView, requirement: Requirement) -> list[str]:
    """What a requirement lacks; one that is deferred or dropped lacks nothing."""
    if requirement.status in _OUT:
        return []
    holes = []
    if requirement.id not in view.trace.phases_of_requirement:
        holes.append("no phase")
    if requirement.id not in view.trace.verified_by:
        holes.append("no criterion")
    return holes
