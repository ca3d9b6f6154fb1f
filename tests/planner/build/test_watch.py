"""Waiting for changes of a plan's folder."""

import os
import threading
import time
from pathlib import Path

from planner.build.watch import changes

DEADLINE_S = 30.0


def test_a_name_that_is_no_utf8_does_not_end_the_watching(small_plan: Path) -> None:
    """The library that watches cannot tell it: that something changed is told nevertheless."""
    stop, told = threading.Event(), threading.Semaphore(0)

    def watch() -> None:
        for _ in changes(small_plan, None, stop):
            told.release()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        assert told.acquire(timeout=DEADLINE_S), "the first, which stands for what was before"
        (small_plan / os.fsdecode(b"requirements/\xff.md")).write_text("---\n---\n")
        assert told.acquire(timeout=DEADLINE_S)
        # What changes later is told of, too.
        deadline = time.monotonic() + DEADLINE_S
        while not told.acquire(timeout=0.5):
            assert thread.is_alive()
            assert time.monotonic() < deadline
            (small_plan / "plan.yaml").write_text(f"title: {time.monotonic()}\n")
        assert thread.is_alive()
    finally:
        stop.set()
        thread.join(DEADLINE_S)
    assert not thread.is_alive()
