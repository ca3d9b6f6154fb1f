"""The relations of a plan one by one: what belongs to what, what names what, in both directions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from planner.model.ids import number_key
from planner.model.items import Criterion, Dependency, Milestone, Phase, PlanTree, Requirement
from planner.trace.names import Names
from planner.trace.natural import natural_key

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


class PhaseRelations(NamedTuple):
    """What the milestones and phases of a plan say; the fields are those of `Trace`."""

    milestone_by_id: dict[str, Milestone]
    phase_by_id: dict[str, Phase]
    milestones: tuple[Milestone, ...]
    phases: tuple[Phase, ...]
    place: dict[str, int]
    phases_of: dict[str, tuple[Phase, ...]]
    milestone_of_phase: dict[str, str]
    verified_by: dict[str, tuple[CriterionRef, ...]]
    depends: dict[str, tuple[Dependency, ...]]
    dependents: dict[str, tuple[Dependency, ...]]


class RequirementRelations(NamedTuple):
    """What the requirements of a plan say; the fields are those of `Trace`."""

    requirement_by_id: dict[str, Requirement]
    requirements: tuple[Requirement, ...]
    phases_of_requirement: dict[str, tuple[str, ...]]
    requirements_of: dict[str, tuple[Requirement, ...]]
    links_out: dict[str, tuple[LinkEnd, ...]]
    links_in: dict[str, tuple[LinkEnd, ...]]


def phase_relations(tree: PlanTree, names: Names) -> PhaseRelations:
    """The relations that begin at milestones and phases."""
    phases = tuple(sorted(tree.phases, key=phase_key))
    milestone_of_phase = {
        phase.id: (names.resolve(phase.milestone, "milestone") or "") if phase.milestone else ""
        for phase in phases
    }
    phases_of = _group((milestone_of_phase[phase.id], phase) for phase in phases)
    depends = _dependencies(phases, names)
    return PhaseRelations(
        milestone_by_id={item.id: item for item in reversed(tree.milestones)},
        phase_by_id={item.id: item for item in reversed(phases)},
        milestones=_ordered_milestones(tree.milestones, phases_of),
        phases=phases,
        place={phase.id: index for index, phase in enumerate(phases)},
        phases_of=phases_of,
        milestone_of_phase=milestone_of_phase,
        verified_by=_verified_by(phases, names),
        depends=depends,
        dependents=_dependents(depends),
    )


def requirement_relations(tree: PlanTree, names: Names) -> RequirementRelations:
    """The relations that begin at requirements."""
    requirements = tuple(sorted(tree.requirements, key=lambda item: natural_key(item.id)))
    phases_of_requirement = _phases_of_requirements(requirements, names)
    links_out, links_in = _links(requirements, names)
    return RequirementRelations(
        requirement_by_id=_by_id(requirements),
        requirements=requirements,
        phases_of_requirement=phases_of_requirement,
        requirements_of=_requirements_of(requirements, phases_of_requirement),
        links_out=links_out,
        links_in=links_in,
    )


Changed = Sequence[tuple[Requirement, Requirement]]
"""Requirements that are another value now, under the same names: before and after."""


def updated_relations(
    old: RequirementRelations, changed: Changed, names: Names
) -> RequirementRelations:
    """What `requirement_relations` gives when `changed` is all that changed since `old`."""
    now_of = {id(was): now for was, now in changed}
    requirements = _exchanged(old.requirements, now_of)
    relations = old._replace(requirements=requirements, requirement_by_id=_by_id(requirements))
    if any(was.links != now.links for was, now in changed):
        links_out, links_in = _links(requirements, names)
        relations = relations._replace(links_out=links_out, links_in=links_in)
    if any(was.phases != now.phases for was, now in changed):
        phases_of_requirement = _phases_of_requirements(requirements, names)
        return relations._replace(
            phases_of_requirement=phases_of_requirement,
            requirements_of=_requirements_of(requirements, phases_of_requirement),
        )
    requirements_of = dict(old.requirements_of)
    for phase_id in {
        phase_id for was, _ in changed for phase_id in old.phases_of_requirement.get(was.id, ("",))
    }:
        requirements_of[phase_id] = _exchanged(requirements_of[phase_id], now_of)
    return relations._replace(requirements_of=requirements_of)


def _exchanged(
    requirements: tuple[Requirement, ...], now_of: Mapping[int, Requirement]
) -> tuple[Requirement, ...]:
    return tuple([now_of.get(id(each), each) for each in requirements])


def _by_id(requirements: Sequence[Requirement]) -> dict[str, Requirement]:
    return {item.id: item for item in reversed(requirements)}


def _requirements_of(
    requirements: Iterable[Requirement], phases_of_requirement: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[Requirement, ...]]:
    return _group(
        (phase_id, requirement)
        for requirement in requirements
        for phase_id in phases_of_requirement.get(requirement.id, ("",))
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
    written = names.tables.get("requirement", {})
    for requirement in requirements:
        if not requirement.links:
            continue
        source = requirement.id
        ends: dict[LinkEnd, None] = {}
        for link in requirement.links:
            to = link.to
            target = written.get(to) or resolve(to, "requirement") or resolve(to)
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
