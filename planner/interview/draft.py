"""What an interview would write: a milestone, phases, requirements, each part with a key.

The key of a part is made of the question and the answer that caused it.  So a part keeps its key
for as long as its reason holds, and another answer makes another part in its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PHASE = "phase:"
"""How the key of a phase of a draft begins."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of the milestone: a constraint, or what is out of scope."""

    key: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class DraftMilestone:
    """The milestone to come; `id` is the one that it would get now."""

    key: str
    id: str
    title: str
    overview: str
    target: str = ""
    constraints: tuple[DraftLine, ...] = ()
    out_of_scope: tuple[DraftLine, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftCriterion:
    """A success criterion; `verifies` are keys of requirements."""

    key: str
    text: str
    verifies: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class DraftAssumption:
    """What holds until somebody knows; `before` is the key of the phase that must not begin yet.

    `asked` says that somebody answered "I do not know"; else the question is still open.
    """

    key: str
    text: str
    before: str
    owner: str
    source: str
    asked: bool


@dataclass(frozen=True, slots=True)
class DraftPhase:
    """A phase to come; `depends_on` are keys of phases."""

    key: str
    id: str
    number: str
    title: str
    goal: str
    depends_on: tuple[str, ...] = ()
    criteria: tuple[DraftCriterion, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftRequirement:
    """A requirement to come; `phase` is the key of its phase.

    `own_words`: its text holds an answer as it was given, so that a person has to check it.
    """

    key: str
    id: str
    title: str
    text: str
    type: str
    priority: str
    rationale: str
    phase: str
    source: str
    own_words: bool = False


@dataclass(frozen=True, slots=True)
class DraftChange:
    """A new value for a field of an item that the plan has.

    With a `criterion` it is the text of that one; `criterion` "+" adds one to the phase, which
    verifies `verifies`.  The field `requirements` of a phase is a new requirement of it with the
    text `after`; it may have a `title` and a `rationale`.
    """

    key: str
    kind: str
    id: str
    field: str
    before: str
    after: str
    source: str
    criterion: str = ""
    verifies: tuple[str, ...] = ()
    title: str = ""
    rationale: str = ""

    @property
    def is_requirement(self) -> bool:
        """Whether it is a new requirement of a phase."""
        return self.field == "requirements"


DraftPart = (
    DraftMilestone
    | DraftLine
    | DraftPhase
    | DraftRequirement
    | DraftCriterion
    | DraftAssumption
    | DraftChange
)


@dataclass(frozen=True, slots=True)
class Draft:
    """All parts.  Without a milestone there are changes only."""

    title: str = ""
    statement: str = ""
    milestone: DraftMilestone | None = None
    phases: tuple[DraftPhase, ...] = ()
    requirements: tuple[DraftRequirement, ...] = ()
    assumptions: tuple[DraftAssumption, ...] = ()
    changes: tuple[DraftChange, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all parts, in the order in which they are shown."""
        return tuple(each.key for each in self._all())

    def _all(self) -> Iterator[DraftPart]:
        if self.milestone is not None:
            yield self.milestone
            yield from self.milestone.constraints
            yield from self.milestone.out_of_scope
        for phase in self.phases:
            yield phase
            yield from (each for each in self.requirements if each.phase == phase.key)
            yield from phase.criteria
        yield from self.assumptions
        yield from self.changes

    def part(self, key: str) -> DraftPart:
        """The part with this key.  Raises KeyError."""
        return self._parts[key]

    @property
    def _parts(self) -> dict[str, DraftPart]:
        return {each.key: each for each in self._all()}

    def phase(self, key: str) -> DraftPhase | None:
        """The phase with this key."""
        return next((each for each in self.phases if each.key == key), None)
