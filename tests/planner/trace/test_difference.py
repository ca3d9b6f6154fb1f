"""What changed between two states of a plan."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.items import Plan, PlanTree
from planner.model.problem import Problem
from planner.trace.difference import Change, ChangeKind, compare

ReadPlan = Callable[[str], tuple[PlanTree, tuple[Problem, ...]]]

OLD = """\
== plan.yaml
title: Shop
statement: Sell things.
== milestones/v1.md
---
title: First release
status: active
---
Accounts and orders.
== milestones/v2.md
---
title: Second release
---
== phases/api-authentication.md
---
title: API authentication
number: "03"
milestone: v1
---
Each call has a key.

## Success criteria

1. A call answers in < 200 ms. {#c1}
   - verifies: AUTH-01
   - level: full
2. A call without a key gets 401. {#c2}
3. Keys can be revoked. {#c3}
== phases/security-hardening.md
---
title: Security hardening
number: "04"
milestone: v1
depends_on:
  - phase: api-authentication
    reason: keys come first
---
Answers carry headers.
== requirements/AUTH-01.md
---
phase: api-authentication
status: draft
priority: could
links: [AUTH-03]
---
The service shall ask for a key.
== requirements/AUTH-03.md
---
phase: api-authentication
---
The service shall answer within 200 ms.

## Rationale

People wait.
== research/start/stack.md
Flask.
"""


LOWER_LEVEL = (
    "The level of criterion c1 of API authentication is now sanity (weaker: full became sanity)"
)
SOFTER = (
    "The dependency on API authentication of Security hardening is now soft"
    " (was hard: keys come first)"
)


@pytest.fixture
def changes(read_plan: ReadPlan) -> Callable[..., list[Change]]:
    """The changes that replacing texts in OLD makes."""

    def run(*replacements: tuple[str, str]) -> list[Change]:
        new = OLD
        for before, after in replacements:
            assert before in new
            new = new.replace(before, after)
        return list(compare(read_plan(OLD)[0], read_plan(new)[0]))

    return run


Changes = Callable[..., list[Change]]


def sentences(changes: list[Change]) -> list[str]:
    return [change.sentence for change in changes]


@pytest.mark.parametrize(
    ("before", "after", "kind", "sentence"),
    [
        (
            "phase: api-authentication\n---\nThe service shall answer",
            "phase: security-hardening\n---\nThe service shall answer",
            ChangeKind.MOVED,
            "AUTH-03 moved from API authentication to Security hardening",
        ),
        (
            "phase: api-authentication\n---\nThe service shall answer",
            "---\nThe service shall answer",
            ChangeKind.MOVED,
            "AUTH-03 was taken out of API authentication",
        ),
        (
            'number: "04"\nmilestone: v1',
            'number: "04"\nmilestone: v2',
            ChangeKind.MOVED,
            "Security hardening moved from First release to Second release",
        ),
        (
            'number: "04"',
            'number: "05"',
            ChangeKind.MOVED,
            "The number of Security hardening is now 05 (was 04)",
        ),
        (
            "status: draft",
            "status: approved",
            ChangeKind.STATUS,
            "AUTH-01 is now approved (was draft)",
        ),
        ("status: draft", "status: dropped", ChangeKind.DROPPED, "Requirement AUTH-01 was dropped"),
        (
            "priority: could",
            "priority: must",
            ChangeKind.CHANGED,
            "The priority of AUTH-01 is now must (was could)",
        ),
        (
            "priority: could\n",
            "",
            ChangeKind.CHANGED,
            "The priority of AUTH-01 was taken out (was could)",
        ),
        ("a key.\n== req", "a secret key.\n== req", ChangeKind.REWORDED, "AUTH-01 was reworded"),
        (
            "answer within 200 ms",
            "answer within 1 s",
            ChangeKind.REWORDED,
            "AUTH-03 was weakened: within 200 ms became within 1 s",
        ),
        (
            "People wait.",
            "People leave.",
            ChangeKind.REWORDED,
            "AUTH-03 was reworded: rationale",
        ),
        (
            "title: Security hardening",
            "title: Hardening",
            ChangeKind.RENAMED,
            "“Security hardening” is now called “Hardening”",
        ),
        (
            "answers in < 200 ms",
            "answers in < 500 ms",
            ChangeKind.CRITERION_REWORDED,
            "Criterion c1 of API authentication was weakened: < 200 ms became < 500 ms",
        ),
        (
            "gets 401.",
            "gets 401 at once.",
            ChangeKind.CRITERION_REWORDED,
            "Criterion c2 of API authentication was reworded",
        ),
        (
            "gets 401. {#c2}\n",
            "gets 401. {#c2}\n   - status: met\n",
            ChangeKind.CRITERION_STATUS,
            "Criterion c2 of API authentication is now met",
        ),
        (
            "3. Keys can be revoked. {#c3}\n",
            "",
            ChangeKind.CRITERION_REMOVED,
            "Criterion c3 was removed from API authentication: Keys can be revoked.",
        ),
        (
            "{#c3}\n",
            "{#c3}\n4. Keys end. {#c4}\n",
            ChangeKind.CRITERION_ADDED,
            "Criterion c4 was added to API authentication: Keys end.",
        ),
        (
            "level: full",
            "level: sanity",
            ChangeKind.CHANGED,
            LOWER_LEVEL,
        ),
        (
            "verifies: AUTH-01",
            "verifies: AUTH-01, AUTH-03",
            ChangeKind.CHANGED,
            "Criterion c1 of API authentication now verifies AUTH-01, AUTH-03 (was AUTH-01)",
        ),
        (
            "depends_on:\n  - phase: api-authentication\n    reason: keys come first\n",
            "",
            ChangeKind.DEPENDENCY_REMOVED,
            "Security hardening no longer depends on API authentication",
        ),
        (
            'number: "03"\n',
            'number: "03"\ndepends_on: [security-hardening]\n',
            ChangeKind.DEPENDENCY_ADDED,
            "API authentication now depends on Security hardening",
        ),
        (
            "    reason: keys come first\n",
            "    soft: true\n",
            ChangeKind.CHANGED,
            SOFTER,
        ),
        (
            "    reason: keys come first\n",
            "    reason: keys come first\n    soft: true\n",
            ChangeKind.CHANGED,
            "The dependency on API authentication of Security hardening is now soft (was hard)",
        ),
        (
            "links: [AUTH-03]\n",
            "",
            ChangeKind.LINK_REMOVED,
            "AUTH-01 no longer relates to AUTH-03",
        ),
        ("Flask.", "Flask and gevent.", ChangeKind.REWORDED, "start/stack was reworded"),
        ("Sell things.", "Sell.", ChangeKind.REWORDED, "Shop was reworded"),
        (
            "People wait.\n",
            "People wait.\n\n## Background\n\nLong ago.\n",
            ChangeKind.CHANGED,
            "The Background of AUTH-03 is now Long ago.",
        ),
        (
            "priority: could\n",
            "priority: could\nsize: 3\n",
            ChangeKind.CHANGED,
            "The size of AUTH-01 is now 3",
        ),
    ],
)
def test_one_edit_is_one_change_in_plain_words(
    before: str, after: str, kind: ChangeKind, sentence: str, changes: Changes
) -> None:
    """Each sort of change, with the sentence that people read."""
    (change,) = changes((before, after))
    assert change.kind is kind
    assert change.sentence == sentence


def test_equal_plans_have_no_changes(changes: Changes) -> None:
    """Neither do plans that differ in lines and comments only."""
    assert changes() == []
    assert changes(("number: ", "# the order\nnumber: "), ("---\nEach", "---\n\n\nEach")) == []


def test_items_that_come_and_go_are_added_and_dropped(read_plan: ReadPlan) -> None:
    """Kind by kind in natural order."""
    head = OLD.partition("== requirements/AUTH-01.md")[0]
    text = "== requirements/{}.md\n---\n---\nThe service shall sleep.\n"
    new = head + text.format("AUTH-10") + text.format("AUTH-2")
    assert sentences(list(compare(read_plan(OLD)[0], read_plan(new)[0]))) == [
        "Requirement AUTH-2 was added: The service shall sleep.",
        "Requirement AUTH-10 was added: The service shall sleep.",
        "Requirement AUTH-01 was removed",
        "Requirement AUTH-03 was removed",
        "Research start/stack was removed",
    ]


def test_a_renamed_item_is_followed_by_its_alias(changes: Changes) -> None:
    """References under the new id, under the old one, or in another case did not move."""
    alias = "aliases: [API-Authentication]\n"
    found = changes(
        ("== phases/api-authentication.md\n---\n", "== phases/keys.md\n---\n" + alias),
        ("phase: api-authentication\nstatus", "phase: KEYS\nstatus"),
    )
    assert sentences(found) == ["Phase api-authentication is now keys"]
    assert (found[0].old, found[0].new, found[0].id) == ("api-authentication", "keys", "keys")


def test_a_renamed_item_that_was_changed_as_well_shows_both(changes: Changes) -> None:
    """The alias alone makes it the same item."""
    alias = "aliases: [AUTH-03]\n"
    found = changes(
        ("== requirements/AUTH-03.md\n---\n", "== requirements/SPEED-01.md\n---\n" + alias),
        ("links: [AUTH-03]", "links: [SPEED-01]"),
        ("answer within 200 ms", "answer within 100 ms"),
    )
    assert sentences(found) == ["Requirement AUTH-03 is now SPEED-01", "SPEED-01 was reworded"]


def test_a_file_that_only_changed_its_name_is_the_same_item(read_plan: ReadPlan) -> None:
    """Equal content is enough where it is the only such file."""
    old, new = read_plan(OLD)[0], read_plan(OLD.replace("/AUTH-03.md", "/AUTH-30.md"))[0]
    found = compare(with_blobs(old), with_blobs(new))
    assert "Requirement AUTH-03 is now AUTH-30" in [change.sentence for change in found]


def with_blobs(tree: PlanTree) -> PlanTree:
    """The same tree with a blob id for the text of each requirement."""
    blobs = tuple(replace(each, blob=f"{hash(each.text):x}") for each in tree.requirements)
    return replace(tree, requirements=blobs)


def test_a_change_of_an_alias_alone_is_a_change(changes: Changes) -> None:
    """Old addresses depend on it."""
    (change,) = changes(("status: draft\n", "status: draft\naliases: [KEY-1]\n"))
    assert change.sentence == "The aliases of AUTH-01 are now KEY-1"


def test_a_glossary_is_one_thing() -> None:
    """However many terms it has."""
    old = Plan(id="plan", title="Locks")
    new = replace(old, glossary=("PIN", "TAN"))
    (change,) = compare(PlanTree(plan=old), PlanTree(plan=new))
    assert change.sentence == "The glossary of Locks is now PIN, TAN"


def test_titles_of_items_outside_the_trees_come_from_the_context(read_plan: ReadPlan) -> None:
    """The files that a commit changed do not hold the phases that they name."""
    whole = read_plan(OLD)[0]
    parts = [
        read_plan(f"== requirements/A-1.md\n---\nphase: {phase}\n---\nText.\n")[0]
        for phase in ("api-authentication", "security-hardening")
    ]
    (change,) = compare(parts[0], parts[1])
    assert change.sentence == "A-1 moved from api-authentication to security-hardening"
    (change,) = compare(parts[0], parts[1], context=whole)
    assert change.sentence == "A-1 moved from API authentication to Security hardening"


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_no_two_plans_make_a_comparison_fail(data: st.DataObject, read_plan: ReadPlan) -> None:
    """Lines of one plan put into another in any order: every change has a sentence."""
    lines = OLD.splitlines(keepends=True)

    def some() -> str:
        keep = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=12))
        return "".join(line for number, line in enumerate(lines) if number not in keep)

    old, new = read_plan(some())[0], read_plan(some())[0]
    for change in compare(old, new):
        assert change.sentence
        assert "\n" not in change.sentence
        assert change.old != change.new or change.kind in (ChangeKind.ADDED, ChangeKind.DROPPED)
    assert compare(old, old) == ()


def test_a_plan_file_that_comes_is_one_change():
    """A first commit starts the plan; it does not change every field of it."""
    old = PlanTree(plan=Plan(id="plan"))
    new = PlanTree(plan=Plan(id="plan", path="plan.yaml", title="Lighthouse", statement="A lamp."))
    (change,) = compare(old, new)
    assert change.sentence == "Plan Lighthouse was added"
    (gone,) = compare(new, old)
    assert gone.sentence == "Plan Lighthouse was removed"


def test_a_heading_without_a_text_is_no_change(read_plan: ReadPlan) -> None:
    """There is nothing to say about it."""
    old, new = (
        read_plan(f"== requirements/A-1.md\n---\n---\nText.\n{more}")[0]
        for more in ("", "\n## Remarks\n")
    )
    assert compare(old, new) == ()
