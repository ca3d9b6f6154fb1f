"""Bad input gets a message that says where and how to mend it; nothing is lost, no traceback."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
Run = Callable[..., subprocess.CompletedProcess[str]]
SITE_PAGE = "r/TOW-01/index.html"


def problems_of(run_planner: Run, plan: Path) -> list[dict[str, object]]:
    done = run_planner("check", "--plan", plan, "--format", "json")
    assert "Traceback" not in done.stderr
    # Paths are printed as seen from the current folder, so that an editor can open them.
    return [
        {**each, "path": each["path"].partition("content/")[2]}
        for each in json.loads(done.stdout)["problems"]
    ]


BAD_FILES = {
    "nested aliases": (
        "requirements/BAD.md",
        b"---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\n\ntext\n",
        "yaml-anchor",
    ),
    "ten megabytes": (
        "requirements/BAD.md", b"---\ntitle: x\n---\n" + b"x" * 10_000_000, "too-large",
    ),
    "binary junk": ("requirements/BAD.md", bytes(range(256)) * 20, "bad-encoding"),
    "unclosed front matter": ("requirements/BAD.md", b"---\ntitle: x\n", "no-front-matter"),
    "broken yaml": ("requirements/BAD.md", b"---\ntitle: [x\n---\n\ntext\n", "bad-yaml"),
    "duplicate key": (
        "requirements/BAD.md", b"---\ntitle: x\ntitle: y\n---\n\nt\n", "duplicate-key",
    ),
    "bad status": (
        "requirements/BAD.md", b"---\nphase: lamp\nstatus: wip\n---\n\nThe x.\n", "bad-value",
    ),
    "a phase that depends on itself": (
        "phases/bad.md",
        b"---\ntitle: Bad\nnumber: '09'\nmilestone: v1.0\ndepends_on: [bad]\n---\n\nGoal.\n",
        "self-dependency",
    ),
    "a tag": ("requirements/BAD.md", b"---\ntitle: !!python/name:os.system x\n---\n", "yaml-tag"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_a_problem_with_its_line_and_a_hint(
    run_planner: Run, small_plan: Path, tmp_path: Path, name: str
) -> None:
    """And the rest of the plan is read, checked and built all the same."""
    path, data, rule = BAD_FILES[name]
    (small_plan / path).write_bytes(data)
    found = [each for each in problems_of(run_planner, small_plan) if each["path"] == path]
    named = [each for each in found if each["rule"] == rule]
    assert named, found
    assert named[0]["hint"]
    done = run_planner("build", "--plan", small_plan, "--out", tmp_path / "site")
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "site" / SITE_PAGE).is_file()
    assert (small_plan / path).read_bytes() == data


def test_a_plan_file_that_is_refused_is_not_called_missing(
    run_planner: Run, small_plan: Path
) -> None:
    """Else the advice would be to write the file that is there."""
    (small_plan / "plan.yaml").write_bytes(b"title: " + b"x" * 10_000_000)
    found = problems_of(run_planner, small_plan)
    assert [each["rule"] for each in found if each["path"] == "plan.yaml"] == ["too-large"]


def test_two_files_with_one_id(run_planner: Run, small_plan: Path) -> None:
    """Ids are unique ignoring case: the other place is named."""
    shutil.copy(small_plan / "requirements/TOW-01.md", small_plan / "requirements/tow-01.md")
    found = [p for p in problems_of(run_planner, small_plan) if p["rule"] == "duplicate-id"]
    assert found
    assert found[0]["related"]


def test_check_prints_path_line_rule_and_hint(run_planner: Run, small_plan: Path) -> None:
    """One line a problem, as editors and people read it."""
    path = small_plan / "phases" / "lamp.md"
    path.write_text(path.read_text().replace("[tower]", "[towr]"))
    done = run_planner("check", "--plan", small_plan)
    assert done.returncode == 1
    line = r"^\S*phases/lamp\.md:5: error unresolved-reference .*towr"
    assert re.search(line, done.stdout, re.MULTILINE)
    assert "hint: " in done.stdout
    assert "tower" in done.stdout


def test_wrong_usage_ends_with_two(run_planner: Run, small_plan: Path, tmp_path: Path) -> None:
    """Usage, a missing plan, a missing revision, an overlapping output folder."""
    for arguments in (
        ["check", "--nonsense"],
        ["nonsense"],
        ["check", "--plan", tmp_path / "nowhere"],
        ["build", "--plan", small_plan, "--rev", "v9"],
        ["build", "--plan", small_plan, "--out", small_plan / "site"],
        ["build", "--plan", small_plan, "--out", tmp_path],
        ["check", "--format", "pdf"],
        ["build", "--plan", small_plan, "--source-url", "javascript:alert(1)"],
        ["build", "--plan", small_plan, "--public-url", "plan.example.org"],
    ):
        done = run_planner(*arguments, cwd=tmp_path)
        assert done.returncode == 2, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()


def test_no_plan_says_how_to_start(run_planner: Run, tmp_path: Path) -> None:
    """In an empty folder."""
    done = run_planner("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "plan.yaml" in done.stderr
    assert "hint" in done.stderr


def test_a_plan_at_the_top_of_a_project(
    run_planner: Run, small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """Its site stays inside the project, and the project's other files are not the plan's."""
    project = tmp_path / "project"
    small_plan.rename(project)
    git(project, "init", "-q")
    (project / "src").mkdir()
    (project / "src" / "notes.md").write_text("# Notes\n")
    (project / "CHANGELOG.md").write_text("# Changes\n")
    for _ in range(2):
        done = run_planner("build", cwd=project)
        assert done.returncode == 0, done.stderr
    assert (project / "site" / SITE_PAGE).is_file()
    assert not (tmp_path / "site").exists()
    assert "unknown-file" not in run_planner("check", cwd=project).stdout


def test_a_new_plan_is_clean(run_planner: Run, tmp_path: Path) -> None:
    """`planner init` writes files that `planner check` accepts, and never writes over a plan."""
    assert run_planner("init", cwd=tmp_path).returncode == 0
    done = run_planner("check", "--strict", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    again = run_planner("init", cwd=tmp_path)
    assert again.returncode == 3
    assert "already there" in again.stderr


def test_a_merge_in_progress_is_read_as_it_stands(
    run_planner: Run, small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """Conflict markers are a problem with their line; the site says that a merge is going on."""
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "content")
    git(tmp_path, "commit", "-qm", "Start")
    path = small_plan / "requirements" / "LAMP-01.md"
    start = path.read_text()
    git(tmp_path, "checkout", "-qb", "other")
    path.write_text(start.replace("10 s", "20 s"))
    git(tmp_path, "commit", "-qam", "Slower")
    git(tmp_path, "checkout", "-q", "main")
    path.write_text(start.replace("10 s", "5 s"))
    git(tmp_path, "commit", "-qam", "Faster")
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "merge", "-q", "other")
    found = [p for p in problems_of(run_planner, small_plan) if p["rule"] == "merge-conflict"]
    assert found
    assert found[0]["path"] == "requirements/LAMP-01.md"
    assert isinstance(found[0]["line"], int)
    assert found[0]["line"] > 0
    done = run_planner("build", "--plan", small_plan, "--out", tmp_path / "site")
    assert "merge" in done.stderr


def test_a_shallow_clone_says_so(
    run_planner: Run, small_plan: Path, tmp_path: Path, git: Callable[..., str]
) -> None:
    """Its history is cut, which a reader must know."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "content")
    git(tmp_path, "commit", "-qm", "One")
    (small_plan / "requirements" / "TOW-02.md").unlink()
    git(tmp_path, "commit", "-qam", "Two")
    git(tmp_path, "clone", "-q", "--depth", "1", tmp_path.as_uri(), str(tmp_path / "clone"))
    done = run_planner("build", "--out", tmp_path / "site", cwd=tmp_path / "clone")
    assert "shallow" in done.stderr
    assert "shallow" in (tmp_path / "site" / "changes" / "index.html").read_text()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 192 kB; skips where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", folder], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_a_message(run_planner: Run, small_plan: Path, small_disk: Path) -> None:
    """No traceback, no half-written file."""
    done = run_planner("build", "--plan", small_plan, "--out", small_disk / "site")
    assert done.returncode == 2, done.stderr
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(small_disk.rglob("*.tmp"))
    for page in small_disk.rglob("*.html"):
        assert page.read_text().rstrip().endswith("</html>")


