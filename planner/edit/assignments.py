"""`field=value` as people type it in a shell, as values of fields."""

import json
from collections.abc import Iterable

from planner.edit.fields import field_name
from planner.errors import UsageError
from planner.model.fields import FIELDS
from planner.model.fieldtypes import Dependencies, FieldType, Links, Provenances, Waivers


def assigned(kind: str, assignments: Iterable[str]) -> dict[str, object]:
    """The fields that `name=value` texts set; nothing behind the sign empties the field.

    Lists are parted by commas; a dependency may be `lamp:soft`, a link `AUTH-04:depends-on`.  What
    begins with `[` or `{` in a field that is no text is JSON, as `planner schema` describes it; so
    are criteria, waivers and provenance always.

    Raises UsageError for what cannot be taken apart, or a field that is named twice.
    """
    values: dict[str, object] = {}
    for text in assignments:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise UsageError(f"{text!r} sets nothing", "write --set field=value")
        name = field_name(kind, key.strip())
        if name in values:
            raise UsageError(f"{name} is set twice", "set it once")
        values[name] = _value(kind, name, value)
    return values


def _value(kind: str, name: str, text: str) -> object:
    row = next((each for each in FIELDS[kind] if each.name == name), None)
    if name == "criteria" and kind == "phase":
        return _json(name, text or "[]")
    if row is None or not isinstance(row.default, tuple):
        return text
    if text[:1] in {"[", "{"} or (text and isinstance(row.type, Waivers | Provenances)):
        return _json(name, text)
    entries = [each.strip() for each in text.split(",")] if text.strip() else []
    return [_entry(row.type, each) for each in entries]


def _entry(type: FieldType, text: str) -> object:
    target, sign, rest = text.partition(":")
    if sign and isinstance(type, Dependencies):
        if rest not in {"soft", "hard"}:
            raise UsageError(f"{text!r} is no dependency", "write an id, or id:soft")
        return {"phase": target, "soft": rest == "soft"}
    if sign and isinstance(type, Links):
        return {"to": target, "type": rest}
    return text


def _json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"{name}: {text!r} is no JSON: {error}", "`planner schema` says what it holds"
        ) from error
