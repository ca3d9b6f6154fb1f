"""One value kept in a private file between runs.

The file is only a cache: one that is missing, damaged, of another version, or that somebody else
could have written, counts as empty.
"""

import hashlib
import marshal
import os
import stat
from pathlib import Path
from typing import Any

from planner.errors import OutputError
from planner.store.atomic import write_file
from planner.store.packing import Packer, PackingError

MAX_BYTES = 256 * 1024 * 1024

_MAGIC = b"agented cache 2\n"
_DIGEST_SIZE = hashlib.sha256().digest_size


def load_value(path: Path, version: str) -> Any:
    """The value kept in the file `path` by the same `version`, or None.

    Reading runs no code of the file's: it can make nothing but values of the planner.
    """
    data = _read_private(path)
    if data is None:
        return None
    start = len(_MAGIC) + _DIGEST_SIZE
    payload = memoryview(data)[start:]
    if data[:start] != _MAGIC + hashlib.sha256(payload).digest():
        return None
    try:
        kept_version, names, packed = marshal.loads(payload)  # noqa: S302 - digest and owner hold
        return Packer(names).unpack(packed) if kept_version == version else None
    except (ValueError, TypeError, EOFError, PackingError):
        return None  # whole, but of a kind that this version does not know


def save_value(path: Path, version: str, value: object) -> bool:
    """Keep `value` in the file `path`; return whether the file now holds it.

    `value` is what `planner.store.packing` can pack.  A folder that others may write into is not
    used; one that is missing is made, for this user only.

    Raises:
        PackingError: the value is of a kind that cannot be packed.

    """
    packer = Packer()
    packed = packer.pack(value)
    payload = marshal.dumps((version, packer.names, packed))
    if len(payload) > MAX_BYTES or not make_private(path.parent):
        return False
    data = b"".join((_MAGIC, hashlib.sha256(payload).digest(), payload))
    try:
        write_file(path, data, mode=0o600)
    except OutputError:
        return False  # a build must not fail for its cache
    return True


def _is_private(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read_private(path: Path) -> bytes | None:
    """The bytes of a file that only this user can have written, else None."""
    try:
        if not _is_private(path.parent.stat()):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not _is_private(status):
                return None
            return file.read() if status.st_size <= MAX_BYTES + 1024 else None
    except OSError:
        return None


def make_private(folder: Path) -> bool:
    """Make the folder if it is missing; tell whether only this user can write into it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.exists():
            folder.mkdir(mode=0o700)
        return folder.is_dir() and _is_private(folder.stat())
    except OSError:
        return False
