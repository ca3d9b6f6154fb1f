"""The database as the service's greenlets use it: never on the hub.

One native thread writes (see `service.db.writer`), a few read.  A work that is handed in is a plain
function of a connection, so the command line calls the same functions on a connection of its own.
"""

import os
import sqlite3
import time
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from service.db.connection import connect, unavailable
from service.db.writer import WAIT_S, Result, Work, Writer
from service.errors import UnavailableError

READERS = 4
# Below this the service is not ready: a commit, its log and a checkpoint must fit.
FREE_BYTES = 16 * 1024 * 1024
# A write-ahead log reader waits for nobody but a recovery after a crash.
_READ_BUSY_MS = 2_000
_STATUS_S = 1.0
_STALLED_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """How the database is.  `problem` says why it is not ready (empty: it is)."""

    problem: str
    journal_mode: str = ""
    step: int = 0
    size_bytes: int = 0
    free_bytes: int = 0
    writes_waiting: int = 0

    @property
    def ready(self) -> bool:
        """Whether reads and writes work."""
        return not self.problem


class Database:
    """Reads and writes of one process, called from greenlets of one hub.

    `wait_s`: for how long a write waits for another process's lock, and a read for a thread.
    """

    def __init__(self, path: Path, *, wait_s: float = WAIT_S) -> None:
        self._path = path
        self._wait_s = wait_s
        self._writer = Writer(path, wait_s=wait_s)
        self._threads = ThreadPool(READERS)
        self._free = BoundedSemaphore(READERS)
        self._connections: list[sqlite3.Connection] = []
        self._status: tuple[float, DatabaseStatus] | None = None

    def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction and return its result once that is durable.

        `work` may run a second time after what it did was undone: it must do nothing but use the
        connection.  It sees the context variables of who asked.

        Raises what `work` raises, after undoing what it did; UnavailableError when the database is
        locked for too long or full, or too many writes wait.  Nothing was written then.
        """
        return self._writer.write(work)

    def read(self, work: Work[Result]) -> Result:
        """Run `work` on a read-only connection.

        Raises what `work` raises; UnavailableError when all threads stay busy, or the file cannot
        be read for now.
        """
        if not self._free.acquire(timeout=self._wait_s):
            raise UnavailableError("too many reads are waiting", 1)
        try:
            context = copy_context()
            result, error = self._threads.apply(context.run, (self._read, work))
        finally:
            self._free.release()
        if error is not None:
            raise error
        answer: Result = result
        return answer

    def status(self) -> DatabaseStatus:
        """Whether the service can read and write; at most a second old.

        Never waits for a write: one that is refused or stalled at present is known already.
        """
        now = time.monotonic()
        if self._status is None or now - self._status[0] > _STATUS_S:
            self._status = (now, self._look())
        return self._status[1]

    def close(self) -> None:
        """End the threads; what was asked for before is done first."""
        self._threads.join()
        self._threads.kill()
        while self._connections:
            self._connections.pop().close()
        # Last, since the last connection to close moves the log into the database file.
        self._writer.close()

    def _look(self) -> DatabaseStatus:
        try:
            found = self.read(self._figures)
        except (sqlite3.Error, OSError):
            return DatabaseStatus(problem="the database cannot be read")
        except UnavailableError as error:
            return DatabaseStatus(problem=error.message)
        problem = self._writer.refusing
        if self._writer.stalled_s > _STALLED_S:
            problem = "the disk does not answer"
        elif found["free_bytes"] < FREE_BYTES:
            problem = "the disk is almost full"
        elif found["journal_mode"] != "wal":
            problem = "the database is not in WAL mode"
        return DatabaseStatus(problem=problem, writes_waiting=self._writer.waiting, **found)

    # -- in the native threads --------------------------------------------------------------

    def _figures(self, db: sqlite3.Connection) -> dict[str, Any]:
        disk = os.statvfs(self._path.parent)
        (step,) = db.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()
        (mode,) = db.execute("PRAGMA journal_mode").fetchone()
        return {
            "journal_mode": mode,
            "step": step,
            "size_bytes": self._path.stat().st_size,
            "free_bytes": disk.f_bavail * disk.f_frsize,
        }

    def _read(self, work: Work[Any]) -> tuple[Any, Exception | None]:
        """The outcome as a value: the pool would print the traceback of an error."""
        db = None
        try:
            db = self._connections.pop() if self._connections else self._open()
            result = work(db)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for it
            if isinstance(error, sqlite3.Error):
                # It may be the connection's fault: the next read gets a new one.
                if db is not None:
                    db.close()
                return None, unavailable(error) or error
            self._keep(db)
            return None, error
        self._keep(db)
        return result, None

    def _open(self) -> sqlite3.Connection:
        return connect(self._path, read_only=True, busy_ms=_READ_BUSY_MS)

    def _keep(self, db: sqlite3.Connection | None) -> None:
        if db is not None:
            self._connections.append(db)
