"""Copies of the database: made while the service runs, checked before they are relied on."""

import os
import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from service.clock import stamp
from service.db.connection import connect
from service.db.upgrade import last_step, reason
from service.errors import ConfigurationError

SUFFIX = ".sqlite3"
_OWN_NAME = re.compile(r"agented-[0-9]{8}T[0-9]{9}Z\.sqlite3")
# What SQLite keeps beside a database that is open, or was left open by a crash.
_BESIDE = ("-wal", "-shm")


def backup_name() -> str:
    """`agented-20260301T120000000Z.sqlite3`: names of this form sort as their times do."""
    return f"agented-{re.sub('[-:.]', '', stamp())}{SUFFIX}"


def back_up(source: Path, target: Path) -> int:
    """Copy the database as it is now into a new file, and return its size in bytes.

    The service may run and write meanwhile: the copy is one state of the database.  It is compact,
    readable by its owner alone, checked, and durable when this returns; a half-made one never has
    the name `target`.

    Raises ConfigurationError when `target` exists, or anything goes wrong.
    """
    if not source.is_file():
        raise ConfigurationError(f"there is no database {source}; start the service once")
    if target.exists():
        raise ConfigurationError(f"{target} exists already; give another name")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here, so that it never can be read by others; SQLite fills an empty file.
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(connect(source, read_only=True)) as db:
            # Else SQLite refuses the copy as well; the file itself is open for reading only.
            db.execute("PRAGMA query_only = OFF")
            db.execute("VACUUM INTO ?", (str(draft),))
        check(draft)
        _make_durable(draft)
        # A link, since it never replaces a file that came into being meanwhile.
        os.link(draft, target)
        _make_durable(target.parent)
    except sqlite3.Error as error:
        raise ConfigurationError(reason(source, error)) from error
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def back_up_before_upgrade(source: Path, step: int) -> None:
    """Keep the database as it was after `step`, in the folder `backups` beside it."""
    name = backup_name().removesuffix(SUFFIX)
    back_up(source, source.parent / "backups" / f"{name}-step-{step}{SUFFIX}")


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups that have a name of our own; return the removed."""
    own = sorted(path for path in folder.iterdir() if _OWN_NAME.fullmatch(path.name))
    removed = own[: max(0, len(own) - keep)]
    for path in removed:
        path.unlink()
    return removed


def restore(backup: Path, database: Path) -> Path | None:
    """Put a backup in the place of the database; return where the replaced one is kept.

    Only while no service runs: the caller holds the state folder.  The backup itself is not
    touched.  The replacement is one rename, so a crash leaves the old database or the new one.

    Raises ConfigurationError when the backup is missing, damaged, of a newer version, or not of
    this service; the database is as it was then.
    """
    if not backup.is_file():
        raise ConfigurationError(f"there is no backup {backup}")
    if database.exists() and backup.samefile(database):
        raise ConfigurationError(f"{backup} is the database itself; name a backup")
    draft = database.with_name(f".{database.name}.{os.getpid()}")
    try:
        _copy(backup, draft)
        check(draft)
        _make_durable(draft)
        kept = _set_aside(database)
        draft.replace(database)
        _make_durable(database.parent)
    except sqlite3.Error as error:
        raise ConfigurationError(reason(backup, error)) from error
    except OSError as error:
        raise ConfigurationError(f"{backup} cannot be restored: {error.strerror}") from error
    finally:
        for path in (draft, *_beside(draft)):
            path.unlink(missing_ok=True)
    return kept


def check(path: Path) -> int:
    """Read all of a database and return the last step that it went through.

    Raises ConfigurationError when it is damaged, or not one that this version can use.
    """
    try:
        # Not `connect`: a check must not turn a copy's log on, nor need to write beside it.
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        with closing(db):
            db.row_factory = sqlite3.Row
            found = [row[0] for row in db.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise ConfigurationError(f"{path} is damaged: {'; '.join(found)}; use another one")
            if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise ConfigurationError(f"{path} holds references to nothing; use another one")
            step = last_step(db)
    except sqlite3.Error as error:
        raise ConfigurationError(f"{path} is damaged or no database: {error}") from error
    if step == 0:
        raise ConfigurationError(f"{path} is empty: no database of this service")
    return step


def _copy(source: Path, target: Path) -> None:
    """Copy a database with what its log holds (`source` may be a copy of an open one)."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _set_aside(database: Path) -> Path | None:
    """Keep the present database under another name too, and take its log away from beside it.

    A log that was left lying would be applied to the restored database, and damage it.
    """
    if not database.exists():
        return None
    kept = database.with_name(f"replaced-{backup_name()}")
    # The last connection to close moves the log into the file; a damaged one keeps its log.
    with suppress(sqlite3.Error), closing(connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    os.link(database, kept)
    for log in _beside(database):
        if log.exists():
            log.replace(kept.with_name(kept.name + log.name.removeprefix(database.name)))
    return kept


def _beside(database: Path) -> tuple[Path, ...]:
    return tuple(database.with_name(database.name + suffix) for suffix in _BESIDE)


def _make_durable(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
