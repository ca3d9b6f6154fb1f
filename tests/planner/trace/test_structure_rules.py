"""What the rules about a whole plan find, beyond their examples."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.items import (
    Criterion,
    Dependency,
    Item,
    Link,
    Milestone,
    Phase,
    Plan,
    PlanTree,
    Requirement,
    Unreadable,
)
from planner.model.problem import Place, Problem, Severity
from planner.trace.dependency_rules import says_no_need
from planner.trace.graph import build_trace
from planner.trace.structure_rules import STRUCTURE_RULES, check_structure
from planner.trace.text_memo import TextMemo

CheckPlan = Callable[[str], tuple[Problem, ...]]
PLAN = Plan(id="plan", path="plan.yaml", title="Shop")


def phase(name: str, number: int, *needs: str | Dependency, **more: object) -> Phase:
    return Phase(
        id=name,
        path=f"phases/{name}.md",
        title=name.title(),
        number=str(number),
        depends_on=tuple(
            each if isinstance(each, Dependency) else Dependency(phase=each) for each in needs
        ),
        **more,  # type: ignore[arg-type]
    )


def requirement(name: str, of: str = "", **more: object) -> Requirement:
    path = f"requirements/{name}.md"
    return Requirement(id=name, path=path, phases=(of,) if of else (), **more)  # type: ignore[arg-type]


def found(rule: str, *items: Item, **more: object) -> list[Problem]:
    """What `rule` finds in a plan of these items."""
    tree = PlanTree(
        plan=PLAN,
        milestones=tuple(each for each in items if isinstance(each, Milestone)),
        phases=tuple(each for each in items if isinstance(each, Phase)),
        requirements=tuple(each for each in items if isinstance(each, Requirement)),
        **more,  # type: ignore[arg-type]
    )
    problems = check_structure(build_trace(tree))
    return [problem for problem in problems if problem.rule == rule]


def messages(rule: str, *items: Item) -> list[str]:
    return [problem.message for problem in found(rule, *items)]


# -- references ---------------------------------------------------------------------------------


def test_an_unresolved_reference_says_where_and_what_was_meant(check_plan: CheckPlan) -> None:
    """Path, line of the reference, kind that is missing, and the near id."""
    problems = check_plan(
        "== phases/login.md\n---\ntitle: Login\nnumber: '01'\ndepends_on:\n  - logon\n---\nGoal.\n"
        "\n## Success criteria\n\n1. It opens. {#c1}\n   - verifies: AUTH-1\n"
        "== requirements/AUTH-01.md\n---\nlinks:\n  - login\n  - nobody\nphase: Login\n---\nText.\n"
    )
    rows = [
        (each.path, each.line, each.message, each.hint)
        for each in problems
        if each.rule == "unresolved-reference"
    ]
    assert rows == [
        ("phases/login.md", 5, "no phase has the id 'logon'", "did you mean login?"),
        ("phases/login.md", 12, "no requirement has the id 'AUTH-1'", "did you mean AUTH-01?"),
        (
            "requirements/AUTH-01.md",
            4,
            "no item has the id 'nobody'",
            "correct the id, or add the item",
        ),
    ]


def test_a_reference_to_an_item_of_another_kind_says_so() -> None:
    """A milestone where a phase belongs is there, but cannot be meant."""
    (problem,) = found(
        "unresolved-reference", Milestone(id="v1", path="m"), requirement("R-1", "v1")
    )
    assert problem.message == "'v1' is a milestone, but a phase is to be named here"


def test_a_reference_to_an_unreadable_file_is_not_reported_again() -> None:
    """The file is reported itself; all that refer to it are right."""
    broken = Unreadable(id="login", kind="phase", path="phases/login.md", text="?")
    assert not found("unresolved-reference", requirement("R-1", "Login"), unreadable=(broken,))


def test_an_item_may_refer_to_a_dropped_one_only_to_replace_it() -> None:
    """Each sort of reference counts; a dropped item itself may refer to anything."""
    criterion = Criterion(id="c1", text="x", verifies=("R-1",), line=7)
    items = [
        Milestone(id="v1", path="milestones/v1.md", status="dropped"),
        phase("old", 1, status="dropped"),
        phase("new", 2, "old", milestone="v1", criteria=(criterion,)),
        requirement("R-1", "new", status="dropped"),
        requirement("R-2", "old", links=(Link(to="R-1"),)),
        requirement("R-3", "new", links=(Link(to="R-1", type="replaces"),)),
        requirement("R-4", "old", status="dropped", links=(Link(to="R-1"),)),
    ]
    assert messages("dropped-item-referenced", *items) == [
        "new refers to v1, which is dropped",
        "new refers to old, which is dropped",
        "a criterion of new refers to R-1, which is dropped",
        "R-2 refers to old, which is dropped",
        "R-2 refers to R-1, which is dropped",
    ]


def test_one_item_named_twice_is_found_under_any_spelling() -> None:
    """Case and alias do not hide it; two links of different types are two relations."""
    items = [
        phase("a", 1, aliases=("first",)),
        phase("b", 2, "a", "A", "first"),
        requirement("R-1", "b", links=(Link(to="a"), Link(to="a", type="refines"), Link(to="A"))),
    ]
    assert messages("repeated-reference", *items) == [
        "A is named twice",
        "first is named twice",
        "A is named twice",
    ]


def test_an_item_that_needs_itself_is_no_cycle_of_several() -> None:
    """It is found as what it is, for phases and requirements."""
    items = [phase("a", 1, "A"), requirement("R-1", "a", links=(Link(to="r-1"),))]
    assert messages("self-dependency", *items) == ["a depends on itself", "R-1 links to itself"]
    assert not found("dependency-cycle", *items)


def test_levels_are_compared_without_case() -> None:
    """The plan's own levels are named in the message."""
    criterion = Criterion(id="c1", text="x", level="deep", line=4)
    items = [phase("a", 1, verification="PROXY", criteria=(criterion,))]
    (problem,) = found("verification-level-unknown", *items)
    assert (
        problem.message == "'deep' is not a verification level of this plan (sanity, proxy, full)"
    )
    assert problem.line == 4


