"""The planner process: an ordinary Python process beside the gevent worker that started it.

It builds the site, watches the plan and builds again, and answers the worker's requests, one after
the other.  It ends with the worker, however that ends.  Started as
`python -m service.planner_child DESCRIPTOR PARENT`.
"""

import ctypes
import gc
import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from planner.build.collecting import settle
from planner.build.today import seconds_to_tomorrow, today
from planner.errors import BusyError, NoPlanError, OutputError, PlannerError
from planner.model.items import PlanTree
from planner.workspace import Built, Workspace, open_workspace
from service.interview.ops import InterviewOps
from service.planner_wire import (
    BUILT,
    BUSY,
    FAILED,
    NO_PLAN,
    READY,
    REMOTE,
    Failure,
    LineBuffer,
    Opening,
    to_line,
)
from service.planning.begin_ops import BeginOps
from service.planning.failures import failure_of
from service.planning.ops import PlanOps
from service.planning.remote import CHANGES, Around, RemoteKeeper

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1
_READ_BYTES = 65_536
# How often a plan that is not there is looked for, how often a build that failed is tried again
# (a full disk may have been cleared), and how often progress is reported, in seconds.
_LOOK_S = 1.0
_AGAIN_S = 10.0
_HOUR_S = 3600.0
_PROGRESS_S = 1.0
# How long after a build, in seconds, and after how many builds at the latest, it is settled: the
# cache is written and garbage collected, which takes as long as a save and need not be waited for.
_SETTLE_S = 3.0
_MOST_UNSETTLED = 50
# Pages are served while a site is built: the worker goes first.
_NICE = 5


