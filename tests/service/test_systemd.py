"""The unit under a real systemd: started, protected, killed, restarted, refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.service.processes import environment
from tests.service.served import ROOT, free_port

HERE = Path(__file__).parent
SYSTEMD = Path("/lib/systemd/systemd")
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not SYSTEMD.exists() or shutil.which("unshare") is None,
    reason="needs root, systemd and mount namespaces",
)
# The roadmap's limit.  Where every processor is shared by n programs, all takes n times as long.
LIMIT_S = 5.0


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What became of the unit; skips where this machine lets no systemd run."""
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, HERE / "in_systemd.py", ROOT, str(free_port())],
        env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if "no systemd" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("this machine lets no systemd run")
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_it_starts_with_a_master_and_a_worker(found: dict[str, Any]) -> None:
    """systemd waits until gunicorn says that it listens."""
    assert found["processes"] == 2
    assert "Traceback" not in found["log"]


def test_it_is_ready_again_within_five_seconds_of_a_kill(found: dict[str, Any]) -> None:
    """kill -9 of every gunicorn process, three times."""
    load = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert found["restarts"] == 3
    assert min(found["again_s"]) < LIMIT_S * load, found["again_s"]
    print("seconds from kill -9 to ready:", found["again_s"], "first start:", found["start_s"])


def test_it_can_write_its_state_and_its_repositories_only(found: dict[str, Any]) -> None:
    """Not its own code, not its settings, not the system."""
    writable = {path for path, can in found["writes"].items() if can}
    assert writable == {"/srv/plan", "/srv/home/agented"}


def test_it_has_no_rights_to_give_away(found: dict[str, Any]) -> None:
    """No new privileges, a filter on system calls, no capability."""
    assert found["protection"] == {"NoNewPrivs": "1", "Seccomp": "2", "CapBnd": "0" * 16}


def test_it_stops_in_order(found: dict[str, Any]) -> None:
    """With exit code 0, and not by a kill."""
    assert found["stopped"] == ["inactive", "0"]


def test_node_starts_under_the_unit(found: dict[str, Any]) -> None:
    """The programs of AI vendors run on it."""
    if "node" not in found:
        pytest.skip("node is not installed")
    assert found["node"] == "success"


def test_settings_that_cannot_work_leave_it_down(found: dict[str, Any]) -> None:
    """Exit code 78 is not tried again; the log has the reason."""
    assert found["refused"] == ["failed", "78", "0"]
    assert "agented: error: HSTS is 'perhaps'" in found["log"]