# -- names --------------------------------------------------------------------------------------


def test_one_id_in_two_kinds_or_two_spellings_is_a_duplicate() -> None:
    """Both places are named; the plan's own id does not count."""
    problems = found(
        "duplicate-id",
        Milestone(id="login", path="milestones/login.md"),
        phase("Login", 1),
        phase("plan", 2),
    )
    assert [(each.path, each.related) for each in problems] == [
        ("phases/Login.md", (Place("milestones/login.md"),))
    ]


def test_a_duplicate_of_an_unreadable_file_is_reported_at_the_readable_one() -> None:
    """An unreadable file has no item to report it at."""
    broken = Unreadable(id="LOGIN", kind="phase", path="phases/LOGIN.md", text="?")
    (problem,) = found("duplicate-id", phase("login", 1), unreadable=(broken,))
    assert problem.path == "phases/login.md"
    assert problem.related == (Place("phases/LOGIN.md"),)


def test_an_alias_belongs_to_one_item() -> None:
    """Not an id of another, not an alias of another; an item may repeat its own id."""
    items = [
        phase("a", 1, aliases=("old", "A")),
        phase("b", 2, aliases=("OLD",)),
        requirement("R-1", "a", aliases=("b",)),
    ]
    assert messages("alias-clash", *items) == [
        "the alias OLD is an alias of phases/a.md",
        "the alias b is the id of phases/b.md",
    ]


def test_numbers_are_compared_by_value() -> None:
    """02 and 2 are one number; 2.1, 2A and none are others; dropped phases do not count."""
    items = [
        phase("a", 1),
        Phase(id="b", path="phases/b.md", title="B", number="01"),
        Phase(id="c", path="phases/c.md", number="1.1"),
        Phase(id="d", path="phases/d.md", number="1A"),
        Phase(id="e", path="phases/e.md", number=""),
        Phase(id="f", path="phases/f.md", number=""),
        Phase(id="g", path="phases/g.md", number="1", status="dropped"),
    ]
    assert messages("duplicate-phase-number", *items) == ["the number 01 is also that of A"]


# -- dependencies -------------------------------------------------------------------------------


