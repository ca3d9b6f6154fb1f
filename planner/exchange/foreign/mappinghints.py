"""Weaker signs of which requirement belongs to which phase: bullets, tails of entries, titles."""

import re
from collections.abc import Callable, Iterable

from planner.exchange.foreign.found import FoundRequirement, Sighting, Source
from planner.exchange.foreign.idlists import KnownIds, is_known_name, read_ids
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document, Line, LineKind
from planner.exchange.foreign.mapping import (
    ELSEWHERE,
    LABELLED,
    MappingReading,
    add_ties,
    ids_of_line,
)
from planner.exchange.foreign.mappingtables import phases_of_cell
from planner.exchange.foreign.numbering import mentions, phase_label
from planner.exchange.foreign.titles import leading_marks
from planner.model.problem import Place

_CATEGORY_PHASE = re.compile(r"[(\[]\s*((?:phases?|fases?)\s[^()\[\]]{1,40})[)\]]", re.IGNORECASE)
_NESTED_PHASE = re.compile(r"[\s*+_-]*(?:phase|fase)\W{0,4}[:：]\W*(.{1,80})", re.IGNORECASE)
_GROUP = re.compile(r"[(\[]([^()\[\]]{1,300})[)\]]")
_DASHED = re.compile(r"(?:—|–|--|\s-)\s*([A-Z][^—–()]{2,200}?)\s*(?:$|—|–|--|\s-\s|\()")


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
        add_ties(reading, ids.all, (label.key,), Source.COVERAGE, place)


def ties_of_tails(sightings: Iterable[Sighting], known: KnownIds, reading: MappingReading) -> None:
    """Ties of checklist entries that carry ids: `… (AUDIT-01)`, `— GEN-01/02/06 —`."""
    for each in sightings:
        if each.source is not Source.LIST:
            continue
        text = f"{each.full or each.name} — {each.description}" if each.description else each.full
        groups = [match[1] for match in _GROUP.finditer(text)]
        groups += [match[1] for match in _DASHED.finditer(text)]
        for group in groups:
            body = LABELLED.sub("", group, count=1).strip()
            ids = _pure_ids(body, known)
            add_ties(reading, ids, (each.key,), Source.TAIL, each.place)


def _pure_ids(text: str, known: KnownIds) -> tuple[str, ...]:
    """The ids of a text that is nothing but a list of them."""
    ids = read_ids(text, known)
    if not ids.firm or ids.loose or ELSEWHERE.search(text):
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
                add_ties(reading, (each.id,), found[0].keys, Source.CATEGORY, each.place)
        else:
            label = phase_label(leading_marks(each.category or each.group).rest)
            if label is not None and not label.last:
                add_ties(reading, (each.id,), (label.key,), Source.CATEGORY, each.place)
        for note in each.notes:
            nested = _NESTED_PHASE.match(note)
            if nested:
                add_ties(
                    reading, (each.id,), phases_of_cell(nested[1]), Source.CATEGORY, each.place
                )
