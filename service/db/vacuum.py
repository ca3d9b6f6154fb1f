"""Handing the pages that deleted rows left back to the disk."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from service.db.connection import connect, transaction
from service.db.upgrade import reason
from service.errors import ConfigurationError

# Pages in one transaction: a few milliseconds of the write lock.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of the database file, and how many of them hold nothing."""

    total: int
    free: int


def sizes(db: sqlite3.Connection) -> Sizes:
    """The size of the database as this connection sees it."""
    (page,) = db.execute("PRAGMA page_size").fetchone()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    return Sizes(pages * page, free * page)


def release_some(db: sqlite3.Connection, pages: int = BATCH) -> int:
    """Cut up to so many empty pages off the file, in the open transaction; return how many."""
    (before,) = db.execute("PRAGMA freelist_count").fetchone()
    for _ in range(min(pages, before)):
        # Python steps such a statement once, and each step gives one page back.
        db.execute("PRAGMA incremental_vacuum(1)")
    (after,) = db.execute("PRAGMA freelist_count").fetchone()
    return int(before - after)


def vacuum(path: Path, *, at_once: bool) -> tuple[Sizes, Sizes]:
    """Shrink the database; return the sizes before and after.

    `at_once` writes the whole file anew, compact and in order, and keeps others from writing until
    it is done.  Else the empty pages are handed back in small steps, which a running service's
    writes come between.

    Raises ConfigurationError when the database is locked, damaged, or the disk too full for a copy.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no database {path}; start the service once")
    try:
        db = connect(path)
        try:
            before = sizes(db)
            if at_once:
                db.execute("VACUUM")
            else:
                _in_steps(db)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return before, sizes(db)
        finally:
            db.close()
    except sqlite3.Error as error:
        raise ConfigurationError(reason(path, error)) from error


def _in_steps(db: sqlite3.Connection) -> None:
    while True:
        with transaction(db):
            released = release_some(db)
        if not released:
            return
