"""Reading the files of a plan from the disk, in one walk that cannot leave the folder.

Every folder is opened below its parent and every file below its folder, without following links,
so that not even a link put there during the walk leads elsewhere.
"""

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from planner.errors import OutsideError, StoreError
from planner.model.problem import Problem, Severity
from planner.store import snapshot
from planner.store.below import FOLDER, open_below
from planner.store.filebytes import NotRegularError, read_bytes
from planner.store.folder import PlanFolder, operation_of, unmerged_paths
from planner.store.snapshot import (
    MAX_FILE_SIZE,
    MAX_FILES,
    Select,
    Snapshot,
    SourceFile,
    Stamp,
    everything,
)

_MAX_DEPTH = 32


def read_worktree(
    folder: PlanFolder,
    known: Mapping[str, Stamp] | None = None,
    select: Select = everything,
) -> Snapshot:
    """Read the plan's files as they are on the disk now.

    A file whose stamp equals the one in `known` (by path) is not read again: its `data` is None.
    So `known` must hold only files that the caller still has what it made of them.  Hidden files
    and folders (`.git`) are passed over in silence; links, sockets and the like, foreign
    repositories, files over 1 MiB, names that are not UTF-8 are problems.

    Raises StoreError when the folder cannot be read, or was deleted or replaced meanwhile.
    """
    walk = _Walk(known or {}, select, _hash_of(folder))
    try:
        top = os.open(folder.folder, FOLDER)
    except OSError as error:
        raise StoreError(_unreadable(folder.folder, error), "is it still there?") from error
    try:
        walk.folder(top, "", 0)
        if not _is_still(folder.folder, top):
            raise StoreError(f"the folder {folder.folder} was replaced while it was read")
    except OSError as error:
        raise StoreError(_unreadable(folder.folder, error), "is it still there?") from error
    finally:
        os.close(top)
    problems = [*walk.problems, *_conflicts(folder, walk.files)]
    return Snapshot(
        files=dict(sorted(walk.files.items())),
        others=tuple(sorted(walk.others)),
        problems=tuple(sorted(problems, key=lambda problem: (problem.path, problem.line))),
    )


def _unreadable(folder: Path, error: OSError) -> str:
    return f"the folder {folder} cannot be read: {error.strerror or error}"


def _is_still(folder: Path, descriptor: int) -> bool:
    return os.path.samestat(folder.stat(), os.fstat(descriptor))


def _hash_of(folder: PlanFolder) -> str:
    return folder.repository.object_format if folder.repository else "sha1"


class _Walk:
    """One walk over a folder: what was read so far."""

    def __init__(self, known: Mapping[str, Stamp], select: Select, object_format: str) -> None:
        self.files: dict[str, SourceFile] = {}
        self.others: list[str] = []
        self.problems: list[Problem] = []
        self._known = known
        self._select = select
        self._format = object_format
        self._seen = 0

    def folder(self, descriptor: int, prefix: str, depth: int) -> None:
        """Read the folder open at `descriptor`, whose path is `prefix` (empty or ending in /)."""
        with os.scandir(descriptor) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
        if depth and any(entry.name == ".git" for entry in entries):
            self.problems.append(snapshot.foreign_repository(prefix.removesuffix("/")))
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            self._seen += 1
            if self._seen > MAX_FILES:
                if self._seen == MAX_FILES + 1:
                    self.problems.append(snapshot.too_many())
                return
            path = prefix + entry.name
            if not self._unchanged(entry, path):
                self._entry(descriptor, entry, path, depth)

    def _unchanged(self, entry: os.DirEntry[str], path: str) -> bool:
        """Take a file that is as it was when it was read; nothing else of it is looked at."""
        known = self._known.get(path)
        if known is None or not known.settled:
            return False
        try:
            same = _same(known, entry.stat(follow_symlinks=False))
        except OSError:
            return False  # it just vanished
        if same:
            self.files[path] = SourceFile(path, known.blob, None, known)
        return same

    def _entry(self, parent: int, entry: os.DirEntry[str], path: str, depth: int) -> None:
        if entry.is_symlink():
            self._link(path)
        elif not snapshot.is_utf8(entry.name):
            self.problems.append(snapshot.bad_name(path))
        elif entry.is_dir(follow_symlinks=False):
            self._subfolder(parent, entry.name, path, depth)
        elif not self._select(path):
            self.others.append(path)
        else:
            try:
                self._file(parent, entry, path)
            except NotRegularError:
                self.problems.append(_special(path))
            except OSError as error:
                self._refused(path, error)

    def _link(self, path: str) -> None:
        # Where it leads is not looked at: it is refused if it is selected as a file or a folder.
        if self._select(path) or self._select(f"{path}/"):
            self.problems.append(snapshot.symbolic_link(path))
        else:
            self.others.append(path)

    def _subfolder(self, parent: int, name: str, path: str, depth: int) -> None:
        if not self._select(f"{path}/"):
            self.others.append(f"{path}/")
            return
        if depth >= _MAX_DEPTH:
            message = f"folders are nested more than {_MAX_DEPTH} deep; the rest is not read"
            self.problems.append(snapshot.refusal(path, "too-deep", message))
            return
        try:
            descriptor = os.open(name, FOLDER, dir_fd=parent)
            try:
                self.folder(descriptor, f"{path}/", depth + 1)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._refused(path, error)

    def _file(self, parent: int, entry: os.DirEntry[str], path: str) -> None:
        now = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(now.st_mode):
            self.problems.append(_special(path))
            return
        data, stamp = read_bytes(entry.name, parent, self._format)
        if data is None:
            self.problems.append(snapshot.too_large(path, stamp.size))
        else:
            self.files[path] = SourceFile(path, stamp.blob, data, stamp)

    def _refused(self, path: str, error: OSError) -> None:
        """Make a problem of what the system refused; a file that just vanished is no problem."""
        if error.errno in {errno.ENOENT, errno.ENOTDIR}:
            return
        if error.errno == errno.ELOOP:
            self.problems.append(snapshot.symbolic_link(path))
            return
        message = f"this cannot be read: {error.strerror or error}"
        self.problems.append(
            snapshot.refusal(path, "unreadable-file", message, "check its permissions")
        )


