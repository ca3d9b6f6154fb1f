"""Which questions there are, and which come next.

Nothing is asked whose answers would all make the same draft.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from planner.interview.effects import NOTHING, effects_of
from planner.interview.plan_gaps import questions_about
from planner.interview.probes import GATE, built_in
from planner.interview.questions import Option, Probes, Question
from planner.interview.state import Answer, Interview
from planner.interview.triggers import opened, suggested

ROUND = 5
"""So many questions at once at most."""


@dataclass(frozen=True, slots=True)
class Card:
    """A question as it is asked now.

    `because` says what led to it; `recommended` is the id of a reading and `reason` why, or empty;
    `weight` ranks it; `before` is the key of the phase before which an assumption is revisited.
    """

    question: Question
    because: str
    recommended: str
    reason: str
    weight: int
    before: str


def active(state: Interview, probes: Probes | None = None) -> tuple[Question, ...]:
    """All questions that belong to the brief and the answers so far, answered ones too."""
    return tuple(question for question, _ in _active(state, probes or built_in()))


def _active(state: Interview, probes: Probes) -> Iterator[tuple[Question, str]]:
    if state.brief.plan is not None:
        for question in questions_about(state.brief.plan):
            yield question, "the plan leaves it open"
    if state.brief.text.strip():
        domains = opened(state, probes)
        for question in probes.questions:
            if question.id.startswith(f"{GATE}."):
                # One that the text mentions is not asked for, but may be left out all the same.
                if question.domain not in domains or question.id in state.answers:
                    yield question, "your text does not mention it"
            elif question.domain in domains and _holds(question, state, probes):
                yield question, domains[question.domain]
    seen = {each.id for each in probes.questions}
    for question in state.extra:
        if question.id not in seen and _holds(question, state, probes):
            yield question, ""


def _holds(question: Question, state: Interview, probes: Probes) -> bool:
    """Whether one of the answers that it asks for was given, or is assumed."""
    if not question.when:
        return True
    return any(_given(each, state, probes) for each in question.when)


def _given(condition: str, state: Interview, probes: Probes) -> bool:
    name, _, wanted = condition.partition("=")
    answer = state.answers.get(name)
    if answer is not None and answer.how == "option":
        return answer.value == wanted
    if answer is not None and answer.how != "unknown":
        return False
    asked = next((each for each in probes.questions if each.id == name), None)
    counts = asked is not None and (answer is not None or asked.must)
    return counts and asked is not None and asked.assume == wanted


def known_questions(state: Interview, probes: Probes | None = None) -> dict[str, Question]:
    """Every question that could be answered, asked now or not, by id."""
    used = probes or built_in()
    plan = state.brief.plan
    about = questions_about(plan) if plan is not None else ()
    return {each.id: each for each in (*state.extra, *about, *used.questions)}


def open_cards(state: Interview, probes: Probes | None = None) -> tuple[Card, ...]:
    """All cards that are open, the weightiest first; of equal ones in the order of the data."""
    used = probes or built_in()
    cards = [
        _card(question, because, state, used)
        for question, because in _active(state, used)
        if question.id not in state.answers and changes_something(question)
    ]
    cards.sort(key=lambda card: (not card.question.must, -card.weight))
    return tuple(cards)


def next_cards(
    state: Interview, passed: Collection[str] = (), probes: Probes | None = None
) -> tuple[Card, ...]:
    """The next round: at most five cards; those in `passed` stay open and are not asked again."""
    found = open_cards(state, probes)
    return tuple(each for each in found if each.question.id not in passed)[:ROUND]


def next_round(state: Interview, passed: Collection[str] = ()) -> tuple[Question, ...]:
    """The questions of the next round, see `next_cards`."""
    return tuple(each.question for each in next_cards(state, passed))


def changes_something(question: Question) -> bool:
    """Whether at least one answer writes something that another one does not."""
    if question.type != "choice":
        return True  # whatever is written goes into the draft
    if question.target is not None:
        return len(question.options) > 1
    made = {
        replace(effects_of(question, Answer(question.id, "option", each.id)), tag="", asked=False)
        for each in question.options
    }
    opens = any(each.opens or each.closes for each in question.options)
    return opens or len(made | {NOTHING}) > 1


def _card(question: Question, because: str, state: Interview, probes: Probes) -> Card:
    hinted = suggested(question, state.brief)
    option, reason = hinted_or_recommended(question, hinted)
    uncertainty = max(1, question.uncertainty - 2) if hinted else question.uncertainty
    domain = probes.domain(question.domain)
    return Card(
        question=question,
        because=because,
        recommended=option.id if option is not None else "",
        reason=reason,
        weight=question.impact * uncertainty,
        before=question.phase or (domain.phase if domain is not None else ""),
    )


def hinted_or_recommended(
    question: Question, hinted: tuple[Option, str] | None
) -> tuple[Option | None, str]:
    """The reading to recommend and why: what the text says goes before what is usual."""
    if hinted is not None:
        return hinted[0], f"your text says “{hinted[1]}”"
    option = next((each for each in question.options if each.because), None)
    return option, option.because if option is not None else ""
