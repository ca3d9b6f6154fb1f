"""Outcomes told to GitHub as statuses of commits: by a real service, to a receiver in its place."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.service.killing import kill_all
from tests.service.notifications.hearing import Receiver, receiver
from tests.service.notifications.test_told import COMMANDS
from tests.service.planned import Planned, planned_service
from tests.service.planning.test_plan_push import NUMBERS, SECRET, ended, push_of, tell
from tests.service.planning.test_remote import Elsewhere
from tests.service.shared import rows
from tests.service.watching import eventually

TOKEN = "ghp_canary0123456789abcdefghijklmnop"
SHA = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True, slots=True)
class Place:
    """A service with its plan's remote and what stands for GitHub; `answers` may be changed."""

    planned: Planned
    elsewhere: Elsewhere
    github: Receiver
    answers: list[int]

    def said(self, commit: str) -> list[dict[str, Any]]:
        """What GitHub was told of a commit, in order."""
        return [each.json for each in self.github.heard if each.path.endswith(f"/{commit}")]

    def states(self, commit: str) -> list[str]:
        """The states that it was told."""
        return [each["state"] for each in self.said(commit)]

    def status(self, execution: str) -> dict[str, Any]:
        """What the service says of it."""
        answer = self.planned.call("GET", f"/admin/executions/{execution}")
        found: dict[str, Any] = answer.json["commit_status"] or {}
        return found

    def trigger(self, command: str, **more: Any) -> str:
        """A trigger of pull requests."""
        body = {
            "name": f"{command} {next(NUMBERS)}", "source": "github", "repository": "team/*",
            "backend": f"command:{command}", "prompt_template": "Go.", "report_status": True,
            "retries": 0, **more,
        }  # fmt: skip
        made = self.planned.call("POST", "/admin/triggers", body)
        assert made.status == 201, made.text
        return str(made.json["id"])

    def delete(self, trigger: str) -> None:
        """Take a trigger away."""
        assert self.planned.call("DELETE", f"/admin/triggers/{trigger}").status in (200, 204)

    def pull(self, commit: object = SHA, name: object = "team/lighthouse") -> list[str]:
        """Open a pull request; the executions."""
        payload = {
            "action": "opened", "number": next(NUMBERS), "repository": {"full_name": name},
            "pull_request": {"number": 7, "title": "x", "head": {"sha": commit}},
        }  # fmt: skip
        answer = tell(self.planned, payload, event="pull_request")
        assert answer.status == 202, answer.text
        found: list[str] = answer.json["executions"]
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A service that may write statuses."""
    folder = tmp_path_factory.mktemp("statuses")
    (folder / "team").mkdir()
    elsewhere = Elsewhere(folder / "team")
    commands = folder / "commands.toml"
    commands.write_text(COMMANDS, "utf-8")
    answers = [201]
    with receiver(lambda _: (answers[0], {})) as github:
        settings = {
            "GIT_REMOTE": str(elsewhere.bare), "GIT_FETCH_SECONDS": "0",
            "GITHUB_WEBHOOK_SECRET": SECRET, "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": f"http://{github.host}/api/v3/", "NOTIFY_HOSTS": github.host,
            "PUBLIC_URL": "https://plan.example.org", "COMMANDS_FILE": str(commands),
        }  # fmt: skip
        with planned_service(folder, **settings) as planned:
            eventually(lambda: elsewhere.tip() != "", "the first exchange")
            yield Place(planned, elsewhere, github, answers)


@pytest.fixture(autouse=True)
def _taken(place: Place) -> None:
    place.answers[0] = 201


def push(place: Place, commit: str, **more: Any) -> tuple[str, str]:
    """Tell of a push of the plan; the delivery and the execution."""
    payload = push_of(str(place.elsewhere.bare), after=commit, **more)
    payload["repository"]["full_name"] = "Team/Remote"
    answer = tell(place.planned, payload)
    assert answer.status == 202, answer.text
    (execution,) = answer.json["executions"]
    return answer.json["delivery_id"], execution


def test_from_a_push_of_the_plan_to_the_mark_at_its_commit(place: Place) -> None:
    """Two words: it waits, and what the check found; and the page says what became of them."""
    commit = place.elsewhere.push("phase: tower", "phase: towre")
    _, execution = push(place, commit)
    assert ended(place.planned, execution)["state"] == "failed"
    eventually(lambda: "failure" in place.states(commit), "the outcome is told")
    last = place.said(commit)[-1]
    assert set(place.states(commit)) <= {"pending", "failure"}
    assert last["context"] == "agented/Check the plan on push at GitHub"
    assert last["description"] == "2 errors, 1 warning, 1 hint"
    assert last["target_url"] == f"https://plan.example.org/ops/executions/{execution}"
    heard = place.github.heard[-1]
    assert heard.path == f"/api/v3/repos/Team/Remote/statuses/{commit}"
    assert heard.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "webhook-id" not in heard.headers
    eventually(lambda: place.status(execution).get("state") == "sent", "it is written down")
    status = place.status(execution)
    assert (status["kind"], status["says"], status["reason"]) == ("status", "failure", "")
    assert status["to"] == f"Team/Remote at {commit[:10]}"
    listed = place.planned.call("GET", f"/admin/notifications?kind=status&execution_id={execution}")
    assert listed.json["notifications"] == [status]
    page = place.planned.served.get(f"/ops/executions/{execution}").text
    assert f"failure for Team/Remote at {commit[:10]}" in page
    # And once it is mended.
    mended = place.elsewhere.push("phase: towre", "phase: tower")
    _, again = push(place, mended)
    assert ended(place.planned, again)["state"] == "succeeded"
    eventually(lambda: place.states(mended)[-1:] == ["success"], "the success is told")
    assert place.said(mended)[-1]["description"] == "1 warning, 1 hint"
    log = place.planned.call("GET", f"/admin/executions/{again}/log.txt").text
    assert f"the commit {mended} is checked" in log


def test_a_verdict_is_told_to_the_commit_that_was_checked_alone(place: Place) -> None:
    """What was mended since makes no old commit good: neither run again nor redelivered."""
    commit = place.elsewhere.push("phase: tower", "phase: towre")
    delivery, execution = push(place, commit)
    assert ended(place.planned, execution)["state"] == "failed"
    eventually(lambda: place.states(commit)[-1:] == ["failure"], "its own verdict")
    _, mended = push(place, place.elsewhere.push("phase: towre", "phase: tower"))
    assert ended(place.planned, mended)["state"] == "succeeded"
    for path in (
        f"/admin/executions/{execution}/replay",
        f"/admin/deliveries/{delivery}/redeliver",
    ):
        made = place.planned.call("POST", path).json
        again = made["id"] if "id" in made else made["executions"][0]
        assert ended(place.planned, again)["state"] == "succeeded"
        eventually(lambda again=again: place.status(again)["state"] == "sent", "it is told")  # type: ignore[misc]
        assert place.status(again)["says"] == "error"
        assert "not what was checked" in place.said(commit)[-1]["description"]
    assert "success" not in place.states(commit)


def test_files_that_are_being_edited_are_not_what_was_pushed(place: Place) -> None:
    """A check that follows a push looks at the commit, not at what lies in the folder."""
    file = place.planned.root / "content" / "requirements" / "LAMP-02.md"
    before = file.read_text("utf-8")
    file.write_text(before.replace("phase: lamp", "phase: lmap"), "utf-8")
    try:
        _, execution = push(place, place.elsewhere.tip())
        assert ended(place.planned, execution)["state"] == "succeeded"
        eventually(lambda: place.status(execution)["state"] == "sent", "it is told")
        assert place.status(execution)["says"] == "success"
    finally:
        file.write_text(before, "utf-8")


def test_a_check_of_something_else_is_no_success(place: Place) -> None:
    """A push to another branch, or one that is not here, says nothing of the plan as it is."""
    trigger = place.planned.call("GET", "/admin/triggers/bot-plan-check-github").json
    change = {"match_field_path": None, "match_field_value": None}
    path = f"/admin/triggers/{trigger['id']}"
    assert place.planned.call("PATCH", path, change).status == 200
    try:
        commit = "a" * 40
        payload = push_of(str(place.elsewhere.bare), branch="other", after=commit)
        payload["repository"]["full_name"] = "team/remote"
        (execution,) = tell(place.planned, payload).json["executions"]
        assert ended(place.planned, execution)["state"] == "succeeded"
        eventually(lambda: "error" in place.states(commit), "it is told")
        assert "success" not in place.states(commit)
        assert "not what was checked" in place.said(commit)[-1]["description"]
    finally:
        back = {name: trigger[name] for name in change}
        assert place.planned.call("PATCH", path, back).status == 200


@pytest.mark.parametrize(
    ("command", "says"), [("good", "success"), ("bad", "failure"), ("long", "error")]
)
def test_each_end_has_its_word(place: Place, command: str, says: str) -> None:
    """What a person cancels is no failure of the commit."""
    commit = f"{next(NUMBERS):040x}".replace("0", "c")
    trigger = place.trigger(command)
    (execution,) = place.pull(commit)
    if command == "long":
        path = f"/admin/executions/{execution}"
        eventually(lambda: place.planned.call("GET", path).json["state"] == "running", "it runs")
        eventually(lambda: place.states(commit) == ["pending"], "it waits")
        assert place.planned.call("POST", f"{path}/cancel").status == 202
        # What is told at the end needs no trigger any more: nothing is pending for ever.
        place.delete(trigger)
    eventually(lambda: place.states(commit)[-1:] == [says], "the end is told")
    if command == "long":
        # Not by whom: everybody reads it there.
        assert place.said(commit)[-1]["description"] == "cancelled"
    if command == "bad":
        made = place.planned.call("POST", f"/admin/executions/{execution}/replay")
        eventually(lambda: place.status(made.json["id"]).get("says") == says, "the second end")
        eventually(lambda: place.status(made.json["id"])["state"] == "sent", "it is told, too")
    if command != "long":
        place.delete(trigger)


@pytest.mark.parametrize(
    ("commit", "name"),
    [
        ("0" * 40, "team/lighthouse"),
        (SHA.upper(), "team/lighthouse"),
        (SHA[:39], "team/lighthouse"),
        (f"{SHA}/../x", "team/lighthouse"),
        (f"{SHA}\r\nX: y", "team/lighthouse"),
        (7, "team/lighthouse"),
        (None, "team/lighthouse"),
        (SHA, "team/.."),
        (SHA, "team/a/../../b"),
        (SHA, "team/x?y"),
        (SHA, "team/x\r\nHost: evil"),
    ],
)
def test_what_is_no_commit_of_the_repository_is_not_told(
    place: Place, commit: object, name: str
) -> None:
    """Nothing of a payload gets into a path unless it is what it should be."""
    trigger = place.trigger("good")
    told = len(place.github.heard)
    (execution,) = place.pull(commit, name)
    ended(place.planned, execution)
    assert place.status(execution) == {}
    assert len(place.github.heard) == told
    place.delete(trigger)


def test_a_payload_cannot_choose_the_repository(place: Place) -> None:
    """It tells the plan's address, and the name of a repository that is another one."""
    commit = place.elsewhere.push("owner: Ada", "owner: Mary")
    payload = push_of(str(place.elsewhere.bare), after=commit)
    payload["repository"]["full_name"] = "bank/vault"
    (execution,) = tell(place.planned, payload).json["executions"]
    ended(place.planned, execution)
    assert place.status(execution) == {}
    assert place.said(commit) == []
    # And a trigger that names none cannot ask for it.
    body = {
        "name": "Any", "source": "github", "match_field_path": "action",
        "match_field_value": "opened", "backend": "builtin:plan-check", "report_status": True,
    }  # fmt: skip
    refused = place.planned.call("POST", "/admin/triggers", body)
    assert refused.status == 400
    assert "name the repository whose commits get a status" in refused.text


