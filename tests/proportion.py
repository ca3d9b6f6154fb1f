"""Whether work grows with the size of what it is given, and no faster."""

import gc
import time
from collections.abc import Callable

TIMES = 8
# Work in proportion takes 8 times as long, work that is quadratic 64 times: half-way between.
_MOST = 24
_ROUNDS = 5


def assert_in_proportion(work: Callable[[int], object], size: int) -> None:
    """Eight times the size costs about eight times the time.

    Machines are noisy and noise only adds, so that the best of several rounds counts.
    """
    few, many = [], []
    for _ in range(_ROUNDS):
        few.append(_seconds(work, size))
        many.append(_seconds(work, TIMES * size))
        if min(many) < _MOST * (min(few) + 0.005):
            return
    raise AssertionError(f"{TIMES} times the size took {min(many) / min(few):.0f} times as long")


def _seconds(work: Callable[[int], object], size: int) -> float:
    """Processor time of this process, without what collecting its garbage happens to cost."""
    gc.disable()
    started = time.process_time()
    try:
        work(size)
        return time.process_time() - started
    finally:
        gc.enable()
