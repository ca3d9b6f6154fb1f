"""Milestones: from bullets, `<details>` summaries, headings and tables."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from planner.exchange.foreign.blocks import (
    item_end,
    looks_like_plan,
    phase_around,
    phase_entry,
    phase_heading,
    section_of,
)
from planner.exchange.foreign.fieldlines import field_line
from planner.exchange.foreign.found import FoundMilestone
from planner.exchange.foreign.grids import Grid, grids
from planner.exchange.foreign.labels import FieldName, words
from planner.exchange.foreign.ledger import Fate, Ledger
from planner.exchange.foreign.lines import Details, Document, Heading, Line, LineKind
from planner.exchange.foreign.milestonelabels import Label, milestone_label, spans_of
from planner.exchange.foreign.numbering import expand, mentions
from planner.exchange.foreign.sectionwords import SectionKind, section_kind
from planner.exchange.foreign.statewords import State, iso_date, state_of
from planner.exchange.foreign.titles import comparable, leading_marks
from planner.model.problem import Place

_SHORT = re.compile(r"M(\d{1,3})")
_NO_MILESTONE = {
    SectionKind.BACKLOG,
    SectionKind.NOTES,
    SectionKind.NEXT,
    SectionKind.OUT,
    SectionKind.REQUIREMENTS,
    SectionKind.COVERAGE,
    SectionKind.CONSTRAINTS,
}
_PART_OF_ONE = {
    "requirements", "progress", "tech debt", "backlog", "ideas", "coverage", "audit", "follow-up",
    "candidates", "out of scope", "deferred", "notes", "coverage map", "retrospective",
}  # fmt: skip
_STARTED = re.compile(r"(?:started|created|planned)\W{1,3}(\d{4}-\d{2}-\d{2})", re.IGNORECASE)
_MAX_SPANS = 200
_GROUPS = {SectionKind.PHASES, SectionKind.PROGRESS}
_TABLE_HEADS = ("milestone", "version", "release", "marco", "meilenstein")


@dataclass(slots=True)
class _Growing:
    id: str
    title: str
    keys: tuple[str, ...]
    places: list[Place] = field(default_factory=list)
    state: State | None = None
    shipped: str = ""
    created: str = ""
    spans: list[tuple[str, str]] = field(default_factory=list)
    said: list[tuple[str, int]] = field(default_factory=list)
    body: list[tuple[str, int]] = field(default_factory=list)


class MilestoneBook:
    """The milestones of one import, found one by one, and which lines stand in which."""

    def __init__(self) -> None:
        self._all: list[_Growing] = []
        self._by_key: dict[str, _Growing] = {}
        self._by_title: dict[str, _Growing] = {}
        self._at_details: dict[tuple[str, int], str] = {}
        self._at_heading: dict[tuple[str, int], str] = {}
        self._at_line: dict[tuple[str, int], str] = {}

    def add(self, label: Label, place: Place, text: str) -> str:
        """Note that a milestone is named at a place; return its key."""
        found = next((self._by_key[key] for key in label.keys if key in self._by_key), None)
        if found is None:
            found = _Growing(label.id, label.title, label.keys)
            self._all.append(found)
        for key in label.keys:
            self._by_key.setdefault(key, found)
        found.title = found.title or label.title
        self._by_title.setdefault(comparable(found.title), found)
        found.places.append(place)
        tail = label.tail[:160]
        state = leading_marks(text).state or _box(text) or state_of(tail) or state_of(label.lead)
        found.state = found.state or state
        started = _STARTED.search(tail)
        if started:
            found.created = found.created or started[1]
        date = iso_date(tail.replace(started[0], "") if started else tail)
        if date and state is State.DONE:
            found.shipped = found.shipped or date
        found.spans.extend(spans_of(label.tail))
        return found.keys[0]

    def key_of(self, text: str) -> str:
        """The key of the milestone that a cell or a field names (`v1.0`, `M2`, a title)."""
        label = milestone_label(text)
        if label is not None:
            return next((self._by_key[k].keys[0] for k in label.keys if k in self._by_key), "")
        short = _SHORT.fullmatch(text.strip(" *`"))
        if short:
            found = self._by_key.get(f"milestone {int(short[1])}")
            return found.keys[0] if found else ""
        plain = comparable(text)
        found = self._by_title.get(plain)
        return found.keys[0] if found is not None else ""

    def at(self, path: str, line: Line) -> str:
        """The key of the milestone that a line stands in, or empty."""
        if (path, line.number) in self._at_line:
            return self._at_line[path, line.number]
        details: Details | None = line.details
        while details is not None:
            if (path, details.line) in self._at_details:
                return self._at_details[path, details.line]
            details = details.parent
        heading: Heading | None = line.heading
        while heading is not None:
            if (path, heading.line) in self._at_heading:
                return self._at_heading[path, heading.line]
            heading = heading.parent
        return ""

    def stand_at_details(self, path: str, details: Details, key: str) -> None:
        """Lines inside this block belong to the milestone `key` (empty: to none)."""
        self._at_details[path, details.line] = key

    def stand_at_line(self, path: str, line: Line, key: str) -> None:
        """Note that an entry below that of the milestone `key` belongs to it."""
        self._at_line[path, line.number] = key

    def stand_at_heading(self, path: str, heading: Heading, key: str) -> None:
        """Lines below this heading belong to the milestone `key`."""
        self._at_heading[path, heading.line] = key

    def keep(self, key: str, path: str, number: int, *, said: bool = False) -> None:
        """Keep a line word for word: in the text of the milestone, or among what was said of it."""
        found = self._by_key[key]
        (found.said if said else found.body).append((path, number))

    def learn(self, key: str, line: Line) -> None:
        """Take state and date from a field of the milestone, where its name told none."""
        field_found = field_line(line) if line.kind is LineKind.TEXT else None
        if field_found is None or phase_around(line) is not None:
            return
        found = self._by_key[key]
        if field_found.name is FieldName.STATUS:
            found.state = found.state or state_of(field_found.value)
        if field_found.name in {FieldName.STATUS, FieldName.COMPLETED} and (
            found.state is State.DONE
        ):
            found.shipped = found.shipped or iso_date(field_found.value)

    def result(self) -> tuple[FoundMilestone, ...]:
        """All milestones in the order in which they were found."""
        return tuple(
            FoundMilestone(
                key=each.keys[0],
                id=each.id,
                title=each.title,
                places=tuple(each.places),
                state=each.state,
                shipped=each.shipped,
                created=each.created,
                spans=tuple(dict.fromkeys(each.spans)),
                body=tuple(each.body),
                said=tuple(each.said),
            )
            for each in self._all
        )


def _box(text: str) -> State | None:
    box = leading_marks(text).box
    return State.DONE if box and box in "xX" else None


def find_milestones(document: Document, ledger: Ledger, book: MilestoneBook) -> None:
    """Find the milestones of a roadmap and where they stand."""
    _from_bullets(document, ledger, book)
    _from_summaries(document, book)
    _from_headings(document, ledger, book)
    for grid in grids(document):
        _from_table(grid, document.path, ledger, book)


def _from_bullets(document: Document, ledger: Ledger, book: MilestoneBook) -> None:
    for line in document.lines:
        if line.kind is not LineKind.ITEM or section_of(line) is not SectionKind.MILESTONES:
            continue
        if ledger.is_claimed(document.path, line) or phase_around(line) is not None:
            continue
        if phase_entry(line) is not None or _begins_with_span(line):
            continue
        end = item_end(document, line)
        text = _joined(document, line, end)
        label = milestone_label(text, names=bool(spans_of(text)))
        if label is None or label.group:
            continue
        key = book.add(label, Place(document.path, line.number), text)
        phases_end = 0
        for number in range(line.number, end + 1):
            nested = document.at(number)
            if number > phases_end and phase_entry(nested) is not None:
                phases_end = item_end(document, nested)
                book.stand_at_line(document.path, nested, key)
            if number > phases_end:
                ledger.claim(document.path, number, Fate.ITEM)
                book.keep(key, document.path, number, said=True)


def _begins_with_span(line: Line) -> bool:
    """Whether the first words of an entry are phases (`Phases 1-4: …`), not a milestone's name."""
    found = mentions(leading_marks(line.body).rest[:80])
    return bool(found) and found[0].start == 0


