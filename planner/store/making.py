"""Making a repository, and the first commit of a plan in one."""

import os
from collections.abc import Mapping
from pathlib import Path

from planner.errors import StoreError
from planner.store.commits import Signature, new_commit
from planner.store.folder import Repository
from planner.store.git import Git, find_git
from planner.store.objects import new_object, write_objects
from planner.store.refs import move_branch
from planner.store.trees import changed_tree

_BRANCH = "main"


def init_repository(folder: Path) -> None:
    """Make an empty repository in a folder, without the host's templates.  Raises StoreError."""
    program = find_git(os.environ)
    if program is None:
        raise StoreError("git is not installed", "install git 2.31 or newer")
    Git(folder, program).run("init", "--quiet", f"--initial-branch={_BRANCH}", "--template=")


def first_commit(
    repository: Repository,
    branch: str,
    tip: str,
    files: Mapping[str, bytes],
    signature: Signature,
) -> str:
    """Commit files that lie in the work tree already (paths from its top), and nothing else.

    `tip` is the commit of `branch` (empty: it has none).  What a person has staged stays staged.
    No filter and no hook of the repository runs.  Raises StoreError as git does, MovedError when
    the branch moved meanwhile.
    """
    form = repository.object_format
    nothing = new_object("tree", b"", form)
    if not tip:
        write_objects(repository, [nothing])
    tree = changed_tree(repository, tip or nothing.id, files)
    made = new_commit(tree.id, [tip] if tip else [], signature, form)
    write_objects(repository, (*tree.objects, made))
    subject = signature.message.splitlines()[0]
    move_branch(repository, branch, tip, made.id, f"begin: {subject}")
    rows = "".join(
        f"{each.new.mode} {each.new.id}\t{each.path}\0" for each in tree.moves if each.new
    )
    repository.git.run("update-index", "-z", "--index-info", feed=rows.encode("utf-8"))
    return made.id
