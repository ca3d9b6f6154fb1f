"""The past of a plan as the site shows it: recent changes in words."""

import hashlib
from collections.abc import Mapping

from planner.build.loading import reads_of
from planner.codec.reading import assemble, kind_of_path
from planner.model.items import PlanTree
from planner.render.view import ChangeSet
from planner.store.folder import PlanFolder
from planner.store.history import History
from planner.store.versions import read_versions
from planner.trace.difference import Change, compare

RECENT_COMMITS = 40
# A commit that touches more files than this (a first import) is told by its subject alone.
_MAX_FILES = 400


def recent_changes(
    folder: PlanFolder,
    history: History,
    tree: PlanTree,
    held: Mapping[str, tuple[Change, ...]],
) -> tuple[ChangeSet, ...]:
    """What the newest commits changed, newest first.

    `tree` gives the titles of items that a commit left alone; `held` are changes known by commit.
    """
    recent = range(min(RECENT_COMMITS, len(history.commits)))
    wanted = [number for number in recent if history.commits[number].id not in held]
    fresh = _changes_of(folder, history, tree, wanted) if wanted else {}
    sets = []
    for number in recent:
        commit = history.commits[number]
        changes = held.get(commit.id)
        changes = fresh.get(commit.id, ()) if changes is None else changes
        sets.append(ChangeSet(commit.id, commit.time, commit.author, commit.subject, changes))
    return tuple(sets)


def context_mark(tree: PlanTree) -> str:
    """A digest of what the words of changes take from the plan as it is now."""
    mark = hashlib.blake2b(digest_size=16)
    for item in (*tree.milestones, *tree.phases):
        mark.update(f"{item.path}\0{item.title}\0".encode("utf-8", "surrogatepass"))
    mark.update("\0".join(tree.plan.verification_levels).encode("utf-8", "surrogatepass"))
    return mark.hexdigest()


def _changes_of(
    folder: PlanFolder, history: History, context: PlanTree, numbers: list[int]
) -> dict[str, tuple[Change, ...]]:
    """Compare the files that each commit changed, before and after it."""
    requests: list[tuple[str, str]] = []
    spans: dict[str, tuple[int, int, int]] = {}
    for number in numbers:
        commit = history.commits[number].id
        changes = [each for each in history.changes[number] if kind_of_path(each.path) is not None]
        if len(changes) > _MAX_FILES:
            continue
        start = len(requests)
        requests += [(f"{commit}^", change.old_path or change.path) for change in changes]
        middle = len(requests)
        requests += [(commit, change.path) for change in changes]
        spans[commit] = (start, middle, len(requests))
    data = read_versions(folder, requests)
    return {
        commit: compare(
            _tree(requests[start:middle], data[start:middle]),
            _tree(requests[middle:end], data[middle:end]),
            context,
        )
        for commit, (start, middle, end) in spans.items()
    }


def _tree(requests: list[tuple[str, str]], data: list[bytes | None]) -> PlanTree:
    files = [
        (path, content)
        for (_, path), content in zip(requests, data, strict=True)
        if content is not None
    ]
    return assemble(reads_of(files))[0]
