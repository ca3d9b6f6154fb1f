"""Which items of a plan a list is to show.  Runs in the planner process."""

from dataclasses import dataclass

from planner.model.fields import kind_of
from planner.model.items import Item, Milestone, Phase, PlanTree, Requirement
from planner.trace.graph import phase_key
from planner.trace.names import Names, fold


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
