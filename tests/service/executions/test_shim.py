"""The supervising process: whatever a command does, nothing of it is left."""

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from service.executions import shim
from service.executions.process import LIMITS
from tests.service.watching import eventually

SHIM = Path(shim.__file__)


def test_the_order_may_come_late() -> None:
    """By a socket that does not block, as those of gevent: a busy service is slower than a shim."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(SHIM), str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
    )
    theirs.close()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    order = {
        "argv": ["true"], "env": {"PATH": os.environ["PATH"]}, "cwd": "/", "stdin": "",
        "grace_s": 1, "deadline_s": 30, "limits": {},
    }  # fmt: skip
    ours.sendall(json.dumps(order).encode() + b"\n")
    assert process.wait(30) == 0
    assert b"started" in ours.recv(4096)
    ours.close()


class Run:
    """A shim at work; `mark` is in the environment of all that it starts."""

    def __init__(self, argv: Sequence[str], folder: Path, **more: Any) -> None:
        self.mark = uuid.uuid4().hex
        self.out = folder / "out"
        ours, theirs = socket.socketpair()
        self.line = ours
        ours.settimeout(30)
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(SHIM), str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        theirs.close()
        order = {
            "argv": list(argv),
            "env": {"PATH": os.environ["PATH"], "MARK": self.mark},
            "cwd": str(folder),
            "stdin": "",
            "grace_s": 0.3,
            "deadline_s": 30,
            "limits": {"CORE": 0},
            **more,
        }
        self.send(order)
        self.heard = ours.makefile("r")

    def send(self, message: object) -> None:
        self.line.sendall(json.dumps(message).encode() + b"\n")

    def next(self) -> dict[str, Any]:
        """The next message of the shim."""
        found: dict[str, Any] = json.loads(self.heard.readline())
        return found

    def ended(self) -> dict[str, Any]:
        """How it ended."""
        assert "started" in self.next()
        found: dict[str, Any] = self.next()["ended"]
        assert self.process.wait(10) == 0
        return found

    def living(self) -> list[str]:
        """All processes that the command left anywhere."""
        found = []
        for each in Path("/proc").iterdir():
            try:
                if each.name.isdigit() and self.mark.encode() in (each / "environ").read_bytes():
                    found.append((each / "cmdline").read_bytes().decode())
            except OSError:
                continue
        return found

    @property
    def output(self) -> str:
        """What it wrote."""
        return self.out.read_text("utf-8")


@contextmanager
def running(argv: Sequence[str], folder: Path, **more: Any) -> Iterator[Run]:
    run = Run(argv, folder, **more)
    try:
        yield run
    finally:
        run.line.close()
        run.process.kill()
        run.process.wait(10)
        eventually(lambda: not run.living(), "nothing of the command lives")


def sh(text: str) -> list[str]:
    return ["sh", "-c", text]


def test_a_command_runs_to_its_end(tmp_path: Path) -> None:
    """Its output, its exit code, and a standard input that says nothing."""
    with running(sh("cat; echo out; echo err >&2; pwd; exit 3"), tmp_path) as run:
        ended = run.ended()
        assert (ended["code"], ended["signal"], ended["reason"]) == (3, None, "")
        assert run.output == f"out\nerr\n{tmp_path}\n"


def test_the_prompt_comes_by_standard_input(tmp_path: Path) -> None:
    """From a file: a command that never reads it blocks nobody."""
    (tmp_path / "prompt").write_text("look here", encoding="utf-8")
    with running(["cat"], tmp_path, stdin=str(tmp_path / "prompt")) as run:
        assert run.ended()["code"] == 0
        assert run.output == "look here"


@pytest.mark.parametrize("argv", [["no-such-command"], ["/"]], ids=["missing", "a folder"])
def test_a_command_that_cannot_start_is_told(tmp_path: Path, argv: list[str]) -> None:
    """With its name and the reason."""
    with running(argv, tmp_path) as run:
        assert argv[0] in run.next()["failed"]
        assert run.process.wait(10) == 1


def test_a_command_that_no_system_takes_is_told(tmp_path: Path) -> None:
    """What cannot be in an argument is no reason to hang."""
    with running(["true", "a\0b"], tmp_path) as run:
        assert "null byte" in run.next()["failed"]
        assert run.process.wait(10) == 1


def test_without_an_order_it_ends() -> None:
    """Its owner was gone before it had said anything."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(SHIM), str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
    )
    theirs.close()
    ours.sendall(b'{"argv": [')
    ours.close()
    assert process.wait(30) == 1


