"""Tables whose rows are phases: progress tables and structure overviews of a roadmap."""

import re
from dataclasses import dataclass, field, replace

from planner.exchange.foreign.blocks import phase_around, section_of
from planner.exchange.foreign.definitions import PHASE_COLUMNS, STATUS_COLUMNS
from planner.exchange.foreign.found import ProgressRow
from planner.exchange.foreign.grids import Grid, Row, grids
from planner.exchange.foreign.labels import FieldName, label_of, words
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document
from planner.exchange.foreign.numbering import Label, cell_label
from planner.exchange.foreign.sectionwords import SectionKind
from planner.exchange.foreign.sightings import PhaseRange
from planner.exchange.foreign.statewords import iso_date, state_of
from planner.exchange.foreign.titles import after_separator, leading_marks, undecorate
from planner.model.problem import Place

_RATIO = re.compile(r"(?<!\d)(\d{1,4})\s*/\s*(\d{1,4})(?!\d)")
_RATIO_CELL = re.compile(r"\W*\d{1,4}\s*/\s*(?:\d{1,4}|TBD|\?)\W*", re.IGNORECASE)
_DATE_CELL = re.compile(r"\W*\d{4}-\d{2}-\d{2}\W*")
_NAME_COLUMNS = ("name", "title", "phase name", "phase", "description")
_PLAN_COLUMNS = ("plans complete", "plans", "plan", "completed plans", "plans completed", "waves")
_DATE_COLUMNS = (
    "completed",
    "completion",
    "completion date",
    "date",
    "done",
    "shipped",
    "finished",
)
_MILESTONE_COLUMNS = ("milestone", "version", "release", "marco", "meilenstein")
_PHASE_TABLE_COLUMNS = frozenset(
    (*STATUS_COLUMNS, *_PLAN_COLUMNS, *_MILESTONE_COLUMNS, "goal", "goals", "objective", "progress")
)
_NO_ROWS = {
    SectionKind.NOTES,
    SectionKind.NEXT,
    SectionKind.DEPENDENCIES,
    SectionKind.CONSTRAINTS,
    SectionKind.OUT,
    SectionKind.COVERAGE,
}
_FIELDS = (FieldName.GOAL, FieldName.DEPENDS)
_SUMS = {"total", "totals", "sum", "overall", "all", "all phases", "gesamt", "totaal", "合计"}


@dataclass(slots=True)
class ProgressReading:
    """What `read_progress` gathers."""

    rows: list[ProgressRow] = field(default_factory=list)
    ranges: list[PhaseRange] = field(default_factory=list)


def read_progress(document: Document, ledger: Ledger) -> ProgressReading:
    """Read every table whose first column names phases."""
    reading = ProgressReading()
    for grid in grids(document):
        if _is_phase_table(grid):
            _read_table(grid, document.path, ledger, reading)
    return reading


def _is_phase_table(grid: Grid) -> bool:
    if not grid.header or phase_around(grid.first) is not None:
        return False
    if section_of(grid.first) in _NO_ROWS or not any(map(_tells_phases, grid.header[1:])):
        return False
    if grid.header[0] in PHASE_COLUMNS:
        return True
    return grid.header[0] in {"#", "no", "no.", "nr", "nr."} and (
        len(grid.header) > 1 and grid.header[1] in PHASE_COLUMNS
    )


def _tells_phases(word: str) -> bool:
    """Whether a column says what phases are; a table of risks by phase has no such column."""
    return word in _NAME_COLUMNS or word in _PHASE_TABLE_COLUMNS


def _read_table(grid: Grid, path: str, ledger: Ledger, reading: ProgressReading) -> None:
    ledger.claim(path, grid.first, Fate.SYNTAX)
    seen: set[str] = set()
    for row in grid.rows:
        if not row.cells:
            continue
        label = cell_label(leading_marks(row.cells[0]).rest)
        if label is None:
            if words(row.cells[0]) in _SUMS:
                ledger.claim(path, row.line, Fate.DERIVED)
            continue
        place = Place(path, row.line.number)
        if label.last:
            reading.ranges.append(PhaseRange(label.number, label.last, row.line.body, place))
            ledger.claim(path, row.line, Fate.NOTE)
            continue
        ledger.claim(path, row.line, Fate.DERIVED)
        found = _row(grid, row, label, place)
        reading.rows.append(replace(found, duplicate=label.key in seen))
        seen.add(label.key)


