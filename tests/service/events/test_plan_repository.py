"""Which payloads are of the plan's repository: compared, never used for anything else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.plan_repository import PlanRepository, place_of, pushed_branch

SAME = (
    "https://github.com/Team/Plan.git",
    "https://ada:secret@github.com/team/plan",
    "http://GITHUB.com:80/team/plan/",
    "git@github.com:team/plan.git",
    "ssh://git@ssh.github.com:443/team/plan.git",
    "git://github.com/team/plan.git",
)


@pytest.mark.parametrize("setting", SAME)
@pytest.mark.parametrize("told", SAME)
def test_all_ways_to_the_same_repository_are_the_same(setting: str, told: str) -> None:
    plan = PlanRepository(setting)
    assert plan.is_of({"repository": {"ssh_url": told}})
    assert plan.is_of({"project": {"git_http_url": told}})


@pytest.mark.parametrize(
    "told",
    [
        "https://github.com/team/plans.git", "https://github.com/other/plan.git",
        "https://github.com.example.org/team/plan.git", "https://example.org/github.com/team/plan",
        "/github.com/team/plan", "file:///team/plan", "github.com/team/plan", "", "plan",
        "--upload-pack=x:team/plan", "ext::sh -c true", "https://github.com/team/plan.git\n",
        "https://github.com/team/plan?x", "https://[github.com/team/plan", "x" * 10_000, "~/plan",
    ],
)  # fmt: skip
def test_others_are_not(told: str) -> None:
    plan = PlanRepository("git@github.com:team/plan.git")
    assert not plan.is_of({"repository": {"clone_url": told}})


def test_a_path_is_compared_as_a_path() -> None:
    plan = PlanRepository("/srv/git/../git/Plan.git")
    assert plan.is_of({"repository": {"clone_url": "file:///srv/git/Plan"}})
    assert plan.is_of({"repository": {"clone_url": "file://localhost/srv/git/Plan.git"}})
    assert not plan.is_of({"repository": {"clone_url": "/srv/git/plan.git"}})


def test_the_name_of_a_remote_counts_once_its_address_is_known() -> None:
    """And a planner process that starts anew does not make it forgotten."""
    known = [""]
    plan = PlanRepository("origin", lambda: known[0])
    payload = {"repository": {"clone_url": SAME[0]}}
    assert not plan.is_of(payload)
    known[0] = "git@github.com:team/plan.git"
    assert plan.is_of(payload)
    known[0] = ""
    assert plan.is_of(payload)


def test_without_a_remote_nothing_is_of_the_plan() -> None:
    plan = PlanRepository("", lambda: SAME[0])
    assert not plan.is_of({"repository": {"clone_url": SAME[0]}})


@pytest.mark.parametrize(
    ("event", "ref", "branch"),
    [
        ("push", "refs/heads/main", "main"), ("", "refs/heads/plan/dim", "plan/dim"),
        ("push", "refs/tags/v1", ""), ("create", "refs/heads/main", ""), ("push", 7, ""),
        ("push", "main", ""),
    ],
)  # fmt: skip
def test_a_push_is_of_a_branch(event: str, ref: object, branch: str) -> None:
    assert pushed_branch(event, {"ref": ref}) == branch


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.text() | st.from_regex(r"[a-z+]{1,5}://.{0,40}"))
def test_no_text_is_an_error(text: str) -> None:
    place_of(text)


@given(json_values)
def test_no_payload_is_an_error(value: Any) -> None:
    plan = PlanRepository(SAME[0])
    assert not plan.is_of(value)
    assert not plan.is_of({"repository": value, "project": value})
    pushed_branch("push", value)
