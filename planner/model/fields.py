"""The field table of each kind of item, read from the dataclasses themselves."""

import dataclasses
from dataclasses import dataclass

from planner.model.fieldtypes import FieldType
from planner.model.items import Item, Milestone, Phase, Plan, Requirement, Research

KINDS: dict[str, type[Item]] = {
    "plan": Plan,
    "milestone": Milestone,
    "phase": Phase,
    "requirement": Requirement,
    "research": Research,
}
KIND_OF: dict[type[Item], str] = {cls: kind for kind, cls in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Field:
    """One field that people may write.

    `name` is the attribute of the dataclass; `key` the key of the front matter (`home` "front") or
    the heading of the body section (`home` "body"; "" is the text before the first heading).
    """

    name: str
    key: str
    home: str
    type: FieldType
    label: str
    help: str
    widget: str
    required: bool
    default: object


def _table(cls: type[Item]) -> tuple[Field, ...]:
    rows = []
    for item_field in dataclasses.fields(cls):
        meta = item_field.metadata
        if "type" not in meta:
            continue
        home = meta["home"]
        key = meta["heading"] if home == "body" else meta.get("key", item_field.name)
        rows.append(
            Field(
                name=item_field.name,
                key=key,
                home=home,
                type=meta["type"],
                label=meta["label"],
                help=meta["help"],
                widget=meta["widget"],
                required=meta["required"],
                default=item_field.default,
            )
        )
    return tuple(rows)


FIELDS: dict[str, tuple[Field, ...]] = {kind: _table(cls) for kind, cls in KINDS.items()}
FRONT_KEYS: dict[str, dict[str, Field]] = {
    kind: {row.key: row for row in rows if row.home == "front"} for kind, rows in FIELDS.items()
}
BODY_HEADINGS: dict[str, dict[str, Field]] = {
    kind: {row.key.casefold(): row for row in rows if row.home == "body"}
    for kind, rows in FIELDS.items()
}


def kind_of(item: Item) -> str:
    """The kind of an item: plan, milestone, phase, requirement or research."""
    return KIND_OF[type(item)]
