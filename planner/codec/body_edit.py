"""Changing the lead or one section of a Markdown body; everything else keeps its bytes."""

from collections.abc import Sequence

from planner.codec import criteria
from planner.codec.body import SectionSpan, heading_line, sections_of, text_span
from planner.codec.criterion_edit import edit_criteria
from planner.codec.source import Splice
from planner.model.fields import FIELDS
from planner.model.items import Criterion


def headings_of(kind: str) -> list[str]:
    """The headings that an item of `kind` knows, in their order; "" is the lead."""
    known = [field.key for field in FIELDS[kind] if field.home == "body"]
    return [*known, criteria.HEADING] if kind == "phase" else known


class BodyEdit:
    """Makes the splices that change one part of the body `text[start:]` of an item of `kind`."""

    def __init__(self, text: str, start: int, kind: str) -> None:
        self._text = text
        self._start = start
        self._order = [heading.casefold() for heading in headings_of(kind)]
        self._sections = sections_of(text, start)

    def set_lead(self, value: str) -> list[Splice]:
        """Make the text before the first section `value` (in normal form, may be empty)."""
        end = self._sections[0].start if self._sections else len(self._text)
        return self._replace(self._start, end, value)

    def set_section(self, heading: str, value: str) -> list[Splice]:
        """Make the text under `heading` say `value`; an empty one takes the heading away, too."""
        section = self._find(heading)
        if section is None:
            return [self._insert(heading, value)] if value else []
        again = any(
            each.heading.casefold() == heading.casefold() and each.start > section.start
            for each in self._sections
        )
        if not value and not again:
            return [self._remove(section)]
        # Without its heading, the next section of this name would be read in its place.
        return self._replace(section.text, section.end, value)

    def set_criteria(self, old: Sequence[Criterion], new: Sequence[Criterion]) -> list[Splice]:
        """Change the numbered list, see `edit_criteria`."""
        section = self._find(criteria.HEADING)
        if section is None:
            lines = edit_criteria([""], (), new)
            return [self._insert(criteria.HEADING, "\n".join(lines).strip("\n"))]
        lines = self._text[section.text : section.end].split("\n")
        changed = edit_criteria(lines, old, new)
        if not any(line.strip(" \t") for line in changed):
            return [self._remove(section)]
        text = "\n".join(changed)
        if section.text == section.end and self._text[section.text - 1] != "\n":
            text = "\n" + text.rstrip("\n")  # a heading in the last line, without line end
        return [Splice(section.text, section.end, text)]

    def _find(self, heading: str) -> SectionSpan | None:
        folded = heading.casefold()
        return next((each for each in self._sections if each.heading.casefold() == folded), None)

    def _replace(self, start: int, end: int, value: str) -> list[Splice]:
        """Put `value` between the blank lines in `text[start:end]`."""
        span = text_span(self._text, start, end)
        if not value:
            return [self._without_text(start, end)] if span.start < span.end else []
        if span.start < span.end:
            # An HTML block may need a blank line to end before the heading that follows.
            tight = end < len(self._text) and "\n\n" not in self._text[span.end : end]
            gap = "\n" if tight and "<" in value else ""
            return [Splice(span.start, span.end, value + gap)]
        return [self._between(start, end, value)]

    def _without_text(self, start: int, end: int) -> Splice:
        """Leave a blank line before the next section, or nothing at the end of the file."""
        if end < len(self._text):
            return Splice(start, end, "\n")
        return Splice(start if self._text[-1:] == "\n" else max(start - 1, 0), end, "")

    def _between(self, start: int, end: int, value: str) -> Splice:
        """Put `value` where there are only blank lines."""
        above = "" if self._text[start - 1 : start] in {"", "\n"} else "\n"
        if start > 0:
            above += "\n"
        if end < len(self._text):
            return Splice(start, end, f"{above}{value}\n\n")
        below = "\n" if self._text[start - 1 : start] in {"", "\n"} else ""
        return Splice(start, end, f"{above}{value}{below}")

    def _insert(self, heading: str, value: str) -> Splice:
        """A new section behind the last one that belongs before it."""
        rank = self._order.index(heading.casefold())
        place = self._sections[0].start if self._sections else len(self._text)
        for section in self._sections:
            folded = section.heading.casefold()
            if folded in self._order and self._order.index(folded) < rank:
                place = section.end
        return self._between(self._blank_start(place), place, f"{heading_line(heading)}\n\n{value}")

    def _blank_start(self, place: int) -> int:
        """Where the blank lines above `place` begin; behind the line end of the text above."""
        start = place
        while start > self._start and self._text[start - 1] in " \t\n":
            start -= 1
        if start <= self._start:
            return self._start
        return start + 1 if self._text[start : start + 1] == "\n" else start

    def _remove(self, section: SectionSpan) -> Splice:
        """Take out a section; at the end of the file the blank lines above it go, too."""
        if section.end < len(self._text):
            return Splice(section.start, section.end, "")
        start = self._blank_start(section.start)
        if self._text[-1:] != "\n":
            start -= 1
        return Splice(start, section.end, "")
