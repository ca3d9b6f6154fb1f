"""Edits of single fields in the bytes of a file, which change the lines of these fields alone.

Comments, order of keys, quotes, line ends, the byte-order mark, a missing final line end, unknown
keys and sections: what is not the edited value stays byte for byte.  The result is read again, and
an edit that would not be read back as meant is refused.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from planner.codec.body import plain_text
from planner.codec.body_edit import BodyEdit
from planner.codec.checks import meant
from planner.codec.claims import KEY, claim_from, edit_claims
from planner.codec.criteria import HEADING
from planner.codec.criterion_edit import settled
from planner.codec.criterion_text import criterion_from
from planner.codec.finding import BadValueError, shown
from planner.codec.front_edit import FrontEdit, key_lines
from planner.codec.frontmatter import parse
from planner.codec.layout import Layout, kind_of_path, layout_of
from planner.codec.new_criteria import with_ids
from planner.codec.normal import normal_value
from planner.codec.reading import implied_topic, read_item
from planner.codec.source import Source, Splice, apply, decode
from planner.codec.spans import Front
from planner.errors import EditError
from planner.model.claims import is_ledger
from planner.model.fields import FIELDS, Field, kind_of
from planner.model.items import Item, Phase, Research

_NOT_COMPARED = frozenset({"sections", "extra", "lines", "blob", "path"})


def edit_text(path: str, data: bytes, changes: Mapping[str, object]) -> bytes:
    """The file `data` at `path` with the fields named in `changes` set to their new values.

    Names are those of the dataclass fields, `criteria` (a sequence of Criterion; one with an empty
    id gets a fresh one, and is called `criteria.+2` in a `provenance` of the same changes when it
    is at place 2 of 0, 1, 2 …) and `text` of research included.  Values are as in the item, or
    plain data as `planner.codec.schema.item_schema` describes it; None and the default take the
    key, or the section with its heading, out of the file.  Values are brought into the form that
    `planner.codec.normal` describes; one that the file already has changes nothing.

    Raises EditError, and nothing is to be written then: the file is not one of an item or cannot be
    read (it is shown read-only), a field is unknown, a value is not what the field takes, or the
    file is such that the edit would not be read back as meant.
    """
    edit = _edit_ledger if is_ledger(path) else _edit_field
    # A new criterion has its id by the time that its provenance is written.
    for name in sorted(changes, key=lambda each: each == "provenance"):
        data = edit(path, data, name, changes[name])
    return data


def _edit_ledger(path: str, data: bytes, name: str, value: object) -> bytes:
    """The claims of a research run with all claims set: it has no other field."""
    item = _readable(path, data)
    if name != KEY:
        raise EditError(f"{path}: the claims of a run have no field {shown(name)}", "edit claims")
    if value is not None and (isinstance(value, str) or not isinstance(value, Sequence)):
        raise EditError(f"{path}: the value is no list of claims", "give a list")
    source = decode(data)
    try:
        wanted = tuple(claim_from(each) for each in value or ())
        changed = apply(source, edit_claims(source.text, wanted))
    except BadValueError as error:
        raise EditError(f"{path}: {error.message}", error.hint) from error
    if len({each.id for each in wanted}) != len(wanted):
        raise EditError(f"{path}: two claims have one id", "give each an id of its own")
    read = read_item(path, changed)
    kept = read.item.claims if isinstance(read.item, Research) else None
    if kept is None or {each.id: each for each in kept} != {each.id: each for each in wanted}:
        raise EditError(
            f"{path}: the change of the claims of {item.id} would not be read back as meant",
            "edit the file by hand",
        )
    return changed


def _edit_field(path: str, data: bytes, name: str, value: object) -> bytes:
    item = _readable(path, data)
    kind = kind_of(item)
    source = decode(data)
    layout = layout_of(kind, source.text)
    try:
        wanted = _wanted(item, name, value, source.text)
        if getattr(item, name) == wanted and not _is_bad(item, name):
            return data
        splices = _splices(item, name, wanted, source, layout)
    except BadValueError as error:
        raise EditError(f"{path}: {name}: {error.message}", error.hint) from error
    changed = apply(source, splices)
    _verify(item, path, changed, name, wanted)
    return changed


def _readable(path: str, data: bytes) -> Item:
    if kind_of_path(path) is None:
        raise EditError(f"{path} is no file of an item of the plan", "check the path")
    read = read_item(path, data)
    if read.item is None:
        problem = read.problems[0]
        raise EditError(
            f"{path}:{problem.line}: the file cannot be edited: {problem.message}",
            problem.hint or "mend the file by hand first",
        )
    return read.item


def _field(item: Item, name: str) -> Field:
    kind = kind_of(item)
    for field in FIELDS[kind]:
        if field.name == name:
            return field
    names = [field.name for field in FIELDS[kind]]
    names += {"phase": ["criteria"], "research": ["text"]}.get(kind, [])
    raise EditError(
        f"a {kind} has no field {shown(name)}",
        meant(name, names, f"its fields are {', '.join(names)}"),
    )


def _wanted(item: Item, name: str, value: object, text: str) -> object:
    """The new value in normal form.  Raises BadValueError and EditError."""
    if isinstance(item, Phase) and name == "criteria":
        if value is not None and (isinstance(value, str) or not isinstance(value, Sequence)):
            raise BadValueError("the value is no list of criteria", "give a list")
        if tuple(value or ()) == item.criteria:
            return item.criteria
        standing = {each.id: each for each in reversed(item.criteria)}
        new = [criterion_from(each, standing) for each in value or ()]
        return settled(new, item.criteria, text)
    if isinstance(item, Research) and name == "text":
        if not isinstance(value, str | None):
            raise BadValueError(f"{shown(repr(value))} is no text", "give a text")
        return plain_text(value or "")
    field = _field(item, name)
    if getattr(item, name) == value and not _is_bad(item, name):
        return value
    wanted = normal_value(field, _default(item, field) if value is None else value)
    if name == "provenance" and isinstance(item, Phase):
        return with_ids(wanted, item.criteria)
    return wanted


def _default(item: Item, field: Field) -> object:
    """The value that a file without the field has."""
    return implied_topic(item.id) if field.name == "topic" else field.default


def _is_bad(item: Item, name: str) -> bool:
    """Whether the file has a value for the field that could not be read."""
    key = next((field.key for field in FIELDS[kind_of(item)] if field.name == name), None)
    return key is not None and name in item.lines and any(each == key for each, _ in item.extra)


def _splices(item: Item, name: str, wanted: Any, source: Source, layout: Layout) -> list[Splice]:
    kind = kind_of(item)
    body = BodyEdit(source.text, layout.body, kind)
    if isinstance(item, Phase) and name == "criteria":
        return body.set_criteria(item.criteria, wanted)
    if isinstance(item, Research) and name == "text":
        fence = [] if layout.has_front or wanted[:3] != "---" else [Splice(0, 0, "---\n---\n\n")]
        return [*fence, *body.set_lead(wanted)]
    field = _field(item, name)
    if field.home == "body":
        return body.set_section(field.key, wanted) if field.key else body.set_lead(wanted)
    return _front_splices(item, field, wanted, source, layout)


def _front_splices(
    item: Item, field: Field, wanted: object, source: Source, layout: Layout
) -> list[Splice]:
    remove = wanted == _default(item, field)
    if not layout.has_front:
        gap = "\n" if source.text[:1] not in {"", "\n"} else ""
        lines = "\n".join(["---", *key_lines(field, wanted), "---"])
        return [] if remove else [Splice(0, 0, f"{lines}\n{gap}")]
    yaml = source.text[layout.front : layout.front_end]
    root = parse(yaml, layout.front_line) if yaml else None
    edit = FrontEdit(Front(source.text, layout.front, layout.front_end, root), kind_of(item))
    if remove:
        return edit.remove(field)
    old = getattr(item, field.name)
    return edit.set(field, old, wanted, readable=not _is_bad(item, field.name))


def _verify(item: Item, path: str, changed: bytes, name: str, wanted: object) -> None:
    """Raise EditError unless `changed` is `item` with the one field changed."""
    hint = "edit the file by hand, or bring this part of it into the usual form first"
    read = read_item(path, changed)
    if read.item is None:
        raise EditError(
            f"{path}: after the change of {name} the file could not be read any more:"
            f" {read.problems[0].message}",
            hint,
        )
    for each in dataclasses.fields(item):
        if each.name in _NOT_COMPARED:
            continue
        due = wanted if each.name == name else getattr(item, each.name)
        if getattr(read.item, each.name) != due:
            raise EditError(
                f"{path}: the change of {name} would not be read back as meant: {each.name} would"
                f" become {shown(repr(getattr(read.item, each.name)))}",
                hint,
            )
    if _rest(item, name) != _rest(read.item, name):
        raise EditError(f"{path}: the change of {name} would touch other parts of the file", hint)


def _rest(item: Item, name: str) -> object:
    """Everything of an item that is no field of it, without what `name` owns."""
    fields = {field.name: field for field in FIELDS[kind_of(item)]}
    own = HEADING if name == "criteria" else fields[name].key if name in fields else ""
    sections = [
        (section.heading, section.text)
        for section in item.sections
        if section.heading.casefold() != own.casefold()
    ]
    extra = [pair for pair in item.extra if pair[0] != own]
    return sections, extra
