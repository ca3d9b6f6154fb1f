"""Which items and problems of a plan a list is to show.  Runs in the planner process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from planner.model.fields import kind_of
from planner.model.items import Item, Milestone, Phase, PlanTree, Requirement
from planner.model.problem import Problem
from planner.trace.graph import phase_key
from planner.trace.names import Names, fold

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is wanted: `limit` entries behind the first `offset`."""

    offset: int = 0
    limit: int = 50

    def of(self, found: Sequence[_Entry]) -> Sequence[_Entry]:
        """That part."""
        return found[self.offset : self.offset + self.limit]


@dataclass(frozen=True, slots=True)
class Found:
    """What the problems of a list have in common; an empty part asks for nothing.

    `item` is the id of the item that a problem is about, `path` its file; `waived` also lets those
    through that a waiver covers.
    """

    severity: str = ""
    rule: str = ""
    item: str = ""
    path: str = ""
    waived: bool = False

    def fits(self, problem: Problem) -> bool:
        """Whether a problem is wanted."""
        return (
            (not self.severity or problem.severity.value == self.severity)
            and (not self.rule or problem.rule == self.rule)
            and (not self.item or fold(problem.item) == fold(self.item))
            and (not self.path or problem.path == self.path)
            and (self.waived or not problem.waived)
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the items of a list have in common; an empty part asks for nothing.

    `phase` and `milestone` name items by id or alias, in any case; `words` have to stand in the
    id, the title or the text, ignoring case.
    """

    kind: str = ""
    phase: str = ""
    milestone: str = ""
    status: str = ""
    words: str = ""


def selected(tree: PlanTree, names: Names, wanted: Wanted) -> tuple[Item, ...]:
    """The items that are wanted, in the order of the plan.

    To a phase belong itself and its requirements; to a milestone itself, its phases and what
    belongs to these.
    """
    within = _within(tree, names, wanted)
    words = fold(wanted.words).split()

    def fits(item: Item) -> bool:
        return (
            (not wanted.kind or kind_of(item) == wanted.kind)
            and (not wanted.status or str(getattr(item, "status", "")) == wanted.status)
            and (within is None or _belongs(item, within, names))
            and (not words or _has_words(item, words))
        )

    return tuple(each for each in in_order(tree) if fits(each))


def in_order(tree: PlanTree) -> tuple[Item, ...]:
    """All items but the plan itself, the phases by number."""
    phases = sorted(tree.phases, key=phase_key)
    return (*tree.milestones, *phases, *tree.requirements, *tree.research)


def _within(tree: PlanTree, names: Names, wanted: Wanted) -> frozenset[str] | None:
    """The ids of the phases and milestones that count; None: all items do, in a phase or not."""
    if not wanted.phase and not wanted.milestone:
        return None
    phase = _resolved(names, wanted.phase, "phase")
    milestone = _resolved(names, wanted.milestone, "milestone")
    found = {
        each.id
        for each in tree.phases
        if (not phase or each.id == phase)
        and (not milestone or _resolved(names, each.milestone, "milestone") == milestone)
    }
    return frozenset(found if phase else {*found, milestone})


def _belongs(item: Item, within: frozenset[str], names: Names) -> bool:
    if isinstance(item, Requirement):
        return any(_resolved(names, each, "phase") in within for each in item.phases)
    return isinstance(item, Phase | Milestone) and item.id in within


def _resolved(names: Names, ref: str, kind: str) -> str:
    return names.resolve(ref, kind) or ref


def _has_words(item: Item, words: list[str]) -> bool:
    text = fold("\n".join((item.id, item.title, str(getattr(item, "text", "")), *item.aliases)))
    return all(word in text for word in words)
