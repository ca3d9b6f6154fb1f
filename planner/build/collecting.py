"""Garbage collection put off while a plan is worked on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_gc() -> Iterator[None]:
    """No garbage collection meanwhile: it would walk the whole plan over and over, in vain."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def settle() -> None:
    """Collect what was thrown away, and take what is left for lasting: it is not walked again.

    For a process that keeps a plan in memory; its garbage collector can then stay off.
    """
    gc.collect()
    gc.freeze()
