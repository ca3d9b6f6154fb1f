"""The success criteria of a phase, read from the lines of their section."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from planner.codec import checks
from planner.codec.criterion_blocks import Bullet, Entry, blocks_of
from planner.codec.finding import BadValueError, Finding, shown
from planner.model.items import CRITERION_STATUSES, Criterion, Waiver

HEADING = "Success criteria"
KEYS = ("verifies", "check", "level", "status", "proof", "waive")
_SEPARATOR = re.compile(r"[,;\s]+")
_PROOF = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^,]|,(?=\S))*))\s*(?:,|$)')
_ESCAPED = re.compile(r"\\(.)")
_WAIVER = re.compile(r"([^\s:]+)[ \t]*:[ \t]+(\S.*)")
_BAD_MARK = re.compile(r"\{#[^{}]*\}$")
_ANY_MARK = re.compile(r"\{#c([1-9]\d{0,8})\}")


def read_criteria(lines: list[str], first_line: int) -> tuple[tuple[Criterion, ...], list[Finding]]:
    """The criteria in the lines of the section, which begin at line `first_line` of the file."""
    blocks = blocks_of(lines)
    findings = [
        Finding(
            "malformed-criterion",
            first_line + index,
            "this bullet is no numbered entry, so it is no criterion",
            "write it as `1. what is true {#c1}`, or indent it to belong to the entry above",
        )
        for index in blocks.stray
    ]
    ids = assigned_ids(blocks.entries)
    fresh = fresh_id(lines)
    criteria = []
    seen: dict[str, int] = {}
    for entry, criterion_id in zip(blocks.entries, ids, strict=True):
        line = first_line + entry.first
        if entry.id and entry.id in seen:
            text = (
                f"the criterion id {entry.id} occurs twice; the first is in line {seen[entry.id]}"
            )
            hint = f"give one of the two a new id, for example {{#{fresh}}}"
            findings.append(Finding("duplicate-criterion", line, text, hint, (seen[entry.id],)))
        seen.setdefault(criterion_id, line)
        criteria.append(_criterion(entry, criterion_id, first_line, findings))
    return tuple(criteria), findings


def fresh_id(lines: Sequence[str]) -> str:
    """An id that stands nowhere in `lines`, higher than all that do."""
    return f"c{highest_id(lines) + 1}"


def highest_id(lines: Sequence[str]) -> int:
    """The highest number of all `{#cN}` in `lines`; 0 without any."""
    return max((int(number) for line in lines for number in _ANY_MARK.findall(line)), default=0)


def assigned_ids(entries: Sequence[Entry]) -> list[str]:
    """The id of each entry: the written one, else that of its position if no other has it."""
    taken = {entry.id for entry in entries if entry.id}
    top = max((int(each[1:]) for each in taken), default=0)
    ids = []
    for position, entry in enumerate(entries, 1):
        criterion_id = entry.id or f"c{position}"
        if not entry.id and criterion_id in taken:
            top += 1
            criterion_id = f"c{top}"
        taken.add(criterion_id)
        top = max(top, int(criterion_id[1:]))
        ids.append(criterion_id)
    return ids


class Interpreted(NamedTuple):
    """What the bullets of an entry say.

    Values and first lines (indexes) are by field name; `extra` are bullets that say nothing known,
    or nothing valid.
    """

    values: dict[str, Any]
    lines: dict[str, int]
    extra: list[Bullet]


def interpret(entry: Entry, findings: list[Finding], first_line: int) -> Interpreted:
    """Read the bullets of an entry; what is wrong with them is added to `findings`."""
    said = Interpreted({}, {}, [])
    for bullet in entry.bullets:
        name = bullet.key.casefold()
        line = first_line + bullet.first
        if name not in KEYS:
            known = KEYS if len(findings) < checks.MOST_GUESSES else ()
            hint = checks.meant(name, known, f"the keys are {', '.join(KEYS)}")
            text = f"the key {shown(bullet.key)} means nothing in a criterion"
            findings.append(Finding("unknown-key", line, text, hint))
            said.extra.append(bullet)
            continue
        try:
            _take(said.values, name, value_of(bullet))
        except BadValueError as error:
            rule = "bad-value" if name not in said.values else "malformed-criterion"
            findings.append(Finding(rule, line, f"{name}: {error.message}", error.hint))
            said.extra.append(bullet)
            continue
        said.lines.setdefault(name, bullet.first)
    return said


def _criterion(
    entry: Entry, criterion_id: str, first_line: int, findings: list[Finding]
) -> Criterion:
    line = first_line + entry.first
    text = text_of(entry)
    if not entry.id:
        findings.append(_without_id(text, criterion_id, line))
    if not text:
        hint = "write after the number what will be true, and how one sees it"
        findings.append(Finding("malformed-criterion", line, "the criterion has no text", hint))
    said = interpret(entry, findings, first_line)
    return Criterion(
        id=criterion_id,
        text=text,
        extra=tuple((bullet.key, value_of(bullet)) for bullet in said.extra),
        line=line,
        lines={"text": line} | {name: first_line + index for name, index in said.lines.items()},
        **said.values,
    )


def _without_id(text: str, criterion_id: str, line: int) -> Finding:
    hint = f"write {{#{criterion_id}}} at the end of its first line"
    bad = _BAD_MARK.search(text)
    if bad is not None:
        message = f"{shown(bad[0])} is no id of a criterion"
        return Finding("malformed-criterion", line, message, f"an id is c and a number; {hint}")
    message = f"the criterion has no id; it is read as {criterion_id}"
    return Finding("criterion-without-id", line, message, hint)


def text_of(entry: Entry) -> str:
    """The text of an entry."""
    return "\n".join(entry.text).strip("\n")


def value_of(bullet: Bullet) -> str:
    """The value of a bullet as written, without indentation."""
    return "\n".join(bullet.value).strip("\n")


def _take(values: dict[str, Any], name: str, raw: str) -> None:
    """Add what a bullet says to the values of the criterion.  Raises BadValueError."""
    if name in {"check", "level", "status"} and name in values:
        raise BadValueError("the key occurs twice", "keep one of the two")
    if name == "check":
        values[name] = raw
    elif name == "level":
        values[name] = checks.line_of_text(one_line(raw))
    elif name == "status":
        values[name] = checks.choice(one_line(raw), CRITERION_STATUSES) if raw else "open"
    elif name == "waive":
        values[name] = (*_held(values, name), parse_waiver(one_line(raw)))
    elif name == "proof":
        values[name] = (*_held(values, name), *parse_proof(one_line(raw)))
    else:
        ids = [part for part in _SEPARATOR.split(raw) if part]
        values[name] = (*_held(values, name), *(checks.reference(each, "") for each in ids))


def _held(values: dict[str, Any], name: str) -> tuple[Any, ...]:
    held: tuple[Any, ...] = values.get(name, ())
    return held


def one_line(text: str) -> str:
    """The lines of `text` as one, joined by a blank."""
    return " ".join(text.split("\n")) if "\n" in text else text


def parse_waiver(text: str) -> Waiver:
    """`rule: reason`.  Raises BadValueError."""
    match = _WAIVER.fullmatch(text)
    if match is None:
        raise BadValueError(
            f"{shown(text)} is no waiver", "write `waive: rule-id: why it does not apply here`"
        )
    return Waiver(match[1], checks.line_of_text(match[2].rstrip()))


def parse_proof(text: str) -> list[str]:
    """Entries that commas with a blank after them separate; `"…"` may hold such commas."""
    entries = []
    position = 0
    while position < len(text):
        match = _PROOF.match(text, position)
        if match is None:
            raise BadValueError(f"{shown(text)} is no list", "separate the entries by commas")
        quoted, bare = match[1], match[2]
        value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare.strip()
        if value:
            entries.append(checks.line_of_text(value))
        position = match.end()
    return entries
