"""By which day `planner check`, a build and the service judge a claim."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
Git = Callable[..., str]
LEDGER = """
    claims:
      - id: c1
        text: LEDs need no wick.
        valid_until: 2026-01-31
    """
COMMITTED = "2026-01-15T12:00:00Z"


@pytest.fixture
def old(small_plan: Path, git: Git, write_files: Callable[..., object]) -> Path:
    """A plan whose last commit is older than the last day of a claim, which has passed."""
    write_files(small_plan, {"research/lamps/claims.yaml": LEDGER})
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=a@example.org", "commit", "--quiet"]
    env = {**os.environ, "GIT_COMMITTER_DATE": COMMITTED}
    subprocess.run([*command, "--message=Claims"], cwd=root, env=env, check=True)
    return root


@pytest.mark.parametrize(
    ("options", "has_passed"),
    [
        ((), True),
        (("--rev", "HEAD"), False),
        (("--day", "2026-01-31"), False),
        (("--day", "2026-02-01"), True),
        (("--rev", "HEAD", "--day", "2026-02-01"), True),
    ],
)
def test_files_are_judged_by_today_and_revisions_by_their_own_day(
    run_planner: Run, old: Path, options: tuple[str, ...], has_passed: bool
) -> None:
    found = run_planner("check", *options, cwd=old)
    assert ("claim-expired" in found.stdout) == has_passed, found.stdout + found.stderr


def test_a_build_stands_still_and_a_wrong_day_is_refused(run_planner: Run, old: Path) -> None:
    """The same history gives the same pages on every day."""
    assert run_planner("build", "--out", "out", cwd=old).returncode == 0
    assert "claim-expired" not in (old / "out" / "problems" / "index.html").read_text("utf-8")
    refused = run_planner("check", "--day", "2026-02-30", cwd=old)
    assert refused.returncode == 2
    assert "--day" in refused.stderr
