"""Three-way merge of one field of an item."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.merge.criteria import merge_criteria
from planner.merge.entries import merge_entries
from planner.merge.texts import Piece, merge_texts
from planner.model.fields import FIELDS, kind_of
from planner.model.fieldtypes import (
    Dependencies,
    FieldType,
    Links,
    Provenances,
    Refs,
    Text,
    Waivers,
    Words,
)
from planner.model.items import Item, Phase, Research


class How(StrEnum):
    """How the two versions of a field came together."""

    FIELD = "field"  # they changed it, you did not, or the other way round
    ENTRY = "entry"  # other entries of one list
    LINE = "line"  # other lines of one text
    WORD = "word"  # other words of the same lines: worth a look
    CLASH = "clash"


@dataclass(frozen=True, slots=True)
class Clash:
    """Two values of one field that only a person can bring together.

    `field` is the name of the field; `part` says which part of it clashes, where it is a list
    (`c2.text`; empty: all).  `base` is the value before, None where there was none; `theirs` and
    `yours` are None where they took it out.  `pieces` are those of a text.
    """

    field: str
    base: object
    theirs: object
    yours: object
    part: str = ""
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedField:
    """The value that a field gets, how it came about, and what clashes (then theirs stands)."""

    name: str
    value: object
    how: How
    clashes: tuple[Clash, ...] = ()


_NAMES: dict[type[FieldType], Callable[[Any], Hashable]] = {
    Dependencies: lambda entry: entry.phase,
    Links: lambda entry: (entry.to, entry.type),
    Waivers: lambda entry: entry.rule,
    Provenances: lambda entry: entry.field,
    Words: lambda entry: entry,
    Refs: lambda entry: entry,
}


def field_types(item: Item) -> dict[str, FieldType | None]:
    """The fields of an item that people may write, by name; None is the list of criteria."""
    types: dict[str, FieldType | None] = {row.name: row.type for row in FIELDS[kind_of(item)]}
    if isinstance(item, Phase):
        types["criteria"] = None
    if isinstance(item, Research):
        types["text"] = Text()
    return types


def merge_field(
    name: str, type: FieldType | None, base: Any, theirs: Any, yours: Any
) -> MergedField:
    """Merge two values that were made of `base`."""
    if yours in (base, theirs):
        return MergedField(name, theirs, How.FIELD)
    if theirs == base:
        return MergedField(name, yours, How.FIELD)
    if type is None:
        return _criteria(name, base, theirs, yours)
    if isinstance(type, Text):
        return _text(name, base, theirs, yours)
    by = _NAMES.get(type.__class__)
    if by is None:
        return MergedField(name, theirs, How.CLASH, (Clash(name, base, theirs, yours),))
    return _entries(name, base, theirs, yours, by)


def _text(name: str, base: str, theirs: str, yours: str) -> MergedField:
    merged = merge_texts(base, theirs, yours)
    if not merged.clean:
        clash = Clash(name, base, theirs, yours, pieces=merged.pieces)
        return MergedField(name, theirs, How.CLASH, (clash,))
    return MergedField(name, merged.text, How.WORD if merged.by_word else How.LINE)


def _entries(
    name: str,
    base: Sequence[Any],
    theirs: Sequence[Any],
    yours: Sequence[Any],
    by: Callable[[Any], Hashable],
) -> MergedField:
    merged = merge_entries(base, theirs, yours, by)
    clashes = tuple(
        Clash(name, each.base, each.theirs, each.yours, part=str(by(each.theirs or each.yours)))
        for each in merged.clashes
    )
    return MergedField(name, merged.entries, How.CLASH if clashes else How.ENTRY, clashes)


def _criteria(name: str, base: Any, theirs: Any, yours: Any) -> MergedField:
    merged = merge_criteria(base, theirs, yours)
    clashes = tuple(
        Clash(name, each.base, each.theirs, each.yours, each.part, each.pieces)
        for each in merged.clashes
    )
    how = How.CLASH if clashes else How.WORD if merged.by_word else How.ENTRY
    return MergedField(name, merged.criteria, how, clashes)
