"""Deploying as the operations guide says: a fresh clone, the example settings, `just deploy`."""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.service.processes import descendants, environment, eventually, lives, pgrep
from tests.service.served import ROOT, free_port

PROGRAMS = Path(sys.executable).parent
# What the key that signs is after a start in this folder, as the app itself has it.
KEY_OF_THE_APP = """
import hashlib, os
from gevent import monkey
monkey.patch_all()
from service.app import create_app
from service.master import current_settings
key = create_app(current_settings()).config["SECRET_KEY"]
print(hashlib.sha256(key.encode()).hexdigest(), flush=True)
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class Clone:
    """A fresh clone; the settings are those of its .env, but for the address."""

    folder: Path
    port: int

    @property
    def env(self) -> dict[str, str]:
        return {
            **environment(),
            "PATH": f"{PROGRAMS}:{environment()['PATH']}",
            "GUNICORN_BIND": f"127.0.0.1:{self.port}",
        }

    def status(self, path: str = "/health/readiness") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            try:
                connection.request("GET", path)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                return 0

    def key(self) -> str:
        done = subprocess.run(
            [sys.executable, "-c", KEY_OF_THE_APP],
            cwd=self.folder, env=self.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()[-1]

    @contextlib.contextmanager
    def deployed(self) -> Iterator[subprocess.Popen[bytes]]:
        """`just deploy`, in the foreground, until SIGTERM."""
        with (self.folder / "deploy.log").open("ab") as log:
            started = subprocess.Popen(
                ["just", "deploy"], cwd=self.folder, env=self.env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            eventually(
                lambda: self.status() == 200 or started.poll() is not None, "ready", deadline_s=60
            )
            assert started.poll() is None, (self.folder / "deploy.log").read_text()
            yield started
        finally:
            below = descendants(started.pid)
            started.send_signal(signal.SIGTERM)
            started.wait(30)
            eventually(lambda: not any(map(lives, below)), "everything it started has ended")


def fresh_clone(folder: Path) -> Clone:
    """What `git clone` gives, with the example as its settings."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    shutil.copy(folder / ".env.example", folder / ".env")
    (folder / ".env").chmod(0o600)
    return Clone(folder, free_port())


@dataclass(frozen=True, slots=True)
class Deployed:
    """A clone whose service runs: the processes below `just`."""

    clone: Clone
    just: int


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Shared by the tests that change nothing of it."""
    clone = fresh_clone(tmp_path_factory.mktemp("deployed") / "agented")
    assert doctor(clone).returncode == 0, "before the first start"
    with clone.deployed() as started:
        yield Deployed(clone, started.pid)
    assert "Traceback" not in (clone.folder / "deploy.log").read_text()


def doctor(clone: Clone) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["just", "doctor"], cwd=clone.folder, env=clone.env | {"PYTHONPATH": "."},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_fresh_clone_with_the_example_settings_becomes_ready(deployed: Deployed) -> None:
    """By `just deploy`; `pgrep gunicorn` finds master and worker; none is `python run.py`."""
    master, worker = pgrep("gunicorn", deployed.just)
    assert worker in descendants(master)
    command = Path(f"/proc/{master}/cmdline").read_bytes().decode().split("\0")
    assert command[1].endswith("/gunicorn")
    assert command[2:4] == ["-c", "gunicorn.conf.py"]
    folder = deployed.clone.folder
    assert Path(f"/proc/{worker}/cwd").resolve() == folder.resolve()
    shown = subprocess.run(["ps", "auxww"], capture_output=True, text=True, check=True).stdout
    assert any(f" {worker} " in line and "gunicorn" in line for line in shown.splitlines())
    assert "python run.py" not in shown
    assert deployed.clone.status("/admin/triggers") == 401


def test_what_it_wrote_is_for_its_owner_alone(deployed: Deployed) -> None:
    """The state folder, and the first key, which no terminal was there to show on."""
    state = deployed.clone.folder / "state"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "first-admin.key").stat().st_mode & 0o777 == 0o600
    assert (state / "first-admin.key").read_text().strip() not in (
        deployed.clone.folder / "deploy.log"
    ).read_text()


def test_the_doctor_sees_that_it_is_ready(deployed: Deployed) -> None:
    """By its recipe."""
    done = doctor(deployed.clone)
    assert done.returncode == 0, done.stdout
    assert "it is ready at 127.0.0.1" in done.stdout
    assert "first admin key still lies in" in done.stdout


def test_a_second_master_is_refused(deployed: Deployed) -> None:
    """SIGUSR2 asks gunicorn for one: it cannot have the state folder, and the first goes on."""
    master, worker = pgrep("gunicorn", deployed.just)
    os.kill(master, signal.SIGUSR2)
    log = deployed.clone.folder / "deploy.log"
    eventually(lambda: "another service uses" in log.read_text(), "the refusal")
    eventually(lambda: pgrep("gunicorn", deployed.just) == [master, worker], "it ends")
    assert deployed.clone.status() == 200


@pytest.mark.parametrize("source", ["file", "setting"])
def test_the_key_that_signs_is_the_same_after_a_restart(tmp_path: Path, source: str) -> None:
    """As the app's own configuration has it, with the same .env before and after."""
    clone = fresh_clone(tmp_path / "agented")
    if source == "setting":
        with (clone.folder / ".env").open("a") as dotenv:
            dotenv.write("SECRET_KEY=q8Zr3vN5xT1bK7mW9cL2hF4jD6sG0pYa\n")
    with clone.deployed():
        before = clone.key()
    with clone.deployed():
        assert clone.key() == before
    assert (clone.folder / "state" / "secret.key").exists() == (source == "file")
