"""The built-in questions: enough of them, each worth asking, each text in good language."""

import re

import pytest

from planner.interviewing import (
    Answer,
    Interview,
    Option,
    Question,
    built_in,
    draft,
    findings,
    from_idea,
    next_round,
)
from planner.model.problem import Severity

PROBES = built_in()
EVERY_DOMAIN = from_idea("It deals with " + ", ".join(
    word.rstrip("*") for domain in PROBES.domains for word in domain.words[:1]
))  # fmt: skip
OWN = {"date": "2027-03-31", "number": "77", "text": "archivist", "lines": "read a chart\nsell it"}
QUESTIONS = [pytest.param(each, id=each.id) for each in PROBES.questions]


def asked(question: Question) -> Interview:
    """An interview in which the question is asked."""
    # A domain is asked for where the brief does not mention it.
    whether = question.id.startswith("subject.")
    state = Interview(from_idea("A bench") if whether else EVERY_DOMAIN, owner="ada")
    for condition in question.when[:1]:
        name, _, option = condition.partition("=")
        state = state.answered(Answer(name, "option", option))
    return state


def answers_to(question: Question) -> list[Answer]:
    """An answer of each kind that it takes."""
    own = OWN.get(question.type, "as the elders say")
    return [
        *(Answer(question.id, "option", each.id) for each in question.options),
        Answer(question.id, "other", own),
        Answer(question.id, "out"),
        Answer(question.id, "unknown"),
    ]


def test_there_are_enough_questions_in_enough_domains() -> None:
    """At least 12 domains, 60 questions, of which none asks whether a domain is touched at all."""
    own = [each for each in PROBES.questions if not each.id.startswith("subject.")]
    assert len(PROBES.domains) >= 12
    assert len(own) >= 60
    assert {each.domain for each in own} == {each.id for each in PROBES.domains}
    assert len({each.id for each in PROBES.questions}) == len(PROBES.questions)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_says_what_a_card_needs(question: Question) -> None:
    """A reason, what it affects, readings that differ, one recommendation with its reason."""
    assert question.text.endswith((".", "?"))
    assert question.why.endswith(".")
    assert question.affects
    assert 1 <= question.impact <= 5
    assert 1 <= question.uncertainty <= 5
    readings = [each.text for each in question.options]
    assert len(set(readings)) == len(readings)
    assert len(readings) != 1, "one reading is no choice"
    assert sum(bool(each.because) for each in question.options) <= 1
    assert not question.must or question.assume or question.type == "lines"
    for condition in question.when:
        name, _, option = condition.partition("=")
        other = next(each for each in PROBES.questions if each.id == name)
        assert other.option(option) is not None


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_answer_makes_another_draft(question: Question) -> None:
    """Each reading, "something else" and "out of scope": no two of them write the same."""
    state = asked(question)
    kinds = [each for each in answers_to(question) if each.how != "unknown"]
    made = [draft(state)] + [draft(state.answered(each)) for each in kinds]
    for number, one in enumerate(made):
        assert one not in made[:number], kinds[number - 1]


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_an_answer_writes_passes_the_wording_rules(question: Question) -> None:
    """As approved requirements, where the rules are stricter than for drafts; hints too."""
    state = asked(question)
    for answer in answers_to(question):
        made = draft(state.answered(answer))
        told = [
            (key, each.rule, each.message)
            for key, each in findings(made)
            if key.startswith(question.id)
        ]
        assert not told


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_unknown_makes_an_assumption_that_somebody_answers_for(question: Question) -> None:
    """It names the phase before which it is looked at again."""
    made = draft(asked(question).answered(Answer(question.id, "unknown")))
    mine = [each for each in made.assumptions if each.source == question.id]
    assert len(mine) == 1
    assert mine[0].asked
    assert mine[0].owner == "ada"
    assert made.phase(mine[0].before) is not None


def test_no_text_keeps_a_name_to_be_filled_in() -> None:
    """`{value}` and the like are gone from a draft with all answers."""
    state = Interview(EVERY_DOMAIN)
    for question in PROBES.questions:
        if not question.id.startswith("subject."):
            answer = answers_to(question)[0]
            state = state.answered(answer)
    made = draft(state)
    assert len(made.phases) >= 12
    assert not re.search(r"[{}]", repr([made.part(key) for key in made.keys]).replace("{}", ""))
    assert not [each for _, each in findings(made) if each.severity is Severity.ERROR]


def test_what_a_person_writes_is_not_filled_in() -> None:
    """A text with braces stays as it is: it is data, and only our own texts have names in them."""
    state = Interview(EVERY_DOMAIN).answered(Answer("core.can", "other", "see {value} of {system}"))
    texts = [each.text for each in draft(state).requirements]
    assert "The system shall let a user see {value} of {system}." in texts


def test_a_question_whose_readings_write_nothing_is_not_asked() -> None:
    """Also one that comes from elsewhere."""
    idle = Question(
        id="x.idle",
        domain="x",
        topic="Colour",
        text="Blue or green?",
        why="It would be nice to know.",
        options=(Option("blue", "Blue"), Option("green", "Green")),
        impact=5,
        uncertainty=5,
        must=True,
    )
    state = Interview(from_idea("A bench"), extra=(idle,))
    assert idle not in next_round(state)
    told = Question(**{
        **{name: getattr(idle, name) for name in idle.__slots__},
        "options": (Option("blue", "Blue", constraint="Blue."), Option("green", "Green")),
    })  # fmt: skip
    assert told in next_round(Interview(from_idea("A bench"), extra=(told,)))
