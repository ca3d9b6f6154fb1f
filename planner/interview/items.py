"""A draft as items of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.interview.draft import Draft, DraftMilestone, DraftPhase, DraftRequirement
from planner.model.items import Criterion, Dependency, Milestone, Phase, Plan, Requirement
from planner.trace.assumptions import Assumption, write_assumptions

TO_CHECK = "to-check"
"""The tag of a requirement whose text is an answer as it was given."""


@dataclass(frozen=True, slots=True)
class DraftItems:
    """The new items of a draft; phases and requirements by the key of their part."""

    plan: Plan
    milestones: tuple[Milestone, ...]
    phases: Mapping[str, Phase]
    requirements: Mapping[str, Requirement]


def items_of(made: Draft, status: str = "draft") -> DraftItems:
    """The items that a draft would make, its requirements with this status."""
    ids = {each.key: each.id for each in made.phases}
    numbers = {each.key: each.id for each in made.requirements}
    milestone = made.milestone
    return DraftItems(
        plan=Plan(id="plan", path="plan.yaml", title=made.title, statement=made.statement),
        milestones=(_milestone(milestone),) if milestone is not None else (),
        phases={
            each.key: _phase(each, made, ids, numbers, milestone.id if milestone else "")
            for each in made.phases
        },
        requirements={
            each.key: _requirement(each, ids.get(each.phase, ""), status)
            for each in made.requirements
        },
    )


def _milestone(part: DraftMilestone) -> Milestone:
    return Milestone(
        id=part.id,
        path=f"milestones/{part.id}.md",
        title=part.title,
        target=part.target,
        overview=part.overview,
        constraints="\n".join(f"- {each.text}" for each in part.constraints),
        out_of_scope="\n".join(f"- {each.text}" for each in part.out_of_scope),
    )


def _phase(
    part: DraftPhase,
    made: Draft,
    ids: Mapping[str, str],
    numbers: Mapping[str, str],
    milestone: str,
) -> Phase:
    return Phase(
        id=part.id,
        path=f"phases/{part.id}.md",
        title=part.title,
        number=part.number,
        milestone=milestone,
        depends_on=tuple(Dependency(ids[each]) for each in part.depends_on if each in ids),
        goal=part.goal,
        assumptions=write_assumptions(
            Assumption(each.text, owner=each.owner, question=each.source)
            for each in made.assumptions
            if each.before == part.key
        ),
        criteria=tuple(
            Criterion(
                id=f"c{number}",
                text=each.text,
                verifies=tuple(numbers[key] for key in each.verifies if key in numbers),
            )
            for number, each in enumerate(part.criteria, 1)
        ),
    )


def _requirement(part: DraftRequirement, phase: str, status: str) -> Requirement:
    return Requirement(
        id=part.id,
        path=f"requirements/{part.id}.md",
        title=part.title,
        phases=(phase,) if phase else (),
        type=part.type,
        status=status,
        priority=part.priority,
        text=part.text,
        rationale=part.rationale,
        tags=(TO_CHECK,) if part.own_words else (),
    )