def _row(grid: Grid, row: Row, label: Label, place: Place) -> ProgressRow:
    name = after_separator(label.rest)
    if name is None:
        name = label.rest
    named = -1
    if not name.strip():
        named = next(
            (at for at, word in enumerate(grid.header) if at and word in _NAME_COLUMNS), -1
        )
        name = grid.cell(row, named)
    plans_at = grid.column(*_PLAN_COLUMNS)
    status_at = grid.column(*STATUS_COLUMNS)
    date_at = grid.column(*_DATE_COLUMNS)
    milestone_at = grid.column(*_MILESTONE_COLUMNS)
    plain = undecorate(name)
    found = ProgressRow(
        key=label.key,
        number=label.number,
        name=plain.text,
        place=place,
        inserted=plain.inserted,
        status=grid.cell(row, status_at),
        state=state_of(grid.cell(row, status_at)),
        date=iso_date(grid.cell(row, date_at)),
        plans=_ratio(grid.cell(row, plans_at)),
        milestone=grid.cell(row, milestone_at),
        cells=tuple(zip(grid.header, row.cells, strict=False)),
    )
    mended = _mend_shift(found, row, plans_at, status_at, milestone_at, len(grid.header))
    if mended.shifted:
        held = {at for at, cell in enumerate(row.cells) if _is_value(cell) or cell == mended.status}
    else:
        held = {status_at, milestone_at}
        held |= {at for at in (plans_at, date_at) if _is_value(grid.cell(row, at))}
    if not mended.shifted:
        goal_at, depends_at = (_field_column(grid, name) for name in _FIELDS)
        mended = replace(mended, goal=grid.cell(row, goal_at), depends=grid.cell(row, depends_at))
    return replace(mended, others=tuple(grid.others(row, held | {0, named})))


def _field_column(grid: Grid, name: FieldName) -> int:
    return next((at for at, word in enumerate(grid.header) if at and label_of(word) is name), -1)


def _mend_shift(
    found: ProgressRow, row: Row, plans_at: int, status_at: int, milestone_at: int, width: int
) -> ProgressRow:
    """Take status, date and plans by their form where the cells stand in wrong columns."""

    def cell(at: int) -> str:
        return row.cells[at] if 0 <= at < len(row.cells) else ""

    shifted = (
        (milestone_at > 0 and _RATIO_CELL.fullmatch(cell(milestone_at)) is not None)
        or (status_at > 0 and _DATE_CELL.fullmatch(cell(status_at)) is not None)
        or (plans_at > 0 and _ratio(cell(plans_at)) is None and _is_status(cell(plans_at)))
        or (status_at > 0 and len(row.cells) < width and _RATIO_CELL.fullmatch(cell(status_at)))
    )
    if not shifted:
        return found
    others = [each for at, each in enumerate(row.cells) if at]
    status = next((each for each in others if _is_status(each)), "")
    milestone = "" if _RATIO_CELL.fullmatch(found.milestone or "-") else found.milestone
    return replace(
        found,
        shifted=True,
        status=status,
        state=state_of(status),
        date=next((iso_date(each) for each in others if iso_date(each)), ""),
        plans=next((ratio for each in others if (ratio := _ratio(each))), None),
        milestone=milestone,
    )


def _is_status(cell: str) -> bool:
    return (
        len(cell) < 60
        and state_of(cell) is not None
        and _DATE_CELL.fullmatch(cell) is None
        and _RATIO_CELL.fullmatch(cell) is None
    )


def _is_value(cell: str) -> bool:
    """Whether a cell is a date or a count of plans and nothing else, or says that there is none."""
    return (
        _DATE_CELL.fullmatch(cell) is not None
        or _RATIO_CELL.fullmatch(cell) is not None
        or words(cell) in {"tbd", "n/a", "0", "none"}
    )


def _ratio(cell: str) -> tuple[int, int] | None:
    match = _RATIO.search(cell)
    return (int(match[1]), int(match[2])) if match else None
