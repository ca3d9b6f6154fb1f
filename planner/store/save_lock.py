"""One save at a time in one repository, whichever process makes it."""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from planner.errors import BusyError, StoreError

_POLL = 0.01  # seconds between two tries
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def save_lock(state: Path, *, timeout: float = 60.0) -> Iterator[int]:
    """Hold the lock in the folder `state` (made if it is missing); gives its descriptor.

    The system frees it when the process ends, however it ends, and the processes to which it handed
    the descriptor: whoever gets it next knows that nobody else is in the middle of a save.

    Raises BusyError when others kept it for `timeout` seconds, StoreError when it cannot be made
    (a read-only repository).
    """
    descriptor = _open(state)
    try:
        _wait(descriptor, state, time.monotonic() + timeout)
        yield descriptor
    finally:
        os.close(descriptor)


def _open(state: Path) -> int:
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(state / "save.lock", _OPEN, 0o600)
    except OSError as error:
        raise cannot_write(state, error) from error


def _wait(descriptor: int, state: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"other saves keep the repository of {state} busy", "try again in a while"
                ) from None
            time.sleep(_POLL)
        except OSError as error:
            raise StoreError(f"{state}: this file system has no locks: {error.strerror}") from error
        else:
            return


def cannot_write(path: Path, error: OSError) -> StoreError:
    """What is said where something of a save cannot be written; nothing was saved then."""
    hints = {
        errno.ENOSPC: "the disk is full: make room, then save again",
        errno.EDQUOT: "your quota on this disk is used up: make room, then save again",
        errno.EROFS: "the repository is on a read-only disk: save where it can be written",
        errno.EACCES: "the repository is read-only for this user: check who may write into it",
        errno.EPERM: "check who may write into it, and that its file system has hard links",
    }
    message = f"nothing was saved: {path} cannot be written: {error.strerror or error}"
    return StoreError(message, hints.get(error.errno or 0, "check the disk"))
