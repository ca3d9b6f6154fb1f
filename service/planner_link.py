"""The worker's end of the planner process: starts it, keeps it running, asks it, hears of builds.

Reading, checking and building a plan keeps a processor busy for seconds; on the worker's hub that
would freeze every stream.  So it runs in an ordinary process beside the worker.  The two share a
pair of sockets: when one of them ends, however it ends, the other one sees that at once.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
import structlog
from gevent import socket, subprocess
from gevent.event import AsyncResult, Event
from gevent.queue import Queue

from service.clock import stamp
from service.errors import UnavailableError
from service.planner_wire import (
    BUILT,
    BUSY,
    FAILED,
    READY,
    REMOTE,
    Failure,
    LineBuffer,
    Opening,
    WireError,
    to_line,
)
from service.planning.failures import error_of
from service.remote_news import RemoteNews
from service.settings import table

_log = structlog.get_logger(__name__)

# Nothing else of the worker's environment reaches the planner: it needs no secret.
_KEPT = frozenset((
    "HOME", "PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "USER", "LOGNAME", "VIRTUAL_ENV",
    "SSH_AUTH_SOCK", "AGENTED_CACHE_DIR",
    # What a remote may be reached through.
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
))  # fmt: skip
_KEPT_KINDS = ("LC_", "PYTHON", "GIT_", "XDG_", "WATCHFILES_", "COVERAGE_")
# A setting is not git's, whatever its name: GIT_REMOTE may hold a password.
_SETTINGS = frozenset(each.name for each in table().values())
# Pauses before the next start, in seconds: a process that dies at once must not be restarted in a
# tight loop.  One that ran for a minute begins anew.
_PAUSES_S = (0.05, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_S = 60.0
# A planner at work reports its progress every few seconds.  One that owes an answer and is silent
# for so long hangs (a dead network folder, a bug), and is replaced.
STUCK_S = 120.0
_CALL_S = 30.0
_GOODBYE_S = 2.0
_LOOK_S = 1.0
_READ_BYTES = 65_536
_MODULE = "service.planner_child"


@dataclass(frozen=True, slots=True)
class Build:
    """What the last build did; `at` is when it was heard of, `seconds` how long it took.

    `items` is how many items the plan has besides itself.
    """

    at: str
    written: int
    removed: int
    errors: int
    items: int
    seconds: float
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PlannerStatus:
    """How the planner process is.

    `ready`: there is a site to show.  `running`: the process lives.  `failure`: why the last build
    did not come about (None: it did).
    """

    ready: bool
    running: bool
    busy: bool
    pid: int | None
    restarts: int
    epoch: int
    built: Build | None
    failure: Failure | None


@dataclass(slots=True)
class _Running:
    """One planner process."""

    process: Any
    line: socket.socket
    # Sent by one greenlet: two that send, or one that gives up half-way, would mix their lines.
    outbox: Queue = field(default_factory=Queue)
    # When it last showed that it is at work, or was last asked for something.
    heard: float = field(default_factory=time.monotonic)


Listener = Callable[[Build | Failure], None]


def log_news(news: Build | Failure) -> None:
    """Say in the log what became of a build."""
    if isinstance(news, Failure):
        _log.warning("site not built", reason=news.message)
    else:
        _log.info(
            "site built",
            written=news.written,
            removed=news.removed,
            plan_errors=news.errors,
            seconds=news.seconds,
        )


class PlannerLink:
    """Owns the planner process of one worker.  All of it runs on the worker's hub.

    `listener` is told of each build that changed the site, and of each that failed.
    """

    def __init__(self, opening: Opening, listener: Listener = log_news) -> None:
        self._opening = opening
        self._listener = listener
        self._site = Path(opening.site)
        self._running: _Running | None = None
        self._supervisor: gevent.Greenlet | None = None
        self._closed = False
        self._restarts = 0
        self._numbers = 0
        self._waiting: dict[int, AsyncResult] = {}
        self._epoch = 0
        self._advanced = Event()
        self._busy = False
        self._built: Build | None = None
        self._failure: Failure | None = None
        self._site_seen = False
        self.remote = RemoteNews()

    # -- for the worker ---------------------------------------------------------------------

    def start(self) -> None:
        """Start the process, and start it again whenever it ends.  Returns at once."""
        if self._supervisor is None:
            self._supervisor = gevent.spawn(self._supervise)

    def close(self) -> None:
        """End the process; whoever waits is let go."""
        self._closed = True
        self._advance()
        if self._supervisor is not None:
            self._supervisor.kill()
            self._supervisor = None
        self._end()

    def call(self, op: str, *, timeout_s: float = _CALL_S, **args: Any) -> Any:
        """Ask for `op` and wait for its result; other greenlets go on, and may ask too.

        Raises the errors of `service.planning.failures` when the planner refuses,
        UnavailableError when it is not there or does not answer in time.
        """
        running = self._running
        if running is None:
            raise UnavailableError("the planner is starting", 2)
        self._numbers += 1
        number = self._numbers
        answer = self._waiting[number] = AsyncResult()
        running.heard = time.monotonic()
        try:
            until = time.monotonic() + timeout_s
            running.outbox.put(to_line({"id": number, "op": op, "args": args, "until": until}))
            return answer.get(timeout=timeout_s)
        except gevent.Timeout as error:
            raise UnavailableError("the planner is busy", 5) from error
        finally:
            self._waiting.pop(number, None)

    def command(self, name: str) -> tuple[tuple[str, ...], Path]:
        """The command line of the planner's command `name` on this plan, and where it runs."""
        opening = self._opening
        plan = ("--plan", opening.plan) if opening.plan else ()
        return (sys.executable, "-P", "-m", "planner", name, *plan), Path(opening.folder)

    @property
    def plan_folder(self) -> Path:
        """A folder within the repository of the plan, if it is in one."""
        return Path(self._opening.folder) / self._opening.plan

    @property
    def opening(self) -> Opening:
        """Which plan it is."""
        return self._opening

    @staticmethod
    def environment() -> dict[str, str]:
        """What a process that works on the plan gets of the worker's environment."""
        return _environment(os.environ)

    @property
    def site(self) -> Path:
        """The folder of the built site."""
        return self._site

    @property
    def epoch(self) -> int:
        """The number of the build that is shown.  It grows, over restarts of the service too."""
        return self._epoch

    def wait_beyond(self, number: int, timeout_s: float) -> int | None:
        """Wait for a build other than `number`; the number then, or after `timeout_s`.

        None when the link is closed.
        """
        if self._epoch == number and not self._closed:
            self._advanced.wait(timeout_s)
        return None if self._closed else self._epoch

    def status(self) -> PlannerStatus:
        """How the planner is, from what was heard of it."""
        running = self._running
        return PlannerStatus(
            ready=self._has_site(),
            running=running is not None,
            busy=self._busy,
            pid=running.process.pid if running is not None else None,
            restarts=self._restarts,
            epoch=self._epoch,
            built=self._built,
            failure=self._failure,
        )

    def _has_site(self) -> bool:
        """Whether there is a site, of this run or of an earlier one."""
        self._site_seen = self._site_seen or (self._site / "index.html").is_file()
        return self._site_seen

    # -- keeping it running -----------------------------------------------------------------

    def _supervise(self) -> None:
        tries = 0
        while not self._closed:
            started = time.monotonic()
            try:
                self._running = _spawn(self._opening)
                _log.info("planner process started", pid=self._running.process.pid)
                self._listen(self._running)
            except OSError as error:
                _log.error("planner process fails", reason=error.strerror or str(error))
            finally:
                self._end()
            tries = 0 if time.monotonic() - started > _STEADY_S else min(tries + 1, len(_PAUSES_S))
            pause = _PAUSES_S[max(tries - 1, 0)]
            self._restarts += 1
            _log.warning("planner process is started again", pause_s=pause, restarts=self._restarts)
            gevent.sleep(pause)

    def _listen(self, running: _Running) -> None:
        """Hear the process until it ends or hangs.  Raises OSError."""
        buffer = LineBuffer()
        while True:
            data = None
            with suppress(gevent.Timeout), gevent.Timeout(_LOOK_S):
                data = running.line.recv(_READ_BYTES)
            if data is None:
                owes = self._busy or self._waiting
                if owes and time.monotonic() - running.heard > STUCK_S:
                    _log.error("planner process hangs", pid=running.process.pid)
                    return
                continue
            if not data:
                return
            running.heard = time.monotonic()
            try:
                for message in buffer.feed(data):
                    self._hear(message)
            except (WireError, LookupError, TypeError, ValueError) as error:
                # A message of another form too, as after an upgrade below a running worker: the
                # next process is asked anew, where an error here would leave none for ever.
                _log.error("planner process talks nonsense", exc_info=error)
                return

    def _end(self) -> None:
        """Make sure that the present process is gone, and let go of whoever waits for it."""
        running, self._running = self._running, None
        self._busy = False
        if running is not None:
            running.outbox.put(None)
            running.line.close()
            _log.info("planner process ended", pid=running.process.pid, code=_reap(running.process))
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.set_exception(UnavailableError("the planner was restarted", 2))

    # -- hearing of it ----------------------------------------------------------------------

    def _hear(self, message: Mapping[str, Any]) -> None:
        if "id" in message:
            answer = self._waiting.get(message["id"])
            if answer is None:
                return  # whoever asked has stopped waiting
            failure = message.get("failure")
            if failure is None:
                answer.set(message["result"])
            else:
                answer.set_exception(error_of(Failure(**failure)))
            return
        event = message["event"]
        if event == BUSY:
            self._busy = bool(message["busy"])
        elif event == READY:
            self._go_to(message["epoch"])
        elif event == BUILT:
            self._take_build(message)
        elif event == REMOTE:
            self.remote.hear(message["remote"])
        elif event == FAILED:
            self._failure = Failure(**message["failure"])
            self._listener(self._failure)

    def _take_build(self, message: Mapping[str, Any]) -> None:
        values = message["build"]
        failed = tuple((path, reason) for path, reason in values.pop("failed"))
        self._built = Build(at=stamp(), failed=failed, **values)
        self._failure = None
        changed = message["epoch"] != self._epoch
        self._go_to(message["epoch"])
        if changed:
            self._listener(self._built)

    def _go_to(self, epoch: int) -> None:
        if epoch != self._epoch:
            self._epoch = epoch
            self._advance()

    def _advance(self) -> None:
        """Wake everyone who waits: they look for themselves what there is."""
        self._advanced.set()
        self._advanced = Event()


