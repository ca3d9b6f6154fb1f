"""The relations of a plan."""

import random
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.model.items import (
    Criterion,
    Dependency,
    Link,
    Milestone,
    Phase,
    Plan,
    PlanTree,
    Requirement,
    Research,
)
from planner.trace.coverage import coverage
from planner.trace.graph import LinkEnd, Trace, build_trace, stands_alike, update_trace
from planner.trace.natural import natural_key
from planner.trace.progress import PhaseState, Progress, assess

TracePlan = Callable[[str], Trace]
PLAN = Plan(id="plan", path="plan.yaml", title="Shop")

SHOP = """\
== plan.yaml
title: Shop
== milestones/v1.md
---
title: First release
status: active
---
== milestones/v2.md
---
title: Second release
---
== phases/accounts.md
---
title: Accounts
number: "01"
milestone: v1
---
People have an account.

## Success criteria

1. A new account can log in. {#c1}
   - verifies: ACC-1, acc-10
   - status: met
2. A deleted account cannot. {#c2}
== phases/orders.md
---
title: Orders
number: "02.10"
milestone: V1
depends_on:
  - accounts
  - phase: ACCOUNTS
    soft: true
  - orders
  - phase: payment
    soft: true
    reason: test data
---
People can order.
== phases/payment.md
---
title: Payment
number: "2.2"
milestone: v2
depends_on: [Checkin]
---
People can pay.
== phases/reports.md
---
title: Reports
---
The owner sees sales.
== requirements/ACC-10.md
---
phase: accounts
status: done
---
The shop shall delete an account.
== requirements/ACC-2.md
---
phase: accounts
status: in-progress
links:
  - ACC-1
  - {to: acc-1, type: refines}
  - accounts
  - NO-1
  - ACC-2
---
The shop shall keep a name.
== requirements/ACC-1.md
---
phase: [accounts, orders]
status: done
aliases: [USER-1]
---
The shop shall open an account.
== requirements/PAY-1.md
---
links: [{to: user-1, type: depends-on}]
---
The shop shall take money.
"""


@pytest.fixture(scope="module")
def shop(trace_plan: TracePlan) -> Trace:
    return trace_plan(SHOP.replace("[Checkin]", "[accounts]"))


def test_phases_come_by_number_and_unnumbered_ones_last(shop: Trace) -> None:
    """2.2 comes before 02.10; a phase without a number comes at the end."""
    assert [phase.id for phase in shop.phases] == ["accounts", "payment", "orders", "reports"]
    assert shop.place == {"accounts": 0, "payment": 1, "orders": 2, "reports": 3}


def test_references_ignore_case_and_honour_aliases(shop: Trace) -> None:
    """An id as written, in another case, and an alias mean the same item; a kind limits it."""
    assert shop.resolve("ACC-1") == "ACC-1"
    assert shop.resolve("acc-1", "requirement") == "ACC-1"
    assert shop.resolve("user-1") == "ACC-1"
    assert shop.resolve("ACC-1", "phase") is None
    assert shop.resolve("nothing") is None
    assert shop.resolve("plan", "plan") == "plan"
    assert shop.resolve("accounts", "no such kind") is None
    assert shop.kind("accounts") == "phase"
    assert shop.kind("plan") == "plan"


def test_requirements_stand_in_natural_order_in_each_of_their_phases(shop: Trace) -> None:
    """ACC-2 before ACC-10; one in two phases stands in both, one in none under the empty id."""
    ids = {phase: [each.id for each in of] for phase, of in shop.requirements_of.items()}
    assert ids == {"accounts": ["ACC-1", "ACC-2", "ACC-10"], "orders": ["ACC-1"], "": ["PAY-1"]}
    assert shop.phases_of_requirement["ACC-1"] == ("accounts", "orders")
    assert [each.id for each in shop.requirements] == ["ACC-1", "ACC-2", "ACC-10", "PAY-1"]


