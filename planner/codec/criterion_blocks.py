"""The numbered list of success criteria, as blocks of lines.

An entry is `1. text {#c1}`, with its further lines indented: more text, and nested bullets of the
form `- key: value`.  Other bullets, code blocks and paragraphs are text.  Lines outside of entries
are foreign: they stay in the file and are no criteria.
"""

import re
from dataclasses import dataclass, field

from planner.codec.markdown_blocks import closes_fence, fence_of, indent_of

_ENTRY = re.compile(r"(\d{1,9})([.)])([ \t]+|$)")
_SUB_ITEM = re.compile(r"(?:([-*+])|\d{1,9}[.)])(?:([ \t]+)|$)")
_KEY = re.compile(
    r"(?i:(verifies|check|level|status|proof|waive))[ \t]*:(?=[ \t]|$)[ \t]*"
    r"|([a-z][a-z0-9_-]*):(?=[ \t]|$)[ \t]*"
)
_MARK = re.compile(r"\{#(c[1-9]\d{0,8})\}")
_NEW_BLOCK = re.compile(r"#{1,6}(?:[ \t]|$)|>|<!--|```|~~~|[-*+](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$)")


@dataclass(slots=True)
class Bullet:
    """A nested `- key: value`.  Lines are indexes; `value` lines are without indentation."""

    key: str
    first: int
    last: int
    column: int
    lead: str  # the first line up to where the value begins
    value: list[str]


@dataclass(slots=True)
class Entry:
    """One numbered entry: lines `top` to `last` (indexes), where it begins at `first`.

    Lines before `first` are comments that stand directly above it.  `content` is the column where
    its text begins, `text` the lines of its text without indentation and mark, `text_lines` their
    indexes; `mark_line` is the index of the line with `{#id}`, -1 without one.
    """

    top: int
    first: int
    last: int
    indent: int
    number: int
    delimiter: str
    content: int
    lead: str
    id: str = ""
    mark_line: int = -1
    text: list[str] = field(default_factory=list)
    text_lines: list[int] = field(default_factory=list)
    bullets: list[Bullet] = field(default_factory=list)


@dataclass(slots=True)
class Blocks:
    """Everything in the section: entries, indexes of foreign lines, those of them that are bullets.

    `open_fence` is the fence that the last entry leaves open at its own level, or None; `comment`
    tells that it leaves a comment open.
    """

    entries: list[Entry] = field(default_factory=list)
    foreign: list[int] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)
    open_fence: tuple[str, int] | None = None
    comment: bool = False


def split_mark(line: str) -> tuple[str, str]:
    """A line without its `{#id}`, and the id (empty where there is none)."""
    bare = line.rstrip(" \t")
    start = bare.rfind("{#")
    match = _MARK.fullmatch(bare, start) if start >= 0 else None
    if match is None or bare[start - 1 : start] not in {"", " ", "\t"}:
        return line, ""
    return bare[:start].rstrip(" \t"), match[1]


def blocks_of(lines: list[str]) -> Blocks:
    """Find the entries in the lines of a section."""
    parser = _Parser()
    for index, line in enumerate(lines):
        parser.take(index, line)
    parser.found.open_fence = parser.fence
    parser.found.comment = parser.comment
    for entry in parser.found.entries:
        _take_mark(entry)
    return parser.found


def _take_mark(entry: Entry) -> None:
    for position, line in enumerate(entry.text):
        text, entry.id = split_mark(line)
        if entry.id:
            entry.text[position] = text
            entry.mark_line = entry.text_lines[position]
            return


def _unindented(line: str, width: int) -> str:
    """`line` without its first `width` columns of blanks."""
    column = 0
    for index, char in enumerate(line):
        if column >= width or char not in " \t":
            return " " * (column - width) + line[index:].rstrip(" \t")
        column += 1 if char == " " else 4 - column % 4
    return ""


