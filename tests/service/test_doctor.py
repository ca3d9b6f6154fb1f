"""`planner doctor`: what is wrong with a deployment, and how to mend it; it changes nothing."""

import json
import os
import re
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.db.backup import back_up_before_upgrade
from service.db.upgrade import prepare
from service.settings import Settings
from service.state import State, open_state, secret_key
from tests.conftest import Run
from tests.service.served import KEY, Serve, free_port

PROGRAMS = "/usr/bin:/bin"


@dataclass(slots=True)
class Deployment:
    """A folder with .env, a plan and a state folder, none of them wrong."""

    folder: Path
    env: dict[str, str]
    run: Run

    @property
    def state(self) -> State:
        return State(self.folder / "state")

    def findings(self) -> tuple[int, list[dict[str, str]]]:
        """The exit code and what was found."""
        done = self.run("doctor", "--format", "json", cwd=self.folder, env=self.env)
        assert done.returncode in (0, 1), done.stderr
        assert "canary" not in done.stdout, "a secret"
        return done.returncode, json.loads(done.stdout)

    def found(self, level: str, wording: str) -> dict[str, str]:
        """The one finding of a level with a wording; the exit code must fit."""
        code, findings = self.findings()
        assert code == any(each["level"] == "error" for each in findings)
        matching = [
            each for each in findings if each["level"] == level and wording in each["message"]
        ]
        assert len(matching) == 1, findings
        return matching[0]


@pytest.fixture
def deployment(
    tmp_path: Path, small_plan: Path, git: Callable[..., str], run_planner: Run
) -> Deployment:
    folder = small_plan.parent
    git(folder, "init", "--quiet")
    dotenv = folder / ".env"
    dotenv.write_text(f"AGENTED_API_KEY={KEY}\nGUNICORN_BIND=127.0.0.1:{free_port()}\n")
    dotenv.chmod(0o600)
    settings = Settings(state_dir=folder / "state")
    state = open_state(settings)
    secret_key(settings, state)
    prepare(state.database, back_up_before_upgrade)
    return Deployment(folder, {"PATH": PROGRAMS}, run_planner)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file with its content and mode, but for what SQLite keeps while it reads."""
    return {
        str(path): path.read_bytes() + oct(path.stat().st_mode).encode()
        for path in folder.rglob("*")
        if path.is_file() and ".git/" not in str(path) and not path.name.endswith(("-wal", "-shm"))
    }


def test_a_good_deployment_has_no_errors_and_is_left_as_it_is(deployment: Deployment) -> None:
    """It names git, the plan, the state folder and the database."""
    before = tree(deployment.folder)
    code, findings = deployment.findings()
    assert code == 0, findings
    assert {"settings", "git", "content", "state", "database"} <= {
        each["area"] for each in findings if each["level"] == "ok"
    }
    assert tree(deployment.folder) == before
    text = deployment.run("doctor", cwd=deployment.folder, env=deployment.env).stdout
    assert "hint: " in text
    for line in text.splitlines():
        assert re.match(r"(ok|note|warning|error) +[a-z]+ +\S|  +hint: ", line), line
    assert KEY not in text


def test_a_fresh_folder_is_no_error_either(deployment: Deployment) -> None:
    """What the first start makes need not be there."""
    shutil.rmtree(deployment.state.folder)
    (deployment.folder / ".env").unlink()
    assert deployment.found("note", "there is no .env here")["hint"] == "cp .env.example .env"
    assert not deployment.state.folder.exists()


Change = Callable[[Deployment], Any]


def append(text: str) -> Change:
    def change(deployment: Deployment) -> None:
        with (deployment.folder / ".env").open("a") as dotenv:
            dotenv.write(text)

    return change


def spoil(deployment: Deployment) -> None:
    deployment.state.database.write_bytes(b"no database at all" * 400)


def come_from_the_future(deployment: Deployment) -> None:
    with closing(sqlite3.connect(deployment.state.database)) as db, db:
        db.execute("INSERT INTO migrations VALUES (999, 'later', 'x', 'y')")


def break_the_plan(deployment: Deployment) -> None:
    path = deployment.folder / "content" / "phases" / "lamp.md"
    path.write_text(path.read_text().replace("depends_on: [tower]", "depends_on: [towr]"))


PROBLEMS: dict[str, tuple[Change, str, str, str]] = {
    "bad setting": (append("HSTS=perhaps\n"), "error", "HSTS is 'perhaps'", "mend it"),
    "bad secret": (append("SECRET_KEY=short-canary\n"), "error", "SECRET_KEY", "mend it"),
    "slip": (append("LOG_LEVL=info\n"), "warning", "LOG_LEVL is no setting", "LOG_LEVEL"),
    "torn": (append("nonsense\n"), "error", ".env:3", "mend the line"),
    "open .env": (
        lambda d: (d.folder / ".env").chmod(0o644), "warning", "others may read .env", "chmod 600",
    ),
    "open state": (lambda d: d.state.folder.chmod(0o755), "error", "others may read", "chmod 700"),
    "open key": (lambda d: d.state.secret_key.chmod(0o644), "error", "secret.key", "chmod 600"),
    "first key": (
        lambda d: (d.state.first_key.touch(), d.state.first_key.chmod(0o600)),
        "warning", "first admin key still lies", "password store",
    ),
    "spoilt": (spoil, "error", "damaged or no database", "planner db restore"),
    "newer": (come_from_the_future, "error", "newer version", "install that version"),
    "plan": (break_the_plan, "warning", "has 1 errors", "planner check"),
    "no plan": (
        lambda d: shutil.rmtree(d.folder / "content"), "error", "plan", "",
    ),
    "plan elsewhere": (
        append("AGENTED_CONTENT_DIR=/nowhere\n"), "error",
        "AGENTED_CONTENT_DIR /nowhere: there is no such folder", "",
    ),
    "no repository": (
        lambda d: shutil.rmtree(d.folder / ".git"), "warning", "in no git repository", "git init",
    ),
    "no git": (
        lambda d: d.env.update(PATH="/nowhere"), "error", "git does not run", "install git",
    ),
    "no AI program": (lambda d: None, "note", "none of claude", "install one"),
    "on the network": (
        append("GUNICORN_BIND=0.0.0.0:20001\n"), "error", "sets GUNICORN_BIND a second", "",
    ),
    "Redis is away": (
        append(f"RATELIMIT_STORAGE_URI=redis://:canary@127.0.0.1:{free_port()}/0\n"),
        "error", "edis", "",
    ),
    "Sentry is away": (
        append(f"SENTRY_DSN=http://canary@127.0.0.1:{free_port()}/1\n"),
        "error", "Sentry does not answer", "SENTRY_DSN",
    ),
    "the Claude API is away": (
        append(
            "ANTHROPIC_API_KEY=canary-0123456789abcdef\n"
            f"ANTHROPIC_BASE_URL=http://127.0.0.1:{free_port()}\n"
        ),
        "error", "the Claude API does not answer", "ANTHROPIC_BASE_URL",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_it_finds(deployment: Deployment, name: str) -> None:
    """Each of these, with the way to mend it, and never a secret."""
    change, level, wording, hint = PROBLEMS[name]
    change(deployment)
    finding = deployment.found(level, wording)
    assert hint in finding["hint"]


def test_it_warns_of_plain_http_on_a_network(deployment: Deployment) -> None:
    """Keys would travel in the clear."""
    deployment.env["GUNICORN_BIND"] = f"0.0.0.0:{free_port()}"
    assert "reverse proxy" in deployment.found("warning", "without https")["hint"]


def test_it_finds_who_sits_on_the_address(deployment: Deployment) -> None:
    """Another program at the port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        deployment.env["GUNICORN_BIND"] = f"127.0.0.1:{other.getsockname()[1]}"
        deployment.found("error", "another program listens")