def test_an_order_without_end_is_not_gathered() -> None:
    """Whoever sends it: some mebibytes are more than any order has."""
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(SHIM), str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
    )
    theirs.close()
    with ours, suppress(ConnectionError):
        for _ in range(80):
            ours.sendall(b" " * 65_536)
        assert ours.recv(1) == b""
    assert process.wait(30) == 1


def test_who_is_gone_has_no_children_and_hears_no_signal() -> None:
    """Other errors are not hidden."""
    nobody = 2**22 + 1
    assert shim.descendants(nobody) == []
    shim._send(nobody, signal.SIGTERM)
    with pytest.raises(OSError, match="Invalid argument"):
        shim._send(os.getpid(), 9999)


def test_what_cannot_even_be_killed_is_counted_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a process that waits for a disk that does not answer; it is told how many there are."""
    nobody = 2**22 + 1
    monkeypatch.setattr(shim, "descendants", lambda _pid: [nobody])
    monkeypatch.setattr(shim, "_LOOK_S", 0.0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        kept = shim.Shim(theirs)
        kept._status = 0
        left = kept._end_all()
        assert left == 1
        assert kept._outcome(left)["left"] == 1


def test_a_working_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """As what it is."""
    with running(["true"], tmp_path, cwd=str(tmp_path / "gone")) as run:
        assert "gone" in run.next()["failed"]


HARD = "trap '' TERM HUP INT; (setsid setsid sleep 300 &); (trap '' TERM; sleep 300) & echo up; "


def test_at_its_deadline_everything_is_killed(tmp_path: Path) -> None:
    """Those who ignore TERM too, and those in sessions of their own."""
    # Time for it to say that it ignores them, on a busy machine, too.
    with running(sh(HARD + "sleep 300"), tmp_path, deadline_s=2) as run:
        ended = run.ended()
        assert (ended["signal"], ended["reason"], ended["left"]) == (9, "timed_out", 0)
        assert run.living() == []


def test_one_that_forks_faster_than_it_can_be_looked_at_is_killed(tmp_path: Path) -> None:
    """Each of its processes starts the next one and is gone: no list of them is ever true."""
    # It ends by itself after a while: a broken supervisor must not leave it to the machine.
    text = "chain() { [ $1 -gt 0 ] && (chain $(($1 - 1)) &); }; chain 20000; echo up; sleep 300"
    with running(sh(f"trap '' TERM; {text}"), tmp_path) as run:
        eventually(lambda: "up" in run.output, "it runs")
        run.send({"end": "cancelled"})
        ended = run.ended()
        assert (ended["signal"], ended["reason"], ended["left"]) == (9, "cancelled", 0)
        assert [run.living() for _ in range(5)] == [[]] * 5


def test_a_command_that_heeds_term_ends_by_itself(tmp_path: Path) -> None:
    """It has the grace for what it wants to put in order."""
    text = "trap 'echo tidy; exit 7' TERM; echo up; while :; do sleep 0.05; done"
    with running(sh(text), tmp_path, grace_s=20) as run:
        eventually(lambda: "up" in run.output, "it runs")
        run.send({"end": "cancelled"})
        ended = run.ended()
        assert (ended["code"], ended["reason"]) == (7, "cancelled")
        assert run.output.endswith("tidy\n")


def test_what_a_command_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    """Its success stands."""
    with running(sh("(setsid sleep 300 &); sleep 300 & exit 0"), tmp_path) as run:
        ended = run.ended()
        assert (ended["code"], ended["left"]) == (0, 0)
        assert run.living() == []


def test_a_stopped_command_can_be_ended(tmp_path: Path) -> None:
    """TERM reaches it only when it goes on."""
    with running(sh("echo up; kill -STOP $$; sleep 300"), tmp_path, grace_s=20) as run:
        eventually(lambda: "up" in run.output, "it runs")
        run.send({"end": "cancelled"})
        assert run.ended()["signal"] == signal.SIGTERM


def test_a_command_may_close_its_output_and_live_on(tmp_path: Path) -> None:
    """Its end is its exit, not that of its output."""
    with running(sh("exec >&- 2>&-; sleep 0.5; exit 5"), tmp_path) as run:
        assert run.ended()["code"] == 5


def test_without_its_owner_everything_ends(tmp_path: Path) -> None:
    """However the owner went, its end of the line is closed."""
    with running(sh(HARD + "sleep 300"), tmp_path) as run:
        eventually(lambda: "up" in run.output, "it runs")
        assert len(run.living()) > 2
        run.heard.close()
        run.line.close()
        assert run.process.wait(10) == 0
        assert run.living() == []


def test_a_term_for_the_shim_ends_everything(tmp_path: Path) -> None:
    """As when the machine goes down."""
    with running(sh(HARD + "sleep 300"), tmp_path) as run:
        eventually(lambda: "up" in run.output, "it runs")
        run.process.terminate()
        assert run.ended()["reason"] == "stopped"


def test_when_the_shim_is_killed_the_command_goes_with_it(tmp_path: Path) -> None:
    """The kernel sees to the command itself; its owner finds the rest by their environment."""
    with running(sh("echo up; sleep 300"), tmp_path) as run:
        eventually(lambda: "up" in run.output, "it runs")
        pid = run.next()["started"]["pid"]
        run.process.kill()
        eventually(lambda: not shim.began(pid), "the command is gone")
        for each in shim.descendants(1):
            environ = Path(f"/proc/{each}/environ")
            if environ.exists() and run.mark.encode() in _bytes(environ):
                os.kill(each, signal.SIGKILL)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_limits_are_those_of_the_order(tmp_path: Path) -> None:
    """They can only be lowered."""
    with running(sh("ulimit -c; ulimit -n"), tmp_path, limits={"CORE": 0, "NOFILE": 64}) as run:
        assert run.ended()["code"] == 0
        assert run.output == "0\n64\n"


_FILES = """
import os
last = 2
try:
    while True:
        last = os.dup(1)