def test_a_read_only_output_folder_is_a_message(
    run_planner: Run, small_plan: Path, small_disk: Path
) -> None:
    """The file system is read-only: it says so."""
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = run_planner("build", "--plan", small_plan, "--out", small_disk / "site")
    assert done.returncode == 2
    assert "Read-only" in done.stderr or "read-only" in done.stderr
    assert "Traceback" not in done.stderr


def many(plan: Path, count: int) -> None:
    for number in range(count):
        (plan / "requirements" / f"MANY-{number:04d}.md").write_text(
            f"---\nphase: lamp\n---\n\nThe lamp shall give light number {number} at once.\n"
        )


def test_ctrl_c_leaves_no_half_site(run_planner: Run, small_plan: Path, tmp_path: Path) -> None:
    """A first build that is stopped leaves an empty folder; the next build fills it."""
    many(small_plan, 2000)
    site = tmp_path / "site"
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", "build", "--plan", small_plan, "--out", site],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and not list(site.glob(".agented-new-*/r/*/index.html")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert list(site.iterdir()) == []
    done = run_planner("build", "--plan", small_plan, "--out", site)
    assert (site / "r" / "MANY-1999" / "index.html").is_file(), done.stderr


def test_a_killed_rebuild_is_finished_by_the_next(
    run_planner: Run, small_plan: Path, tmp_path: Path
) -> None:
    """`kill -9` while pages are replaced: each file is whole, and nothing is left over."""
    many(small_plan, 1500)
    site = tmp_path / "site"
    run_planner("build", "--plan", small_plan, "--out", site)
    plan = small_plan / "plan.yaml"
    plan.write_text(plan.read_text().replace("Lighthouse", "Beacon"))
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", "build", "--plan", small_plan, "--out", site],
        cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    page = site / "r" / "MANY-0003" / "index.html"
    while process.poll() is None and "Beacon" not in page.read_text():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    for each in site.rglob("*.html"):
        assert each.read_text().rstrip().endswith("</html>"), each
    run_planner("build", "--plan", small_plan, "--out", site)
    run_planner("build", "--plan", small_plan, "--out", tmp_path / "new")
    left = {str(p.relative_to(site)): p.read_bytes() for p in site.rglob("*") if p.is_file()}
    new = tmp_path / "new"
    assert left == {str(p.relative_to(new)): p.read_bytes() for p in new.rglob("*") if p.is_file()}


def test_two_builds_into_one_folder(run_planner: Run, small_plan: Path, tmp_path: Path) -> None:
    """They come one after the other; the folder is whole."""
    many(small_plan, 500)
    site = tmp_path / "site"
    argv = [sys.executable, "-m", "planner", "build", "--plan", small_plan, "--out", site]
    both = [subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode in (0, 1), errors
    run_planner("build", "--plan", small_plan, "--out", tmp_path / "alone")
    names = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    alone = tmp_path / "alone"
    assert names == {str(p.relative_to(alone)) for p in alone.rglob("*") if p.is_file()}
    for name in names:
        assert (site / name).read_bytes() == (alone / name).read_bytes(), name
