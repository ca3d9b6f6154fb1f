"""A real service whose plan has a remote: saves arrive, what others push is shown, people are told."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.planned import Planned, git, planned_service
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


def save(planned: Planned, **fields: str) -> None:
    """A person saves by the form."""
    edit = {"op": "set", "kind": "requirement", "id": "LAMP-01", "fields": fields}
    body = json.dumps({"edit": edit}).encode()
    answer = planned.served.post(
        "/api/plan/preview", body=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status == 200, answer.text


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
