"""Three-way merge of lists whose entries have a name of their own: by that name, not by place."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

_Entry = TypeVar("_Entry")
_Key = tuple[Hashable, int]


@dataclass(frozen=True, slots=True)
class EntryClash(Generic[_Entry]):
    """An entry that both changed; None where it is not, or was taken out."""

    base: _Entry | None
    theirs: _Entry | None
    yours: _Entry | None


@dataclass(frozen=True, slots=True)
class MergedEntries(Generic[_Entry]):
    """A merged list, with theirs in the place of each clash."""

    entries: tuple[_Entry, ...]
    clashes: tuple[EntryClash[_Entry], ...]


Settle = Callable[[EntryClash[_Entry]], "_Entry | None"]


def merge_entries(
    base: Sequence[_Entry],
    theirs: Sequence[_Entry],
    yours: Sequence[_Entry],
    name: Callable[[_Entry], Hashable],
    settle: Settle[_Entry] | None = None,
) -> MergedEntries[_Entry]:
    """Merge two lists made of `base`, entry by entry.

    An entry that one added, changed or took out is as that one has it.  One that both changed is
    given to `settle`, which returns the merged entry, or None where it clashes.
    """
    old, their, your = (_named(entries, name) for entries in (base, theirs, yours))
    merged: dict[_Key, _Entry] = {}
    clashes = []
    for key in _order(old, their, your):
        was, one, other = old.get(key), their.get(key), your.get(key)
        kept = one
        if one == was:
            kept = other
        elif other not in (was, one):
            clash = EntryClash(was, one, other)
            settled = settle(clash) if settle is not None and one and other else None
            if settled is None:
                clashes.append(clash)
            kept = one if settled is None else settled
        if kept is not None:
            merged[key] = kept
    return MergedEntries(tuple(merged.values()), tuple(clashes))


def _named(entries: Sequence[_Entry], name: Callable[[_Entry], Hashable]) -> dict[_Key, _Entry]:
    """The entries by name; of equal names the first, the second and so on."""
    seen: Counter[Hashable] = Counter()
    named = {}
    for entry in entries:
        key = name(entry)
        named[key, seen[key]] = entry
        seen[key] += 1
    return named


def _order(
    old: Mapping[_Key, _Entry], their: Mapping[_Key, _Entry], your: Mapping[_Key, _Entry]
) -> list[_Key]:
    """All names in order: theirs, unless only you changed the order.

    What only one has keeps its place behind the entry before it.
    """
    common = [key for key in old if key in their and key in your]
    same = set(common)
    moved_by_them = [key for key in their if key in same] != common
    first, second = (their, your) if moved_by_them else (your, their)
    if [key for key in your if key in same] == common:
        first, second = their, your
    order = list(first)
    last: _Key | None = None
    for key in second:
        if key not in first:
            place = order.index(last) + 1 if last is not None else 0
            while place < len(order) and order[place] not in old and order[place] not in second:
                place += 1  # behind what the other one put there
            order.insert(place, key)
        last = key
    return order + [key for key in old if key not in first and key not in second]
