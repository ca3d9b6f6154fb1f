"""The keys that exist from the start: the operator's own, or a first one that is made.

A service without a key would be open to all or closed to all, so one is made: shown once on a
terminal, else written for the service's user alone.
"""

import os
import secrets
import sqlite3
import sys
from pathlib import Path
from typing import Final, TextIO

import structlog

from service.clock import stamp
from service.db.connection import connect, transaction
from service.db.upgrade import reason
from service.errors import ConfigurationError
from service.guard.audit_log import about_host, record
from service.guard.identity import Identity
from service.guard.keyring import LONGEST_KEY
from service.guard.keys import (
    Holder,
    Key,
    Origin,
    add_key,
    all_keys,
    digest_of,
    live_admins,
    revoke_key,
)
from service.guard.principal import Scope
from service.settings import Settings
from service.state import State, StateUnavailableError

_log = structlog.get_logger(__name__)
_ACTOR: Final = "the service, at its start"
_ADMIN: Final = frozenset({Scope.ADMIN})
_FROM_SETTING: Final = Holder("AGENTED_API_KEY", "Administrator", "", _ADMIN)
_FIRST: Final = Holder("first key", "Administrator", "", _ADMIN)


def open_identity(settings: Settings, state: State, identity: Identity) -> None:
    """See to it that there is a key, and take up the sessions of before.

    Raises ConfigurationError for a setting that cannot be a key, for a database that cannot be
    used, and where the first key cannot be written down: there is none then.
    """
    try:
        db = connect(state.database)
        try:
            with transaction(db):
                import_key(db, settings.api_key)
                if made := make_first_key(db):
                    # Before it is kept: the next start would see a key that nobody was given.
                    hand_over(made, state.first_key, sys.stderr)
            identity.sessions.load(db)
        finally:
            db.close()
    except sqlite3.Error as error:
        raise ConfigurationError(reason(state.database, error)) from error


def import_key(db: sqlite3.Connection, text: str) -> None:
    """Make the key of the setting the only one that comes from the setting (none when it is empty).

    A key that was revoked while it stood in the setting stays revoked.
    """
    if len(text.encode()) > LONGEST_KEY:
        raise ConfigurationError(
            f"AGENTED_API_KEY is longer than {LONGEST_KEY} bytes; give a shorter one"
        )
    digest = digest_of(text.encode()) if text else b""
    imported = [key for key in all_keys(db) if key.origin is Origin.SETTING]
    for key in imported:
        if key.digest != digest and key.revoked_at is None:
            revoke_key(db, key.id)
            record(db, about_host("key.revoke", _ACTOR, key.id, reason="the setting changed"))
    if digest and not _stands(db, digest):
        key, _ = add_key(db, _FROM_SETTING, origin=Origin.SETTING, text=text)
        record(db, about_host("key.create", _ACTOR, key.id, origin=key.origin))


def _stands(db: sqlite3.Connection, digest: bytes) -> bool:
    """Whether there is a key with this digest already, dead or alive."""
    found = [key for key in all_keys(db) if key.digest == digest]
    if found and not found[0].live(stamp()):
        _log.warning(
            "the key in AGENTED_API_KEY was revoked and stays so: set another one",
            key_id=found[0].id,
        )
    return bool(found)


def make_first_key(db: sqlite3.Connection) -> str:
    """Make an admin key where none is live, and return its text; empty when one is."""
    if live_admins(db):
        return ""
    key, text = add_key(db, _FIRST, origin=Origin.FIRST)
    record(db, about_host("key.create", _ACTOR, key.id, origin=key.origin))
    return text


def local_key(db: sqlite3.Connection, person: str, email: str) -> Key:
    """The key behind the sign-in link of `planner serve`: its text is thrown away.

    A person who is called differently since gets another one.
    """
    holder = Holder("planner serve", person, email, _ADMIN)
    for key in live_admins(db):
        if key.origin is Origin.LOCAL and key.holder == holder:
            return key
    key, _ = add_key(db, holder, origin=Origin.LOCAL)
    record(db, about_host("key.create", person, key.id, origin=key.origin))
    return key


def hand_over(text: str, path: Path, terminal: TextIO) -> None:
    """Show the first key on a terminal, or write it where only the service's user can read it.

    Raises StateUnavailableError.
    """
    if terminal.isatty():
        terminal.write(
            f"\nThe first admin key, shown this once:\n\n    {text}\n\n"
            "Send it in the header X-API-Key, or sign in with it at /login.\n\n"
        )
        terminal.flush()
        return
    try:
        _write_down(text, path)
    except OSError as error:
        raise StateUnavailableError(
            f"the first admin key cannot be written to {path}: {error.strerror}; "
            "free disk space, or remove what is in its place"
        ) from error
    _log.warning(
        "the first admin key was made: take it from the file, then remove the file", path=str(path)
    )


def _write_down(text: str, path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
