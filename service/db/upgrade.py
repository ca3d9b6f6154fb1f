"""Bringing a database to the newest schema, at a start: a transaction a step, or not at all."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from service.clock import stamp
from service.db.connection import connect, is_broken, is_busy, transaction
from service.db.migrations import MIGRATIONS, Migration
from service.errors import ConfigurationError

_TABLE = """CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT"""


def prepare(
    path: Path,
    before_upgrade: Callable[[Path, int], None],
    steps: Sequence[Migration] = MIGRATIONS,
) -> tuple[int, ...]:
    """Make the database ready for a start and return the steps it was taken through.

    A new file is readable by its owner alone.  `before_upgrade` is called with the path and the
    last step that an existing database went through before it is taken further: it makes a backup.

    Raises ConfigurationError when the file is no database of this service, is damaged, locked, of
    a newer version, or lies where SQLite cannot keep a write-ahead log (a network folder).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = connect(path)
        try:
            _refuse_without_log(db, path)
            done = last_step(db, steps)
            if 0 < done < len(steps):
                before_upgrade(path, done)
            return migrate(db, steps)
        finally:
            db.close()
    except sqlite3.Error as error:
        raise ConfigurationError(reason(path, error)) from error
    except OSError as error:
        raise ConfigurationError(
            f"the database {path} cannot be used: {error.strerror}; "
            "give the folder and the file to the service's user"
        ) from error


def migrate(db: sqlite3.Connection, steps: Sequence[Migration] = MIGRATIONS) -> tuple[int, ...]:
    """Bring the database to the last of `steps`, a transaction each; return the steps taken.

    What was done is looked up in the same transaction, so of two processes that start at once one
    does the step and the other finds it done.

    Raises ConfigurationError for a database of a newer version, or one that went through other
    steps than these.
    """
    taken: list[int] = []
    while True:
        with transaction(db):
            db.execute(_TABLE)
            done = last_step(db, steps)
            if done == len(steps):
                return tuple(taken)
            _take(db, steps[done])
        taken.append(done + 1)


def last_step(db: sqlite3.Connection, steps: Sequence[Migration] = MIGRATIONS) -> int:
    """The last step that the database went through; 0 for an empty one.

    Raises ConfigurationError when its steps are not the first of `steps`.
    """
    if not _has_table(db, "migrations"):
        if db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
            raise ConfigurationError(
                "the database is not one of this service; set AGENTED_STATE_DIR to another folder"
            )
        return 0
    done = {row["number"]: row["checksum"] for row in db.execute("SELECT * FROM migrations")}
    _refuse_strangers(done, {step.number: step.checksum for step in steps})
    return len(done)


def reason(path: Path, error: sqlite3.Error) -> str:
    """In plain English, why the database cannot be opened, and how to mend it."""
    if is_broken(error):
        return (
            f"{path} is damaged or no database ({error}); "
            "restore a backup with `planner db restore`, or move the file away to start afresh"
        )
    if is_busy(error):
        return f"the database {path} is locked by another process; stop that one and start again"
    return (
        f"the database {path} cannot be used ({error}); "
        "free disk space, and give the folder and the file to the service's user"
    )


def _take(db: sqlite3.Connection, step: Migration) -> None:
    for statement in step.statements:
        db.execute(statement)
    if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise ConfigurationError(
            f"step {step.number} of the database ({step.name}) left references to nothing; "
            "nothing was changed: keep the version installed before, and report this"
        )
    db.execute(
        "INSERT INTO migrations VALUES (?, ?, ?, ?)",
        (step.number, step.name, step.checksum, stamp()),
    )


def _has_table(db: sqlite3.Connection, name: str) -> bool:
    found = db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,))
    return found.fetchone() is not None


def _refuse_without_log(db: sqlite3.Connection, path: Path) -> None:
    (mode,) = db.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        raise ConfigurationError(
            f"{path} lies where SQLite cannot keep a write-ahead log, as in a network folder; "
            "set AGENTED_STATE_DIR to a folder on a local disk"
        )


def _refuse_strangers(done: dict[int, str], known: dict[int, str]) -> None:
    newer = [number for number in done if number not in known]
    if newer:
        raise ConfigurationError(
            f"the database is of a newer version (step {max(newer)}, known up to {len(known)}); "
            "install that version, or restore a backup made before the upgrade"
        )
    changed = [number for number, checksum in done.items() if known[number] != checksum]
    missing = sorted(set(range(1, len(done) + 1)) - set(done))
    if changed or missing:
        raise ConfigurationError(
            f"the database went through other steps than this version knows (step "
            f"{min(changed + missing)}); restore a backup, or start with a new state folder"
        )
