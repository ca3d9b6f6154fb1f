"""`planner history` and `planner restore`: the past of an item in words, and back from it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.edit.editor import Editor
from planner.edit.fields import SetFields
from planner.edit.renaming import Rename
from planner.store.commits import Person
from planner.store.folder import open_plan_folder

Run = Callable[..., subprocess.CompletedProcess[str]]
Git = Callable[..., str]
EVE = Person("Eve", "eve@example.org")
NEXT = "The lamp shall give a light of 900 cd."


@pytest.fixture
def plan(small_plan: Path, git: Git) -> Path:
    """The small plan, in which LAMP-02 was approved, renamed and reworded."""
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    editor = Editor(open_plan_folder(small_plan))
    for operation in (
        SetFields("LAMP-02", "requirement", {"status": "approved"}),
        Rename("LAMP-02", "requirement", "LIGHT-02"),
        SetFields("LIGHT-02", "requirement", {"text": NEXT}),
    ):
        editor.save(operation, EVE)
    return root


def commit(git: Git, plan: Path, back: int) -> str:
    return git(plan, "rev-parse", f"HEAD~{back}").strip()


@pytest.mark.parametrize("ref", ["LIGHT-02", "lamp-02"])
def test_versions_are_told_in_words(run_planner: Run, plan: Path, git: Git, ref: str) -> None:
    """Newest first, under former names, too."""
    done = run_planner("history", ref, cwd=plan)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{commit(git, plan, 0)[:12]}  ")
    assert lines[0].endswith("  Eve")
    assert "LIGHT-02 was weakened" in lines[1] or "LIGHT-02 was reworded" in lines[1]
    assert "  - Requirement LAMP-02 is now LIGHT-02" in lines
    assert "  - LAMP-02 is now approved (was draft)" in lines
    assert lines[-1] == "formerly LAMP-02"
    few = run_planner("history", ref, "-n", "1", cwd=plan).stdout
    assert "and 3 older" in few


def test_blame_tells_who_gave_each_field_its_value(run_planner: Run, plan: Path, git: Git) -> None:
    """With the value; as data as well."""
    rows = {
        line.split()[0]: line
        for line in run_planner("history", "LIGHT-02", "--blame", cwd=plan).stdout.splitlines()
    }
    assert f"{commit(git, plan, 2)[:12]}" in rows["status"]
    assert rows["status"].endswith("Eve  approved")
    assert f"{commit(git, plan, 3)[:12]}" in rows["title"]
    assert "Ada Tester" in rows["title"]
    data = run_planner("history", "LIGHT-02", "--blame", "--format", "json", cwd=plan).stdout
    assert json.loads(data)["fields"]["text"]["commit"] == commit(git, plan, 0)
    assert "c1, c2" in run_planner("history", "lamp", "--blame", cwd=plan).stdout


def test_two_versions_word_by_word_and_side_by_side(run_planner: Run, plan: Path, git: Git) -> None:
    """Between any two commits of its history."""
    old, new = commit(git, plan, 3), commit(git, plan, 0)
    done = run_planner("history", "LIGHT-02", "--diff", old[:8], new, cwd=plan)
    assert done.returncode == 0, done.stderr
    assert "light of [-1000-]{+900+} cd." in done.stdout
    assert "(was draft)" in done.stdout
    done = run_planner("history", "LIGHT-02", "--diff", old, new, "--side-by-side", cwd=plan)
    assert done.stdout.splitlines()[0].startswith(old[:12])
    assert any(" | " in line and "900 cd." in line for line in done.stdout.splitlines())
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    data = run_planner(
        "history", "LIGHT-02", "--diff", old, new, "--format", "json", cwd=plan
    ).stdout
    assert json.loads(data)["old"]["commit"] == old


def test_restore_is_a_new_commit_that_keeps_aliases(run_planner: Run, plan: Path, git: Git) -> None:
    """History goes on; old addresses still lead there."""
    first = commit(git, plan, 3)
    dry = run_planner("restore", "LIGHT-02", "--version", first, "--dry-run", cwd=plan)
    assert "+The lamp shall give a light of 1000 cd." in dry.stdout
    done = run_planner("restore", "LIGHT-02", "--version", first[:9], cwd=plan)
    assert done.returncode == 0, done.stderr
    assert f"Restore LIGHT-02 as of {first[:12]}" in done.stdout
    text = git(plan, "show", "HEAD:content/requirements/LIGHT-02.md")
    assert "status: draft" in text
    assert "1000 cd" in text
    assert "LAMP-02" in text
    assert git(plan, "rev-list", "--count", "HEAD") == "5\n"
    assert git(plan, "status", "--porcelain") == ""


def test_what_was_deleted_comes_back(run_planner: Run, plan: Path, git: Git) -> None:
    """The history of it says how."""
    run_planner("delete", "TOW-02", "--references", "keep", cwd=plan)
    deleted = commit(git, plan, 0)
    told = run_planner("history", "TOW-02", cwd=plan).stdout
    assert "was deleted: planner restore TOW-02 --version COMMIT" in told
    refused = run_planner("restore", "TOW-02", "--version", deleted, cwd=plan)
    assert refused.returncode == 2
    assert "planner history TOW-02" in refused.stderr
    done = run_planner("restore", "TOW-02", "--version", commit(git, plan, 4), cwd=plan)
    assert done.returncode == 0, done.stderr
    assert (plan / "content/requirements/TOW-02.md").is_file()


def test_a_restore_can_be_proposed(run_planner: Run, plan: Path, git: Git) -> None:
    """The branch stays."""
    before = git(plan, "rev-parse", "main")
    done = run_planner(
        "restore", "LIGHT-02", "--version", commit(git, plan, 3), "--proposal", "back", cwd=plan
    )
    assert "on plan/back" in done.stdout
    assert git(plan, "rev-parse", "main") == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["history", "NOPE-01"], "NOPE-01"),
        (["history", "LIGHT-02", "--diff", "abcdef0", "HEAD"], "did not change"),
        (["history", "LIGHT-02", "--blame", "--diff", "a", "b"], "choose one"),
        (["history", "LIGHT-02", "--side-by-side"], "--diff"),
        (["restore", "LIGHT-02", "--version", "deadbeef"], "planner history LIGHT-02"),
        (["restore", "LIGHT-02", "--version", ""], "planner history LIGHT-02"),
        (["restore", "LIGHT-02"], "--version"),
    ],
)
def test_what_cannot_be_done_says_why(
    run_planner: Run, plan: Path, git: Git, words: list[str], says: str
) -> None:
    """Exit code 2, nothing saved."""
    done = run_planner(*words, cwd=plan)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert git(plan, "rev-list", "--count", "HEAD") == "4\n"


def test_signs_that_steer_a_terminal_are_spelled_out(
    run_planner: Run, plan: Path, git: Git
) -> None:
    """A title comes from whoever could write it."""
    file = plan / "content/requirements/LIGHT-02.md"
    file.write_text(file.read_text().replace("title: Brightness", 'title: "a\\e[31mb"'))
    git(plan, "commit", "--quiet", "--all", "--message=x\x1b[31mred")
    for words in (["history", "LIGHT-02"], ["history", "LIGHT-02", "--blame"]):
        assert "\x1b" not in run_planner(*words, cwd=plan).stdout