def test_a_refusal_is_shown_and_the_token_is_nowhere(place: Place) -> None:
    """The run is as it was; the page says why GitHub knows nothing of it."""
    trigger = place.trigger("good")
    place.answers[0] = 404
    (execution,) = place.pull("d" * 40)
    assert ended(place.planned, execution)["state"] == "succeeded"
    eventually(lambda: place.status(execution).get("state") == "failed", "it is given up")
    assert place.status(execution)["reason"] == (
        "GitHub answered 404: there is no such repository, or the token in GITHUB_TOKEN does not"
        " see it"
    )
    page = place.planned.served.get(f"/ops/executions/{execution}").text
    assert "GitHub answered 404" in page
    place.answers[0] = 502
    (other,) = place.pull("e" * 40)
    eventually(lambda: "502" in place.status(other).get("reason", ""), "a passing failure")
    eventually(lambda: place.status(other)["says"] == "success", "the end takes its place")
    assert place.status(other)["state"] == "waiting"
    assert place.status(other)["attempts"] <= 1
    shown = (page, place.planned.served.log.read_text("utf-8"), json.dumps(place.status(other)))
    assert not any(TOKEN in each for each in shown)
    assert TOKEN.encode() not in (place.planned.served.state / "agented.sqlite3").read_bytes()
    # A later word about the same commit takes the place of what still waits.
    place.answers[0] = 201
    made = place.planned.call("POST", f"/admin/executions/{other}/replay")
    eventually(lambda: place.status(made.json["id"]).get("state") == "sent", "the new word")
    eventually(lambda: place.states("e" * 40)[-1] == "success", "the last word")
    assert place.status(other)["state"] == "failed"
    assert "took its place" in place.status(other)["reason"]
    page = place.planned.served.get(f"/ops/executions/{other}").text
    assert '<span class="state is-open">replaced</span>' in page
    place.delete(trigger)


