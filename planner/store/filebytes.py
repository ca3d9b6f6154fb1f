"""Reading one file of the disk: its bytes, its git blob id, and the stamp to know it again by."""

import hashlib
import os
import stat
import time

from planner.store.snapshot import MAX_FILE_SIZE, Stamp, conflict_line

# Non-blocking: opening a named pipe must not wait for someone to write into it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

# How far back a change must lie to be told apart from the next one.  The clocks of file systems
# tick every 10 ms or faster where they keep fractions of a second, every 1 or 2 s elsewhere.
_FINE_GRAIN_NS = 100_000_000
_COARSE_GRAIN_NS = 2_500_000_000


class NotRegularError(Exception):
    """A file turned into something else between listing and opening it."""


def blob_id(data: bytes, object_format: str = "sha1") -> str:
    """The id that git gives to a blob of these bytes."""
    digest = hashlib.new(object_format, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def read_bytes(name: str, parent: int, object_format: str) -> tuple[bytes | None, Stamp]:
    """The bytes of a file (None: too large) and its stamp, taken before the first byte."""
    descriptor = os.open(name, _FILE, dir_fd=parent)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise NotRegularError
        started = time.time_ns()
        data = _read_all(descriptor, before.st_size)
    finally:
        os.close(descriptor)
    if data is None:
        return None, _stamp(before, "", started, 0)
    blob = blob_id(data, object_format)
    return data, _stamp(before, blob, started, conflict_line(data))


def _read_all(descriptor: int, expected: int) -> bytes | None:
    if expected > MAX_FILE_SIZE:
        return None
    data = os.read(descriptor, expected + 1)
    if len(data) == expected:
        return data
    pieces, size = [data], len(data)
    while data and size <= MAX_FILE_SIZE:
        data = os.read(descriptor, MAX_FILE_SIZE)
        pieces.append(data)
        size += len(data)
    return b"".join(pieces) if size <= MAX_FILE_SIZE else None


def _stamp(status: os.stat_result, blob: str, started: int, conflict: int) -> Stamp:
    # The time of the last change of the inode: unlike the time of modification nobody can set it.
    changed = status.st_ctime_ns
    grain = _FINE_GRAIN_NS if changed % 1_000_000_000 else _COARSE_GRAIN_NS
    return Stamp(
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=changed,
        inode=status.st_ino,
        blob=blob,
        settled=changed + grain < started,
        conflict=conflict,
    )
