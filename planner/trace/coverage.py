"""What hangs loose: requirements without phase, criteria without requirement, and so on."""

from dataclasses import dataclass

from planner.trace.completion import OUT
from planner.trace.graph import CriterionRef, Trace


@dataclass(frozen=True, slots=True)
class Coverage:
    """The holes of a plan, in both directions, and the totals they belong to.

    Deferred and dropped items are counted nowhere.  A requirement whose phase is named but does not
    exist counts as without phase, a criterion that names no existing requirement as without
    requirement.  `requirements`, `phases`, `criteria` are totals.
    """

    requirements_without_phase: tuple[str, ...]
    requirements_without_criterion: tuple[str, ...]
    phases_without_requirements: tuple[str, ...]
    criteria_without_requirement: tuple[CriterionRef, ...]
    requirements: int
    phases: int
    criteria: int

    @property
    def requirements_with_phase(self) -> int:
        """How many requirements have a phase."""
        return self.requirements - len(self.requirements_without_phase)

    @property
    def requirements_with_criterion(self) -> int:
        """How many requirements are verified by a criterion."""
        return self.requirements - len(self.requirements_without_criterion)

    @property
    def phases_with_requirements(self) -> int:
        """How many phases deliver a requirement."""
        return self.phases - len(self.phases_without_requirements)

    @property
    def criteria_with_requirement(self) -> int:
        """How many criteria verify a requirement."""
        return self.criteria - len(self.criteria_without_requirement)

    @property
    def full(self) -> bool:
        """Whether there is no hole."""
        return not (
            self.requirements_without_phase
            or self.requirements_without_criterion
            or self.phases_without_requirements
            or self.criteria_without_requirement
        )


def coverage(trace: Trace) -> Coverage:
    """The holes of a plan; lists are in the order of `trace`."""
    linked = {
        (ref.phase_id, ref.criterion.id) for refs in trace.verified_by.values() for ref in refs
    }
    requirements = [each for each in trace.requirements if each.status not in OUT]
    phases = [phase for phase in trace.phases if phase.status not in OUT]
    criteria = [
        CriterionRef(phase.id, criterion) for phase in phases for criterion in phase.criteria
    ]
    return Coverage(
        requirements_without_phase=tuple(
            each.id for each in requirements if each.id not in trace.phases_of_requirement
        ),
        requirements_without_criterion=tuple(
            each.id for each in requirements if each.id not in trace.verified_by
        ),
        phases_without_requirements=tuple(
            phase.id
            for phase in phases
            if all(each.status in OUT for each in trace.requirements_of.get(phase.id, ()))
        ),
        criteria_without_requirement=tuple(
            ref for ref in criteria if (ref.phase_id, ref.criterion.id) not in linked
        ),
        requirements=len(requirements),
        phases=len(phases),
        criteria=len(criteria),
    )
