"""A webhook that tells of a push to the plan's repository: it is fetched, built, and checked."""

import hashlib
import hmac
import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.planner.store.git_server import git_server
from tests.service.db.test_trouble import foreign_lock
from tests.service.planned import Planned, git, planned_service
from tests.service.planning.test_remote import Elsewhere
from tests.service.served import Answer
from tests.service.watching import eventually

SECRET = "a-secret-of-github"
GITHUB = "/api/webhooks/github/"
NUMBERS = iter(range(1_000_000))


def push_of(address: str, branch: str = "main", **more: Any) -> dict[str, Any]:
    """A push, of which no two are the same."""
    repository = {"full_name": "team/lighthouse", "clone_url": address}
    return {"ref": f"refs/heads/{branch}", "repository": repository, "n": next(NUMBERS), **more}


def tell(planned: Planned, payload: object, *, secret: str = SECRET, event: str = "push") -> Answer:
    """Send an event as GitHub does."""
    raw = json.dumps(payload).encode()
    return planned.served.post(
        GITHUB, key="", body=raw,
        headers={
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": f"id-{next(NUMBERS)}",
            "X-Hub-Signature-256": _signed(secret, raw),
        },
    )  # fmt: skip


def _signed(secret: str, raw: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def told(planned: Planned, delivery: str) -> dict[str, Any]:
    """What became of the push of a delivery."""
    found: dict[str, Any] = planned.call("GET", f"/admin/deliveries/{delivery}").json["push"]
    return found


def settled(planned: Planned, delivery: str) -> dict[str, Any]:
    eventually(lambda: told(planned, delivery)["state"] != "waiting", "the fetch")
    return told(planned, delivery)


def ended(planned: Planned, execution: str) -> dict[str, Any]:
    """An execution, once it has ended."""

    def found() -> dict[str, Any]:
        answer: dict[str, Any] = planned.call("GET", f"/admin/executions/{execution}").json
        return answer

    eventually(lambda: found()["state"] not in ("queued", "running"), "the end of the check")
    return found()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """An empty remote."""
    return Elsewhere(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Iterator[Planned]:
    """A service just set up, which looks at its remote only when there is a reason."""
    folder = tmp_path_factory.mktemp("here")
    settings = {
        "GIT_REMOTE": str(elsewhere.bare), "GIT_FETCH_SECONDS": "0", "GITHUB_WEBHOOK_SECRET": SECRET
    }  # fmt: skip
    with planned_service(folder, **settings) as planned:
        eventually(lambda: elsewhere.tip() != "", "the first exchange")
        yield planned


def test_from_a_signed_push_to_the_result_of_the_check(
    planned: Planned, elsewhere: Elsewhere
) -> None:
    """Nothing but two settings was needed: fetched, built, and what was fetched is checked."""
    commit = elsewhere.push("phase: tower", "phase: towre")
    answer = tell(planned, push_of(str(elsewhere.bare), after=commit))
    assert (answer.status, answer.json["triggers"]) == (202, ["bot-plan-check-github"])
    (execution,) = answer.json["executions"]
    run = ended(planned, execution)
    push = settled(planned, answer.json["delivery_id"])
    assert (push["state"], push["branch"]) == ("fetched", "main")
    assert planned.git("rev-parse", "main") == commit
    assert "towre" in planned.served.get("/problems/").text
    # The check saw what was pushed, and says what is wrong with it.
    assert run["state"] == "failed"
    lines = planned.call("GET", f"/admin/executions/{execution}/log.txt").text
    assert "towre" in lines
    assert "what was pushed was fetched first" in lines
    # Both pages lead to it.
    page = planned.served.get("/ops/remote").text
    assert f"/ops/executions/{execution}" in page
    assert f"/ops/deliveries/{answer.json['delivery_id']}" in page
    delivery = planned.served.get(f"/ops/deliveries/{answer.json['delivery_id']}").text
    assert "Push to the plan" in delivery
    assert planned.call("GET", "/admin/remote").json["push"] == push
    # And once it is mended, the next push says so.
    elsewhere.push("phase: towre", "phase: tower")
    (again,) = tell(planned, push_of(str(elsewhere.bare))).json["executions"]
    assert ended(planned, again)["state"] == "succeeded"


def test_a_push_elsewhere_is_no_push_to_the_plan(planned: Planned, elsewhere: Elsewhere) -> None:
    """Neither is a tag, nor another event of the same repository; none of them is kept."""
    place = str(elsewhere.bare)
    tag = {**push_of(place), "ref": "refs/tags/v1"}
    for payload, event in (
        (push_of("https://github.com/team/other.git"), "push"),
        (push_of(f"{place}-else"), "push"),
        (push_of("--upload-pack=touch /tmp/x"), "push"),
        (push_of("ext::sh -c true"), "push"),
        (push_of("~nobody-of-this-name/x"), "push"),
        (push_of(place), "star"),
    ):
        answer = tell(planned, payload, event=event)
        assert (answer.status, answer.json) == (200, {"message": "ignored"}), payload
    # It is of the repository that a trigger waits for, but tells of no branch.
    kept = tell(planned, tag)
    assert (kept.status, kept.json["triggers"]) == (202, [])
    assert told(planned, kept.json["delivery_id"]) is None


def test_a_push_that_nobody_signed_fetches_nothing(planned: Planned, elsewhere: Elsewhere) -> None:
    """At GitHub's address it is refused; at `POST /` it is taken, but not believed."""
    commit = elsewhere.push("owner: Ada", "owner: Mary")
    payload = push_of(str(elsewhere.bare))
    assert tell(planned, payload, secret="another-secret").status == 403
    answer = planned.call("POST", "/", payload)
    assert (answer.status, answer.json["triggers"]) == (202, ["bot-plan-check"])
    push = told(planned, answer.json["delivery_id"])
    assert (push["state"], push["reason"]) == (
        "unsigned", "nobody signed it, so nothing was fetched for it",
    )  # fmt: skip
    ended(planned, answer.json["executions"][0])
    assert planned.git("rev-parse", "main") != commit
    # Signed for a trigger of that address it counts, whether it fires the trigger or not.
    trigger = {
        "name": "Pushes", "source": "webhook", "backend": "builtin:plan-check", "secret": SECRET,
        "detection_keyword": "never said",
    }  # fmt: skip
    assert planned.call("POST", "/admin/triggers", trigger).status == 201
    raw = json.dumps(push_of(f"file://{elsewhere.bare}")).encode()
    answer = planned.served.post(
        "/", key="", body=raw,
        headers={
            "Content-Type": "application/json", "X-Webhook-Signature-256": _signed(SECRET, raw),
        },
    )  # fmt: skip
    assert answer.status == 202
    assert settled(planned, answer.json["delivery_id"])["state"] == "fetched"
    assert planned.git("rev-parse", "main") == commit


def test_a_divergence_is_shown_and_nothing_is_reset(planned: Planned, elsewhere: Elsewhere) -> None:
    """Both lines stay, and the page leads to the proposal that has the other one."""
    theirs = elsewhere.push("owner: Mary", "owner: Barbara")
    file = planned.root / "content" / "requirements" / "LAMP-01.md"
    file.write_text(file.read_text("utf-8").replace("owner: Mary", "owner: Hedy"), "utf-8")
    planned.git("commit", "-qam", "Another owner")
    ours = planned.git("rev-parse", "main")
    answer = tell(planned, push_of(str(elsewhere.bare)))
    push = settled(planned, answer.json["delivery_id"])
    assert push["state"] == "attention"
    assert "went on both here and at the remote" in push["reason"]
    assert (planned.git("rev-parse", "main"), elsewhere.tip()) == (ours, theirs)
    assert "needs a look" in planned.served.get("/ops/remote").text
    (note,) = planned.call("GET", "/admin/remote").json["notes"]
    assert planned.git("rev-parse", f"plan/{note['proposal']}") == theirs
    planned.git("merge", "-q", "-s", "ours", "refs/remotes/agented/main")
    assert planned.call("POST", "/admin/remote/sync").json["state"] == "in_step"


def test_a_remote_that_is_gone_is_told(planned: Planned, elsewhere: Elsewhere) -> None:
    """The check runs all the same, and says that it is of what is here."""
    away = elsewhere.bare.with_name("away.git")
    elsewhere.bare.rename(away)
    try:
        answer = tell(planned, push_of(str(elsewhere.bare)))
        push = settled(planned, answer.json["delivery_id"])
        assert push["state"] == "failed"
        assert "there is no repository at" in push["reason"]
        (execution,) = answer.json["executions"]
        ended(planned, execution)
        lines = planned.call("GET", f"/admin/executions/{execution}/log.txt").text
        assert "this is the plan as it is here" in lines
    finally:
        away.rename(elsewhere.bare)


def test_many_pushes_are_few_fetches_and_none_waits(tmp_path: Path) -> None:
    """The remote answers slowly: all are answered meanwhile, and the last commit comes here."""
    served = tmp_path / "served"
    served.mkdir()
    git(served, "init", "-q", "--bare", "--initial-branch=main", "plan.git")
    git(served / "plan.git", "config", "http.receivepack", "true")
    with git_server(served, "ada", "hunter-two-hunter") as server:
        address = f"http://ada:hunter-two-hunter@{server.place}/plan.git"
        settings = {
            "GIT_REMOTE": address, "GIT_FETCH_SECONDS": "0", "GITHUB_WEBHOOK_SECRET": SECRET
        }  # fmt: skip
        with planned_service(tmp_path, **settings) as planned:
            eventually(
                lambda: planned.call("GET", "/admin/remote").json["state"] == "in_step", "the start"
            )
            server.gate.clear()
            shown = f"http://{server.place}/plan.git"
            with ThreadPoolExecutor(8) as crowd:
                answers = list(crowd.map(lambda _: tell(planned, push_of(shown)), range(40)))
            assert {answer.status for answer in answers} == {202}
            ids = [answer.json["delivery_id"] for answer in answers]
            assert {told(planned, each)["state"] for each in ids} == {"waiting"}
            server.gate.set()
            assert {settled(planned, each)["state"] for each in ids} == {"fetched"}
            log = planned.served.log.read_text("utf-8")
            fetches = [
                json.loads(line)["pushes"]
                for line in log.splitlines()
                if '"plan fetched after a push"' in line
            ]
            assert sum(fetches) == 40
            assert len(fetches) <= 3
            assert "hunter-two" not in log


def test_a_locked_database_leaves_no_push_waiting(tmp_path: Path) -> None:
    """What came of the fetch is written down once that can be done."""
    served = tmp_path / "served"
    served.mkdir()
    git(served, "init", "-q", "--bare", "--initial-branch=main", "plan.git")
    git(served / "plan.git", "config", "http.receivepack", "true")
    with git_server(served, "ada", "hunter-two-hunter") as server:
        address = f"http://ada:hunter-two-hunter@{server.place}/plan.git"
        settings = {
            "GIT_REMOTE": address, "GIT_FETCH_SECONDS": "0", "GITHUB_WEBHOOK_SECRET": SECRET
        }  # fmt: skip
        with planned_service(tmp_path, **settings) as planned:
            eventually(
                lambda: planned.call("GET", "/admin/remote").json["state"] == "in_step", "the start"
            )
            server.gate.clear()
            answer = tell(planned, push_of(f"http://{server.place}/plan.git"))
            with foreign_lock(planned.served):
                server.gate.set()
                words = "the outcome of a fetch could not be kept"
                eventually(lambda: words in planned.served.log.read_text("utf-8"), "the warning")
            assert settled(planned, answer.json["delivery_id"])["state"] == "fetched"


def test_a_push_that_was_accepted_is_fetched_after_a_kill(tmp_path: Path) -> None:
    """The fetch hangs, the service is killed: its successor fetches by itself, and says so."""
    served = tmp_path / "served"
    served.mkdir()
    git(served, "init", "-q", "--bare", "--initial-branch=main", "plan.git")
    git(served / "plan.git", "config", "http.receivepack", "true")
    with git_server(served, "ada", "hunter-two-hunter") as server:
        address = f"http://ada:hunter-two-hunter@{server.place}/plan.git"
        settings = {
            "GIT_REMOTE": address, "GIT_FETCH_SECONDS": "0", "GITHUB_WEBHOOK_SECRET": SECRET
        }  # fmt: skip
        with planned_service(tmp_path, **settings) as planned:
            eventually(
                lambda: planned.call("GET", "/admin/remote").json["state"] == "in_step", "the start"
            )
            server.gate.clear()
            answer = tell(planned, push_of(f"http://{server.place}/plan.git"))
            planned.served.stop(signal.SIGKILL)
            server.gate.set()
            planned.served.start()
            assert settled(planned, answer.json["delivery_id"])["state"] == "fetched"
