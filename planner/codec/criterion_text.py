"""Success criteria as lines, and the form in which they are read back equal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from planner.codec import checks
from planner.codec.body import plain_text
from planner.codec.criteria import KEYS, parse_proof, parse_waiver, text_of
from planner.codec.criterion_blocks import blocks_of
from planner.codec.finding import BadValueError, shown
from planner.codec.normal import normal_waiver
from planner.model.items import CRITERION_STATUSES, Criterion, Waiver

_ID = re.compile(r"c[1-9]\d{0,8}")
_UNKNOWN_KEY = re.compile(r"[a-z][a-z0-9_-]*")
_SUSPECT = re.compile(r"```|~~~|<!--|^[ \t]*[-*+][ \t]", re.MULTILINE)


def criterion_from(value: object, old: Mapping[str, Criterion]) -> Criterion:
    """A criterion, also from plain data as JSON has it.

    Data that names the id of one of `old`, which are by id, changes only the keys that it has.
    Raises BadValueError.
    """
    if isinstance(value, Criterion):
        return value
    if not isinstance(value, Mapping):
        raise BadValueError(f"{shown(repr(value))} is no criterion", "give id, text, verifies …")
    parts: dict[str, Any] = {}
    for key, part in value.items():
        if key in {"verifies", "proof", "waive"}:
            parts[key] = _listed(key, part)
        elif key in {"id", "text", "check", "level", "status"} and isinstance(part, str):
            parts[key] = part
        else:
            raise BadValueError(f"{shown(str(key))}: {shown(repr(part))} is not allowed here")
    return replace(old.get(parts.get("id", ""), Criterion("", "")), **parts)


def _listed(key: str, part: object) -> tuple[Any, ...]:
    if key == "waive" and isinstance(part, Mapping):
        return tuple(normal_waiver(pair) for pair in part.items())
    if isinstance(part, Sequence) and not isinstance(part, str):
        if key == "waive":
            return tuple(normal_waiver(each) for each in part)
        if all(isinstance(each, str) for each in part):
            return tuple(part)
    raise BadValueError(f"{key}: {shown(repr(part))} is no list of texts", "give a list")


def normal_criterion(criterion: Criterion) -> Criterion:
    """The criterion as reading the file gives it.  Its id may be empty: then it gets one.

    The text is trimmed, each line of it at its end, the first one at both; a bullet in it that
    looks like `key: value` gets a backslash before the colon (which Markdown does not show), and a
    code block or comment left open is closed.  Raises BadValueError.
    """
    if criterion.id and not _ID.fullmatch(criterion.id):
        raise BadValueError(f"{shown(criterion.id)} is no id of a criterion", "write c1, c2 …")
    level = checks.line_of_text(criterion.level.strip())
    return replace(
        criterion,
        text=normal_text(criterion.text),
        verifies=tuple(checks.reference(each, "") for each in criterion.verifies),
        check=_lines(criterion.check),
        level=level,
        status=checks.choice(criterion.status or "open", CRITERION_STATUSES),
        proof=tuple(checks.entry(each).strip() for each in criterion.proof),
        waive=tuple(_waiver(each) for each in criterion.waive),
        extra=tuple((_extra_key(key), _lines(value)) for key, value in criterion.extra),
    )


def _lines(text: str) -> str:
    """Several lines without blanks at their ends, as a bullet can hold them."""
    return "\n".join(line.rstrip(" \t") for line in plain_text(text).split("\n")).lstrip(" \t")


def _extra_key(key: str) -> str:
    if _UNKNOWN_KEY.fullmatch(key) or key.casefold() in KEYS:
        return key
    raise BadValueError(f"{shown(key)} cannot be a key", "use small letters, digits, - and _")


def _waiver(value: object) -> Waiver:
    waiver = normal_waiver(value)
    return parse_waiver(f"{waiver.rule.strip()}: {waiver.reason.strip()}")


def normal_text(text: str) -> str:
    """The text of a criterion as it is read back, see `normal_criterion`."""
    text = _lines(text)
    if _SUSPECT.search(text) is None:
        return text
    lines = text.split("\n")
    while True:
        found = blocks_of(_text_lines(lines, "1. ", " {#c1}"))
        entry = found.entries[0]
        for bullet in entry.bullets:
            lines[bullet.first] = lines[bullet.first].replace(":", "\\:", 1)
        if found.open_fence:
            lines.append(found.open_fence[0] * found.open_fence[1])
        elif found.comment:
            lines.append("-->")
        elif not entry.bullets:
            return text_of(entry)


def _text_lines(text: list[str], lead: str, mark: str) -> list[str]:
    margin = " " * len(lead)
    first = f"{lead}{text[0]}{mark}" if text[0] else f"{lead}{mark.strip()}"
    return [first, *(margin + line if line else "" for line in text[1:])]


def criterion_lines(
    criterion: Criterion, number: int, indent: str = "", delimiter: str = "."
) -> list[str]:
    """A criterion, in normal form and with an id, as the lines of a new entry."""
    lead = f"{indent}{number}{delimiter} "
    lines = _text_lines(criterion.text.split("\n"), lead, f" {{#{criterion.id}}}")
    margin = " " * len(lead)
    for key, value in values_of(criterion):
        lines += bullet_lines(f"{margin}- {key}: ", value)
    return lines


def bullet_lines(lead: str, value: str) -> list[str]:
    """A bullet; `lead` is everything before its value."""
    margin = " " * (len(lead) - len(lead.lstrip(" \t")) + 2)
    first, *others = value.split("\n")
    return [(lead + first).rstrip(" \t"), *(margin + each if each else "" for each in others)]


def values_of(criterion: Criterion) -> list[tuple[str, str]]:
    """Keys and values of the bullets of a criterion, in their order."""
    bullets = [(key, value) for key in KEYS for value in bullet_values(criterion, key)]
    return bullets + list(criterion.extra)


def bullet_values(criterion: Criterion, key: str) -> list[str]:
    """What the bullets with `key` say: none where the value is the default."""
    if key == "waive":
        return [f"{each.rule}: {each.reason}" for each in criterion.waive]
    if key == "proof":
        return [", ".join(map(_proof, criterion.proof))] if criterion.proof else []
    if key == "verifies":
        return [", ".join(criterion.verifies)] if criterion.verifies else []
    if key == "status" and criterion.status == "open":
        return []
    value: str = getattr(criterion, key)
    return [value] if value else []


def _proof(text: str) -> str:
    if text[0] != '"' and parse_proof(text) == [text]:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