def test_a_cycle_is_named_in_full_with_every_place() -> None:
    """First to first, and a way back from each; the later-number rule says nothing on top."""
    items = [phase("a", 1, "c"), phase("b", 2, "a"), phase("c", 3, "b")]
    (problem,) = found("dependency-cycle", *items)
    assert problem.message == "the phases wait for each other: a → c → b → a"
    assert [place.path for place in problem.related] == ["phases/c.md", "phases/b.md"]
    assert not found("later-dependency", *items)


def test_requirements_that_need_each_other_are_a_cycle() -> None:
    """Only links of type depends-on count."""
    items = [
        requirement("R-1", links=(Link(to="R-2", type="depends-on"),)),
        requirement("R-2", links=(Link(to="R-1", type="depends-on"), Link(to="R-3"))),
        requirement("R-3", links=(Link(to="R-2"),)),
    ]
    assert messages("dependency-cycle", *items) == [
        "the requirements wait for each other: R-1 → R-2 → R-1"
    ]


def test_only_hard_dependencies_of_live_phases_must_be_earlier() -> None:
    """02.10 is later than 2.9; soft, deferred and unnumbered ones are free."""
    soft = Dependency(phase="z", soft=True)
    items = [
        Phase(id="a", path="p", number="2.9", depends_on=(Dependency(phase="z"),)),
        phase("b", 1, soft),
        phase("c", 1, "z", status="deferred"),
        Phase(id="d", path="p", depends_on=(Dependency(phase="z"),)),
        Phase(id="z", path="p", title="Zed", number="02.10"),
    ]
    assert messages("later-dependency", *items) == [
        "phase 2.9 needs phase 02.10, Zed, which comes later"
    ]


OTHER = Phase(id="api", title="API", number="03")


@pytest.mark.parametrize(
    "reason",
    [
        "independent — can begin immediately after phase 3 or in parallel",
        "can run in parallel",
        "Independent.",
        "parallel with phase 3",
        "may run in parallel with Phases 2-4",
        "could be done concurrently",
        "no real dependency, but logical after it",
        "no production-safety dep",
        "not strictly required",
        "independent of phase 03",
    ],
)
def test_words_that_deny_a_dependency_are_seen(reason: str) -> None:
    """The reason itself says that nothing has to wait."""
    assert says_no_need(reason, OTHER)


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "needs the tokens of phase 3",
        "cannot run in parallel",
        "must not be started concurrently",
        "tested against real concurrent requests",
        "an independent audit comes first",
        "can run in parallel with Phases 14-16",
        "independent of phase 4",
        "parallel uploads need the queue",
        "never independent of it",
    ],
)
def test_words_that_only_sound_like_it_are_not(reason: str) -> None:
    """Denials, adjectives of other things, and words about other phases."""
    assert says_no_need(reason, OTHER) == ""


def test_a_requirement_must_not_need_one_of_a_later_phase() -> None:
    """Both phases are named; links that only relate, and requirements without phase, are free."""
    needs = (Link(to="R-2", type="depends-on"), Link(to="R-3", type="depends-on"))
    items = [
        phase("a", 1),
        phase("b", 2),
        requirement("R-1", "a", links=needs),
        requirement("R-2", "b", links=(Link(to="R-1", type="depends-on"),)),
        requirement("R-3"),
        requirement("R-4", "a", links=(Link(to="R-2"),)),
    ]
    assert messages("requirement-depends-on-later-phase", *items) == [
        "R-1 of phase 1 depends on R-2 of phase 2, which comes later"
    ]


# -- coverage -----------------------------------------------------------------------------------


def test_drafts_without_a_phase_are_warned_of_and_deferred_ones_are_fine() -> None:
    """The severity goes by the status."""
    problems = found(
        "requirement-without-phase",
        phase("a", 1),
        requirement("R-1", status="approved"),
        requirement("R-2", status="draft"),
        requirement("R-3", status="deferred"),
        requirement("R-4", "nowhere"),
    )
    assert [(each.item, each.severity) for each in problems] == [
        ("R-1", Severity.ERROR),
        ("R-2", Severity.WARNING),
    ]


def test_a_plan_that_lacks_a_relation_altogether_is_told_once() -> None:
    """One finding stands for many where nothing of the sort is used."""
    requirements = [requirement(f"R-{n}", status="approved") for n in range(9)]
    (problem,) = found("requirement-without-phase", *requirements)
    assert (problem.path, problem.severity) == ("plan.yaml", Severity.HINT)
    phases = [phase(f"p{n}", n) for n in range(9)]
    for rule in ("phase-without-requirements", "phase-without-milestone", "phase-without-criteria"):
        (problem,) = found(rule, *phases)
        assert problem.path == "plan.yaml"
        assert "9" in problem.message