def _spawn(opening: Opening) -> _Running:
    """Start a process and send it the opening.  Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                _MODULE,
                str(theirs.fileno()),
                str(os.getpid()),
            ],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_environment(os.environ),
            # A group of its own: Ctrl-C at a terminal is for the worker, which ends the process.
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    running = _Running(process, ours)
    running.outbox.put(opening.line())
    gevent.spawn(_send_lines, running)
    gevent.spawn(_log_lines, process)
    return running


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environ.items()
        if name not in _SETTINGS and (name in _KEPT or name.startswith(_KEPT_KINDS))
    }
    # The process finds its modules where the worker found them, and nowhere else (`-P`).
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _send_lines(running: _Running) -> None:
    """Send what is put into the outbox; None ends it."""
    with suppress(OSError):  # the process has ended: whoever listens sees it too
        for line in iter(running.outbox.get, None):
            running.line.sendall(line)


def _reap(process: Any) -> int | None:
    """Kill a process unless it has ended, and return its exit code (None: it does not die)."""
    if process.poll() is None:
        process.kill()
    try:
        code: int = process.wait(_GOODBYE_S)
    except subprocess.TimeoutExpired:
        return None
    return code


def _log_lines(process: Any) -> None:
    """What the process writes to its standard error is the end of a bug: it goes to the log."""
    with process.stderr as stream:
        for line in stream:
            _log.error("planner process says", text=line.decode("utf-8", "replace").rstrip())