def _joined(document: Document, line: Line, end: int) -> str:
    """The text of a list item up to its first nested item."""
    parts = [line.body]
    for number in range(line.number + 1, end + 1):
        if document.at(number).kind is not LineKind.TEXT:
            break
        parts.append(document.at(number).body)
    return " ".join(parts)


def _from_summaries(document: Document, book: MilestoneBook) -> None:
    seen: set[int] = set()
    for line in document.lines:
        details = line.details
        while details is not None and details.line not in seen:
            seen.add(details.line)
            label = milestone_label(details.summary, names=bool(spans_of(details.summary)))
            if label is not None and not label.group:
                key = book.add(label, Place(document.path, details.line), details.summary)
                book.stand_at_details(document.path, details, key)
            elif label is not None:
                book.stand_at_details(document.path, details, "")
            details = details.parent


def _from_headings(document: Document, ledger: Ledger, book: MilestoneBook) -> None:
    for line in document.lines:
        heading = line.heading
        if line.kind is not LineKind.HEADING or heading is None or heading.level == 1:
            continue
        if phase_heading(heading) is not None or ledger.is_claimed(document.path, line):
            continue
        title = heading.title
        label = milestone_label(title, names=bool(spans_of(title)))
        if label is None or label.group or words(label.title) in _PART_OF_ONE:
            continue
        above = Line(0, "", "", LineKind.TEXT, heading=heading.parent)
        if section_of(above) in _NO_MILESTONE:
            continue
        key = book.add(label, Place(document.path, line.number), title)
        book.stand_at_heading(document.path, heading, key)
        ledger.claim(document.path, line, Fate.ITEM)


