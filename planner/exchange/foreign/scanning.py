"""Bytes of a foreign file to lines: headings, list items, tables, `<details>` blocks."""

import re
from collections.abc import Iterator

from planner.exchange.foreign.lines import (
    Defect,
    Details,
    Document,
    Heading,
    Line,
    LineKind,
    is_delimiter,
)
from planner.exchange.foreign.opaque import Rows

_HEADING = re.compile(r" {0,3}(#{1,6})(\s+|(?<=##)(?=\S))(.*)")
_ITEM = re.compile(r"([ \t]*)([-*+\u2022]|\d{1,9}[.)])(?:[ \t]+|$)(.*)")
_DETAILS = re.compile(r"<(/?)details\b[^>]{0,200}>", re.IGNORECASE)
_TAG_NAMES = ("details", "summary", "br", "p", "div", "b", "strong", "h1", "h2", "h3", "h4")
_TAG_NAME = re.compile(r"</?([A-Za-z0-9]+)")
_SUMMARY = re.compile(r"<summary\b", re.IGNORECASE)
_SUMMARY_END = re.compile(r"</summary>", re.IGNORECASE)
_SUMMARY_LINES = 6
_Blocks = dict[int, list[tuple[bool, Details | None]]]


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
    split = text.split("\n")
    if split and not split[-1]:
        split.pop()
    rows = Rows(split)
    rows.mark_front_matter()
    rows.mark_opaque()
    scanner = _Scanner(rows)
    return Document(path, tuple(scanner.lines()), (*defects, *rows.defects))


class _Scanner:
    """The state of one pass; lives only while `scan` runs."""

    def __init__(self, rows: Rows) -> None:
        self._marked = rows
        self._rows = rows.rows
        self._kinds = rows.kinds
        self._visible = rows.visible
        self._bare: set[int] = set()
        self._mark_bare_tables()

    def _details_blocks(self) -> _Blocks:
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
        blocks: _Blocks = {}
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
                self._marked.defect("import-unclosed", index, message, "Balance the tags.")
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

    def lines(self) -> Iterator[Line]:
        """All lines, in order."""
        blocks = self._details_blocks()
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


def _above(heading: Heading | None, level: int) -> Heading | None:
    while heading is not None and heading.level >= level:
        heading = heading.parent
    return heading


def _without_tags(text: str) -> str:
    """Text with everything between `<name` and `>` taken out."""
    kept: list[str] = []
    for piece in text.split("<"):
        head, bar, tail = piece.partition(">")
        if kept and bar and (head[:1].isalpha() or head.startswith("/")):
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
