"""What each document of a research holds: its parts and their columns, as data.

One table per topic makes the form that the model answers in (`service.research.answers`), the text
that asks for it (`service.research.prompts`) and the Markdown (`service.research.documents`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Shape = Literal["table", "list", "block"]


@dataclass(frozen=True, slots=True)
class Column:
    """One fact of a row; `name` is its name in the answer, `label` its heading for people."""

    name: str
    label: str
    help: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a document.

    A `table` has a row per entry, a `list` a bullet, a `block` one text that is shown as it is
    (a drawing, commands).
    """

    name: str
    heading: str
    help: str
    columns: tuple[Column, ...]
    shape: Shape = "table"


@dataclass(frozen=True, slots=True)
class Topic:
    """A document: `asks` is what its researcher is to find out, `serves` what it is read for."""

    name: str
    title: str
    asks: str
    serves: str
    parts: tuple[Part, ...]


def _column(name: str, label: str, help: str = "") -> Column:
    return Column(name, label, help or label.lower())


_NAME: Final = _column("name", "Name")
_WHY: Final = _column("why", "Why", "why, in one sentence")
_LINE: Final = (_column("text", "Text", "one statement"),)

STACK: Final = Topic(
    "stack",
    "Stack",
    "Which languages, frameworks, libraries and services fit, in which versions, and which do not.",
    "constraints, and requirements on environment and dependencies",
    (
        Part("core", "What to build on", "the pieces that everything rests on",
             (_NAME, _column("version", "Version", "the version that the source names"),
              _column("purpose", "For", "what it is for here"), _WHY)),
        Part("helpers", "What helps", "smaller libraries",
             (_NAME, _column("version", "Version"), _column("purpose", "For"))),
        Part("tools", "Tools of development", "building, testing, looking after",
             (_NAME, _column("purpose", "For"))),
        Part("install", "How to install", "commands, a line each", _LINE, "block"),
        Part("alternatives", "What else there is", "what was not chosen, and when it wins",
             (_NAME, _column("instead_of", "In the place of"),
              _column("wins_when", "Wins when", "under which condition it is the better choice"))),
        Part("avoid", "What to keep away from", "what looks right and is not",
             (_NAME, _WHY, _column("instead", "Take instead"))),
        Part("together", "What goes with what", "versions that need or exclude each other",
             (_column("pair", "Versions"), _column("note", "What holds")), "table"),
    ),
)  # fmt: skip
FEATURES: Final = Topic(
    "features",
    "Features",
    "What users of such products expect, what sets one apart, and what is better left out.",
    "candidates for requirements: first release, later, out of scope",
    (
        Part("expected", "Expected by everybody", "its absence is what people notice",
             (_NAME, _WHY, _column("needs", "Needs", "names of features that it needs"),
              _column("release", "Release", "first, next or later"),
              _column("value", "Value", "high, medium or low"),
              _column("cost", "Cost", "high, medium or low"))),
        Part("apart", "What sets it apart", "reasons to choose this one",
             (_NAME, _WHY, _column("needs", "Needs"), _column("release", "Release"),
              _column("value", "Value"), _column("cost", "Cost"))),
        Part("left_out", "Left out on purpose", "what is asked for and does harm",
             (_NAME, _WHY, _column("instead", "Do instead"))),
        Part("others", "What others do", "products that people would otherwise take",
             (_NAME, _column("does", "How they do it"), _column("lesson", "What follows for us"))),
    ),
)  # fmt: skip
ARCHITECTURE: Final = Topic(
    "architecture",
    "Architecture",
    "Of which parts such systems are made, how data moves, what breaks at which size, and in which"
    " order to build.",
    "phases and their dependencies",
    (
        Part("drawing", "Drawing", "boxes and arrows as plain text", _LINE, "block"),
        Part("pieces", "Parts and their duties", "one duty each",
             (_NAME, _column("duty", "Duty"), _column("talks_to", "Talks to"))),
        Part("layout", "Layout", "folders, as plain text", _LINE, "block"),
        Part("patterns", "Patterns that fit", "what has proved itself",
             (_NAME, _column("when", "When"), _WHY)),
        Part("flows", "How data moves", "one way through the system each", _LINE, "list"),
        Part("scale", "What breaks at which size", "the first limit that is met",
             (_column("at", "At"), _column("breaks", "Breaks"), _column("remedy", "Remedy"))),
        Part("avoid", "Patterns to avoid", "what people do and regret",
             (_NAME, _WHY, _column("instead", "Do instead"))),
        Part("outside", "Where it meets the outside", "interfaces of others",
             (_NAME, _column("how", "How"), _column("risk", "What can go wrong"))),
        Part("order", "Order of building", "what must be there before what",
             (_column("step", "Step"), _WHY, _column("needs", "Needs first"))),
    ),
)  # fmt: skip
PITFALLS: Final = Topic(
    "pitfalls",
    "Pitfalls",
    "What goes wrong in such projects, how one notices early, and which phase must prevent it.",
    "success criteria, and risks of each phase",
    (
        Part("critical", "What ruins the project", "mistakes that cost a rewrite or trust",
             (_NAME, _WHY, _column("avoid", "How to avoid it"), _column("signs", "First signs"),
              _column("phase", "Phase that prevents it"))),
        Part("debt", "Shortcuts and their price", "what is quick now and dear later",
             (_column("shortcut", "Shortcut"), _column("price", "Price"),
              _column("fine_when", "Fine when"))),
        Part("joining", "Where parts do not fit", "mistakes with interfaces of others",
             (_column("with_what", "With"), _column("mistake", "Mistake"),
              _column("right", "Right way"))),
        Part("speed", "What gets slow, and when", "with the size at which it shows",
             (_column("trap", "Trap"), _column("from_size", "From"), _column("avoid", "Avoid"))),
        Part("security", "Security", "mistakes beyond the usual lists",
             (_column("mistake", "Mistake"), _column("harm", "Harm"), _column("avoid", "Avoid"))),
        Part("people", "What annoys people", "mistakes in use",
             (_column("mistake", "Mistake"), _column("better", "Better"))),
        Part("unfinished", "Looks done but is not", "what to look at before calling it done",
             _LINE, "list"),
        Part("recovery", "When it happened anyway", "the way back",
             (_column("pitfall", "Pitfall"), _column("cost", "Cost"), _column("steps", "Steps"))),
    ),
)  # fmt: skip
SUMMARY: Final = Topic(
    "summary",
    "Summary",
    "What the findings mean together for the decision, and what the roadmap should be.",
    "the decision, and a draft of the roadmap",
    (
        Part("phases", "Phases that follow from it", "in the order of building",
             (_column("title", "Phase"), _column("reason", "Why here"),
              _column("covers", "Covers"), _column("avoids", "Avoids"),
              _column("more", "Needs more research", "yes, with the question; or no"))),
        Part("confidence", "How sure it is", "by area",
             (_column("area", "Area"), _column("level", "How sure", "HIGH, MEDIUM or LOW"), _WHY)),
        Part("gaps", "What is still open", "what nobody could find out", _LINE, "list"),
    ),
)  # fmt: skip
RESEARCHERS: Final[Mapping[str, Topic]] = MappingProxyType(
    {each.name: each for each in (STACK, FEATURES, ARCHITECTURE, PITFALLS)}
)
"""What can be looked into, each by a researcher of its own."""
TOPICS: Final[Mapping[str, Topic]] = MappingProxyType({**RESEARCHERS, SUMMARY.name: SUMMARY})
