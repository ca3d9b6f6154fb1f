"""Lines of a foreign file as text of an item, word for word."""

import re
from collections.abc import Iterable, Mapping

from planner.codec.body import section_text
from planner.exchange.foreign.found import Prose
from planner.exchange.foreign.lines import Document, LineKind

_HEADING = re.compile(r"( {0,3})(#{1,6})(?=\s|[^#\s])")
_CONTROL = (*range(9), 11, 12, *range(13, 32), *range(127, 160), 0x2028, 0x2029, 0xFEFF)
_UNSAFE = dict.fromkeys(_CONTROL, " ")


def clean(text: str) -> str:
    """Text without control characters, which no file of a plan may hold."""
    return text.translate(_UNSAFE).encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """Text as one line, blanks folded."""
    return " ".join(clean(text).split())


def kept_lines(document: Document, numbers: Iterable[int]) -> str:
    """The given lines as written; where lines were left out between them stands a blank line.

    Headings become headings of level 3 or deeper: higher ones would begin a section of the item.
    """
    rows: list[str] = []
    last = 0
    for number in sorted(set(numbers)):
        line = document.at(number)
        if last and any(
            document.at(between).kind in {LineKind.BLANK, LineKind.RULE, LineKind.TAG}
            for between in range(last + 1, number)
        ):
            rows.append("")
        rows.extend(_delimiter(document, last, number))
        rows.append(_lowered(line.raw) if line.kind is LineKind.HEADING else line.raw.rstrip())
        last = number
    return section_text(clean("\n".join(_dedented(rows))))


def _delimiter(document: Document, last: int, number: int) -> list[str]:
    """The row of dashes between the header of a table and the row at `number`."""
    if not last or number != last + 2 or document.at(number).kind is not LineKind.TABLE:
        return []
    between = document.at(last + 1)
    return [between.raw.rstrip()] if between.kind is LineKind.TABLE else []


def _lowered(raw: str) -> str:
    match = _HEADING.match(raw)
    if match is None or len(match[2]) > 2:
        return raw.rstrip()
    return f"### {raw[match.end() :].strip()}"


def _dedented(rows: list[str]) -> list[str]:
    margins = [len(row) - len(row.lstrip(" ")) for row in rows if row.strip()]
    margin = min(margins, default=0)
    return [row[margin:] for row in rows] if margin else rows


def prose_text(parts: Iterable[Prose], documents: Mapping[str, Document]) -> str:
    """Several stretches of prose, one below the other."""
    texts = [kept_lines(documents[part.path], part.lines) for part in parts]
    return section_text("\n\n".join(text for text in texts if text))


def paragraph(text: str) -> str:
    """Running text as the lead of an item: one line, in the form in which it is read back."""
    return section_text(one_line(text))
