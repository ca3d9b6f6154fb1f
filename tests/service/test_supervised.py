"""supervisord brings the service back after `kill -9` of every gunicorn process.

As systemd does in `test_systemd.py`, which not every machine lets run.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conftest import SMALL_PLAN
from tests.service.processes import children, descendants, environment, eventually, lives, pgrep
from tests.service.served import KEY, ROOT, Served, free_port

# Debian's package `supervisor`.
SUPERVISORD = shutil.which("supervisord")
pytestmark = pytest.mark.skipif(
    SUPERVISORD is None and "REQUIRE_BROWSER" not in os.environ,
    reason="supervisord is not installed",
)
# The roadmap's limit.  Where every processor is shared by n programs, all takes n times as long.
LIMIT_S = 5.0
ATTEMPTS = 3


def limit_s() -> float:
    return LIMIT_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.fixture
def deployment(tmp_path: Path, write_files: Callable[[Path, Mapping[str, str]], Path]) -> Served:
    """A folder as the supervisor's example expects it: a checkout with .env, and its venv."""
    folder = tmp_path / "agented"
    folder.mkdir()
    shutil.copy(ROOT / "gunicorn.conf.py", folder)
    (folder / "service").symlink_to(ROOT / "service")
    (folder / "planner").symlink_to(ROOT / "planner")
    (folder / "templates").symlink_to(ROOT / "templates")
    write_files(folder / "content", SMALL_PLAN)
    port = free_port()
    (folder / ".env").write_text(f"GUNICORN_BIND=127.0.0.1:{port}\nAGENTED_API_KEY={KEY}\n")
    env = {
        **environment(),
        "PYTHONDONTWRITEBYTECODE": "",
        "AGENTED_FOLDER": str(folder),
        "AGENTED_VENV": sys.prefix,
    }
    return Served(env, folder, port)


def test_it_is_ready_again_within_five_seconds(deployment: Served) -> None:
    """kill -9 $(pgrep gunicorn), several times: back with a new master, a new worker, no orphan."""
    assert SUPERVISORD is not None
    with deployment.log.open("ab") as log:
        deployment.process = subprocess.Popen(
            [SUPERVISORD, "-c", ROOT / "deploy" / "supervisord.conf"],
            cwd=deployment.folder, env=deployment.env, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log,
        )  # fmt: skip
    supervisor = deployment.process.pid
    try:
        deployment.wait_ready(60)
        took = [kill_and_wait(deployment, supervisor) for _ in range(ATTEMPTS)]
        assert min(took) < limit_s(), took
        assert deployment.get("/admin/triggers").status == 200, "the key and the state are kept"
    finally:
        deployment.stop(signal.SIGTERM)
    print("seconds from kill -9 to ready:", ", ".join(f"{each:.2f}" for each in took))


def kill_and_wait(deployment: Served, supervisor: int) -> float:
    """Seconds from the kill until the new service is ready."""
    killed = pgrep("gunicorn", supervisor)
    below = descendants(supervisor)
    assert len(killed) == 2, "master and worker"
    began = time.monotonic()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    deployment.wait_ready(60)
    took = time.monotonic() - began
    found = pgrep("gunicorn", supervisor)
    assert len(found) == 2
    assert not set(found) & set(killed)
    eventually(
        lambda: not any(lives(each) for each in below), "nothing of the killed service lives"
    )
    assert len(children(supervisor)) == 1
    return took


def test_settings_that_cannot_work_are_not_tried_again_and_again(deployment: Served) -> None:
    """Exit code 78 leaves it down, with its one line in the log."""
    assert SUPERVISORD is not None
    with (deployment.folder / ".env").open("a") as dotenv:
        dotenv.write("HSTS=perhaps\n")
    with deployment.log.open("ab") as log:
        deployment.process = subprocess.Popen(
            [SUPERVISORD, "-c", ROOT / "deploy" / "supervisord.conf"],
            cwd=deployment.folder, env=deployment.env | {"HSTS": ""}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        eventually(lambda: "HSTS is 'perhaps'" in deployment.log.read_text(), "the reason")
    finally:
        deployment.stop(signal.SIGTERM)
