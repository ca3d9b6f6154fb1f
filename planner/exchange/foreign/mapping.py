"""Which requirement belongs to which phase, and what says so."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from planner.exchange.foreign.definitions import (
    PHASE_COLUMNS,
    definition,
    id_cell,
    requirement_columns,
)
from planner.exchange.foreign.found import (
    FoundRequirement,
    PhaseDetails,
    Sighting,
    Source,
    Tie,
    TraceRow,
)
from planner.exchange.foreign.grids import Grid, grids
from planner.exchange.foreign.idlists import Ids, KnownIds, is_known_name, read_ids
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document, Line, LineKind
from planner.exchange.foreign.numbering import (
    cell_label,
    expand,
    mentions,
    number_id,
    number_list,
    phase_label,
)
from planner.exchange.foreign.titles import leading_marks
from planner.model.problem import Place

_ELSEWHERE = re.compile(
    r"\bphases?\s*\d|\b(?:phase|fase)\b|deferred|owned|moved|\blater\b|\bmilestone\b|adiado|"
    r"verschoben|reporté",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:except|excluding|excl\.|without|minus|but not|außer|exceto|sauf)\b", re.IGNORECASE
)
_SHORT_PHASE = re.compile(r"P-?(\d{1,6}(?:\.\d{1,6})?)")
_CATEGORY_PHASE = re.compile(r"[(\[]\s*((?:phases?|fases?)\s[^()\[\]]{1,40})[)\]]", re.IGNORECASE)
_NESTED_PHASE = re.compile(r"[\s*+_-]*(?:phase|fase)\W{0,4}[:：]\W*(.{1,80})", re.IGNORECASE)
_MAX_NESTING = 8
_GROUP = re.compile(r"[(\[]([^()\[\]]{1,300})[)\]]")
_DASHED = re.compile(r"(?:—|–|--|\s-)\s*([A-Z][^—–()]{2,200}?)\s*(?:$|—|–|--|\s-\s|\()")
_LABELLED = re.compile(r"(?:requirements?|reqs?|req ids?|covers)\s*[:：]\s*", re.IGNORECASE)


@dataclass(slots=True)
class MappingReading:
    """What is gathered about the mapping."""

    ties: list[Tie] = field(default_factory=list)
    rows: list[TraceRow] = field(default_factory=list)
    faults: list[tuple[Place, str]] = field(default_factory=list)


def without_notes(text: str) -> str:
    """Drop brackets that speak of other phases; unwrap those that hold nothing but ids."""
    parts: list[str] = []
    opened: list[int] = []
    for sign in text:
        if sign in "([（" and len(opened) < _MAX_NESTING:
            opened.append(len(parts))
            parts.append(sign)
        elif sign in ")]）" and opened:
            start = opened.pop()
            inside = "".join(parts[start + 1 :])
            del parts[start:]
            parts.append(_bracket(sign, inside))
        else:
            parts.append(sign)
    return "".join(parts)


def _bracket(closing: str, inside: str) -> str:
    if _ELSEWHERE.search(inside):
        return " "
    if closing == "]":
        return f" {inside} "
    ids = read_ids(_LABELLED.sub("", inside, count=1))
    words = re.findall(r"[A-Za-z]{4,}", inside)
    plain = [word for word in words if not word.isupper() and word.casefold() != "through"]
    return f" {inside} " if ids.firm and not ids.loose and not plain else " "


def ids_of_line(text: str, known: KnownIds) -> Ids:
    """The ids that a Requirements line assigns."""
    kept, _, taken = _split_except(without_notes(text))
    ids = read_ids(kept, known)
    if not taken:
        return ids
    gone = set(read_ids(taken, known).all)
    return Ids(
        tuple(each for each in ids.firm if each not in gone),
        tuple(each for each in ids.loose if each not in gone),
        ids.faults,
    )


def _split_except(text: str) -> tuple[str, str, str]:
    match = _EXCEPT.search(text)
    return (text[: match.start()], match[0], text[match.end() :]) if match else (text, "", "")


def ties_of_details(
    document: Document, details: PhaseDetails, known: KnownIds, reading: MappingReading
) -> list[FoundRequirement]:
    """Ties of the Requirements field of a phase; returns what its list defines with a text."""
    path = document.path
    if details.requirements_text:
        place = Place(path, details.requirements_line)
        ids = ids_of_line(details.requirements_text, known)
        _tie(reading, ids.firm, (details.key,), Source.LINE, place)
        _tie(reading, ids.loose, (details.key,), Source.PROSE, place)
        reading.faults.extend((place, fault) for fault in ids.faults)
    defined: list[FoundRequirement] = []
    for number in details.requirement_bullets:
        line = document.at(number)
        place = Place(path, number)
        if line.kind is LineKind.TEXT:
            if defined and defined[-1].place.line >= number - 20 and defined[-1].text:
                defined[-1] = _longer(defined[-1], line.body)
            continue
        body = line.body if line.kind is LineKind.ITEM else line.body.strip("| ")
        found = definition(body, known)
        if found is not None and found.text and line.kind is LineKind.ITEM:
            ids = Ids(found.ids)
            defined.extend(
                FoundRequirement(
                    id=each,
                    text=found.text,
                    place=place,
                    box=found.box,
                    title=found.title,
                    struck=found.struck,
                )
                for each in found.ids
            )
        else:
            ids = ids_of_line(body, known)
        _tie(reading, ids.firm, (details.key,), Source.BULLET, place)
        reading.faults.extend((place, fault) for fault in ids.faults)
    return defined


def _longer(found: FoundRequirement, text: str) -> FoundRequirement:
    return FoundRequirement(
        id=found.id,
        text=f"{found.text} {text}",
        place=found.place,
        box=found.box,
        title=found.title,
        struck=found.struck,
    )


def _tie(
    reading: MappingReading,
    ids: Iterable[str],
    phases: Iterable[str],
    source: Source,
    place: Place,
) -> None:
    keys = tuple(phases)
    for each in ids:
        reading.ties.extend(Tie(each, key, source, place) for key in keys)


def phases_of_cell(text: str, phases: Iterable[str]) -> tuple[str, ...]:
    """The phases that a cell names; none for `-`, `v2`, `Future`, `All phases`."""
    body = _no_brackets(text).translate(str.maketrans("", "", "*`~")).strip()
    known = tuple(phases)
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
    phases: Callable[[], Iterable[str]],
    source: Source,
    reading: MappingReading,
) -> None:
    """Ties of traceability and coverage tables, either way round."""
    for grid in grids(document):
        columns = requirement_columns(grid)
        if columns is not None and columns.phase >= 0:
            _trace_rows(grid, document.path, ledger, known, tuple(phases()), source, reading)
        elif grid.header and grid.header[0] in PHASE_COLUMNS:
            _reversed_rows(grid, document.path, ledger, known, reading)


def _trace_rows(
    grid: Grid,
    path: str,
    ledger: Ledger,
    known: KnownIds,
    phases: tuple[str, ...],
    source: Source,
    reading: MappingReading,
) -> None:
    columns = requirement_columns(grid)
    if columns is None:
        return
    ledger.claim(path, grid.first, Fate.SYNTAX)
    for row in grid.rows:
        ids = id_cell(grid.cell(row, columns.id), known)
        if not ids:
            continue
        cell = grid.cell(row, columns.phase)
        keys = phases_of_cell(cell, phases)
        place = Place(path, row.line.number)
        status = grid.cell(row, columns.status)
        reading.rows.append(TraceRow(ids, keys, cell, status, place, len(ids) > 1))
        ledger.claim(path, row.line, Fate.ITEM)
        _tie(reading, ids, keys, source, place)


def _reversed_rows(
    grid: Grid, path: str, ledger: Ledger, known: KnownIds, reading: MappingReading
) -> None:
    column = grid.column(
        "requirements", "requirement", "requirement ids", "requirements covered", "reqs",
        "req ids", "requirement(s)", "covers", "covered requirements", "requisitos",
        "anforderungen", "需求",
    )  # fmt: skip
    if column < 0:
        return
    for row in grid.rows:
        label = cell_label(row.cells[0]) if row.cells else None
        if label is None or label.last:
            continue
        ids = ids_of_line(grid.cell(row, column), known)
        if ids.firm:
            ledger.claim(path, grid.first, Fate.SYNTAX)
            ledger.claim(path, row.line, Fate.DERIVED)
        _tie(reading, ids.firm, (label.key,), Source.COVERAGE, Place(path, row.line.number))


def ties_of_bullets(
    document: Document,
    ledger: Ledger,
    known: KnownIds,
    inside: Callable[[Line], bool],
    reading: MappingReading,
) -> None:
    """Ties of coverage bullets: `- Phase 1 (Parser): 9 requirements (PARSE-01..05, …)`."""
    for line in document.lines:
        if line.kind is not LineKind.ITEM or not inside(line):
            continue
        label = phase_label(leading_marks(line.body).rest)
        if label is None or label.last:
            continue
        ids = ids_of_line(label.rest, known)
        ledger.claim(document.path, line, Fate.DERIVED)
        place = Place(document.path, line.number)
        _tie(reading, ids.all, (label.key,), Source.COVERAGE, place)


def ties_of_tails(sightings: Iterable[Sighting], known: KnownIds, reading: MappingReading) -> None:
    """Ties of checklist entries that carry ids: `… (AUDIT-01)`, `— GEN-01/02/06 —`."""
    for each in sightings:
        if each.source is not Source.LIST:
            continue
        text = f"{each.full or each.name} — {each.description}" if each.description else each.full
        groups = [match[1] for match in _GROUP.finditer(text)]
        groups += [match[1] for match in _DASHED.finditer(text)]
        for group in groups:
            body = _LABELLED.sub("", group, count=1).strip()
            ids = _pure_ids(body, known)
            _tie(reading, ids, (each.key,), Source.TAIL, each.place)


def _pure_ids(text: str, known: KnownIds) -> tuple[str, ...]:
    """The ids of a text that is nothing but a list of them."""
    ids = read_ids(text, known)
    if not ids.firm or ids.loose or _ELSEWHERE.search(text):
        return ()
    words = re.findall(r"[A-Za-z]+", re.sub(r"\b(?:and|to|through|thru|und|e|y|et)\b", " ", text))
    if any(not word.isupper() and len(word) > 1 for word in words):
        return ()
    return tuple(each for each in ids.firm if each in known.texts or not is_known_name(each))


def ties_of_categories(requirements: Iterable[FoundRequirement], reading: MappingReading) -> None:
    """Ties of category titles (`### Access (Phase 12)`) and of nested lines (`- Phase: 3`)."""
    for each in requirements:
        match = _CATEGORY_PHASE.search(each.category) or _CATEGORY_PHASE.search(each.group)
        if match:
            found = mentions(match[1])
            if found and len(found[0].keys) == 1:
                _tie(reading, (each.id,), found[0].keys, Source.CATEGORY, each.place)
        else:
            label = phase_label(leading_marks(each.category or each.group).rest)
            if label is not None and not label.last:
                _tie(reading, (each.id,), (label.key,), Source.CATEGORY, each.place)
        for note in each.notes:
            nested = _NESTED_PHASE.match(note)
            if nested:
                _tie(
                    reading, (each.id,), phases_of_cell(nested[1], ()), Source.CATEGORY, each.place
                )
