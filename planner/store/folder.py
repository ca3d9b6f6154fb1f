"""A plan folder and the repository around it, if there is one."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import RevisionError, StoreError
from planner.store.git import Git, check_version, failure, find_git

_OPERATIONS = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}
_ASKED = (
    "rev-parse",
    "--path-format=absolute",
    "--is-shallow-repository",
    "--show-object-format",
    "--git-dir",
    "--git-common-dir",
    "--show-toplevel",  # last: it fails where there is no work tree, after the rest was printed
)
PLAN_FILE = "plan.yaml"
PLAN_FOLDER = "content"


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository.

    `root` is the top of the work tree (of a bare repository: its own folder), `git_dir` the
    private folder of this work tree, `common_dir` the one shared by all work trees.
    `object_format` is `sha1` or `sha256`.  A `partial` clone lacks some objects; `bare` means
    that there are no files beside the history.
    """

    git: Git
    root: Path
    git_dir: Path
    common_dir: Path
    object_format: str
    bare: bool
    shallow: bool
    partial: bool


@dataclass(frozen=True, slots=True)
class PlanFolder:
    """A plan folder, and where it lies in its repository.

    `prefix` is the path of the plan folder inside the repository, empty at its top, else ending
    in `/`.  `repository` is None for a plain folder; `no_git` then says why.  `today` gives the day
    (YYYY-MM-DD) by which the plan is judged now; None: it is judged by the day of its last commit.
    """

    folder: Path
    repository: Repository | None
    prefix: str = ""
    no_git: str = ""
    today: Callable[[], str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RepositoryState:
    """Where a repository stands right now.

    `head` is the commit that is checked out (empty: no commit yet), `branch` the branch (empty:
    detached, or not known), `operation` what is going on (`merge`, `rebase`, `cherry-pick`,
    `revert`, `bisect` or empty), `unmerged` the paths below the plan folder in conflict.
    """

    head: str
    branch: str
    operation: str
    unmerged: tuple[str, ...]


def open_plan_folder(
    folder: Path, *, prefix: str | None = None, environ: Mapping[str, str] | None = None
) -> PlanFolder:
    """Look at a plan folder: is it in a repository, and where in it.

    `folder` is an existing folder: the plan folder itself (it may be a symbolic link), or a bare
    repository.  There the plan is looked for at `content/plan.yaml`, then `plan.yaml`, of HEAD,
    or below `prefix` where that is given.

    Raises StoreError when the folder cannot be read, or git is too old, refuses the repository
    (`safe.directory`), or fails.
    """
    try:
        folder = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise StoreError(f"the plan folder {folder} cannot be read: {error}") from error
    if not folder.is_dir():
        raise StoreError(f"{folder} is not a folder")
    environ = os.environ if environ is None else environ
    program = find_git(environ)
    if program is None:
        return PlanFolder(folder, None, no_git="git is not installed")
    git = Git(folder, program, environ)
    asked = git.probe(*_ASKED)
    if "not a git repository" in asked.messages:
        return PlanFolder(folder, None, no_git=_why_none(asked.messages))
    if asked.status != 0 and "must be run in a work tree" not in asked.messages:
        check_version(git)
        raise failure(_ASKED, folder, asked.messages)
    repository = _repository(git, asked.data)
    if not repository.bare:
        return PlanFolder(folder, repository, _prefix(folder, repository.root))
    if repository.git_dir.resolve() != folder:
        return PlanFolder(folder, None, no_git="the folder lies inside the data of a repository")
    inside = _bare_prefix(repository) if prefix is None else _as_prefix(prefix)
    return PlanFolder(folder, repository, inside)


def _why_none(messages: str) -> str:
    """Why there is no repository, in our words where nothing is wrong: a plan may do without."""
    said = messages.splitlines()[0].removeprefix("fatal: ")
    return "the plan folder is in no git repository" if "(or any " in said else said


def _repository(git: Git, answer: bytes) -> Repository:
    lines = os.fsdecode(answer).removesuffix("\n").split("\n")
    if lines[0].startswith("--"):
        check_version(git)  # an old git repeats options that it does not know
    if len(lines) not in (4, 5):
        raise StoreError(
            f"the path of the repository around {git.folder} holds a line break",
            "rename that folder",
        )
    git_dir, common_dir = Path(lines[2]), Path(lines[3])
    has_files = len(lines) == 5
    root = Path(lines[4]) if has_files else common_dir
    return Repository(
        git=git.at(root),
        root=root,
        git_dir=git_dir,
        common_dir=common_dir,
        object_format=lines[1],
        bare=not has_files,
        shallow=lines[0] == "true",
        partial=_is_partial(common_dir),
    )


def _is_partial(common_dir: Path) -> bool:
    try:
        with os.scandir(common_dir / "objects" / "pack") as entries:
            return any(entry.name.endswith(".promisor") for entry in entries)
    except OSError:
        return False


def _prefix(folder: Path, top: Path) -> str:
    try:
        inside = folder.relative_to(top.resolve())
    except ValueError as error:
        raise StoreError(
            f"the work tree of the repository around {folder} is elsewhere, at {top}",
            "see core.worktree in the configuration of that repository",
        ) from error
    return _as_prefix(inside.as_posix())


def _as_prefix(path: str) -> str:
    path = path.strip("/")
    return "" if path in {"", "."} else f"{path}/"


def _bare_prefix(repository: Repository) -> str:
    if not head_of(repository):
        return ""
    wanted = f"HEAD:{PLAN_FOLDER}/{PLAN_FILE}"
    found = repository.git.probe("rev-parse", "--verify", "--quiet", wanted)
    return f"{PLAN_FOLDER}/" if found.status == 0 else ""


def head_of(repository: Repository) -> str:
    """The id of the commit that is checked out, or empty when there is no commit yet."""
    answer = repository.git.probe("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if answer.status == 0:
        return answer.data.decode("ascii").strip()
    if answer.messages:
        raise failure(("rev-parse",), repository.root, answer.messages)
    return ""


def resolve_revision(repository: Repository, revision: str) -> str:
    """The id of the commit that `revision` names: a branch, a tag, an id, `HEAD~3` and so on.

    Raises RevisionError when there is no such commit.
    """
    if revision == "HEAD":
        head = head_of(repository)
        if not head:
            raise RevisionError("the repository has no commits yet", "make a first commit")
        return head
    if revision and "\0" not in revision:
        asked = f"{revision}^{{commit}}"
        answer = repository.git.probe("rev-parse", "--verify", "--end-of-options", asked)
        commit = answer.data.decode("ascii", "replace").strip()
        if answer.status == 0 and commit.isalnum():
            return commit
    hint = "`git tag` and `git branch --all` list what there is"
    if repository.shallow:
        hint = "this is a shallow clone: `git fetch --unshallow --tags` brings the rest"
    raise RevisionError(f"the repository has no revision {revision!r}", hint)


def repository_state(folder: PlanFolder) -> RepositoryState:
    """Where the repository of a plan folder stands right now (all empty for a plain folder)."""
    repository = folder.repository
    if repository is None:
        return RepositoryState("", "", "", ())
    operation = operation_of(repository)
    unmerged = unmerged_paths(folder) if operation else ()
    return RepositoryState(head_of(repository), _branch(repository), operation, unmerged)


def operation_of(repository: Repository) -> str:
    """What is going on in the work tree: merge, rebase, cherry-pick, revert, bisect or empty."""
    for name, operation in _OPERATIONS.items():
        if (repository.git_dir / name).exists():
            return operation
    return ""


def _branch(repository: Repository) -> str:
    try:
        text = (repository.git_dir / "HEAD").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    branch = text.strip().removeprefix("ref: refs/heads/")
    # Where refs are not kept in files, HEAD names a branch that cannot be.
    return "" if branch == text.strip() or branch == ".invalid" else branch


def unmerged_paths(folder: PlanFolder) -> tuple[str, ...]:
    """The paths below the plan folder that git holds as unmerged, sorted."""
    repository = folder.repository
    if repository is None or repository.bare:
        return ()
    below = (folder.prefix,) if folder.prefix else ()
    listed = repository.git.run("ls-files", "-z", "--unmerged", "--", *below)
    paths = {entry.partition(b"\t")[2] for entry in listed.split(b"\0") if entry}
    prefix = os.fsencode(folder.prefix)
    return tuple(sorted(os.fsdecode(path.removeprefix(prefix)) for path in paths))