def test_milestones_know_their_phases_and_both_their_requirements(shop: Trace) -> None:
    """The milestone of a requirement is that of its first phase."""
    assert [phase.id for phase in shop.phases_of["v1"]] == ["accounts", "orders"]
    assert [phase.id for phase in shop.phases_of[""]] == ["reports"]
    assert shop.milestone_of("orders") == "v1"
    assert shop.milestone_of("ACC-10") == "v1"
    assert shop.milestone_of("PAY-1") == ""
    assert shop.milestone_of("reports") == ""


def test_criteria_and_links_are_known_from_both_ends(shop: Trace) -> None:
    """Each relation is found from either side; what names nothing or itself is left out."""
    (ref,) = shop.verified_by["ACC-10"]
    assert (ref.phase_id, ref.criterion.id) == ("accounts", "c1")
    assert shop.links_out["ACC-2"] == (
        LinkEnd("ACC-1", "relates"),
        LinkEnd("ACC-1", "refines"),
        LinkEnd("accounts", "relates"),
    )
    assert shop.links_in["ACC-1"] == (
        LinkEnd("ACC-2", "relates"),
        LinkEnd("ACC-2", "refines"),
        LinkEnd("PAY-1", "depends-on"),
    )
    assert shop.links_in["accounts"] == (LinkEnd("ACC-2", "relates"),)


def test_dependencies_are_known_from_both_ends(shop: Trace) -> None:
    """Each pair once, hard before soft, never a phase by itself."""
    assert [(each.phase, each.soft) for each in shop.depends["orders"]] == [
        ("accounts", False),
        ("payment", True),
    ]
    assert [(each.phase, each.soft) for each in shop.dependents["accounts"]] == [
        ("payment", False),
        ("orders", False),
    ]
    (soft,) = shop.dependents["payment"]
    assert (soft.phase, soft.reason) == ("orders", "test data")


def test_order_and_critical_path_follow_hard_dependencies(shop: Trace) -> None:
    """A soft dependency neither orders nor lengthens."""
    assert shop.order == ("accounts", "payment", "orders", "reports")
    assert shop.cycles == ()
    assert shop.critical_path == ("accounts", "payment")
    assert shop.critical_path_of["v1"] == ("accounts",)  # the requirement of orders is done
    assert shop.critical_path_of["v2"] == ("payment",)


def phases_with(*hard: tuple[str, ...], **status: str) -> PlanTree:
    """Phases a, b, c … numbered in order, each with what it needs."""
    names = "abcdefgh"[: len(hard)]
    return PlanTree(
        plan=PLAN,
        phases=tuple(
            Phase(
                id=name,
                path=f"phases/{name}.md",
                title=name,
                number=str(index),
                status=status.get(name, ""),
                depends_on=tuple(Dependency(phase=other) for other in needed),
            )
            for index, (name, needed) in enumerate(zip(names, hard, strict=True))
        ),
    )


def test_a_cycle_neither_hides_the_order_of_others_nor_stops_anything() -> None:
    """b and c need each other: the cycle is named, what needs them still comes after."""
    trace = build_trace(phases_with((), ("c", "a"), ("b",), ("c",)))
    assert trace.cycles == (("b", "c"),)
    assert trace.order == ("a", "b", "c", "d")
    assert trace.critical_path == ("a", "b")


def test_done_deferred_and_dropped_phases_are_off_the_critical_path() -> None:
    """What needs no work, or gets none, makes no chain longer."""
    chain = ((), ("a",), ("b",), ("c",))
    assert build_trace(phases_with(*chain)).critical_path == ("a", "b", "c", "d")
    assert build_trace(phases_with(*chain, a="done")).critical_path == ("b", "c", "d")
    assert build_trace(phases_with(*chain, c="dropped")).critical_path == ("a", "b")
    assert build_trace(phases_with(*chain, b="deferred")).critical_path == ("c", "d")


def test_milestones_follow_their_first_phases() -> None:
    """Shipped ones without phases come first, others without phases last, by day."""
    ids = ("late", "old", "soon", "with-2", "with-1")
    targets = {"late": "2031-01-01", "soon": "2030-01-01"}
    trace = build_trace(
        PlanTree(
            plan=PLAN,
            milestones=tuple(
                Milestone(
                    id=each,
                    target=targets.get(each, ""),
                    status="shipped" if each == "old" else "planned",
                )
                for each in ids
            ),
            phases=(
                Phase(id="x", number="2", milestone="with-2"),
                Phase(id="y", number="10", milestone="with-1"),
            ),
        )
    )
    found = [milestone.id for milestone in trace.milestones]
    assert found == ["old", "with-2", "with-1", "soon", "late"]


