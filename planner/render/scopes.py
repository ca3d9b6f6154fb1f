"""A plan cut by milestone: lists that grow with the plan have a page for each of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from planner.model.items import Phase, Requirement
from planner.render.card import Card
from planner.render.urls import shard
from planner.render.view import SiteView

LONGEST_LIST = 200
"""Rows of one page; a longer list is cut."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Scope:
    """A milestone with its phases and requirements in order; `card` is None for "no milestone"."""

    card: Card | None
    phases: tuple[Phase, ...]
    requirements: tuple[Requirement, ...]

    @property
    def id(self) -> str:
        """The milestone's id, or empty."""
        return self.card.id if self.card else ""

    @property
    def name(self) -> str:
        """How lists call it: `v0.1.0 Production hardening`."""
        if self.card is None:
            return "Without milestone"
        return f"{self.card.id} {self.card.label}".strip()

    @property
    def shard(self) -> str:
        """Its part of an address."""
        return shard(self.id)


def scopes(view: SiteView) -> tuple[Scope, ...]:
    """The scopes of a plan in order; "no milestone" comes last, and only where it has members."""
    trace, cards = view.trace, view.cards
    members: dict[str, list[Requirement]] = {}
    for requirement in trace.requirements:
        members.setdefault(cards[requirement.id].top, []).append(requirement)
    phases: dict[str, list[Phase]] = {}
    for phase in trace.phases:
        phases.setdefault(cards[phase.id].top, []).append(phase)
    found = [
        Scope(
            cards[milestone.id],
            tuple(phases.get(milestone.id, ())),
            tuple(members.get(milestone.id, ())),
        )
        for milestone in trace.milestones
    ]
    if "" in members or "" in phases:
        found.append(Scope(None, tuple(phases.get("", ())), tuple(members.get("", ()))))
    return tuple(found)


def sheets(rows: Sequence[_Row]) -> list[Sequence[_Row]]:
    """The rows cut into pages; at least one page, which may be empty."""
    if len(rows) <= LONGEST_LIST:
        return [rows]
    return [rows[start : start + LONGEST_LIST] for start in range(0, len(rows), LONGEST_LIST)]


def sheet_path(path: str, number: int) -> str:
    """The address of sheet `number` (from 1) of the list at `path`."""
    return path if number == 1 else f"{path}{number}/"
