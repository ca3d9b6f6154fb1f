"""`planner list`: items by kind and status, and the texts of models that wait for a person."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.model.provenance import text_hash

Run = Callable[..., subprocess.CompletedProcess[str]]
TEXT = "When fog rises, the horn shall sound."


@pytest.fixture
def plan(small_plan: Path, write_files: Callable[..., Any]) -> Path:
    """One text that waits, one that was approved, one that was changed since."""
    origin = "provenance:\n  text: {{by: Ada, model: m-1{}}}\n"
    head = f"---\ntitle: {{}}\nphase: lamp\nstatus: approved\n{origin}---\n\n"
    approved = f", approved: Ben, hash: {text_hash(TEXT)}"
    write_files(small_plan, {
        "requirements/FOG-01.md": head.format("Waits", "") + TEXT + "\n",
        "requirements/FOG-02.md": head.format("Approved", approved) + TEXT + "\n",
        "requirements/FOG-03.md": head.format("Changed", approved) + "It shall hum.\n",
    })  # fmt: skip
    return small_plan.parent


def test_what_waits_for_a_person_is_listed_with_its_origin(run_planner: Run, plan: Path) -> None:
    told = run_planner("list", "--unapproved", cwd=plan).stdout
    assert "requirement FOG-01 (approved): Waits\n    text: When fog rises" in told
    assert "      m-1, for Ada, changed since" in told
    assert "FOG-02" not in told
    rows = json.loads(run_planner("list", "--unapproved", "--format", "json", cwd=plan).stdout)[
        "items"
    ]
    assert [each["id"] for each in rows] == ["FOG-01", "FOG-03"]
    (text,) = rows[0]["texts"]
    assert (text["field"], text["hash"], text["model"]) == ("text", text_hash(TEXT), "m-1")


def test_items_are_listed_by_kind_and_status(run_planner: Run, plan: Path) -> None:
    told = run_planner("list", "--kind", "requirement", "--status", "approved", cwd=plan).stdout
    assert {"FOG-01", "FOG-02", "FOG-03"} <= {line.split()[1] for line in told.splitlines()}
    assert {line.split()[0] for line in told.splitlines()} == {"requirement"}
    assert "phase lamp: Lamp" in run_planner("list", cwd=plan).stdout
    assert run_planner("list", "--kind", "thing", cwd=plan).returncode == 2


def test_files_that_cannot_be_read_are_told_and_are_a_failure(
    run_planner: Run, plan: Path, write_files: Callable[..., Any]
) -> None:
    """One without front matter, one that is a link, and a broken plan.yaml, which has no row."""
    content = plan / "content"
    write_files(content, {"phases/broken.md": "no front matter", "plan.yaml": "title: [\n"})
    (content / "requirements" / "LINK-01.md").symlink_to(content / "requirements" / "FOG-01.md")
    told = run_planner("list", "--kind", "requirement", cwd=plan)
    assert told.returncode == 1
    assert "requirement FOG-01 (approved): Waits" in told.stdout
    for path, why in (
        ("phases/broken.md", "does not begin with front matter"),
        ("plan.yaml", ""),
        ("requirements/LINK-01.md", "this is a symbolic link"),
    ):
        (line,) = [each for each in told.stderr.splitlines() if f"content/{path}: " in each]
        assert why in line
    json_told = run_planner("list", "--format", "json", cwd=plan)
    assert json_told.returncode == 1
    shown = json.loads(json_told.stdout)
    assert [each["path"] for each in shown["unreadable"]] == [
        "phases/broken.md", "plan.yaml", "requirements/LINK-01.md",
    ]  # fmt: skip
    assert all(each["message"] for each in shown["unreadable"])
    assert "plan" not in {each["kind"] for each in shown["items"]}
