"""What of a foreign plan could not be read, or only in part."""

from collections.abc import Iterator

from planner.exchange.finding import counted, finding, listed
from planner.exchange.foreign.blocks import section_of
from planner.exchange.foreign.dependencies import is_nothing
from planner.exchange.foreign.lines import LineKind
from planner.exchange.foreign.numbering import phase_label
from planner.exchange.foreign.reading import ROADMAP, Reading
from planner.exchange.foreign.sectionwords import SectionKind
from planner.exchange.foreign.titles import after_separator, leading_marks
from planner.model.problem import Place, Problem, Severity
from planner.trace.rule import Rule

_HEAD = "== ROADMAP.md\n# Roadmap: Kiosk\n"
_PHASE = _HEAD + "### Phase 1: Door\n**Goal**: It opens.\n"

ENCODING = Rule(
    id="import-encoding",
    group="import",
    title="File that is not UTF-8",
    severity=Severity.ERROR,
    why="Characters of the text are lost.",
    good=_PHASE,
    bad=_PHASE + "caf\\xe9\n",
    hint="save the file as UTF-8 and import again",
)
UNCLOSED = Rule(
    id="import-unclosed",
    group="import",
    title="Fence, comment or block that is never closed",
    severity=Severity.WARNING,
    why="What follows could be an example, or part of the plan; it was read as part of the plan.",
    good=_PHASE + "```\ncode\n```\n",
    bad=_PHASE + "```\ncode\n",
    hint="close it",
)
LONG_LINE = Rule(
    id="import-long-line",
    group="import",
    title="Line too long to look into",
    severity=Severity.WARNING,
    why="Lines of this length are data, no plan; the line is among those that were not read.",
    good=_PHASE,
    bad=_PHASE + "word " * 2500 + "\n",
    hint="break it into lines",
)
NO_PHASES = Rule(
    id="import-no-phases",
    group="import",
    title="Plan without phases",
    severity=Severity.ERROR,
    why="There is nothing to import: no heading, list entry or table row names a phase.",
    good=_PHASE,
    bad=_HEAD + "Nothing is planned yet.\n",
    hint="write phases as `### Phase 1: Name`, or name the folder or file that holds them",
)
RANGE = Rule(
    id="import-phase-range",
    group="import",
    title="Several phases behind one line",
    severity=Severity.HINT,
    why="Their names are not known, so no phase was made of the line; it was kept as a note.",
    good=_HEAD + "- [x] Phase 1: Door\n- [x] Phase 2: Bell\n",
    bad=_HEAD + "- [x] Phase 1: Door\n- [x] Phase 2-9: the rest\n",
    hint="give each phase a line of its own",
)
NO_ID = Rule(
    id="import-no-id",
    group="import",
    title="Requirements without an id",
    severity=Severity.WARNING,
    why="Nothing can refer to them; no requirement was made of the lines.",
    good=_PHASE + "== REQUIREMENTS.md\n## v1 Requirements\n- [ ] **DOOR-01**: It opens\n",
    bad=_PHASE + "== REQUIREMENTS.md\n## v1 Requirements\n- [ ] It opens\n",
    hint="begin each with an id, as in `- [ ] **DOOR-01**: text`",
)
BAD_RANGE = Rule(
    id="import-bad-range",
    group="import",
    title="Range of ids that makes no sense",
    severity=Severity.WARNING,
    why="Which ids are meant cannot be told; only those that are written out were taken.",
    good=_PHASE + "**Requirements**: DOOR-01..03\n",
    bad=_PHASE + "**Requirements**: DOOR-03..01\n",
    hint="write the ids one by one",
)
UNREAD = Rule(
    id="import-unread",
    group="import",
    title="Lines that found no place",
    severity=Severity.WARNING,
    why="Nobody knows what they mean; they were kept in `research/imported/unread.md`.",
    good=_PHASE,
    bad=_HEAD + "- [ ] **Phase 1: Door** - opens\n- [ ] **Phase seven** follows\n",
    hint="look through them: what is part of the plan has to be written in a form that is read",
)
DEPENDS_TEXT = Rule(
    id="import-depends-text",
    group="import",
    title="Dependency in words",
    severity=Severity.HINT,
    why="It names no phase, so it was kept as text only.",
    good=_HEAD + "### Phase 1: Door\n**Depends on**: Nothing\n",
    bad=_HEAD + "### Phase 1: Door\n**Depends on**: the carpenter\n",
    hint="name the phases, or write Nothing",
)
LOOKS_LIKE_PHASE = Rule(
    id="import-phase-unread",
    group="import",
    title="Line that looks like a phase, not read as one",
    severity=Severity.WARNING,
    why="If it is meant as a phase, the plan lacks it; its words were kept as text.",
    good=_PHASE,
    bad=_PHASE + "\n**Phase 2: Bell**\n\nIt rings.\n",
    hint="make it a heading such as `### Phase 2: Name`, or an entry of the checklist",
)
RULES = (
    ENCODING,
    UNCLOSED,
    LONG_LINE,
    NO_PHASES,
    RANGE,
    NO_ID,
    BAD_RANGE,
    UNREAD,
    DEPENDS_TEXT,
    LOOKS_LIKE_PHASE,
)
_REMARKS = {SectionKind.NOTES, SectionKind.BACKLOG, SectionKind.NEXT, SectionKind.DEPENDENCIES}
_OF_DEFECTS = {rule.id: rule for rule in (ENCODING, UNCLOSED, LONG_LINE)}


