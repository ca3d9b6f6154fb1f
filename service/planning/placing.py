"""Where in the form of an item a problem belongs.  Runs in the planner process."""

from collections.abc import Mapping
from typing import Final

from planner.model.fields import BODY_HEADINGS, FIELDS, Field, kind_of
from planner.model.fieldtypes import Text
from planner.model.items import Item, Phase, Research
from planner.model.problem import Problem

# Findings about what is not there have no line of their own.
_FIELD_OF_RULE: Final[Mapping[str, str]] = {
    "requirement-without-phase": "phases",
    "requirement-in-several-phases": "phases",
    "phase-without-milestone": "milestone",
    "phase-without-criteria": "criteria",
    "phase-criteria-count": "criteria",
    "criteria-not-recorded": "criteria",
    "duplicate-phase-number": "number",
    "verification-level-unknown": "verification",
    "status-contradiction": "status",
    "done-without-proof": "proof",
    "done-but-unverified": "status",
    "target-after-milestone": "target",
    "milestone-order": "target",
    "alias-clash": "aliases",
    "no-statement": "text",
}
_CRITERIA: Final = "Success criteria"


def place_of(item: Item, problem: Problem) -> str:
    """The field that a problem of `item` is about: `status`, `links.1`, `criteria.0.check`.

    Numbers count the entries of a list.  Empty where it is about no single field.
    """
    line = problem.line
    if problem.rule == "missing-field":
        return _missing(item, problem)
    if isinstance(item, Phase) and (found := _in_criteria(item, line)):
        return found
    exact = [name for name, at in item.lines.items() if at == line]
    if exact:
        return max(exact, key=len)
    return _in_texts(item, line) or _without_line(item, problem)


def _in_criteria(phase: Phase, line: int) -> str:
    """The part of a criterion in whose lines `line` is."""
    start = phase.lines.get("criteria", 0)
    end = min((each.line for each in phase.sections if each.line > start), default=line + 1)
    before = [at for at, each in enumerate(phase.criteria) if each.line <= line]
    if not start or not start < line < end or not before:
        return ""
    index = max(before, key=lambda at: phase.criteria[at].line)
    lines = phase.criteria[index].lines
    parts = [name for name, at in lines.items() if at <= line]
    part = max(parts, key=lambda name: lines[name]) if parts else "text"
    return f"criteria.{index}.{part}"


def _in_texts(item: Item, line: int) -> str:
    """The text of several lines in which `line` is."""
    kind = kind_of(item)
    inside = [each for each in item.sections if each.line <= line]
    if inside:
        heading = max(inside, key=lambda each: each.line).heading
        known = BODY_HEADINGS[kind].get(heading.casefold())
        return known.name if known else "criteria" if heading == _CRITERIA else ""
    fronts = max((item.lines[row.name] for row in _fronts(item)), default=0)
    if isinstance(item, Research):
        return "text" if line > fronts and line > 1 else ""
    for row in FIELDS[kind]:
        at = item.lines.get(row.name, 0)
        if not at or line < at or not isinstance(row.type, Text):
            continue
        below = [each for each in item.lines.values() if at < each <= line]
        if row.home == "body" or not below:
            return row.name
    return ""


def _fronts(item: Item) -> list[Field]:
    return [row for row in FIELDS[kind_of(item)] if row.home == "front" and row.name in item.lines]


def _missing(item: Item, problem: Problem) -> str:
    """The required field that is empty; its label is the end of the message."""
    empty = [row for row in FIELDS[kind_of(item)] if row.required and not getattr(item, row.name)]
    named = [row for row in empty if problem.message.endswith(f" {row.label.casefold()}")]
    return next((row.name for row in (*named, *empty)), "")


def _without_line(item: Item, problem: Problem) -> str:
    found = _FIELD_OF_RULE.get(problem.rule, "")
    known = {row.name for row in FIELDS[kind_of(item)]}
    return found if found in known or (found == "criteria" and isinstance(item, Phase)) else ""
