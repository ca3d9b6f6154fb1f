"""Waivers of items, criteria and the plan."""

from collections.abc import Callable

import pytest

from planner.model.items import Criterion, Phase, Plan, PlanTree, Requirement, Section, Waiver
from planner.model.problem import Place, Problem, Severity
from planner.trace.checks import check
from planner.trace.graph import build_trace
from planner.trace.rules import RULES
from planner.trace.waivers import waive

CheckPlan = Callable[[str], tuple[Problem, ...]]

PHASE = """\
== plan.yaml
title: Shop
{plan}== phases/login.md
---
title: Login
number: "01"
{phase}---
People can log in.

## Success criteria

1. It works. {{#c1}}
{first}2. It is fast. {{#c2}}
   - level: deep

## Notes

Nothing.
"""


def plan(plan: str = "", phase: str = "", first: str = "") -> str:
    return PHASE.format(plan=plan, phase=phase, first=first)


def problem(rule: str, path: str, line: int = 0, related: tuple[Place, ...] = ()) -> Problem:
    return Problem(
        path=path, line=line, rule=rule, severity=Severity.ERROR, message="m", related=related
    )


def waived(problems: tuple[Problem, ...], rule: str) -> list[str]:
    return [each.waived for each in problems if each.rule == rule]


def test_a_waiver_of_an_item_covers_it_and_its_criteria(check_plan: CheckPlan) -> None:
    """The finding stays, with the reason, and counts as used."""
    problems = check_plan(plan(phase="waive:\n  verification-level-unknown: our word for it\n"))
    assert waived(problems, "verification-level-unknown") == ["our word for it"]
    assert not [each for each in problems if each.rule == "unused-waiver"]


def test_a_waiver_of_a_criterion_covers_that_criterion_alone(check_plan: CheckPlan) -> None:
    """The first criterion is not the second."""
    level = "   - level: deep\n"
    waiver = "   - waive: verification-level-unknown: our word\n"
    problems = check_plan(plan(first=level + waiver))
    assert waived(problems, "verification-level-unknown") == ["our word", ""]


def test_a_waiver_of_the_plan_covers_everything(check_plan: CheckPlan) -> None:
    """But the nearer waiver goes first, and then that of the plan may be left over."""
    plan_wide = "waive:\n  verification-level-unknown: not ours\n"
    problems = check_plan(plan(plan=plan_wide))
    assert waived(problems, "verification-level-unknown") == ["not ours"]
    near = plan(plan=plan_wide, phase="waive:\n  verification-level-unknown: our word\n")
    problems = check_plan(near)
    assert waived(problems, "verification-level-unknown") == ["our word"]
    (unused,) = [each for each in problems if each.rule == "unused-waiver"]
    assert (unused.path, unused.line) == ("plan.yaml", 3)


def test_a_waiver_that_waives_nothing_is_a_hint_at_its_line(check_plan: CheckPlan) -> None:
    """So is one for a rule that found something elsewhere."""
    problems = check_plan(plan(first="   - waive: verification-level-unknown: why not\n"))
    assert waived(problems, "verification-level-unknown") == [""]
    (unused,) = [each for each in problems if each.rule == "unused-waiver"]
    assert (unused.path, unused.line, unused.severity) == ("phases/login.md", 10, Severity.HINT)
    assert "verification-level-unknown" in unused.message


def test_a_waiver_of_no_rule_says_which_was_meant(check_plan: CheckPlan) -> None:
    """The nearest id by its words."""
    problems = check_plan(plan(phase="waive:\n  level-unknown: our word for it\n  xyz: why\n"))
    rows = [(each.line, each.hint) for each in problems if each.rule == "unknown-rule"]
    assert rows == [
        (5, "did you mean verification-level-unknown?"),
        (6, "`planner rules` lists the ids of all rules"),
    ]


def test_a_finding_of_several_items_is_covered_by_a_waiver_of_any() -> None:
    """The related places count as well, the place itself first."""
    waiver = Waiver(rule="duplicate-text", reason="same\n on purpose")
    tree = PlanTree(
        plan=Plan(id="plan", path="plan.yaml"),
        requirements=(Requirement(id="R-1", path="requirements/R-1.md", waive=(waiver,)),),
    )
    found = problem(
        "duplicate-text", "requirements/R-2.md", related=(Place("requirements/R-1.md"),)
    )
    (result,) = waive(tree, [found], RULES)
    assert result.waived == "same on purpose"


@pytest.mark.parametrize(
    ("line", "covered"), [(0, False), (9, False), (10, True), (12, True), (13, False), (20, False)]
)
def test_the_lines_of_a_criterion_end_at_the_next_one_or_the_next_section(
    line: int, covered: bool
) -> None:
    """A finding in another section is none of the criterion's."""
    waiver = Waiver(rule="bad-value", reason="so")
    phase = Phase(
        id="a",
        path="phases/a.md",
        criteria=(Criterion(id="c1", text="x", line=10, waive=(waiver,)),),
        sections=(Section("Success criteria", "", 8), Section("Notes", "", 13)),
    )
    tree = PlanTree(plan=Plan(id="plan", path="plan.yaml"), phases=(phase,))
    result = waive(tree, [problem("bad-value", "phases/a.md", line)], RULES)
    assert bool(result[0].waived) is covered
    assert ("unused-waiver" in {each.rule for each in result}) is not covered


def test_a_waiver_for_an_import_finding_may_wait() -> None:
    """Such findings are made elsewhere, so here it is never unused."""
    waiver = Waiver(rule="import-box-status", reason="known")
    tree = PlanTree(plan=Plan(id="plan", path="plan.yaml", waive=(waiver,)))
    assert waive(tree, [], RULES) == []


def test_problems_come_sorted_and_known_wording_is_taken_as_it_is() -> None:
    """Sorted by path, line and rule; wording that is given is not checked again."""
    tree = PlanTree(
        plan=Plan(id="plan", path="plan.yaml", title="Shop"),
        requirements=(
            Requirement(id="R-1", path="requirements/R-1.md", text="The shop shall be fast."),
        ),
    )
    trace = build_trace(tree)
    reading = [problem("bad-value", "requirements/R-1.md", 3), problem("bad-yaml", "a.md", 9)]
    wording = {"R-1": [problem("vague-term", "requirements/R-1.md", 1)]}
    found = check(trace, reading, wording=wording)
    keys = [(each.path, each.line, each.rule) for each in found]
    assert keys == sorted(keys)
    assert ("requirements/R-1.md", 1, "vague-term") in keys
    assert ("a.md", 9, "bad-yaml") in keys
    fresh = {each.rule for each in check(trace)}
    none = {each.rule for each in check(trace, wording={})}
    assert {RULES[rule].group for rule in fresh - none} == {"wording"}
