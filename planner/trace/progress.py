"""Where everything stands: the state of each phase, and progress of phases, milestones, plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from planner.model.items import Phase, Requirement
from planner.trace.completion import (
    OUT,
    Progress,
    own_progress,
    phase_progress,
    requirements_progress,
)
from planner.trace.graph import Trace

__all__ = ["PhaseState", "Progress", "Standing", "Standings", "assess"]


class PhaseState(StrEnum):
    """The state of a phase, derived from its requirements, criteria and dependencies."""

    DONE = "done"
    IN_PROGRESS = "in-progress"
    READY = "ready"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one phase stands.

    `blocked_by` are the phases it needs (hard dependencies) that are not done, in order of number,
    whatever the state; dropped phases block nothing.
    """

    state: PhaseState
    progress: Progress
    blocked_by: tuple[str, ...]
    criteria_met: int
    criteria_total: int


@dataclass(frozen=True, slots=True)
class Standings:
    """Where the plan stands.

    `phase` and `milestone` are keyed by id (`milestone[""]`: phases of no milestone).  `ready` and
    `blocked` are phase ids in order of number.  `overall` counts like a milestone over the whole
    plan; `requirements`, `criteria` and `phases` count one kind of thing each, leaving out what is
    deferred or dropped.
    """

    phase: dict[str, Standing]
    milestone: dict[str, Progress]
    ready: tuple[str, ...]
    blocked: tuple[str, ...]
    overall: Progress
    requirements: Progress
    criteria: Progress
    phases: Progress


def assess(trace: Trace) -> Standings:
    """Derive the standing of every phase and milestone, and of the plan."""
    progress = {
        phase.id: phase_progress(phase, trace.requirements_of.get(phase.id, ()))
        for phase in trace.phases
    }
    closed = {
        phase.id
        for phase in trace.phases
        if phase.status == "dropped" or (phase.status != "deferred" and progress[phase.id].complete)
    }
    standing = {
        phase.id: _standing(trace, phase, progress[phase.id], closed) for phase in trace.phases
    }
    live = [phase for phase in trace.phases if phase.status not in OUT]
    return Standings(
        phase=standing,
        milestone={
            milestone_id: _together(trace, trace.phases_of.get(milestone_id, ()), ())
            for milestone_id in _milestone_ids(trace)
        },
        ready=_in_state(standing, PhaseState.READY),
        blocked=_in_state(standing, PhaseState.BLOCKED),
        overall=_together(trace, trace.phases, trace.requirements_of.get("", ())),
        requirements=requirements_progress(trace.tree.requirements),
        criteria=Progress(
            sum(standing[phase.id].criteria_met for phase in live),
            sum(standing[phase.id].criteria_total for phase in live),
        ),
        phases=Progress(
            sum(standing[phase.id].state is PhaseState.DONE for phase in live),
            len(live),
            sum(standing[phase.id].state is PhaseState.IN_PROGRESS for phase in live),
        ),
    )


def _standing(trace: Trace, phase: Phase, progress: Progress, closed: set[str]) -> Standing:
    blocked_by = tuple(
        sorted(
            (
                dependency.phase
                for dependency in trace.depends.get(phase.id, ())
                if not dependency.soft and dependency.phase not in closed
            ),
            key=trace.place.__getitem__,
        )
    )
    return Standing(
        state=_state(phase, progress, blocked=bool(blocked_by)),
        progress=progress,
        blocked_by=blocked_by,
        criteria_met=sum(criterion.status == "met" for criterion in phase.criteria),
        criteria_total=len(phase.criteria),
    )


def _state(phase: Phase, progress: Progress, *, blocked: bool) -> PhaseState:
    if phase.status in OUT:
        return PhaseState(phase.status)
    if progress.complete:
        return PhaseState.DONE
    if progress.done or progress.started or phase.status == "active":
        return PhaseState.IN_PROGRESS
    return PhaseState.BLOCKED if blocked else PhaseState.READY


def _milestone_ids(trace: Trace) -> Iterable[str]:
    ids = [milestone.id for milestone in trace.milestones]
    return [*ids, ""] if "" in trace.phases_of else ids


def _together(trace: Trace, phases: Iterable[Phase], loose: Iterable[Requirement]) -> Progress:
    """Progress over phases, each requirement once; `loose` are requirements of no phase."""
    requirements = {requirement.id: requirement for requirement in loose}
    own = Progress()
    for phase in phases:
        members = trace.requirements_of.get(phase.id, ())
        if phase.status in OUT:
            continue
        if all(member.status in OUT for member in members):
            own += own_progress(phase)
        else:
            requirements.update((member.id, member) for member in members)
    return own + requirements_progress(requirements.values())


def _in_state(standing: dict[str, Standing], state: PhaseState) -> tuple[str, ...]:
    return tuple(phase_id for phase_id, each in standing.items() if each.state is state)
