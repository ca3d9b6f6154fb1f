"""Runs what is queued: claims, starts, keeps what it says, and ends each in exactly one state.

All of it runs on the worker's hub.  An execution is a greenlet; the queue is the table, so what a
service that was killed left there is known to the next one.
"""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Protocol

import gevent
import structlog
from gevent.event import Event

from service.clock import after, stamp
from service.db.database import Database
from service.errors import UnavailableError
from service.executions import records
from service.executions.cutting import LONGEST_EVENT, LONGEST_LINE
from service.executions.journaling import MIB, Journal
from service.executions.orphans import end_orphans
from service.executions.outcomes import failed, judged, outcome_of
from service.executions.plan_checks import note_check
from service.executions.preparing import PreparationError, Prepared, Preparer
from service.executions.process import Ended, Launch, Process
from service.executions.readable import TALKS
from service.executions.records import Execution, NewExecution, Outcome, State
from service.executions.retrying import retry_of
from service.executions.ring import Ring
from service.executions.usage import UsageReader
from service.notifications.records import note_end

_log = structlog.get_logger(__name__)
# A queue that nobody woke for is looked at so often: a service beside this one may have filled it.
_LOOK_S: Final = 5.0
_PAUSE_S: Final = 1.0
# While what waits may not begin, what comes is looked at so often: each look costs the database.
_GATHER_S: Final = 0.05
# How long a service that ends waits for its commands to end; within graceful_timeout.
_CLOSE_S: Final = 6.0
_TAIL: Final = 40


class Task(Protocol):
    """What an execution does that starts no process: a run of the assistant."""

    def run(self, journal: Journal) -> Outcome:
        """See it to its end.  Raises UnavailableError when its lines cannot be kept."""

    def end(self, reason: str) -> None:
        """Let it end soon: `cancelled` or `stopped`.  Returns at once."""


@dataclass(slots=True, eq=False)
class Live:
    """An execution under way."""

    execution: Execution
    ring: Ring = field(default_factory=Ring)
    process: Process | None = None
    task: Task | None = None
    asked_to_end: str = ""
    usage: UsageReader = field(default_factory=lambda: UsageReader("text"))
    tail: list[str] = field(default_factory=list)

    def end(self, reason: str) -> None:
        """Ask it to end; the first reason counts."""
        self.asked_to_end = self.asked_to_end or reason
        if self.process is not None:
            self.process.end(self.asked_to_end)
        if self.task is not None:
            self.task.end(self.asked_to_end)

    def start(self, launch: Launch) -> Process:
        """Start it; one that was asked to end before ends at once.  Raises OSError."""
        process = self.process = Process(launch)
        if self.asked_to_end:
            process.end(self.asked_to_end)
        return process

    def observe(self, stream: str, text: str) -> None:
        """Look at whole lines as they come."""
        lines = text.split("\n")
        if stream == "out":
            self.usage.read(lines)
        self.tail = [*self.tail, *lines[-_TAIL:]][-_TAIL:]


@dataclass(frozen=True, slots=True)
class RunnerStatus:
    """How the runner is: what runs of at most how many, how many wait, what ended since its start.

    `problem` says why nothing begins that should (empty: it does).
    """

    running: int
    most: int
    waiting: int
    ended: Mapping[State, int]
    lines: int
    problem: str


