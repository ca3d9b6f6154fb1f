"""Values of fields as YAML text in the project's own style, for new files and new keys."""

from typing import NamedTuple

from planner.codec.scalars import write_block, write_scalar
from planner.model.fields import Field
from planner.model.fieldtypes import Date, PhaseNumber, Ref, Text
from planner.model.items import LINK_TYPES, Dependency, Link, Provenance, Waiver

_WIDTH = 80


class Written(NamedTuple):
    """A value: what follows `key: ` on its line (may be empty), and the whole lines below it."""

    first: str
    rest: list[str]


def write_value(field: Field, value: object, column: int = 0, *, flow: bool = False) -> Written:
    """The value of `field`, whose key stands at `column` (`flow`: within `{…}`)."""
    kind = field.type
    if isinstance(value, tuple):
        return _write_list(field, value, column, flow=flow)
    text = str(value)
    if isinstance(kind, Text) and "\n" in text and not flow:
        return Written(*write_block(text, column, column + 2))
    if isinstance(kind, Date):
        return Written(text, [])
    # "02" is quoted with 2.1, 12A: else other readers of YAML would see numbers, some of them.
    style = '"' if isinstance(kind, PhaseNumber) else None
    return Written(write_scalar(text, style=style, flow=flow), [])


def _write_list(field: Field, entries: tuple[object, ...], column: int, *, flow: bool) -> Written:
    kind = field.type
    if not entries:
        return Written("[]", [])
    if isinstance(kind, Ref) and len(entries) == 1:
        return Written(write_scalar(str(entries[0]), flow=flow), [])
    mapping = isinstance(entries[0], Waiver | Provenance)
    bare = all(isinstance(each, str) or is_bare(each) for each in entries)
    inline = ", ".join(flow_entry(each) for each in entries)
    inline = f"{{{inline}}}" if mapping else f"[{inline}]"
    if flow or (
        bare
        and not isinstance(entries[0], Dependency)
        and len(inline) + len(field.key) + 2 + column <= _WIDTH
    ):
        return Written(inline, [])
    rest = []
    for each in entries:
        lines = block_entry(each, column + 2)
        rest.append(" " * (column + 2) + ("" if mapping else "- ") + lines[0])
        rest += lines[1:]
    return Written("", rest)


def is_bare(entry: object) -> bool:
    """Whether an entry can be written as one id, without keys of its own."""
    if isinstance(entry, Dependency):
        return not entry.soft and not entry.reason
    return isinstance(entry, Link) and entry.type == LINK_TYPES[0]


def block_entry(entry: object, column: int) -> list[str]:
    """The lines of an entry whose dash (or key) is at `column`.

    The first line comes without what is before it.
    """
    if isinstance(entry, Dependency) and not is_bare(entry):
        parts = entry_parts(entry)
        margin = " " * (column + 2)
        return [
            (margin if index else "") + write_part(key, text, flow=False)
            for index, (key, text) in enumerate(parts)
        ]
    if isinstance(entry, Waiver):
        return [f"{write_scalar(entry.rule)}: {write_scalar(entry.reason)}"]
    return [flow_entry(entry) if not isinstance(entry, str) else write_scalar(entry)]


def flow_entry(entry: object) -> str:
    """An entry within `[…]`, or `{…}` for the kinds that are mappings."""
    if isinstance(entry, Waiver):
        return f"{_key(entry.rule)}: {write_scalar(entry.reason, flow=True)}"
    if isinstance(entry, Dependency | Link) and is_bare(entry):
        return write_scalar(entry_parts(entry)[0][1], flow=True)
    if isinstance(entry, str):
        return write_scalar(entry, flow=True)
    inner = ", ".join(write_part(key, text, flow=True) for key, text in entry_parts(entry))
    inner = f"{{{inner}}}"
    return f"{_key(entry.field)}: {inner}" if isinstance(entry, Provenance) else inner


def _key(text: str) -> str:
    return write_scalar(text, flow=True)


def write_part(key: str, text: str, *, flow: bool) -> str:
    """A key and its text within an entry."""
    return f"{key}: {text if key == 'soft' else write_scalar(text, flow=flow)}"


def entry_parts(entry: object) -> list[tuple[str, str]]:
    """Keys and texts of an entry that is a mapping; those with their default are left out."""
    match entry:
        case Dependency():
            parts = [("phase", entry.phase), ("reason", entry.reason)]
            if entry.soft:
                parts.insert(1, ("soft", "true"))
        case Link():
            parts = [("to", entry.to), ("type", entry.type if not is_bare(entry) else "")]
        case Provenance():
            parts = [
                ("by", entry.by),
                ("model", entry.model),
                ("session", entry.session),
                ("question", entry.question),
                ("approved", entry.approved),
                ("approved_on", entry.approved_on),
                ("hash", entry.hash),
            ]
        case _:
            raise TypeError(f"{entry!r} has no keys of its own")
    return [(key, text) for key, text in parts if text]
