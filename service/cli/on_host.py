"""What the commands on the service's host share: its state folder, its database, plain failures."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

from planner.errors import PlannerError, UsageError
from service.db.connection import connect
from service.db.migrations import MIGRATIONS
from service.db.upgrade import last_step, reason
from service.errors import ConfigurationError, ServiceError
from service.settings import Settings, read_settings
from service.state import State


class FailedError(PlannerError):
    """A command on the host could not be done."""

    exit_code = 1


@contextmanager
def plainly() -> Iterator[None]:
    """Turn what the service refuses into a message of the command line."""
    try:
        yield
    except ConfigurationError as error:
        message, _, hint = "; ".join(error.problems).partition("; ")
        raise FailedError(message, hint) from error
    except ServiceError as error:
        raise FailedError(error.message, error.hint) from error


def settings_here() -> Settings:
    """The settings that a service started here would have.  Raises ConfigurationError."""
    return read_settings(os.environ, Path(".env"))


def state_of(settings: Settings) -> State:
    """The state folder.  Raises UsageError when there is none: a wrong one must not be made."""
    state = State(settings.state_dir.absolute())
    if not state.folder.is_dir():
        raise UsageError(
            f"there is no state folder {state.folder}",
            "run this where the service's .env lies, or set AGENTED_STATE_DIR; "
            "the first start of the service makes the folder",
        )
    return state


@contextmanager
def open_database(state: State) -> Iterator[sqlite3.Connection]:
    """The database of a service that may be running.

    Raises FailedError when it is not of this version, or cannot be used.
    """
    if not state.database.is_file():
        raise FailedError(
            f"there is no database in {state.folder}", "start the service once: it makes one"
        )
    try:
        db = connect(state.database)
        try:
            if last_step(db) != len(MIGRATIONS):
                raise FailedError(
                    "the database is of another version than this command",
                    "start the service of this version once, or use the command of the other one",
                )
            yield db
        finally:
            db.close()
    except sqlite3.Error as error:
        message, _, hint = reason(state.database, error).partition("; ")
        raise FailedError(message, hint) from error


def operator() -> str:
    """Who runs the command, for the audit log."""
    try:
        return f"{getuser()} on the host"
    except (KeyError, OSError):
        return f"user {os.getuid()} on the host"
