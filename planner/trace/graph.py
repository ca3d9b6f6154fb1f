"""Who belongs to whom and who needs whom: the relations of a plan, in both directions.

`build_trace` reads a plan tree once and keeps every relation as a dict, so that pages and checks
look things up and never search.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from planner.model.fields import KIND_OF
from planner.model.ids import number_key
from planner.model.items import (
    Criterion,
    Dependency,
    Item,
    Milestone,
    Phase,
    PlanTree,
    Requirement,
)
from planner.trace.names import Names, all_items, build_names
from planner.trace.natural import natural_key
from planner.trace.schedule import schedule

_Value = TypeVar("_Value")


# The two ends of relations are named tuples: a large plan has tens of thousands of them, made anew
# for each rebuild, and a frozen dataclass takes four times as long to make and to hash.
class CriterionRef(NamedTuple):
    """A criterion and the phase that it belongs to."""

    phase_id: str
    criterion: Criterion


class LinkEnd(NamedTuple):
    """The other end of a link between items; `type` is one of `LINK_TYPES`."""

    id: str
    type: str


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
    phases = tuple(sorted(tree.phases, key=phase_key))
    requirements = tuple(sorted(tree.requirements, key=lambda item: natural_key(item.id)))
    place = {phase.id: index for index, phase in enumerate(phases)}
    milestone_of_phase = {
        phase.id: (names.resolve(phase.milestone, "milestone") or "") if phase.milestone else ""
        for phase in phases
    }
    phases_of = _group((milestone_of_phase[phase.id], phase) for phase in phases)
    phases_of_requirement = _phases_of_requirements(requirements, names)
    requirements_of = _group(
        (phase_id, requirement)
        for requirement in requirements
        for phase_id in phases_of_requirement.get(requirement.id, ("",))
    )
    links_out, links_in = _links(requirements, names)
    depends = _dependencies(phases, names)
    scheduled = schedule(phases, place, depends, requirements_of, phases_of)
    items: dict[str, Item] = {}
    for item in (*all_items(tree), tree.plan):
        items.setdefault(item.id, item)
    return Trace(
        tree=tree,
        names=names,
        items=items,
        milestone_by_id={item.id: item for item in reversed(tree.milestones)},
        phase_by_id={item.id: item for item in reversed(phases)},
        requirement_by_id={item.id: item for item in reversed(requirements)},
        milestones=_ordered_milestones(tree.milestones, phases_of),
        phases=phases,
        requirements=requirements,
        place=place,
        phases_of=phases_of,
        requirements_of=requirements_of,
        phases_of_requirement=phases_of_requirement,
        milestone_of_phase=milestone_of_phase,
        verified_by=_verified_by(phases, names),
        links_out=links_out,
        links_in=links_in,
        depends=depends,
        dependents=_dependents(depends),
        order=scheduled.order,
        cycles=scheduled.cycles,
        critical_path=scheduled.critical_path,
        critical_path_of=scheduled.critical_path_of,
    )


def phase_key(phase: Phase) -> tuple[object, ...]:
    """The sort key of phases: numbered ones by number, then the others; ties by id."""
    return (not phase.number, number_key(phase.number), natural_key(phase.id))


def _group(pairs: Iterable[tuple[str, _Value]]) -> dict[str, tuple[_Value, ...]]:
    groups: dict[str, list[_Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _phases_of_requirements(
    requirements: Iterable[Requirement], names: Names
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for requirement in requirements:
        phases = _resolved(requirement.phases, "phase", names)
        if phases:
            found[requirement.id] = phases
    return found


def _ordered_milestones(
    milestones: Iterable[Milestone], phases_of: dict[str, tuple[Phase, ...]]
) -> tuple[Milestone, ...]:
    def key(milestone: Milestone) -> tuple[object, ...]:
        phases = phases_of.get(milestone.id)
        name = natural_key(milestone.id)
        if phases:
            return (1, phase_key(phases[0])[:2], name)
        group = 0 if milestone.status == "shipped" else 2
        day = milestone.shipped or milestone.target or milestone.created
        return (group, not day, day, name)

    return tuple(sorted(milestones, key=key))


def _verified_by(phases: Iterable[Phase], names: Names) -> dict[str, tuple[CriterionRef, ...]]:
    return _group(
        (requirement_id, CriterionRef(phase.id, criterion))
        for phase in phases
        for criterion in phase.criteria
        for requirement_id in _resolved(criterion.verifies, "requirement", names)
    )


def _resolved(refs: Sequence[str], kind: str, names: Names) -> tuple[str, ...]:
    """The ids that `refs` name, each once, in the order of `refs`."""
    if len(refs) == 1:
        only = names.resolve(refs[0], kind)
        return () if only is None else (only,)
    found = dict.fromkeys(names.resolve(ref, kind) for ref in refs)
    return tuple(item_id for item_id in found if item_id is not None)


def _links(
    requirements: Iterable[Requirement], names: Names
) -> tuple[dict[str, tuple[LinkEnd, ...]], dict[str, tuple[LinkEnd, ...]]]:
    """Links by source and by target; a requirement is meant before another item of that name."""
    out: dict[str, tuple[LinkEnd, ...]] = {}
    into: dict[str, list[LinkEnd]] = {}
    resolve = names.resolve
    for requirement in requirements:
        if not requirement.links:
            continue
        source = requirement.id
        ends: dict[LinkEnd, None] = {}
        for link in requirement.links:
            target = resolve(link.to, "requirement") or resolve(link.to)
            if target is not None and target != source:
                ends[LinkEnd(target, link.type)] = None
        for target, link_type in ends:
            into.setdefault(target, []).append(LinkEnd(source, link_type))
        if ends:
            out[source] = tuple(ends)
    return out, {target: tuple(ends) for target, ends in into.items()}


def _dependencies(phases: Iterable[Phase], names: Names) -> dict[str, tuple[Dependency, ...]]:
    found: dict[str, tuple[Dependency, ...]] = {}
    for phase in phases:
        kept: dict[str, Dependency] = {}
        for dependency in phase.depends_on:
            target = names.resolve(dependency.phase, "phase")
            if target is None or target == phase.id:
                continue
            before = kept.get(target)
            if before is None or (before.soft and not dependency.soft):
                same = target == dependency.phase
                kept[target] = dependency if same else replace(dependency, phase=target)
        if kept:
            found[phase.id] = tuple(kept.values())
    return found


def _dependents(depends: dict[str, tuple[Dependency, ...]]) -> dict[str, tuple[Dependency, ...]]:
    return _group(
        (dependency.phase, replace(dependency, phase=phase_id))
        for phase_id, dependencies in depends.items()
        for dependency in dependencies
    )
