"""Writing a file so that nobody ever sees half of it."""

import contextlib
import errno
import os
import re
import secrets
import stat
from pathlib import Path

from planner.errors import OutputError

# What a process that was killed may leave behind; such a file can be removed.
LEFTOVER = re.compile(r"\.[0-9a-f]{16}\.tmp")

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_file(path: Path, data: bytes, *, mode: int | None = None, sync: bool = False) -> bool:
    """Make `path` hold `data`; return whether anything was written.

    A file that holds these bytes already is not touched (nor is its mode).  Else the bytes go
    into a new file beside it, which then takes its place in one step: readers see the old file or
    the new one.  `mode` are the permission bits of the file; without it those of the old file
    stay, and a new file gets the usual ones.  With `sync` the bytes are on the disk when this
    returns.  A symbolic link at `path` is replaced, never written through.  The folder must exist.

    Raises OutputError when the file cannot be written; the old one is still there then.
    """
    try:
        old = _status(path)
        if old is not None and stat.S_ISREG(old.st_mode):
            if old.st_size == len(data) and _holds(path, data):
                return False
            if mode is None:
                mode = stat.S_IMODE(old.st_mode)
        _replace(path, data, mode, sync)
    except OSError as error:
        raise OutputError(*_cannot(path, error)) from error
    return True


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _holds(path: Path, data: bytes) -> bool:
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        return False  # not to be read, or no longer there: write it anew
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        return file.read(len(data) + 1) == data


def _replace(path: Path, data: bytes, mode: int | None, sync: bool) -> None:
    folder = path.parent
    # A short name of its own: the name of the file may be as long as the system allows.
    beside = folder / f".{secrets.token_hex(8)}.tmp"
    descriptor = os.open(beside, _NEW, 0o666 if mode is None else mode & 0o700)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            _write_all(descriptor, data)
            if mode is not None:
                os.fchmod(descriptor, mode)
            if sync:
                os.fsync(file)
        beside.replace(path)
    except BaseException:  # Ctrl-C too: leave nothing behind
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    if sync:
        _sync_folder(folder)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot(path: Path, error: OSError) -> tuple[str, str]:
    """Message and hint for a file that cannot be written."""
    hints = {
        errno.ENOSPC: "the disk is full: make room, then try again",
        errno.EDQUOT: "your quota on this disk is used up: make room, then try again",
        errno.EROFS: "the disk is read-only: choose another folder",
        errno.EACCES: "check who may write into that folder",
        errno.EPERM: "check who may write into that folder",
        errno.EISDIR: "there is a folder of that name: move it away",
        errno.ENOENT: "the folder it belongs in is gone",
        errno.ENAMETOOLONG: "the name is too long for this file system",
    }
    message = f"{path} cannot be written: {error.strerror or error}"
    return message, hints.get(error.errno or 0, "")
