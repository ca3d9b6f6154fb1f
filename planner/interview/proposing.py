"""Which of the proposed parts belong to the draft, given the answers of now."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from planner.interview.draft import PHASE, DraftChange
from planner.interview.effects import mark_of
from planner.interview.proposal import IN_PLAN, Proposal
from planner.interview.questions import PhaseSeed
from planner.interview.state import Interview
from planner.model.items import PlanTree

_BEHIND_ALL = 10_000


def standing(state: Interview) -> tuple[Proposal, ...]:
    """The proposals whose answer is still the one that they rest on."""
    return tuple(each for each in state.proposed if not each.source or _holds(state, each))


def _holds(state: Interview, each: Proposal) -> bool:
    answer = state.answers.get(each.source)
    return answer is not None and mark_of(answer) == each.mark


def seeds_of(proposed: Iterable[Proposal]) -> Iterator[PhaseSeed]:
    """The proposed phases as those that a draft has once something is delivered in them."""
    for number, each in enumerate(proposed):
        if each.kind == "phase":
            after = tuple(one.removeprefix(PHASE) for one in each.after)
            key = each.key.removeprefix(PHASE)
            yield PhaseSeed(key, each.title, each.text, _BEHIND_ALL + number, after)


def changes_in_plan(plan: PlanTree, proposed: Iterable[Proposal]) -> Iterator[DraftChange]:
    """What is proposed for phases that the plan has; none where the phase is gone."""
    phases = {each.id for each in plan.phases}
    known = {each.id for each in plan.requirements}
    for each in proposed:
        phase = each.phase.removeprefix(IN_PLAN)
        if not each.phase.startswith(IN_PLAN) or phase not in phases:
            continue
        verifies = tuple(one for one in each.verifies if one in known)
        if each.kind == "criterion" and not verifies:
            continue
        made = DraftChange(each.key, "phase", phase, "criteria", "", each.text, each.source)
        if each.kind == "criterion":
            yield replace(made, criterion="+", verifies=verifies)
        else:
            yield replace(made, field="requirements", title=each.title, rationale=each.rationale)
