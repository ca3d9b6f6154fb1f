"""`claims.yaml` of a research run: read strictly, and changed claim by claim.

A claim that stays, and all comments outside of changed claims, stay byte for byte; in a claim of
which only texts change, these alone do.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from planner.codec import checks
from planner.codec.body import plain_text
from planner.codec.finding import BadValueError, Finding, shown
from planner.codec.frontmatter import Collection, FrontMatterError, Node, Scalar, is_null, parse
from planner.codec.node_edit import line_end, line_start, replace_scalar
from planner.codec.scalars import write_block, write_scalar
from planner.codec.source import Splice
from planner.codec.spans import Front
from planner.errors import EditError
from planner.model.claims import CLAIM_STATUSES, CONFIDENCES, Claim, Source

KEY = "claims"
_ID = re.compile(r"c[1-9][0-9]{0,8}")
_DEFAULTS = {each.name: each.default for each in fields(Claim)}
_CHECKS: Mapping[str, Callable[[str], str]] = {
    "id": lambda text: _claim_id(text),
    "text": lambda text: _needed("text", plain_text(text)),
    "confidence": lambda text: checks.choice(text, CONFIDENCES),
    "status": lambda text: checks.choice(text, CLAIM_STATUSES),
    "valid_until": checks.calendar_day,
}
_SOURCE_CHECKS: Mapping[str, Callable[[str], str]] = {
    "url": lambda text: _needed("url", checks.line_of_text(text)),
    "title": checks.line_of_text,
    "quote": plain_text,
    "fetched": checks.calendar_day,
}


def _claim_id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise BadValueError(f"{shown(text)} is no id of a claim", "write c1, c2 and so on")
    return text


def _needed(key: str, text: str) -> str:
    if not text.strip():
        raise BadValueError(f"the {key} is empty", f"write the {key}, or take the entry out")
    return text


def read_claims(text: str) -> tuple[tuple[Claim, ...], list[Finding]]:
    """The claims of a file with LF line ends, and what is wrong with them.

    A claim with a bad value is left out and reported.  Raises FrontMatterError for no YAML.
    """
    root = parse(text) if text else None
    found: list[Claim] = []
    findings: list[Finding] = []
    for key, node in root.pairs() if root is not None else ():
        if key.value != KEY:
            line = key.start_mark.line + 1
            message = f"the key {shown(key.value)} means nothing among claims"
            findings.append(Finding("unknown-key", line, message, "it is kept as it is"))
        elif not is_null(node):
            findings += _read_list(node, found)
    return tuple(found), findings


def _read_list(node: Node, found: list[Claim]) -> list[Finding]:
    if type(node) is not Collection or node.mapping:
        line = node.start_mark.line + 1
        return [Finding("bad-value", line, "claims: this is no list", "write `- id: c1` below it")]
    findings: list[Finding] = []
    lines: dict[str, int] = {}
    for each in node.items:
        line = each.start_mark.line + 1
        try:
            claim = _claim(_plain(each), line)
        except BadValueError as error:
            message = f"claims: {error.message}"
            findings.append(Finding("bad-value", error.line or line, message, error.hint))
            continue
        if claim.id in lines:
            message = f"claims: the id {claim.id} occurs twice; this claim is not read"
            hint = "give it an id of its own"
            findings.append(Finding("bad-value", line, message, hint, (lines[claim.id],)))
            continue
        lines[claim.id] = line
        found.append(claim)
    return findings


def _plain(node: Node) -> Any:
    """A node as plain data: texts, lists and mappings; what is not set is left out."""
    if type(node) is not Collection:
        return node.value if isinstance(node, Scalar) else ""
    if not node.mapping:
        return [_plain(each) for each in node.items]
    return {key.value: _plain(value) for key, value in node.pairs() if not is_null(value)}


def claim_from(value: object) -> Claim:
    """A claim given as one, or as plain data.  Raises BadValueError."""
    if isinstance(value, Claim):
        value = as_plain(value)
    return _claim(value, 0)


def _claim(value: object, line: int) -> Claim:
    parts = _known(value, (*_CHECKS, "sources"), "a claim", line)
    for key in ("id", "text"):
        if key not in parts:
            raise BadValueError(f"a claim has no `{key}`", f"write `{key}: …`", line)
    name = parts["id"] if isinstance(parts["id"], str) else "a claim"
    listed = parts.pop("sources", ())
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise BadValueError(f"{name}: the sources are no list", "write `- url: …` below it", line)
    texts = _texts(parts, _CHECKS, name, line)
    sources = [_source(each, name, line) for each in listed]
    return Claim(**texts, sources=tuple(sources), line=line)


def _source(value: object, name: str, line: int) -> Source:
    if isinstance(value, Source):
        return value
    parts = _known(value, tuple(_SOURCE_CHECKS), f"a source of {name}", line)
    if "url" not in parts:
        raise BadValueError(f"a source of {name} has no `url`", "write `url: https://…`", line)
    return Source(**_texts(parts, _SOURCE_CHECKS, f"a source of {name}", line))


def _known(value: object, keys: Sequence[str], what: str, line: int) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadValueError(f"{what} is no mapping", f"its keys are {', '.join(keys)}", line)
    for key in value:
        if key not in keys:
            hint = checks.meant(str(key), keys, f"its keys are {', '.join(keys)}")
            raise BadValueError(f"the key {shown(str(key))} means nothing in {what}", hint, line)
    return {key: part for key, part in value.items() if part is not None}


def _texts(
    parts: Mapping[str, Any], known: Mapping[str, Callable[[str], str]], name: str, line: int
) -> dict[str, str]:
    found = {}
    for key, text in parts.items():
        if not isinstance(text, str):
            raise BadValueError(f"{name}: {key} is no text", "give a text", line)
        try:
            found[key] = known[key](text)
        except BadValueError as error:
            raise BadValueError(f"{name}: {error.message}", error.hint, line) from None
    return found


def as_plain(claim: Claim) -> dict[str, Any]:
    """A claim as plain data, as `claim_from` takes it; what has its default is left out."""
    found: dict[str, Any] = {"id": claim.id, "text": claim.text}
    for key in ("confidence", "status", "valid_until"):
        if getattr(claim, key) != _DEFAULTS[key]:
            found[key] = getattr(claim, key)
    if claim.sources:
        found["sources"] = [
            {key: text for key in _SOURCE_CHECKS if (text := getattr(each, key))}
            for each in claim.sources
        ]
    return found


def render_claims(claims: Sequence[Claim]) -> str:
    """The text of a new file."""
    if not claims:
        return f"{KEY}: []\n"
    return "".join(f"{line}\n" for line in (f"{KEY}:", *_all_lines(claims, 2)))


def _all_lines(claims: Sequence[Claim], column: int) -> list[str]:
    return [line for each in claims for line in _lines(as_plain(each), column)]


def _lines(entry: Mapping[str, Any], column: int) -> list[str]:
    """The lines of an entry of a list whose dash stands at `column`."""
    margin = " " * (column + 2)
    lines: list[str] = []
    for key, value in entry.items():
        if isinstance(value, list):
            lines.append(f"{margin}{key}:")
            lines += [line for each in value for line in _lines(each, column + 4)]
        elif "\n" in value:
            header, rest = write_block(value, column + 2, column + 4)
            lines += [f"{margin}{key}: {header}", *rest]
        elif key in {"valid_until", "fetched"}:
            lines.append(f"{margin}{key}: {value}")
        else:
            lines.append(f"{margin}{key}: {write_scalar(value)}")
    return [f"{' ' * column}- {lines[0].lstrip(' ')}", *lines[1:]]


def edit_claims(text: str, new: Sequence[Claim]) -> list[Splice]:
    """The splices that make the claims of `text` the `new` ones.

    Raises EditError where a claim in the file cannot be read: it would be lost.
    """
    old, findings = read_claims(text)
    bad = next((each for each in findings if each.rule != "unknown-key"), None)
    if bad is not None:
        raise EditError(f"line {bad.line}: {bad.message}", "mend the file by hand first")
    try:
        root = parse(text) if text else None
    except FrontMatterError as error:
        raise EditError(str(error), "mend the file by hand first") from error
    pairs = root.pairs() if root is not None else []
    node = next((value for key, value in pairs if key.value == KEY), None)
    if root is None or node is None or root.flow:
        if root is not None and root.flow:
            raise EditError("the claims stand within brackets", "write a line `claims:` by hand")
        glue = "" if not text or text.endswith("\n") else "\n"
        return [Splice(len(text), len(text), glue + render_claims(new))]
    front = Front(text, 0, len(text), root)
    if type(node) is not Collection or node.flow or not node.items:
        key = next(key for key, value in pairs if value is node)
        lines = "".join(f"\n{line}" for line in _all_lines(new, 2)) if new else " []"
        return [Splice(front.after_colon(key), front.end_of(node), lines)]
    return _changed(front, node, old, new)


def _changed(
    front: Front, node: Collection, old: Sequence[Claim], new: Sequence[Claim]
) -> list[Splice]:
    text, column = front.text, node.start_mark.column
    wanted = {each.id: each for each in new}
    if not new:
        start = line_start(text, front.start_of(node)) - 1
        return [Splice(start, front.end_of(node), " []")]
    splices: list[Splice] = []
    last = -1
    for entry, was in zip(node.items, old, strict=True):
        now = wanted.pop(was.id, None)
        start = line_start(text, front.start_of(entry))
        end = line_end(text, front.end_of(entry))
        last = end
        if now is None:
            splices.append(Splice(start - 1, end, ""))
        elif now != was:
            splices += _changed_entry(front, entry, was, now, (start, end), column)
    added = _all_lines(tuple(wanted.values()), column)
    if added:
        splices.append(Splice(last, last, "".join(f"\n{line}" for line in added)))
    return splices


def _changed_entry(
    front: Front, entry: Node, was: Claim, now: Claim, span: tuple[int, int], column: int
) -> list[Splice]:
    """Only the texts that differ where the same keys are said, else all lines of the claim."""
    before, after = as_plain(was), as_plain(now)
    assert isinstance(entry, Collection)
    nodes = {key.value: value for key, value in entry.pairs()}
    differ = [key for key in _CHECKS if before.get(key) != after.get(key)]
    one_line = all(
        type(nodes.get(key)) is Scalar
        and nodes[key].style not in {"|", ">"}  # type: ignore[union-attr]
        and "\n" not in getattr(now, key)
        and getattr(now, key)
        for key in differ
    )
    if was.sources == now.sources and one_line:
        return [
            splice
            for key in differ
            if isinstance(node := nodes[key], Scalar)
            for splice in replace_scalar(front, node, getattr(now, key), flow=entry.flow)
        ]
    return [Splice(*span, "\n".join(_lines(after, column)))]
