"""A foreign plan read as a whole: from the bytes of its files to what was found in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.exchange.foreign.blocks import phase_around, section_of
from planner.exchange.foreign.details import read_details
from planner.exchange.foreign.fieldlines import field_line
from planner.exchange.foreign.found import (
    FoundPlan,
    FoundRequirement,
    Header,
    PhaseDetails,
    ProgressRow,
    Sighting,
    Source,
    Stated,
)
from planner.exchange.foreign.fronts import (
    claim_footers,
    read_header,
    read_state,
    stated_totals,
)
from planner.exchange.foreign.idlists import KnownIds
from planner.exchange.foreign.ledger import Ledger
from planner.exchange.foreign.lines import Document, Line, LineKind
from planner.exchange.foreign.mapping import MappingReading, ties_of_details
from planner.exchange.foreign.mappinghints import (
    ties_of_bullets,
    ties_of_categories,
    ties_of_tails,
)
from planner.exchange.foreign.mappingtables import ties_of_tables
from planner.exchange.foreign.merging import merge_phases
from planner.exchange.foreign.milestonelabels import milestone_label
from planner.exchange.foreign.milestones import MilestoneBook, find_milestones, keep_bodies
from planner.exchange.foreign.numbering import PhaseKeys
from planner.exchange.foreign.progress import read_progress
from planner.exchange.foreign.remarks import claim_groupings, claim_remarks
from planner.exchange.foreign.requirements import (
    RequirementReading,
    Sections,
    out_of_scope,
    read_requirements,
)
from planner.exchange.foreign.scanning import scan
from planner.exchange.foreign.sectionwords import RequirementSection, SectionKind
from planner.exchange.foreign.sightings import PhaseRange, heading_sightings, list_sightings
from planner.exchange.foreign.titles import comparable
from planner.model.problem import Place

ROADMAP = "ROADMAP.md"
REQUIREMENTS = "REQUIREMENTS.md"
STATE = "STATE.md"


@dataclass(slots=True)
class Reading:
    """Everything one reading yields: what was found, and the fate of every line."""

    plan: FoundPlan
    documents: dict[str, Document]
    ledger: Ledger
    ranges: tuple[PhaseRange, ...] = ()
    nameless: tuple[Place, ...] = ()
    faults: tuple[tuple[Place, str], ...] = ()
    unread: tuple[Place, ...] = ()


def read_plan(files: Mapping[str, bytes]) -> Reading:
    """Read the files of a foreign plan: `ROADMAP.md`, and `REQUIREMENTS.md`, `STATE.md` if there.

    Pure, and total: it raises for no content.
    """
    documents = {name: scan(name, files[name]) for name in (ROADMAP, REQUIREMENTS) if name in files}
    return _Reader(documents, read_state(files.get(STATE, b""))).read()


class _Reader:
    """The order in which one plan is read; lives only while `read_plan` runs."""

    def __init__(self, documents: dict[str, Document], state: dict[str, str]) -> None:
        self._state = state
        self._documents = documents
        self._ledger = Ledger(documents.values())
        self._roadmap = documents.get(ROADMAP, Document(ROADMAP, ()))
        if ROADMAP not in documents:
            self._ledger = Ledger((*documents.values(), self._roadmap))
        self._requirements = documents.get(REQUIREMENTS)
        self._book = MilestoneBook()
        self._mapping = MappingReading()
        self._ranges: list[PhaseRange] = []
        self._retold: list[FoundRequirement] = []

    def read(self) -> Reading:
        roadmap, ledger = self._roadmap, self._ledger
        for document in self._content():
            claim_footers(document, ledger)
        find_milestones(roadmap, ledger, self._book)
        sightings = self._sightings()
        details = self._details(sightings)
        progress = read_progress(roadmap, ledger)
        self._ranges.extend(progress.ranges)
        header = read_header(roadmap, ledger)
        defined = self._definitions()
        requirements = self._map(sightings, details, progress.rows, defined.found)
        header = self._milestone_of_header(header)
        if self._requirements is not None:
            left_out = out_of_scope(self._requirements, ledger)
            header = replace(header, out_of_scope=(*header.out_of_scope, *left_out))
        stated = self._stated()
        keep_bodies(roadmap, ledger, self._book)
        for document in self._content():
            claim_remarks(document, ledger, is_roadmap=document is roadmap)
        for document in self._content():
            claim_groupings(document, ledger)
        first, repeated = _split_repeated(requirements)
        phases = merge_phases(sightings, details, progress.rows, self._book)
        plan = FoundPlan(
            header=header,
            phases=phases,
            milestones=self._book.result(),
            requirements=first,
            repeated=repeated,
            retold=_differing(self._retold, first),
            ties=tuple(dict.fromkeys(self._mapping.ties)),
            trace_rows=tuple(self._mapping.rows),
            stated=tuple(stated),
            has_requirements_file=self._requirements is not None,
            state=self._state,
        )
        return Reading(
            plan,
            self._documents,
            ledger,
            tuple(self._ranges),
            tuple(defined.nameless),
            tuple(self._mapping.faults),
            self._unread(),
        )

    def _content(self) -> list[Document]:
        return [
            self._documents[name] for name in (ROADMAP, REQUIREMENTS) if name in self._documents
        ]

    def _at(self, line: Line) -> str:
        return self._book.at(ROADMAP, line)

    def _sightings(self) -> list[Sighting]:
        headings, ranges = heading_sightings(self._roadmap, self._ledger, self._at)
        entries, more = list_sightings(self._roadmap, self._ledger, self._at)
        self._ranges.extend((*ranges, *more))
        strong = {each.key for each in (*headings, *entries) if not each.weak}
        kept: list[Sighting] = []
        weak_seen: set[str] = set()
        for each in (*headings, *entries):
            if each.weak and (each.key in strong or each.key in weak_seen):
                continue
            if each.weak:
                weak_seen.add(each.key)
            kept.append(each)
        return kept

    def _details(self, sightings: Sequence[Sighting]) -> list[PhaseDetails]:
        headings = [each for each in sightings if each.source is Source.HEADING]
        starts = [each.place.line for each in headings]
        found = []
        for at, each in enumerate(headings):
            following = starts[at + 1] if at + 1 < len(starts) else each.end + 1
            end = min(each.end, following - 1)
            found.append(read_details(self._roadmap, self._ledger, each, end))
        told = {each.key for each in headings}
        for each in sightings:
            if each.source is Source.LIST and each.key not in told and self._tells_fields(each):
                told.add(each.key)
                found.append(read_details(self._roadmap, self._ledger, each, each.end))
        return found

    def _tells_fields(self, entry: Sighting) -> bool:
        """Whether the goal, the criteria or the like of a phase stand below its entry in a list."""
        nested = (self._roadmap.at(at) for at in range(entry.place.line + 1, entry.end + 1))
        return any(line.kind is LineKind.ITEM and field_line(line) is not None for line in nested)

    def _definitions(self) -> RequirementReading:
        if self._requirements is not None:
            return read_requirements(self._requirements, self._ledger)
        return read_requirements(
            self._roadmap,
            self._ledger,
            inside=lambda line: (
                section_of(line) is SectionKind.REQUIREMENTS and phase_around(line) is None
            ),
        )

    def _map(
        self,
        sightings: list[Sighting],
        details: list[PhaseDetails],
        rows: list[ProgressRow],
        defined: list[FoundRequirement],
    ) -> list[FoundRequirement]:
        """Tie requirements to phases; returns all definitions, those inside phases included."""
        known = KnownIds.of(each.id for each in defined)
        keys = PhaseKeys([*(each.key for each in sightings), *(row.key for row in rows)])
        in_phases: list[FoundRequirement] = []
        has_texts = self._requirements is not None and bool(defined)
        for at, each in enumerate(details):
            told, left = ties_of_details(self._roadmap, each, known, self._mapping)
            in_phases.extend(told)
            if has_texts:
                left += [one.place.line for one in told if one.id not in known.texts]
            details[at] = replace(each, body=tuple(sorted({*each.body, *left})))
        if has_texts:
            self._retold = [each for each in in_phases if each.id in known.texts]
        else:
            defined = [*defined, *in_phases]
            known = KnownIds.of(each.id for each in defined)
        if self._requirements is not None:
            self._map_file(self._requirements, known, keys, Source.TRACE)
        self._map_file(self._roadmap, known, keys, Source.COVERAGE)
        ties_of_tails(sightings, known, self._mapping)
        ties_of_categories(defined, self._mapping)
        self._drop_weak_prose()
        return defined

    def _map_file(
        self, document: Document, known: KnownIds, keys: PhaseKeys, source: Source
    ) -> None:
        ties_of_tables(document, self._ledger, known, keys, source, self._mapping)
        if document is self._roadmap:
            inside: Callable[[Line], bool] = _in_coverage
        else:
            sections = Sections(document)

            def inside(line: Line) -> bool:
                return sections.of(line) is RequirementSection.TRACEABILITY

        ties_of_bullets(document, self._ledger, known, inside, self._mapping)

    def _drop_weak_prose(self) -> None:
        """An id that prose mentions is assigned by it only where nothing else assigns it."""
        firm = {tie.requirement for tie in self._mapping.ties if tie.source is not Source.PROSE}
        self._mapping.ties = [
            tie
            for tie in self._mapping.ties
            if tie.source is not Source.PROSE or tie.requirement not in firm
        ]

    def _milestone_of_header(self, header: Header) -> Header:
        """Add the milestone that only the title or the field `Milestone:` names."""
        for text, place in (
            (header.milestone_line, header.milestone_place),
            (header.headline, Place(ROADMAP, 1)),
        ):
            label = milestone_label(text) if text else None
            if label is not None and place is not None and not label.group:
                self._book.add(label, place, text)
                break
        return header

    def _stated(self) -> list[Stated]:
        return [
            each for document in self._content() for each in stated_totals(document, self._ledger)
        ]

    def _unread(self) -> tuple[Place, ...]:
        return tuple(
            Place(document.path, line.number)
            for document in self._content()
            for line in self._ledger.open_lines(document)
        )


def _in_coverage(line: Line) -> bool:
    return section_of(line) is SectionKind.COVERAGE and phase_around(line) is None


def _differing(
    retold: Iterable[FoundRequirement], defined: Iterable[FoundRequirement]
) -> tuple[FoundRequirement, ...]:
    """What the roadmap words otherwise than the definition does."""
    texts = {each.id: comparable(f"{each.title}{each.text}") for each in defined}
    return tuple(
        each for each in retold if comparable(f"{each.title}{each.text}") != texts.get(each.id)
    )


def _split_repeated(
    requirements: Iterable[FoundRequirement],
) -> tuple[tuple[FoundRequirement, ...], tuple[FoundRequirement, ...]]:
    """The first definition of every id, and all further ones."""
    first: dict[str, FoundRequirement] = {}
    repeated = []
    for each in requirements:
        if each.id.casefold() in first:
            repeated.append(each)
        else:
            first[each.id.casefold()] = each
    return tuple(first.values()), tuple(repeated)
