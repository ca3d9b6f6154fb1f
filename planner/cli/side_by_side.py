"""Two versions of an item on a terminal: words that went and came, or two columns."""

import shutil
import textwrap
from collections.abc import Iterator
from itertools import zip_longest

from planner.cli.telling import moment
from planner.edit.past import Between, Version
from planner.trace.change import Change, ChangeKind
from planner.trace.report import printable
from planner.trace.word_diff import TokenKind, word_diff

_NARROW, _WIDE = 80, 160
_TEXTS = frozenset({ChangeKind.REWORDED, ChangeKind.CRITERION_REWORDED})
_MARKS = {TokenKind.EQUAL: ("", ""), TokenKind.DELETE: ("[-", "-]"), TokenKind.INSERT: ("{+", "+}")}


def words(change: Change) -> str:
    """What became of a text, in one line as `git diff --word-diff` shows it; of others nothing."""
    if change.kind not in _TEXTS:
        return ""
    return printable(
        "".join(
            _MARKS[token.kind][0] + token.text + _MARKS[token.kind][1]
            for token in word_diff(change.old, change.new)
        )
    )


def side_by_side(both: Between, *, terminal: bool) -> Iterator[str]:
    """The values of each change next to each other, the older version on the left."""
    whole = shutil.get_terminal_size((_NARROW, 24)).columns if terminal else _NARROW
    width = (min(whole, _WIDE) - 3) // 2
    yield _row(_head(both.old), _head(both.new), width)
    for change in both.changes:
        yield ""
        yield printable(change.sentence)
        if change.old or change.new:
            left, right = (_wrapped(each, width) for each in (change.old, change.new))
            for one, other in zip_longest(left, right, fillvalue=""):
                yield _row(one, other, width)


def _head(version: Version) -> str:
    return f"{version.commit[:12]} {moment(version.time)}"


def _wrapped(text: str, width: int) -> list[str]:
    """The lines of a text, no longer than `width`."""
    return [
        part for line in text.split("\n") for part in textwrap.wrap(printable(line), width) or [""]
    ]


def _row(left: str, right: str, width: int) -> str:
    return f"{left[:width]:<{width}} | {right[:width]}".rstrip()