def test_finished_phases_need_no_requirements_or_criteria() -> None:
    """What is done, deferred or dropped cannot be mended any more."""
    phases = [phase(each, n, status=each) for n, each in enumerate(("done", "deferred", "dropped"))]
    assert not found("phase-without-requirements", *phases)
    assert not found("phase-without-criteria", *phases)


def test_a_phase_of_dropped_requirements_has_none() -> None:
    """The message says that there were some."""
    items = [phase("a", 1), requirement("R-1", "a", status="dropped")]
    assert messages("phase-without-requirements", *items) == [
        "A has only deferred or dropped requirements"
    ]


@pytest.mark.parametrize(("count", "is_found"), [(1, True), (2, False), (5, False), (6, True)])
def test_two_to_five_criteria_are_usual(count: int, is_found: bool) -> None:
    """The bounds of the rule."""
    criteria = tuple(Criterion(id=f"c{n}", text=f"word{n}") for n in range(count))
    assert bool(found("phase-criteria-count", phase("a", 1, criteria=criteria))) is is_found


def linked(*verifies: tuple[str, ...]) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(id=f"c{n}", text=f"word{n}", verifies=each, line=n)
        for n, each in enumerate(verifies)
    )


def test_where_criteria_name_requirements_each_must() -> None:
    """In a phase that has begun to, single holes are errors; drafts need no criterion yet."""
    items = [
        phase("a", 1, criteria=linked(("R-1",), ())),
        requirement("R-1", "a", status="approved"),
        requirement("R-2", "a", status="approved"),
        requirement("R-3", "a", status="draft"),
    ]
    (criterion,) = found("criterion-without-requirement", *items)
    assert (criterion.line, criterion.severity) == (1, Severity.ERROR)
    (lonely,) = found("requirement-without-criterion", *items)
    assert (lonely.item, lonely.severity) == ("R-2", Severity.ERROR)


def test_where_they_do_not_the_phase_or_the_plan_is_told_once() -> None:
    """A phase among others is a warning; a plan that never does gets one hint."""
    bare = [phase(f"p{n}", n, criteria=linked((), ())) for n in range(5)]
    members = [requirement(f"R-{n}", f"p{n}", status="approved") for n in range(5)]
    (hint,) = found("criterion-without-requirement", *bare, *members)
    assert (hint.path, hint.severity) == ("plan.yaml", Severity.HINT)
    begun = phase("q", 9, criteria=linked(("R-9",)))
    problems = found(
        "criterion-without-requirement", *bare, begun, *members, requirement("R-9", "q")
    )
    assert [each.severity for each in problems] == [Severity.WARNING] * 5
    assert not found("requirement-without-criterion", *bare, *members)


# -- status -------------------------------------------------------------------------------------


def test_a_done_phase_has_done_requirements() -> None:
    """The open ones are named; deferred and dropped ones are none of them."""
    items = [
        phase("a", 1, status="done"),
        *(
            requirement(f"R-{n}", "a", status=each)
            for n, each in enumerate(("done", "approved", "deferred", "dropped", "in-progress"))
        ),
    ]
    assert messages("status-contradiction", *items) == [
        "A is done, but not its requirements: R-1 and R-4"
    ]


def test_a_planned_phase_has_something_left_to_do() -> None:
    """Its own status is out of date."""
    items = [phase("a", 1, status="planned"), requirement("R-1", "a", status="done")]
    assert messages("status-contradiction", *items) == [
        "A is planned, but all its requirements are done"
    ]


def test_a_shipped_milestone_has_only_finished_phases() -> None:
    """Deferred and dropped phases do not hold it up; a day of shipping needs the status."""
    items = [
        Milestone(id="v1", path="m", status="shipped"),
        Milestone(id="v2", path="m", shipped="2030-01-01"),
        phase("a", 1, milestone="v1", status="active"),
        phase("b", 2, milestone="v1", status="done"),
        phase("c", 3, milestone="v1", status="dropped"),
        phase("d", 4, milestone="v1"),
        phase("e", 5, milestone="v1", status="done"),
        requirement("R-1", "e", status="approved"),
    ]
    assert messages("status-contradiction", *items) == [
        "v1 is shipped, but not done: A and D",
        "v2 shipped on 2030-01-01, but its status is planned",
        "E is done, but not its requirements: R-1",
    ]


