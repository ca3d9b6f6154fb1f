"""The command line as a process: every command, its exit codes and what it prints."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from planner.cli.main import COMMANDS

ROOT = Path(__file__).parents[3]
Run = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = ("jinja2", "yaml", "cmarkgfm", "watchfiles", "importlib.metadata", "planner.workspace")


def test_version_imports_nothing_heavy() -> None:
    """A short command must start quickly: what it does not need is not imported."""
    program = (
        "import sys; from planner.cli.main import run; run(['--version']);"
        "print(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    version, modules = done.stdout.splitlines()
    assert version.startswith("planner 0.")
    assert not set(HEAVY) & set(modules.split())


def test_every_command_has_help(run_planner: Run) -> None:
    """And the list of commands says of each what it does."""
    listed = run_planner("--help").stdout
    for name, (_, _, line) in COMMANDS.items():
        assert line in listed
        done = run_planner(name, "--help")
        assert done.returncode == 0, done.stderr
        assert "Usage: planner " + name in done.stdout


def test_check_of_a_good_plan_is_quiet_about_errors(run_planner: Run, small_plan: Path) -> None:
    """Exit code 0."""
    done = run_planner("check", "--plan", small_plan)
    assert done.returncode == 0, done.stdout
    assert "error" not in done.stdout.replace("0 errors", "").replace("no errors", "")


def test_check_speaks_sarif_and_github(run_planner: Run, small_plan: Path) -> None:
    """For code scanning and for annotations of a pull request."""
    path = small_plan / "phases" / "lamp.md"
    path.write_text(path.read_text().replace("[tower]", "[towr]"))
    sarif = json.loads(run_planner("check", "--plan", small_plan, "--format", "sarif").stdout)
    assert sarif["version"] == "2.1.0"
    results = sarif["runs"][0]["results"]
    assert "unresolved-reference" in {result["ruleId"] for result in results}
    github = run_planner("check", "--plan", small_plan, "--format", "github").stdout
    assert "::error file=" in github
    assert ",line=5" in github


def test_a_baseline_hides_old_problems_and_shows_new_ones(
    run_planner: Run, small_plan: Path, tmp_path: Path
) -> None:
    """An old plan starts green; lines may move."""
    path = small_plan / "phases" / "lamp.md"
    path.write_text(path.read_text().replace("[tower]", "[towr]"))
    known = tmp_path / "baseline.json"
    run_planner("check", "--plan", small_plan, "--write-baseline", known)
    path.write_text(path.read_text().replace("title: Lamp", "# moved\ntitle: Lamp"))
    done = run_planner("check", "--plan", small_plan, "--baseline", known)
    assert done.returncode == 0, done.stdout
    watch = small_plan / "phases" / "night-watch.md"
    watch.write_text(watch.read_text().replace("- lamp", "- lmap"))
    done = run_planner("check", "--plan", small_plan, "--baseline", known)
    assert done.returncode == 1
    assert "lmap" in done.stdout
    assert "towr" not in done.stdout


def test_rules_are_listed_and_explained(run_planner: Run) -> None:
    """Each with a good and a bad example."""
    listed = run_planner("rules").stdout
    assert "dependency-cycle" in listed
    shown = run_planner("rules", "dependency-cycle").stdout
    assert "good" in shown
    assert "bad" in shown
    rules = json.loads(run_planner("rules", "--json").stdout)
    assert len(rules) > 40
    assert [rule["id"] for rule in rules if not (rule["good"] and rule["bad"])] == []
    assert run_planner("rules", "no-such-rule").returncode == 2


def test_schema_is_a_json_schema(run_planner: Run) -> None:
    """For editors that complete YAML."""
    schema = json.loads(run_planner("schema", "requirement").stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert "status" in schema["properties"]


def test_diff_tells_what_changed_in_words(
    run_planner: Run, small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """Between revisions, and from the last commit to the files."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "content")
    git(tmp_path, "commit", "-qm", "Start")
    path = small_plan / "requirements" / "LAMP-01.md"
    path.write_text(path.read_text().replace("phase: lamp", "phase: tower"))
    (small_plan / "requirements" / "TOW-02.md").unlink()
    done = run_planner("diff", cwd=tmp_path)
    assert "LAMP-01 moved" in done.stdout
    assert "TOW-02" in done.stdout
    git(tmp_path, "commit", "-qam", "Move")
    between = run_planner("diff", "HEAD~1", "HEAD", cwd=tmp_path)
    for range_ in ("HEAD~1..HEAD", "HEAD~1.."):
        assert run_planner("diff", range_, cwd=tmp_path).stdout == between.stdout
    unknown = run_planner("diff", "nope..HEAD", cwd=tmp_path)
    assert "no revision 'nope'" in unknown.stderr
    assert str(tmp_path) not in unknown.stderr
    assert between.stdout == done.stdout
    assert run_planner("diff", cwd=tmp_path).stdout == "no change in the plan\n"


def test_a_file_that_cannot_be_read_is_not_called_removed(
    run_planner: Run, small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """A slip of the pen takes no phase and no plan away; nor does mending it add one."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "content")
    git(tmp_path, "commit", "-qm", "Start")
    for name in ("phases/lamp.md", "plan.yaml"):
        with (small_plan / name).open("r+") as file:
            text = file.read()
            file.seek(0)
            file.write(text.replace("title:", "title: [", 1))
    said = run_planner("diff", cwd=tmp_path).stdout
    assert said.count("is now not readable (was readable)") == 2
    assert "removed" not in said
    git(tmp_path, "commit", "-qam", "Slip")
    back = run_planner("diff", "HEAD", "HEAD~1", cwd=tmp_path).stdout
    assert back.count("is now readable (was not readable)") == 2
    assert "added" not in back


def test_an_export_never_goes_into_the_plan(run_planner: Run, small_plan: Path) -> None:
    """There its files would be read as phases, or as files of nobody; hidden folders are none."""
    before = sorted(small_plan.rglob("*"))
    for inside in (small_plan, small_plan / "phases", small_plan / "new"):
        for style in ("gsd", "csv", "json"):
            done = run_planner("export", "--plan", small_plan, "--format", style, "--lossy", inside)
            assert done.returncode == 2, done.stderr
            assert "lies in the plan folder" in done.stderr
    assert sorted(small_plan.rglob("*")) == before
    for outside in (small_plan / ".planning", small_plan.parent):
        done = run_planner("export", "--plan", small_plan, "--lossy", outside)
        assert done.returncode == 0, done.stderr
        assert (outside / "ROADMAP.md").is_file()


def test_the_plan_is_found_from_a_folder_below(
    run_planner: Run, small_plan: Path, tmp_path: Path
) -> None:
    """By option, by environment, else upwards."""
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    assert run_planner("check", cwd=below).returncode == 0
    elsewhere = tmp_path.parent
    done = run_planner("check", cwd=elsewhere, env={"AGENTED_CONTENT_DIR": str(small_plan)})
    assert done.returncode == 0, done.stderr


def test_a_planning_folder_is_built_and_checked_directly(
    run_planner: Run, foreign_plans: Path, tmp_path: Path
) -> None:
    """Strangers see their plan before they adopt anything; their folder is only read."""
    plan = foreign_plans / "BielinskiLukasz__med-stock"
    done = run_planner("build", "--plan", plan, "--out", tmp_path / "site")
    assert done.returncode in (0, 1), done.stderr
    pages = list((tmp_path / "site" / "r").glob("*/index.html"))
    assert len(pages) >= 43
    assert run_planner("check", "--plan", plan).returncode in (0, 1)
