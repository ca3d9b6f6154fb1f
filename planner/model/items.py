"""The items of a plan.

Each kind of item is one frozen dataclass, and its dataclass fields are the *one* table from which
parser, checks, forms, JSON schema and docs are made: a field that people may write in a file is
declared with `front()` (a key of the YAML front matter) or `section()` (text of the Markdown
body) and carries label, help and widget.  `planner.model.fields` reads that table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.model.claims import Claim
from planner.model.fieldtypes import (
    Choice,
    Date,
    Dependencies,
    FieldType,
    Line,
    Links,
    PhaseNumber,
    Provenances,
    Ref,
    Text,
    Waivers,
    Words,
)

REQUIREMENT_STATUSES = (
    "draft",
    "approved",
    "in-progress",
    "done",
    "blocked",
    "deferred",
    "dropped",
)
PHASE_STATUSES = ("planned", "active", "done", "deferred", "dropped")
MILESTONE_STATUSES = ("planned", "active", "shipped", "dropped")
CRITERION_STATUSES = ("open", "met")
PRIORITIES = ("must", "should", "could", "wont")
REQUIREMENT_TYPES = ("functional", "quality", "constraint")
LINK_TYPES = ("relates", "depends-on", "refines", "conflicts", "replaces", "based-on")
RESEARCH_TOPICS = ("stack", "features", "architecture", "pitfalls", "summary", "other")


def front(
    default: Any,
    type: FieldType,
    label: str,
    help: str,
    *,
    widget: str = "",
    required: bool = False,
) -> Any:
    """Declare a key of the front matter.  The key is the name of the dataclass field."""
    meta = {
        "home": "front",
        "type": type,
        "label": label,
        "help": help,
        "widget": widget,
        "required": required,
    }
    return field(default=default, metadata=meta)


def section(heading: str, label: str, help: str, *, required: bool = False) -> Any:
    """Declare a part of the Markdown body: the text under `## heading`.

    An empty heading is the lead: all text before the first `## ` heading.
    """
    meta = {
        "home": "body",
        "heading": heading,
        "type": Text(),
        "label": label,
        "help": help,
        "widget": "markdown",
        "required": required,
    }
    return field(default="", metadata=meta)


@dataclass(frozen=True, slots=True)
class Dependency:
    """A phase that must (hard) or had better (soft) be done first."""

    phase: str
    soft: bool = False
    reason: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A relation from a requirement to another item; `type` is one of `LINK_TYPES`."""

    to: str
    type: str = "relates"
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Waiver:
    """Rule `rule` is not applied to this item, for `reason` (never empty)."""

    rule: str
    reason: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who or which model wrote the text of `field`, and who approved exactly that text.

    `field` is the name of a field, or `criteria.c1`.  `by` is a person or whatever made the text;
    `model`, `session` and `question` say which model, in which session, upon which question.
    `approved` is the person who approved it and `approved_on` the day.  `hash` is that of the text
    that all this is about, see `planner.model.provenance`: a text that was changed since, in an
    editor, has another one.
    """

    field: str
    by: str
    approved: str = ""
    model: str = ""
    session: str = ""
    question: str = ""
    approved_on: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A `## ` section of a body: heading text, text below it as written, line of the heading."""

    heading: str
    text: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every item has.

    `id` is the file name without suffix and is unique in the plan, ignoring case.  `path` is
    relative to the plan folder.  `lines` maps a field name (and, for lists, `name.0`, `name.1` …)
    to its line, 1-based; `sections` are all `## ` sections of the body, known or not; `extra` are
    unknown front-matter keys with their source text; `blob` is the git blob id of the bytes that
    were read.
    """

    id: str
    path: str = ""
    title: str = front("", Line(), "Title", "What it is called, in a few words.", required=True)
    aliases: tuple[str, ...] = front((), Words(), "Aliases", "Former ids; old addresses redirect.")
    tags: tuple[str, ...] = front((), Words(), "Tags", "Words to filter by.", widget="tags")
    owner: str = front("", Line(), "Owner", "Who answers for it.")
    waive: tuple[Waiver, ...] = front(
        (), Waivers(), "Waivers", "Rules not applied here, each with a reason."
    )
    provenance: tuple[Provenance, ...] = front(
        (), Provenances(), "Provenance", "Who or which model wrote a field, and who approved it."
    )
    sections: tuple[Section, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    blob: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Item):
    """`plan.yaml`: the plan itself.  Its id is `plan`."""

    statement: str = front(
        "", Text(), "Statement", "What the plan is for, in a paragraph of Markdown."
    )
    id_style: str = front(
        "sequential",
        Choice(("sequential", "random")),
        "New ids",
        "How new requirement ids are made: AUTH-06 or AUTH-X7K2.",
    )
    verification_levels: tuple[str, ...] = front(
        ("sanity", "proxy", "full"),
        Words(),
        "Verification levels",
        "Levels a phase or criterion may name, from weakest to strongest.",
    )
    glossary: tuple[str, ...] = front(
        (), Words(), "Glossary", "Terms and acronyms that need no explanation."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone(Item):
    """`milestones/<id>.md`."""

    status: str = front(
        "planned", Choice(MILESTONE_STATUSES), "Status", "Where the milestone stands."
    )
    created: str = front("", Date(), "Created", "Day it was planned.")
    target: str = front("", Date(), "Target date", "Day it should ship.")
    shipped: str = front("", Date(), "Shipped", "Day it shipped.")
    overview: str = section("", "Overview", "What the milestone brings and for whom.")
    constraints: str = section("Constraints", "Constraints", "What binds every phase of it.")
    out_of_scope: str = section("Out of scope", "Out of scope", "What it leaves out, and why.")


@dataclass(frozen=True, slots=True)
class Criterion:
    """A success criterion of a phase: one numbered entry under `## Success criteria`.

    `id` (`c1`, `c2` …) is unique in its phase and never reused; `verifies` names requirements;
    `check` says how it is tried (a command or steps); `level` is a verification level; `proof`
    lists the tests or evidence that it is met; `waive` as on items; `extra` are unknown bullets.
    """

    id: str
    text: str
    verifies: tuple[str, ...] = ()
    check: str = ""
    level: str = ""
    status: str = "open"
    proof: tuple[str, ...] = ()
    waive: tuple[Waiver, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    line: int = field(default=0, compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(Item):
    """`phases/<slug>.md`."""

    number: str = front(
        "", PhaseNumber(), "Number", "Its place in the order: 02, or 02.1 for an inserted one."
    )
    milestone: str = front("", Ref("milestone"), "Milestone", "The milestone it belongs to.")
    depends_on: tuple[Dependency, ...] = front(
        (), Dependencies(), "Depends on", "Phases that come first; soft ones are only advice."
    )
    verification: str = front("", Line(), "Verification level", "How hard success is checked.")
    status: str = front(
        "",
        Choice(PHASE_STATUSES),
        "Status",
        "Only for a phase without requirements, or an imported one; else it is derived.",
    )
    priority: str = front("", Choice(PRIORITIES), "Priority", "How much it is wanted.")
    target: str = front("", Date(), "Target date", "Day it should be done.")
    goal: str = section("", "Goal", "What is true when the phase is done.", required=True)
    assumptions: str = section(
        "Assumptions", "Assumptions", "What to look at again before the phase begins."
    )
    criteria: tuple[Criterion, ...] = field(default=(), metadata={"home": "criteria"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(Item):
    """`requirements/<ID>.md`.

    `phases` is the file's `phase` key: one id; a list is read and kept, and is a problem.
    """

    title: str = front("", Line(), "Short title", "A name for lists; else the text itself is used.")
    phases: tuple[str, ...] = field(
        default=(),
        metadata={
            "home": "front",
            "key": "phase",
            "type": Ref("phase"),
            "label": "Phase",
            "help": "The phase that delivers it.",
            "widget": "",
            "required": False,
        },
    )
    type: str = front(
        "functional",
        Choice(REQUIREMENT_TYPES),
        "Type",
        "A function, a quality (how well), or a constraint on the solution.",
    )
    status: str = front(
        "draft", Choice(REQUIREMENT_STATUSES), "Status", "Where the requirement stands."
    )
    priority: str = front("", Choice(PRIORITIES), "Priority", "How much it is wanted.")
    target: str = front("", Date(), "Target date", "Day it should be done.")
    links: tuple[Link, ...] = front((), Links(), "Links", "Other items it relates to.")
    proof: tuple[str, ...] = front((), Words(), "Proof", "Tests or evidence that it holds.")
    text: str = section("", "Requirement", "One sentence: the system shall …", required=True)
    rationale: str = section("Rationale", "Rationale", "Why it is wanted.")
    notes: str = section("Notes", "Notes", "Anything else worth keeping.")

    @property
    def phase(self) -> str:
        """The first phase named, or empty."""
        return self.phases[0] if self.phases else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Research(Item):
    """`research/<run>/<topic>.md`.  Its id is `<run>/<topic>`; front matter is optional.

    The document `<run>/claims` is the file `claims.yaml` of the run; it has `claims`, and their
    texts as its text.
    """

    title: str = front("", Line(), "Title", "Else the first heading of the text is used.")
    run: str = ""
    topic: str = front("other", Choice(RESEARCH_TOPICS), "Topic", "What was looked into.")
    date: str = front("", Date(), "Date", "Day of the research.")
    sources: tuple[str, ...] = front((), Words(), "Sources", "Where it was found.")
    text: str = field(default="", metadata={"home": "whole-body"})
    claims: tuple[Claim, ...] = field(default=(), metadata={"home": "claims"})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file of the plan that could not be read as an item: shown with its text, never rewritten.

    `kind` is the kind its folder says; `text` is the decoded text, with undecodable bytes replaced,
    cut at a bound for display.
    """

    id: str
    kind: str
    path: str
    text: str
    blob: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PlanTree:
    """Everything read from one plan folder, each tuple sorted by path."""

    plan: Plan
    milestones: tuple[Milestone, ...] = ()
    phases: tuple[Phase, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    research: tuple[Research, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
