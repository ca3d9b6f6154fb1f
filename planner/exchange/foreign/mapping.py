"""Which requirement belongs to which phase, and what says so."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from planner.exchange.foreign.definitions import (
    definition,
)
from planner.exchange.foreign.found import (
    FoundRequirement,
    PhaseDetails,
    Source,
    Tie,
    TraceRow,
)
from planner.exchange.foreign.idlists import Ids, KnownIds, read_ids
from planner.exchange.foreign.lines import Document, LineKind
from planner.model.problem import Place

ELSEWHERE = re.compile(
    r"\bphases?\s*\d|\b(?:phase|fase)\b|deferred|owned|moved|\blater\b|\bmilestone\b|adiado|"
    r"verschoben|reporté",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:except|excluding|excl\.|without|minus|but not|außer|exceto|sauf)\b", re.IGNORECASE
)
_SHORT_PHASE = re.compile(r"P-?(\d{1,6}(?:\.\d{1,6})?)")
_LOWER_WORD = re.compile(r"\b(?!(?:and|through)\b)[A-Z]?[a-z]{3,}\b")
_MAX_NESTING = 3
LABELLED = re.compile(r"(?:requirements?|reqs?|req ids?|covers)\s*[:：]\s*", re.IGNORECASE)


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
    if ELSEWHERE.search(inside):
        return " "
    if closing == "]":
        return f" {inside} "
    ids = read_ids(LABELLED.sub("", inside, count=1))
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
) -> tuple[list[FoundRequirement], list[int]]:
    """Ties of the Requirements field of a phase.

    Returns what its list defines with a text, and the lines with words that define nothing.
    """
    path = document.path
    if details.requirements_text:
        place = Place(path, details.requirements_line)
        ids = ids_of_line(details.requirements_text, known)
        add_ties(reading, ids.firm, (details.key,), Source.LINE, place)
        add_ties(reading, ids.loose, (details.key,), Source.PROSE, place)
        reading.faults.extend((place, fault) for fault in ids.faults)
    defined: list[FoundRequirement] = []
    left: list[int] = []
    for number in details.requirement_bullets:
        line = document.at(number)
        place = Place(path, number)
        if line.kind is LineKind.TEXT:
            if defined and defined[-1].place.line >= number - 20 and defined[-1].text:
                defined[-1] = _longer(defined[-1], line.body)
            else:
                left.append(number)
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
            if not ids.firm or _LOWER_WORD.search(body):
                left.append(number)
        add_ties(reading, ids.firm, (details.key,), Source.BULLET, place)
        reading.faults.extend((place, fault) for fault in ids.faults)
    return defined, left


def _longer(found: FoundRequirement, text: str) -> FoundRequirement:
    return FoundRequirement(
        id=found.id,
        text=f"{found.text} {text}",
        place=found.place,
        box=found.box,
        title=found.title,
        struck=found.struck,
    )


def add_ties(
    reading: MappingReading,
    ids: Iterable[str],
    phases: Iterable[str],
    source: Source,
    place: Place,
) -> None:
    """Note that `source` at `place` ties each of `ids` to each of `phases`."""
    keys = tuple(phases)
    for each in ids:
        reading.ties.extend(Tie(each, key, source, place) for key in keys)