class Epoch:
    """The number of the build, kept in a file so that it grows over restarts.

    While a build is under way the file says so: after one that was killed nobody knows what it
    changed, so that the number grows.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.number = self._kept()

    def _kept(self) -> int:
        try:
            number, _, building = self._file.read_text(encoding="ascii").strip().partition(" ")
            return int(number) + bool(building)
        except FileNotFoundError:
            return 1
        except (OSError, ValueError):
            # What is lost must not be repeated: the clock is beyond any number counted so far.
            return int(time.time())

    def begin(self) -> None:
        """A build begins.  Raises OutputError."""
        self._write(f"{self.number} building\n")

    def end(self, *, changed: bool) -> None:
        """It has ended.  Raises OutputError."""
        self.number += changed
        self._write(f"{self.number}\n")

    def _write(self, text: str) -> None:
        draft = self._file.with_name(f"{self._file.name}.new")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_text(text, encoding="ascii")
            draft.replace(self._file)
        except OSError as error:
            message = f"the number of the build cannot be kept in {self._file}: {error.strerror}"
            raise OutputError(message, "free disk space, or look after the state folder") from error


class Channel:
    """The process's end of the pair of sockets."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        # The worker's gevent made both ends non-blocking.
        line.settimeout(None)
        self._sending = threading.Lock()
        self._buffer = LineBuffer()
        self._read: list[dict[str, Any]] = []

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message.  Does not return when the worker has gone."""
        try:
            with self._sending:
                self._line.sendall(to_line(message))
        except OSError:
            os._exit(0)

    def receive(self) -> dict[str, Any]:
        """The next message.  Does not return when the worker has gone."""
        while not self._read:
            data = self._line.recv(_READ_BYTES)
            if not data:
                # At once, and with no clean-up: a build that is cut short leaves nothing that the
                # next one does not mend, and a worker that starts again waits for its lock.
                os._exit(0)
            self._read.extend(self._buffer.feed(data))
        return self._read.pop(0)


class PlannerProcess:
    """Does one thing after the other, in the main thread; others read, watch and fetch."""

    def __init__(self, opening: Opening, channel: Channel) -> None:
        self._opening = opening
        self._channel = channel
        self._epoch = Epoch(Path(opening.epoch))
        self._workspace: Workspace | None = None
        self._requests: queue.SimpleQueue[dict[str, Any] | Callable[[], None] | None]
        self._requests = queue.SimpleQueue()
        self._bursts: queue.SimpleQueue[frozenset[Path]] = queue.SimpleQueue()
        self._reported = 0.0
        self._failure: Failure | None = None
        self._unsettled = 0
        self._settle_at = 0.0
        self._day = ""
        plan = PlanOps(self._opened, self._build_saved, opening.rev, opening.approval)
        self._keeper = RemoteKeeper(
            # A revision that stands still is not brought forward.
            "" if opening.rev else opening.remote,
            Path(opening.folder),
            opening.fetch_seconds,
            Around(self._opened, self._in_turn, self._rebuild, self._report_remote),
        )
        self._ops: Mapping[str, Callable[..., Any]] = {
            "ping": self._ping,
            "build": self._build,
            **plan.table(),
            **BeginOps(opening, self._begun).table(),
            **InterviewOps(lambda: self._tree(plan)).table(),
            **self._keeper.table(),
        }

    def run(self) -> None:
        """Work until the worker has gone; never returns."""
        self._channel.send({"event": READY, "epoch": self._epoch.number})
        # The first build forks, so that it comes before the threads.
        self._rebuild(processes=max(1, (os.cpu_count() or 1) - 1))
        if self._unsettled:
            self._settle()
        self._start(self._read_requests)
        watching = bool(self._opening.rev)
        while True:
            if self._workspace is not None and not watching:
                watching = True
                self._start(self._watch)
                if self._keeper.wanted:
                    self._start(self._keeper.run)
            try:
                request = self._requests.get(timeout=self._patience())
            except queue.Empty:
                self._idle()
            else:
                self._turn(request)

    def _turn(self, request: dict[str, Any] | Callable[[], None] | None) -> None:
        """Do what is asked (None: look what changed), and what must not wait for an idle moment."""
        if callable(request):
            with self._busy():
                request()
        elif request is not None:
            with self._busy():
                self._answer(request)
            if request["op"] in CHANGES:
                self._keeper.saved()
        else:
            self._rebuild_changed()
        # Where requests come all the time there is no idle moment, and claims hold until a day.
        if self._is_of_another_day():
            self._rebuild()
        if self._unsettled >= _MOST_UNSETTLED:
            self._settle()

    def _patience(self) -> float | None:
        """For how many seconds to wait for a request (None: without end)."""
        if self._workspace is None:
            return _LOOK_S
        if self._unsettled:
            return max(0.0, self._settle_at - time.monotonic())
        if self._failure is not None:
            return _AGAIN_S
        # Clocks are set, and machines sleep: the day is looked at each hour.
        return None if self._opening.rev else min(seconds_to_tomorrow() + 1, _HOUR_S)

    def _idle(self) -> None:
        """Do what can wait: settle what was built, or build anew what failed or is of another day.

        A claim may have held until that day.
        """
        if self._unsettled:
            self._settle()
        elif self._workspace is None or self._failure is not None or self._is_of_another_day():
            self._rebuild()

    def _is_of_another_day(self) -> bool:
        """Whether what was built last was judged by a day that is over."""
        return not self._opening.rev and self._day not in ("", today())

    def _settle(self) -> None:
        """Write what builds have learned into the cache, and clean up."""
        with self._busy():
            self._opened().keep()
            self._unsettled = 0
            settle()

    # -- the other threads ----------------------------------------------------------------

    def _start(self, work: Callable[[], None]) -> None:
        """Start a thread.  If it ends, so does the process: the worker then starts another."""

        def run() -> None:
            try:
                work()
            finally:
                traceback.print_exc()
                os._exit(1)

        threading.Thread(target=run, name=work.__name__, daemon=True).start()

    def _read_requests(self) -> None:
        while True:
            self._requests.put(self._channel.receive())

    def _watch(self) -> None:
        for paths in self._opened().changes(threading.Event()):
            self._bursts.put(paths)
            self._requests.put(None)

    def _in_turn(self, work: Callable[[], T]) -> T:
        """Run work of another thread in the main one, between requests."""
        outcome: Future[T] = Future()

        def run() -> None:
            try:
                outcome.set_result(work())
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                outcome.set_exception(error)

        self._requests.put(run)
        return outcome.result()

    def _report_remote(self, record: Mapping[str, Any]) -> None:
        self._channel.send({"event": REMOTE, "remote": record})

    # -- work -----------------------------------------------------------------------------

    def _answer(self, request: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"id": request["id"]}
        try:
            _refuse_late(request["until"])
            answer["result"] = self._ops[request["op"]](**request["args"])
        except PlannerError as error:
            answer["failure"] = asdict(failure_of(error))
        except Exception:  # noqa: BLE001 - one request must not end the others
            traceback.print_exc()
            answer["failure"] = asdict(_bug(request["op"]))
        self._channel.send(answer)

    def _build_saved(self) -> int:
        """Build what was just saved, and return the number of the build."""
        self._rebuild()
        return self._epoch.number

    def _rebuild_changed(self) -> None:
        """Build what the watcher told of, unless all of it is what was just saved and built."""
        bursts = []
        while not self._bursts.empty():
            bursts.append(self._bursts.get())
        # An empty one stands for changes that nobody can name.
        named = frozenset().union(*bursts) if all(bursts) else frozenset()
        if bursts and not self._has_built(named):
            self._rebuild()

    def _has_built(self, changed: frozenset[Path]) -> bool:
        try:
            return self._opened().has_built(changed)
        except PlannerError:
            return False  # the build tells what is wrong

    def _begun(self) -> int:
        """Build a plan that was begun, or taken into git, by an operation."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None
        return self._build_saved()

    def _tree(self, plan: PlanOps) -> PlanTree | None:
        """The plan as the branch has it, or its files where git does not; None: there is none."""
        try:
            workspace = self._opened()
        except NoPlanError:
            return None
        if workspace.foreign or workspace.git_dir() is None:
            return workspace.check().tree
        return plan.tree()

    def _rebuild(self, processes: int = 1) -> None:
        """Build, and report what became of it."""
        with self._busy():
            try:
                self._build(processes=processes)
            except PlannerError as error:
                code = NO_PLAN if isinstance(error, NoPlanError) else "conflict"
                self._report_failure(Failure(error.message, error.hint or "", code))
            except Exception:  # noqa: BLE001 - the last good site stays
                traceback.print_exc()
                self._report_failure(_bug("build"))

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """Let the worker know that silence for a while is to be expected."""
        self._channel.send({"event": BUSY, "busy": True})
        yield
        self._channel.send({"event": BUSY, "busy": False})

    def _report_failure(self, failure: Failure) -> None:
        """Report a failure, unless it is still the same one."""
        if failure != self._failure:
            self._failure = failure
            self._channel.send({"event": FAILED, "failure": asdict(failure)})

    @staticmethod
    def _ping() -> dict[str, int]:
        return {"pid": os.getpid()}

    def _build(self, *, processes: int = 1, fresh: bool = False) -> dict[str, Any]:
        """Build the site and return what was done; `fresh` forgets what earlier builds knew.

        Raises PlannerError.
        """
        workspace = self._opened()
        if fresh:
            workspace = self._open(cache=False)
        self._epoch.begin()
        self._day = today()
        changed = True
        try:
            built = workspace.build(
                Path(self._opening.site),
                rev=self._opening.rev,
                public_url=self._opening.public_url,
                processes=processes,
                keep=False,
                progress=self._report_progress,
            )
            changed = bool(built.report.tally.written or built.report.tally.removed)
        except PlannerError as error:
            # What cannot be read changes no page; a full disk may have let some of them through.
            changed = isinstance(error, OutputError)
            raise
        finally:
            self._epoch.end(changed=changed)
        self._failure = None
        self._unsettled += 1
        self._settle_at = time.monotonic() + _SETTLE_S
        values = _as_values(built)
        self._channel.send({"event": BUILT, "epoch": self._epoch.number, "build": values})
        return {"epoch": self._epoch.number, **values}

    def _opened(self) -> Workspace:
        if self._workspace is None:
            self._workspace = self._open()
        return self._workspace

    def _open(self, *, cache: bool = True) -> Workspace:
        """Find and open the plan.  Raises UsageError where there is none."""
        plan, variable = self._opening.plan, self._opening.variable
        named = {variable: plan} if plan and variable else {}
        return open_workspace(
            None if named else plan or None,
            environ={**os.environ, "AGENTED_CACHE_DIR": self._opening.caches, **named},
            cwd=Path(self._opening.folder),
            cache=cache,
            # A revision that stands still is the same on every day.
            today=None if self._opening.rev else today,
        )

    def _report_progress(self, what: str, done: int, total: int) -> None:
        """Let the worker see that the build goes on."""
        del what, done, total
        now = time.monotonic()
        if now - self._reported > _PROGRESS_S:
            self._reported = now
            self._channel.send({"event": BUSY, "busy": True})


