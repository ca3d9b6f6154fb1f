"""What was found in a foreign plan, before it becomes items: plain data, each with its place."""

from dataclasses import dataclass, field
from enum import StrEnum

from planner.exchange.foreign.statewords import State
from planner.model.problem import Place


class Source(StrEnum):
    """Where a phase was sighted, or where a requirement was tied to a phase."""

    HEADING = "detail heading"
    LIST = "checklist"
    TABLE = "table"
    LINE = "Requirements line"
    BULLET = "Requirements list"
    TRACE = "traceability table"
    COVERAGE = "coverage"
    TAIL = "checklist entry"
    CATEGORY = "category title"
    PROSE = "prose of the Requirements line"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place where a phase is named as a phase.

    `end` is the last line of what belongs to it; `box` is the state of its checkbox (None: none);
    `archived` says that it stands in a `<details>` block; `weak` sightings make a phase only where
    nothing else does; `milestone` is the key of the milestone it stands in, if any.  `full` is the
    text of a plain entry, where it cannot be told where the name ends.
    """

    key: str
    number: str
    name: str
    source: Source
    place: Place
    end: int
    description: str = ""
    full: str = ""
    box: bool | None = None
    state: State | None = None
    date: str = ""
    plans: tuple[int, int] | None = None
    inserted: bool = False
    struck: bool = False
    archived: bool = False
    weak: bool = False
    category: str = ""
    milestone: str = ""


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """A row of a progress table, by the names of its columns.

    `shifted` tells that cells stand in the wrong column; state, date and plans are then taken from
    where their form says.  `others` are the cells that no field took, with their headers.
    """

    key: str
    number: str
    name: str
    place: Place
    inserted: bool = False
    status: str = ""
    state: State | None = None
    date: str = ""
    plans: tuple[int, int] | None = None
    milestone: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    shifted: bool = False
    duplicate: bool = False
    others: tuple[tuple[str, str], ...] = ()
    goal: str = ""
    depends: str = ""


@dataclass(frozen=True, slots=True)
class FoundCriterion:
    """A success criterion: its text, the lines nested below it, whether it is ticked."""

    text: str
    place: Place
    nested: tuple[str, ...] = ()
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class FoundDependency:
    """A phase that must come first, with the words that stand beside it."""

    key: str
    place: Place
    reason: str = ""
    soft: bool = False


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A plan (piece of work) listed in a phase."""

    text: str
    done: bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class Tie:
    """A requirement tied to a phase, and what says so."""

    requirement: str
    phase: str
    source: Source
    place: Place


@dataclass(frozen=True, slots=True)
class PhaseDetails:
    """What a detail section says.

    `depends` are the texts of its Depends-on field, each with its line; `body` and `plan_lines`
    are lines kept word for word; `requirement_bullets` are lines of a list below an empty
    Requirements field.
    """

    key: str
    place: Place
    goal: str = ""
    goal_line: int = 0
    depends: tuple[tuple[str, int], ...] = ()
    criteria: tuple[FoundCriterion, ...] = ()
    plans: tuple[PlanEntry, ...] = ()
    plan_lines: tuple[int, ...] = ()
    plans_text: str = ""
    plans_said: int | None = None
    plans_ratio: tuple[int, int] | None = None
    plans_line: int = 0
    status: str = ""
    status_line: int = 0
    completed: str = ""
    verification: str = ""
    milestone: str = ""
    requirements_text: str = ""
    requirements_line: int = 0
    requirement_bullets: tuple[int, ...] = ()
    body: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPhase:
    """A phase, merged from all its sightings.

    `assumed` says that nothing ties it to its milestone but that the plan has no other.
    """

    key: str
    number: str
    title: str
    sightings: tuple[Sighting, ...]
    details: tuple[PhaseDetails, ...] = ()
    rows: tuple[ProgressRow, ...] = ()
    milestone: str = ""
    depends: tuple[FoundDependency, ...] = ()
    assumed: bool = False

    @property
    def place(self) -> Place:
        """Where it is best looked up."""
        return self.sightings[0].place

    def by(self, source: Source) -> tuple[Sighting, ...]:
        """Its sightings of one source."""
        return tuple(each for each in self.sightings if each.source is source)


@dataclass(frozen=True, slots=True)
class FoundMilestone:
    """A milestone: key, id (`v1.0`), title, state, dates, the phases it says it has."""

    key: str
    id: str
    title: str
    places: tuple[Place, ...]
    state: State | None = None
    shipped: str = ""
    created: str = ""
    spans: tuple[tuple[str, str], ...] = ()
    body: tuple[tuple[str, int], ...] = ()
    said: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRequirement:
    """A requirement as defined: id, text, where, the class of its section, its category."""

    id: str
    text: str
    place: Place
    section: str = "current"
    group: str = ""
    category: str = ""
    box: bool | None = None
    struck: bool = False
    title: str = ""
    notes: tuple[str, ...] = ()
    priority: str = ""
    status: str = ""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A row of a traceability table: ids, phases, status word.

    `others` are the cells of further columns, each with the name of its column.
    """

    ids: tuple[str, ...]
    phases: tuple[str, ...]
    phase_text: str
    status: str
    place: Place
    ranged: bool = False
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stated:
    """A number that the plan states about itself: of what, how many, where."""

    what: str
    count: int
    place: Place


@dataclass(frozen=True, slots=True)
class Prose:
    """Text of the plan as a whole, kept word for word: its heading and its lines."""

    heading: str
    path: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """What the top of the files says about the plan."""

    title: str = ""
    headline: str = ""
    statement: tuple[Prose, ...] = ()
    milestone_line: str = ""
    milestone_place: Place | None = None
    created: str = ""
    constraints: tuple[Prose, ...] = ()
    out_of_scope: tuple[Prose, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """Everything found in one foreign plan.

    `repeated` are further definitions of an id, `retold` texts that phases of the roadmap give to
    requirements that are defined elsewhere.
    """

    header: Header
    phases: tuple[FoundPhase, ...] = ()
    milestones: tuple[FoundMilestone, ...] = ()
    requirements: tuple[FoundRequirement, ...] = ()
    repeated: tuple[FoundRequirement, ...] = ()
    retold: tuple[FoundRequirement, ...] = ()
    ties: tuple[Tie, ...] = ()
    trace_rows: tuple[TraceRow, ...] = ()
    stated: tuple[Stated, ...] = ()
    has_requirements_file: bool = False
    state: dict[str, str] = field(default_factory=dict)

    @property
    def has_texts(self) -> bool:
        """Whether an id without a text is a mistake: the texts stand in a file of their own."""
        return self.has_requirements_file and bool(self.requirements)

    def undefined(self) -> dict[str, tuple[str, ...]]:
        """For phases (by key) the ids assigned to them that no requirement has."""
        if not self.has_texts:
            return {}
        defined = {each.id.casefold() for each in self.requirements}
        found: dict[str, dict[str, None]] = {}
        for tie in self.ties:
            if tie.requirement.casefold() not in defined:
                found.setdefault(tie.phase, {})[tie.requirement] = None
        return {key: tuple(names) for key, names in found.items()}

    @property
    def stubs(self) -> tuple[str, ...]:
        """Ids that are assigned to phases, of a plan that has no place for their texts."""
        if self.has_texts:
            return ()
        defined = {each.id.casefold() for each in self.requirements}
        names = dict.fromkeys(tie.requirement for tie in self.ties)
        return tuple(name for name in names if name.casefold() not in defined)