class _Parser:
    def __init__(self) -> None:
        self.found = Blocks()
        self.fence: tuple[str, int] | None = None
        self.comment = False
        self._depth = 0  # what the open fence or comment must be indented by
        self._entry: Entry | None = None
        self._sub: tuple[int, Bullet | None] | None = None  # the sub-item: its content column
        self._top: int | None = None  # where the comment directly above begins
        self._after_blank = True

    def take(self, index: int, line: str) -> None:
        column, start = indent_of(line)
        content = line[start:]
        if not content:
            self._after_blank = True
            if not self.comment:
                self._top = None
            return
        if (self.fence or self.comment) and column < self._depth:
            self.fence, self.comment = None, False
        if self.fence or self.comment:
            self._in_opaque(index, line, content)
        elif self._entry is not None and self._is_inside(self._entry, column, content):
            self._inside(self._entry, index, line, column, content)
        else:
            self._outside(index, line, column, content)
        self._after_blank = False

    def _in_opaque(self, index: int, line: str, content: str) -> None:
        """A line of a code block or of a comment."""
        if self._entry is not None:
            self._add(self._entry, index, line)
        else:
            self.found.foreign.append(index)
        if self.fence and closes_fence(content, self.fence):
            self.fence = None
        elif self.comment and "-->" in content:
            self.comment = False

    @staticmethod
    def _is_inside(entry: Entry, column: int, content: str) -> bool:
        if _ENTRY.match(content) and column <= 3:
            return column >= entry.content
        return column >= min(entry.content, entry.indent + 2)

    def _inside(self, entry: Entry, index: int, line: str, column: int, content: str) -> None:
        if self._sub is not None and column >= self._sub[0]:
            self._add(entry, index, line)
            return
        if self._sub is not None and not self._after_blank and not _NEW_BLOCK.match(content):
            self._add(entry, index, line)
            return
        self._sub = None
        item = _SUB_ITEM.match(content)
        if item is None:
            self._open(content, min(column, entry.content))
            self._add(entry, index, line)
            return
        inner = column + item.end() if item[2] is not None else column + 2
        key = _KEY.match(content, item.end()) if item[1] else None
        if key is None:
            self._sub = (inner, None)
            self._add(entry, index, line)
            return
        lead = line[: len(line) - len(content) + key.end()]
        bullet = Bullet(
            (key[1] or key[2]),
            index,
            index,
            column,
            lead,
            [line[len(lead) :].rstrip(" \t")],
        )
        entry.bullets.append(bullet)
        entry.last = index
        self._sub = (min(inner, column + 2), bullet)

    def _outside(self, index: int, line: str, column: int, content: str) -> None:
        match = _ENTRY.match(content)
        if match is not None and column <= 3:
            self._begin(index, line, column, match)
            return
        lazy = not self._after_blank and not _NEW_BLOCK.match(content)
        if self._entry is not None and lazy:
            self._add(self._entry, index, line)
            return
        self._entry = self._sub = None
        self._open(content, 0)
        is_comment = content.startswith("<!--")
        if not is_comment:
            self._top = None
        elif self._top is None:
            self._top = index
        self.found.foreign.append(index)
        if content[0] in "-*+" and content[1:2] in {" ", "\t"} and column <= 3:
            self.found.stray.append(index)

    def _begin(self, index: int, line: str, column: int, match: re.Match[str]) -> None:
        top = index if self._top is None else self._top
        while self.found.foreign and self.found.foreign[-1] >= top:
            self.found.foreign.pop()
        marker_end = column + len(match[1]) + 1
        after, _ = indent_of(match[3], marker_end)
        content = after if 0 < after - marker_end <= 4 else marker_end + 1
        lead = line[: len(line) - len(line.lstrip(" \t")) + match.end()]
        self._entry = Entry(top, index, index, column, int(match[1]), match[2], content, lead)
        self.found.entries.append(self._entry)
        self._sub = self._top = None
        text = line[len(lead) :].rstrip(" \t")
        self._entry.text.append(text)
        self._entry.text_lines.append(index)
        self._open(split_mark(text)[0], content)

    def _open(self, content: str, depth: int) -> None:
        """See whether a line begins a code block or a comment."""
        self.fence = fence_of(content)
        self.comment = self.fence is None and content.startswith("<!--") and "-->" not in content
        self._depth = depth

    def _add(self, entry: Entry, index: int, line: str) -> None:
        """Add a line to the bullet or the text that it belongs to."""
        bullet = self._sub[1] if self._sub is not None else None
        if bullet is not None and self._sub is not None:
            bullet.value += [""] * (index - bullet.last - 1)
            bullet.value.append(_unindented(line, self._sub[0]))
            bullet.last = index
        else:
            if entry.text_lines[-1] < entry.last:
                gap = int(self._after_blank)
            else:
                gap = index - entry.last - 1
            entry.text += [""] * gap
            entry.text_lines += range(index - gap, index)
            entry.text.append(_unindented(line, entry.content))
            entry.text_lines.append(index)
        entry.last = index
