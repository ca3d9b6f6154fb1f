"""The engine: what is asked when, and that every answer in every order makes a sound draft."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import EditError
from planner.interview.capability import capability
from planner.interview.effects import effects_of
from planner.interview.items import items_of
from planner.interviewing import (
    ROUND,
    Answer,
    Brief,
    Draft,
    Interview,
    Proposal,
    active,
    built_in,
    checked,
    draft,
    everything,
    from_idea,
    from_readme,
    gaps,
    gaps_of,
    kept,
    looks_like_readme,
    mark_of,
    next_cards,
    next_round,
    open_cards,
)

CHOIR = from_idea("A website where the members of a choir sign in to book rehearsal rooms")
TOOL = from_idea("A command-line tool that converts CSV files, with an API of its own")
PROBES = built_in()
WORDS = sorted({word.rstrip("*") for each in PROBES.domains for word in each.words})


@st.composite
def interviews(draw: st.DrawFn) -> Interview:
    """A brief out of words that mean something, and answers to any of the questions."""
    words = draw(st.lists(st.sampled_from(WORDS), max_size=8))
    state = Interview(from_idea("A thing with " + " and ".join(words)), owner="ada")
    chosen = draw(st.lists(st.sampled_from(PROBES.questions), unique_by=lambda each: each.id))
    for question in chosen:
        how = draw(st.sampled_from(("option", "other", "out", "unknown")))
        value = ""
        if how == "option":
            if not question.options:
                continue
            value = draw(st.sampled_from(question.options)).id
        elif how == "other":
            value = {"date": "2027-03-31", "number": "12"}.get(question.type, "sing in tune")
        state = state.answered(checked(question, Answer(question.id, how, value)))
    return state


def assert_sound(made: Draft) -> None:
    """Nothing refers to what is not there, and what is delivered is verified, both ways."""
    phases = [each.key for each in made.phases]
    requirements = {each.key: each for each in made.requirements}
    assert len(set(made.keys)) == len(made.keys)
    ids = [*(each.id for each in made.phases), *(each.id for each in made.requirements)]
    assert len({each.casefold() for each in ids}) == len(ids)
    verified: set[str] = set()
    for place, phase in enumerate(made.phases):
        # What it needs comes before it, so there is no circle either.
        assert set(phase.depends_on) <= set(phases[:place])
        assert any(each.phase == phase.key for each in made.requirements)
        for criterion in phase.criteria:
            assert criterion.verifies
            assert all(requirements[key].phase == phase.key for key in criterion.verifies)
            verified.update(criterion.verifies)
    assert verified <= requirements.keys()
    assert {each.phase for each in made.requirements} <= set(phases)
    assert {each.before for each in made.assumptions} <= set(phases)


@settings(max_examples=60, deadline=None)
@given(interviews(), st.randoms(use_true_random=False))
def test_the_same_answers_make_the_same_sound_draft(state: Interview, chance: object) -> None:
    """In any order, given twice, and any part of them."""
    made = draft(state)
    assert_sound(made)
    found = gaps_of(state, made)
    assert not found.phases_without_criterion
    assert not found.requirements_without_criterion
    assert not found.criteria_without_requirement
    answers = list(state.answers.values())
    chance.shuffle(answers)  # type: ignore[attr-defined]
    again = Interview(state.brief, owner="ada").answered(*answers)
    assert draft(again) == made
    assert draft(again.answered(*answers)) == made


@settings(max_examples=60, deadline=None)
@given(interviews(), st.data())
def test_any_part_of_a_draft_can_be_kept(state: Interview, data: st.DataObject) -> None:
    """What lost its home goes along; what stays is sound, and keeping it again changes nothing."""
    made = draft(state)
    keys = data.draw(st.sets(st.sampled_from(made.keys)))
    part = kept(made, {key: {} for key in keys})
    assert set(part.keys) <= keys
    assert_sound(part)
    assert kept(part, everything(part)) == part
    assert kept(made, everything(made)) == made


@settings(max_examples=40, deadline=None)
@given(interviews())
def test_an_interview_ends(state: Interview) -> None:
    """Rounds of five at most, none asked twice, until all is answered or passed."""
    passed: set[str] = set()
    while found := next_round(state, passed):
        names = [each.id for each in found]
        assert len(names) <= ROUND
        assert not passed.intersection(names)
        assert not state.answers.keys() & set(names)
        passed.update(names)
    assert {each.question.id for each in open_cards(state)} == passed


def test_two_briefs_make_two_plans() -> None:
    """Other phases, other requirements, other questions."""
    choir, tool = draft(Interview(CHOIR)), draft(Interview(TOOL))
    assert {each.title for each in choir.phases} != {each.title for each in tool.phases}
    assert "Dates and bookings" in {each.title for each in choir.phases}
    assert "Commands" in {each.title for each in tool.phases}
    texts = {each.text for each in choir.requirements}, {each.text for each in tool.requirements}
    assert texts[0] - texts[1]
    assert texts[1] - texts[0]
    assert next_round(Interview(CHOIR)) != next_round(Interview(TOOL))


def test_the_weightiest_come_first_and_those_that_must_be_answered_before_all() -> None:
    """Impact by uncertainty, which a word of the brief lowers."""
    cards = open_cards(Interview(CHOIR))
    order = [(not each.question.must, -each.weight) for each in cards]
    assert order == sorted(order)
    hinted = from_idea("Members sign in with a password")
    of = {each.question.id: each for each in open_cards(Interview(hinted))}
    usual = {each.question.id: each for each in open_cards(Interview(CHOIR))}
    assert of["sign-in.how"].recommended == "password"
    assert of["sign-in.how"].reason == "your text says “password”"
    assert of["sign-in.how"].weight < usual["sign-in.how"].weight


def test_another_answer_replaces_what_the_older_one_wrote() -> None:
    """Nothing of it is left, and what its keys named is gone."""
    state = Interview(CHOIR)
    password = state.answered(Answer("sign-in.how", "option", "password"))
    link = password.answered(Answer("sign-in.how", "option", "link"))
    mine = [each for each in draft(link).requirements if each.source == "sign-in.how"]
    assert [each.title for each in mine] == ["Sign-in by link"]
    assert draft(link) == draft(state.answered(Answer("sign-in.how", "option", "link")))
    assert not {each.key for each in mine} & set(draft(password).keys)
    assert draft(link.reopened(["sign-in.how"])) == draft(state)


def test_a_line_that_stays_keeps_its_key() -> None:
    """So what a person said of that part still holds when another line comes."""
    one = Interview(CHOIR).answered(Answer("core.can", "other", "book a room"))
    two = Interview(CHOIR).answered(Answer("core.can", "other", "sing\nbook a room"))
    key = next(each.key for each in draft(one).requirements if each.title == "Book a room")
    assert draft(two).part(key).text == "The system shall let a user book a room."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Books a room", "book a room"),
        ("I can book a room", "book a room"),
        ("to carry it", "carry it"),
        ("carries it", "carry it"),
        ("searches", "search"),
        ("passes a ball", "pass a ball"),
        ("uses it", "use it"),
        ("discuss it", "discuss it"),
        ("focus", "focus"),
        ("SSH into it", "SSH into it"),
        ("see X", "see X"),
    ],
)
def test_what_one_can_do_begins_with_a_verb(said: str, meant: str) -> None:
    """However a person begins the line."""
    assert capability(said) == meant


def test_a_question_follows_from_the_answer_that_it_is_about() -> None:
    """Guessing is asked about where there are passwords, and what was answered there falls away."""
    state = Interview(CHOIR).answered(Answer("sign-in.guess", "option", "wait"))
    names = {each.id for each in active(state)}
    assert "sign-in.guess" in names, "a password is what is assumed"
    other = state.answered(Answer("sign-in.how", "option", "other"))
    assert "sign-in.guess" not in {each.id for each in active(other)}
    assert not [each for each in draft(other).requirements if each.source == "sign-in.guess"]


def test_a_domain_opens_and_closes_by_an_answer() -> None:
    """One that the brief does not mention is asked for; one that it mentions can be left out."""
    state = Interview(CHOIR)
    assert "subject.money" in {each.question.id for each in open_cards(state)}
    paid = state.answered(Answer("subject.money", "option", "yes"))
    assert "money.way" in {each.question.id for each in open_cards(paid)}
    assert "Payments" in {each.title for each in draft(paid).phases}
    shut = state.answered(Answer("subject.sign-in", "option", "no"))
    made = draft(shut)
    assert "Sign-in and roles" not in {each.title for each in made.phases}
    assert made.milestone is not None
    assert "Sign-in and roles: not in this release." in [
        each.text for each in made.milestone.out_of_scope
    ]


def test_an_interview_is_done_when_what_must_be_answered_is() -> None:
    """ "I do not know" is an answer; the rest may stay open."""
    state = Interview(CHOIR)
    assert gaps(state).must
    assert not gaps(state).done
    while must := [each for each in next_round(state) if each.must]:
        state = state.answered(*(Answer(each.id, "unknown") for each in must))
    found = gaps(state)
    assert found.done
    assert found.open


def test_words_that_are_no_requirement_are_a_gap() -> None:
    """The rules of `planner check` speak before anything is saved."""
    state = Interview(CHOIR).answered(Answer("core.can", "other", "book rooms etc."))
    found = gaps(state)
    assert any(key.startswith("core.can/") for key, _ in found.wording)
    assert not found.done


@pytest.mark.parametrize(
    ("question", "answer", "message"),
    [
        ("core.wait", Answer("core.wait", "other", "quick"), "is no number in ms"),
        ("core.target", Answer("core.target", "other", "next spring"), "is no day"),
        ("core.can", Answer("core.can", "other", "TBD"), "still to be said"),
        ("core.can", Answer("core.can", "other", "  "), "is empty"),
        ("sign-in.how", Answer("sign-in.how", "option", "../x"), "there is no reading"),
    ],
)
def test_an_answer_that_a_question_cannot_take_is_refused(
    question: str, answer: Answer, message: str
) -> None:
    """With words that say what would do."""
    asked = next(each for each in PROBES.questions if each.id == question)
    with pytest.raises(EditError, match=message) as caught:
        checked(asked, answer)
    assert caught.value.hint


def test_answers_are_brought_into_one_form() -> None:
    """The unit is taken off a number, blank lines out of a list."""
    by_id = {each.id: each for each in PROBES.questions}
    made = checked(by_id["core.wait"], Answer("core.wait", "other", "300 ms", "ada", "2027-01-01"))
    assert made == Answer("core.wait", "other", "300", "ada", "2027-01-01")
    lines = checked(by_id["core.can"], Answer("core.can", "other", "\n sing \n\n play\n"))
    assert lines.value == "sing\nplay"


def test_a_part_is_changed_in_its_own_fields_only() -> None:
    """What a person writes takes the place of our text; ids and keys are not theirs to change."""
    made = draft(Interview(CHOIR))
    key = made.requirements[0].key
    words = {**everything(made), key: {"text": " The system shall ring. "}}
    assert kept(made, words).part(key).text == "The system shall ring."  # type: ignore[union-attr]
    for name in ("id", "key", "phase", "source"):
        with pytest.raises(EditError, match="cannot be changed here"):
            kept(made, {**everything(made), key: {name: "x"}})


README = """\
# Nightjar  ![build](https://ci.example.org/badge.svg)