def test_open_criteria_of_a_done_phase_count_where_met_ones_are_marked() -> None:
    """Marked in part is a contradiction; not at all is only a hint, once for a plan of such."""
    part = (Criterion(id="c1", text="x", status="met"), Criterion(id="c2", text="y"))
    none = (Criterion(id="c1", text="x"), Criterion(id="c2", text="y"))
    done = phase("a", 1, status="done", criteria=part)
    silent = phase("b", 2, status="done", criteria=none)
    other = phase("c", 3, status="done", criteria=none)
    assert messages("status-contradiction", done) == ["A is done, but not its criteria: c2"]
    assert [each.item for each in found("criteria-not-recorded", done, silent)] == ["b"]
    (once,) = found("criteria-not-recorded", silent, other)
    assert (once.path, once.severity) == ("plan.yaml", Severity.HINT)


def test_a_done_requirement_waits_for_no_criterion_of_its_own() -> None:
    """An open criterion counts when nothing else that it verifies is open."""
    shared = Criterion(id="c1", text="x", verifies=("R-1", "R-2"), line=5)
    own = Criterion(id="c2", text="y", verifies=("R-1",), line=6)
    items = [
        phase("a", 1, criteria=(shared, own)),
        requirement("R-1", "a", status="done", proof=("t",)),
        requirement("R-2", "a", status="approved"),
    ]
    (problem,) = found("done-but-unverified", *items)
    assert problem.message == "R-1 is done, but criterion c2 of A, which verifies it, is open"
    assert problem.related == (Place("phases/a.md", 6),)


def test_proof_of_a_criterion_proves_its_requirements() -> None:
    """A plan without any proof is told once."""
    criterion = Criterion(id="c1", text="x", verifies=("R-1",), status="met", proof=("t",))
    proved = [phase("a", 1, criteria=(criterion,)), requirement("R-1", "a", status="done")]
    assert not found("done-without-proof", *proved)
    more = [*proved, requirement("R-2", "a", status="done")]
    assert [each.item for each in found("done-without-proof", *more)] == ["R-2"]
    bare = [requirement(f"R-{n}", "a", status="done") for n in range(3)]
    (once,) = found("done-without-proof", phase("a", 1), *bare)
    assert (once.path, once.severity) == ("plan.yaml", Severity.HINT)


def test_days_go_forward_from_milestone_to_milestone() -> None:
    """A dropped milestone and one without phases are not compared."""
    items = [
        Milestone(id="v1", path="m", target="2030-05-01"),
        Milestone(id="v2", path="m", target="2030-01-01", status="dropped"),
        Milestone(id="v3", path="m", target="2030-06-01", shipped="2030-04-30"),
        Milestone(id="v4", path="m", target="2020-01-01"),
        *(phase(f"p{n}", n, milestone=f"v{n}") for n in (1, 2, 3)),
    ]
    assert messages("milestone-order", *items) == [
        "v3 (2030-04-30) comes before v1 (2030-05-01), but its phases come after"
    ]


def test_nothing_is_due_after_what_it_belongs_to() -> None:
    """A requirement is compared with its phase, or its milestone where the phase has no day."""
    items = [
        Milestone(id="v1", path="m", target="2030-05-01"),
        phase("a", 1, milestone="v1", target="2030-05-02"),
        phase("b", 2, milestone="v1"),
        requirement("R-1", "a", target="2030-05-03"),
        requirement("R-2", "b", target="2030-05-03"),
        requirement("R-3", "b", target="2030-05-01"),
    ]
    assert messages("target-after-milestone", *items) == [
        "A is due on 2030-05-02, after the day of v1 (2030-05-01)",
        "R-1 is due on 2030-05-03, after the day of A (2030-05-02)",
        "R-2 is due on 2030-05-03, after the day of v1 (2030-05-01)",
    ]


# -- texts --------------------------------------------------------------------------------------

LOCK = "The service shall lock an account after 5 wrong passwords within {} minutes."