def _special(path: str) -> Problem:
    return snapshot.refusal(
        path, "special-file", "this is a pipe, socket or device, not a file", "remove it"
    )


def _same(known: Stamp, now: os.stat_result) -> bool:
    return (
        known.mtime_ns == now.st_mtime_ns
        and known.size == now.st_size
        and known.inode == now.st_ino
        and known.ctime_ns == now.st_ctime_ns
    )


def _conflicts(folder: PlanFolder, files: Mapping[str, SourceFile]) -> list[Problem]:
    """Files with merge conflict markers, and paths that git holds as unmerged."""
    marked = {path: row.stamp.conflict for path, row in files.items() if row.stamp}
    marked = {path: line for path, line in marked.items() if line}
    repository = folder.repository
    if repository is None or not (marked or operation_of(repository)):
        unmerged: frozenset[str] = frozenset()
    else:
        unmerged = frozenset(unmerged_paths(folder))
    return [
        _conflict(path, marked.get(path, 0), path in unmerged)
        for path in sorted(unmerged | set(marked))
    ]


def _conflict(path: str, line: int, unmerged: bool) -> Problem:
    if line and unmerged:
        message = "the merge of this file is not finished: here is a conflict marker"
        hint = "choose between the two texts, remove the markers, then `git add` the file"
    elif line:
        message = "a merge conflict marker was left in this file"
        hint = "choose between the two texts and remove the markers"
    else:
        message = "git holds this file as unmerged: changed on both sides, or deleted on one"
        hint = "when it is as it should be: `git add` it, or `git rm` it"
    return Problem(
        path=snapshot.shown(path),
        line=line,
        rule="merge-conflict",
        severity=Severity.ERROR if unmerged else Severity.WARNING,
        message=message,
        hint=hint,
    )


def read_file(folder: PlanFolder, path: str) -> SourceFile:
    """Read one file of the working tree, as the walk would.

    Raises OutsideError when `path` leaves the plan folder, is hidden, or passes a symbolic link,
    StoreError when there is no such file, or it is no ordinary file, or too large.
    """
    *parents, name = _inside(path)
    try:
        descriptor = open_below(folder.folder, parents)
        try:
            data, stamp = read_bytes(name, descriptor, _hash_of(folder))
        finally:
            os.close(descriptor)
    except NotRegularError as error:
        raise StoreError(f"{path} is not an ordinary file") from error
    except OSError as error:
        # A link opened as a folder is reported as ENOTDIR, as a file as ELOOP.
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            message = f"{path} passes through a symbolic link or a file"
            raise OutsideError(message) from error
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    if data is None:
        raise StoreError(f"{path} is larger than {MAX_FILE_SIZE:,} bytes")
    return SourceFile(path, stamp.blob, data, stamp)


def _inside(path: str) -> list[str]:
    parts = path.split("/")
    if "\0" in path or any(not part or part.startswith(".") for part in parts):
        raise OutsideError(
            f"{path!r} is not a path inside the plan folder",
            "give it relative to the plan folder, with / between names",
        )
    return parts
