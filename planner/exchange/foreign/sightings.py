"""Phases named as phases: by a heading, or by an entry of a list."""

from collections.abc import Callable
from dataclasses import dataclass

from planner.exchange.foreign.blocks import (
    item_end,
    phase_around,
    phase_heading,
    section_ends,
    section_of,
)
from planner.exchange.foreign.found import Sighting, Source
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document, Line, LineKind
from planner.exchange.foreign.numbering import Label, phase_label
from planner.exchange.foreign.sectionwords import SectionKind
from planner.exchange.foreign.statewords import box_state
from planner.exchange.foreign.titles import (
    Marks,
    after_separator,
    leading_marks,
    split_description,
    undecorate,
    unlink,
    unstruck,
)
from planner.model.problem import Place

MilestoneAt = Callable[[Line], str]
"""The key of the milestone that a line stands in, or empty."""

_NO_LIST = {
    SectionKind.DEPENDENCIES,
    SectionKind.COVERAGE,
    SectionKind.NEXT,
    SectionKind.PROGRESS,
    SectionKind.NOTES,
    SectionKind.CONSTRAINTS,
    SectionKind.OUT,
    SectionKind.REQUIREMENTS,
}
_MENTION_ONLY = {
    SectionKind.DEPENDENCIES,
    SectionKind.COVERAGE,
    SectionKind.NEXT,
    SectionKind.NOTES,
}


@dataclass(frozen=True, slots=True)
class PhaseRange:
    """Several phases behind one line (`Phase 11-18: …`): kept as one group, no phase is made."""

    first: str
    last: str
    text: str
    place: Place


def heading_sightings(
    document: Document, ledger: Ledger, milestone_at: MilestoneAt
) -> tuple[list[Sighting], list[PhaseRange]]:
    """Phases that have a heading, in order."""
    ends = section_ends(document)
    found: list[Sighting] = []
    ranges: list[PhaseRange] = []
    for line in document.lines:
        if line.kind is not LineKind.HEADING or line.heading is None:
            continue
        label = phase_heading(line.heading)
        if label is None:
            continue
        place = Place(document.path, line.number)
        if label.last:
            ranges.append(PhaseRange(label.number, label.last, line.body, place))
            ledger.claim(document.path, line, Fate.NOTE)
            continue
        marks = leading_marks(unlink(line.heading.title))
        text = after_separator(label.rest) or ""
        name = undecorate(unstruck(text) if marks.struck else text)
        ledger.claim(document.path, line, Fate.ITEM)
        found.append(
            Sighting(
                key=label.key,
                number=label.number,
                name=name.text,
                source=Source.HEADING,
                place=place,
                end=ends[line.number],
                box=box_state(marks.box),
                state=marks.state or name.state,
                date=name.date,
                plans=name.plans,
                inserted=name.inserted,
                struck=marks.struck,
                archived=line.details is not None,
                weak=section_of(line) in _MENTION_ONLY,
                category=name.category,
                milestone=milestone_at(line),
            )
        )
    return found, ranges


def list_sightings(
    document: Document, ledger: Ledger, milestone_at: MilestoneAt
) -> tuple[list[Sighting], list[PhaseRange]]:
    """Phases that have an entry in a list, in order."""
    found: list[Sighting] = []
    ranges: list[PhaseRange] = []
    for line in document.lines:
        if line.kind is not LineKind.ITEM or ledger.is_claimed(document.path, line):
            continue
        marks = leading_marks(unlink(line.body))
        label = phase_label(marks.rest)
        if label is None or not _is_entry(line, marks, label):
            continue
        place = Place(document.path, line.number)
        if label.last:
            ranges.append(PhaseRange(label.number, label.last, line.body, place))
            ledger.claim(document.path, line, Fate.NOTE)
            continue
        end = item_end(document, line)
        found.append(_entry(document, line, marks, label, end, milestone_at(line)))
        ledger.claim(document.path, line, Fate.ITEM)
        for number in range(line.number + 1, end + 1):
            if document.at(number).kind is not LineKind.ITEM:
                ledger.claim(document.path, number, Fate.ITEM)
    return found, ranges


def _is_entry(line: Line, marks: Marks, label: Label) -> bool:
    text = after_separator(label.rest)
    if text is None:
        return False
    around = phase_around(line)
    if around is not None:
        return bool(marks.box) and (
            label.key.startswith(around.key + ".") or _is_other_phase(line, text, label, around)
        )
    if marks.box:
        return True
    if not text or label.rest.lstrip(" *_`~]")[:1] == "(":
        return False
    return section_of(line) not in _NO_LIST


def _is_other_phase(line: Line, text: str, label: Label, around: Label) -> bool:
    """Whether an entry in the section of a phase is of another phase, not a step of this one.

    An entry of a phase stands at the margin and tells its progress or its end, or stands in a block
    of what is done.
    """
    if line.indent or label.key == around.key or not text:
        return False
    name = undecorate(text)
    return bool(name.plans or name.date) or line.details is not None


def _entry(
    document: Document, line: Line, marks: Marks, label: Label, end: int, milestone: str
) -> Sighting:
    text = after_separator(label.rest) or ""
    consumed = label.rest[: len(label.rest) - len(text)]
    cut = ""
    if marks.struck:
        text, cut = _unstruck_entry(text)
    name_part, bold_end, tail = text.partition("**")
    full = ""
    if marks.bold and bold_end and "**" not in consumed:
        name, rest = undecorate(name_part), undecorate(_lead(tail))
        title, description = name.text, rest.text
    else:
        name = rest = undecorate(text)
        title, description = name.text, ""
        if name.plans is None:
            full = title
            title, description = split_description(full)
    description = f"{description} {cut}".strip()
    for number in range(line.number + 1, end + 1):
        more = document.at(number)
        if more.kind is LineKind.TEXT:
            description = f"{description} {more.body}".strip()
    if end > line.number:
        rest = undecorate(description)
        description = rest.text
    return Sighting(
        key=label.key,
        number=label.number,
        name=title,
        source=Source.LIST,
        place=Place(document.path, line.number),
        end=end,
        description=description,
        full=full,
        box=box_state(marks.box),
        state=marks.state or name.state or rest.state,
        date=name.date or rest.date,
        plans=name.plans or rest.plans,
        inserted=name.inserted or rest.inserted or "INSERTED" in line.body,
        struck=marks.struck,
        archived=line.details is not None,
        weak=not marks.box and section_of(line) not in {SectionKind.PHASES, SectionKind.MILESTONES},
        category=name.category or rest.category,
        milestone=milestone,
    )


def _unstruck_entry(text: str) -> tuple[str, str]:
    """What is struck out of an entry, and what is said behind it: `~~Phase 3: C~~ → Phase 4`."""
    inside, _, behind = text.partition("~~")
    cut = unstruck(behind).strip()
    if behind.lstrip()[:1] in {"-", "—", "–", ":"}:
        return f"{inside} {behind.replace('~~', '').strip()}", ""
    return inside, cut


def _lead(text: str) -> str:
    """Text behind a bold name without the separator that opens it."""
    body = text.lstrip(" *_~:：")
    for sign in ("—", "–", "--", "-", ":"):
        if body.startswith(sign):
            return body[len(sign) :].strip()
    return body.strip()
