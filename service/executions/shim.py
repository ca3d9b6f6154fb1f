"""The small supervising process of one execution: nothing that it started outlives it or its owner.

Started as `python -I -S shim.py DESCRIPTOR`, with the standard library alone, so that it is up in
a few milliseconds.  The descriptor is one end of a pair of sockets, on which both sides send JSON,
a line a message.  The owner sends the order first: `argv`, `env`, `cwd`, `stdin` (a path; empty:
nothing), `grace_s`, `deadline_s`, `limits`, `group` (the file by which a control group is entered;
empty or missing: none).  Later it may send `{"end": REASON}`.  The shim
answers `{"started": {"pid", "began"}}` or `{"failed": WORDS}`, and once at its end
`{"ended": {"code", "signal", "reason", "left", "cpu_s", "rss_kib"}}`.

Killing a process leaves its children behind, and a child that made a session of its own is in no
group of ours.  So the shim is a subreaper (Linux, prctl(2)): whoever loses its parent becomes a
child of the shim, and is found and killed there.  When the owner goes, however it goes, its end of
the sockets closes, and the shim ends everything.  When the shim itself is killed, the kernel kills
the command (PR_SET_PDEATHSIG).  The output of the command does not pass through here: it writes to
the shim's own standard output and error, which the owner reads.
"""

import ctypes
import errno
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any

