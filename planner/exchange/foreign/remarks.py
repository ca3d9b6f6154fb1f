"""Lines that are known to be remarks, so that only what nobody understood is left over."""

import re
from bisect import bisect_right

from planner.exchange.foreign.blocks import (
    looks_like_plan,
    phase_around,
    section_ends,
    section_of,
)
from planner.exchange.foreign.fieldlines import field_line
from planner.exchange.foreign.idlists import is_id_shape
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Details, Document, Line, LineKind
from planner.exchange.foreign.milestonelabels import milestone_label
from planner.exchange.foreign.numbering import phase_label
from planner.exchange.foreign.requirements import Sections
from planner.exchange.foreign.sectionwords import (
    RequirementSection,
    SectionKind,
    requirement_section,
    section_kind,
)
from planner.exchange.foreign.titles import leading_marks

_REMARKS = {
    SectionKind.NOTES,
    SectionKind.DEPENDENCIES,
    SectionKind.BACKLOG,
    SectionKind.NEXT,
    SectionKind.PROGRESS,
    SectionKind.OVERVIEW,
}
_FIRST_WORD = re.compile(r"[\w.-]+")
_PROSE = {LineKind.TEXT, LineKind.FENCE, LineKind.COMMENT, LineKind.ITEM, LineKind.TABLE}


def claim_remarks(document: Document, ledger: Ledger, *, is_roadmap: bool) -> None:
    """Claim remarks as notes: sections of remarks, introductions, comments, group titles."""
    introductions = _introductions(document, ledger)
    sections = Sections(document)
    for line in list(ledger.open_lines(document)):
        if looks_like_plan(line) and not _is_for_remarks(line, is_roadmap=is_roadmap):
            continue
        if line.kind is LineKind.COMMENT or line.number in introductions:
            ledger.claim(document.path, line, Fate.NOTE)
        elif is_roadmap:
            if _is_roadmap_remark(line):
                ledger.claim(document.path, line, Fate.NOTE)
        elif _is_requirements_remark(line, sections.of(line)):
            ledger.claim(document.path, line, Fate.NOTE)


def _is_for_remarks(line: Line, *, is_roadmap: bool) -> bool:
    """Whether even entries are remarks here: in a backlog, among notes."""
    if line.kind is LineKind.OVERLONG:
        return False
    return not is_roadmap or section_of(line) in _REMARKS


def _introductions(document: Document, ledger: Ledger) -> set[int]:
    """Lines between a known heading and the first line below it that was read as something.

    A box or the word Phase at the start of an item makes it no introduction.
    """
    found: set[int] = set()
    open_intro = True
    for line in document.lines:
        if line.kind is LineKind.BLANK or line.kind is LineKind.RULE:
            continue
        if line.kind is LineKind.HEADING:
            open_intro = _is_known(line) or ledger.is_claimed(document.path, line)
        elif line.kind is LineKind.TAG or ledger.is_claimed(document.path, line):
            open_intro = False
        elif open_intro and (line.kind is LineKind.TEXT or _is_plain_item(line)):
            found.add(line.number)
        elif line.kind is not LineKind.COMMENT:
            open_intro = False
    return found


def _is_known(line: Line) -> bool:
    if line.heading is None or line.heading.level == 1:
        return True
    title = line.heading.title
    return (
        section_kind(title) is not None
        or milestone_label(title) is not None
        or requirement_section(title) is not RequirementSection.CURRENT
        or "requirement" in title.casefold()
        or "scope" in title.casefold()
    )


def _is_plain_item(line: Line) -> bool:
    if line.kind is not LineKind.ITEM:
        return False
    marks = leading_marks(line.body)
    return (
        not marks.box
        and phase_label(marks.rest) is None
        and section_of(line) is (SectionKind.PHASES)
    )


def _is_roadmap_remark(line: Line) -> bool:
    if phase_around(line) is not None:
        return False
    kind = section_of(line)
    if line.kind is LineKind.HEADING:
        return kind is not None
    if _is_in_group(line):
        return True
    if kind is None:
        return line.heading is None or line.heading.level == 1
    if kind is SectionKind.MILESTONES:
        return "next milestone" in line.body.casefold() or "tbd" in line.body.casefold()
    if kind is SectionKind.COVERAGE:
        return line.kind in _PROSE and not _starts_with_id(line)
    return kind in _REMARKS and line.kind in _PROSE


def _starts_with_id(line: Line) -> bool:
    """Whether an entry or a row is about a requirement: a tie that nobody understood, perhaps."""
    first = _FIRST_WORD.match(leading_marks(line.body.lstrip("| ")).rest)
    return line.kind is not LineKind.TEXT and first is not None and is_id_shape(first[0])


def _is_in_group(line: Line) -> bool:
    """Whether a line stands in a `<details>` block of several milestones at once."""
    details: Details | None = line.details
    while details is not None:
        label = milestone_label(details.summary)
        if label is not None and label.group:
            return True
        details = details.parent
    return False


def _is_requirements_remark(line: Line, kind: RequirementSection) -> bool:
    if kind is RequirementSection.OTHER:
        return True
    if line.kind is LineKind.HEADING:
        return (
            line.heading is None
            or line.heading.level <= 2
            or kind is not (RequirementSection.CURRENT)
        )
    if line.heading is None or line.heading.level == 1:
        return line.kind is LineKind.TEXT
    return kind is RequirementSection.TRACEABILITY and _is_bare_label(line)


def _is_bare_label(line: Line) -> bool:
    found = field_line(line)
    return found is not None and not found.value


def claim_groupings(document: Document, ledger: Ledger) -> None:
    """A heading below which everything was read only groups; so do sections of nothing."""
    ends = section_ends(document)
    open_numbers = [line.number for line in ledger.open_lines(document)]
    headings = {n for n in open_numbers if document.at(n).kind is LineKind.HEADING}
    others = [number for number in open_numbers if number not in headings]
    for number in headings:
        if bisect_right(others, number) == bisect_right(others, ends[number]):
            ledger.claim(document.path, number, Fate.NOTE)
