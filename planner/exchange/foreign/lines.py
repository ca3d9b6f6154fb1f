"""Foreign Markdown as lines that know where they stand.

A line carries its kind, the heading it stands under and the `<details>` block it stands in.
Fenced code, HTML comments and front matter are marked, so that no recogniser takes an example for
a plan.  Everything here is one pass over the text with look-ups of constant cost, so the time
grows with the length of the file whatever stands in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_LINE = 10_000
"""Characters: a longer line is shown as unread; no recogniser looks into it."""

_HEADING = re.compile(r" {0,3}(#{1,6})(\s+|(?<=##)(?=\S))(.*)")
_ITEM = re.compile(r"([ \t]*)([-*+\u2022]|\d{1,9}[.)])(?:[ \t]+|$)(.*)")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")
_DETAILS = re.compile(r"<(/?)details\b[^>]{0,200}>", re.IGNORECASE)
_TAG_NAMES = ("details", "summary", "br", "p", "div", "b", "strong", "h1", "h2", "h3", "h4")
_TAG_NAME = re.compile(r"</?([A-Za-z0-9]+)")
_SUMMARY = re.compile(r"<summary\b", re.IGNORECASE)
_SUMMARY_END = re.compile(r"</summary>", re.IGNORECASE)
_SUMMARY_LINES = 6


class LineKind(StrEnum):
    """What a line is, seen from outside."""

    BLANK = "blank"
    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    TABLE = "table"
    RULE = "rule"
    FENCE = "fence"
    COMMENT = "comment"
    FRONT = "front"
    TAG = "tag"
    OVERLONG = "overlong"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 to 6, title with its markup, line, and the heading above it."""

    level: int
    title: str
    line: int
    parent: "Heading | None" = None

    def chain(self) -> "Iterator[Heading]":
        """Yield this heading, then the one above, and so on."""
        at: Heading | None = self
        while at is not None:
            yield at
            at = at.parent


@dataclass(frozen=True, slots=True)
class Details:
    """A `<details>` block: its summary, its first and last line, the block around it."""

    summary: str
    line: int
    end: int
    parent: "Details | None" = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `text` is what is visible (comments taken out), `raw` what was written.

    `indent` counts columns before a list marker or text; `body` is the text after a list marker,
    or the title of a heading, else `text` without outer blanks.  Runs of blanks in it are folded.
    """

    number: int
    raw: str
    text: str
    kind: LineKind
    body: str = ""
    indent: int = 0
    marker: str = ""
    heading: Heading | None = None
    details: Details | None = None


@dataclass(frozen=True, slots=True)
class Defect:
    """A place where the text is broken as Markdown: rule, line, and the words for it."""

    rule: str
    line: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Document:
    """One foreign file, scanned; line `n` is `lines[n - 1]`."""

    path: str
    lines: tuple[Line, ...]
    defects: tuple[Defect, ...] = ()

    def at(self, number: int) -> Line:
        """The line with this number, 1-based."""
        return self.lines[number - 1]


def decode(data: bytes) -> tuple[str, tuple[Defect, ...]]:
    """Decode a file; newline ends a line, and bytes that are no text are replaced and reported."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
        hint = "Save the file as UTF-8."
        return _newlines(text), (Defect("import-encoding", 1, "The file is UTF-16.", hint),)
    try:
        return _newlines(data.decode("utf-8-sig")), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = data.decode("utf-8", errors="replace")
    message = "The file is not UTF-8; bytes that could not be read are shown as \ufffd."
    return _newlines(text), (
        Defect("import-encoding", line, message, "Save the file as UTF-8 and import again."),
    )


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def scan(path: str, data: bytes) -> Document:
    """Read a foreign file into lines; never raises, whatever the bytes."""
    text, defects = decode(data)
    rows = text.split("\n")
    if rows and not rows[-1]:
        rows.pop()
    scanner = _Scanner(path, rows, list(defects))
    return scanner.document()