def text_findings(reading: Reading) -> Iterator[Problem]:
    """Everything that was not, or not fully, understood."""
    for document in reading.documents.values():
        for defect in document.defects:
            yield finding(
                _OF_DEFECTS[defect.rule],
                Place(document.path, defect.line),
                defect.message,
                hint=defect.hint,
            )
    if not reading.plan.phases:
        yield finding(NO_PHASES, Place(ROADMAP, 0), "no phase was recognised")
    for each in reading.ranges:
        message = f"phases {each.first} to {each.last} stand behind one line"
        yield finding(RANGE, each.place, message)
    for place, fault in reading.faults:
        yield finding(BAD_RANGE, place, f"{fault!r} is no range of ids")
    yield from _nameless(reading)
    yield from _unread(reading)
    yield from _phase_like(reading)
    for phase in reading.plan.phases:
        for section in phase.details:
            for text, line in section.depends:
                if not phase.depends and not is_nothing(text):
                    place = Place(section.place.path, line)
                    yield finding(DEPENDS_TEXT, place, f"phase {phase.number}: {text[:80]!r}")


def _phase_like(reading: Reading) -> Iterator[Problem]:
    """Bold paragraphs and ticked entries that name a phase of which nothing else tells."""
    known = {each.key for each in reading.plan.phases}
    for line in reading.documents[ROADMAP].lines if ROADMAP in reading.documents else ():
        if line.kind not in {LineKind.TEXT, LineKind.ITEM} or section_of(line) in _REMARKS:
            continue
        marks = leading_marks(line.body)
        label = phase_label(marks.rest) if marks.bold or marks.box else None
        if label is None or label.last or label.key in known:
            continue
        if (after_separator(label.rest) or "").strip(" *_"):
            message = f"{line.body[:80]!r} looks like a phase, but was not read as one"
            yield finding(LOOKS_LIKE_PHASE, Place(ROADMAP, line.number), message)


def _unread(reading: Reading) -> Iterator[Problem]:
    """One finding per file."""
    per_file: dict[str, list[Place]] = {}
    for place in reading.unread:
        per_file.setdefault(place.path, []).append(place)
    for places in per_file.values():
        numbers = listed(str(place.line) for place in places)
        message = f"{counted(len(places), 'line')} found no place: {numbers}"
        yield finding(UNREAD, places[0], message, related=places)


def _nameless(reading: Reading) -> Iterator[Problem]:
    """One finding for all entries without an id that stand under one heading."""
    groups: dict[str, list[Place]] = {}
    for place in reading.nameless:
        line = reading.documents[place.path].at(place.line)
        title = line.heading.title if line.heading is not None else place.path
        groups.setdefault(title, []).append(place)
    for title, places in groups.items():
        numbers = listed(str(place.line) for place in places)
        yield finding(
            NO_ID,
            places[0],
            f"{len(places)} under {title!r} without an id (line {numbers})",
            related=places,
        )
