"""The wording check of whole items: which texts, which lines, which terms; never raises."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.items import (
    Criterion,
    Milestone,
    Phase,
    Plan,
    PlanTree,
    Requirement,
    Research,
)
from planner.trace.wording import WordingTerms, check_item, collect_terms
from planner.trace.wording_rules import WORDING_RULES

NO_TERMS = WordingTerms()
BAD = "The server should be fast, robust, etc. TBD"


def requirement(text: str, **fields: object) -> Requirement:
    return Requirement(id="AUTH-01", path="requirements/AUTH-01.md", text=text, **fields)  # type: ignore[arg-type]


def test_finding_carries_path_item_and_line():
    """The line is that of the word in the file: the first line of the text plus those above it."""
    item = requirement("When a key is wrong,\nthe server shall\nanswer quickly.", lines={"text": 7})
    (problem,) = check_item(item, NO_TERMS)
    assert (problem.path, problem.line, problem.item) == ("requirements/AUTH-01.md", 9, "AUTH-01")


def test_line_is_unknown_when_the_item_has_none():
    """Without the place of the text, the finding is about the file."""
    (problem,) = check_item(requirement("One line.\nThe server shall be fast."), NO_TERMS)[:1]
    assert problem.line == 0


def test_each_criterion_has_its_own_line_and_is_named():
    """Findings on criteria stand at the criterion and name it."""
    phase = Phase(
        id="login",
        path="phases/login.md",
        goal="People can log in.",
        criteria=(
            Criterion(id="c1", text="The page shows a name.", line=20),
            Criterion(id="c7", text="The login is fast\nand never etc.", line=22),
        ),
    )
    found = {problem.rule: problem for problem in check_item(phase, NO_TERMS)}
    assert set(found) == {"vague-term", "open-ended", "absolute"}
    assert found["vague-term"].line == 22
    assert found["absolute"].line == 23
    assert all(problem.message.startswith("c7: ") for problem in found.values())


def test_rationale_and_notes_are_free():
    """Only the requirement itself is held to the rules."""
    item = requirement("The server shall log each request.", rationale=BAD, notes=BAD)
    assert check_item(item, NO_TERMS) == ()


@pytest.mark.parametrize(
    "item",
    [
        requirement(BAD, status="dropped"),
        Phase(id="login", goal=BAD, status="dropped", criteria=(Criterion(id="c1", text=BAD),)),
        Research(id="a/b", text=BAD),
        requirement(""),
        Phase(id="login"),
        Plan(id="plan"),
    ],
)
def test_dropped_items_research_and_empty_texts_have_no_findings(item):
    """Nobody will build what is dropped; research is free text."""
    assert check_item(item, NO_TERMS) == ()


def test_milestone_and_plan_are_checked_for_placeholders_alone():
    """Each of their texts is looked at, at its own line."""
    milestone = Milestone(
        id="v1", overview=BAD, constraints="TODO", out_of_scope="TBD", lines={"constraints": 30}
    )
    found = check_item(milestone, NO_TERMS)
    assert [problem.rule for problem in found] == ["placeholder"] * 3
    assert 30 in {problem.line for problem in found}
    assert [p.rule for p in check_item(Plan(id="plan", statement=BAD), NO_TERMS)] == ["placeholder"]


@pytest.mark.parametrize(
    "text",
    [
        "服务器 should be fast, robust 等等，处理所有请求并记录日志 (never etc)",
        "Der Server soll das never fast und robust mit allen Daten etc. machen",
    ],
)
def test_lists_of_english_words_are_silent_on_other_languages(text):
    """An English word inside a text of another language proves nothing."""
    assert check_item(requirement(text), NO_TERMS) == ()


@pytest.mark.parametrize(
    "text", ["登录方式 TBD", "登录方式待定", "Der Server muss das TODO machen"]
)
def test_placeholders_are_found_in_any_language(text):
    """What is undecided is undecided in each language."""
    assert [problem.rule for problem in check_item(requirement(text), NO_TERMS)] == ["placeholder"]


def test_glossary_of_the_plan_explains_acronyms():
    """An acronym in the glossary, with or without its meaning, is known."""
    item = requirement("The server shall send QZZ, ZQX and KJW.")
    plan = Plan(id="plan", glossary=("QZZ", "ZQX: zone queue exchange", "KJW (kept just wide)"))
    terms = collect_terms(PlanTree(plan=plan))
    assert {"QZZ", "ZQX", "KJW"} <= terms.glossary
    assert check_item(item, terms) == ()
    assert [p.rule for p in check_item(item, NO_TERMS)] == ["undefined-acronym"]


def test_terms_explained_elsewhere_and_id_prefixes_are_known():
    """What statement, milestones and goals write out need not be repeated; ids are no acronyms."""
    tree = PlanTree(
        plan=Plan(id="plan", statement="It uses zebra queue exchange (ZQX)."),
        milestones=(Milestone(id="v1", overview="With quick zones (QZ)."),),
        phases=(Phase(id="a", goal="Each keyed job writer (KJW) runs. No meaning (XYV)."),),
        requirements=(requirement("x"), replace(requirement("x"), id="A11Y-V2-01")),
    )
    assert collect_terms(tree).glossary == {"ZQX", "QZ", "KJW", "AUTH", "A11Y", "V2"}


def test_digest_tells_terms_apart():
    """The digest is the same for the same terms in any order, and differs with them."""
    digest = WordingTerms(frozenset({"A", "B"})).digest
    assert digest == WordingTerms(frozenset(["B", "A"])).digest
    assert digest != WordingTerms(frozenset({"AB"})).digest
    assert digest != NO_TERMS.digest


PIECES = st.sampled_from(
    [word for rule in WORDING_RULES for word in (rule.good, rule.bad)]
    + [
        *"`\"'()[]*_;:,.?!/-–…\n \x1a\u2028’İ中é9",
        "``",
        "\n\n- ",
        "<!--",
        " TBD ",
        " 5-10 s ",
        "{#c1}",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=12).map("".join))


@given(TEXTS, st.sampled_from(["draft", "approved"]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_checked_and_lines_are_inside_it(text, status):
    """No text makes a check fail, and each finding points into the text; twice is the same."""
    last = 10 + text.count("\n")
    item = requirement(text, status=status, lines={"text": 10})
    phase = Phase(
        id="p", goal=text, criteria=(Criterion(id="c1", text=text, line=10),), lines={"goal": 10}
    )
    for one in (item, phase, Milestone(id="v1", overview=text, lines={"overview": 10})):
        found = check_item(one, NO_TERMS)
        assert found == check_item(one, NO_TERMS)
        assert all(10 <= problem.line <= last for problem in found)
        assert all(problem.message and problem.hint for problem in found)
        assert all("\n" not in problem.message + problem.hint for problem in found)
        assert all("\x1a" not in problem.message for problem in found)
        assert list(found) == sorted(found, key=lambda problem: (problem.line, problem.rule))


HOSTILE = [
    *("`", "`a``b", '"', "'a ", "[a](", "(", "(verified by (", "<!--", "http://a ", "```\n", "中"),
    *("shall ", "if a, then shall ", "x, shall ", "it ", "better ", "works ", "or and if ", "if "),
    *("x, and the page shows a; ", "AB (", "no TODO ", "within 5 ", "from 5 to 6 s ", "5ms 5 ms "),
    *("before ", "allows a to ", "the the ", "a/b ", ". A", "be slowly ", "\n", "a", " "),
]


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_hostile_text_of_100_000_characters_is_checked(unit):
    """Repeated openers and trigger words do not make a check quadratic: it would seem to hang."""
    text = "The server shall do so and the " + unit * (100_000 // len(unit))
    phase = Phase(id="p", goal=text, criteria=(Criterion(id="c1", text=text, line=3),))
    for item in (requirement(text, lines={"text": 3}), phase):
        for problem in check_item(item, NO_TERMS):
            assert len(problem.message) < 500
            assert len(problem.hint) < 500
