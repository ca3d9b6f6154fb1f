"""One phase from all its sightings: heading before list before table."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from planner.exchange.foreign.dependencies import dependencies_in, read_dependencies
from planner.exchange.foreign.found import (
    FoundDependency,
    FoundPhase,
    PhaseDetails,
    ProgressRow,
    Sighting,
    Source,
)
from planner.exchange.foreign.milestones import MilestoneBook, MilestoneSpans
from planner.exchange.foreign.numbering import PhaseKeys, is_parked
from planner.exchange.foreign.titles import comparable


def merge_phases(
    sightings: Iterable[Sighting],
    details: Iterable[PhaseDetails],
    rows: Iterable[ProgressRow],
    book: MilestoneBook,
) -> tuple[FoundPhase, ...]:
    """Group everything by phase number, in the order in which the numbers were first seen."""
    seen: dict[str, list[Sighting]] = {}
    for each in sightings:
        seen.setdefault(each.key, []).append(each)
    sections: dict[str, list[PhaseDetails]] = {}
    for section in details:
        sections.setdefault(section.key, []).append(section)
    tabled: dict[str, list[ProgressRow]] = {}
    for row in rows:
        tabled.setdefault(row.key, []).append(row)
        if row.key not in seen:
            seen[row.key] = [_sighting(row)]
    milestones = book.result()
    spans = MilestoneSpans(milestones, seen)
    keys = PhaseKeys(seen)
    phases = [
        _phase(key, seen[key], sections.get(key, []), tabled.get(key, []), keys, spans, book)
        for key in seen
    ]
    if len(milestones) == 1:
        only = milestones[0].key
        return tuple(
            each
            if each.milestone or _stays_out(each)
            else replace(each, milestone=only, assumed=True)
            for each in phases
        )
    return tuple(phases)


def _stays_out(phase: FoundPhase) -> bool:
    """Whether a phase is in no milestone: it is parked, or a table has `-` in that column."""
    return is_parked(phase.key) or any(
        row.milestone.strip() in {"-", "—", "–"} for row in phase.rows
    )


def _phase(
    key: str,
    seen: Sequence[Sighting],
    sections: Sequence[PhaseDetails],
    rows: Sequence[ProgressRow],
    keys: PhaseKeys,
    spans: MilestoneSpans,
    book: MilestoneBook,
) -> FoundPhase:
    milestone = (
        next((each.milestone for each in seen if each.milestone), "")
        or next((found for row in rows if (found := book.key_of(row.milestone))), "")
        or next((found for each in sections if (found := book.key_of(each.milestone))), "")
        or spans.of(key)
    )
    ordered = sorted(seen, key=lambda each: _RANK[each.source])
    return FoundPhase(
        key=key,
        number=ordered[0].number,
        title=_title(ordered, rows),
        sightings=tuple(ordered),
        details=tuple(sections),
        rows=tuple(rows),
        milestone=milestone,
        depends=read_dependencies(sections, keys, ordered[0].place.path)
        or next((named for row in rows if (named := _of_row(row, keys))), ()),
    )


def _of_row(row: ProgressRow, keys: PhaseKeys) -> tuple[FoundDependency, ...]:
    return dependencies_in([row.depends], keys, [row.place]) if row.depends else ()


_RANK = {Source.HEADING: 0, Source.LIST: 1, Source.TABLE: 2}


def _sighting(row: ProgressRow) -> Sighting:
    return Sighting(
        key=row.key,
        number=row.number,
        name=row.name,
        source=Source.TABLE,
        place=row.place,
        end=row.place.line,
        state=row.state,
        date=row.date,
        plans=row.plans,
        inserted=row.inserted,
    )


def _title(ordered: Iterable[Sighting], rows: Sequence[ProgressRow]) -> str:
    names = {comparable(row.name) for row in rows}
    for each in ordered:
        if each.name:
            whole = each.full and comparable(each.full) in names
            return each.full if whole else each.name
    return next((row.name for row in rows if row.name), "")
