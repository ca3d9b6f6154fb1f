"""Which lines belong together: the lines of a section, and those of a list item."""

import re
from functools import lru_cache

from planner.exchange.foreign.lines import Document, Heading, Line, LineKind
from planner.exchange.foreign.numbering import PHASE_WORDS, Label, phase_label
from planner.exchange.foreign.sectionwords import SectionKind, section_kind
from planner.exchange.foreign.titles import after_separator, leading_marks, unlink

_VERSIONED = re.compile(
    r"\W*(?:(?:milestone|release|version)\s+)?[vV]?\d+(?:\.\d+)*(?![\w.])(?!.*requirement)"
    r"|\W*(?:current |active )?milestone\s*(?:\d|v\d|:)",
    re.IGNORECASE,
)
_PHASE_WORD = re.compile(rf"(?:{'|'.join(PHASE_WORDS)})(?:\s|$)", re.IGNORECASE)


def section_ends(document: Document) -> dict[int, int]:
    """For the line of each heading the last line of its section.

    A section ends before the next heading of the same or a higher level, and with the `<details>`
    block that it stands in.
    """
    ends: dict[int, int] = {}
    open_sections: list[Line] = []
    last = 0
    for line in document.lines:
        if line.kind is LineKind.HEADING and line.heading is not None:
            level = line.heading.level
            while open_sections and _closes(open_sections[-1], level, line):
                ends[open_sections.pop().number] = line.number - 1
            open_sections.append(line)
        last = line.number
    for section in open_sections:
        ends[section.number] = last
    for number, end in ends.items():
        details = document.at(number).details
        if details is not None:
            ends[number] = min(end, details.end - 1)
    return ends


def _closes(section: Line, level: int, line: Line) -> bool:
    if section.heading is None or section.heading.level >= level:
        return True
    return section.details is not None and section.details.end < line.number


def item_end(document: Document, start: Line) -> int:
    """The last line of the list item that starts at `start`, nested items included.

    Lines that follow without a blank line belong to it, and deeper indented ones after a blank.
    """
    end = start.number
    blank = False
    for number in range(start.number + 1, len(document.lines) + 1):
        line = document.at(number)
        if line.kind is LineKind.BLANK:
            blank = True
            continue
        if line.kind in {LineKind.HEADING, LineKind.RULE, LineKind.TAG, LineKind.OVERLONG}:
            break
        deeper = line.indent > start.indent
        if line.kind is LineKind.ITEM and not deeper:
            break
        if blank and not (deeper and line.indent >= start.indent + 2):
            break
        if not deeper and (line.kind is not LineKind.TEXT or line.body.startswith("**")):
            break
        blank = False
        end = number
    return end


def section_of(line: Line) -> SectionKind | None:
    """What the section that a line stands in is about: the nearest heading that tells.

    The names of phases and milestones tell nothing: "Phase 4: Reference data" is no section of
    references.
    """
    if line.heading is None:
        return None
    for heading in line.heading.chain():
        kind = _section_title(heading.title)
        if kind is not None:
            return kind
    return None


@lru_cache(maxsize=1024)
def _section_title(title: str) -> SectionKind | None:
    if _phase_title(title) is not None or _VERSIONED.match(title):
        return None
    return section_kind(title)


def phase_heading(heading: Heading) -> Label | None:
    """The phase that a heading opens, if it is the heading of one phase or of a range."""
    return _phase_title(heading.title)


@lru_cache(maxsize=1024)
def _phase_title(title: str) -> Label | None:
    label = phase_label(leading_marks(unlink(title)).rest)
    if label is None or after_separator(label.rest) is None:
        return None
    return label


def phase_entry(line: Line) -> Label | None:
    """The phase, or the range of phases, that an entry of a list names first."""
    return _phase_title(line.body) if line.kind is LineKind.ITEM else None


def phase_around(line: Line) -> Label | None:
    """The phase in whose detail section a line stands."""
    if line.heading is None:
        return None
    for heading in line.heading.chain():
        label = phase_heading(heading)
        if label is not None and not label.last:
            return label
    return None


def looks_like_plan(line: Line) -> bool:
    """Whether a line has the look of an entry or heading that somebody should have read."""
    if line.kind is LineKind.OVERLONG:
        return True
    marks = leading_marks(line.body)
    if line.kind is LineKind.HEADING:
        return _PHASE_WORD.match(marks.rest) is not None and section_kind(line.body) is None
    if line.kind is not LineKind.ITEM:
        return False
    return bool(marks.box) or _PHASE_WORD.match(marks.rest) is not None