def _as_values(built: Built) -> dict[str, Any]:
    tally = built.report.tally
    return {
        "written": tally.written,
        "removed": tally.removed,
        "errors": built.errors,
        "items": built.items,
        "seconds": round(sum(built.seconds.values()), 3),
        "failed": [[page.path, page.message] for page in built.report.failed],
    }


def _refuse_late(until: float) -> None:
    """Raise BusyError for a request that nobody waits for any longer: it is sent again.

    Else a crowd would be served one late answer after the other, and none in time.
    """
    if time.monotonic() > until:
        raise BusyError("the planner is busy", "try again in a while")


def _bug(what: str) -> Failure:
    return Failure(f"{what} failed for a reason that nobody foresaw", "the log has the reason")


def _end_with(parent: int) -> None:
    """End when the worker does, even while the socket is not looked at (Linux).

    The end of the socket alone would do, but nobody reads it during the first build.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def main() -> None:
    """Run until the worker has gone."""
    descriptor, parent = (int(word) for word in sys.argv[1:])
    _end_with(parent)
    os.nice(_NICE)
    # A collection walks the whole plan, in the middle of a save: see `_settle`.
    gc.disable()
    channel = Channel(socket.socket(fileno=descriptor))
    PlannerProcess(Opening(**channel.receive()), channel).run()


if __name__ == "__main__":
    main()
