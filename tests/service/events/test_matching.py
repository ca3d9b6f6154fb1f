"""Which triggers an event fires: the rules, one by one and for any payload."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.matching import (
    COMMENT,
    PULL_REQUEST,
    Criteria,
    commands,
    github_checks,
    match,
    match_github,
    missing_field,
    starts_something,
    wants,
    webhook_checks,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
payloads = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
criteria = st.builds(
    Criteria,
    trigger_id=st.just("trig-1"),
    field_path=texts,
    field_value=texts,
    text_path=st.just("text") | texts,
    keyword=texts,
)
REPOSITORY = {"field_path": "repository.full_name", "field_value": "team/plan"}


def pull_request(**more: Any) -> dict[str, Any]:
    """An event of a pull request in team/plan."""
    return {
        "action": "opened",
        "repository": {"full_name": "team/plan"},
        "pull_request": {"number": 7},
        **more,
    }


def comment(body: Any = "/review", association: Any = "MEMBER", **more: Any) -> dict[str, Any]:
    """A comment on a pull request in team/plan."""
    return {
        "action": "created",
        "repository": {"full_name": "team/plan"},
        "issue": {"number": 7, "pull_request": {}},
        "comment": {"body": body, "author_association": association},
        **more,
    }


@given(payloads, criteria)
def test_any_payload_gets_a_verdict(payload: Any, rule: Criteria) -> None:
    """Nothing fails, and a trigger that fires has at least one criterion that holds."""
    verdict = match(payload, rule)
    if verdict.fires:
        assert rule.keyword or (rule.field_path and rule.field_value)
    for event in (PULL_REQUEST, COMMENT, "push", ""):
        if match_github(event, payload, rule).fires:
            assert starts_something(event, payload)
            assert rule.field_path
            assert rule.field_value


@given(texts, texts, texts.filter(bool))
def test_a_keyword_is_found_anywhere_in_the_text(before: str, after: str, keyword: str) -> None:
    rule = Criteria("trig-1", keyword=keyword)
    assert match({"text": before + keyword + after}, rule).fires
    assert not match({"other": before + keyword + after}, rule).fires


@given(payloads)
def test_a_rule_without_criteria_fires_on_nothing(payload: Any) -> None:
    assert not match(payload, Criteria("trig-1")).fires


@given(payloads, texts.filter(bool))
def test_half_a_pair_fires_on_nothing(payload: Any, half: str) -> None:
    for keyword in ("", "text"):
        assert not match(payload, Criteria("trig-1", field_path=half, keyword=keyword)).fires
        assert not match(payload, Criteria("trig-1", field_value=half, keyword=keyword)).fires


@pytest.mark.parametrize(
    ("payload", "fires"),
    [
        ({"event": {"group_id": "4", "text": "please audit"}}, True),
        ({"event": {"group_id": 4, "text": "audit"}}, True),
        ({"event": {"group_id": 4.0, "text": "audit"}}, True),
        ({"event": {"group_id": "5", "text": "audit"}}, False),
        ({"event": {"group_id": "4", "text": "Audit"}}, False),
        ({"event": {"group_id": "4"}}, False),
        ({"event": {"group_id": "4", "text": ["audit"]}}, True),
        ({"event": {"group_id": True, "text": "audit"}}, False),
        ({"event": {"group_id": None, "text": "audit"}}, False),
        ({"event": [{"group_id": "4", "text": "audit"}]}, False),
        ({}, False),
        ([], False),
    ],
)
def test_field_and_keyword_must_both_hold(payload: Any, fires: bool) -> None:
    rule = Criteria("trig-1", "event.group_id", "4", "event.text", "audit")
    assert match(payload, rule).fires is fires


def test_the_hindrance_says_what_is_wrong() -> None:
    rule = Criteria("trig-1", "kind", "alert", "text", "fire")
    assert match({}, rule).hindrance == "kind is missing"
    assert match({"kind": "news"}, rule).hindrance == "kind has another value"
    assert match({"kind": "alert"}, rule).hindrance == "text lacks the keyword"


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened"])
def test_a_pull_request_fires_whatever_the_keyword(action: str) -> None:
    for keyword in ("", "/review"):
        rule = Criteria("trig-1", **REPOSITORY, keyword=keyword)
        assert match_github(PULL_REQUEST, pull_request(action=action), rule).fires


@pytest.mark.parametrize("action", ["closed", "labeled", "", None, ["opened"], {"a": 1}, 1])
def test_other_actions_fire_nothing(action: Any) -> None:
    rule = Criteria("trig-1", **REPOSITORY)
    assert not match_github(PULL_REQUEST, pull_request(action=action), rule).fires
    assert not match_github(COMMENT, comment(action=action), rule).fires


def test_a_trigger_must_name_the_repository() -> None:
    assert not match_github(PULL_REQUEST, pull_request(), Criteria("trig-1")).fires
    other = pull_request(repository={"full_name": "team/other"})
    assert not match_github(PULL_REQUEST, other, Criteria("trig-1", **REPOSITORY)).fires


@pytest.mark.parametrize(
    ("keyword", "body", "fires"),
    [
        ("", "/review", True),
        ("/review", "/review please", True),
        ("review", "/REVIEW", True),
        ("/review", "first\n/audit\n/review", True),
        ("/review", "please /review", False),
        ("/review", "/reviewed", False),
        ("/review", " /review", False),
        ("", "no command", False),
        ("", "/1", False),
        ("/review", ["/review"], False),
        ("", None, False),
    ],
)
def test_comments_fire_by_their_commands(keyword: str, body: Any, fires: bool) -> None:
    rule = Criteria("trig-1", **REPOSITORY, keyword=keyword)
    assert match_github(COMMENT, comment(body), rule).fires is fires


@pytest.mark.parametrize("association", ["NONE", "CONTRIBUTOR", "owner", "", None, ["OWNER"], {}])
def test_strangers_cannot_command(association: Any) -> None:
    rule = Criteria("trig-1", **REPOSITORY)
    assert not match_github(COMMENT, comment(association=association), rule).fires


@pytest.mark.parametrize("issue", [{}, {"pull_request": None}, None, [], {"number": 7}])
def test_comments_on_plain_issues_fire_nothing(issue: Any) -> None:
    rule = Criteria("trig-1", **REPOSITORY)
    assert not match_github(COMMENT, comment(issue=issue), rule).fires


def test_fields_that_github_always_sends() -> None:
    assert missing_field(PULL_REQUEST, pull_request()) == ""
    assert missing_field(PULL_REQUEST, pull_request(repository=None)) == "repository.full_name"
    odd = pull_request(pull_request={"number": True})
    assert missing_field(PULL_REQUEST, odd) == "pull_request.number"
    assert missing_field(COMMENT, comment(body=None)) == "comment.body"


@given(st.text(max_size=200))
def test_commands_stand_at_the_start_of_a_line(text: str) -> None:
    for command in commands(text):
        assert f"/{command}" in text.lower()
        assert command.isascii()


PUSH = {"ref": "refs/heads/main", "repository": {"full_name": "Team/Plan"}, "text": "go"}


@pytest.mark.parametrize(
    ("events", "event", "payload", "fires"),
    [
        (("push",), "push", PUSH, True),
        (("push",), PULL_REQUEST, pull_request(), False),
        ((), "push", PUSH, False),
        (("pull_request.closed",), PULL_REQUEST, pull_request(action="closed"), True),
        (("pull_request.closed",), PULL_REQUEST, pull_request(), False),
        (("pull_request",), PULL_REQUEST, pull_request(action="closed"), False),
        (("pull_request",), PULL_REQUEST, pull_request(), True),
        (("issues",), "issues", {**PUSH, "action": "opened"}, True),
        (("issues.closed",), "issues", {**PUSH, "action": "opened"}, False),
        (("issues.opened", "push"), "push", PUSH, True),
        (("push",), "push", {**PUSH, "action": ["x"]}, True),
    ],
)
def test_a_list_of_events_says_what_is_waited_for(
    events: tuple[str, ...], event: str, payload: Any, fires: bool
) -> None:
    rule = Criteria("trig-1", repository="team/plan", events=events)
    assert match_github(event, payload, rule).fires is fires
    if events:
        assert wants(event, payload, events) is fires


@pytest.mark.parametrize(
    ("repository", "fires"),
    [
        ("team/plan", True), ("TEAM/PLAN", True), ("team/*", True), ("team/pla", False),
        ("tea/*", False), ("*/plan", False), ("team", False), ("*", False), ("/*", False),
    ],
)  # fmt: skip
def test_the_repository_filter(repository: str, fires: bool) -> None:
    rule = Criteria("trig-1", repository=repository)
    assert match_github(PULL_REQUEST, pull_request(), rule).fires is fires
    for odd in (None, [], {"full_name": ["team/plan"]}, {}):
        assert not match_github(PULL_REQUEST, pull_request(repository=odd), rule).fires


def test_repository_and_field_must_both_hold() -> None:
    rule = Criteria("trig-1", "pull_request.number", "7", repository="team/plan")
    assert match_github(PULL_REQUEST, pull_request(), rule).fires
    assert not match_github(PULL_REQUEST, pull_request(pull_request={"number": 8}), rule).fires


@pytest.mark.parametrize(
    ("authors", "association", "fires"),
    [
        (("OWNER",), "OWNER", True),
        (("OWNER",), "MEMBER", False),
        (("OWNER", "CONTRIBUTOR"), "CONTRIBUTOR", True),
        (("OWNER",), None, False),
        (("OWNER",), ["OWNER"], False),
    ],
)
def test_a_trigger_says_whose_comments_command(
    authors: tuple[str, ...], association: Any, fires: bool
) -> None:
    rule = Criteria("trig-1", repository="team/plan", authors=authors)
    assert match_github(COMMENT, comment(association=association), rule).fires is fires
    # Only comments: whoever opened a pull request is no matter.
    assert match_github(PULL_REQUEST, pull_request(), rule).fires


def test_of_other_events_the_text_must_have_the_keyword() -> None:
    rule = Criteria("trig-1", repository="team/plan", events=("push",), keyword="go")
    assert match_github("push", PUSH, rule).fires
    assert not match_github("push", {**PUSH, "text": "stay"}, rule).fires


events = st.lists(st.sampled_from(["push", "pull_request", "issues.opened"]), max_size=2).map(tuple)


@given(
    payloads | st.just(pull_request()) | st.just(comment()) | st.just(PUSH),
    st.builds(
        Criteria, trigger_id=st.just("t"), field_path=texts, field_value=texts, keyword=texts,
        events=events, repository=st.sampled_from(["", "team/plan", "team/*"]),
    ),
    st.sampled_from([PULL_REQUEST, COMMENT, "push", "issues", ""]),
)  # fmt: skip
def test_the_explanation_and_the_verdict_are_one(payload: Any, rule: Criteria, event: str) -> None:
    """A trigger fires exactly when no rule fails, and its hindrance is the first that does."""
    for verdict, checks in (
        (match(payload, rule), [*webhook_checks(payload, rule)]),
        (match_github(event, payload, rule), [*github_checks(event, payload, rule)]),
    ):
        failed = [each.why for each in checks if each.holds is False]
        assert verdict.fires is (not failed)
        assert verdict.hindrance == (failed or [""])[0]
        assert all(each.why for each in checks)