class _Scanner:
    """The state of one pass; lives only while `scan` runs."""

    def __init__(self, path: str, rows: list[str], defects: list[Defect]) -> None:
        self._path = path
        self._rows = rows
        self._defects = defects
        self._kinds: list[LineKind | None] = [None] * len(rows)
        self._visible = list(rows)
        self._bare: set[int] = set()

    def document(self) -> Document:
        self._mark_front_matter()
        self._mark_opaque()
        self._mark_bare_tables()
        blocks = self._details_blocks()
        return Document(self._path, tuple(self._lines(blocks)), tuple(self._defects))

    def _mark_front_matter(self) -> None:
        if not self._rows or self._rows[0].rstrip() != "---":
            return
        for index in range(1, len(self._rows)):
            if self._rows[index].rstrip() in {"---", "..."}:
                for inside in range(index + 1):
                    self._kinds[inside] = LineKind.FRONT
                return
            if index > 200:
                return

    def _mark_opaque(self) -> None:
        """Mark fences, comments and overlong lines; an unclosed one hides nothing."""
        closing = _FenceEnds(self._rows)
        last_comment_end = max(
            (index for index, row in enumerate(self._rows) if "-->" in row), default=-1
        )
        index = 0
        while index < len(self._rows):
            row = self._rows[index]
            if self._kinds[index] is not None:
                index += 1
            elif len(row) > MAX_LINE:
                self._kinds[index] = LineKind.OVERLONG
                message = f"The line has {len(row)} characters and was not looked into."
                self._defect("import-long-line", index, message, "Break it into lines.")
                index += 1
            elif (fence := _FENCE.fullmatch(row)) and not (
                "`" in fence[2] and row.strip()[0] == "`"
            ):
                index = self._mark_fence(index, fence[1], closing)
            elif "<!--" in row:
                index = self._mark_comment(index, last_comment_end)
            else:
                index += 1

    def _mark_fence(self, index: int, ticks: str, closing: "_FenceEnds") -> int:
        end = closing.after(index, ticks[0], len(ticks))
        if end < 0:
            message = "A code fence is opened and never closed; the text after it was read."
            self._defect("import-unclosed", index, message, "Close the fence.")
            self._kinds[index] = LineKind.TAG
            return index + 1
        for inside in range(index, end + 1):
            self._kinds[inside] = LineKind.FENCE
        return end + 1

    def _mark_comment(self, index: int, last_end: int) -> int:
        """Take comments out of the visible text; return the next line to look at.

        A comment that stands behind visible text on one line stays with that text.
        """
        row, visible = self._rows[index], ""
        while True:
            before, opened, rest = row.partition("<!--")
            visible += before
            if not opened or before.endswith("`"):
                visible += opened + rest
                break
            comment, closed, after = rest.partition("-->")
            if closed:
                visible += f"<!--{comment}-->" if visible.strip() else ""
                row = after
                continue
            if last_end <= index:
                message = "A comment is opened and never closed; the text after it was read."
                self._defect("import-unclosed", index, message, "Close the comment with -->.")
                visible += rest
                break
            index = self._hide_comment(index, visible)
            row, visible = self._rows[index].partition("-->")[2], ""
        self._visible[index] = visible
        if not visible.strip():
            self._kinds[index] = LineKind.COMMENT
        return index + 1

    def _hide_comment(self, index: int, visible: str) -> int:
        """Hide the lines of a comment that goes on; return the index of the line that ends it."""
        self._visible[index] = visible
        if not visible.strip():
            self._kinds[index] = LineKind.COMMENT
        index += 1
        while "-->" not in self._rows[index]:
            self._kinds[index] = LineKind.COMMENT
            self._visible[index] = ""
            index += 1
        return index

    def _details_blocks(self) -> dict[int, list[tuple[bool, Details | None]]]:
        """For each line its tags in order: (opens, block); a stray tag opens or closes nothing."""
        tags: list[tuple[int, bool]] = []
        for index, row in enumerate(self._visible):
            if self._kinds[index] is None and "<" in row and "details" in row.casefold():
                tags.extend((index, not match[1]) for match in _DETAILS.finditer(row))
        partner: dict[int, int] = {}
        stack: list[int] = []
        for at, (_, opens) in enumerate(tags):
            if opens:
                stack.append(at)
            elif stack:
                partner[stack.pop()] = at
        closers = set(partner.values())
        blocks: dict[int, list[tuple[bool, Details | None]]] = {}
        around: list[Details] = []
        for at, (index, opens) in enumerate(tags):
            if opens and at in partner:
                inner = Details(
                    self._summary_of(index, tags[partner[at]][0]),
                    index + 1,
                    tags[partner[at]][0] + 1,
                    around[-1] if around else None,
                )
                around.append(inner)
                blocks.setdefault(index, []).append((True, inner))
            elif not opens and at in closers:
                blocks.setdefault(index, []).append((False, around.pop()))
            else:
                blocks.setdefault(index, []).append((opens, None))
                word = "<details>" if opens else "</details>"
                message = f"A {word} has no partner and was left out of account."
                self._defect("import-unclosed", index, message, "Balance the tags.")
        return blocks

    def _summary_of(self, first: int, last: int) -> str:
        """The summary near the start of a block; its own lines become tags."""
        for index in range(first, min(first + 3, last + 1)):
            opening = _SUMMARY.search(self._visible[index])
            if opening is None:
                continue
            found = self._visible[index][opening.start() :]
            end = index
            while not _SUMMARY_END.search(found) and end < min(index + _SUMMARY_LINES, last):
                end += 1
                found += " " + self._visible[end]
            closing = _SUMMARY_END.search(found)
            if closing:
                inside, rest = found[: closing.start()], found[closing.end() :]
            else:
                inside, rest, end = self._visible[index][opening.start() :], "", index
            if not _without_tags(rest).strip():
                for row in range(index, end + 1):
                    self._kinds[row] = LineKind.TAG
            return _without_tags(inside).strip()
        return ""

    def _mark_bare_tables(self) -> None:
        """Rows of tables without outer bars, seen by the delimiter row below their header."""
        inside = False
        for index, row in enumerate(self._visible):
            if self._kinds[index] is not None or "|" not in row:
                inside = False
                continue
            if not inside and index and is_delimiter(row.strip()) and "|" in self._rows[index - 1]:
                inside = True
                self._bare.add(index - 1)
            if inside:
                self._bare.add(index)

    def _lines(self, blocks: dict[int, list[tuple[bool, Details | None]]]) -> Iterator[Line]:
        heading: Heading | None = None
        saved: list[Heading | None] = []
        details: Details | None = None
        for index, raw in enumerate(self._rows):
            visible = self._visible[index]
            kind = self._kinds[index]
            for opens, block in blocks.get(index, ()):
                if block is None:
                    continue
                if opens:
                    saved.append(heading)
                    details = block
            match = None
            if kind is None:
                kind, match = self._kind(index, visible)
            if kind is LineKind.HEADING:
                level, title = self._heading_of(index, visible)
                heading = Heading(level, title, index + 1, _above(heading, level))
                yield Line(index + 1, raw, visible, kind, title, 0, "", heading, details)
            elif kind is LineKind.ITEM and match is not None:
                indent = len(match[1].expandtabs(4))
                yield Line(
                    index + 1,
                    raw,
                    visible,
                    kind,
                    _folded(match[3]),
                    indent,
                    match[2],
                    heading,
                    details,
                )
            else:
                margin = visible[: len(visible) - len(visible.lstrip())]
                yield Line(
                    index + 1,
                    raw,
                    visible,
                    kind,
                    _folded(visible),
                    len(margin.expandtabs(4)),
                    "",
                    heading,
                    details,
                )
            for opens, block in blocks.get(index, ()):
                if block is not None and not opens:
                    heading = saved.pop()
                    details = block.parent

    def _kind(self, index: int, row: str) -> tuple[LineKind, re.Match[str] | None]:
        stripped = row.strip()
        if not stripped:
            return LineKind.BLANK, None
        if stripped[0] == "<" and _is_only_tags(stripped):
            return LineKind.TAG, None
        if _is_rule(stripped):
            return LineKind.RULE, None
        if stripped[0] == "|" or index in self._bare:
            return LineKind.TABLE, None
        if stripped[0] == "#" and _HEADING.fullmatch(row) and not self._is_note(index, row):
            return LineKind.HEADING, None
        if self._is_underlined(index, row):
            return LineKind.HEADING, None
        match = _ITEM.fullmatch(row)
        return (LineKind.ITEM, match) if match else (LineKind.TEXT, None)

    def _is_note(self, index: int, row: str) -> bool:
        """Whether a `# text` stands directly between two list items: a remark, no heading."""
        if not row.lstrip().startswith("# ") or index == 0 or index + 1 >= len(self._rows):
            return False
        return all(_ITEM.fullmatch(self._rows[near][:200]) for near in (index - 1, index + 1))

    def _is_underlined(self, index: int, row: str) -> bool:
        if index + 1 >= len(self._rows) or row[:1] in " \t*|>#<-+":
            return False
        below = self._rows[index + 1].rstrip()
        if len(below) < 3 or (index > 0 and self._rows[index - 1].strip()):
            return False
        return set(below) == {"="} or (set(below) == {"-"} and len(below) >= max(4, len(row) // 2))

    def _heading_of(self, index: int, row: str) -> tuple[int, str]:
        match = _HEADING.fullmatch(row)
        if match:
            return len(match[1]), _folded(match[3]).rstrip("#").strip()
        below = self._rows[index + 1]
        self._kinds[index + 1] = LineKind.TAG
        return (1 if below.startswith("=") else 2), _folded(row)

    def _defect(self, rule: str, index: int, message: str, hint: str) -> None:
        self._defects.append(Defect(rule, index + 1, message, hint))


class _FenceEnds:
    """Where a fence may end: for each fence character the lines that close it, from the end."""

    def __init__(self, rows: list[str]) -> None:
        self._longest: dict[str, list[int]] = {}
        self._ends: list[tuple[str, int]] = []
        for row in rows:
            stripped = row.strip()
            mark = stripped[:1]
            is_end = mark in {"`", "~"} and len(stripped) >= 3 and not stripped.strip(mark)
            self._ends.append((mark, len(stripped)) if is_end else ("", 0))
        for mark in ("`", "~"):
            longest = [0] * (len(rows) + 1)
            for index in range(len(rows) - 1, -1, -1):
                end_mark, length = self._ends[index]
                longest[index] = max(longest[index + 1], length if end_mark == mark else 0)
            self._longest[mark] = longest

    def after(self, index: int, mark: str, length: int) -> int:
        """The first line after `index` that closes a fence of `length` marks, or -1."""
        if self._longest[mark][index + 1] < length:
            return -1
        index += 1
        while not (self._ends[index][0] == mark and self._ends[index][1] >= length):
            index += 1
        return index


def _above(heading: Heading | None, level: int) -> Heading | None:
    while heading is not None and heading.level >= level:
        heading = heading.parent
    return heading


def _without_tags(text: str) -> str:
    """Text with everything between `<name` and `>` taken out."""
    kept: list[str] = []
    for piece in text.split("<"):
        head, bar, tail = piece.partition(">")
        if kept and bar and head[:1].strip("/").isalpha() | head.startswith("/"):
            kept.append(tail)
        else:
            kept.append(("<" if kept else "") + piece)
    return "".join(kept)


def _is_only_tags(stripped: str) -> bool:
    for piece in stripped.split(">")[:-1]:
        match = _TAG_NAME.fullmatch(piece.strip().split(" ", 1)[0])
        if match is None or match[1].casefold() not in _TAG_NAMES:
            return False
    return stripped.endswith(">")


def _folded(text: str) -> str:
    """Text without outer blanks, runs of blanks folded: patterns stay linear on it."""
    return " ".join(text.split())


def _is_rule(stripped: str) -> bool:
    marks = stripped.replace(" ", "").replace("\t", "")
    return len(marks) >= 3 and marks[0] in "-*_" and not marks.strip(marks[0])


def is_delimiter(stripped: str) -> bool:
    """Whether a line is the row of dashes below the header of a table."""
    return "|" in stripped and "-" in stripped and not stripped.strip("|-: \t")
