"""Moving a branch to a new commit so that a person who works beside us never notices a tear.

Moving the branch alone would leave the index of the work tree behind, and the person's next plain
`git commit` would silently revert the save.  So, where the branch is checked out: take git's own
`index.lock`, look whether the files to change are clean, note in the journal what will happen, put
the new texts beside the files and the new index into the lock, move the branch by compare-and-swap
(from here on the save counts), rename the new texts over the files, and the lock to `index`.

Killed before the branch moved, the save is taken back by whoever comes next; killed after, it is
finished.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from planner.errors import DirtyError, StoreError
from planner.store import disk
from planner.store.folder import Repository, operation_of
from planner.store.index import IndexLock, Staged, new_ticket, staged
from planner.store.journal import (
    Journal,
    NotedFile,
    read_journal,
    remove_journal,
    write_journal,
)
from planner.store.objects import read_objects
from planner.store.refs import head_branch, move_branch, refuse_other_checkout, tip_of
from planner.store.trees import Entry, FileMove

# Called with the name of each point that a save passes; tests stop or kill it there.
Observe = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Advance:
    """A branch that moves from `old` (empty: it is new) to `new`, which differ in `moves`."""

    branch: str
    old: str
    new: str
    moves: Sequence[FileMove]
    reason: str


def unobserved(point: str) -> None:
    """Nobody looks."""


@contextlib.contextmanager
def index_held(repository: Repository, state: Path) -> Iterator[str]:
    """Hold git's `index.lock`, so that no git of a person moves anything; gives the ticket.

    The caller holds `save_lock(state)`.  Nothing is noted in the journal but that.  Raises
    BusyError when somebody else holds the lock, StoreError when it cannot be made.
    """
    journal = Journal("", new_ticket(), "")
    lock = IndexLock(repository, journal.ticket)
    write_journal(state, journal)
    try:
        lock.make_ticket()
        lock.take()
        yield journal.ticket
    finally:
        left = read_journal(state)
        if left == journal:  # no save took it over
            _take_back(repository, state, journal)


def advance(
    repository: Repository,
    state: Path,
    step: Advance,
    observe: Observe = unobserved,
    ticket: str = "",
) -> tuple[str, ...]:
    """Move the branch, and where it is checked out its files and its index.

    The caller holds `save_lock(state)` and has called `recover`; `ticket` is that of `index_held`,
    where the index is held already.  Returns the paths of files that
    a person changed or closed in the very moment, so that they could not be written: the commit
    has them, the disk does not.

    Raises MovedError when the branch is no longer at `old`, DirtyError when a file has an
    uncommitted change, BusyError when another git holds the lock, StoreError when git or the disk
    refuses.  Then nothing has moved.
    """
    if repository.bare:
        refuse_other_checkout(repository, step.branch)
        move_branch(repository, step.branch, step.old, step.new, step.reason)
        return ()
    journal = Journal(step.branch, ticket or new_ticket(), step.old)
    lock = IndexLock(repository, journal.ticket)
    write_journal(state, journal)
    try:
        if not ticket:
            lock.make_ticket()
        observe("ticket")
        lock.take()
        observe("locked")
        _refuse_operation(repository, step.branch)
        if head_branch(repository) == step.branch:
            journal = _prepare(repository, state, step, lock, journal, observe)
        else:
            refuse_other_checkout(repository, step.branch)
        observe("prepared")
        move_branch(repository, step.branch, step.old, step.new, step.reason)
    except BaseException:  # Ctrl-C too: nothing may stay locked or half prepared
        _take_back(repository, state, read_journal(state) or journal)
        raise
    observe("moved")
    if not journal.new:
        _take_back(repository, state, journal)
        return ()
    try:
        return _finish(repository, state, journal, observe, filled=True)
    except StoreError:
        # The commit counts.  The journal stays: whoever saves next finishes it.
        return tuple(file.path for file in journal.files)


def _refuse_operation(repository: Repository, branch: str) -> None:
    operation = operation_of(repository)
    if not operation or operation == "bisect":
        return
    if branch in {head_branch(repository), _rebased(repository)}:
        raise StoreError(
            f"nothing was saved: {repository.root} is in the middle of a {operation}",
            f"finish it (`git {operation} --continue`) or end it (`git {operation} --abort`) first",
        )


def _rebased(repository: Repository) -> str:
    """The branch that a rebase under way will move."""
    for folder in ("rebase-merge", "rebase-apply"):
        try:
            name = (repository.git_dir / folder / "head-name").read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        return name.removeprefix("refs/heads/")
    return ""


def _prepare(
    repository: Repository,
    state: Path,
    step: Advance,
    lock: IndexLock,
    journal: Journal,
    observe: Observe,
) -> Journal:
    """Look at the files, note what will happen, and put all that is new beside its place."""
    form, root = repository.object_format, repository.root
    before = {move.path: disk.standing(root, move.path) for move in step.moves}
    held = staged(repository, before)
    for move in step.moves:
        _refuse_dirty(repository, move, before[move.path], held.get(move.path, Staged(None)))
    observe("checked")
    files = tuple(disk.noted(move, before[move.path], form) for move in step.moves)
    folders = disk.missing_folders(root, files)
    journal = replace(journal, new=step.new, files=files, folders=folders)
    write_journal(state, journal)
    observe("noted")
    for move, file in zip(step.moves, files, strict=True):
        if file.temp:
            disk.prepare(root, file, disk.bytes_on_disk(move, before[move.path], form))
            observe("beside")
    lock.fill({move.path: move.new for move in step.moves})
    observe("indexed")
    return journal


def _refuse_dirty(
    repository: Repository, move: FileMove, before: disk.Standing, held: Staged
) -> None:
    """Raise DirtyError unless the file is in index and work tree as the branch has it."""
    blob = move.old.id if move.old is not None else ""
    if held.sparse:
        raise StoreError(
            f"nothing was saved: {move.path} lies outside of this sparse checkout",
            "take its folder into the checkout: git sparse-checkout add",
        )
    as_staged = held.entry == move.old and not held.unmerged
    if as_staged and before.is_clean(blob, repository.object_format):
        return
    person = before.data
    if before.is_clean(blob, repository.object_format) and held.entry is not None:
        person = _blob(repository, held.entry.id)
    raise DirtyError(
        f"nothing was saved: {move.path} has a change that is not committed",
        "commit it (git commit), or put it aside (git stash), then save again",
        path=move.path,
        committed=_text(_blob(repository, blob) if blob else None),
        uncommitted=_text(person),
    )


def _blob(repository: Repository, blob: str) -> bytes | None:
    found = read_objects(repository, [blob])[0]
    return found.data if found is not None else None


def _text(data: bytes | None) -> str | None:
    return data.decode("utf-8", "replace") if data is not None else None


def recover(repository: Repository, state: Path) -> bool:
    """Finish, or take back, a save that was killed; tell whether there was one.

    The caller holds `save_lock(state)`, so nobody is in the middle of a save now.  Raises BusyError
    when another git holds the lock that is needed for finishing, StoreError as git does.
    """
    journal = read_journal(state)
    if journal is None:
        return False
    if journal.new and _has_moved(repository, journal):
        _finish(repository, state, journal, unobserved)
    else:
        _take_back(repository, state, journal)
    return True


def _has_moved(repository: Repository, journal: Journal) -> bool:
    tip = tip_of(repository, journal.branch)
    if tip in {journal.old, ""}:
        return False
    probe = repository.git.probe("merge-base", "--is-ancestor", journal.new, tip)
    return tip == journal.new or probe.status == 0


def _take_back(repository: Repository, state: Path, journal: Journal) -> None:
    """Leave everything as it was before the save."""
    disk.discard(repository.root, journal.files, journal.folders)
    IndexLock(repository, journal.ticket).release()
    remove_journal(state)


def _finish(
    repository: Repository, state: Path, journal: Journal, observe: Observe, *, filled: bool = False
) -> tuple[str, ...]:
    """Bring work tree and index to the commit that the branch is at; doing it again is harmless.

    Index entries and files that a person changed since are left alone.  `filled`: the new index is
    in the lock already.
    """
    lock = IndexLock(repository, journal.ticket)
    if not lock.is_ours():
        lock.make_ticket()
        lock.take()
    if head_branch(repository) != journal.branch:
        _take_back(repository, state, journal)
        return ()
    left = []
    for file in journal.files:
        if not disk.settle(repository.root, file, repository.object_format):
            left.append(file.path)
        observe("file")
    if not filled:
        lock.fill(_entries_to_bring(repository, journal.files))
    lock.publish()
    observe("published")
    remove_journal(state)
    return tuple(left)


def _entries_to_bring(
    repository: Repository, files: Sequence[NotedFile]
) -> dict[str, Entry | None]:
    held = staged(repository, [file.path for file in files])
    return {
        file.path: file.new
        for file in files
        if held.get(file.path, Staged(None)) == Staged(file.old)
    }