def test_an_id_that_two_kinds_share_leads_to_each_by_kind() -> None:
    """A milestone, a phase and the plan of one name do not hide each other."""
    trace = build_trace(
        PlanTree(
            plan=PLAN,
            milestones=(Milestone(id="plan", title="M"),),
            phases=(Phase(id="Plan", title="P", milestone="PLAN"),),
        )
    )
    assert trace.resolve("plan", "milestone") == "plan"
    assert trace.resolve("plan", "phase") == "Plan"
    assert trace.resolve("plan", "plan") == "plan"
    assert trace.milestone_of("Plan") == "plan"
    assert assess(trace).phase["Plan"].state is PhaseState.READY


def test_an_empty_plan_has_an_empty_trace() -> None:
    """Nothing in, nothing out, and no error on the way."""
    trace = build_trace(PlanTree(plan=PLAN))
    standings = assess(trace)
    assert (trace.order, trace.critical_path, trace.cycles) == ((), (), ())
    assert standings.overall == Progress()
    assert standings.overall.percent == 0
    assert coverage(trace).full


AnyItem = TypeVar("AnyItem", Milestone, Phase, Requirement)
TEXTS = st.sampled_from(["a", "A", "b", "c", "d", "e-1", "e-01", "É", "é", "none", ""])


@st.composite
def trees(draw: st.DrawFn) -> PlanTree:
    """Plans with references of every sort, right and wrong."""
    ids = st.sampled_from(["a", "b", "c", "d", "e-1", "e-01", "É"])
    unique = st.lists(ids, unique=True, max_size=5)
    milestones = [Milestone(id=each, path=f"milestones/{each}.md") for each in draw(unique)]
    phases = [
        Phase(
            id=each,
            path=f"phases/{each}.md",
            number=draw(st.sampled_from(["", "1", "01", "2.1", "F.1"])),
            milestone=draw(TEXTS),
            status=draw(st.sampled_from(["", "active", "done", "deferred", "dropped"])),
            aliases=tuple(draw(st.lists(TEXTS, max_size=1))),
            depends_on=tuple(
                Dependency(phase=ref, soft=draw(st.booleans()))
                for ref in draw(st.lists(TEXTS, max_size=4))
            ),
            criteria=tuple(
                Criterion(id=f"c{n}", text="x", verifies=tuple(refs))
                for n, refs in enumerate(draw(st.lists(st.lists(TEXTS, max_size=3), max_size=3)))
            ),
        )
        for each in draw(unique)
    ]
    requirements = [
        Requirement(
            id=each,
            path=f"requirements/{each}.md",
            phases=tuple(draw(st.lists(TEXTS, max_size=2))),
            status=draw(st.sampled_from(["draft", "done", "in-progress", "dropped"])),
            links=tuple(Link(to=ref) for ref in draw(st.lists(TEXTS, max_size=3))),
        )
        for each in draw(unique)
    ]
    research = (Research(id="run/stack", path="research/run/stack.md"),)
    return PlanTree(PLAN, tuple(milestones), tuple(phases), tuple(requirements), research)


@given(trees(), st.integers())
def test_the_trace_is_the_same_however_the_files_are_listed(tree: PlanTree, seed: int) -> None:
    """Ids differ in case at most here, so the order of files decides nothing."""
    mixed = random.Random(seed)

    def shuffled(items: tuple[AnyItem, ...]) -> tuple[AnyItem, ...]:
        return tuple(mixed.sample(items, len(items)))

    other = PlanTree(
        plan=tree.plan,
        milestones=shuffled(tree.milestones),
        phases=shuffled(tree.phases),
        requirements=shuffled(tree.requirements),
        research=tree.research,
    )
    one, two = build_trace(tree), build_trace(other)
    assert [each.id for each in one.phases] == [each.id for each in two.phases]
    assert one.order == two.order
    assert one.cycles == two.cycles
    assert one.critical_path == two.critical_path
    assert one.requirements_of == two.requirements_of


