"""From what stands in a form to the values of an item, and to what of them is new.

A browser changes texts on their way: line ends become CRLF, and people leave blanks at ends.  What
then says the same as the item already does is taken as the item has it, so that it is no change.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from planner.model.provenance import CRITERIA, NEW
from service.forms.filled import SOFT, Filled, Row
from service.forms.sheet import SHEETS, Box

_LEADING_BLANK: Final = re.compile(r"(?:[ \t]*\n)+")
_BETWEEN_REFS: Final = re.compile(r"[\s,;]+")
_LINE_ENDS: Final = re.compile(r"\r\n?")


def values_of(filled: Filled, base: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of the fields that the form shows; `base` are those of the item.

    Nothing is judged here: a value that the field does not take is for the planner to refuse.
    """
    filled = _with_places(filled, base)
    return {
        box.name: _value(box, filled, base.get(box.name, box.default))
        for box in SHEETS[filled.kind]
        if box.name in filled.texts or box.name in filled.rows
    }


def _with_places(filled: Filled, base: Mapping[str, Any]) -> Filled:
    """The form whose provenance names new criteria by their places, not by the rows of the form.

    What it says of a row that is gone, or blank, goes.
    """
    if "criteria" not in filled.rows or "provenance" not in filled.rows:
        return filled
    kept = _kept_criteria(filled.rows["criteria"], base.get("criteria", ()))
    names = {f"{CRITERIA}{NEW}{row.index}": place for place, row in enumerate(kept)}
    rows = []
    for row in filled.rows["provenance"]:
        name = row.parts["field"].strip()
        if name.startswith(f"{CRITERIA}{NEW}"):
            if name not in names or kept[names[name]].parts["id"].strip():
                continue
            name = f"{CRITERIA}{NEW}{names[name]}"
        rows.append(replace(row, parts={**row.parts, "field": name}))
    return replace(filled, rows={**filled.rows, "provenance": tuple(rows)})


