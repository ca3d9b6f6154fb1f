"""Looking at processes as an operator does, but only at those of one test."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE_S = 30.0


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """The processes that a process started and that still live."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(each) for each in found if lives(int(each))]


def descendants(pid: int) -> set[int]:
    """Children, their children, and so on."""
    found: set[int] = set()
    for child in children(pid):
        found |= {child} | descendants(child)
    return found


def pgrep(name: str, below: int) -> list[int]:
    """What `pgrep NAME` prints, of the processes below one: others may run the same program."""
    done = subprocess.run(["pgrep", name], capture_output=True, text=True, check=False)
    return sorted({int(each) for each in done.stdout.split()} & descendants(below))


def environment() -> dict[str, str]:
    """That of the tests, without what leads Python back into this checkout."""
    kept = dict(os.environ)
    kept.pop("PYTHONPATH", None)
    return kept


def eventually(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait for something to become true; fail with `what` when it does not."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {deadline_s:.0f} s: {what}"
        time.sleep(0.05)
