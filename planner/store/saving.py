"""The write door: new texts of files in, a commit on a branch out.  Nothing else writes a plan.

Without git there is no base to merge with, no author and no way back, so a plan in a plain folder
is refused (see docs/decisions).
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from planner.errors import MovedError, StoreError
from planner.store.advance import Advance, Observe, advance, index_held, recover, unobserved
from planner.store.commits import Signature, new_commit
from planner.store.folder import PlanFolder, Repository
from planner.store.objects import write_objects
from planner.store.plan_path import checked_path
from planner.store.refs import head_branch, tip_of
from planner.store.save_lock import save_lock
from planner.store.trees import changed_tree, moves_between

STATE_FOLDER = "agented"


@dataclass(frozen=True, slots=True)
class Written:
    """A commit that was made; empty `commit`: there was nothing to change.

    `files` are the paths that it changed, relative to the plan folder (those outside of it, which
    only a merge can bring, from the top of the repository with a leading `/`).  `left` are files
    of the work tree that could not be brought to it: `git checkout -- <path>` does.
    """

    commit: str
    files: tuple[str, ...]
    left: tuple[str, ...] = ()


def need_repository(folder: PlanFolder) -> Repository:
    """The repository of a plan folder.  Raises StoreError when there is none."""
    if folder.repository is None:
        raise StoreError(
            f"{folder.folder} cannot be edited here: {folder.no_git}",
            "every save is a commit: run `git init`, `git add` and `git commit` there first",
        )
    return folder.repository


def need_branch(repository: Repository) -> str:
    """The branch that is checked out.  Raises StoreError when there is none."""
    branch = head_branch(repository)
    if not branch:
        raise StoreError(
            f"no branch is checked out in {repository.root} (detached HEAD): a save would be lost",
            "`git switch` to a branch, or save as a proposal",
        )
    return branch


@contextlib.contextmanager
def open_writer(
    folder: PlanFolder,
    state: Path | None = None,
    *,
    timeout: float = 60.0,
    observe: Observe = unobserved,
) -> Iterator["Writer"]:
    """A writer for the plan, alone in the repository for as long as it is open.

    `state` is the folder for lock and journal; all who save to one repository must name the same
    (default: in the private folder of the work tree).  A save that was killed is finished or taken
    back first.

    Raises StoreError without a repository, or when it cannot be written, BusyError when it is in
    use for `timeout` seconds.
    """
    repository = need_repository(folder)
    state = state or repository.git_dir / STATE_FOLDER
    with save_lock(state, timeout=timeout) as held:
        repository = replace(repository, git=repository.git.holding(held))
        recover(repository, state)
        yield Writer(folder, repository, state, observe)


class Writer:
    """Makes commits on branches; get one from `open_writer`."""

    def __init__(
        self, folder: PlanFolder, repository: Repository, state: Path, observe: Observe
    ) -> None:
        self._prefix = folder.prefix
        self._repository = repository
        self._state = state
        self._observe = observe
        self._ticket = ""

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Let no git of a person move anything meanwhile (it says that the index is locked).

        For a save that others were quicker than, more than once.  Raises BusyError and StoreError.
        """
        if self._repository.bare:
            yield
            return
        with index_held(self._repository, self._state) as ticket:
            self._ticket = ticket
            try:
                yield
            finally:
                self._ticket = ""

    def _advance(self, step: Advance) -> tuple[str, ...]:
        return advance(self._repository, self._state, step, self._observe, self._ticket)

    def commit(
        self,
        branch: str,
        base: str,
        files: Mapping[str, bytes | None],
        signature: Signature,
        *,
        new: bool = False,
    ) -> Written:
        """Commit `files` (relative to the plan folder; None: deleted) on top of `base`.

        `base` must be the tip of `branch`; with `new` the branch must not be there, and begins at
        `base`.  Files that are so already make no commit.

        Raises OutsideError for a path that is refused, MovedError when the branch is elsewhere,
        DirtyError, BusyError and StoreError as `planner.store.advance` does; nothing moved then.
        """
        inside = {f"{self._prefix}{checked_path(path)}": data for path, data in files.items()}
        if not new and tip_of(self._repository, branch) != base:
            raise MovedError(f"the branch {branch} moved meanwhile", "try again on its new state")
        tree = changed_tree(self._repository, base, inside)
        if not tree.moves and not new:
            return Written("", ())
        made = new_commit(tree.id, [base], signature, self._repository.object_format)
        write_objects(self._repository, (*tree.objects, made))
        self._observe("objects")
        subject = signature.message.strip().splitlines()[0]
        old = "" if new else base
        step = Advance(branch, old, made.id, tree.moves, f"save: {subject}")
        left = self._advance(step)
        return Written(made.id, tuple(map(self._shown, (each.path for each in tree.moves))), left)

    def merge(
        self, branch: str, base: str, tree: str, others: Sequence[str], signature: Signature
    ) -> Written:
        """Commit a whole `tree` on `branch`, with `base` (its tip) and `others` as parents.

        Raises as `commit` does.
        """
        moves = moves_between(self._repository, base, tree)
        made = new_commit(tree, [base, *others], signature, self._repository.object_format)
        write_objects(self._repository, [made])
        step = Advance(branch, base, made.id, moves, f"merge: {signature.message.splitlines()[0]}")
        left = self._advance(step)
        return Written(made.id, tuple(self._shown(each.path) for each in moves), left)

    def forward(self, branch: str, old: str, new: str, reason: str) -> Written:
        """Bring a branch forward to `new`, a commit made elsewhere that has `old` in its past.

        With an empty `old` the branch must not be there.  Raises MovedError, DirtyError, BusyError
        and StoreError as `planner.store.advance` does; nothing moved then.
        """
        shown = not self._repository.bare and head_branch(self._repository) == branch
        moves = moves_between(self._repository, old, new) if shown and old else ()
        left = self._advance(Advance(branch, old, new, moves, reason))
        return Written(new, tuple(self._shown(each.path) for each in moves), left)

    def tree(self, base: str, files: Mapping[str, bytes | None]) -> str:
        """Write the tree of `base` (a commit or tree) with `files` changed, and return its id."""
        inside = {f"{self._prefix}{checked_path(path)}": data for path, data in files.items()}
        made = changed_tree(self._repository, base, inside)
        write_objects(self._repository, made.objects)
        return made.id

    def _shown(self, path: str) -> str:
        inside = path.startswith(self._prefix)
        return path.removeprefix(self._prefix) if inside else f"/{path}"