class Runner:
    """The executions of one worker: at most `most` at once, of each at most `most_bytes` kept."""

    def __init__(
        self, database: Database, preparer: Preparer, *, most: int = 4, most_bytes: int = 50 * MIB
    ) -> None:
        self._database = database
        self._preparer = preparer
        self._most = most
        self._most_bytes = most_bytes
        # Tells this process from one of another boot or with the same number.
        self._owner = f"{os.getpid()}-{time.monotonic_ns():x}-{os.urandom(4).hex()}"
        self._live: dict[int, Live] = {}
        self._woken = Event()
        self._freed = Event()
        self.beginning = Event()
        """Set when the next execution begins; then there is a new one."""
        self._loop: gevent.Greenlet | None = None
        self._closing = False
        self._ends: set[gevent.Greenlet] = set()
        self._waiting = 0
        self._ended: Counter[State] = Counter()
        self._lines = 0
        self._problem = ""

    # -- for the service --------------------------------------------------------------------

    def start(self) -> None:
        """Put in order what an earlier service left, then run what is queued.  Returns at once."""
        if self._loop is None:
            self._loop = gevent.spawn(self._run)

    def close(self) -> None:
        """Begin nothing more, and end what runs: it is told as interrupted."""
        self._closing = True
        if self._loop is not None:
            self._loop.kill()
            self._loop = None
        for live in list(self._live.values()):
            live.end("stopped")
        gevent.joinall(list(self._ends), timeout=_CLOSE_S)

    def wake(self) -> None:
        """Something was queued, or may run now."""
        self._woken.set()

    def cancel(self, execution: Execution) -> None:
        """End a running execution that was asked to (see `records.ask_cancel`)."""
        live = self._live.get(execution.number)
        if live is not None:
            live.end("cancelled")

    @property
    def owner(self) -> str:
        """The name under which this service runs executions."""
        return self._owner

    def carry(self, execution: Execution, task: Task) -> None:
        """Carry out an execution that is marked as running here already, beside the commands."""
        self._begin(execution, task)

    def live(self, number: int) -> Ring | None:
        """The lines of an execution that runs here; None for others."""
        live = self._live.get(number)
        return live.ring if live is not None else None

    @property
    def status(self) -> RunnerStatus:
        """How it is; without waiting, so that the queue is as long as it was a moment ago."""
        return RunnerStatus(
            running=self._commands,
            most=self._most,
            waiting=self._waiting,
            ended=dict(self._ended),
            lines=self._lines + sum(each.ring.last for each in self._live.values()),
            problem=self._problem,
        )

    @property
    def _commands(self) -> int:
        return sum(each.task is None for each in self._live.values())

    @property
    def running(self) -> Mapping[str, int | None]:
        """What runs now: execution -> process."""
        return {
            each.execution.id: each.process.pid if each.process else None
            for each in self._live.values()
        }

    # -- the queue --------------------------------------------------------------------------

    def _run(self) -> None:
        self._until_done(self._recover)
        while True:
            self._woken.clear()
            due = ""
            try:
                while (found := self._claim()) is not None:
                    self._begin(found)
                due, self._waiting, is_ahead = self._database.read(records.what_waits)
                if is_ahead:
                    self._database.write(records.wait_from_now)
                self._problem = ""
            except UnavailableError as error:
                self._problem = "the queue cannot be read"
                _log.warning("the queue cannot be read", reason=error.message)
            self._woken.wait(_patience(due))
            if self._waiting:
                self._freed.wait(_GATHER_S)
            self._freed.clear()

    def _claim(self) -> Execution | None:
        # A read first: most often nothing waits, and a write costs a commit.
        if self._commands >= self._most or not self._database.read(records.next_due):
            return None
        return self._database.write(partial(records.claim, owner=self._owner, most=self._most))

    def _recover(self) -> None:
        """End what belongs to a service that is gone."""
        left = self._database.write(partial(_interrupt_others, owner=self._owner))
        names = [each.id for each in left]
        hub = gevent.get_hub()
        ended = hub.threadpool.apply(end_orphans, (names,))
        hub.threadpool.apply(self._preparer.sweep)
        if left:
            _log.warning(
                "executions of a service that ended", executions=names, processes_ended=ended
            )

    def _begin(self, execution: Execution, task: Task | None = None) -> None:
        live = Live(execution, task=task)
        self._live[execution.number] = live
        greenlet = gevent.spawn(self._carry_out, live)
        self._ends.add(greenlet)
        greenlet.link(self._ends.discard)
        self.beginning.set()
        self.beginning = Event()

    # -- one execution ----------------------------------------------------------------------

    def _carry_out(self, live: Live) -> None:
        execution = live.execution
        began = time.monotonic()
        journal = Journal(
            self._database,
            execution.number,
            live.ring,
            most_bytes=self._most_bytes,
            longest=LONGEST_EVENT if execution.order.backend in TALKS else LONGEST_LINE,
            observe=live.observe,
        )
        outcome = Outcome(state=State.FAILED, reason="it failed for a reason that nobody foresaw")
        try:
            outcome = self._tried(live, journal)
        finally:
            if live.process is not None:
                live.process.close()
            outcome = judged(outcome, live.usage.usage.error, live.tail)
            with suppress(UnavailableError):
                journal.note(outcome.reason)
            self._finish(live, _with_figures(outcome, live, journal, began))

    def _tried(self, live: Live, journal: Journal) -> Outcome:
        """Carry it out; what stands in the way is its outcome."""
        try:
            if live.task is not None:
                return live.task.run(journal)
            prepared = self._preparer.prepare(live.execution)
            live.usage = UsageReader(prepared.talks)
            return self._supervised(live, prepared, journal)
        except PreparationError as error:
            hint = f": {error.hint}" if error.hint else ""
            return failed(f"{error.message}{hint}", "start")
        except UnavailableError as error:
            live.end("disk_full")
            return failed(f"what it said could not be kept: {error.message}", "disk_full")
        except OSError as error:
            return failed(f"no process could be started: {error.strerror or error}", "start")

    def _supervised(self, live: Live, prepared: Prepared, journal: Journal) -> Outcome:
        """Start it and see it to its end.

        Raises OSError when nothing can be started, UnavailableError when its lines cannot be kept.
        """
        execution, number = live.execution, live.execution.number
        write = self._database.write
        write(partial(_mark_prepared, number, prepared))
        for note in prepared.notes:
            journal.note(note)
        process = live.start(prepared.launch)
        never = process.started()
        if never is not None:
            return outcome_of(never, execution)
        pid, pid_began = process.pid or 0, process.began
        write(lambda db: records.mark_started(db, number, pid, pid_began))
        ending = gevent.spawn(_ending, process, execution.id)
        try:
            for read in process.output():
                journal.take(read)
            journal.close()
            ended: Ended = ending.get()
        finally:
            ending.kill()
        met = gevent.get_hub().threadpool.apply(self._preparer.limits_met, (execution,))
        return outcome_of(ended, execution, met)

    def _finish(self, live: Live, outcome: Outcome) -> None:
        """Write down the end, whatever it takes; then let everybody know."""
        execution = live.execution
        if live.task is None:
            gevent.get_hub().threadpool.apply(self._preparer.clear, (execution,))
        again = retry_of(execution, outcome)
        self._until_done(partial(self._database.write, partial(_end, execution, outcome, again)))
        _log.info(
            "execution ended",
            execution_id=execution.id,
            trigger_id=execution.trigger_id,
            state=outcome.state.value,
            reason=outcome.reason,
        )
        self._live.pop(execution.number, None)
        self._ended[outcome.state] += 1
        self._lines += live.ring.last
        live.ring.end()
        self._freed.set()
        self.wake()

    def _until_done(self, work: Callable[[], object]) -> None:
        """Do what must not be left undone while the database cannot be written."""
        while True:
            try:
                work()
            except UnavailableError as error:
                _log.warning("an end of an execution waits", reason=error.message)
                if self._closing:
                    return
                gevent.sleep(_PAUSE_S)
            else:
                return


