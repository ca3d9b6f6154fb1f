"""`planner proposals`: what is proposed in words, merged or closed, each conflict with a way on."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.edit.editor import Editor
from planner.edit.fields import SetFields
from planner.store.commits import Person
from planner.store.folder import open_plan_folder

Run = Callable[..., subprocess.CompletedProcess[str]]
Git = Callable[..., str]
EVE = Person("Eve", "eve@example.org")
LOOSER = "If the LED fails, then the board shall show the failure within 9 s."


@pytest.fixture
def plan(small_plan: Path, git: Git) -> Path:
    """The small plan with two proposals of Eve's."""
    root = small_plan.parent
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    editor = Editor(open_plan_folder(small_plan))
    for slug, item, change in (
        ("better", "LAMP-02", {"status": "approved"}),
        ("better", "WATCH-01", {"text": LOOSER}),
        ("other", "LAMP-02", {"owner": "eve"}),
    ):
        editor.save(SetFields(item, "requirement", change), EVE, proposal=slug)
    return root


def test_the_list_tells_what_gets_weaker_first_and_who_meets(run_planner: Run, plan: Path) -> None:
    """In words, with the people."""
    lines = run_planner("proposals", "list", cwd=plan).stdout.splitlines()
    assert lines[0].startswith("better: 2 commits by Eve <eve@example.org>, 20")
    assert lines[1:4] == [
        "  ! WATCH-01 was weakened: within 5 s became within 9 s",
        "  - LAMP-02 is now approved (was draft)",
        "  meets other: both change LAMP-02",
    ]
    found = json.loads(run_planner("proposals", "list", "--format", "json", cwd=plan).stdout)
    assert [each["slug"] for each in found] == ["better", "other"]
    assert found[0]["authors"] == [{"name": "Eve", "email": "eve@example.org"}]
    assert found[0]["impact"]["clashes"] == 0
    assert {each["weaker"] for each in found[0]["changes"]} == {"", "within 5 s became within 9 s"}


def test_show_tells_the_problems_that_it_brings(run_planner: Run, plan: Path) -> None:
    """And the diff, when asked."""
    done = run_planner("edit", "LAMP-02", "--set", "phase=nowhere", "--proposal", "bad", cwd=plan)
    assert done.returncode == 0
    assert "brings" in run_planner("proposals", "list", cwd=plan).stdout
    done = run_planner("proposals", "show", "bad", "--diff", cwd=plan)
    assert done.returncode == 0
    assert "unresolved-reference" in done.stderr
    assert "-phase: lamp\n+phase: nowhere" in done.stdout
    shown = json.loads(run_planner("proposals", "show", "bad", "--format", "json", cwd=plan).stdout)
    assert "unresolved-reference" in {each["rule"] for each in shown["merge"]["new_problems"]}
    refused = run_planner("proposals", "merge", "bad", cwd=plan)
    assert refused.returncode == 1
    assert "next:  planner proposals merge bad --reviewed" in refused.stdout
    assert run_planner("proposals", "merge", "bad", "--reviewed", cwd=plan).returncode == 0


def test_a_merge_names_its_approver(run_planner: Run, plan: Path, git: Git) -> None:
    """One commit, with the work tree brought along."""
    done = run_planner("proposals", "merge", "better", "-m", "Take it", cwd=plan)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("merged better as ")
    assert git(plan, "log", "-1", "--format=%an|%s|%(trailers:unfold,separator=%x7c)") == (
        "Ada Tester|Take it|Approved-by: Ada Tester <ada@example.org>|Proposal: better\n"
    )
    assert git(plan, "status", "--porcelain") == ""
    assert git(plan, "branch", "--list", "plan/*").split() == ["plan/other"]


@pytest.mark.parametrize(("side", "status"), [("yours", "approved"), ("theirs", "dropped")])
def test_a_clash_says_the_next_command_and_takes_a_side(
    run_planner: Run, plan: Path, git: Git, side: str, status: str
) -> None:
    """What does not clash is merged whichever side is taken; nothing moved before."""
    run_planner("edit", "LAMP-02", "--set", "status=dropped", "--set", "tags=old", cwd=plan)
    before = git(plan, "rev-parse", "main", "plan/better")
    done = run_planner("proposals", "merge", "better", cwd=plan)
    assert done.returncode == 1
    assert "LAMP-02: status\n  before: 'draft'\n  theirs: 'dropped'" in done.stderr
    assert "next: planner proposals merge better --take yours" in done.stdout
    assert git(plan, "rev-parse", "main", "plan/better") == before
    assert run_planner("proposals", "show", "better", cwd=plan).returncode == 1
    done = run_planner("proposals", "merge", "better", "--take", side, "--reviewed", cwd=plan)
    assert done.returncode == 0, done.stderr
    text = git(plan, "show", "HEAD:content/requirements/LAMP-02.md")
    assert f"status: {status}\n" in text
    assert "tags: [old]" in text
    assert "within 9 s" in git(plan, "show", "HEAD:content/requirements/WATCH-01.md")