def test_texts_that_differ_in_a_number_conflict_and_are_not_called_similar() -> None:
    """Both numbers are shown as they are written."""
    items = [
        requirement("R-1", text=LOCK.format(10)),
        requirement("R-2", text=LOCK.format(30)),
        requirement("R-3", text=LOCK.format(10)),
    ]
    assert messages("numeric-conflict", *items) == [
        "R-2 says the same as R-1 with another number: 10 minutes and 30 minutes"
    ]
    assert messages("duplicate-text", *items) == ["R-3 says the same as R-1"]
    assert not found("similar-text", *items)


def test_dropped_and_replaced_texts_may_be_the_same() -> None:
    """A link that says how two requirements differ tells them apart."""
    items = [
        requirement("R-1", text=LOCK.format(10)),
        requirement("R-2", text=LOCK.format(10), status="dropped"),
        requirement("R-3", text=LOCK.format(10), links=(Link(to="R-1", type="refines"),)),
    ]
    assert not found("duplicate-text", *items)


def test_criteria_are_compared_within_their_phase() -> None:
    """Every phase may say that its tests pass, but once."""
    same = "`just test` passes on a fresh clone of the repository"
    criteria = tuple(Criterion(id=f"c{n}", text=same, line=n) for n in (1, 2))
    items = [phase("a", 1, criteria=criteria), phase("b", 2, criteria=criteria[:1])]
    (problem,) = found("duplicate-text", *items)
    assert (problem.item, problem.line) == ("a", 2)
    assert problem.message == "criterion c2 says the same as criterion c1"


def test_a_memo_changes_nothing_but_the_time() -> None:
    """Checks with one memo find what checks without find, whatever was checked before."""
    memo = TextMemo()
    plans = [
        [requirement("R-1", text=LOCK.format(10)), requirement("R-2", text=LOCK.format(number))]
        for number in (10, 30, 10, 20)
    ]
    for items in plans:
        trace = build_trace(PlanTree(plan=PLAN, requirements=tuple(items)))
        assert list(check_structure(trace, memo)) == list(check_structure(trace))


# -- all rules ----------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "A", "b", "c", "R-1", "r-1", "R-01", "none", "", "×", "9" * 5000])
STATUS = st.sampled_from(["", "draft", "approved", "done", "dropped", "deferred", "active", "met"])
DAYS = st.sampled_from(["", "2030-01-01", "2029-12-31"])


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_no_plan_makes_a_check_fail(data: st.DataObject) -> None:
    """Whatever stands in the fields, checks end and every finding is complete."""
    draw = data.draw
    refs = st.lists(NAMES, max_size=3)
    phases = tuple(
        Phase(
            id=name,
            path=f"phases/{name}.md",
            number=draw(st.sampled_from(["", "1", "01", "2.1", "F.1"])),
            status=draw(STATUS),
            milestone=draw(NAMES),
            target=draw(DAYS),
            verification=draw(NAMES),
            depends_on=tuple(
                Dependency(phase=ref, soft=draw(st.booleans()), reason=draw(NAMES))
                for ref in draw(refs)
            ),
            criteria=tuple(
                Criterion(id=draw(NAMES), text=draw(NAMES), verifies=tuple(draw(refs)))
                for _ in range(draw(st.integers(0, 3)))
            ),
        )
        for name in draw(st.lists(NAMES.filter(bool), max_size=4))
    )
    requirements = tuple(
        Requirement(
            id=name,
            path=f"requirements/{name}.md",
            phases=tuple(draw(refs)),
            status=draw(STATUS),
            target=draw(DAYS),
            text=draw(NAMES),
            aliases=tuple(draw(refs)),
            links=tuple(Link(to=ref, type="depends-on") for ref in draw(refs)),
        )
        for name in draw(st.lists(NAMES.filter(bool), max_size=4))
    )
    milestones = tuple(
        Milestone(id=name, path="m", status=draw(STATUS), target=draw(DAYS), shipped=draw(DAYS))
        for name in draw(st.lists(NAMES.filter(bool), max_size=2))
    )
    tree = PlanTree(PLAN, milestones, phases, requirements)
    for problem in check_structure(build_trace(tree)):
        assert problem.rule in STRUCTURE_RULES
        assert problem.message
        assert problem.hint
        assert problem.path
