"""Three-way merge of sequences: what two people made of one list of lines or words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

_MOST_WORK = 1_000_000


class Side(StrEnum):
    """Who changed a region: nobody, one of the two, both in the same way, or both differently."""

    SAME = "same"
    THEIRS = "theirs"
    YOURS = "yours"
    BOTH = "both"
    CLASH = "clash"


class Region(NamedTuple):
    """A stretch of the three sequences that belongs together."""

    side: Side
    base: Sequence[str]
    theirs: Sequence[str]
    yours: Sequence[str]


class _Sync(NamedTuple):
    """A stretch that is equal in all three: where it begins in each, and how long it is."""

    base: int
    theirs: int
    yours: int
    size: int


def merge_sequences(
    base: Sequence[str], theirs: Sequence[str], yours: Sequence[str]
) -> Iterator[Region]:
    """The regions of the three sequences, in order; all of each sequence is in one region."""
    b = t = y = 0
    for sync in _syncs(base, theirs, yours):
        yield from _changed(base[b : sync.base], theirs[t : sync.theirs], yours[y : sync.yours])
        if sync.size:
            same = base[sync.base : sync.base + sync.size]
            yield Region(Side.SAME, same, same, same)
        b, t, y = sync.base + sync.size, sync.theirs + sync.size, sync.yours + sync.size


def _changed(base: Sequence[str], theirs: Sequence[str], yours: Sequence[str]) -> Iterator[Region]:
    if not (base or theirs or yours):
        return
    if theirs == yours:
        side = Side.BOTH
    elif theirs == base:
        side = Side.YOURS
    elif yours == base:
        side = Side.THEIRS
    else:
        side = Side.CLASH
    yield Region(side, base, theirs, yours)


def _syncs(base: Sequence[str], theirs: Sequence[str], yours: Sequence[str]) -> Iterator[_Sync]:
    """Where all three are equal, and the common end of all three last."""
    theirs_blocks, yours_blocks = _matches(base, theirs), _matches(base, yours)
    i = j = 0
    while i < len(theirs_blocks) and j < len(yours_blocks):
        one, other = theirs_blocks[i], yours_blocks[j]
        start = max(one.a, other.a)
        end = min(one.a + one.size, other.a + other.size)
        if start < end:
            yield _Sync(start, one.b + start - one.a, other.b + start - other.a, end - start)
        if one.a + one.size < other.a + other.size:
            i += 1
        else:
            j += 1
    yield _Sync(len(base), len(theirs), len(yours), 0)


class _Match(NamedTuple):
    a: int
    b: int
    size: int


def _matches(old: Sequence[str], new: Sequence[str]) -> list[_Match]:
    """The stretches that both have; of long sequences with little order, only both ends."""
    start = _common(old, new)
    most = min(len(old), len(new)) - start
    end = min(_common(old[::-1], new[::-1]), most)
    middle, others = old[start : len(old) - end], new[start : len(new) - end]
    counts = Counter(middle)
    found = [_Match(0, 0, start)]
    if sum(counts[each] for each in others) <= _MOST_WORK:
        matcher = SequenceMatcher(None, middle, others, autojunk=False)
        found += [_Match(m.a + start, m.b + start, m.size) for m in matcher.get_matching_blocks()]
    found.append(_Match(len(old) - end, len(new) - end, end))
    return [each for each in found if each.size]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
