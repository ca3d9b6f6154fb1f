"""Who belongs to whom and who needs whom: the relations of a plan, in both directions.

`build_trace` reads a plan tree once and keeps every relation as a dict, so that pages and checks
look things up and never search.  `update_trace` does the same for a plan that was edited.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from planner.model.fields import KIND_OF
from planner.model.items import (
    Dependency,
    Item,
    Milestone,
    Phase,
    PlanTree,
    Requirement,
)
from planner.trace.names import (
    Names,
    all_items,
    build_names,
    changed_items,
    names_after,
    same_tree,
)
from planner.trace.relations import (
    CriterionRef,
    LinkEnd,
    PhaseRelations,
    RequirementRelations,
    phase_key,
    phase_relations,
    requirement_relations,
    updated_relations,
)
from planner.trace.schedule import Schedule, schedule

__all__ = [
    "CriterionRef",
    "LinkEnd",
    "Trace",
    "build_trace",
    "phase_key",
    "stands_alike",
    "update_trace",
]

_Part = TypeVar("_Part", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class Trace:
    """A plan with all its relations.

    Dicts are keyed by the id of an item as its file spells it; `""` stands for "none" (phases of no
    milestone, requirements of no phase).  An id that has no relation of a sort is not in that dict.
    References that name nothing are left out here and reported by the checks.

    * `phases` are in order of number, `milestones` in order of their first phase (shipped ones
      without phases first, other ones without phases last), `requirements` in natural order of id;
      `place` is the index of a phase in `phases`.
    * A requirement that names several phases stands in each.
    * `depends` and `dependents` have each pair once (hard wins over soft) and no phase by itself.
    * `order` has each phase after those it needs (hard dependencies, those inside a cycle left
      out); `cycles` has one shortest cycle for each group of phases that need each other.
    * `critical_path` is the longest chain of hard dependencies among phases still to do.
    """

    tree: PlanTree
    names: Names
    items: dict[str, Item]
    milestone_by_id: dict[str, Milestone]
    phase_by_id: dict[str, Phase]
    requirement_by_id: dict[str, Requirement]
    milestones: tuple[Milestone, ...]
    phases: tuple[Phase, ...]
    requirements: tuple[Requirement, ...]
    place: dict[str, int]
    phases_of: dict[str, tuple[Phase, ...]]
    requirements_of: dict[str, tuple[Requirement, ...]]
    phases_of_requirement: dict[str, tuple[str, ...]]
    milestone_of_phase: dict[str, str]
    verified_by: dict[str, tuple[CriterionRef, ...]]
    links_out: dict[str, tuple[LinkEnd, ...]]
    links_in: dict[str, tuple[LinkEnd, ...]]
    depends: dict[str, tuple[Dependency, ...]]
    dependents: dict[str, tuple[Dependency, ...]]
    order: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]
    critical_path: tuple[str, ...]
    critical_path_of: dict[str, tuple[str, ...]]

    def resolve(self, ref: str, kind: str | None = None) -> str | None:
        """The id of the item that `ref` names (an id or an alias, in any case), or None.

        With `kind` only items of that kind are meant.
        """
        return self.names.resolve(ref, kind)

    def kind(self, item_id: str) -> str:
        """The kind of an item; `item_id` must be a key of `items`."""
        return KIND_OF[type(self.items[item_id])]

    def milestone_of(self, item_id: str) -> str:
        """The milestone of a phase or of a requirement (by its first phase); empty: none."""
        found = self.milestone_of_phase.get(item_id)
        if found is not None:
            return found
        phases = self.phases_of_requirement.get(item_id)
        return self.milestone_of_phase.get(phases[0], "") if phases else ""


def build_trace(tree: PlanTree) -> Trace:
    """All relations of a plan, in time linear in its items and references (and a sort)."""
    names = build_names(tree)
    phases = phase_relations(tree, names)
    requirements = requirement_relations(tree, names)
    return _joined(tree, names, phases, requirements, _scheduled(phases, requirements))


def update_trace(old: Trace, tree: PlanTree) -> Trace:
    """`build_trace(tree)`, made from the trace of a plan before.

    Quick where the two plans share most of their items, the very same values: only relations that
    a changed item may have a part in are made anew.
    """
    if same_tree(old.tree, tree):
        return old
    names = names_after(old.names, old.tree, tree)
    if names is not old.names:
        return build_trace(tree)
    changed = changed_items(old.tree.requirements, tree.requirements)
    requirements = _part(old, RequirementRelations)
    if changed:
        requirements = updated_relations(requirements, changed, names)
    same_phases = not changed_items(old.tree.phases, tree.phases)
    phases = _part(old, PhaseRelations)
    if not same_phases or changed_items(old.tree.milestones, tree.milestones):
        phases = phase_relations(tree, names)
    scheduled = _part(old, Schedule)
    # Of a requirement a schedule asks phase and status alone.
    if not same_phases or any(
        was.phases != now.phases or was.status != now.status for was, now in changed
    ):
        scheduled = _scheduled(phases, requirements)
    return _joined(tree, names, phases, requirements, scheduled)


def stands_alike(old: Trace, new: Trace) -> bool:
    """Whether `new` was made from `old` and no phase, status or coverage can differ."""
    # What a schedule is made from is what these are told from, but for the order of milestones.
    return new.critical_path_of is old.critical_path_of and new.milestones is old.milestones


def _part(trace: Trace, kind: type[_Part]) -> _Part:
    """The relations of one sort."""
    return kind._make(getattr(trace, name) for name in kind._fields)


def _scheduled(phases: PhaseRelations, requirements: RequirementRelations) -> Schedule:
    return schedule(
        phases.phases,
        phases.place,
        phases.depends,
        requirements.requirements_of,
        phases.phases_of,
    )


def _joined(
    tree: PlanTree,
    names: Names,
    phases: PhaseRelations,
    requirements: RequirementRelations,
    scheduled: Schedule,
) -> Trace:
    items: dict[str, Item] = {}
    for item in (*all_items(tree), tree.plan):
        items.setdefault(item.id, item)
    return Trace(
        tree=tree,
        names=names,
        items=items,
        **phases._asdict(),
        **requirements._asdict(),
        **scheduled._asdict(),
    )
