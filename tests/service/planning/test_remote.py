"""A real service whose plan has a remote: saves arrive, what others push is shown and told."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.planner.store.git_server import git_server
from tests.service.planned import Planned, git, planned_service
from tests.service.processes import descendants
from tests.service.served import KEY, free_port
from tests.service.watching import eventually

LAMP = "requirements/LAMP-01.md"


class Elsewhere:
    """The remote, and a clone of it in which another person works."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "remote.git"
        self.clone = folder / "elsewhere"
        git(folder, "init", "-q", "--bare", "--initial-branch=main", str(self.bare))

    def tip(self, branch: str = "main") -> str:
        """The commit of a branch at the remote, or empty."""
        done = subprocess.run(
            ["git", "rev-parse", "-q", "--verify", f"refs/heads/{branch}"],
            cwd=self.bare, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout.strip()

    def push(self, old: str, new: str, branch: str = "main") -> str:
        """Somebody changes the requirement and pushes it; the commit."""
        if not self.clone.exists():
            git(self.bare.parent, "clone", "-q", str(self.bare), str(self.clone))
        git(self.clone, "fetch", "-q", "origin")
        git(self.clone, "checkout", "-q", "-B", "work", f"origin/{branch}")
        file = self.clone / "content" / LAMP
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")
        git(self.clone, "commit", "-qam", f"Say {new}")
        git(self.clone, "push", "-q", "origin", f"work:{branch}")
        return git(self.clone, "rev-parse", "work")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """An empty remote."""
    return Elsewhere(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Iterator[Planned]:
    """A service with that remote, which looks at it only when there is a reason."""
    folder = tmp_path_factory.mktemp("here")
    with planned_service(folder, GIT_REMOTE=str(elsewhere.bare), GIT_FETCH_SECONDS="0") as planned:
        yield planned


def planner_of(planned: Planned) -> int:
    """The planner process of a service."""
    assert planned.served.process is not None
    # What it starts has its name, too, for a moment between fork and exec: the first is meant.
    return min(
        pid for pid in descendants(planned.served.process.pid) if b"planner_child" in _command(pid)
    )


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def remote_of(planned: Planned) -> dict[str, Any]:
    answer = planned.call("GET", "/admin/remote")
    assert answer.status == 200
    found: dict[str, Any] = answer.json
    return found


def sync(planned: Planned) -> dict[str, Any]:
    answer = planned.call("POST", "/admin/remote/sync")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def save(planned: Planned, key: str = KEY, proposal: str = "", **fields: str) -> None:
    """A person saves by the form."""
    edit = {"op": "set", "kind": "requirement", "id": "LAMP-01", "changes": fields}
    form = {"operation": json.dumps(edit), "where": "branch"}
    if proposal:
        form |= {"where": "new", "title": proposal}
    answer = planned.served.post(
        "/edit/save",
        key=key,
        body=urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 303, answer.text


def test_the_first_look_sends_what_is_there(planned: Planned, elsewhere: Elsewhere) -> None:
    """The remote was empty."""
    eventually(lambda: elsewhere.tip() == planned.git("rev-parse", "main"), "the first commit")
    eventually(lambda: remote_of(planned)["state"] == "in_step", "the state")
    found = remote_of(planned)
    assert (found["address"], found["branch"]) == (str(elsewhere.bare), "main")
    assert found["waiting"] == 0
    assert found["pushed_at"]


def test_what_others_push_is_fetched_and_shown(planned: Planned, elsewhere: Elsewhere) -> None:
    """Branch, files and pages."""
    commit = elsewhere.push("shall shine", "shall gleam")
    found = sync(planned)
    assert (found["state"], found["notes"]) == ("in_step", [])
    assert planned.git("rev-parse", "main") == commit
    assert "shall gleam" in planned.file(LAMP)
    assert planned.git("status", "--porcelain") == ""
    assert "shall gleam" in planned.served.get("/r/LAMP-01/").text


def test_a_save_is_sent_by_itself(planned: Planned, elsewhere: Elsewhere) -> None:
    """On the branch, and on a proposal, which another service then shows."""
    save(planned, owner="Grace")
    eventually(lambda: elsewhere.tip() == planned.git("rev-parse", "main"), "the commit there")
    assert planned.git("log", "-1", "--format=%s", "main")
    save(planned, proposal="dim", owner="Eve")
    eventually(
        lambda: elsewhere.tip("plan/dim") == planned.git("rev-parse", "plan/dim"), "the other"
    )


def test_a_remote_that_is_down_is_told_and_sent_to_when_it_is_up(
    planned: Planned, elsewhere: Elsewhere
) -> None:
    """Saves go on and are counted; the page says what is wrong, and what to do."""
    away = elsewhere.bare.with_name("away.git")
    elsewhere.bare.rename(away)
    try:
        save(planned, owner="Ada")
        eventually(lambda: remote_of(planned)["state"] == "failed", "the failure")
        save(planned, owner="Linus")
        eventually(lambda: remote_of(planned)["waiting"] == 2, "both counted")
        found = remote_of(planned)
        assert "there is no repository at" in found["reason"]
        assert found["hint"]
        assert found["next_at"]
        page = planned.served.get("/ops/remote").text
        assert "2 commits wait here" in page
        assert "there is no repository at" in page
    finally:
        away.rename(elsewhere.bare)
    eventually(lambda: elsewhere.tip() == planned.git("rev-parse", "main"), "sent by itself")
    eventually(lambda: remote_of(planned)["state"] == "in_step", "told")
    assert remote_of(planned)["reason"] == ""


def test_a_clash_is_a_proposal_that_the_page_leads_to(
    planned: Planned, elsewhere: Elsewhere
) -> None:
    """Nothing is reset: both lines are there until somebody has merged them."""
    sync(planned)
    theirs = elsewhere.push("owner: Linus", "owner: Barbara")
    save(planned, owner="Margaret")
    eventually(lambda: remote_of(planned)["state"] == "attention", "the divergence")
    found = remote_of(planned)
    (note,) = found["notes"]
    assert (note["state"], found["waiting"]) == ("diverged", 1)
    assert planned.git("rev-parse", f"plan/{note['proposal']}") == theirs
    assert elsewhere.tip() == theirs
    assert "owner: Margaret" in planned.file(LAMP)
    page = planned.served.get("/ops/remote").text
    assert f'href="/proposals/{note["proposal"]}"' in page
    # A person settles it with git, in the checkout.
    planned.git("merge", "-q", "-s", "ours", "refs/remotes/agented/main")
    found = sync(planned)
    assert (found["state"], found["waiting"]) == ("in_step", 0)
    assert elsewhere.tip() == planned.git("rev-parse", "main")


def test_who_may_only_propose_looks_and_does_not_sync(planned: Planned) -> None:
    """The button is not there, and its address is closed."""
    key = planned.key("read", "propose")
    page = planned.served.get("/ops/remote", key=key)
    assert page.status == 200
    assert "Sync now" not in page.text
    assert "Sync now" in planned.served.get("/ops/remote").text
    for path in ("/ops/remote/sync", "/admin/remote/sync"):
        assert planned.served.post(path, key=key).status == 403
    assert planned.served.get("/admin/remote", key=key).status == 200
    answer = planned.served.post("/ops/remote/sync")
    assert (answer.status, answer.headers["Location"]) == (303, "/ops/remote")


def test_the_planner_that_is_killed_goes_on_where_it_was(
    planned: Planned, elsewhere: Elsewhere
) -> None:
    """The remote is down meanwhile, so that there is something left to do."""
    away = elsewhere.bare.with_name("away.git")
    elsewhere.bare.rename(away)
    try:
        save(planned, owner="Katherine")
        eventually(lambda: remote_of(planned)["waiting"] == 1, "it waits")
    finally:
        os.kill(planner_of(planned), signal.SIGKILL)
        away.rename(elsewhere.bare)
    eventually(lambda: elsewhere.tip() == planned.git("rev-parse", "main"), "sent by the next one")


def test_a_password_is_nowhere_to_be_seen(tmp_path: Path) -> None:
    """Not in the answers, the log, the environment or the arguments of any process of ours."""
    port = free_port()
    address = f"http://ada:hunter-two-hunter@127.0.0.1:{port}/plan.git"
    with planned_service(tmp_path, GIT_REMOTE=address) as planned:
        eventually(lambda: remote_of(planned)["state"] == "failed", "no server there")
        found = remote_of(planned)
        assert found["address"] == f"http://127.0.0.1:{port}/plan.git"
        assert "cannot be reached" in found["reason"]
        seen = json.dumps(found) + planned.served.get("/ops/remote").text
        planner = Path(f"/proc/{planner_of(planned)}")
        seen += (planner / "environ").read_bytes().decode("utf-8", "replace")
        seen += (planner / "cmdline").read_bytes().decode("utf-8", "replace")
        seen += planned.served.log.read_text("utf-8")
        assert "hunter-two" not in seen
        config = planned.root / ".git" / "config"
        assert "hunter-two" not in config.read_text("utf-8")


def test_without_a_remote_the_page_says_how_to_set_one(tmp_path: Path) -> None:
    with planned_service(tmp_path) as planned:
        assert remote_of(planned)["state"] == "off"
        assert "GIT_REMOTE" in planned.served.get("/ops/remote").text
        answer = planned.call("POST", "/admin/remote/sync")
        assert answer.status == 409
        assert "no remote is set" in answer.json["error"]["message"]


def test_a_remote_that_is_silent_holds_no_request_up(tmp_path: Path) -> None:
    """While git waits for it, people save; what they saved arrives when it speaks again."""
    served = tmp_path / "served"
    served.mkdir()
    git(served, "init", "-q", "--bare", "--initial-branch=main", "plan.git")
    git(served / "plan.git", "config", "http.receivepack", "true")
    with git_server(served, "ada", "hunter-two-hunter") as server:
        server.gate.clear()
        address = f"http://ada:hunter-two-hunter@{server.place}/plan.git"
        with planned_service(tmp_path, GIT_REMOTE=address) as planned:
            assert server.waiting.wait(30)
            save(planned, owner="Grace")
            save(planned, owner="Hedy", proposal="dim")
            assert "Grace" in planned.served.get("/r/LAMP-01/").text
            assert remote_of(planned)["state"] == "working"
            server.gate.set()
            tips = "--format=%(refname) %(objectname)", "refs/heads"
            eventually(
                lambda: (
                    git(served / "plan.git", "for-each-ref", *tips)
                    == planned.git("for-each-ref", *tips)
                ),
                "both branches there",
            )
            assert "hunter-two" not in planned.served.log.read_text("utf-8")
