"""The one door to SQLite: how a connection is opened and what each of them is set to."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import UnavailableError

# How long SQLite itself waits for another process's lock, in milliseconds.
BUSY_MS = 5_000
# What the write-ahead log is cut to after a checkpoint; a long reader may let it grow beyond.
_LOG_BYTES = 64 * 1024 * 1024
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def connect(path: Path, *, read_only: bool = False, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """Open the database: rows by name, foreign keys on, WAL, an fsync at each commit.

    The connection begins no transaction by itself (`isolation_level=None`) and may move between
    threads, as long as one at a time uses it.  Raises sqlite3.Error, with the connection closed.
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
    try:
        _set_up(db, read_only=read_only)
    except BaseException:
        db.close()
        raise
    return db


def _set_up(db: sqlite3.Connection, *, read_only: bool) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    # Sorting must not need a disk that may be full.
    db.execute("PRAGMA temp_store = MEMORY")
    # A damaged or planted schema must not run functions of ours.
    db.execute("PRAGMA trusted_schema = OFF")
    if read_only:
        db.execute("PRAGMA query_only = ON")
        return
    # Only a database without tables takes this: retention can then hand pages back bit by bit.
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    db.execute("PRAGMA journal_mode = WAL")
    # An acknowledged write survives a power cut: `NORMAL` would lose the last ones.
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction that takes the write lock at once: all of it happens, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        roll_back(db)
        raise


def roll_back(db: sqlite3.Connection) -> None:
    """Undo the open transaction, where SQLite has not done that itself (as on a full disk)."""
    if db.in_transaction:
        db.execute("ROLLBACK")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds a lock."""
    return _code(error) in _BUSY


def is_full(error: sqlite3.Error) -> bool:
    """Whether the disk refused: full, read-only, failing, or out of reach."""
    return _code(error) in _FULL


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the file is damaged, or no database at all."""
    return _code(error) in _BROKEN


def unavailable(error: sqlite3.Error) -> UnavailableError | None:
    """The answer to a database that is locked or full for now; None for any other error."""
    if is_busy(error):
        return UnavailableError("the database is busy", 2)
    if is_full(error):
        return UnavailableError(
            "the database cannot be written", 30, "the operator has to free disk space"
        )
    return None


def _code(error: sqlite3.Error) -> int:
    """The primary error code; -1 for an error of Python's own module."""
    code: int = getattr(error, "sqlite_errorcode", -1)
    return code & 0xFF if code >= 0 else -1
