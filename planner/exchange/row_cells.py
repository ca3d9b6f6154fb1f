"""Cells of tables that no field took: what they say must not get lost with their row."""

import re
from collections.abc import Iterator

from planner.exchange.foreign.found import FoundPhase, FoundRequirement, TraceRow
from planner.exchange.foreign.idlists import read_ids
from planner.exchange.foreign.labels import words
from planner.exchange.foreign.titles import comparable

_JOINTS = re.compile(r"\b(?:through|and|TBD|All|None)\b")
_WORD = re.compile(r"[^\W\d_]{3,}")


def has_words(text: str) -> bool:
    """Whether there is more in a field than ids, numbers and the signs between them."""
    if any(sign.isalpha() and not sign.isascii() for sign in text):
        return True  # no id has such letters
    return any(not word.isupper() for word in _WORD.findall(_JOINTS.sub("", text)))


def homeless_cells(phase: FoundPhase, status_word: str) -> Iterator[tuple[str, str]]:
    """Cells about a phase, with their headers, that say what its fields do not.

    `status_word` is the word that its status was taken from.
    """
    said = comparable(
        " ".join(
            [
                phase.title,
                *(f"{each.name} {each.full} {each.description}" for each in phase.sightings),
                *(f"{each.goal} {each.requirements_text}" for each in phase.details),
                *(text for each in phase.details for text, _ in each.depends),
                _goal_of_rows(phase),
            ]
        )
    )
    for at, row in enumerate(phase.rows):
        if comparable(row.name) not in said:
            yield "name", row.name
        taken = row.state is not None and words(row.status) == words(status_word)
        if not taken and comparable(row.status):
            yield "status", row.status
        if not phase.milestone and comparable(row.milestone):
            yield "milestone", row.milestone
        if at and row.plans and row.plans != phase.rows[0].plans:
            yield "plans", f"{row.plans[0]}/{row.plans[1]}"
        if at and row.date and row.date != phase.rows[0].date:
            yield "date", row.date
        for head, cell in row.others:
            only_ids = bool(read_ids(cell).firm) and not has_words(cell)
            if not only_ids and not _is_covered(cell, said):
                yield head or "more", cell


def _goal_of_rows(phase: FoundPhase) -> str:
    """The goal that is taken from a table: only where no section tells one."""
    if any(each.goal for each in phase.details):
        return ""
    return next((row.goal for row in phase.rows if row.goal), "")


def homeless_trace_cells(
    found: FoundRequirement, rows: list[TraceRow]
) -> Iterator[tuple[str, str]]:
    """Cells of traceability tables about a requirement that say what its fields do not."""
    said = comparable(f"{found.title} {found.text} {found.category}")
    for at, row in enumerate(rows):
        plain_phase = row.phases and "(" not in row.phase_text and "[" not in row.phase_text
        if not plain_phase and comparable(row.phase_text):
            yield "phase", row.phase_text
        if at and words(row.status) != words(rows[0].status) and comparable(row.status):
            yield "status", row.status
        for head, cell in row.others:
            if not _is_covered(cell, said):
                yield head or "more", cell


def _is_covered(cell: str, said: str) -> bool:
    """Whether the words of a cell stand elsewhere; one without letters and digits says nothing."""
    plain = comparable(cell)
    return plain in said if plain or not cell.strip() else False
