"""The systemd unit: it verifies, it is tight, and what the service runs still runs under it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.unit_file import Installation, render_unit
from tests.conftest import SMALL_PLAN, Run
from tests.service.processes import environment
from tests.service.served import KEY, ROOT, Served, free_port

HERE = Path(__file__).parent
PLACE = Installation(
    user="agented",
    folder=Path("/srv/agented"),
    gunicorn=Path(sys.executable).with_name("gunicorn"),
    programs=(Path("/srv/agented/.venv"),),
    writable=(Path("/srv/plan"),),
)
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "REQUIRE_BROWSER" not in os.environ,
    reason="systemd-analyze is not installed",
)


def values(text: str, name: str) -> list[str]:
    """The values of the lines `NAME=…`."""
    return [line.partition("=")[2] for line in text.splitlines() if line.partition("=")[0] == name]


@pytest.fixture(scope="module")
def unit(run_planner: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `planner unit` prints for this checkout."""
    folder = tmp_path_factory.mktemp("unit")
    done = run_planner("unit", "--folder", folder, "--write", folder)
    assert done.returncode == 0, done.stderr
    path = folder / "agented.service"
    path.write_text(done.stdout)
    return path


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, check=False
    )


@needs_systemd
def test_it_verifies_without_a_word(unit: Path) -> None:
    """Unknown keys, wrong values and missing programs would be told."""
    done = analyze("verify", unit)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_its_exposure_is_at_most_three(unit: Path) -> None:
    """By systemd's own count, where 10 is a service without any protection."""
    done = analyze("security", "--offline=true", "--threshold=30", unit)
    assert done.returncode == 0, done.stdout[-300:]
    assert "Overall exposure level" in done.stdout


def test_it_restarts_always_and_at_once(unit: Path) -> None:
    """Within the five seconds of the roadmap, for ever, but not with settings that cannot work."""
    text = unit.read_text()
    assert values(text, "Restart") == ["always"]
    assert float(values(text, "RestartSec")[0]) <= 1
    assert values(text, "StartLimitIntervalSec") == ["0"]
    assert values(text, "RestartPreventExitStatus") == ["78"]


def test_its_time_to_stop_is_longer_than_gunicorns(unit: Path) -> None:
    """Else systemd would kill what is being finished."""
    config = (ROOT / "gunicorn.conf.py").read_text()
    (graceful,) = values(config.replace(" = ", "="), "graceful_timeout")
    assert float(values(unit.read_text(), "TimeoutStopSec")[0]) > float(graceful) + 5


def test_it_names_what_may_be_written(unit: Path) -> None:
    """The state folder and the repositories; nothing else."""
    text = unit.read_text()
    assert values(text, "ProtectSystem") == ["strict"]
    assert values(text, "StateDirectory") == ["agented"]
    # The folder of tests may lie in /tmp, which the unit hides.
    assert values(text, "ReadWritePaths") + values(text, "BindPaths") == [str(unit.parent)]
    assert values(text, "Environment") == [], "service and command line read the same .env"


def test_nothing_is_left_to_fill_in(unit: Path) -> None:
    """`@system-service` and the like are systemd's own."""
    assert not re.search("@[A-Z]+@", unit.read_text())
    text = render_unit(PLACE)
    assert values(text, "User") == ["agented"]
    assert values(text, "WorkingDirectory") == ["/srv/agented"]
    assert values(text, "ExecStart") == [f"{PLACE.gunicorn} -c {ROOT / 'gunicorn.conf.py'}"]


@pytest.mark.parametrize("top", ["/home/ada", "/root", "/tmp/try", "/var/tmp/try"])
def test_paths_below_hidden_folders_are_bound_into_the_empty_ones(top: str) -> None:
    """ProtectHome=tmpfs and PrivateTmp=yes show nothing else of them."""
    home = Path(top)
    text = render_unit(
        Installation("ada", home / "agented", home / "venv/bin/gunicorn", (home / "venv",),
                     (home / "plan",))
    )  # fmt: skip
    assert values(text, "BindPaths") == [f"{top}/plan"]
    assert values(text, "BindReadOnlyPaths") == [f"{top}/venv", f"{top}/agented"]
    assert values(text, "ReadWritePaths") == []