@pytest.mark.parametrize("side", ["yours", "theirs"])
def test_a_side_is_taken_where_parts_of_a_criterion_clash(
    run_planner: Run, plan: Path, git: Git, side: str
) -> None:
    """And where one deleted what the other changed."""
    mine = '[{"id": "c1", "level": "full", "check": "look"}, {"id": "c2"}]'
    theirs = '[{"id": "c1", "level": "sanity"}, {"id": "c2", "status": "met"}]'
    for words in (
        ["edit", "lamp", "--kind", "phase", "--set", f"criteria={mine}", "--proposal", "parts"],
        ["edit", "TOW-02", "--set", "owner=eve", "--proposal", "parts"],
        ["edit", "lamp", "--kind", "phase", "--set", f"criteria={theirs}"],
        ["delete", "TOW-02", "--references", "keep"],
    ):
        assert run_planner(*words, cwd=plan).returncode == 0
    done = run_planner("proposals", "merge", "parts", "--take", side, "--reviewed", cwd=plan)
    assert done.returncode == 0, done.stderr
    text = git(plan, "show", "HEAD:content/phases/lamp.md")
    assert f"level: {'full' if side == 'yours' else 'sanity'}\n" in text
    assert "check: look" in text
    assert "status: met" in text
    there = git(plan, "ls-tree", "--name-only", "HEAD:content/requirements").split()
    assert ("TOW-02.md" in there) == (side == "yours")
    assert git(plan, "status", "--porcelain") == ""


def test_a_closed_proposal_can_be_opened_again(run_planner: Run, plan: Path, git: Git) -> None:
    """By the very command that it says."""
    tip = git(plan, "rev-parse", "plan/other")
    done = run_planner("proposals", "close", "other", cwd=plan)
    assert done.returncode == 0
    command = done.stdout.splitlines()[-1].removeprefix("open it again: ").split()
    git(plan, *command[1:])
    assert git(plan, "rev-parse", "plan/other") == tip


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["show", "nope"], 2, "open are: better, other"),
        (["merge", "nope"], 2, "no branch"),
        (["close", "nope"], 2, "no branch"),
        (["merge", "better", "--take", "yours"], 2, "leave --take out"),
        (["merge", "../../x"], 2, "branch"),
        (["merge", "better", "--take", "mine"], 2, "--take"),
    ],
)
def test_what_cannot_be_done_says_why(
    run_planner: Run, plan: Path, git: Git, words: list[str], code: int, says: str
) -> None:
    """Nothing moves."""
    before = git(plan, "for-each-ref")
    done = run_planner("proposals", *words, cwd=plan)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert git(plan, "for-each-ref") == before


def test_words_merged_within_a_line_are_shown_and_saved_when_reviewed(
    run_planner: Run, plan: Path, git: Git
) -> None:
    """`planner edit` names the way on, as well."""
    base = git(plan, "rev-parse", "HEAD:content/requirements/LAMP-02.md").strip()
    text = "text=The {} shall give a light of {} cd."
    run_planner("edit", "LAMP-02", "--set", text.format("lamp", "900"), cwd=plan)
    mine = ["edit", "LAMP-02", "--set", text.format("big lamp", "1000"), "--base", base]
    done = run_planner(*mine, cwd=plan)
    assert done.returncode == 1
    assert "+The big lamp shall give a light of 900 cd." in done.stdout
    assert "run it again with --reviewed" in done.stderr
    assert run_planner(*mine, "--reviewed", cwd=plan).returncode == 0
    assert "The big lamp shall give a light of 900 cd." in git(
        plan, "show", "HEAD:content/requirements/LAMP-02.md"
    )


def test_nothing_proposed_says_how_to_begin(run_planner: Run, plan: Path, git: Git) -> None:
    """An empty list is no riddle."""
    git(plan, "branch", "--quiet", "-D", "plan/better", "plan/other")
    done = run_planner("proposals", "list", cwd=plan)
    assert done.returncode == 0
    assert "--proposal SLUG" in done.stdout
