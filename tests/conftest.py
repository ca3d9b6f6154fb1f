"""What all tests share: a clean environment, the command line as a process, small plans."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.service.served import wait_for_the_left

ROOT = Path(__file__).parent.parent
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "REQUIRE_BROWSER", "CI", "VIRTUAL_ENV", "COVERAGE_")
_DATE = "2026-03-01T12:00:00 +0000"

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that write what tests else compare with."""
    parser.addoption("--golden", action="store_true", help="write tests/golden/ anew")
    parser.addoption("--screenshot", action="store_true", help="write docs/screenshot.png anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests begin first: at the end one process would work on them alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True, scope="session")
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the person's settings, home folder, git configuration or cache."""
    before = dict(os.environ)
    home = tmp_path_factory.mktemp("home")
    # All processes of a run share what Python compiles, outside of the checkout, and compile it
    # even where the environment asks for no files of it: that would double each start.
    run = tmp_path_factory.getbasetemp()
    bytecode = (run.parent if "PYTEST_XDIST_WORKER" in os.environ else run) / "bytecode"
    for name in list(os.environ):
        if not name.startswith((*_KEPT, "PYTEST", "PYTHON", "HYPOTHESIS")):
            del os.environ[name]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.update(
        PYTHONPYCACHEPREFIX=str(bytecode),
        HOME=str(home),
        XDG_CACHE_HOME=str(home / "cache"),
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_NOSYSTEM="1",
        GIT_AUTHOR_NAME="Ada Tester",
        GIT_AUTHOR_EMAIL="ada@example.org",
        GIT_COMMITTER_NAME="Ada Tester",
        GIT_COMMITTER_EMAIL="ada@example.org",
    )
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True, scope="session")
def each_service_ends() -> Iterator[None]:
    """The services that tests left have ended when the last test has."""
    yield
    wait_for_the_left()


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def foreign_plans() -> Path:
    """The folder of real plans by strangers; skips where it is not."""
    folder = ROOT.parent / "shared" / "plans"
    if not (folder / "manifest.tsv").is_file():
        pytest.skip("the collection of foreign plans is not on this machine")
    return folder


@pytest.fixture(scope="session")
def run_planner() -> Run:
    """Run `planner …` as a process and return its outcome."""

    def run(
        *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "planner", *map(str, args)],
            cwd=cwd or ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def write_files() -> Callable[[Path, Mapping[str, str]], Path]:
    """Write dedented texts as files below a folder, and return the folder."""

    def write(folder: Path, files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def git() -> Callable[..., str]:
    """Run git in a folder and return what it prints; each commit has the same date."""

    def run(folder: Path, *args: str) -> str:
        env = {**os.environ, "GIT_AUTHOR_DATE": _DATE, "GIT_COMMITTER_DATE": _DATE}
        done = subprocess.run(
            ["git", *args], cwd=folder, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    return run


SMALL_PLAN = {
    "plan.yaml": """
        title: Lighthouse
        statement: |
          A lamp that ships can rely on.
        glossary: [LED]
        """,
    "milestones/v1.0.md": """
        ---
        title: First light
        status: active
        created: 2026-01-10
        target: 2026-06-30
        ---

        The lamp burns every night.

        ## Constraints

        - One keeper runs it.

        ## Out of scope

        - A foghorn.
        """,
    "phases/tower.md": """
        ---
        title: Tower
        number: "01"
        milestone: v1.0
        verification: sanity
        ---

        The tower stands and carries the lamp.

        ## Success criteria

        1. The inspection returns a load of 40 kN. {#c1}
           - verifies: TOW-01
           - check: `inspect --load`
           - status: met
           - proof: tests/test_tower.py
        2. The stairs show a handrail on each floor. {#c2}
           - verifies: TOW-02
        """,
    "phases/lamp.md": """
        ---
        title: Lamp
        number: "02"
        milestone: v1.0
        depends_on: [tower]
        verification: proxy
        ---

        The lamp turns.

        ## Success criteria

        1. The log shows one turn every 10 s. {#c1}
           - verifies: LAMP-01
        2. The meter shows 1000 cd. {#c2}
           - verifies: LAMP-02
        """,
    "phases/night-watch.md": """
        ---
        title: Night watch
        number: "03"
        milestone: v1.0
        depends_on:
          - lamp
          - phase: tower
            soft: true
            reason: the stairs are quicker
        ---

        A keeper sees each failure.

        ## Success criteria

        1. The board shows a failure within 5 s. {#c1}
           - verifies: WATCH-01
        2. The board returns to green within 5 s of the repair. {#c2}
           - verifies: WATCH-01
        """,
    "requirements/TOW-01.md": """
        ---
        title: Carry the lamp
        phase: tower
        status: done
        priority: must
        owner: ada
        tags: [masonry]
        proof: [tests/test_tower.py]
        ---

        The tower shall carry a load of 40 kN.

        ## Rationale

        The lamp weighs 2 t; see LAMP-01.
        """,
    "requirements/TOW-02.md": """
        ---
        title: Handrail
        phase: tower
        status: in-progress
        priority: should
        ---

        The stairs shall have a handrail on each floor.
        """,
    "requirements/LAMP-01.md": """
        ---
        title: Turn
        phase: lamp
        status: approved
        owner: grace
        links:
          - to: TOW-01
            type: depends-on
          - LAMP-02
        ---

        The lamp shall turn once every 10 s.
        """,
    "requirements/LAMP-02.md": """
        ---
        title: Brightness
        phase: lamp
        type: quality
        status: draft
        ---

        The lamp shall give a light of 1000 cd.
        """,
    "requirements/WATCH-01.md": """
        ---
        title: See failures
        phase: night-watch
        status: approved
        target: 2026-05-01
        ---

        If the LED fails, then the board shall show the failure within 5 s.
        """,
    "research/survey/pitfalls.md": """
        ---
        title: What fails in towers
        topic: pitfalls
        date: 2026-01-05
        ---

        # What fails in towers

        Salt eats iron; TOW-02 names the handrail.
        """,
}


@pytest.fixture
def small_plan(tmp_path: Path, write_files: Callable[[Path, Mapping[str, str]], Path]) -> Path:
    """A small plan without errors, in a folder `content` without git."""
    return write_files(tmp_path / "content", SMALL_PLAN)
