"""A command's output cut into lines of text, as they are kept and shown.  Pure."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# A longer line comes in pieces: what prints no line end must not grow without bound.
LONGEST_LINE: Final = 32 * 1024
# One of a program that prints a JSON object a line: in pieces nobody could read it.
LONGEST_EVENT: Final = 1024 * 1024
# Colours, movements of the cursor, titles and links of a terminal (ECMA-48), and controls that no
# text needs.  Each form gives up after some characters.
_TERMINAL: Final = re.compile(
    "\x1b\\[[0-?]{0,64}[ -/]{0,8}[@-~]"
    "|\x1b[\\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\\\)"
    "|\x1b[ -/]{0,4}[0-~]"
    "|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f\u2028\u2029]+"
    "|\x1b"
)
_SUSPECT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines that were read together: `text` has `count` of them, with line ends between.

    `first` is the number of the first one, counted from 1 over all output of the execution;
    `stream` is `out`, `err`, or `note` for what the service says itself; `at` a stamp.  One that is
    not `whole` is a part of what was kept.
    """

    first: int
    count: int
    stream: str
    at: str
    text: str
    whole: bool = True

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + self.count - 1

    @property
    def lines(self) -> list[str]:
        """The lines."""
        return self.text.split("\n")

    def beyond(self, number: int) -> "Chunk":
        """What of it comes after the line `number`."""
        skipped = max(0, number - self.first + 1)
        if not skipped:
            return self
        rest = self.text.split("\n", skipped)[skipped]
        return Chunk(
            self.first + skipped, self.count - skipped, self.stream, self.at, rest, whole=False
        )

    def upto(self, count: int) -> "Chunk":
        """Its first lines, at most `count`."""
        if count >= self.count:
            return self
        text = "\n".join(self.text.split("\n", count)[:count])
        return Chunk(self.first, count, self.stream, self.at, text, whole=False)


class Cutter:
    r"""Cuts one stream of bytes into lines.

    A line ends at `\n`; of what `\r` overwrites in a line (a progress bar) the last is kept, as a
    terminal would show it.  Bytes that are no UTF-8 become U+FFFD.  Sequences for a terminal are
    taken out.  `clean` sees whole lines only, so that what it looks for is never cut in two.
    """

    def __init__(
        self, clean: Callable[[str], str] = lambda text: text, longest: int = LONGEST_LINE
    ) -> None:
        self._longest = longest
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._clean = clean
        self._rest = ""

    def feed(self, data: bytes) -> tuple[int, str]:
        """The lines that `data` completes: how many, and their text with line ends between."""
        text = self._rest + self._decode(data)
        whole, end, self._rest = text.rpartition("\n")
        if len(self._rest) > self._longest:
            whole, end = f"{whole}{end}{self._rest}", "\n"
            self._rest = ""
        return self._finished(whole) if end else (0, "")

    def close(self) -> tuple[int, str]:
        """What came last, without a line end."""
        rest, self._rest = self._rest + self._decode(b"", True), ""  # noqa: FBT003
        return self._finished(rest) if rest else (0, "")

    def _finished(self, text: str) -> tuple[int, str]:
        if _SUSPECT.search(text):
            text = "\n".join(_shown(line) for line in text.split("\n"))
        text = self._clean(text)
        if len(text) > self._longest:
            text = "\n".join(
                line[at : at + self._longest]
                for line in text.split("\n")
                for at in range(0, max(len(line), 1), self._longest)
            )
        return text.count("\n") + 1, text


def plain(text: str) -> str:
    """A text of any source without what a terminal or an encoding could stumble over."""
    return _TERMINAL.sub("", text).encode("utf-8", "replace").decode("utf-8")


def _shown(line: str) -> str:
    """A line as a terminal would show it in the end, without colours."""
    line = _TERMINAL.sub("", line)
    return line.rstrip("\r").rpartition("\r")[2] if "\r" in line else line
