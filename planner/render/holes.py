"""The four ways in which a part of a plan can hang loose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.render.view import SiteView
from planner.trace.coverage import Coverage
from planner.trace.graph import CriterionRef

Hole = str | CriterionRef
"""The id of an item, or a criterion."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One direction of coverage: its words, and how to mend a hole.

    `hole_words` is a heading of many holes, `hole_word` what one is called.
    """

    anchor: str
    words: str
    hole_words: str
    hole_word: str
    mend: str
    holes: Callable[[Coverage], Sequence[Hole]]
    total: Callable[[Coverage], int]


RELATIONS = (
    Relation(
        "requirements-without-phase",
        "Requirements delivered by a phase",
        "Requirements without phase",
        "requirement without phase",
        "Name the phase that delivers each, in the requirement's file: phase: <id>.",
        lambda found: found.requirements_without_phase,
        lambda found: found.requirements,
    ),
    Relation(
        "requirements-without-criterion",
        "Requirements verified by a criterion",
        "Requirements without criterion",
        "requirement without criterion",
        "Add each to a success criterion of its phase: verifies: <ID>.",
        lambda found: found.requirements_without_criterion,
        lambda found: found.requirements,
    ),
    Relation(
        "phases-without-requirements",
        "Phases that deliver requirements",
        "Phases without requirements",
        "phase without requirements",
        "Say what each phase delivers, or drop it.",
        lambda found: found.phases_without_requirements,
        lambda found: found.phases,
    ),
    Relation(
        "criteria-without-requirement",
        "Criteria that verify a requirement",
        "Criteria without requirement",
        "criterion without requirement",
        "Name what each criterion verifies: verifies: <ID>.",
        lambda found: found.criteria_without_requirement,
        lambda found: found.criteria,
    ),
)


def holes_by_scope(view: SiteView) -> dict[str, dict[str, list[Hole]]]:
    """Milestone id -> anchor of the relation -> holes.  "" is for no milestone."""
    found: dict[str, dict[str, list[Hole]]] = {}
    for relation in RELATIONS:
        for hole in relation.holes(view.coverage):
            owner = hole if isinstance(hole, str) else hole.phase_id
            scope = found.setdefault(view.cards[owner].top, {})
            scope.setdefault(relation.anchor, []).append(hole)
    return found
