"""Opening folders below another one step by step, so that no step can be a symbolic link."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_below(top: Path, parents: Sequence[str]) -> int:
    """Open `top/parents…` for looking names up below it.  Raises OSError."""
    descriptor = os.open(top, FOLDER)
    for part in parents:
        parent = descriptor
        try:
            descriptor = os.open(part, FOLDER, dir_fd=parent)
        finally:
            os.close(parent)
    return descriptor


@contextlib.contextmanager
def folder_below(top: Path, parents: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """A descriptor of `top/parents…`, closed afterwards; with `make`, missing folders are made.

    Raises OSError: ENOTDIR or ELOOP where a step is a link or a file.
    """
    descriptor = os.open(top, FOLDER)
    try:
        for part in parents:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o777, dir_fd=descriptor)
            below = os.open(part, FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)
