"""The Markdown body of an item: a lead text and sections under `## ` headings.

Headings are what CommonMark takes for level-2 headings of the document itself, in the ATX form
(`## …`, at most three blanks before it): not inside of fenced code, HTML blocks, list items or
quotes.  An underlined (setext) heading is text.
"""

import re
from typing import NamedTuple

from planner.codec.finding import BadValueError
from planner.codec.markdown_blocks import outline
from planner.codec.source import unify

# What can hide a heading, or indent it into a list item.
_HIDING = ("```", "~~~", " ##", "\t##", "\n<", "\n <", "\n  <", "\n   <")
_HEADING_LINE = re.compile(r"\n##(?:[ \t][^\n]*)?(?=\n|\Z)")
_LEADING_BLANK = re.compile(r"(?:[ \t]*\n)+")
_BAD = re.compile("[\0\ud800-\udfff]")


class SectionSpan(NamedTuple):
    """A section: its heading text, and where its parts lie in the text of the file.

    `start` is the start of the heading line, `text` the start of the line below it, `end` the start
    of the next heading line or the end of the file.
    """

    heading: str
    start: int
    text: int
    end: int


class TextSpan(NamedTuple):
    """A text without the blank lines around it: where it lies in the file."""

    start: int
    end: int


def sections_of(text: str, start: int) -> list[SectionSpan]:
    """The sections of the body that is `text[start:]`; the lead ends where the first starts."""
    if text.find("##", start) < 0:
        return []
    heads = _headings(text, start)
    ends = [first for first, _ in heads[1:]] + [len(text)] if heads else []
    return [
        SectionSpan(_title(text[first:last]), first, min(last + 1, len(text)), end)
        for (first, last), end in zip(heads, ends, strict=True)
    ]


def _headings(text: str, start: int) -> list[tuple[int, int]]:
    """First and last index of each heading line."""
    if start and not any(text.find(mark, start - 1) >= 0 for mark in _HIDING):
        found = _HEADING_LINE.finditer(text, start - 1)
        return [(match.start() + 1, match.end()) for match in found]
    lines = text[start:].split("\n")
    spans = []
    position, number = start, 0
    for index in outline(lines).headings:
        position += sum(len(line) + 1 for line in lines[number:index])
        spans.append((position, position + len(lines[index])))
        number = index
    return spans


def _title(line: str) -> str:
    content = line.strip(" \t")[2:].strip(" \t")
    bare = content.rstrip("#")
    return bare.rstrip(" \t") if not bare or bare[-1] in " \t" else content


def text_span(text: str, start: int, end: int) -> TextSpan:
    """The part of `text[start:end]` between its first and its last line that is not blank.

    Empty (at `start`) where all is blank.  Blanks before the first word stay: they may mean code.
    """
    match = _LEADING_BLANK.match(text, start, end)
    first = match.end() if match else start
    last = first + len(text[first:end].rstrip(" \t\n"))
    return TextSpan(first, last) if last > first else TextSpan(start, start)


def trimmed(text: str) -> str:
    """`text` without blank lines around it and without blanks at its end."""
    span = text_span(text, 0, len(text))
    return text[span.start : span.end]


def plain_text(text: str) -> str:
    """The form in which every text of several lines is kept: LF line ends, trimmed.

    Raises BadValueError for what a file of text cannot hold: NUL and lone surrogates.
    """
    if _BAD.search(text):
        raise BadValueError("the text holds a NUL or half a character", "delete it")
    return trimmed(unify(text))


def section_text(text: str) -> str:
    """The form in which a text can stand as lead or under a heading, and be read back equal.

    As `plain_text`; a level-2 heading in it, which would begin a section, becomes one of level 3;
    a code or HTML block that is left open, which would hide the next heading, is closed.
    """
    text = plain_text(text)
    if "##" not in text and "```" not in text and "~~~" not in text and "<" not in text:
        return text
    lines = text.split("\n")
    found = outline(lines)
    for index in found.headings:
        lines[index] = lines[index].replace("##", "###", 1)
    if found.closer:
        lines.append(found.closer)
    return "\n".join(lines)


def plain_heading(heading: str) -> str:
    """The form in which the text of a heading is read: one line, trimmed."""
    return " ".join(plain_text(heading).split("\n")).strip(" \t")


def heading_line(heading: str) -> str:
    """The line that is read back as `heading` (in its plain form)."""
    if not heading:
        return "##"
    return f"## {heading} ##" if heading.endswith("#") else f"## {heading}"
