"""Changes and problems as commands tell them: in words on a terminal, as data for programs."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from planner.model.problem import Problem
from planner.trace.change import Change
from planner.trace.report import printable


def change_lines(changes: Iterable[Change]) -> list[str]:
    """A line for each change, those by which the plan demands less first and marked."""
    told = list(changes)
    weaker = [f"! {printable(each.sentence)}" for each in told if each.weaker]
    return [*weaker, *(f"- {printable(each.sentence)}" for each in told if not each.weaker)]


def changes_as_data(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Each change with all fields and its sentence."""
    return [{**asdict(each), "sentence": each.sentence} for each in changes]


def problems_as_data(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Each problem with all fields."""
    return [asdict(each) for each in problems]


def counted(number: int, what: str) -> str:
    """`1 commit`, `3 commits`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def moment(time: str) -> str:
    """A time (RFC 3339, UTC) to the minute."""
    return f"{time[:10]} {time[11:16]}"