def changes_of(filled: Filled, base: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from those of the item."""
    values = values_of(filled, base)
    blank = {box.name: box.default for box in SHEETS[filled.kind]}
    return {name: value for name, value in values.items() if value != base.get(name, blank[name])}


def _value(box: Box, filled: Filled, base: Any) -> Any:
    if box.parts:
        sent = filled.rows[box.name]
        rows = [row for row in sent if not row.is_blank]
        if box.widget == "criteria":
            rows = _kept_criteria(sent, base)
        return _LISTS[box.widget](rows, base)
    text = filled.texts[box.name]
    if box.widget == "words":
        return _words(text, base)
    if box.widget == "tags":
        return _tags(text, base)
    return _text(text, base) if box.widget == "text" else _line(text, base)


def _text(text: str, base: str) -> str:
    """Several lines, without blanks around them."""
    plain = _trimmed(_LINE_ENDS.sub("\n", text))
    return base if plain == _trimmed(base) else plain


def _trimmed(text: str) -> str:
    match = _LEADING_BLANK.match(text)
    return text[match.end() if match else 0 :].rstrip(" \t\n")


def _line(text: str, base: str) -> str:
    plain = text.strip(" \t\n")
    return base if plain == base.strip(" \t\n") else plain


def _words(text: str, base: Iterable[str]) -> list[str]:
    """One entry in each line; one that the item has stays as it is, blanks and all."""
    known = {each.strip(): each for each in base}
    lines = (line.strip() for line in _LINE_ENDS.sub("\n", text).split("\n"))
    return [known.get(line, line) for line in lines if line]


def _tags(text: str, base: Sequence[str]) -> list[str]:
    """Entries parted by commas; those of the item that hold a comma themselves stay whole."""
    if text.strip() == ", ".join(base).strip():
        return list(base)
    whole = sorted((each.strip() for each in base if "," in each), key=len, reverse=True)
    found = re.findall("|".join([*map(re.escape, whole), "[^,\n\r]+"]), text)
    return _words("\n".join(found), base)


def _kept_criteria(rows: Iterable[Row], base: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows that are criteria."""
    kept = _blank_ids(base)
    return [row for row in rows if not row.is_blank or row.parts.get("id") in kept]


def _blank_ids(base: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The criteria that say nothing in the file either: leaving them is no change."""
    return frozenset(each["id"] for each in base if not (each["text"] or each["check"]))


def _refs(rows: Iterable[Row], base: Sequence[str]) -> list[str]:
    return _words("\n".join(row.parts["id"] for row in rows), base)


def _dependencies(rows: Iterable[Row], base: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    reasons = {each["reason"].strip(): each["reason"] for each in base}
    return [
        {
            "phase": row.parts["phase"].strip(),
            "soft": row.parts["soft"] == SOFT,
            "reason": reasons.get(reason := row.parts["reason"].strip(), reason),
        }
        for row in rows
    ]


def _links(rows: Iterable[Row], _base: object) -> list[dict[str, str]]:
    return [{"to": row.parts["to"].strip(), "type": row.parts["type"]} for row in rows]


def _waivers(rows: Sequence[Row], base: Mapping[str, str]) -> Any:
    """A mapping; where a rule is named twice, a list, which the planner refuses with a reason."""
    known = {rule.strip(): rule for rule in base}
    pairs = [
        (known.get(rule := row.parts["rule"].strip(), rule), row.parts["reason"]) for row in rows
    ]
    found = {rule: _line(reason, base.get(rule, "")) for rule, reason in pairs}
    if len(found) == len(pairs):
        return found
    return [{"rule": rule, "reason": reason} for rule, reason in pairs]


def _provenance(rows: Sequence[Row], base: Mapping[str, Mapping[str, str]]) -> Any:
    known = {name.strip(): name for name in base}
    entries = []
    for row in rows:
        name = row.parts["field"].strip()
        name = known.get(name, name)
        was = base.get(name, {})
        parts = {
            part: _line(text, was.get(part, ""))
            for part, text in row.parts.items()
            if part != "field"
        }
        entries.append((name, _origin(parts, was)))
    found = dict(entries)
    if len(found) == len(entries):
        return found
    return [{"field": name, **parts} for name, parts in entries]


def _origin(parts: dict[str, str], was: Mapping[str, str]) -> dict[str, str]:
    """What the form shows of a provenance, with the rest of it as the item has it."""
    same = parts["approved"] == was.get("approved", "")
    gone = () if same else ("approved_on",)
    rest = {key: text for key, text in was.items() if key not in {*parts, *gone}}
    said = {key: text for key, text in parts.items() if text or key in {"by", "approved", *was}}
    return said | rest


def _criteria(rows: Iterable[Row], base: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    known = {each["id"]: each for each in reversed(base)}
    return [_criterion(row.parts, known.get(row.parts["id"].strip(), {})) for row in rows]


def _criterion(parts: Mapping[str, str], was: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": parts["id"].strip(),
        "text": _text(parts["text"], was.get("text", "")),
        "verifies": [each for each in _BETWEEN_REFS.split(parts["verifies"]) if each],
        "check": _text(parts["check"], was.get("check", "")),
        "level": _line(parts["level"], was.get("level", "")),
        "status": parts["status"],
        "proof": _words(parts["proof"], was.get("proof", ())),
        "waive": _criterion_waivers(parts["waive"], was.get("waive", {})),
    }


def _criterion_waivers(text: str, base: Mapping[str, str]) -> Any:
    """`rule: reason` in each line."""
    known = {f"{rule}: {reason}".strip(): (rule, reason) for rule, reason in base.items()}
    lines = (line.strip() for line in _LINE_ENDS.sub("\n", text).split("\n"))
    pairs = [known[line] if line in known else _waiver(line) for line in lines if line]
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    return [{"rule": rule, "reason": reason} for rule, reason in pairs]


def _waiver(line: str) -> tuple[str, str]:
    rule, _, reason = line.partition(":")
    return rule.strip(), reason.strip()


_LISTS: Final[Mapping[str, Any]] = {
    "refs": _refs,
    "dependencies": _dependencies,
    "links": _links,
    "waivers": _waivers,
    "provenance": _provenance,
    "criteria": _criteria,
}