@given(trees())
def test_relations_agree_from_both_ends(tree: PlanTree) -> None:
    """What one end says, the other says too; nothing leads to an item that is not there."""
    trace = build_trace(tree)
    there = {(end.id, source) for source, ends in trace.links_out.items() for end in ends}
    back = {(target, end.id) for target, ends in trace.links_in.items() for end in ends}
    assert there == back
    forward = {(phase, each.phase) for phase, of in trace.depends.items() for each in of}
    backward = {(each.phase, phase) for phase, of in trace.dependents.items() for each in of}
    assert forward == backward
    assert all(target in trace.phase_by_id for _, target in forward)
    for phase_id, members in trace.requirements_of.items():
        for member in members:
            assert phase_id in trace.phases_of_requirement.get(member.id, ("",))
    assert sorted(trace.order) == sorted(phase.id for phase in tree.phases)


def told(trace: Trace) -> dict[str, Any]:
    """Every relation of a trace, the order of dicts and the lines of items included."""
    return {
        part.name: repr(list(value.items()) if isinstance(value, dict) else value)
        for part in fields(trace)
        for value in [getattr(trace, part.name)]
    }


@given(trees(), trees(), st.integers(), st.booleans())
def test_a_trace_made_from_the_one_before_is_the_same(
    old: PlanTree, other: PlanTree, seed: int, edits_only: bool
) -> None:
    """Whatever changed: a few items (`edits_only`), or some came and some went as well."""
    mixed = random.Random(seed)

    def edited(was: tuple[AnyItem, ...], now: tuple[AnyItem, ...]) -> tuple[AnyItem, ...]:
        there = {item.id: item for item in (was if edits_only else now)}
        both = {item.id: item for item in was} | {item.id: item for item in now}
        kept = {item.id: item for item in was}
        return tuple(
            kept[each] if each in kept and mixed.random() < 0.6 else both[each] for each in there
        )

    new = PlanTree(
        plan=old.plan,
        milestones=edited(old.milestones, other.milestones),
        phases=edited(old.phases, other.phases),
        requirements=edited(old.requirements, other.requirements),
        research=old.research,
    )
    before = build_trace(old)
    assert told(update_trace(before, new)) == told(build_trace(new))
    assert update_trace(before, old) is before
    after = update_trace(before, new)
    if stands_alike(before, after):
        assert repr(assess(before)) == repr(assess(after))
        assert repr(coverage(before)) == repr(coverage(after))


@given(trees())
def test_standings_and_coverage_count_what_is_there(tree: PlanTree) -> None:
    """Every phase has one state, a blocked one says by what, totals are sums."""
    trace = build_trace(tree)
    standings = assess(trace)
    for phase in trace.phases:
        standing = standings.phase[phase.id]
        assert 0 <= standing.progress.done <= standing.progress.total
        if standing.state is PhaseState.BLOCKED:
            assert standing.blocked_by
        if standing.state is PhaseState.READY:
            assert not standing.blocked_by
    ready = {each for each, of in standings.phase.items() if of.state is PhaseState.READY}
    assert set(standings.ready) == ready
    holes = coverage(trace)
    assert holes.requirements_with_phase >= 0
    assert holes.criteria_with_requirement >= 0
    assert holes.phases_with_requirements >= 0
    assert holes.requirements_with_criterion >= 0


@given(st.lists(st.text(alphabet="aA10.-é٣", max_size=6)))
def test_natural_order_is_total(texts: list[str]) -> None:
    """Any ids can be compared, and only equal ones are equal."""
    keys = sorted(natural_key(text) for text in texts)
    assert [key[1] for key in keys] == [text for _, text in keys]
    assert len(set(keys)) == len(set(texts))


def test_numbers_in_ids_count_as_numbers() -> None:
    """Runs of digits of any length compare by value."""
    ids = ["AUTH-10", "auth-9", "AUTH-" + "9" * 90, "AUTH-2", "AUTH-02"]
    found = sorted(ids, key=natural_key)
    assert found == ["AUTH-02", "AUTH-2", "auth-9", "AUTH-10", "AUTH-" + "9" * 90]
