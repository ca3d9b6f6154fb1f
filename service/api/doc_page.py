"""The OpenAPI document as a page shows it: sections of operations, fields in rows.  Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
_PREFIX = "#/components/"
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field: its name, type and bounds in words."""

    name: str
    place: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One status that is answered, with the fields of its body."""

    status: str
    about: str
    rows: tuple[Row, ...]

    @property
    def good(self) -> bool:
        """Whether it is a success."""
        return self.status < "400"


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    scope: str
    rows: tuple[Row, ...]
    replies: tuple[Reply, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one tag."""

    title: str
    entries: tuple[Entry, ...]


def sections(document: Schema) -> tuple[Section, ...]:
    """The sections by title, their operations by path and method."""
    by_tag: dict[str, list[Entry]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, described in methods.items():
            entry = _entry(document, path, method.upper(), described)
            by_tag.setdefault(described["tags"][0], []).append(entry)
    return tuple(Section(tag, tuple(entries)) for tag, entries in sorted(by_tag.items()))


def type_text(document: Schema, schema: Schema) -> str:
    """A schema in a few words: `integer from 1 to 500`, `list of texts`, `webhook or github`."""
    schema = _resolve(document, schema)
    if "anyOf" in schema:
        return " or ".join(type_text(document, option) for option in schema["anyOf"])
    if "oneOf" in schema:
        return f"object, one of {', '.join(_options(schema))}"
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        items = type_text(document, schema.get("items", {}))
        if items.startswith(("text", "object")):
            items = items.replace("text", "texts", 1).replace("object", "objects", 1)
        return f"list of {items}"
    if kind == "string":
        return str(schema.get("format", "text")) + _length_text(schema)
    return kind + _range_text(schema)


def _options(schema: Schema) -> Mapping[str, str]:
    """The forms that an object may have: the word that tells each -> the reference to it."""
    found: Mapping[str, str] = schema["discriminator"]["mapping"]
    return found


def _length_text(schema: Schema) -> str:
    longest = schema.get("maxLength")
    return f", at most {longest:,} characters" if longest is not None else ""


def _range_text(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}"
    return f", at least {low:,}" if low is not None else ""


def _entry(document: Schema, path: str, method: str, described: Schema) -> Entry:
    scopes = [scope for each in described["security"] for scope in next(iter(each.values()))]
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Entry(
        anchor=described["operationId"].replace("_", "-"),
        method=method,
        path=path,
        summary=described["summary"],
        about=" ".join(described["description"].split()),
        scope=scopes[0] if scopes else "",
        rows=(*_parameters(document, described), *_fields(document, body.get("schema"), "body")),
        replies=tuple(
            _reply(document, status, reply) for status, reply in described["responses"].items()
        ),
        example=_example(document, method, path, described),
    )


def _example(document: Schema, method: str, path: str, described: Schema) -> str:
    """A call with curl, with names in capitals where something is to be filled in."""
    words = ["curl"]
    if method != "GET":
        words.append(f"-X {method}")
    if described["security"]:
        words.append("-H 'X-API-Key: KEY'")
    words += [
        f"-H '{each['name']}: VALUE'"
        for each in described.get("parameters", ())
        if each["in"] == "header" and each["required"]
    ]
    body = described.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        examples = _resolve(document, body["schema"]).get("examples")
        sent = f"'{json.dumps(examples[0], ensure_ascii=False)}'" if examples else "@FILE"
        words.append(f"-H 'Content-Type: application/json' --data-binary {sent}")
    return " ".join([*words, f"'ADDRESS{path}'"])


def _parameters(document: Schema, described: Schema) -> Iterator[Row]:
    for each in described.get("parameters", ()):
        yield Row(
            each["name"],
            each["in"],
            _with_default(type_text(document, each["schema"]), each["schema"]),
            each["required"],
            each["description"],
        )


def _with_default(text: str, schema: Schema) -> str:
    default = schema.get("default")
    if default is None:
        return text
    shown = json.dumps(default) if isinstance(default, bool) else default
    return f"{text} ({shown if shown != '' else 'empty'})"


def _fields(
    document: Schema, schema: Schema | None, place: str, prefix: str = "", depth: int = 0
) -> Iterator[Row]:
    """The fields of an object; those of objects inside it follow by dotted names.

    An answer has no `place`, and its defaults mean nothing to a reader.
    """
    if schema is None or depth > _DEPTH:
        return
    schema = _resolve(document, schema)
    if "oneOf" in schema and not prefix.endswith("[]"):
        for name, option in _options(schema).items():
            yield from _fields(document, {"$ref": option}, place, f"{prefix}[{name}]", depth + 1)
        return
    if schema.get("type") == "array":
        yield from _fields(document, schema.get("items"), place, f"{prefix}[]", depth + 1)
        return
    # Of several bodies, the last has all the fields.
    schema = _resolve(document, schema["anyOf"][-1]) if "anyOf" in schema else schema
    for name, field in schema.get("properties", {}).items():
        full = f"{prefix}.{name}" if prefix else name
        kind = type_text(document, field)
        yield Row(
            full,
            place,
            _with_default(kind, field) if place else kind,
            name in schema.get("required", ()),
            field.get("description", ""),
        )
        yield from _fields(document, field, place, full, depth + 1)


def _reply(document: Schema, status: str, reply: Schema) -> Reply:
    reply = _resolve(document, reply)
    content: Schema = next(iter(reply.get("content", {}).values()), {})
    # Each failure has the one shape, which the page shows once.
    rows = _fields(document, content.get("schema"), "") if status < "400" else ()
    return Reply(status, reply["description"], tuple(rows))


def _resolve(document: Schema, schema: Schema) -> Schema:
    """The schema or answer that a reference leads to, with what stands beside the reference."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    _, section, name = reference.removeprefix("#/").split("/")
    return {**document["components"][section][name], **schema, "$ref": None}
