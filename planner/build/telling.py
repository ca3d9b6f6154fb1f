"""The past of each file as the site shows it; after a new commit it is not told all over again."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.render.view import HistoryEntry
from planner.store.history import Commit, History
from planner.store.lineage import FileChange, RawChange


@dataclass(frozen=True, slots=True)
class Told:
    """A history, and the commits of each path in it, newest first."""

    history: History
    entries: Mapping[str, tuple[HistoryEntry, ...]]


def tell(history: History, before: Told | None) -> Told:
    """The commits of each path; `before` is what was told last, to go on from."""
    if before is not None and before.history is history:
        return before
    entries = _continued(history, before) if before is not None else None
    if entries is None:
        entries = {
            path: tuple(_entry(history.commits[each.commit], each) for each in changes)
            for path, changes in history.files.items()
        }
    return Told(history, entries)


def _continued(history: History, before: Told) -> dict[str, tuple[HistoryEntry, ...]] | None:
    """The same where all that is new are later commits in which no file was renamed, else None.

    Such a change of a path that is known, or that begins, changes nothing else: see
    `planner.store.lineage.follow`.
    """
    old = before.history
    new = len(history.commits) - len(old.commits)
    if new < 0 or history.commits[new:] != old.commits or history.changes[new:] != old.changes:
        return None
    entries = dict(before.entries)
    for number in reversed(range(new)):
        for row in reversed(history.changes[number]):
            if row.old_path or (row.status != "A" and row.path not in entries):
                return None
            entry = _entry(history.commits[number], row)
            entries[row.path] = (entry, *entries.get(row.path, ()))
    return entries


def _entry(commit: Commit, change: FileChange | RawChange) -> HistoryEntry:
    return HistoryEntry(
        commit=commit.id,
        time=commit.time,
        author=commit.author,
        subject=commit.subject,
        status=change.status,
        path=change.path,
    )
