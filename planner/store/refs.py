"""Branches: where they are, and moving one by compare-and-swap."""

from dataclasses import dataclass
from pathlib import Path

from planner.errors import MovedError, RevisionError, StoreError
from planner.store.folder import Repository
from planner.store.git import Output, failure
from planner.store.plan_path import checked_branch

_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch: its name without `refs/heads/`, and the commit at its tip."""

    name: str
    tip: str


def head_branch(repository: Repository) -> str:
    """The branch that is checked out (of a bare repository: its main one), or empty: detached.

    Raises StoreError when git cannot tell.
    """
    command = ("symbolic-ref", "--quiet", "HEAD")
    answer = repository.git.probe(*command)
    _demand_answer(repository, command, answer)
    ref = answer.data.decode("utf-8", "surrogateescape").strip()
    return ref.removeprefix(_HEADS) if ref.startswith(_HEADS) else ""


def tip_of(repository: Repository, branch: str) -> str:
    """The commit at the tip of a branch, or empty when there is no such branch.

    Raises OutsideError for what is no name of a branch, StoreError when git cannot tell.
    """
    ref = f"{_HEADS}{checked_branch(branch)}^{{commit}}"
    command = ("rev-parse", "--verify", "--quiet", "--end-of-options", ref)
    answer = repository.git.probe(*command)
    _demand_answer(repository, command, answer)
    return answer.data.decode("ascii").strip() if answer.status == 0 else ""


def _demand_answer(repository: Repository, command: tuple[str, ...], answer: Output) -> None:
    """Raise StoreError where git did not say no, but could not look: as in another's repository."""
    if answer.status > 1 and answer.messages:
        raise failure(command, repository.root, answer.messages, answer.status)


def need_tip(repository: Repository, branch: str) -> str:
    """The commit at the tip of a branch.  Raises RevisionError when there is no such branch."""
    tip = tip_of(repository, branch)
    if not tip:
        raise RevisionError(
            f"there is no branch {branch!r} in {repository.root}",
            "it was deleted or renamed, or has no commit yet; see `git branch --all`",
        )
    return tip


def branches(repository: Repository, below: str = "") -> tuple[Branch, ...]:
    """All branches, or those whose name begins with the folder `below` (such as `plan`)."""
    listed = repository.git.run(
        "for-each-ref", "--format=%(objectname) %(refname)", f"{_HEADS}{below}"
    )
    rows = (line.split(" ", 1) for line in listed.decode("utf-8", "surrogateescape").splitlines())
    return tuple(Branch(ref.removeprefix(_HEADS), tip) for tip, ref in rows)


def all_tips(repository: Repository) -> tuple[str, ...]:
    """The commit of every branch, here and at remotes, each once."""
    listed = repository.git.run("for-each-ref", "--format=%(objectname)", _HEADS, "refs/remotes/")
    return tuple(dict.fromkeys(listed.decode("ascii").split()))


def move_branch(repository: Repository, branch: str, old: str, new: str, reason: str) -> None:
    """Move a branch from `old` (empty: it must not be there yet) to `new`.

    Raises MovedError when it was elsewhere by then, StoreError when git cannot write.
    """
    zeros = "0" * len(new)
    command = ("update-ref", "-m", reason, f"{_HEADS}{checked_branch(branch)}", new, old or zeros)
    answer = repository.git.probe(*command)
    if answer.status == 0:
        return
    if tip_of(repository, branch) != old:
        raise MovedError(f"the branch {branch} moved meanwhile", "try again on its new state")
    raise failure(command, repository.root, answer.messages, answer.status)


def keep_commit(repository: Repository, name: str, commit: str) -> str:
    """Keep a commit under `refs/agented/<name>/…`, which is no branch; returns the whole name.

    Raises StoreError when git cannot write.
    """
    ref = f"refs/agented/{checked_branch(name)}/{commit[:16]}"
    repository.git.run("update-ref", ref, commit)
    return ref


def delete_branch(repository: Repository, branch: str, tip: str) -> None:
    """Delete a branch that is at `tip`.  Raises MovedError and StoreError as `move_branch`."""
    command = ("update-ref", "-d", f"{_HEADS}{checked_branch(branch)}", tip)
    answer = repository.git.probe(*command)
    if answer.status != 0:
        if tip_of(repository, branch) != tip:
            raise MovedError(f"the branch {branch} moved meanwhile", "look at it again")
        raise failure(command, repository.root, answer.messages, answer.status)


def other_checkout(repository: Repository, branch: str) -> Path | None:
    """The folder of *another* work tree that has this branch checked out, if there is one."""
    listed = repository.git.run("worktree", "list", "--porcelain")
    here = (repository.common_dir if repository.bare else repository.root).resolve()
    folder = Path()
    for line in listed.decode("utf-8", "surrogateescape").splitlines():
        word, _, rest = line.partition(" ")
        if word == "worktree":
            folder = Path(rest)
        elif word == "branch" and rest == f"{_HEADS}{branch}" and folder.resolve() != here:
            return folder
    return None


def refuse_other_checkout(repository: Repository, branch: str) -> None:
    """Raise StoreError when another work tree has the branch checked out.

    Moving the branch below it would make that work tree revert the save with its next commit.
    """
    folder = other_checkout(repository, branch)
    if folder is not None:
        raise StoreError(
            f"the branch {branch} is checked out in another work tree, {folder}",
            "work on the plan there, or `git switch` that work tree to another branch first",
        )