_Message = dict[str, Any]
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LOOK_S = 0.05
# How often KILL is sent to what is left; a process in an uninterruptible wait may ignore it.
_LAST_TRIES = 100
_LONGEST_ORDER = 4 * 1024 * 1024
_FAILED = 127


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def began(pid: int) -> str:
    """When a process began, in clock ticks since the boot; with the pid it names one process.

    Empty when there is none (field 22 of proc_pid_stat(5)).
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - pathlib loads slowly
            return stat.read().rpartition(b")")[2].split()[19].decode("ascii")
    except (OSError, IndexError):
        return ""


def _children(pid: int) -> list[int]:
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208
    except OSError:
        return []
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children", "rb") as listed:  # noqa: PTH123
                found += [int(each) for each in listed.read().split()]
        except OSError:
            continue
    return found


def descendants(pid: int) -> list[int]:
    """All processes below one, as they are now."""
    found: list[int] = []
    below = _children(pid)
    while below:
        found += below
        below = [each for one in below for each in _children(one)]
    return found


class Shim:
    """Runs one command and sees to its end."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._rest = b""
        self._reason = ""
        self._killing_from = 0.0
        self._pid = 0
        self._status: int | None = None
        self._gone = False

    def run(self) -> int:
        """Run the command of the order to its end; the exit code of the shim."""
        order = self._order()
        if order is None:
            return 1
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        wake, waker = os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for each in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, self._on_signal)
        started = time.monotonic()
        if not self._start(order):
            return 1
        self._tell({"started": {"pid": self._pid, "began": began(self._pid)}})
        self._obey()
        # Nobody waits for output that the shim itself would make.
        _to_nothing(1)
        _to_nothing(2)
        self._watch(order, started, wake)
        left = self._end_all()
        self._tell({"ended": self._outcome(left)})
        return 0

    def _on_signal(self, number: int, frame: object) -> None:
        if number != signal.SIGCHLD:
            self._ask_to_end("stopped")

    # -- the owner --------------------------------------------------------------------------

    def _order(self) -> _Message | None:
        while b"\n" not in self._rest:
            data = self._line.recv(65_536)
            if not data or len(self._rest) > _LONGEST_ORDER:
                return None
            self._rest += data
        first, _, self._rest = self._rest.partition(b"\n")
        order: _Message = json.loads(first)
        return order

    def _tell(self, message: _Message) -> None:
        try:
            self._line.settimeout(None)
            self._line.sendall(json.dumps(message).encode("ascii") + b"\n")
        except OSError:
            self._gone = True

    def _hear(self) -> None:
        """What the owner says; its end means that it is gone."""
        try:
            data = self._line.recv(65_536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._gone = True
            self._ask_to_end("orphaned")
            return
        self._rest += data
        self._obey()

    def _obey(self) -> None:
        """Do what the owner has said so far."""
        while b"\n" in self._rest:
            line, _, self._rest = self._rest.partition(b"\n")
            self._ask_to_end(str(json.loads(line).get("end", "cancelled")))

    # -- the command ------------------------------------------------------------------------

    def _start(self, order: _Message) -> bool:
        """Start the command; False when it could not be started, which the owner is told."""
        heard, said = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(heard)
            try:
                _become(order, parent)
            except OSError as error:
                named = error.filename or order["argv"][0]
                what = os.fsdecode(named) if isinstance(named, bytes) else named
                os.write(said, f"{what}: {error.strerror}".encode("utf-8", "replace")[:4000])
            except BaseException as error:  # noqa: BLE001 - told, and the process ends here
                os.write(said, repr(error).encode("utf-8", "replace")[:4000])
            finally:
                os._exit(_FAILED)
        os.close(said)
        # Closed by exec: nothing to read means that the command runs.
        with os.fdopen(heard, "rb") as told:
            words = told.read().decode("utf-8", "replace")
        if words:
            os.waitpid(self._pid, 0)
            self._tell({"failed": words})
        return not words

    def _watch(self, order: _Message, started: float, wake: int) -> None:
        """Wait for the end of the command; see that it comes when it is due."""
        grace_s, deadline = float(order["grace_s"]), started + float(order["deadline_s"])
        while self._status is None:
            now = time.monotonic()
            if now >= deadline:
                self._ask_to_end("timed_out")
            if self._killing_from and now >= self._killing_from + grace_s:
                self._signal_all(signal.SIGKILL)
            watched = [wake] if self._gone else [wake, self._line.fileno()]
            ready = _readable(watched, self._patience(deadline))
            if wake in ready:
                os.read(wake, 4096)
            if self._line.fileno() in ready:
                self._hear()
            self._reap()

    def _patience(self, deadline: float) -> float:
        if self._killing_from:
            return _LOOK_S
        return max(0.0, min(deadline - time.monotonic(), 60.0))

    def _ask_to_end(self, reason: str) -> None:
        """Ask everything to end; what does not is killed after the grace."""
        if not self._reason:
            self._reason = reason
        if not self._killing_from and self._pid:
            self._killing_from = time.monotonic()
            self._signal_all(signal.SIGTERM)
            # A stopped process does not see TERM before it goes on.
            self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: int) -> None:
        """All that the command started; where the system does not list it, its group."""
        found = descendants(os.getpid())
        for each in found or ([-self._pid] if self._status is None else []):
            _send(each, number)

    def _reap(self) -> None:
        """Take the exit of every child that has ended; adopted ones too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._pid:
                self._status = status

    def _end_all(self) -> int:
        """End what the command left behind; how many do not go even when killed."""
        left = descendants(os.getpid())
        for number in range(_LAST_TRIES):
            if not left:
                return 0
            self._signal_all(signal.SIGKILL)
            time.sleep(min(0.001 * 2**number, _LOOK_S))
            self._reap()
            left = descendants(os.getpid())
        return len(left)

    def _outcome(self, left: int) -> _Message:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = self._status or 0
        return {
            "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            "reason": self._reason,
            "left": left,
            "cpu_s": round(used.ru_utime + used.ru_stime, 3),
            "rss_kib": used.ru_maxrss,
        }


def _become(order: _Message, parent: int) -> None:
    """Turn this process into the command.  Does not return; raises OSError."""
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(_FAILED)
    for each in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(each, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    if order.get("group"):
        # Before the command is anything: what it starts is in the group from the first moment.
        members = os.open(order["group"], os.O_WRONLY)
        os.write(members, b"0")
        os.close(members)
    source = os.open(order["stdin"] or os.devnull, os.O_RDONLY)
    os.dup2(source, 0)
    os.close(source)
    os.chdir(order["cwd"])
    os.umask(0o077)
    for name, most in order["limits"].items():
        _limit(getattr(resource, f"RLIMIT_{name}"), int(most))
    # All other descriptors are closed by exec (PEP 446).
    os.execvpe(order["argv"][0], order["argv"], order["env"])  # noqa: S606 - no shell


def _limit(what: int, most: int) -> None:
    """Lower a limit; never above what the service itself may."""
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _to_nothing(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)


def _readable(descriptors: list[int], patience_s: float) -> set[int]:
    """Those that can be read now; `select` knows no descriptor above 1023, and there may be."""
    waiting = select.poll()
    for each in descriptors:
        waiting.register(each, select.POLLIN)
    return {each for each, _ in waiting.poll(patience_s * 1000)}


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError as error:
        if error.errno not in (errno.ESRCH, errno.EPERM):
            raise


def main() -> int:
    """Run the shim on the descriptor that the command line names."""
    # Of a session of its own: a Ctrl-C at the owner's terminal is for the owner.
    os.setsid()
    line = int(sys.argv[1])
    os.set_inheritable(line, False)  # noqa: FBT003 - it knows no name for it
    owner = socket.socket(fileno=line)
    # Whoever handed it over may have made it non-blocking; the order may come later than we do.
    owner.settimeout(None)
    return Shim(owner).run()


if __name__ == "__main__":
    sys.exit(main())