def _ending(process: Process, execution_id: str) -> Ended:
    """Wait for the end; whoever has lost its supervising process is ended from here."""
    ended = process.ended()
    if ended.reason == "lost":
        gevent.get_hub().threadpool.apply(end_orphans, ((execution_id,),))
    return ended


def _end(
    execution: Execution, outcome: Outcome, again: NewExecution | None, db: sqlite3.Connection
) -> None:
    """The end, the next attempt and who is to hear of it, in one transaction."""
    if not records.finish(db, execution.number, outcome):
        return
    if again is not None:
        # Whoever wants to hear of the end hears of that of the last attempt.
        with suppress(records.QueueFullError):
            records.enqueue(db, again)
            return
    note_end(db, execution.id)


def _mark_prepared(number: int, prepared: Prepared, db: sqlite3.Connection) -> None:
    records.mark_prepared(db, number, prepared.prompt, prepared.launch.argv)
    if prepared.commit:
        note_check(db, number, prepared.commit)


def _interrupt_others(db: sqlite3.Connection, owner: str) -> tuple[Execution, ...]:
    left = records.interrupt_others(db, owner)
    for each in left:
        note_end(db, each.id)
    return left


def _with_figures(outcome: Outcome, live: Live, journal: Journal, began: float) -> Outcome:
    kept, said = journal.tally, live.usage.usage
    outcome = replace(
        outcome,
        duration_ms=int((time.monotonic() - began) * 1000),
        lines=kept.lines,
        bytes=kept.bytes,
        truncated=kept.truncated,
    )
    if live.task is not None:
        return outcome
    return replace(
        outcome,
        tokens_in=said.tokens_in,
        tokens_out=said.tokens_out,
        cost_usd=said.cost_usd,
    )


def _patience(due: str) -> float:
    """For how many seconds nothing is to be done, unless somebody wakes the loop."""
    if not due or due <= stamp():
        return _LOOK_S
    for seconds in (0.1, 0.5, 1.0):
        if due <= after(seconds=seconds):
            return seconds
    return _LOOK_S
