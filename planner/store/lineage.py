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


# Lines that can share older changes: one for each branch that renamed the same file.
_MOST_SHARED = 8


class _Lines:
    """The line of changes of each path, grown from the newest commit to the oldest."""

    def __init__(self) -> None:
        self._files: dict[str, list[FileChange]] = {}
        # Which lines an older change of a path belongs to; nearly always one.
        self._owners: dict[str, list[list[FileChange]]] = {}
        # Paths whose line has just reached the commit that made the path.
        self._made: set[str] = set()
        self._joined: list[list[FileChange]] = []

    def commit(self, index: int, rows: Sequence[RawChange]) -> None:
        """Take the changes of one commit, older than all before it."""
        renamed = []
        for row in rows:
            path = row.path
            lines = self._owners.get(path)
            if lines is None:
                lines = self._owners[path] = [self._files.setdefault(path, [])]
            change = FileChange(index, row.status, path, row.old_path)
            for line in lines:
                line.append(change)
            if row.old_path:
                renamed.append((row.old_path, lines))
            if row.old_path or row.status == "A":
                self._made.add(path)
            else:
                self._made.discard(path)
        # Only now: in one commit, two files may have swapped their names.
        for old, lines in renamed:
            self._was(old, lines)

    def _was(self, old: str, lines: list[list[FileChange]]) -> None:
        """From here on back, the file of `lines` was called `old`."""
        others = self._owners.get(old)
        if others is not None and old not in self._made:
            # Newer changes of `old`, but no commit that made it anew: another branch went on
            # changing the file under its former name, or gave it another new one.
            for line in lines:
                self._join(line, old, others)
            seen = {id(line) for line in others}
            lines = [*others, *(line for line in lines if id(line) not in seen)][:_MOST_SHARED]
        self._owners[old] = lines
        self._made.discard(old)

    def _join(self, line: list[FileChange], old: str, others: list[list[FileChange]]) -> None:
        """Put the changes made to `old`, found in `others`, into `line`, each once."""
        held = set(line)
        found = {change for other in others for change in other if change.path == old} - held
        if found:
            line.extend(found)
            self._joined.append(line)

    def result(self) -> dict[str, tuple[FileChange, ...]]:
        """The changes of each path, newest first."""
        for line in self._joined:
            line.sort(key=lambda change: (change.commit, change.path))
        return {path: tuple(line) for path, line in self._files.items()}
