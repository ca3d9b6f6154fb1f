"""In which order phases can be done, and which chain of them takes longest."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planner.model.items import Dependency, Phase, Requirement
from planner.trace.completion import OUT, phase_progress
from planner.trace.order import acyclic, cycles, longest_chain, topological


class Schedule(NamedTuple):
    """Order, cycles and critical paths of the phases of a plan, as ids of phases."""

    order: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]
    critical_path: tuple[str, ...]
    critical_path_of: dict[str, tuple[str, ...]]


def schedule(
    phases: Sequence[Phase],
    number: dict[str, int],
    depends: dict[str, tuple[Dependency, ...]],
    requirements_of: dict[str, tuple[Requirement, ...]],
    phases_of: dict[str, tuple[Phase, ...]],
) -> Schedule:
    """Order, cycles and critical paths.

    `phases` come in order of number and `number` is the index of each in it; `depends` is resolved
    and without a phase's dependency on itself.
    """
    ids = [phase.id for phase in phases]
    edges: list[list[int]] = [[] for _ in phases]
    for phase_id, dependencies in depends.items():
        edges[number[phase_id]] = [number[each.phase] for each in dependencies if not each.soft]
    certain = acyclic(edges)
    order = topological(certain)
    to_do = {
        number[phase.id]
        for phase in phases
        if phase.status not in OUT
        and not phase_progress(phase, requirements_of.get(phase.id, ())).complete
    }

    def chain(members: Iterable[int]) -> tuple[str, ...]:
        return tuple(ids[index] for index in longest_chain(certain, members))

    position = {index: turn for turn, index in enumerate(order)}
    return Schedule(
        order=tuple(dict.fromkeys(ids[index] for index in order)),
        cycles=tuple(tuple(ids[index] for index in cycle) for cycle in cycles(edges)),
        critical_path=chain(index for index in order if index in to_do),
        critical_path_of={
            milestone_id: chain(
                sorted(to_do & {number[phase.id] for phase in members}, key=position.__getitem__)
            )
            for milestone_id, members in phases_of.items()
        },
    )