<!-- login password invoice -->
Nightjar keeps the <b>recordings</b> of [bird watchers](https://example.org/payment) in one place.
It runs on one machine.

```
nightjar login --password x
```
"""


def test_a_readme_gives_title_statement_and_prose() -> None:
    """Code, comments, badges and addresses suggest nothing."""
    assert looks_like_readme(README)
    assert not looks_like_readme("A bench for two")
    brief = from_readme(README)
    assert brief.title == "Nightjar"
    assert brief.statement.startswith("Nightjar keeps the recordings of bird watchers in one")
    for word in ("password", "invoice", "payment", "badge"):
        assert word not in brief.text
    made = draft(Interview(brief))
    assert made.title == "Nightjar"
    assert "Data in and out" in {each.title for each in made.phases}
    assert "Sign-in and roles" not in {each.title for each in made.phases}


def test_a_long_text_must_name_a_matter_twice() -> None:
    """A README mentions much in passing."""
    padding = "It is a plain thing made of wood and iron. " * 20
    once = Brief(f"{padding} There is an invoice.")
    twice = Brief(f"{padding} There is an invoice. Another invoice follows.")
    assert "money.way" not in domains_of(next_cards(Interview(once), ()), once)
    assert "money.way" in domains_of((), twice)


def domains_of(_: Iterable[object], brief: Brief) -> set[str]:
    """The ids of all questions that a brief leads to."""
    return {each.id for each in active(Interview(brief))}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            "our own app. Later {value} too",
            (
                "The system shall provide what was answered on “Who calls the interface”:"
                " our own app. Later {value} too."
            ),
        ),
        ("the gate shall open for partners.", "The gate shall open for partners."),
    ],
)
def test_own_words_in_the_place_of_readings_are_a_requirement_to_check(
    said: str, text: str
) -> None:
    """Readings of this question write requirements; so does what a person says instead."""
    made = draft(Interview(TOOL).answered(Answer("api.who", "other", said)))
    (own,) = [each for each in made.requirements if each.source == "api.who"]
    assert own.text == text
    assert own.own_words
    (shown,) = [
        each for phase in made.phases for each in phase.criteria if own.key in each.verifies
    ]
    assert said.rstrip(".") in shown.text
    assert made.milestone is not None
    assert not [each for each in made.milestone.constraints if each.source == "api.who"]
    assert items_of(made).requirements[own.key].tags == ("to-check",)


def test_own_words_in_the_place_of_limits_are_a_limit() -> None:
    """Where no reading writes a requirement, own words write none either."""
    question = next(
        each
        for each in PROBES.questions
        if each.type == "choice" and not each.adds and not any(one.adds for one in each.options)
        and any(one.constraint for one in each.options)
    )  # fmt: skip
    made = effects_of(question, Answer(question.id, "other", "as the elders say"))
    assert not made.additions
    assert made.constraint == f"{question.topic}: as the elders say."


def test_what_a_model_proposes_joins_the_draft_and_goes_with_its_answer() -> None:
    """Requirement, criterion and phase, with ids of ours; braces in them stay as they are."""
    said = Answer("core.can", "other", "book rooms")
    about = {"source": "core.can", "mark": mark_of(said)}
    proposed = (
        Proposal(kind="phase", key="phase:m.p1", title="Keys", text="One gets {a key}.", **about),
        Proposal(
            kind="requirement", key="m.1", title="Key", text="The system shall lend {keys}.",
            phase="phase:m.p1", **about,
        ),
        Proposal(
            kind="criterion", key="m.1/c", text="A key is lent.", phase="phase:m.p1",
            verifies=("m.1", "no/such"), **about,
        ),
        Proposal(kind="criterion", key="m.2", text="Nothing.", phase="phase:m.p1",
                 verifies=("gone",), **about),
        Proposal(kind="requirement", key="m.3", title="X", text="X.", phase="phase:none", **about),
    )  # fmt: skip
    state = Interview(CHOIR, proposed=proposed).answered(said)
    made = draft(state)
    phase = made.phase("phase:m.p1")
    assert phase is not None
    assert (phase.goal, phase.title) == ("One gets {a key}.", "Keys")
    (own,) = [each for each in made.requirements if each.phase == phase.key]
    assert own.text == "The system shall lend {keys}."
    assert own.id.rpartition("-")[2].isdigit()
    assert [(each.key, each.verifies) for each in phase.criteria] == [("m.1/c", ("m.1",))]
    assert not {"m.2", "m.3"} & set(made.keys)
    assert_sound(made)
    other = state.answered(Answer("core.can", "other", "sing"))
    assert not [each for each in draft(other).keys if each.startswith(("m.", "phase:m."))]
