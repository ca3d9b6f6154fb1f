"""Requirements as a foreign plan defines them, with section, category and place."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from planner.exchange.foreign.blocks import item_end, section_ends
from planner.exchange.foreign.definitions import (
    Definition,
    definition,
    id_cell,
    requirement_columns,
)
from planner.exchange.foreign.found import FoundRequirement, Prose
from planner.exchange.foreign.grids import Grid, grids
from planner.exchange.foreign.idlists import NOTHING_KNOWN, KnownIds
from planner.exchange.foreign.labels import words
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Document, Heading, Line, LineKind
from planner.exchange.foreign.sectionwords import RequirementSection, requirement_section
from planner.exchange.foreign.titles import leading_marks
from planner.model.problem import Place

_DEFERRED_INTRO = re.compile(
    r"\bdeferred (?:to|from|until|beyond)\b|\bnot in (?:the )?current (?:roadmap|milestone)\b",
    re.IGNORECASE,
)
_VERSION_TWO = re.compile(r"v?2(?:\.x)? requirements?$")
_VERSION_ONE = re.compile(r"v?1(?:\.\w+)? requirements?$")
_PRIORITY = re.compile(r"\W*priority\W*[:：]\W*([A-Za-z0-9']+)", re.IGNORECASE)
_DEFINING = {RequirementSection.CURRENT, RequirementSection.DEFERRED}


@dataclass(slots=True)
class RequirementReading:
    """What `read_requirements` gathers."""

    found: list[FoundRequirement] = field(default_factory=list)
    nameless: list[Place] = field(default_factory=list)


class Sections:
    """The class of the section of every line of one document."""

    def __init__(self, document: Document) -> None:
        self._classes = self._classify(document)

    def of(self, line: Line) -> RequirementSection:
        """The class of the section that a line stands in: the nearest level-2 heading decides."""
        top = section_heading(line)
        return RequirementSection.CURRENT if top is None else self._classes[top.line]

    def _classify(self, document: Document) -> dict[int, RequirementSection]:
        headings: dict[int, Heading] = {}
        intros: dict[int, list[str]] = {}
        begun: set[int] = set()
        for line in document.lines:
            top = section_heading(line)
            if top is None:
                continue
            headings.setdefault(top.line, top)
            if line.kind is LineKind.TEXT and top.line not in begun and line.heading is top:
                intros.setdefault(top.line, []).append(line.body)
            elif line.kind in {LineKind.ITEM, LineKind.TABLE}:
                begun.add(top.line)
        plain = {number: words(heading.title) for number, heading in headings.items()}
        has_first = any(_VERSION_ONE.match(title) for title in plain.values())
        classes: dict[int, RequirementSection] = {}
        for number, heading in headings.items():
            kind = requirement_section(heading.title)
            if kind is RequirementSection.CURRENT and (
                (has_first and _VERSION_TWO.match(plain[number]))
                or _DEFERRED_INTRO.search(" ".join(intros.get(number, ()))[:1000])
            ):
                kind = RequirementSection.DEFERRED
            classes[number] = kind
        return classes


def section_heading(line: Line) -> Heading | None:
    """The heading that classes a line: of level 2, or else the nearest one below the title."""
    if line.heading is None:
        return None
    chain = list(line.heading.chain())
    for heading in chain:
        if heading.level == 2:
            return heading
    nearest = chain[0]
    return nearest if nearest.level > 2 or len(chain) > 1 or nearest.line > 1 else None


def read_requirements(
    document: Document,
    ledger: Ledger,
    *,
    inside: Callable[[Line], bool] = lambda _: True,
) -> RequirementReading:
    """Find every definition; `inside` restricts the lines (for requirements in a roadmap)."""
    sections = Sections(document)
    known = KnownIds.of(_obvious_ids(document, sections, inside))
    reader = _Reader(document, ledger, sections, known)
    for grid in grids(document):
        if inside(grid.first):
            reader.table(grid)
    for line in document.lines:
        if inside(line) and sections.of(line) in _DEFINING:
            reader.take(line)
    return reader.reading


def _obvious_ids(
    document: Document, sections: Sections, inside: Callable[[Line], bool]
) -> Iterator[str]:
    """Ids that are ids beyond doubt; their prefixes vouch for plainer spellings."""
    for line in document.lines:
        if line.kind is not LineKind.ITEM or not inside(line):
            continue
        if sections.of(line) in _DEFINING:
            found = definition(line.body, NOTHING_KNOWN, marked_only=True)
            if found is not None:
                yield from found.ids


def out_of_scope(document: Document, ledger: Ledger) -> tuple[Prose, ...]:
    """What the plan leaves out: the sections of that class, word for word."""
    sections = Sections(document)
    found: dict[int, tuple[str, list[int]]] = {}
    for line in list(ledger.open_lines(document)):
        if sections.of(line) is not RequirementSection.OUT or line.kind is LineKind.OVERLONG:
            continue
        top = section_heading(line)
        if top is None:
            continue
        if line.number != top.line:
            found.setdefault(top.line, (top.title, []))[1].append(line.number)
        ledger.claim(document.path, line, Fate.BODY)
    return tuple(Prose(title, document.path, tuple(lines)) for title, lines in found.values())


class _Reader:
    def __init__(
        self, document: Document, ledger: Ledger, sections: Sections, known: KnownIds
    ) -> None:
        self._document = document
        self._path = document.path
        self._ledger = ledger
        self._sections = sections
        self._known = known
        self._ends = section_ends(document)
        self.reading = RequirementReading()

    def take(self, line: Line) -> None:
        if self._ledger.is_claimed(self._path, line):
            return
        if line.kind is LineKind.HEADING:
            self._heading(line)
        elif line.kind is LineKind.ITEM:
            found = definition(line.body, self._known)
            if found is not None:
                self._item(line, found)
            elif line.indent < 2 or leading_marks(line.body).box:
                self.reading.nameless.append(Place(self._path, line.number))
        elif line.kind is LineKind.TEXT:
            found = definition(line.body, self._known, marked_only=True)
            if found is not None:
                self._item(line, found)

    def _item(self, line: Line, found: Definition) -> None:
        end = self._end(line)
        text = [found.text]
        notes: list[str] = []
        for number in range(line.number + 1, end + 1):
            more = self._document.at(number)
            if more.kind is LineKind.BLANK:
                continue
            if more.kind is LineKind.TEXT and not notes:
                text.append(more.body)
            else:
                notes.append(more.raw.rstrip())
            self._ledger.claim(self._path, number, Fate.ITEM)
        self._add(line, found, " ".join(part for part in text if part), tuple(notes))

    def _end(self, line: Line) -> int:
        """The end of an item: where it ends, or where a nested item defines an id of its own."""
        end = item_end(self._document, line)
        for number in range(line.number + 1, end + 1):
            more = self._document.at(number)
            if more.kind is LineKind.ITEM and definition(more.body, self._known) is not None:
                return number - 1
        return end

    def _heading(self, line: Line) -> None:
        heading = line.heading
        if heading is None or heading.level < 2:
            return
        found = definition(heading.title, self._known)
        if found is None:
            return
        end = self._ends[line.number]
        inside = [self._document.at(number) for number in range(line.number + 1, end + 1)]
        if any(self._defines(each) for each in inside):
            return
        fields = [each for each in inside if each.kind is not LineKind.BLANK]
        texts = [each.body for each in fields if _is_plain(each)]
        notes = tuple(each.raw.rstrip() for each in fields if not _is_plain(each))
        self._ledger.claim_all(self._path, fields, Fate.ITEM)
        title = found.title or found.text
        self._add(line, found, " ".join(texts) or title, notes, title=title, heading=True)

    def _defines(self, line: Line) -> bool:
        if line.kind is LineKind.HEADING:
            return definition(line.body, self._known) is not None
        return line.kind is LineKind.ITEM and definition(line.body, self._known) is not None

    def table(self, grid: Grid) -> None:
        """Rows of a table that says what requirements are."""
        columns = requirement_columns(grid)
        section = self._sections.of(grid.first)
        if columns is None or not columns.defines or section not in _DEFINING:
            return
        rows = [(row, id_cell(grid.cell(row, columns.id), self._known)) for row in grid.rows]
        if not any(ids for _, ids in rows):
            return
        self._ledger.claim(self._path, grid.first, Fate.SYNTAX)
        for row, ids in rows:
            if not ids:
                continue
            used = {columns.id, columns.text, columns.phase, columns.status, columns.priority}
            notes = tuple(
                f"{head}: {cell}" if head else cell for head, cell in grid.others(row, used)
            )
            text = grid.cell(row, columns.text)
            struck = "~~" in grid.cell(row, columns.id)
            found = Definition(ids, "", text, box=None, struck=struck, emphasised=True)
            priority = grid.cell(row, columns.priority)
            status = grid.cell(row, columns.status)
            self._add(row.line, found, text, notes, priority=priority, status=status)

    def _add(
        self,
        line: Line,
        found: Definition,
        text: str,
        notes: tuple[str, ...],
        *,
        title: str = "",
        priority: str = "",
        status: str = "",
        heading: bool = False,
    ) -> None:
        self._ledger.claim(self._path, line, Fate.ITEM)
        top = section_heading(line)
        nearest = line.heading
        if heading and nearest is not None:
            nearest = nearest.parent
        category = nearest.title if nearest is not None and nearest is not top else ""
        if category and nearest is not None:
            self._ledger.claim(self._path, nearest.line, Fate.ITEM)
        for text_id in found.ids:
            self.reading.found.append(
                FoundRequirement(
                    id=text_id,
                    text=text,
                    place=Place(self._path, line.number),
                    section=self._sections.of(line),
                    group=top.title if top is not None else "",
                    category=category if nearest is not None and nearest.level > 1 else "",
                    box=found.box,
                    struck=found.struck,
                    title=title or found.title,
                    notes=notes,
                    priority=priority or _priority(notes),
                    status=status,
                    heading=heading,
                )
            )


def _is_plain(line: Line) -> bool:
    return line.kind is LineKind.TEXT and not line.body.startswith(("**", "__"))


def _priority(notes: Iterable[str]) -> str:
    for note in notes:
        match = _PRIORITY.match(note)
        if match:
            return match[1]
    return ""
