"""`planner ask` as a process: from an empty folder to a committed plan, with breaks."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.cli.main import run

Git = Callable[..., str]
Ask = Callable[..., subprocess.CompletedProcess[str]]
BRIEF = "A website where the members of a choir sign in to book rehearsal rooms"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "choir"
    folder.mkdir()
    return folder


@pytest.fixture
def ask(root: Path, place: Path, tmp_path: Path) -> Ask:
    """Run `planner ask …` there, with what a person types, with a cache of its own."""

    def run_ask(*args: str | Path, typed: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "planner", "ask", *map(str, args)],
            cwd=place,
            env=environment(root, tmp_path) | env,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_ask


def environment(root: Path, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root), "AGENTED_CACHE_DIR": str(tmp_path / "cache")}


def kept(tmp_path: Path) -> Path:
    """The file of the answers."""
    found = list((tmp_path / "cache" / "interviews").glob("*.json"))
    assert len(found) == 1
    return found[0]


def test_from_an_empty_folder_to_a_committed_plan(
    ask: Ask, place: Path, git: Git, root: Path, tmp_path: Path
) -> None:
    """A sentence, two answers, one left open; yes to git, yes to the diff."""
    done = ask(typed=f"{BRIEF}\nbook a room\ncancel it\n\n2\n\nq\na\ny\ny\n")
    assert done.returncode == 0, done.stderr
    assert "Round 1: 5 questions of" in done.stdout
    assert "+ Book a room: The system shall let a user book a room." in done.stdout
    assert "- assumption: Proof of identity" in done.stdout
    assert "stays open" in done.stdout
    assert git(place, "rev-list", "--count", "main") == "2\n"
    assert git(place, "status", "--porcelain") == ""
    assert "by link" in git(place, "show", "main:content/requirements/AUTH-01.md")
    assert "+++ b/requirements/AUTH-01.md" in done.stdout
    check = subprocess.run(
        [sys.executable, "-m", "planner", "check"],
        cwd=place,
        env=environment(root, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0
    assert "warning" not in check.stdout
    # What is saved need not be kept.
    assert not list((tmp_path / "cache" / "interviews").glob("*.json"))


def test_a_plan_that_git_does_not_have_is_taken_into_it(ask: Ask, place: Path, git: Git) -> None:
    """Its gaps are asked about; nothing is made before a yes, then its files come first."""
    (place / "content" / "phases").mkdir(parents=True)
    (place / "content" / "plan.yaml").write_text("title: Choir\n")
    (place / "content" / "phases" / "hall.md").write_text(
        '---\ntitle: Hall\nnumber: "01"\n---\n\nOne sings in it.\n'
    )
    typed = "\nrent it\n\nq\na\n"
    refused = ask(typed=f"{typed}n\n")
    assert refused.returncode == 1, refused.stderr
    assert "in a new git repository" in refused.stdout
    assert not (place / ".git").exists()
    done = ask("--yes")
    assert done.returncode == 0, done.stderr
    assert git(place, "log", "--format=%s").splitlines()[1] == "Begin to keep the plan in git"
    assert "let a user rent it" in git(place, "show", "HEAD")
    assert git(place, "status", "--porcelain") == ""


def test_nothing_is_written_without_a_yes(ask: Ask, place: Path) -> None:
    """No repository and no file, and the answers are still there."""
    done = ask("--brief", BRIEF, typed="sing\n\nq\na\nn\n")
    assert done.returncode == 1
    assert "nothing was saved" in done.stdout
    assert not list(place.iterdir())
    again = ask(typed="q\na\n")
    assert "1 answer of the last time is kept" in again.stdout
    assert "(core.can" not in again.stdout
    assert "The system shall let a user sing." in again.stdout
    assert not list(place.iterdir())


def test_an_interrupted_interview_goes_on_where_it_was(
    root: Path, place: Path, tmp_path: Path, ask: Ask
) -> None:
    """Ctrl-C after the first answer: it is in the file before the next question is read."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "planner", "ask", "--brief", BRIEF],
        cwd=place,
        env=environment(root, tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("sing\n\n")
        process.stdin.flush()
        while "[2/5]" not in (line := process.stdout.readline()):
            assert line, "it ended before the second question"
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        assert process.wait(timeout=60) == 130
        assert process.stderr is not None
        assert "answers so far are kept" in process.stderr.read()
    path = kept(tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    assert [each["value"] for each in json.loads(path.read_text("utf-8"))["answers"]] == ["sing"]
    done = ask(typed="q\nn\n")
    assert "The system shall let a user sing." in done.stdout


def test_answers_from_a_file_for_scripts(ask: Ask, place: Path, git: Git, tmp_path: Path) -> None:
    """Readings, numbers, lists, unknown and out of scope; the commit waits for --yes."""
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        f"brief: {BRIEF}\n"
        "core.can:\n  - book a room\n  - leave a booking\n"
        "core.person: member\n"
        "core.wait: 300 ms\n"
        "core.target: 2027-03-31\n"
        "sign-in.how: link\n"
        "sign-in.join: out\n"
        "privacy.delete: unknown\n",
        "utf-8",
    )
    looked = ask("--answers", answers)
    assert looked.returncode == 1, "nobody agreed"
    assert not list(place.iterdir())
    done = ask("--answers", answers, "--yes", "-m", "Begin the choir")
    assert done.returncode == 0, done.stderr
    assert git(place, "log", "-1", "--format=%s") == "Begin the choir\n"
    milestone = git(place, "show", "main:content/milestones/v0.1.0.md")
    assert "target: 2027-03-31" in milestone
    assert "- How one gets an account: not in this release." in milestone
    texts = git(place, "grep", "-h", "shall", "main", "--", "content/requirements")
    assert "When a member asks for something, the system shall answer within 300 ms." in texts
    assert "let a member leave a booking" in texts
    phase = git(place, "show", "main:content/phases/personal-data.md")
    assert "- Deletion: It is deleted 30 days later.\n  - owner: Ada Tester\n" in phase


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sign-in.hwo: link\n", "did you mean sign-in.how?"),
        ("core.wait: soon\n", "is no number in ms"),
        ("core.can: {a: b}\n", "has neither a text nor a list"),
        ("core.can: [\n", "answers.yaml:"),
        ("core.can: TBD\n", "still to be said"),
    ],
)
def test_a_wrong_file_of_answers_says_what_is_wrong(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    message: str,
) -> None:
    """And writes nothing."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("AGENTED_CACHE_DIR", str(tmp_path / "cache"))
    answers = tmp_path / "answers.yaml"
    answers.write_text(f"brief: A bench\n{text}", "utf-8")
    assert run(["ask", "--answers", str(answers), "--yes"]) != 0
    assert message in capsys.readouterr().err
    assert not list(place.iterdir())


def test_a_part_can_be_dropped_and_another_reworded(ask: Ask, place: Path, git: Git) -> None:
    """Part by part: what has lost its phase is not asked about."""
    first = "e\nSpring\nby hand\n\n"  # the milestone: title, overview, target
    typed = f"sing\n\nq\np\n{first}" + "y\n" * 3 + "n\n" + "y\n" * 60
    done = ask("--brief", "A bench for two", typed=typed)
    assert "began the plan" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    shown = git(place, "show", "main:content/milestones/v0.1.0.md")
    assert "title: Spring" in shown
    assert "by hand" in shown


def test_the_gaps_of_a_plan_are_asked_about(
    ask: Ask, place: Path, git: Git, write_files: Callable[..., Path]
) -> None:
    """With a dry run first, which shows the diff and saves nothing."""
    write_files(place, {
        "content/plan.yaml": "title: Bridge\n",
        "content/milestones/v1.md": "---\ntitle: One\n---\n\nA bridge.\n",
        "content/phases/deck.md": "---\ntitle: Deck\nnumber: 01\nmilestone: v1\n---\n\nIt is.\n",
        "content/requirements/D-01.md": "---\nphase: deck\n---\n\nThe deck shall carry 80 kg.\n",
    })  # fmt: skip
    git(place, "init", "--quiet", "--initial-branch=main")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message=first")
    answers = place.parent / "answers.yaml"
    answers.write_text("plan.deck.criteria:\n  - A person of 80 kg walks across\n", "utf-8")
    dry = ask("--answers", answers, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "+1. A person of 80 kg walks across. {#c1}" in dry.stdout
    assert git(place, "rev-list", "--count", "main") == "1\n"
    done = ask(typed="\nA person of 80 kg walks across\n\na\ny\n")
    assert done.returncode == 0, done.stderr
    assert git(place, "rev-list", "--count", "main") == "2\n"
    assert "verifies: D-01" in git(place, "show", "main:content/phases/deck.md")


def test_a_readme_is_offered_where_there_is_one(ask: Ask, place: Path) -> None:
    """An empty answer takes it."""
    (place / "README.md").write_text("# Nightjar\n\nA library of recordings for developers.\n")
    done = ask(typed="\nq\nn\n")
    assert "Empty: take README.md" in done.stdout
    assert "library" in done.stdout
    listed = ask("--questions", "--brief", "A bench")
    assert listed.returncode == 0
    assert "sign-in.how: How does a person prove who they are?" in listed.stdout


def test_a_plan_of_another_tool_is_refused(ask: Ask, place: Path) -> None:
    """It would have to be imported first."""
    (place / ".planning").mkdir()
    (place / ".planning" / "ROADMAP.md").write_text(
        "# Roadmap\n\n### Phase 1: Deck\n\nGoal: it is.\n"
    )
    done = ask("--plan", ".planning")
    assert done.returncode != 0
    assert "import" in done.stderr