def test_it_finds_programs_of_ai_vendors(deployment: Deployment, tmp_path: Path) -> None:
    """On the PATH of whoever runs it."""
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 2.1.9\n")
    program.chmod(0o755)
    deployment.env["PATH"] = f"{program.parent}:{PROGRAMS}"
    deployment.found("ok", f"claude is {program}, version 2.1.9")
    program.write_text("#!/bin/sh\nexit 3\n")
    deployment.found("warning", f"claude is {program}, but it exited with 3")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_it_finds_a_state_folder_of_somebody_else(deployment: Deployment) -> None:
    """The usual mistake: the first start was by root."""
    os.chown(deployment.state.folder, 12345, 12345)
    deployment.found("error", "belongs to another user")


def test_it_sees_a_service_that_runs(serve: Serve, run_planner: Run) -> None:
    """Ready, or not answering at all."""
    served = serve()
    done = run_planner("doctor", cwd=served.folder, env=served.env)
    assert f"it is ready at 127.0.0.1:{served.port}" in done.stdout
    other = {**served.env, "GUNICORN_BIND": f"127.0.0.1:{free_port()}"}
    done = run_planner("doctor", cwd=served.folder, env=other)
    assert done.returncode == 1
    assert "it runs, but does not answer" in done.stdout


def test_it_tries_the_remote_and_changes_nothing_there(
    deployment: Deployment, git: Callable[..., str], tmp_path: Path
) -> None:
    """Whether it answers, and whether a push is let in."""
    assert "GIT_REMOTE" in deployment.found("note", "saves stay on this machine")["message"]
    folder = deployment.folder
    git(folder, "add", "content")
    git(folder, "commit", "--quiet", "--message=first")
    bare = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    append(f"GIT_REMOTE={bare}\n")(deployment)
    before = tree(folder), git(folder, "for-each-ref")
    deployment.found("ok", f"{bare} answers")
    deployment.found("ok", "is let in")
    assert git(bare, "for-each-ref") == ""
    assert (tree(folder), git(folder, "for-each-ref")) == before


def test_it_tells_why_the_remote_cannot_be_used(
    deployment: Deployment, git: Callable[..., str], tmp_path: Path
) -> None:
    """Without the password in its address."""
    git(deployment.folder, "add", "content")
    git(deployment.folder, "commit", "--quiet", "--message=first")
    append(f"GIT_REMOTE=http://ada:canary-word@127.0.0.1:{free_port()}/plan.git\n")(deployment)
    deployment.found("warning", "is sent in the clear")
    found = deployment.found("error", "cannot be reached")
    assert found["hint"]
