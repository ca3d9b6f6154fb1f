"""A mend of one problem as an edit that can be offered, previewed and saved like any other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.codec.plain_values import plain_value
from planner.edit.draft import Operation
from planner.edit.fields import SetFields
from planner.edit.state import PlanState
from planner.model.fields import kind_of
from planner.model.items import Item, Phase
from planner.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to mend a problem.

    `label` says it as an order ("write AUTH-01"); `certain` tells that nothing is lost or decided
    by it, so that `planner check --fix` may make it unasked.
    """

    label: str
    operation: Operation
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A problem, the plan that has it, and the item that it is about."""

    plan: PlanState
    problem: Problem
    item: Item


Fixer = Callable[[Case], Iterator[Fix]]


def setting(item: Item, label: str, changes: Mapping[str, object], *, certain: bool = False) -> Fix:
    """The fix that sets fields of an item, with values as plain data."""
    plain: dict[str, Any] = {name: plain_value(value) for name, value in changes.items()}
    return Fix(label, SetFields(item.id, kind_of(item), plain, item.blob), certain)


def criteria_with(phase: Phase, criterion_id: str, **changes: object) -> dict[str, object]:
    """The field `criteria` with other parts of one criterion; the rest stays as it is."""
    return {
        "criteria": [
            {"id": each.id, **(changes if each.id == criterion_id else {})}
            for each in phase.criteria
        ]
    }


def criterion_at(phase: Phase, line: int) -> str:
    """The id of the criterion in whose lines `line` is (empty: none)."""
    before = [each for each in phase.criteria if each.line <= line]
    return max(before, key=lambda each: each.line).id if before else ""


def spliced(text: str, parts: Sequence[tuple[int, int, str]]) -> str:
    """`text` with `text[start:end]` replaced by a new text, for each of `parts` in order."""
    pieces: list[str] = []
    done = 0
    for start, end, new in parts:
        pieces += text[done:start], new
        done = end
    return "".join((*pieces, text[done:]))
