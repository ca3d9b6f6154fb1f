"""Reading the files of a plan from a commit: one listing, one stream of the blobs wanted."""

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass

from planner.errors import RevisionError, StoreError
from planner.model.problem import Problem
from planner.store import snapshot
from planner.store.blobs import read_blobs
from planner.store.folder import PlanFolder, Repository, resolve_revision
from planner.store.git import MIB, failure
from planner.store.snapshot import (
    MAX_FILE_SIZE,
    MAX_FILES,
    Select,
    Snapshot,
    SourceFile,
    everything,
)

_LIST_LIMIT = 128 * MIB
_LINK, _SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of `git ls-tree`: mode, blob id, size in bytes, path below the plan folder."""

    mode: str
    blob: str
    size: int
    path: str


def read_revision(
    folder: PlanFolder,
    revision: str,
    known: Container[tuple[str, str]] = (),
    select: Select = everything,
) -> Snapshot:
    """Read the plan's files as they are in a commit.

    `revision` names the commit (`v1.0`, `HEAD~3`, an id); blobs for which `(path, blob)` is in
    `known` are not fetched: their `data` is None.  What is refused is as for the working tree.

    Raises RevisionError when there is no such revision, or no plan folder in it, StoreError when
    the folder is in no repository, or git fails.
    """
    repository = folder.repository
    if repository is None:
        raise StoreError(
            f"{folder.folder} has no history to read {revision!r} from: {folder.no_git}",
            "without --rev the files are read as they are",
        )
    commit = resolve_revision(repository, revision)
    sorter = _Sorter(select)
    for entry in _list(repository, commit, folder.prefix, revision):
        sorter.add(entry)
    wanted = [row for row in sorter.kept if (row.path, row.blob) not in known]
    blobs = dict(read_blobs(repository, {row.blob: row.size for row in wanted}))
    files = {
        row.path: SourceFile(row.path, row.blob, blobs.get(row.blob))
        if (row.path, row.blob) not in known
        else SourceFile(row.path, row.blob, None)
        for row in sorted(sorter.kept, key=lambda row: row.path)
    }
    problems = tuple(sorted(sorter.problems, key=lambda problem: problem.path))
    return Snapshot(files, tuple(sorted(sorter.others)), problems, commit)


def _list(repository: Repository, commit: str, prefix: str, revision: str) -> Iterator[_Entry]:
    tree = f"{commit}:{prefix.removesuffix('/')}"
    command = ("ls-tree", "-r", "-z", "--long", "--full-tree", tree)
    listing = repository.git.probe(*command, limit=_LIST_LIMIT)
    if listing.status != 0:
        if prefix and (
            "Not a valid object" in listing.messages or "not a tree" in listing.messages
        ):
            raise RevisionError(
                f"there is no folder {snapshot.shown(prefix)} at {revision!r}",
                "was the plan in another folder then?",
            )
        raise failure(command, repository.root, listing.messages, listing.status)
    for line in listing.data.split(b"\0"):
        if line:
            about, _, path = line.partition(b"\t")
            mode, _, blob, size = about.decode("ascii").split()
            length = int(size) if size.isdigit() else 0
            yield _Entry(mode, blob, length, os.fsdecode(path))


class _Sorter:
    """Sorts the entries of a tree into those to read, those passed over, and problems."""

    def __init__(self, select: Select) -> None:
        self.kept: list[_Entry] = []
        self.others: list[str] = []
        self.problems: list[Problem] = []
        self._select = select
        self._folders: dict[str, bool] = {"": True}
        self._seen = 0

    def add(self, entry: _Entry) -> None:
        """Take one entry."""
        parent = entry.path.rpartition("/")[0]
        parts = entry.path.split("/")
        if any(part in {"", ".", ".."} or part.casefold() == ".git" for part in parts):
            self.problems.append(snapshot.outside(entry.path))
        elif not any(part.startswith(".") for part in parts) and self._entered(parent):
            self._seen += 1
            if self._seen <= MAX_FILES:
                self._take(entry)
            elif self._seen == MAX_FILES + 1:
                self.problems.append(snapshot.too_many())

    def _entered(self, folder: str) -> bool:
        """Whether the selection enters this folder, and so all folders above it."""
        known = self._folders.get(folder)
        if known is None:
            above = self._entered(folder.rpartition("/")[0])
            known = above and self._select(f"{folder}/")
            if above and not known:
                self.others.append(f"{folder}/")
            self._folders[folder] = known
        return known

    def _take(self, entry: _Entry) -> None:
        selected = self._select(entry.path)
        if entry.mode in {_LINK, _SUBMODULE} and (selected or self._select(f"{entry.path}/")):
            refuse = snapshot.symbolic_link if entry.mode == _LINK else snapshot.foreign_repository
            self.problems.append(refuse(entry.path))
        elif not snapshot.is_utf8(entry.path):
            self.problems.append(snapshot.bad_name(entry.path))
        elif not selected:
            self.others.append(entry.path)
        elif entry.size > MAX_FILE_SIZE:
            self.problems.append(snapshot.too_large(entry.path, entry.size))
        else:
            self.kept.append(entry)
