"""The commands that change the plan, as processes: each save is a commit, or says why not."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Git = Callable[..., str]


@pytest.fixture
def plan(small_plan: Path, git: Git) -> Path:
    """The small plan, committed."""
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    return root


def test_edit_saves_fields_as_one_commit(run_planner: Run, plan: Path, git: Git) -> None:
    """Lists by commas, a text from standard input or a file, an empty value takes away."""
    note = plan / "note.txt"
    note.write_text("First.\n\nSecond.\n")
    done = run_planner(
        "edit", "lamp-01", "--set", "status=done", "--set", "tags=a, b", "--set", "owner=",
        "--set", "links=TOW-01:refines,LAMP-02", "--set", f"notes=@{note}", cwd=plan,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("saved ")
    text = git(plan, "show", "HEAD:content/requirements/LAMP-01.md")
    assert "status: done" in text
    assert "tags: [a, b]" in text
    assert "owner" not in text
    assert "type: refines" in text
    assert text.endswith("## Notes\n\nFirst.\n\nSecond.\n")
    assert git(plan, "status", "--porcelain") == "?? note.txt\n"
    assert git(plan, "log", "-1", "--format=%an %ae") == "Ada Tester ada@example.org\n"


def test_a_dry_run_shows_the_diff_and_saves_nothing(run_planner: Run, plan: Path, git: Git) -> None:
    """With the problems that it would bring."""
    done = run_planner("edit", "LAMP-02", "--set", "phase=nowhere", "--dry-run", cwd=plan)
    assert "-phase: lamp\n+phase: nowhere" in done.stdout
    assert "unresolved-reference" in done.stderr
    assert git(plan, "rev-list", "--count", "HEAD") == "1\n"


def test_new_rename_and_delete(run_planner: Run, plan: Path, git: Git) -> None:
    """From making to taking away."""
    done = run_planner(
        "new", "requirement", "--set", "text=The lamp shall burn for 8 h.", "--set", "phase=lamp",
        "-m", "Add burning time", cwd=plan,
    )  # fmt: skip
    assert "on main: Add burning time" in done.stdout
    assert run_planner("rename", "LAMP-03", "BURN-01", cwd=plan).returncode == 0
    done = run_planner("delete", "LAMP-02", cwd=plan)
    assert done.returncode == 3
    assert "refer to it" in done.stderr
    assert run_planner("delete", "LAMP-02", "--references", "detach", cwd=plan).returncode == 0
    names = git(plan, "ls-tree", "--name-only", "HEAD:content/requirements").split()
    assert names == ["BURN-01.md", "LAMP-01.md", "TOW-01.md", "TOW-02.md", "WATCH-01.md"]
    phase = run_planner("new", "phase", "--set", "title=Fog", "--after", "tower", cwd=plan)
    assert phase.returncode == 0, phase.stderr
    assert 'number: "01.1"' in git(plan, "show", "HEAD:content/phases/fog.md")


def test_a_proposal_leaves_the_branch_and_the_files_alone(
    run_planner: Run, plan: Path, git: Git
) -> None:
    """Several saves join one."""
    for value in ("status=approved", "owner=eve"):
        done = run_planner("edit", "LAMP-02", "--set", value, "--proposal", "better", cwd=plan)
        assert "on plan/better" in done.stdout, done.stderr
    assert git(plan, "rev-list", "--count", "main..plan/better") == "2\n"
    assert git(plan, "status", "--porcelain") == ""


def test_a_clash_is_told_with_the_three_values(run_planner: Run, plan: Path, git: Git) -> None:
    """Exit code 1, and how to go on."""
    base = git(plan, "rev-parse", "HEAD:content/requirements/LAMP-02.md").strip()
    run_planner("edit", "LAMP-02", "--set", "status=dropped", cwd=plan)
    done = run_planner("edit", "LAMP-02", "--set", "status=done", "--base", base, cwd=plan)
    assert done.returncode == 1
    assert "before: 'draft'\n  theirs: 'dropped'\n  yours:  'done'" in done.stderr
    assert "--base " in done.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["edit", "LAMP-2", "--set", "owner=x"], "did you mean LAMP-02"),
        (["edit", "LAMP-02"], "nothing to change"),
        (["edit", "LAMP-02", "--set", "owner"], "sets nothing"),
        (["edit", "LAMP-02", "--set", "stauts=done"], "status"),
        (["edit", "LAMP-02", "--set", "status=doen"], "done"),
        (["edit", "lamp", "--set", "criteria=no"], "no JSON"),
        (["edit", "LAMP-02", "--set", "notes=@/no/such"], "cannot be read"),
        (["edit", "LAMP-02", "--set", "owner=x", "--branch", "-rf"], "no name of a branch"),
        (["new", "milestone", "--id", "../../etc"], "cannot be the id"),
        (["changelog", "HEAD"], "no two revisions"),
    ],
)
def test_what_cannot_be_done_says_why_and_how_to_go_on(
    run_planner: Run, plan: Path, git: Git, args: list[str], says: str
) -> None:
    """Exit code 2, no trace of Python, nothing saved."""
    done = run_planner(*args, cwd=plan)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert git(plan, "rev-list", "--count", "HEAD") == "1\n"


def test_a_plan_without_git_cannot_be_edited(run_planner: Run, small_plan: Path) -> None:
    """The message says what to run."""
    done = run_planner("edit", "LAMP-02", "--set", "owner=x", cwd=small_plan)
    assert done.returncode == 2
    assert "git init" in done.stderr


def test_nobody_is_told_to_say_who_they_are(run_planner: Run, plan: Path, git: Git) -> None:
    """A commit has an author."""
    nobody = {"GIT_AUTHOR_NAME": "", "GIT_AUTHOR_EMAIL": ""}
    done = run_planner("edit", "LAMP-02", "--set", "owner=x", cwd=plan, env=nobody)
    assert done.returncode == 2
    assert "git config" in done.stderr
    git(plan, "config", "user.name", "Grace")
    git(plan, "config", "user.email", "grace@example.org")
    assert run_planner("edit", "LAMP-02", "--set", "owner=x", cwd=plan, env=nobody).returncode == 0
    assert git(plan, "log", "-1", "--format=%an") == "Grace\n"


def test_a_changelog_is_markdown_with_the_weaker_first(run_planner: Run, plan: Path) -> None:
    """And markup in titles is only text."""
    run_planner("edit", "LAMP-02", "--set", "title=*<b>x", cwd=plan)
    run_planner("edit", "LAMP-02", "--set", "text=The lamp shall give a light of 900 cd.", cwd=plan)
    run_planner(
        "new", "requirement", "--set", "text=It shall burn.", "--set", "phase=lamp", cwd=plan
    )
    done = run_planner("changelog", "HEAD~3..HEAD", cwd=plan)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Changes of the plan from HEAD\\~3 to HEAD\n\n## ")
    assert "## Added\n\n- Requirement LAMP-03 was added: It shall burn.\n" in done.stdout
    assert "\\*\\<b\\>x" in done.stdout
    assert "Nothing changed." in run_planner("changelog", "HEAD..", cwd=plan).stdout
