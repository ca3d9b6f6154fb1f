"""Foreign Markdown as lines that know where they stand.

A line carries its kind, the heading it stands under and the `<details>` block it stands in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


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


def is_delimiter(stripped: str) -> bool:
    """Whether a line is the row of dashes below the header of a table."""
    return "|" in stripped and "-" in stripped and not stripped.strip("|-: \t")
