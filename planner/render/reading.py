"""The words of a Markdown text as they are read on a page: to compare what readers see.

Marks of emphasis, the source of a table and the target of a link are no part of it; paragraphs,
entries of lists and cells of tables stay apart.
"""

import re
from html.parser import HTMLParser

from planner.render.markdown import to_html

_BLOCKS = frozenset({
    "p", "pre", "blockquote", "table", "ul", "ol", "hr", "h1", "h2", "h3", "h4", "h5", "h6",
})  # fmt: skip
_LINES = frozenset({"li", "tr", "br"})
_BLANKS = re.compile(r"\s+")
_BLANKS_AT_END = re.compile(r"[ \t]+$", re.MULTILINE)


def as_read(text: str) -> str:
    """The words of a Markdown text, blocks apart by an empty line, entries of lists on lines."""
    reader = _Reader()
    reader.feed(to_html(text))
    reader.close()
    return _BLANKS_AT_END.sub("", "".join(reader.parts)).strip()


class _Reader(HTMLParser):
    """Collects the words of HTML that our Markdown door made."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._numbers: list[int | None] = []
        self._verbatim = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, or say what a mark means."""
        self._apart(tag)
        if tag in {"ol", "ul"}:
            first = int(dict(attrs).get("start") or 1)
            self._numbers.append(first if tag == "ol" else None)
        elif tag == "li":
            self.parts.append(f"{self._bullet()} ")
        elif tag in {"td", "th"} and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("| " if self.parts[-1].endswith(" ") else " | ")
        self._verbatim = self._verbatim or tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        """End a block."""
        if tag in {"ul", "ol"}:
            self._numbers.pop()
        self._verbatim = self._verbatim and tag != "pre"
        self._apart(tag)

    def handle_data(self, data: str) -> None:
        """Words; outside of code the line breaks of the source are blanks."""
        if self._verbatim:
            self.parts.append(data)
            return
        words = _BLANKS.sub(" ", data)
        if not self.parts or self.parts[-1].endswith((" ", "\n")):
            words = words.lstrip(" ")
        if words:
            self.parts.append(words)

    def _apart(self, tag: str) -> None:
        if tag in _LINES:
            self._end("\n")
        elif tag in _BLOCKS:
            self._end("\n" if self._numbers else "\n\n")

    def _end(self, end: str) -> None:
        """Make the text end so; the mark of an entry has what follows on its line."""
        tail = "".join(self.parts[-3:])
        if not tail.strip() or tail.endswith(end) or (self._numbers and self._at_mark()):
            return
        self.parts.append("\n" if tail.endswith("\n") or end == "\n" else end)

    def _at_mark(self) -> bool:
        return re.fullmatch(r"(?:•|\d+\.) ", self.parts[-1]) is not None

    def _bullet(self) -> str:
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            return "•"
        self._numbers[-1] = number + 1
        return f"{number}."
