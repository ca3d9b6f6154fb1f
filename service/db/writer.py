"""The one native thread that writes, and how greenlets hand it their work.

A foreign write lock freezes every greenlet when SQLite is called on the hub, so this thread owns
the writing connection.  Writes that wait while a commit is under way share the next one: one fsync
for all of them.  The thread alone decides what becomes of a write, so there is no race between its
commit and a deadline: whoever is told 503 can be sure that nothing was written.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import gevent
from gevent.event import Event

from service.db.connection import connect, is_busy, roll_back, unavailable
from service.db.native import Empty, SimpleQueue, start_new_thread
from service.errors import UnavailableError

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]

GROUP = 256
WAITING = 10_000
# How long a write may wait for the lock of another process: senders of webhooks give up at 10 s.
WAIT_S = 5.0
# The lock is tried for in such slices, so that the deadlines of those who wait are kept.
_SLICE_MS = 250
_PROBE_S = 1.0
_CLOSE_S = 10.0


@dataclass(slots=True, eq=False)
class _Write:
    work: Work[Any]
    deadline: float
    context: Context
    answered: Event = field(default_factory=Event)
    withdrawn: bool = False
    result: Any = None
    error: Exception | None = None


class Writer:
    """Takes writes from greenlets and commits them in groups on its own thread.

    The thread starts with the first write, and belongs to the hub that was running then.
    """

    def __init__(self, path: Path, *, wait_s: float = WAIT_S) -> None:
        self._path = path
        self._wait_s = wait_s
        self._asked = SimpleQueue()
        self._answers: deque[list[_Write]] = deque()
        self._waiting = 0
        self._wake: Any = None
        self._answered_at = 0.0
        self._ended = Event()
        self._closing = False
        self._finished = False
        self._db: sqlite3.Connection | None = None
        self._pending: deque[_Write] = deque()
        self._refusing = ""

    @property
    def waiting(self) -> int:
        """How many writes have no answer yet."""
        return self._waiting

    @property
    def stalled_s(self) -> float:
        """For how many seconds no write was answered although some wait."""
        return time.monotonic() - self._answered_at if self._waiting else 0.0

    @property
    def refusing(self) -> str:
        """Why the last write was refused; empty while the database takes writes."""
        return self._refusing

    # -- on the hub -------------------------------------------------------------------------

    def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction and return its result once that is durable.

        `work` runs again, after what it did was undone, when another write of its group failed: it
        must do nothing but use the connection.  It sees the context variables of who asked.

        Raises what `work` raises, after undoing what it did; UnavailableError when the database
        stays locked for `wait_s` seconds or is full, or too many writes wait.  Nothing was written
        then.
        """
        if self._closing:
            raise UnavailableError("the service is stopping", 5)
        if self._waiting >= WAITING:
            raise UnavailableError("too many writes are waiting", 1)
        if self._wake is None:
            self._start()
        now = time.monotonic()
        asked = _Write(work, now + self._wait_s, copy_context())
        if not self._waiting:
            self._answered_at = now
        self._waiting += 1
        self._asked.put(asked)
        try:
            asked.answered.wait()
        except BaseException:
            # Who asked is being ended: what has not begun need not be done.
            asked.withdrawn = True
            raise
        if asked.error is not None:
            raise asked.error
        result: Result = asked.result
        return result

    def close(self) -> None:
        """Do what was asked for before, then end the thread and close its connection."""
        if self._closing:
            return
        self._closing = True
        if self._wake is None:
            return
        self._asked.put(None)
        if self._ended.wait(_CLOSE_S):
            self._wake.stop()
            self._wake.close()

    def _start(self) -> None:
        self._wake = gevent.get_hub().loop.async_()
        self._wake.start(self._deliver)
        start_new_thread(self._run, ())

    def _deliver(self) -> None:
        self._answered_at = time.monotonic()
        while self._answers:
            for asked in self._answers.popleft():
                self._waiting -= 1
                asked.answered.set()
        if self._finished:
            self._ended.set()

    # -- in the native thread ---------------------------------------------------------------

    def _run(self) -> None:
        while self._take():
            if self._pending:
                self._write_group()
            elif self._refusing:
                self._probe()
        self._disconnect()
        self._finished = True
        self._wake.send()

    def _take(self) -> bool:
        """Move what was asked for to `_pending`; False when all is done and the end was asked for.

        Waits while there is nothing to do: at most a second where the database refuses, so that
        its recovery is noticed.
        """
        try:
            if not self._pending:
                asked = self._asked.get(timeout=_PROBE_S if self._refusing else None)
                if asked is None:
                    return False
                self._pending.append(asked)
            while (asked := self._asked.get_nowait()) is not None:
                self._pending.append(asked)
        except Empty:
            return True
        # The end was asked for: what came before it is done first, and nothing comes after it.
        self._asked.put(None)
        return True

    def _write_group(self) -> None:
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._cannot_begin(error)
            return
        group = self._next_group()
        try:
            for asked in group:
                asked.result = asked.context.run(asked.work, db)
            db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - each one's error is handed to whoever asked
            self._undo(db)
            self._one_of_them_failed(group, error)
        else:
            self._accept(group)

    def _next_group(self) -> list[_Write]:
        """The writes of the next commit; those whose sender has gone are left out."""
        group: list[_Write] = []
        while self._pending and len(group) < GROUP:
            asked = self._pending.popleft()
            if asked.withdrawn:
                self._answer([asked])
            else:
                group.append(asked)
        return group

    def _one_of_them_failed(self, group: list[_Write], error: Exception) -> None:
        """Answer the only one of a group, or tell the good ones from the bad."""
        if isinstance(error, sqlite3.Error) and unavailable(error):
            self._refuse(group, error)
        elif len(group) == 1:
            group[0].error = error
            self._accept(group)
        else:
            self._one_by_one(group)

    def _one_by_one(self, group: list[_Write]) -> None:
        """Do a group again, so that the failure of one undoes nothing of the others."""
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            for asked in group:
                _save(db, asked)
            db.execute("COMMIT")
        except sqlite3.Error as error:
            self._disconnect()
            self._refuse(group, error)
        else:
            self._accept(group)

    def _cannot_begin(self, error: sqlite3.Error) -> None:
        """Refuse all, unless the lock of another process may still go away in time."""
        now = time.monotonic()
        late: list[_Write] = []
        still: deque[_Write] = deque()
        for asked in self._pending:
            gone = not is_busy(error) or asked.withdrawn or asked.deadline <= now
            (late if gone else still).append(asked)
        if not is_busy(error):
            self._disconnect()
        self._pending = still
        if late:
            self._refuse(late, error)

    def _refuse(self, group: list[_Write], error: sqlite3.Error) -> None:
        known = unavailable(error)
        if known:
            self._refusing = known.message
        for asked in group:
            asked.error = known or error
        self._answer(group)

    def _accept(self, group: list[_Write]) -> None:
        self._refusing = ""
        self._answer(group)

    def _answer(self, group: list[_Write]) -> None:
        self._answers.append(group)
        self._wake.send()

    def _probe(self) -> None:
        """Write something that changes nothing, to see whether writing works again."""
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            db.execute("PRAGMA user_version = 0")
            db.execute("COMMIT")
        except sqlite3.Error:
            self._disconnect()
        else:
            self._refusing = ""

    def _undo(self, db: sqlite3.Connection) -> None:
        try:
            roll_back(db)
        except sqlite3.Error:
            self._disconnect()

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = connect(self._path, busy_ms=_SLICE_MS)
        return self._db

    def _disconnect(self) -> None:
        """Close the connection; the next write opens a new one."""
        if self._db is not None:
            self._db.close()
            self._db = None


def _save(db: sqlite3.Connection, asked: _Write) -> None:
    """Do one write of a group in a savepoint.

    Raises sqlite3.Error only where the whole transaction is lost.
    """
    db.execute("SAVEPOINT one")
    asked.result, asked.error = None, None
    try:
        asked.result = asked.context.run(asked.work, db)
    except Exception as error:
        if isinstance(error, sqlite3.Error) and (unavailable(error) or not db.in_transaction):
            raise
        asked.error = error
        db.execute("ROLLBACK TO one")
    db.execute("RELEASE one")
