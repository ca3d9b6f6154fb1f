"""What the form of each kind of item consists of, made from the field table.

A field of the table becomes a `Box`: how it is asked for, and the parts of each row where it is a
list.  Names in a form are `f.title` for a single value, and `f.links.3.to` for a part of the row 3
of a list; the field `f.links` itself says that the form shows that list at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from planner.model.fields import FIELDS, Field
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
    Refs,
    Text,
    Waivers,
    Words,
)
from planner.model.items import CRITERION_STATUSES, LINK_TYPES

PREFIX: Final = "f."
ROWS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "refs": ("id",),
        "dependencies": ("phase", "soft", "reason"),
        "links": ("type", "to"),
        "waivers": ("rule", "reason"),
        "provenance": ("field", "by", "approved", "model", "session", "question"),
        "criteria": ("id", "text", "verifies", "check", "level", "status", "proof", "waive"),
    }
)
"""The parts of a row, by the widget of a list."""
LINK_KINDS: Final = LINK_TYPES
CRITERION_STATES: Final = CRITERION_STATUSES
_WIDGETS: Final[Mapping[type[FieldType], str]] = {
    Line: "line",
    Text: "text",
    Choice: "choice",
    Date: "date",
    PhaseNumber: "line",
    Ref: "ref",
    Refs: "refs",
    Words: "words",
    Dependencies: "dependencies",
    Links: "links",
    Waivers: "waivers",
    Provenances: "provenance",
}
_BESIDE: Final = frozenset({Choice, Date, PhaseNumber, Ref, Line})
# What every item has comes after what its kind is about.
_EVERYWHERE: Final = frozenset({"tags", "owner"})
_SELDOM: Final = frozenset({Waivers, Provenances})


@dataclass(frozen=True, slots=True)
class Box:
    """A field as a form asks for it.

    `widget` says how: `line`, `text`, `choice`, `date`, `ref`, `words` (one in each line), `tags`
    (parted by commas), or one of `ROWS`.  `ref` is the kind of item that is referred to.  `place`
    is where it stands: `main`, `beside`, or `seldom` for what is rarely needed.  `default` is the
    plain value of an item without the field.
    """

    name: str
    label: str
    help: str
    widget: str
    place: str = "main"
    required: bool = False
    options: tuple[str, ...] = ()
    ref: str = ""
    default: object = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of a row; none for a single value."""
        return ROWS.get(self.widget, ())


def _box(row: Field) -> Box:
    many = isinstance(row.default, tuple)
    widget = _WIDGETS[type(row.type)]
    if many and isinstance(row.type, Ref):
        widget = "refs"
    if row.widget == "tags":
        widget = "tags"
    options = row.type.options if isinstance(row.type, Choice) else ()
    if options and row.default == "":
        options = ("", *options)
    mapping = isinstance(row.type, Waivers | Provenances)
    plain: object = {} if mapping else list(row.default) if many else row.default  # type: ignore[call-overload]
    return Box(
        name=row.name,
        label=row.label,
        help=row.help,
        widget=widget,
        place=_place(row),
        required=row.required,
        options=options,
        ref=row.type.kind if isinstance(row.type, Ref | Refs) else "",
        default=plain,
    )


def _place(row: Field) -> str:
    if type(row.type) in _SELDOM or row.name == "aliases":
        return "seldom"
    if row.name != "title" and (type(row.type) in _BESIDE or row.widget == "tags"):
        return "beside"
    return "main"


_CRITERIA = Box(
    "criteria",
    "Success criteria",
    "What must be observed before the phase is done, each verifying requirements.",
    "criteria",
    default=[],
)
_RESEARCH_TEXT = Box("text", "Text", "What was found, in Markdown.", "text")
_MORE: Mapping[str, Box] = {"phase": _CRITERIA, "research": _RESEARCH_TEXT}


def _sheet(kind: str) -> tuple[Box, ...]:
    boxes = [_box(row) for row in FIELDS[kind]]
    more = _MORE.get(kind)
    if more is not None:
        boxes.append(more)
    # The texts first, then the lists that go with them: an item is what it says.
    return tuple(sorted(boxes, key=_weight))


def _weight(box: Box) -> int:
    if box.name == "title":
        return 0
    weight = {"text": 1, "criteria": 2}.get(box.widget, 3)
    return weight + 1 if box.name in _EVERYWHERE else weight


SHEETS: Final[Mapping[str, tuple[Box, ...]]] = {kind: _sheet(kind) for kind in FIELDS}
"""The boxes of the form of each kind, in their order."""


def blank_values(kind: str) -> dict[str, object]:
    """The values of an item that has none of its fields."""
    return {box.name: box.default for box in SHEETS[kind]}
