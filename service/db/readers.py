"""A few native threads that read, and how greenlets hand them their work.

As with the writer (see `service.db.writer`), SQLite is never called on the hub.  gevent's own
thread pool does the same, at three times the cost of a short read.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event

from service.db.connection import connect, unavailable
from service.db.native import SimpleQueue, start_new_thread
from service.errors import UnavailableError

READERS = 4
# A write-ahead log reader waits for nobody but a recovery after a crash.
_BUSY_MS = 2_000
_CLOSE_S = 10.0


@dataclass(slots=True, eq=False)
class _Read:
    work: Callable[[sqlite3.Connection], Any]
    context: Context
    answered: Event = field(default_factory=Event)
    begun: bool = False
    withdrawn: bool = False
    result: Any = None
    error: Exception | None = None


class Readers:
    """Takes reads from greenlets of one hub; the threads start with the first one.

    `wait_s`: for how long a read waits for a thread to begin it.
    """

    def __init__(self, path: Path, *, wait_s: float) -> None:
        self._path = path
        self._wait_s = wait_s
        self._asked = SimpleQueue()
        self._answers: deque[_Read] = deque()
        self._wake: Any = None
        self._running = 0
        self._ended = Event()

    # -- on the hub -------------------------------------------------------------------------

    def read(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Run `work` on a read-only connection and return its result.

        Raises what `work` raises; UnavailableError when all threads stay busy, or the file cannot
        be read for now.
        """
        if self._wake is None:
            self._start()
        asked = _Read(work, copy_context())
        self._asked.put(asked)
        try:
            if not asked.answered.wait(self._wait_s):
                if not asked.begun:
                    raise UnavailableError("too many reads are waiting", 1)
                asked.answered.wait()
        finally:
            # Who has gone needs no answer: what has not begun need not be done.
            asked.withdrawn = True
        if asked.error is not None:
            raise asked.error
        return asked.result

    def close(self) -> None:
        """Do what was asked for before, then end the threads and close their connections."""
        if self._wake is None or self._ended.is_set():
            return
        for _ in range(READERS):
            self._asked.put(None)
        if self._ended.wait(_CLOSE_S):
            self._wake.stop()
            self._wake.close()

    def _start(self) -> None:
        self._wake = gevent.get_hub().loop.async_()
        self._wake.start(self._deliver)
        self._running = READERS
        for _ in range(READERS):
            start_new_thread(self._run, ())

    def _deliver(self) -> None:
        while self._answers:
            asked = self._answers.popleft()
            asked.answered.set()
            self._running -= asked is _END
        if not self._running:
            self._ended.set()

    # -- in the native threads --------------------------------------------------------------

    def _run(self) -> None:
        db: sqlite3.Connection | None = None
        while (asked := self._asked.get()) is not None:
            if not asked.withdrawn:
                asked.begun = True
                db = self._do(asked, db)
                self._answers.append(asked)
                self._wake.send()
        if db is not None:
            db.close()
        self._answers.append(_END)
        self._wake.send()

    def _do(self, asked: _Read, db: sqlite3.Connection | None) -> sqlite3.Connection | None:
        """Answer a read, and return the connection for the next one."""
        try:
            if db is None:
                db = connect(self._path, read_only=True, busy_ms=_BUSY_MS)
            asked.result = asked.context.run(asked.work, db)
        except sqlite3.Error as error:
            asked.error = unavailable(error) or error
            # It may be the connection's fault: the next read gets a new one.
            if db is not None:
                db.close()
            return None
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for it
            asked.error = error
        return db


# What a thread sends as its last answer.
_END = _Read(lambda _: None, Context())
