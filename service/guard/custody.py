"""What people do with keys while the service runs: each deed and its audit row in one transaction.

The pages and the JSON operations both go through here.  Once a function returns, the change holds
for every later request.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from service.clock import after
from service.errors import ConflictError
from service.guard.audit import about_request, tell
from service.guard.audit_log import Detail, Entry, record
from service.guard.keys import (
    Holder,
    Key,
    add_key,
    all_keys,
    get_key,
    live_admins,
    revoke_key,
    rotate_key,
    scopes_text,
)
from service.guard.principal import Scope
from service.services import services

Result = TypeVar("Result")
OVERLAP_S: Final = 24 * 3600


def list_keys() -> tuple[Key, ...]:
    """All keys, newest first.  Raises UnavailableError."""
    return services().database.read(all_keys)


def make_key(holder: Holder) -> tuple[Key, str]:
    """Make a key and return it with its text, which nobody can show again.

    Raises UnavailableError.
    """

    def work(db: sqlite3.Connection) -> tuple[Key, str]:
        key, text = add_key(db, holder)
        record(db, _entry("key.create", key))
        return key, text

    made = _change(work)
    tell(_entry("key.create", made[0]))
    return made


def rotate(key_id: str, overlap_s: int = OVERLAP_S) -> tuple[Key, str]:
    """Make a key for the same holder and return it with its text; the old one ends after a while.

    Raises NotFoundError, ConflictError, UnavailableError.
    """
    asked = about_request("key.rotate", "ok", key_id)

    def work(db: sqlite3.Connection) -> tuple[Entry, Key, str]:
        key, text = rotate_key(db, key_id, after(seconds=overlap_s))
        details: dict[str, Detail] = {
            "label": key.holder.label, "successor": key.id, "overlap_s": overlap_s,
        }  # fmt: skip
        entry = replace(asked, details=details)
        record(db, entry)
        return entry, key, text

    entry, key, text = _change(work)
    tell(entry)
    return key, text


def revoke(key_id: str) -> Key:
    """End a key, its sessions and its streams, at once.

    Raises NotFoundError, ConflictError (it is dead, or the last one that may administer),
    UnavailableError.
    """
    asked = about_request("key.revoke", "ok", key_id)

    def work(db: sqlite3.Connection) -> tuple[Entry, Key]:
        _keep_one_admin(db, key_id)
        key = revoke_key(db, key_id)
        entry = replace(asked, details={"label": key.holder.label})
        record(db, entry)
        return entry, key

    entry, key = _change(work)
    services().identity.sessions.end_all_of(key_id)
    tell(entry)
    return key


def _change(work: Callable[[sqlite3.Connection], Result]) -> Result:
    parts = services()
    try:
        return parts.database.write(work)
    finally:
        # Also after a failure: whether the write happened may be open then.
        parts.identity.keyring.forget()


def _keep_one_admin(db: sqlite3.Connection, key_id: str) -> None:
    key = get_key(db, key_id)
    if Scope.ADMIN in key.holder.scopes and not live_admins(db, but=key_id):
        raise ConflictError(
            "this is the last key that may administer",
            "rotate it, or make another one first (planner keys new)",
        )


def _entry(action: str, key: Key) -> Entry:
    who = key.holder
    return about_request(
        action,
        "ok",
        key.id,
        label=who.label,
        holder=who.person,
        scopes=scopes_text(who.scopes),
        expires_at=who.expires_at,
    )
