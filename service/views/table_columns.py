"""The columns of the table editor, made from the field tables."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from planner.model.fields import FIELDS, Field
from planner.model.fieldtypes import Choice, Date, FieldType, Line, PhaseNumber, Ref, Text, Words

TABLE_KINDS: Final = {
    "requirement": "Requirements",
    "phase": "Phases",
    "milestone": "Milestones",
}
# The first that are shown, in this order; the others can be chosen.
_FIRST: Final = {
    "requirement": (
        "title", "text", "phases", "status", "priority", "owner", "tags", "target", "type",
    ),
    "phase": ("title", "number", "milestone", "status", "priority", "owner", "tags", "target"),
    "milestone": ("title", "status", "created", "target", "shipped", "owner", "tags"),
}  # fmt: skip
# Lists that a form shows better than a cell.
_NOT_HERE: Final = frozenset({"aliases", "depends_on", "links", "waive", "provenance"})
# Which column a finding belongs to, where the rule says it; the rest stand at the row.
_RULES_OF: Final = {
    "phases": ("requirement-without-phase", "requirement-in-several-phases"),
    "milestone": ("phase-without-milestone",),
    "target": ("target-after-milestone",),
    "status": ("status-contradiction", "done-but-unverified", "met-before-done"),
    "number": ("duplicate-phase-number",),
    "verification": ("verification-level-unknown",),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A field that has a column.

    `type` is `line`, `text`, `choice`, `date`, `number`, `ref` or `words`; `options` are those of
    a choice, `refers` the kind of item that a `ref` names (`many`: the value is a list of them);
    `fallback` is what a file without the field has; `shown` whether it is there at first.
    """

    name: str
    label: str
    type: str
    help: str = ""
    required: bool = False
    options: tuple[str, ...] = ()
    refers: str = ""
    many: bool = False
    fallback: str = ""
    shown: bool = True


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind: its id, those that are shown at first, the others."""
    first = _FIRST[kind]
    fields = {row.name: row for row in FIELDS[kind] if row.name not in _NOT_HERE}
    names = (*first, *(name for name in fields if name not in first))
    made = (_column(fields[name], shown=name in first) for name in names)
    return (Column("id", "Id", "id", "Empty: the next free one."), *made)


def _column(row: Field, *, shown: bool) -> Column:
    return Column(
        name=row.name,
        label=row.label,
        type=_type(row.type),
        help=row.help,
        required=row.required,
        options=row.type.options if isinstance(row.type, Choice) else (),
        refers=row.type.kind if isinstance(row.type, Ref) else "",
        many=isinstance(row.type, Ref) and isinstance(row.default, tuple),
        fallback=row.default if isinstance(row.default, str) else "",
        shown=shown,
    )


def _type(found: FieldType) -> str:
    names: dict[type[Any], str] = {
        Line: "line", Text: "text", Choice: "choice", Date: "date", PhaseNumber: "number",
        Ref: "ref", Words: "words",
    }  # fmt: skip
    return names[type(found)]


def for_script(kind: str) -> dict[str, Any]:
    """What the script of the page knows of the columns."""
    rules = {rule: column for column, rules in _RULES_OF.items() for rule in rules}
    return {"columns": [asdict(each) for each in columns_of(kind)], "rules": rules}
