"""How far an interview is: the gaps of its draft, counted."""

from dataclasses import dataclass

from planner.interview.asking import open_cards
from planner.interview.draft import Draft
from planner.interview.drafting import draft
from planner.interview.items import items_of
from planner.interview.state import Interview
from planner.model.items import PlanTree
from planner.model.problem import Problem, Severity
from planner.trace.wording import check_item, collect_terms


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is open.

    `must` are open questions that have to be answered (or answered with "I do not know"); `open`
    all open ones; the others are keys of parts.  `wording` are errors of the wording rules with the
    key of their part.
    """

    must: tuple[str, ...]
    open: tuple[str, ...]
    phases_without_criterion: tuple[str, ...]
    requirements_without_criterion: tuple[str, ...]
    criteria_without_requirement: tuple[str, ...]
    wording: tuple[tuple[str, Problem], ...]

    @property
    def count(self) -> int:
        """How many gaps stand in the way of a finished draft."""
        return (
            len(self.must)
            + len(self.phases_without_criterion)
            + len(self.requirements_without_criterion)
            + len(self.criteria_without_requirement)
            + len(self.wording)
        )

    @property
    def done(self) -> bool:
        """Whether nothing has to be asked any more; a person decides all the same."""
        return not self.count


def gaps(state: Interview) -> Gaps:
    """What the interview leaves open."""
    return gaps_of(state, draft(state))


def gaps_of(state: Interview, made: Draft) -> Gaps:
    """The same for a draft that a person kept a part of, or changed."""
    cards = open_cards(state)
    keys = {each.key for each in made.requirements}
    verified = {key for phase in made.phases for each in phase.criteria for key in each.verifies}
    return Gaps(
        must=tuple(each.question.id for each in cards if each.question.must),
        open=tuple(each.question.id for each in cards),
        phases_without_criterion=tuple(each.key for each in made.phases if not each.criteria),
        requirements_without_criterion=tuple(
            each.key for each in made.requirements if each.key not in verified
        ),
        criteria_without_requirement=tuple(
            each.key
            for phase in made.phases
            for each in phase.criteria
            if not keys.intersection(each.verifies)
        ),
        wording=tuple(
            (key, each) for key, each in findings(made) if each.severity is Severity.ERROR
        ),
    )


def findings(made: Draft) -> tuple[tuple[str, Problem], ...]:
    """What the wording rules say about the parts of a draft, each with the key of its part.

    Requirements are judged as approved ones, more strictly than as the drafts that they are.
    """
    items = items_of(made, status="approved")
    tree = PlanTree(
        items.plan,
        items.milestones,
        tuple(items.phases.values()),
        tuple(items.requirements.values()),
    )
    terms = collect_terms(tree)
    found = [
        (key, problem)
        for key, requirement in items.requirements.items()
        for problem in check_item(requirement, terms)
    ]
    criteria = {phase.key: phase.criteria for phase in made.phases}
    for key, phase in items.phases.items():
        for problem in check_item(phase, terms):
            name, colon, _ = problem.message.partition(": ")
            number = name[1:] if colon and name.startswith("c") else ""
            part = criteria[key][int(number) - 1].key if number.isdigit() else key
            found.append((part, problem))
    return tuple(found)
