"""The database as the service's greenlets use it: never on the hub.

One native thread writes (see `service.db.writer`), a few read (see `service.db.readers`).  A work
that is handed in is a plain function of a connection, so the command line calls the same functions
on a connection of its own.
"""

import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.db.readers import Readers
from service.db.writer import WAIT_S, Result, Work, Writer
from service.errors import UnavailableError

# Below this the service is not ready: a commit, its log and a checkpoint must fit.
FREE_BYTES = 16 * 1024 * 1024
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
        self._writer = Writer(path, wait_s=wait_s)
        self._readers = Readers(path, wait_s=wait_s)
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
        answer: Result = self._readers.read(work)
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
        self._readers.close()
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
