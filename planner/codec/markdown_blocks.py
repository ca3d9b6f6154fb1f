"""Which lines of a Markdown text are headings, as CommonMark sees its blocks.

Only what hides a heading matters here: fenced code, HTML blocks, list items and indented code.
Inline text is never looked at.
"""

import re
from typing import NamedTuple

_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_ATX = re.compile(r"#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r"(?:\*[ \t]*){3,}$|(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$")
_UNDERLINE = re.compile(r"(?:-+|=+)[ \t]*$")
_MARKER = re.compile(r"([-*+]|\d{1,9}[.)])([ \t]+|$)")
_FIRST_MARKER = re.compile(r"(?:[-*+]|1[.)])[ \t]+\S")
_BLOCK_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|"
    "dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|"
    "hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|"
    "search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul"
)
_TAG_NAME = r"[A-Za-z][A-Za-z0-9-]*"
_ATTRIBUTE = (
    r"[ \t]+[A-Za-z_:][A-Za-z0-9_.:-]*(?:[ \t]*=[ \t]*(?:[^ \t\"'=<>`]+|'[^']*'|\"[^\"]*\"))?"
)
# List items in list items that are followed; what is deeper is taken for text.
_MOST_NESTED = 20
# The HTML blocks that only a blank line ends.
_UNTIL_BLANK = re.compile(r"(?!)")
# How an HTML block begins, what ends it, and the text that would end it.
_HTML = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?:[ \t>]|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
        "</pre>",
    ),
    (re.compile("<!--"), re.compile("-->"), "-->"),
    (re.compile(r"<\?"), re.compile(r"\?>"), "?>"),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>"), "]]>"),
    (re.compile("<![A-Za-z]"), re.compile(">"), ">"),
    (re.compile(rf"</?(?:{_BLOCK_TAGS})(?:[ \t]|/?>|$)", re.IGNORECASE), _UNTIL_BLANK, ""),
)
_LONE_TAG = re.compile(rf"(?:<{_TAG_NAME}(?:{_ATTRIBUTE})*[ \t]*/?>|</{_TAG_NAME}[ \t]*>)[ \t]*$")


class Outline(NamedTuple):
    """What a scan found.

    `headings` are indexes of lines that are a level-2 heading of the text itself (not of a list
    item or quote); `closer` is the line that closes the block left open at the end, or empty.
    """

    headings: list[int]
    closer: str


def indent_of(line: str, column: int = 0) -> tuple[int, int]:
    """The column and the index of the first character that is no blank (tab stops of 4).

    `column` is where the line, or the rest of one, begins.
    """
    for index, char in enumerate(line):
        if char == " ":
            column += 1
        elif char == "\t":
            column += 4 - column % 4
        else:
            return column, index
    return column, len(line)


def fence_of(content: str) -> tuple[str, int] | None:
    """Character and length of the fence that `content` (without indentation) opens."""
    match = _FENCE.match(content)
    if match is None:
        return None
    mark = match[1] or match[2]
    return mark[0], len(mark)


def closes_fence(content: str, fence: tuple[str, int]) -> bool:
    """Whether `content` (without indentation) is the end of a block that `fence` began."""
    bare = content.rstrip(" \t")
    return len(bare) >= fence[1] and not bare.strip(fence[0])


class BlockScanner:
    """Follows the block structure of a text line by line."""

    def __init__(self) -> None:
        self._items: list[int] = []  # content columns of the open list items, outermost first
        self._paragraph = False
        self._quote = False  # the last lines are a quote, or may continue its paragraph
        self._fence: tuple[str, int] | None = None
        self._html_end: re.Pattern[str] | None = None
        self._html_closer = ""
        self._bare_marker = False  # the last line was a list marker and nothing else

    def closer(self) -> str:
        """The line that ends the code or HTML block open now; empty where none is.

        A block in a list item needs none: the next line outside of the item ends it.
        """
        if self._items:
            return ""
        if self._fence is not None:
            return self._fence[0] * self._fence[1]
        return self._html_closer if self._html_end is not None else ""

    def is_heading(self, line: str) -> bool:
        """Take the next line; whether it is a level-2 heading of the text itself."""
        column, index = indent_of(line)
        if index == len(line):
            self._blank()
            return False
        content = line[index:]
        self._bare_marker = False
        if self._is_lazy(column, content):
            return False
        while self._items and column < self._items[-1]:
            self._items.pop()
            self._leave()
        inner = column - (self._items[-1] if self._items else 0)
        if self._fence is not None:
            if inner < 4 and closes_fence(content, self._fence):
                self._fence = None
            return False
        if self._html_end is not None:
            if self._html_end.search(line):
                self._html_end = None
            return False
        return self._block(column, inner, content)

    def _blank(self) -> None:
        self._paragraph = self._quote = False
        if self._html_end is _UNTIL_BLANK:
            self._html_end = None
        if self._bare_marker:
            self._items.pop()
            self._bare_marker = False

    def _leave(self) -> None:
        """Whatever was open ends with its list item."""
        self._paragraph = self._quote = False
        self._fence = None
        self._html_end = None

    def _is_lazy(self, column: int, content: str) -> bool:
        """Whether the line continues a paragraph although it is indented less than its item."""
        if not self._paragraph or not self._items or column >= self._items[-1]:
            return False
        base = max((item for item in self._items if item <= column), default=0)
        return column - base >= 4 or not (
            _ATX.match(content)
            or _FENCE.match(content)
            or _RULE.match(content)
            or _MARKER.match(content)
            or content[0] == ">"
            or any(start.match(content) for start, _, _ in _HTML)
            or _LONE_TAG.match(content)
        )

    def _block(self, column: int, inner: int, content: str) -> bool:
        """Take a line as the start of a block; whether it is a heading that counts."""
        while True:
            if inner >= 4:
                return False  # indented code, or more of a paragraph
            if self._paragraph and _UNDERLINE.match(content):
                self._paragraph = False
                return False
            if content[0] == ">":
                self._quote, self._paragraph = True, False
                return False
            if _ATX.match(content):
                self._paragraph = self._quote = False
                return content[:2] == "##" and content[:3] != "###" and not self._items
            self._fence = fence_of(content)
            if self._fence is not None or _RULE.match(content):
                self._paragraph = self._quote = False
                return False
            if content[0] == "<" and self._opens_html(content):
                self._paragraph = self._quote = False
                return False
            marker = _MARKER.match(content)
            if (
                marker is None
                or (self._paragraph and not _FIRST_MARKER.match(content))
                or len(self._items) == _MOST_NESTED
            ):
                self._paragraph = not self._quote
                return False
            self._paragraph = self._quote = False
            marker_end = column + len(marker[1])
            column, _ = indent_of(content[len(marker[1]) :], marker_end)
            content = content[marker.end() :]
            gap = column - marker_end
            self._items.append(marker_end + (gap if content and gap <= 4 else 1))
            self._bare_marker = not content
            if not content:
                return False
            inner = column - self._items[-1]

    def _opens_html(self, content: str) -> bool:
        for start, end, closer in _HTML:
            if start.match(content):
                if not end.search(content):
                    self._html_end, self._html_closer = end, closer
                return True
        if not self._paragraph and _LONE_TAG.match(content):
            self._html_end, self._html_closer = _UNTIL_BLANK, ""
            return True
        return False


def outline(lines: list[str]) -> Outline:
    """Scan a whole text, given as lines."""
    scanner = BlockScanner()
    headings = [index for index, line in enumerate(lines) if scanner.is_heading(line)]
    return Outline(headings, scanner.closer())
