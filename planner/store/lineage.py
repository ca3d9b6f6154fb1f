"""Following files through renames: from the changes of each commit to the changes of each file.

Pure: commits in, files out.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawChange:
    """What one commit did to one file: `status` is A, M, D, T or R, as in `git log`.

    `old_path` is the former path where `status` is R, else empty.  Paths are relative to the plan
    folder.
    """

    status: str
    path: str
    old_path: str = ""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of one file: `commit` is an index into the commits, newest first.

    `path` is the path that the file had after the change, `old_path` the one before a rename.
    """

    commit: int
    status: str
    path: str
    old_path: str = ""


def follow(changes: Sequence[Sequence[RawChange]]) -> dict[str, tuple[FileChange, ...]]:
    """The changes of each path, newest first.

    `changes` holds those of each commit, newest commit first.  A path that was renamed keeps the
    changes under its former paths.  A path that was deleted and made again keeps the changes of
    both lives, because a path is what makes an item what it is.
    """
    lines = _Lines()
    for index, rows in enumerate(changes):
        lines.commit(index, rows)
    return lines.result()


class _Lines:
    """The line of changes of each path, grown from the newest commit to the oldest."""

    def __init__(self) -> None:
        self._files: dict[str, list[FileChange]] = {}
        # Which line an older change of a path belongs to.
        self._owner: dict[str, list[FileChange]] = {}
        # Paths whose line has just reached the commit that made the path.
        self._made: set[str] = set()
        self._joined: list[list[FileChange]] = []

    def commit(self, index: int, rows: Sequence[RawChange]) -> None:
        """Take the changes of one commit, older than all before it."""
        renamed = []
        for row in rows:
            path = row.path
            line = self._owner.get(path)
            if line is None:
                line = self._owner[path] = self._files[path] = []
            line.append(FileChange(index, row.status, path, row.old_path))
            if row.old_path:
                renamed.append((row.old_path, line))
            if row.old_path or row.status == "A":
                self._made.add(path)
            else:
                self._made.discard(path)
        # Only now: in one commit, two files may have swapped their names.
        for old, line in renamed:
            self._was(old, line)

    def _was(self, old: str, line: list[FileChange]) -> None:
        """From here on back, the file of `line` was called `old`."""
        other = self._owner.get(old)
        if other is not None and other is not line and old not in self._made:
            # Newer changes of `old`, but no commit that made it anew: another branch went on
            # changing the file under its former name.
            line.extend(other)
            self._joined.append(line)
        self._owner[old] = line
        self._made.discard(old)

    def result(self) -> dict[str, tuple[FileChange, ...]]:
        """The changes of each path, newest first."""
        for line in self._joined:
            line.sort(key=lambda change: change.commit)
        return {path: tuple(line) for path, line in self._files.items()}
