"""The one door to SQLite: how a connection is opened and what each of them is set to."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import UnavailableError

# SQLite's own waiting for another process's lock, in milliseconds.
BUSY_MS = 5_000
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


def connect(path: Path, *, read_only: bool = False, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """Open the database: rows by name, foreign keys on, WAL, an fsync at each commit.

    The connection begins no transaction by itself (`isolation_level=None`) and may move between
    threads, as long as one at a time uses it.
    """
    mode = "ro" if read_only else "rwc"
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=busy_ms / 1000,
    )
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    if not read_only:
        db.execute("PRAGMA journal_mode = WAL")
        # An acknowledged write survives a power cut: `NORMAL` would lose the last ones.
        db.execute("PRAGMA synchronous = FULL")
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction that takes the write lock at once: all of it happens, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def unavailable(error: sqlite3.Error) -> UnavailableError | None:
    """The answer to a database that is locked or full for now; None for any other error."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code & 0xFF in _BUSY:
        return UnavailableError("the database is busy", 2)
    if code & 0xFF in _FULL:
        return UnavailableError(
            "the database cannot be written", 30, "the operator has to free disk space"
        )
    return None
