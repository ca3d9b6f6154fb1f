"""JSON schemas of items, made from the field table."""

from typing import Any

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
    Text,
    Waivers,
    Words,
)
from planner.model.items import CRITERION_STATUSES, LINK_TYPES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

# As planner.codec.checks has it: no control characters, so no second line either.
_LINE: Schema = {"type": "string", "pattern": r"^[^\u0000-\u0008\u000a-\u001f\u007f-\u009f]*$"}
_ENTRY: Schema = {"type": "string", "pattern": r"^[^\u0000-\u0008\u000a-\u001f\u007f-\u009f]+$"}
_ID: Schema = {"type": "string", "pattern": r"^[^\s/]+(/[^\s/]+)?$", "maxLength": 201}


def json_schema(kind: str) -> Schema:
    """The schema (draft 2020-12) of the front matter of an item of `kind`, by key.

    Editors use it to complete and check keys while one types.  Unknown keys are allowed, as they
    are in a file, and null stands for a key without a value.
    """
    rows = [field for field in FIELDS[kind] if field.home == "front"]
    schema = _object({field.key: _described(field, nullable=True) for field in rows})
    schema["required"] = [field.key for field in rows if field.required]
    title = "plan.yaml" if kind == "plan" else f"Front matter of a {kind}"
    return {"$schema": DIALECT, "title": title, **schema}


def item_schema(kind: str) -> Schema:
    """The schema (draft 2020-12) of the fields of an item of `kind`, by name.

    It describes what `planner.codec.editing.edit_text` takes as changes: front matter, texts of the
    body, and the criteria of a phase; no other names, and none of them required.
    """
    fields = {field.name: _described(field, nullable=False) for field in FIELDS[kind]}
    if kind == "phase":
        fields["criteria"] = {"type": "array", "items": _criterion()}
    if kind == "research":
        fields["text"] = {"type": "string"}
    schema = _object(fields)
    schema["additionalProperties"] = False
    return {"$schema": DIALECT, "title": f"Fields of a {kind}", **schema}


def _object(properties: dict[str, Schema], *, required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema |= {"required": required, "additionalProperties": False}
    return schema


def _described(field: Field, *, nullable: bool) -> Schema:
    schema = _of_field(field, nullable=nullable)
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    described = {"title": field.label, "description": field.help, **schema}
    if default:
        described["default"] = default
    return described


def _of_field(field: Field, *, nullable: bool) -> Schema:
    schema = _of_type(field.type)
    if isinstance(field.default, tuple) and not isinstance(field.type, Waivers | Provenances):
        schema = {"type": "array", "items": schema}
        if nullable:
            # A single text is read as a list of one.
            schema = {"anyOf": [schema, schema["items"]]}
    if not nullable:
        if isinstance(field.type, Date | PhaseNumber | Choice) and not field.default:
            return {"anyOf": [schema, {"const": ""}]}
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


def _of_type(kind: FieldType) -> Schema:
    """The schema of a value, or of one entry for types that are lists."""
    match kind:
        case Line():
            return _LINE
        case Words():
            return _ENTRY
        case Text():
            return {"type": "string"}
        case Choice(options=options):
            return {"enum": list(options)}
        case Date():
            return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
        case PhaseNumber():
            return {"type": "string", "maxLength": 40, "pattern": r"^[0-9A-Za-z.\-]+$"}
        case Dependencies():
            keys = {"phase": _ID, "soft": {"type": "boolean"}, "reason": _LINE}
            return {"anyOf": [_ID, _object(keys, required=["phase"])]}
        case Links():
            keys = {"to": _ID, "type": {"enum": list(LINK_TYPES)}}
            return {"anyOf": [_ID, _object(keys, required=["to"])]}
        case Waivers():
            return {"type": "object", "additionalProperties": _ENTRY}
        case Provenances():
            keys = {
                "by": _ENTRY,
                **dict.fromkeys(("model", "session", "question", "approved"), _LINE),
                "approved_on": _of_type(Date()),
                "hash": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
            }
            return {
                "type": "object",
                "additionalProperties": _object(keys, required=["by"]),
            }
    return _ID


def _criterion() -> Schema:
    words = {"type": "array", "items": _ENTRY}
    return _object(
        {
            "id": {"type": "string", "pattern": r"^(c[1-9]\d{0,8})?$"},
            "text": {"type": "string"},
            "verifies": {"type": "array", "items": _ID},
            "check": {"type": "string"},
            "level": _LINE,
            "status": {"enum": list(CRITERION_STATUSES)},
            "proof": words,
            "waive": _of_type(Waivers()),
        },
        required=["text"],
    )