def test_a_kill_leaves_no_commit_pending(place: Place) -> None:
    """The next service tells that the run was interrupted."""
    trigger = place.trigger("long")
    commit = "f" * 40
    (execution,) = place.pull(commit)
    path = f"/admin/executions/{execution}"
    eventually(lambda: place.planned.call("GET", path).json["state"] == "running", "it runs")
    kill_all(place.planned.served)
    place.planned.served.start()
    eventually(lambda: place.states(commit)[-1:] == ["error"], "the interruption is told", 60)
    assert place.said(commit)[-1]["description"].startswith("interrupted: ")
    count = rows(
        place.planned.served,
        "SELECT count(*) AS n FROM notifications WHERE execution_id = ?", execution,
    )  # fmt: skip
    assert count[0]["n"] == 1
    place.delete(trigger)


def test_without_a_token_the_page_says_where_it_is_set(place: Place) -> None:
    """And nothing else is different; the switch on the trigger is on from the beginning."""
    planned, commit = place.planned, place.elsewhere.tip()
    planned.served.stop()
    planned.served.env["GITHUB_TOKEN"] = ""
    planned.served.start()
    told = len(place.said(commit))
    _, execution = push(place, commit)
    assert ended(planned, execution)["state"] == "succeeded"
    eventually(lambda: place.status(execution).get("state") == "failed", "it is given up")
    assert place.status(execution)["reason"] == "GITHUB_TOKEN is not set"
    assert len(place.said(commit)) == told
    page = planned.served.get(f"/ops/executions/{execution}").text
    assert "GITHUB_TOKEN is not set" in page
    # No news for the log, at each run anew.
    assert "GITHUB_TOKEN is not set" not in planned.served.log.read_text("utf-8")
    trigger = planned.served.get("/ops/triggers/bot-plan-check-github").text
    assert "GITHUB_TOKEN is not set; put it into the settings" in trigger