def _from_table(grid: Grid, path: str, ledger: Ledger, book: MilestoneBook) -> None:
    if not grid.header or grid.header[0] not in _TABLE_HEADS:
        return
    if section_of(grid.first) in _NO_MILESTONE:
        return
    rows = [row for row in grid.rows if row.cells and milestone_label(row.cells[0]) is not None]
    if not rows:
        return
    ledger.claim(path, grid.first, Fate.SYNTAX)
    for row in rows:
        label = milestone_label(row.cells[0])
        if label is None or label.group:
            ledger.claim(path, row.line, Fate.NOTE)
            continue
        ledger.claim(path, row.line, Fate.ITEM)
        status = grid.cell(row, grid.column("status", "state"))
        date = grid.cell(row, grid.column("shipped", "completed", "date", "released"))
        phases = grid.cell(row, grid.column("phases", "phase"))
        tail = f"{label.tail} {status or ('shipped' if iso_date(date) else '')} {iso_date(date)}"
        spans = f" Phases {phases}" if re.search(r"\d\s*[-\u2010-\u2015]\s*\d", phases) else ""
        found = Label(label.keys, label.id, label.title, tail + spans)
        key = book.add(found, Place(path, row.line.number), row.cells[0])
        book.keep(key, path, row.line.number, said=True)


def keep_bodies(document: Document, ledger: Ledger, book: MilestoneBook) -> None:
    """Keep what else stands in a milestone as its text: run when everything else is read."""
    for line in list(ledger.open_lines(document)):
        key = book.at(document.path, line)
        if not key or phase_around(line) is not None or looks_like_plan(line):
            continue
        if line.kind is LineKind.HEADING and section_kind(line.body) in _GROUPS:
            ledger.claim(document.path, line, Fate.SYNTAX)
        else:
            book.learn(key, line)
            book.keep(key, document.path, line.number)
            ledger.claim(document.path, line, Fate.BODY)


class MilestoneSpans:
    """Which milestone a phase belongs to by the spans (`Phases 1-4`) that milestones state."""

    def __init__(self, milestones: Iterable[FoundMilestone], order: Iterable[str]) -> None:
        known = set(order)
        self._by_number: dict[str, str] = {}
        self._by_key: dict[str, str] = {}
        for milestone in milestones:
            for first, last in milestone.spans[:_MAX_SPANS]:
                if first.isdigit() and last.isdigit():
                    for key in expand(first, last):
                        self._by_number.setdefault(key, milestone.key)
                elif first in known:
                    self._by_key.setdefault(first, milestone.key)

    def of(self, key: str) -> str:
        """The key of the milestone that has the phase `key`, or empty."""
        return self._by_key.get(key) or self._by_number.get(key.partition(".")[0], "")
