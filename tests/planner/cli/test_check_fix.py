"""`planner check --fix`: sure mends in the files, nothing committed, nobody's work touched."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.build.memory import Memory
from planner.edit.mending import files_as_they_are, mended, write_mended
from planner.model.provenance import text_hash
from planner.store.folder import open_plan_folder

Run = Callable[..., subprocess.CompletedProcess[str]]
Git = Callable[..., str]
Write = Callable[..., Any]

BAD = """
    ---
    # By hand.
    title: Fog
    ownr: ada
    phase: lamp
    ---

    If the fog rises, the the horn shall be able to log it within 5sec
    """
GOOD = """---
# By hand.
title: Fog
owner: ada
phase: lamp
---

If the fog rises, then the horn shall log it within 5 s.
"""


@pytest.fixture
def fog(small_plan: Path, write_files: Write) -> Path:
    """A requirement with six problems that need no choice."""
    write_files(small_plan, {"requirements/FOG-01.md": BAD})
    return small_plan / "requirements/FOG-01.md"


def test_the_files_are_mended_and_the_rest_is_reported(run_planner: Run, fog: Path) -> None:
    """Without git, too; comments stay.  What was done is told on stderr, the report on stdout."""
    done = run_planner("check", "--fix", "--format", "json", cwd=fog.parents[2])
    assert done.returncode == 0
    assert fog.read_text("utf-8") == GOOD
    assert "FOG-01" not in {each["item"] for each in json.loads(done.stdout)["problems"]}
    assert "mended content/requirements/FOG-01.md:4: unknown-key: write `owner`" in done.stderr
    assert "mended 6 problems in 1 file" in done.stderr
    again = run_planner("check", "--fix", cwd=fog.parents[2])
    assert "mended 0 problems" in again.stderr
    assert fog.read_text("utf-8") == GOOD


def test_a_mended_text_of_a_model_is_not_approved_any_more(
    run_planner: Run, small_plan: Path, write_files: Write
) -> None:
    """That of the mended field alone, with the hash of the new text."""
    text = "If the fog rises, the horn shall log it within 5sec."
    note = "Fog comes at night."
    said = "{{by: Ada, model: model-x, approved: Ben, approved_on: 2026-01-31, hash: {}}}"
    write_files(small_plan, {
        "requirements/FOG-01.md": "\n".join([
            "---", "title: Fog", "phase: lamp", "provenance:",
            f"  text: {said.format(text_hash(text))}",
            f"  rationale: {said.format(text_hash(note))}",
            "---", "", text, "", "## Rationale", "", note, "",
        ])
    })  # fmt: skip
    done = run_planner("check", "--fix", cwd=small_plan.parent)
    assert "mended" in done.stderr
    file = (small_plan / "requirements/FOG-01.md").read_text("utf-8")
    new = "If the fog rises, then the horn shall log it within 5 s."
    assert new in file
    assert f"text: {{by: Ada, model: model-x, hash: {text_hash(new)}}}" in file.replace('"', "")
    assert f"  rationale: {said.format(text_hash(note))}" in file
    assert "provenance-outdated" not in done.stdout


def test_a_dry_run_shows_the_diff_and_ends_with_1(run_planner: Run, fog: Path) -> None:
    """So that a pipeline can ask whether anything is left to mend."""
    before = fog.read_bytes()
    done = run_planner("check", "--fix", "--dry-run", cwd=fog.parents[2])
    assert done.returncode == 1
    assert "-ownr: ada\n+owner: ada\n" in done.stdout
    assert fog.read_bytes() == before
    fog.unlink()
    assert run_planner("check", "--fix", "--dry-run", cwd=fog.parents[2]).returncode == 0


def test_work_that_is_not_committed_stays_and_nothing_is_committed(
    run_planner: Run, small_plan: Path, write_files: Write, git: Git
) -> None:
    """Staged and unstaged changes of the person are there afterwards, with the mends on top."""
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    lamp = small_plan / "requirements/LAMP-02.md"
    lamp.write_text(lamp.read_text().replace("status: draft", "status: approved\nowner: me"))
    git(root, "add", "--all")
    lamp.write_text(lamp.read_text().replace("1000 cd.", "1000 cd"))
    write_files(small_plan, {"requirements/FOG-01.md": BAD})
    staged = git(root, "diff", "--cached")
    run_planner("check", "--fix", cwd=root)
    assert git(root, "diff", "--cached") == staged
    assert git(root, "rev-list", "--count", "HEAD") == "1\n"
    assert "owner: me" in lamp.read_text()
    assert git(root, "diff", "--", "content/requirements/LAMP-02.md") == ""
    assert git(root, "status", "--porcelain") == (
        "M  content/requirements/LAMP-02.md\n?? content/requirements/FOG-01.md\n"
    )


def test_a_mend_that_would_bring_an_error_is_left_out(
    run_planner: Run, small_plan: Path, write_files: Write
) -> None:
    """The others are made nevertheless."""
    text = """
        ---
        title: Fog
        number: "04"
        milestone: v1.0
        ---
        The horn sounds sounds.

        ## Succes criteria

        1. The horn sounds the the alarm within 5 s. {#c1}
           - verifies: NOBODY-99
        """
    write_files(small_plan, {"phases/fog.md": text})
    tower = small_plan / "phases/tower.md"
    tower.write_text(tower.read_text().replace(" {#c2}", ""))
    done = run_planner("check", "--fix", cwd=small_plan.parent)
    assert "criterion-without-id: write {#c2}" in done.stderr
    assert "mended 1 problem in 1 file" in done.stderr
    assert "## Succes criteria" in (small_plan / "phases/fog.md").read_text()
    assert "{#c2}" in tower.read_text()


def test_a_file_that_changed_meanwhile_is_left(fog: Path) -> None:
    """The person who saves in an editor at the same moment does not lose it."""
    done = mended(files_as_they_are(open_plan_folder(fog.parents[1]), Memory()))
    assert [each.problem.path for each in done.applied] == ["requirements/FOG-01.md"] * 6
    fog.write_text("---\ntitle: Mine\n---\nMine.\n")
    assert write_mended(done) == ("requirements/FOG-01.md",)
    assert fog.read_text() == "---\ntitle: Mine\n---\nMine.\n"


def test_a_link_is_not_written_through(fog: Path, tmp_path: Path) -> None:
    """It is no file of the plan."""
    outside = tmp_path / "outside.md"
    outside.write_bytes(fog.read_bytes())
    fog.unlink()
    fog.symlink_to(outside)
    before = outside.read_bytes()
    assert mended(files_as_they_are(open_plan_folder(fog.parents[1]), Memory())).applied == ()
    assert outside.read_bytes() == before


@pytest.mark.parametrize("args", [["--fix", "--rev", "HEAD"], ["--dry-run"]])
def test_only_files_can_be_mended(run_planner: Run, small_plan: Path, args: list[str]) -> None:
    """A revision stays what it is."""
    done = run_planner("check", *args, cwd=small_plan.parent)
    assert done.returncode == 2
    assert "work tree" in done.stderr


def test_a_bare_repository_has_no_files(
    run_planner: Run, small_plan: Path, git: Git, tmp_path: Path
) -> None:
    """The message says what to do."""
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "content")
    git(root, "commit", "--quiet", "--message=first")
    git(root, "clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    done = run_planner("check", "--fix", "--plan", tmp_path / "bare.git", cwd=root)
    assert done.returncode == 2
    assert "clone" in done.stderr
