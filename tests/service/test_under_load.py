"""Under load the worker goes on: streams, a child that writes, and builds from nothing beside it.

`./justw load` gives the figures.  Here stand only what holds on any machine, and a ratio taken in
one run: a build on the worker's hub would make a tick late by the length of that build.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
STREAMS = 100

pytestmark = pytest.mark.slow


def test_streams_and_health_do_not_wait_for_builds_and_children() -> None:
    """All of it at once, on one worker."""
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "under_load.py", "--json", "--seconds", "10",
         "--streams", str(STREAMS), "--requirements", "1000"],
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["streams"] == STREAMS, "each stream is open to the end"
    assert seen["events"] >= STREAMS, "and got its first event"
    assert seen["refused"] == 0
    assert seen["read_per_s"] > 5_000_000, "the child is not held up"
    assert seen["builds"], "the planner built meanwhile"
    longest, shortest = max(seen["late_ms"]), min(seen["builds"]) * 1000
    assert longest < shortest / 2, (
        f"a tick was {longest:.0f} ms late beside {shortest:.0f} ms builds"
    )
    health = sorted(seen["health_ms"])
    assert health[int(len(health) * 0.99)] < shortest / 2
