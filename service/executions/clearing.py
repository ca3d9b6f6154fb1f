"""Executions whose time is over, and logs that are too large together, deleted bit by bit.

Each function is one short transaction of `service.db.retention`; 0 says that nothing is left to do.
"""

import sqlite3
from typing import Final

from service.executions.log_store import forget_some

# Lines deleted in one transaction: a few tens of milliseconds of the write lock.
_BYTES: Final = 1024 * 1024
_ROWS: Final = 100


def clear_old(db: sqlite3.Connection, before: str) -> int:
    """Delete executions that ended before this stamp, with their lines; return what was done.

    A large one takes several calls; it goes when the last of its lines has gone.
    """
    rows = db.execute(
        "SELECT number FROM executions WHERE finished_at < ? ORDER BY finished_at LIMIT ?",
        (before, _ROWS),
    ).fetchall()
    left = _BYTES
    done = 0
    for row in rows:
        left -= forget_some(db, row["number"], left)
        done += 1
        if left <= 0:
            break
        db.execute("DELETE FROM executions WHERE number = ?", (row["number"],))
    return done


def clear_large(db: sqlite3.Connection, cap_bytes: int) -> int:
    """Delete lines of the execution that ended first while all logs are over the cap.

    Its row stays and says so.
    """
    if log_bytes(db) <= cap_bytes:
        return 0
    row = db.execute(
        """SELECT number FROM executions WHERE cleared = 0 AND bytes > 0
        AND finished_at IS NOT NULL ORDER BY finished_at LIMIT 1"""
    ).fetchone()
    if row is None:
        return 0
    if forget_some(db, row["number"], _BYTES) < _BYTES:
        db.execute(
            "UPDATE executions SET cleared = 1, indexed = 1 WHERE number = ?", (row["number"],)
        )
    return 1


def log_bytes(db: sqlite3.Connection) -> int:
    """How much the lines of ended executions take, without the search."""
    found = db.execute("SELECT coalesce(sum(bytes), 0) FROM executions WHERE cleared = 0")
    return int(found.fetchone()[0])