except OSError as error:
    print(error.strerror, last)
"""
_MEMORY = """
try:
    bytearray(300 * 1024 * 1024)
except MemoryError:
    print("no more memory")
print(len(bytearray(20 * 1024 * 1024)))
"""
# Root is not bound: as another user, whose processes are only these.
_PROCESSES = """
import os, signal, time
if os.getuid() == 0:
    os.setgid(54321)
    os.setuid(54321)
children = []
try:
    while True:
        child = os.fork()
        if not child:
            time.sleep(300)
            os._exit(0)
        children.append(child)
except OSError as error:
    print(error.strerror, len(children) < 200)
"""


@pytest.mark.parametrize(
    ("program", "limits", "said"),
    [
        (_FILES, {"NOFILE": 64}, "Too many open files 63"),
        (_MEMORY, {"AS": 256 * 1024 * 1024}, "no more memory\n20971520"),
    ],
)
def test_limits_fire(tmp_path: Path, program: str, limits: dict[str, int], said: str) -> None:
    with running([sys.executable, "-I", "-S", "-c", program], tmp_path, limits=limits) as run:
        assert run.ended()["code"] == 0
        assert run.output.strip() == said


def test_the_limit_of_processes_fires_and_none_of_them_stays(tmp_path: Path) -> None:
    mine = [each for each in Path("/proc").iterdir() if each.name.isdigit()]
    most = 50 if os.getuid() == 0 else len(mine) * 20 + 100
    argv = [sys.executable, "-I", "-S", "-c", _PROCESSES]
    with running(argv, tmp_path, limits={"NPROC": most}) as run:
        assert run.ended()["code"] == 0
        assert run.output.startswith("Resource temporarily unavailable")
        assert run.living() == []


def test_a_crash_leaves_no_core_file(tmp_path: Path) -> None:
    """Whatever limit the service itself runs with."""
    with running(sh("ulimit -c; kill -SEGV $$"), tmp_path, limits=dict(LIMITS)) as run:
        assert run.ended()["signal"] == signal.SIGSEGV
        assert run.output == "0\n"
        assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_nothing_of_the_service_reaches_the_command(tmp_path: Path) -> None:
    """Neither its environment nor its files."""
    text = "env | cut -d= -f1 | sort | tr '\\n' ' '; ls /proc/self/fd | tr '\\n' ' '"
    with running(sh(text), tmp_path) as run:
        assert run.ended()["code"] == 0
        words = run.output.split()
        assert {each for each in words if not each.isdigit()} <= {"MARK", "PATH", "PWD", "_"}
        # Input, output, error, and the folder that `ls` reads.
        assert {each for each in words if each.isdigit()} == {"0", "1", "2", "3"}


def test_a_process_is_named_by_its_pid_and_its_beginning() -> None:
    """So that a number that was given again names another one."""
    assert shim.began(os.getpid()).isdigit()
    assert shim.began(2**22 + 1) == ""
