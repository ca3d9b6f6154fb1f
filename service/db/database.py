"""The database as the service's greenlets use it: never on the hub, writes committed in groups.

A foreign write lock freezes every greenlet when SQLite is called on the hub.  So one native thread
owns the writing connection, and a small pool of native threads reads.  Writes that wait while a
commit is under way share the next one: one fsync for all of them.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from service.db.connection import connect, unavailable
from service.errors import UnavailableError

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]
_GROUP = 256
_WAITING = 10_000
_READERS = 2


@dataclass(slots=True)
class _Write:
    work: Work[Any]
    answer: AsyncResult = field(default_factory=AsyncResult)


class Database:
    """Reads and writes of one process.  `work` is a function of a connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer_pool = ThreadPool(1)
        self._reader_pool = ThreadPool(_READERS)
        self._writer: sqlite3.Connection | None = None
        self._readers: list[sqlite3.Connection] = []
        self._reading = BoundedSemaphore(_READERS)
        self._waiting: deque[_Write] = deque()
        self._flushing = False

    def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction and return its result once that is durable.

        Raises what `work` raises, after undoing what it did; UnavailableError when the database is
        locked or full, or too many writes wait.
        """
        if len(self._waiting) >= _WAITING:
            raise UnavailableError("too many writes are waiting", 1)
        asked = _Write(work)
        self._waiting.append(asked)
        if not self._flushing:
            self._flushing = True
            gevent.spawn(self._flush)
        result: Result = asked.answer.get()
        return result

    def read(self, work: Work[Result]) -> Result:
        """Run `work` on a read-only connection.  Raises as `write` does."""
        with self._reading:
            result: Result = self._reader_pool.apply(self._run_read, (work,))
        return result

    def close(self) -> None:
        """End the threads; what was asked for before is done first."""
        self._writer_pool.join()
        self._reader_pool.join()
        self._writer_pool.kill()
        self._reader_pool.kill()
        for db in (self._writer, *self._readers):
            if db is not None:
                db.close()
        self._writer, self._readers = None, []

    # -- on the hub -------------------------------------------------------------------------

    def _flush(self) -> None:
        try:
            while self._waiting:
                count = min(len(self._waiting), _GROUP)
                group = [self._waiting.popleft() for _ in range(count)]
                for asked, (result, error) in zip(
                    group, self._writer_pool.apply(self._run_group, (group,)), strict=True
                ):
                    if error is None:
                        asked.answer.set(result)
                    else:
                        asked.answer.set_exception(error)
        finally:
            self._flushing = False

    # -- in the native threads --------------------------------------------------------------

    def _run_group(self, group: list[_Write]) -> list[tuple[Any, Exception | None]]:
        try:
            if self._writer is None:
                self._writer = connect(self._path)
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            return [(None, unavailable(error) or error)] * len(group)
        answers = [self._run_one(self._writer, asked.work) for asked in group]
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            return [(None, unavailable(error) or error)] * len(group)
        return answers

    @staticmethod
    def _run_one(db: sqlite3.Connection, work: Work[Any]) -> tuple[Any, Exception | None]:
        """One of a group: its failure undoes nothing of the others."""
        try:
            db.execute("SAVEPOINT one")
            result = work(db)
            db.execute("RELEASE one")
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for it
            if db.in_transaction:
                db.execute("ROLLBACK TO one")
                db.execute("RELEASE one")
            known = unavailable(error) if isinstance(error, sqlite3.Error) else None
            return None, known or error
        return result, None

    def _run_read(self, work: Work[Any]) -> Any:
        db = self._readers.pop() if self._readers else None
        try:
            if db is None:
                db = connect(self._path, read_only=True)
            return work(db)
        except sqlite3.Error as error:
            raise (unavailable(error) or error) from error
        finally:
            if db is not None:
                self._readers.append(db)
