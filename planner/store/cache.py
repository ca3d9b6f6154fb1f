"""A cache of what was made of the plan's files, kept in one file between runs.

The key of a value is the path *and* the blob id: the same bytes under another path are another
item.  The file is only a cache: one that is missing, damaged, of another version, or that somebody
else could have written, counts as empty.
"""

import hashlib
import marshal
import os
import platform
import stat
from pathlib import Path
from typing import Any

import planner
from planner.errors import OutputError
from planner.store.atomic import write_file
from planner.store.packing import Packer, PackingError

Key = tuple[str, str]

MAX_BYTES = 256 * 1024 * 1024
# At least so many values that a run did not ask for are kept: people switch between branches.
MIN_SPARE = 1_000
PARSING_PACKAGES = ("model", "codec", "trace")

_MAGIC = b"agented cache 1\n"
_DIGEST_SIZE = hashlib.sha256().digest_size


def code_version(*more: str) -> str:
    """A text that changes whenever cached values might: the planner's version, Python's, the
    source of the packages that make the values, and whatever the caller adds in `more`.
    """  # noqa: D205
    digest = hashlib.sha256()
    top = Path(planner.__file__).parent
    for package in PARSING_PACKAGES:
        for source in sorted((top / package).glob("*.py")):
            digest.update(f"{package}/{source.name}\0".encode())
            digest.update(source.read_bytes())
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    return "\0".join((planner.__version__, implementation, digest.hexdigest(), *more))


class ParseCache:
    """Values by path and blob id.

    Values are what `planner.store.packing` can pack: frozen dataclasses of the planner, tuples,
    mappings and plain values.  They are unpacked when they are first asked for.
    """

    def __init__(self, version: str) -> None:
        self._version = version
        self._packer = Packer()
        self._packed: dict[Key, bytes] = {}
        self._values: dict[Key, Any] = {}
        self._changed = False

    @classmethod
    def load(cls, path: Path, version: str) -> "ParseCache":
        """The cache kept in the file `path`, or an empty one if that file is not to be trusted."""
        cache = cls(version)
        data = _read_private(path)
        if data is not None:
            cache._fill(data)
        return cache

    def _fill(self, data: bytes) -> None:
        start = len(_MAGIC) + _DIGEST_SIZE
        payload = memoryview(data)[start:]
        if data[:start] != _MAGIC + hashlib.sha256(payload).digest():
            return
        try:
            version, names, packed = marshal.loads(payload)  # noqa: S302 - digest and owner hold
            if version == self._version:
                self._packer = Packer(names)
                self._packed = packed
        except (ValueError, TypeError, EOFError, PackingError):
            return  # whole, but of a kind that this version does not know

    def __len__(self) -> int:
        return len(self._packed.keys() | self._values.keys())

    def __contains__(self, key: object) -> bool:
        return key in self._values or key in self._packed

    def get(self, path: str, blob: str) -> Any:
        """The value of this path and blob, or None."""
        key = (path, blob)
        value = self._values.get(key)
        if value is None:
            packed = self._packed.get(key)
            if packed is None:
                return None
            try:
                value = self._values[key] = self._packer.unpack(packed)
            except PackingError:
                del self._packed[key]
                self._changed = True
        return value

    def put(self, path: str, blob: str, value: object) -> None:
        """Keep `value`, which must not be None, for this path and blob."""
        key = (path, blob)
        self._packed.pop(key, None)
        self._values[key] = value
        self._changed = True

    def save(self, path: Path) -> bool:
        """Write the cache into the file `path`; return whether the file now holds it.

        Nothing is written when nothing was put.  Kept are the values that were asked for or put,
        and of the others the newest, about as many again.  A folder that others may write into is
        not used; one that is missing is made, for this user only.

        Raises PackingError for a value of a kind that cannot be packed.
        """
        if not self._changed:
            return True
        self._pack()
        payload = marshal.dumps((self._version, self._packer.names, self._packed))
        if len(payload) > MAX_BYTES or not _make_private(path.parent):
            return False
        data = b"".join((_MAGIC, hashlib.sha256(payload).digest(), payload))
        try:
            write_file(path, data, mode=0o600)
        except OutputError:
            return False  # a build must not fail for its cache
        self._changed = False
        return True

    def _pack(self) -> None:
        """Pack what is not yet, and drop the oldest of what nobody asked for."""
        spare = [key for key in self._packed if key not in self._values]
        for key in spare[: max(0, len(spare) - max(MIN_SPARE, len(self._values)))]:
            del self._packed[key]
        for key, value in self._values.items():
            # Popped and put back: what was asked for is younger than what was not.
            self._packed[key] = self._packed.pop(key, b"") or self._packer.pack(value)


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


def _make_private(folder: Path) -> bool:
    """Make the folder if it is missing; whether only this user can write into it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.exists():
            folder.mkdir(mode=0o700)
        return folder.is_dir() and _is_private(folder.stat())
    except OSError:
        return False
