"""New entries between brackets: `[a, b]` and `{a: b}`, on one line or on many, with comments."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from planner.codec.source import Splice


class Piece(NamedTuple):
    """An entry of the new list: its text, and the old entry whose place it takes (None: new)."""

    text: str
    old: int | None = None


def edit_flow(
    text: str, start: int, end: int, spans: Sequence[tuple[int, int]], pieces: Sequence[Piece]
) -> Splice:
    """The collection `text[start:end]`, brackets included, with `pieces` in place of its entries.

    `spans` are the old entries.  An entry that stays keeps what stands between it and the next one:
    comma, comment, line end.
    """
    if not spans or not pieces:
        inner = ", ".join(piece.text for piece in pieces)
        return Splice(start + 1, end - 1, inner)
    return Splice(start + 1, end - 1, _Gaps(text, start + 1, end - 1, spans).joined(pieces))


class _Gaps:
    """What stands before, between and behind the old entries."""

    def __init__(self, text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> None:
        self._last = len(spans) - 1
        self._head = text[start : spans[0][0]]
        self._between = [text[one[1] : other[0]] for one, other in pairwise(spans)]
        self._tail = text[spans[-1][1] : end]
        self._indent = ""
        if "\n" in self._head:
            self._indent = "\n" + self._head.rpartition("\n")[2]

    def joined(self, pieces: Sequence[Piece]) -> str:
        parts = [self._head]
        for piece in pieces[:-1]:
            parts += [piece.text, self._separator(piece.old)]
        parts += [pieces[-1].text, self._closing(pieces[-1].old)]
        return "".join(parts)

    def _separator(self, old: int | None) -> str:
        """What follows an entry that another one follows."""
        if old is None:
            return f",{self._indent}" if self._indent else ", "
        if old < self._last:
            return self._between[old]
        comment = _comment(self._tail)
        if comment:
            return f", {comment}{self._indent or _line_start(self._tail)}"
        return f",{self._indent}" if self._indent else ", "

    def _closing(self, old: int | None) -> str:
        """What follows the last entry."""
        if old == self._last:
            return self._tail
        comma = "," if self._tail.lstrip().startswith(",") else ""
        comment = _comment(self._between[old]) if old is not None else ""
        if comment:
            gap = self._tail if "\n" in self._tail else self._between[old or 0]
            return f"{comma} {comment}{_line_start(gap)}"
        if "\n" in self._tail:
            return comma + _line_start(self._tail)
        return self._tail


def _comment(gap: str) -> str:
    """The comment on the line of the entry before, or empty."""
    line, end, _ = gap.partition("\n")
    _, mark, comment = line.partition("#")
    return mark + comment if end else ""


def _line_start(gap: str) -> str:
    """The last line end and the indentation behind it."""
    _, end, margin = gap.rpartition("\n")
    return end + margin if end and not margin.strip(" \t") else "\n  "
