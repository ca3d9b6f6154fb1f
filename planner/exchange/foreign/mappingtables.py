"""Ties of requirements to phases that tables make."""

import re

from planner.exchange.foreign.definitions import PHASE_COLUMNS, id_cell, requirement_columns
from planner.exchange.foreign.found import Source, TraceRow
from planner.exchange.foreign.grids import Grid, grids
from planner.exchange.foreign.idlists import KnownIds
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document
from planner.exchange.foreign.mapping import MappingReading, add_ties, ids_of_line
from planner.exchange.foreign.numbering import (
    NO_KEYS,
    PhaseKeys,
    cell_label,
    expand,
    mentions,
    number_id,
    number_list,
    phase_label,
)
from planner.model.problem import Place

_REQUIREMENT_WORDS = (
    "requirement", "reqs", "req ids", "covers", "requisit", "anforderung", "exigence", "vereist",
    "wymagani", "требован", "需求", "要件", "요구사항",
)  # fmt: skip
_SHORT_PHASE = re.compile(r"P-?(\d{1,6}(?:\.\d{1,6})?)")


def phases_of_cell(text: str, known: PhaseKeys = NO_KEYS) -> tuple[str, ...]:
    """The phases that a cell names; none for `-`, `v2`, `Future`, `All phases`."""
    body = _no_brackets(text).translate(str.maketrans("", "", "*`~")).strip()
    found = mentions(body, known)
    if found:
        return found[0].keys
    label = phase_label(body)
    if label is not None:
        return expand(label.key, number_id(label.last), known) if label.last else (label.key,)
    short = _SHORT_PHASE.fullmatch(body)
    if short:
        return (number_id(short[1]),)
    keys = number_list(body, known)
    if keys:
        return keys
    named = cell_label(body)
    if named is not None and named.number[:1].isdigit() and named.rest.lstrip()[:1] in {":", "—"}:
        return (named.key,)
    return ()


def _no_brackets(text: str) -> str:
    depth = 0
    kept = []
    for sign in text:
        if sign in "([":
            depth += 1
        elif sign in ")]" and depth:
            depth -= 1
        elif not depth:
            kept.append(sign)
    return "".join(kept)


def ties_of_tables(
    document: Document,
    ledger: Ledger,
    known: KnownIds,
    phases: PhaseKeys,
    source: Source,
    reading: MappingReading,
) -> None:
    """Ties of traceability and coverage tables, either way round."""
    for grid in grids(document):
        columns = requirement_columns(grid)
        if columns is not None and columns.phase >= 0:
            _trace_rows(grid, document.path, ledger, known, phases, source, reading)
        elif grid.header and grid.header[0] in PHASE_COLUMNS:
            _reversed_rows(grid, document.path, ledger, known, reading)


def _trace_rows(
    grid: Grid,
    path: str,
    ledger: Ledger,
    known: KnownIds,
    phases: PhaseKeys,
    source: Source,
    reading: MappingReading,
) -> None:
    columns = requirement_columns(grid)
    if columns is None:
        return
    ledger.claim(path, grid.first, Fate.SYNTAX)
    used = {columns.id, columns.phase, columns.status}
    for row in grid.rows:
        ids = id_cell(grid.cell(row, columns.id), known)
        if not ids:
            continue
        cell = grid.cell(row, columns.phase)
        keys = phases_of_cell(cell, phases)
        place = Place(path, row.line.number)
        status = grid.cell(row, columns.status)
        # A row that defines the requirement as well has kept its other cells there.
        defines = ledger.is_claimed(path, row.line)
        others = () if defines else tuple(grid.others(row, used))
        reading.rows.append(TraceRow(ids, keys, cell, status, place, len(ids) > 1, others))
        # Of an id that nothing defines no requirement is made: then the row itself is kept.
        stays = all(each in known.texts for each in ids) or (keys and source is not Source.TRACE)
        ledger.claim(path, row.line, Fate.ITEM if stays else Fate.NOTE)
        add_ties(reading, ids, keys, source, place)


def _reversed_rows(
    grid: Grid, path: str, ledger: Ledger, known: KnownIds, reading: MappingReading
) -> None:
    column = next(
        (
            at
            for at, head in enumerate(grid.header)
            if at and any(word in head for word in _REQUIREMENT_WORDS)
        ),
        -1,
    )
    if column < 0:
        return
    for row in grid.rows:
        label = cell_label(row.cells[0]) if row.cells else None
        if label is None or label.last:
            continue
        ids = ids_of_line(grid.cell(row, column), known)
        if ids.firm:
            ledger.claim(path, grid.first, Fate.SYNTAX)
            # The words of other columns have no home: the row is kept as it is.
            plain_row = not any(any(map(str.isalpha, c)) for _, c in grid.others(row, {0, column}))
            ledger.claim(path, row.line, Fate.DERIVED if plain_row else Fate.NOTE)
        add_ties(reading, ids.firm, (label.key,), Source.COVERAGE, Place(path, row.line.number))
