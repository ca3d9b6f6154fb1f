"""Values on their way into a file: checked, and brought into the form in which they are read back.

Whoever edits or renders an item passes each value through `normal_value`.  Texts are trimmed (see
`planner.codec.body.section_text`), lists become tuples, and plain data as JSON has it (text,
mapping) is taken for dependencies, links, waivers and provenances.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.codec import checks
from planner.codec.body import plain_text, section_text
from planner.codec.finding import BadValueError, shown
from planner.codec.values import PROVENANCE_KEYS, check_of
from planner.model.fields import Field
from planner.model.fieldtypes import (
    Choice,
    Dependencies,
    FieldType,
    Links,
    Provenances,
    Text,
    Waivers,
)
from planner.model.items import LINK_TYPES, Dependency, Link, Provenance, Waiver


def normal_value(field: Field, value: object) -> object:
    """The value of `field` as reading the file gives it.

    None means the default.  Raises BadValueError for what the field does not take.
    """
    if value is None:
        return field.default
    if isinstance(field.default, tuple):
        normal = _ENTRIES.get(type(field.type))
        if normal is None:
            check = check_of(field.type)
            return tuple(check(_text(each)) for each in _entries(value, field.type))
        return _unique(field.type, tuple(normal(each) for each in _entries(value, field.type)))
    text = _text(value)
    if field.home == "body":
        return section_text(text)
    if isinstance(field.type, Text):
        return plain_text(text)
    if isinstance(field.type, Choice) and not text:
        return field.default
    return check_of(field.type)(text) if text else text


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise BadValueError(f"{shown(repr(value))} is no text", "give a text")


def _entries(value: object, kind: FieldType) -> Sequence[object]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, Mapping):
        return list(value.items()) if isinstance(kind, Waivers | Provenances) else [value]
    if isinstance(value, Sequence):
        return value
    raise BadValueError(f"{shown(repr(value))} is no list", "give a list")


def _unique(kind: FieldType, entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """Waivers and provenances are keys of a mapping: no two may be the same."""
    if isinstance(kind, Waivers | Provenances):
        seen = set()
        for each in entries:
            key = each.rule if isinstance(each, Waiver) else each.field
            if key in seen:
                raise BadValueError(f"{shown(key)} is named twice", "name it once")
            seen.add(key)
    return entries


def _known(value: Mapping[Any, Any], keys: tuple[str, ...]) -> dict[str, object]:
    for key in value:
        if key not in keys:
            raise BadValueError(f"the key {shown(str(key))} is unknown", f"use {', '.join(keys)}")
    return {key: value[key] for key in keys if value.get(key) is not None}


def _dependency(value: object) -> Dependency:
    if isinstance(value, str):
        value = Dependency(value)
    elif isinstance(value, Mapping):
        parts = _known(value, ("phase", "soft", "reason"))
        soft = parts.get("soft", False)
        if not isinstance(soft, bool):
            soft = checks.flag(_text(soft))
        value = Dependency(_text(parts.get("phase", "")), soft, _text(parts.get("reason", "")))
    if not isinstance(value, Dependency):
        raise BadValueError(f"{shown(repr(value))} is no dependency", "give the id of a phase")
    phase = checks.reference(value.phase, "phase")
    return Dependency(phase, bool(value.soft), checks.line_of_text(value.reason))


def _link(value: object) -> Link:
    if isinstance(value, str):
        value = Link(value)
    elif isinstance(value, Mapping):
        parts = _known(value, ("to", "type"))
        value = Link(_text(parts.get("to", "")), _text(parts.get("type", LINK_TYPES[0])))
    if not isinstance(value, Link):
        raise BadValueError(f"{shown(repr(value))} is no link", "give the id of an item")
    return Link(checks.reference(value.to, ""), checks.choice(value.type, LINK_TYPES))


def normal_waiver(value: object) -> Waiver:
    """A waiver with a rule and a reason.  Raises BadValueError."""
    if isinstance(value, Mapping):
        parts = _known(value, ("rule", "reason"))
        value = Waiver(_text(parts.get("rule", "")), _text(parts.get("reason", "")))
    elif isinstance(value, tuple) and len(value) == 2:
        value = Waiver(_text(value[0]), _text(value[1]))
    if not isinstance(value, Waiver):
        raise BadValueError(f"{shown(repr(value))} is no waiver", "give a rule and a reason")
    if not value.reason.strip():
        raise BadValueError(
            f"the waiver of {shown(value.rule)} has no reason", "say why it does not apply"
        )
    return Waiver(checks.key(value.rule), checks.line_of_text(value.reason))


def _provenance(value: object) -> Provenance:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], Mapping):
        value = {"field": value[0], **value[1]}
    if isinstance(value, Mapping):
        parts = _known(value, ("field", *PROVENANCE_KEYS))
        texts = {key: _text(parts.get(key, "")) for key in ("field", *PROVENANCE_KEYS)}
        value = Provenance(**texts)
    if not isinstance(value, Provenance):
        raise BadValueError(f"{shown(repr(value))} is no provenance", "give field and author")
    line = checks.line_of_text
    return Provenance(
        checks.key(value.field),
        checks.entry(value.by),
        line(value.approved),
        line(value.model),
        line(value.session),
        line(value.question),
        checks.calendar_day(value.approved_on),
        checks.text_hash(value.hash) if value.hash else "",
    )


_ENTRIES: dict[type[FieldType], Callable[[object], Any]] = {
    Dependencies: _dependency,
    Links: _link,
    Waivers: normal_waiver,
    Provenances: _provenance,
}
