"""Merging two branches in memory: git does what it can, the rest is told file by file."""

import os
from dataclasses import dataclass, field

from planner.errors import StoreError
from planner.store.folder import Repository
from planner.store.git import failure

NEEDED = (2, 38)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that git could not merge: blob ids of its versions, empty where there is none.

    `path` is relative to the top of the repository.
    """

    path: str
    base: str = ""
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class TreeMerge:
    """A merged tree; files in `conflicts` have conflict markers in it and must be replaced."""

    tree: str
    conflicts: tuple[Conflict, ...] = field(default=())


def merge_trees(repository: Repository, ours: str, theirs: str) -> TreeMerge:
    """Merge the commit `theirs` into `ours`, without touching a branch, an index or a file.

    Raises StoreError when git is too old for that, or fails.
    """
    command = ("merge-tree", "--write-tree", "--no-messages", "-z", ours, theirs)
    answer = repository.git.probe(*command)
    if answer.status not in {0, 1}:
        raise _failed(command, repository, answer.messages, answer.status)
    tree, *rows = os.fsdecode(answer.data).split("\0")
    found: dict[str, dict[str, str]] = {}
    for row in filter(None, rows):
        about, _, path = row.partition("\t")
        _, blob, stage = about.split(" ")
        found.setdefault(path, {})[stage] = blob
    if answer.status == 1 and not found:
        raise StoreError(
            f"git could not merge {theirs} into {ours}", "merge this branch with git, by hand"
        )
    conflicts = (
        Conflict(path, stages.get("1", ""), stages.get("2", ""), stages.get("3", ""))
        for path, stages in sorted(found.items())
    )
    return TreeMerge(tree, tuple(conflicts))


def _failed(
    command: tuple[str, ...], repository: Repository, messages: str, status: int
) -> StoreError:
    if "usage:" in messages or "--write-tree" in messages:
        needed = ".".join(map(str, NEEDED))
        return StoreError(
            f"merging proposals needs git {needed} or newer", "update git, or merge by hand"
        )
    return failure(command, repository.root, messages, status)


def merge_base(repository: Repository, one: str, other: str) -> str:
    """The commit where two branches parted, empty when they share none."""
    answer = repository.git.probe("merge-base", one, other)
    return answer.data.decode("ascii").strip() if answer.status == 0 else ""


def count_between(repository: Repository, old: str, new: str) -> int:
    """How many commits `new` has that `old` has not."""
    return int(repository.git.run("rev-list", "--count", f"{old}..{new}"))


def is_ancestor(repository: Repository, old: str, new: str) -> bool:
    """Whether the commit `old` is `new` or lies in its past."""
    if old == new:
        return True
    command = ("merge-base", "--is-ancestor", old, new)
    answer = repository.git.probe(*command)
    if answer.status not in {0, 1}:
        raise failure(command, repository.root, answer.messages, answer.status)
    return answer.status == 0
