"""Items as plain data: the counterpart of what `planner.codec.editing.edit_text` takes."""

from dataclasses import fields, is_dataclass
from typing import Any

from planner.model.fields import FIELDS, kind_of
from planner.model.items import Criterion, Item, Phase, Provenance, Research, Waiver

_NOT_SHOWN = frozenset({"line", "lines", "extra"})
_SELDOM = ("model", "session", "question", "approved_on", "hash")


def item_values(item: Item) -> dict[str, Any]:
    """The fields of an item by name, as `planner.codec.schema.item_schema` describes them.

    All fields that people may write are there, those with their default value too.
    """
    values = {row.name: plain_value(getattr(item, row.name)) for row in FIELDS[kind_of(item)]}
    # Empty mappings look like empty lists in the dataclasses.
    values["waive"] = values["waive"] or {}
    values["provenance"] = values["provenance"] or {}
    if isinstance(item, Phase):
        values["criteria"] = [plain_value(each) for each in item.criteria]
    if isinstance(item, Research):
        values["text"] = item.text
    return values


def plain_value(value: Any) -> Any:
    """The value of a field as JSON has it: texts, numbers, lists and mappings."""
    if isinstance(value, tuple | list):
        if value and isinstance(value[0], Waiver):
            return {each.rule: each.reason for each in value}
        if value and isinstance(value[0], Provenance):
            return {each.field: _origin(each) for each in value}
        return [plain_value(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        plain = {
            each.name: plain_value(getattr(value, each.name))
            for each in fields(value)
            if each.name not in _NOT_SHOWN
        }
        if isinstance(value, Criterion) and not value.waive:
            plain["waive"] = {}
        return plain
    return value


def _origin(entry: Provenance) -> dict[str, str]:
    """Author and approval always, the rest where it is said."""
    found = {"by": entry.by, "approved": entry.approved}
    return found | {key: text for key in _SELDOM if (text := getattr(entry, key))}