@pytest.mark.parametrize(
    ("change", "wording"),
    [
        ({"user": "root\nExecStartPre=/bin/evil"}, "no name of a user"),
        ({"writable": (Path("/srv/two words"),)}, "cannot stand in a unit file"),
        ({"folder": Path("/srv/a\nUser=root")}, "cannot stand in a unit file"),
        ({"folder": Path("relative")}, "cannot stand in a unit file"),
    ],
)
def test_what_would_break_the_file_is_refused(change: dict[str, object], wording: str) -> None:
    """No value can add a line or a word."""
    fields = {name: getattr(PLACE, name) for name in PLACE.__slots__}
    with pytest.raises(ConfigurationError, match=wording):
        render_unit(Installation(**{**fields, **change}))


@pytest.fixture(scope="module")
def allowed_calls(unit: Path) -> Path:
    """The system calls that the unit's filter lets through, computed as systemd does."""
    allowed: set[str] = set()
    for value in values(unit.read_text(), "SystemCallFilter"):
        for word in value.removeprefix("~").split():
            found = calls(word)
            allowed = allowed - found if value.startswith("~") else allowed | found
    path = unit.with_name("calls")
    path.write_text("\n".join(sorted(allowed)))
    return path


def calls(word: str) -> set[str]:
    """A system call, or those of a set and of the sets in it."""
    if not word.startswith("@"):
        return {word}
    lines = analyze("syscall-filter", word).stdout.splitlines()[1:]
    names = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls(each) for each in names))


@needs_systemd
def test_the_filter_keeps_dangerous_calls_out(allowed_calls: Path) -> None:
    """The list itself, so that the next tests run under what they claim to."""
    allowed = set(allowed_calls.read_text().split())
    assert {"execve", "openat", "epoll_wait", "flock", "socketpair", "chown"} <= allowed
    assert not {"mount", "ptrace", "setuid", "bpf", "reboot", "kexec_load", "chroot"} & allowed


@needs_systemd
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_starts_under_the_filter(unit: Path, allowed_calls: Path) -> None:
    """Its compiler writes the code that it runs: the unit must let it."""
    assert values(unit.read_text(), "MemoryDenyWriteExecute") == []
    program = "let s = 0; for (let i = 0; i < 3e6; i++) s += i % 7; console.log('sum', s)"
    done = subprocess.run(
        [sys.executable, HERE / "under_filter.py", allowed_calls, "node", "-e", program],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.startswith("sum ")) == (0, True), done.stderr


@needs_systemd
def test_the_filter_really_holds(allowed_calls: Path) -> None:
    """A call outside of it fails, and so do the calls that change who one is."""
    program = "import os\ntry:\n    os.chroot('/')\nexcept PermissionError:\n    print('refused')"
    done = subprocess.run(
        [sys.executable, HERE / "under_filter.py", allowed_calls, sys.executable, "-c", program],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "refused\n", done.stderr


@needs_systemd
def test_the_service_works_under_the_filter(
    allowed_calls: Path,
    tmp_path: Path,
    write_files: Callable[[Path, Mapping[str, str]], Path],
) -> None:
    """Gunicorn, the database, the planner process and a unix socket too."""
    plan = write_files(tmp_path / "content", SMALL_PLAN)
    port = free_port()
    env = {
        **environment(), "PYTHONPATH": str(ROOT), "AGENTED_STATE_DIR": str(tmp_path / "state"),
        "AGENTED_CONTENT_DIR": str(plan), "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{port}",
    }  # fmt: skip
    served = Served(env, tmp_path, port)
    with served.log.open("ab") as log:
        served.process = subprocess.Popen(
            [sys.executable, HERE / "under_filter.py", allowed_calls, sys.executable, "-m",
             "gunicorn", "-c", ROOT / "gunicorn.conf.py", "-b", env["GUNICORN_BIND"],
             "-b", f"unix:{tmp_path}/agented.sock"],
            cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        served.wait_ready(60)
        assert (tmp_path / "agented.sock").stat().st_mode & 0o777 == 0o770
        assert served.get("/admin/triggers").status == 200
        assert "Carry the lamp" in served.get("/r/TOW-01/").text
    finally:
        assert served.stop() == 0
    assert "Traceback" not in served.log.read_text()
