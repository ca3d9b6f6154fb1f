"""The files of a save on the disk: looked at, prepared beside their place, and put there.

Every step goes through descriptors of folders, so that no link put there meanwhile leads elsewhere.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from planner.errors import OutsideError, StoreError
from planner.store.below import folder_below
from planner.store.filebytes import blob_id
from planner.store.journal import NotedFile
from planner.store.save_lock import cannot_write
from planner.store.trees import PROGRAM, FileMove

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Standing:
    """A file as it is on the disk: its bytes (None: there is none)."""

    data: bytes | None

    def is_clean(self, blob: str, object_format: str) -> bool:
        """Whether it is the committed `blob` (empty: no file), CR LF for LF allowed."""
        if self.data is None or not blob:
            return self.data is None and not blob
        return blob in {
            blob_id(self.data, object_format),
            blob_id(self.data.replace(b"\r\n", b"\n"), object_format),
        }

    def with_ends(self, data: bytes, blob: str, object_format: str) -> bytes:
        """`data` with the line ends that this file has on the disk but not in the commit."""
        if self.data is None or blob_id(self.data, object_format) == blob:
            return data
        return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def standing(root: Path, path: str) -> Standing:
    """What is on the disk at `path` below `root`.

    Raises OutsideError when a link or something else that is no file is in the way, StoreError
    when it cannot be read.
    """
    *parents, name = path.split("/")
    try:
        with folder_below(root, parents) as folder:
            return Standing(_content(folder, name))
    except FileNotFoundError:
        return Standing(None)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EISDIR}:
            raise OutsideError(
                f"nothing was saved: {root / path} is, or lies behind, no ordinary file or folder",
                "a plan holds its own files: replace the symbolic link or folder",
            ) from error
        raise StoreError(f"{root / path} cannot be read: {error.strerror or error}") from error


def _content(folder: int, name: str) -> bytes:
    descriptor = os.open(name, _READ, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EISDIR, "no ordinary file")
        return file.read(_LARGEST)


def noted(move: FileMove, before: Standing, object_format: str) -> NotedFile:
    """What the journal says of a file that is to change."""
    was = "" if before.data is None else blob_id(before.data, object_format)
    if move.data is None:
        return NotedFile(move.path, "", was, "", move.old, move.new)
    data = bytes_on_disk(move, before, object_format)
    temp = f".{secrets.token_hex(8)}.tmp"
    return NotedFile(move.path, temp, was, blob_id(data, object_format), move.old, move.new)


def bytes_on_disk(move: FileMove, before: Standing, object_format: str) -> bytes:
    """The new bytes of a file as they belong on this disk."""
    blob = move.old.id if move.old is not None else ""
    return before.with_ends(move.data or b"", blob, object_format)


def missing_folders(root: Path, files: Iterable[NotedFile]) -> tuple[str, ...]:
    """The folders that must be made for the files, the deepest last."""
    wanted = {parent for file in files if file.temp for parent in _folders(file.path)}
    return tuple(sorted(each for each in wanted if not os.path.lexists(root / each)))


def _folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def prepare(root: Path, file: NotedFile, data: bytes) -> None:
    """Write the new text of a file beside its place.  Raises StoreError."""
    *parents, name = file.path.split("/")
    try:
        with folder_below(root, parents, make=True) as folder:
            mode = _mode(folder, name)
            if file.new is not None and file.new.mode == PROGRAM and mode is None:
                mode = 0o755
            descriptor = os.open(file.temp, _NEW, 0o666, dir_fd=folder)
            with os.fdopen(descriptor, "wb") as out:
                out.write(data)
                out.flush()
                if mode is not None:
                    os.fchmod(descriptor, mode)
                os.fsync(descriptor)
    except OSError as error:
        raise cannot_write(root / file.path, error) from error


def _mode(folder: int, name: str) -> int | None:
    try:
        return stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return None


def settle(root: Path, file: NotedFile, object_format: str) -> bool:
    """Put the new text in its place, if the old one is still there; tell whether it is there now.

    Doing it again changes nothing.  A text that is neither the old nor the new one is a person's:
    it stays.
    """
    *parents, name = file.path.split("/")
    try:
        with folder_below(root, parents) as folder:
            now = _blob(folder, name, object_format)
            if now == file.was != file.now:
                if file.temp:
                    os.replace(file.temp, name, src_dir_fd=folder, dst_dir_fd=folder)
                else:
                    os.unlink(name, dir_fd=folder)
                now = file.now
            _drop(folder, file.temp)
    except OSError:
        return not file.now and not os.path.lexists(root / file.path)
    if not file.now:
        _remove_empty(root, parents)
    return now == file.now


def _blob(folder: int, name: str, object_format: str) -> str:
    try:
        return blob_id(_content(folder, name), object_format)
    except FileNotFoundError:
        return ""


def _drop(folder: int, temp: str) -> None:
    if temp:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temp, dir_fd=folder)


def _remove_empty(root: Path, parents: list[str]) -> None:
    """Remove the folders that a deleted file leaves empty, as git does."""
    with contextlib.suppress(OSError):
        for depth in range(len(parents), 0, -1):
            (root / "/".join(parents[:depth])).rmdir()


def discard(root: Path, files: Iterable[NotedFile], folders: Iterable[str]) -> None:
    """Remove what was prepared, and the folders made for it."""
    for file in files:
        *parents, _ = file.path.split("/")
        with contextlib.suppress(OSError), folder_below(root, parents) as folder:
            _drop(folder, file.temp)
    for path in sorted(folders, reverse=True):
        with contextlib.suppress(OSError):
            (root / path).rmdir()
