"""Waiting for what will be so in a moment, and looking at processes."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

# On a machine that is busy with other work a start alone has taken 30 s.
DEADLINE_S = 60.0


def eventually(probe: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait until `probe` is true; the test fails when it is not in time."""
    deadline = time.monotonic() + deadline_s
    while not probe():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {deadline_s:.0f} s: {what}")
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process runs (one that has ended and was not waited for does not)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    found = []
    for name in (entry.name for entry in Path("/proc").iterdir()):
        if name.isdigit() and alive(int(name)):
            try:
                stat = Path(f"/proc/{name}/stat").read_text(encoding="utf-8")
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(name))
    return sorted(found)
