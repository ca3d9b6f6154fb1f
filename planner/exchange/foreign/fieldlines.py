"""Lines of the form `**Label**: value` in all their spellings."""

import re
from dataclasses import dataclass

from planner.exchange.foreign.labels import FieldName, label_of
from planner.exchange.foreign.lines import Line, LineKind

_BOLD = re.compile(
    r"(?:\*{1,3}|_{2,3})(?P<label>[^*:：\n]{1,80}?)\s*(?P<inner>[:：]?)\s*(?:\*{1,3}|_{2,3})\s*"
    r"(?P<note>\([^()\n]{0,200}\))?\s*(?P<outer>[:：]?)\s*(?P<value>.*)"
)
_PLAIN = re.compile(r"(?P<label>[^\W\d_][^:：*`|\n]{1,40}?)\s*[:：]\s*(?P<value>.*)")
_IN_LISTS = {
    FieldName.GOAL,
    FieldName.DEPENDS,
    FieldName.REQUIREMENTS,
    FieldName.CRITERIA,
    FieldName.PLANS,
    FieldName.VERIFICATION,
}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field: its known name (None: a private one), label as written, value, note in brackets."""

    name: FieldName | None
    label: str
    value: str
    note: str = ""


def field_line(line: Line) -> FieldLine | None:
    """Read a line as a field, or None.

    Within list items only known labels count: there, `**AUTH-01**: text` is a requirement.
    """
    if line.kind is LineKind.HEADING:
        return _heading_field(line)
    if line.kind not in {LineKind.TEXT, LineKind.ITEM} or line.marker[:1].isdigit():
        return None
    match = _BOLD.fullmatch(line.body)
    if match:
        return _bold_field(line, match)
    match = _PLAIN.fullmatch(line.body)
    if match is None:
        return None
    name = label_of(match["label"])
    if name is None or (line.kind is LineKind.ITEM and name not in _IN_LISTS):
        return None
    return FieldLine(name, match["label"].strip(), match["value"].strip())


def _bold_field(line: Line, match: re.Match[str]) -> FieldLine | None:
    label, value = match["label"].strip(), match["value"].strip()
    note = match["note"] or ""
    if note and match["inner"]:
        # Behind a colon a bracket is part of the value: `**Requirements:** (none yet)`.
        note, value = "", f"{note}{match['outer']} {value}".strip()
    name = label_of(label)
    if not (match["inner"] or match["outer"]):
        if name is None or value:
            return None
    elif line.kind is LineKind.ITEM and name is None:
        return None
    return FieldLine(name, label, value, note.strip("() "))


def _heading_field(line: Line) -> FieldLine | None:
    title = line.body.strip(" *_")
    name = label_of(title)
    if name is not None:
        return FieldLine(name, title, "")
    match = _PLAIN.fullmatch(title)
    if match is None or (name := label_of(match["label"])) is None:
        return None
    return FieldLine(name, match["label"].strip(), match["value"].strip())
