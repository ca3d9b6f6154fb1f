"""What the planner process tells of an interview: cards, gaps, the parts of the draft."""

from collections.abc import Mapping
from typing import Literal

from service.api.models import Model
from service.planning.edits import TogetherEdit

PartKind = Literal[
    "milestone", "constraint", "out", "phase", "requirement", "criterion", "assumption", "change"
]
Decision = Literal["", "accepted", "dropped"]


class OptionRecord(Model):
    """A reading of the matter.  `adds` says in a few words what it would write."""

    id: str
    text: str
    adds: tuple[str, ...] = ()


class CardRecord(Model):
    """A question as it is asked now; `how` and `value` are the answer so far (empty: none)."""

    id: str
    topic: str
    text: str
    why: str
    because: str
    affects: tuple[str, ...]
    type: str
    unit: str
    options: tuple[OptionRecord, ...]
    recommended: str
    reason: str
    assume: str
    """The reading that holds until somebody knows, in words; empty: there is none."""
    before: str
    """The phase before which an assumption is to be revisited; empty: none is known."""
    must: bool
    by_model: bool = False
    how: str = ""
    value: str = ""
    said: str = ""
    """The answer in words."""


class FieldRecord(Model):
    """A text of a part that a person may change."""

    name: str
    label: str
    value: str
    long: bool


class PartRecord(Model):
    """A part of the draft.  `under` is the key of the part that it belongs to (empty: none)."""

    key: str
    kind: PartKind
    id: str
    under: str
    title: str
    text: str
    fields: tuple[FieldRecord, ...]
    notes: tuple[str, ...]
    """What else is known of it: what it depends on, verifies, replaces."""
    findings: tuple[str, ...]
    """What the rules of wording say about it."""
    source: str
    """The id of the question that caused it."""
    decision: Decision
    edited: bool
    asked: bool = True
    model: str = ""
    """The model that proposed it; empty: it comes of an answer."""


class GapsRecord(Model):
    """What is open, counted."""

    must: int
    open: int
    phases_without_criterion: int
    requirements_without_criterion: int
    criteria_without_requirement: int
    wording: int
    count: int


class KnownRecord(Model):
    """A phase of the plan; `key` is what it is called in an interview."""

    key: str
    title: str
    goal: str
    requirements: Mapping[str, str]
    """The texts of what it delivers, by id."""


class InterviewRecord(Model):
    """An interview as it stands."""

    cards: tuple[CardRecord, ...]
    """The round: at most five."""
    answered: tuple[CardRecord, ...]
    remaining: int
    """How many questions come behind this round."""
    gaps: GapsRecord
    title: str
    parts: tuple[PartRecord, ...]
    edit: TogetherEdit | None
    """What the accepted parts would do to the plan; None: none is accepted."""
    has_plan: bool
    known: tuple[KnownRecord, ...]
    """The phases of the plan."""
    items: int
    """How many items the plan has besides the plan itself."""
    problem: str = ""
    """Why the accepted parts make no edit; empty: they do, or there are none."""


class ImportableRecord(Model):
    """A plan of another tool that lies in the project's folder; `name` is relative to that."""

    name: str
    kind: Literal["gsd", "readme"]


class StandingRecord(Model):
    """What there is to plan with.

    `plan` is `none`, `own`, or `foreign` (read through the importer); `folder` is that of the plan,
    `root` that of the project; `repository` tells whether git keeps it, `committed` whether the
    plan is in it.
    """

    plan: Literal["none", "own", "foreign"]
    folder: str
    root: str
    repository: bool
    committed: bool
    git: bool
    importable: tuple[ImportableRecord, ...]
    title: str
    empty: bool
    """Whether the plan is nothing but `plan.yaml`."""


class BegunRecord(Model):
    """What was begun."""

    commit: str
    files: int
    epoch: int
    findings: tuple[str, ...] = ()
