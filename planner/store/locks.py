"""A lock on an output folder, so that two builds into one folder come one after the other."""

import contextlib
import errno
import fcntl
import os
import socket
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path

from planner.errors import OutputError

_POLL = 0.05  # seconds between two tries
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_HOLDER_LIMIT = 500
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


def lock_path(folder: Path) -> Path:
    """The lock file of an output folder: beside it, so that pruning the folder spares it."""
    folder = folder.resolve()
    name = os.fsdecode(os.fsencode(folder.name)[:200])
    return folder.parent / f".{name}.lock"


@contextlib.contextmanager
def output_lock(
    folder: Path, *, timeout: float = 60.0, waiting: Callable[[str], None] | None = None
) -> Generator[None, None, None]:
    """Hold the lock on an output folder.

    Waits for at most `timeout` seconds; `waiting` is called once, with who holds the lock, if it
    is not free at once.  The system frees the lock when the process ends, however it ends.  Where
    no file can be made beside the folder, the folder itself is locked (it must exist then).

    Raises OutputError when another process kept the lock for the whole time, or when no lock can
    be made.
    """
    path = lock_path(folder)
    descriptor = _acquire(path, folder, timeout, waiting)
    try:
        _sign(descriptor)
        yield
    finally:
        _release(descriptor, path)


def _acquire(
    path: Path, folder: Path, timeout: float, waiting: Callable[[str], None] | None
) -> int:
    """Open and lock the lock file; the descriptor that holds the lock."""
    deadline = time.monotonic() + timeout
    while True:
        descriptor = _open(path, folder)
        try:
            if _try(descriptor):
                if _is_current(descriptor, path, folder):
                    return descriptor
            else:
                holder = _holder(descriptor)
                if waiting is not None:
                    waiting(holder)
                    waiting = None
                _wait(folder, holder, deadline)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _wait(folder: Path, holder: str, deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise OutputError(
            f"{folder} is being written by {holder}",
            "wait until it is done, or choose another folder with --out",
        )
    time.sleep(_POLL)


def _open(path: Path, folder: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, _OPEN, 0o644)
    except OSError as error:
        if error.errno in _NOT_ALLOWED:
            return _open_unwritable(path, folder)
        raise _no_lock(path, error) from error


def _open_unwritable(path: Path, folder: Path) -> int:
    """The lock file that another user made, else the folder itself: both can be locked."""
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _no_lock(path, error) from error
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _no_lock(folder, error) from error


def _no_lock(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be locked: {error.strerror or error}",
        "check who may write into that folder, or choose another with --out",
    )


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise OutputError(
            f"this file system has no locks: {error.strerror or error}",
            "choose a folder on a local disk with --out",
        ) from error
    return True


def _is_current(descriptor: int, path: Path, folder: Path) -> bool:
    """Whether the locked file is still the one at `path`: the last holder removed it on leaving."""
    held = os.fstat(descriptor)
    for place in (path, folder):
        try:
            if os.path.samestat(held, place.stat()):
                return True
        except OSError:
            continue
    return False


def _sign(descriptor: int) -> None:
    """Write into the lock file who holds it.  A folder, or a full disk, takes no signature."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"process {os.getpid()} on {socket.gethostname()} since {now}\n"
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode("utf-8", "replace"), 0)


def _holder(descriptor: int) -> str:
    try:
        text = os.pread(descriptor, _HOLDER_LIMIT, 0).decode("utf-8", "replace").strip()
    except OSError:
        text = ""
    return f"another build ({text})" if text.isprintable() and text else "another build"


def _release(descriptor: int, path: Path) -> None:
    with contextlib.suppress(OSError):
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            path.unlink()  # while it is still locked: nobody else can hold this file
    os.close(descriptor)
