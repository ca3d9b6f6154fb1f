"""A plan in a repository, and an editor of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from planner.edit.editor import Editor
from planner.store.commits import Person
from planner.store.folder import open_plan_folder

ADA = Person("Ada Lovelace", "ada@example.org")


class Desk:
    """A plan in `content/` of a repository, with git at hand."""

    def __init__(self, root: Path, git: Callable[..., str]) -> None:
        self.root = root
        self.content = root / "content"
        self._git = git

    def git(self, *args: str) -> str:
        """Run git in the repository."""
        return self._git(self.root, *args).removesuffix("\n")

    def editor(self) -> Editor:
        """A new editor, as another process would have."""
        return Editor(open_plan_folder(self.content))

    def shown(self, path: str, rev: str = "main") -> str:
        """A file of the plan in a revision."""
        return self.git("show", f"{rev}:content/{path}")

    def commit(self, path: str, old: str, new: str) -> None:
        """A person changes a file by hand and commits it."""
        file = self.content / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")
        self.git("commit", "--quiet", "--all", "--message=by hand")

    def clean(self) -> bool:
        """Whether work tree, index and branch agree."""
        return self.git("status", "--porcelain", "--untracked-files=all") == ""

    def count(self) -> int:
        """How many commits the main branch has."""
        return int(self.git("rev-list", "--count", "main"))


@pytest.fixture
def desk(small_plan: Path, git: Callable[..., str]) -> Desk:
    """The small plan, committed."""
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    return Desk(root, git)


@pytest.fixture
def editor(desk: Desk) -> Editor:
    """An editor of that plan."""
    return desk.editor()


@pytest.fixture
def ada() -> Person:
    """Who saves."""
    return ADA
