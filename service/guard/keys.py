"""API keys as records: who holds one, what it allows, until when.

Of a key only its SHA-256 is kept.  A key of ours reads `agdk_<id>_<secret>`; the secret has 256
random bits, so a plain digest is enough, and the id may be shown.
"""

import hashlib
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from service.clock import after, stamp
from service.errors import BadRequestError, ConflictError, NotFoundError
from service.guard.principal import Principal, Scope, Via

MARK: Final = "agdk_"
_SECRET_BYTES: Final = 32
_ID_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another one
_ID_LENGTH: Final = 8
LONGEST_DAYS: Final = 3650
LONGEST_MAIL: Final = 200
# The same patterns are given to JSON schemas, so they are anchored themselves, and they spell
# blanks and control characters out: `\s` is another set in each language.
_BLANKS: Final = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
LINE: Final = re.compile(rf"^[^{_BLANKS}<>][^\x00-\x1f\x7f-\x9f\u2028\u2029<>]{{0,99}}$")
MAIL: Final = re.compile(rf"^([^{_BLANKS}@<>]+@[^{_BLANKS}@<>]+)?$")
_OURS: Final = re.compile(rb"agdk_([a-z0-9]{8})_")


class Origin(StrEnum):
    """How a key came to be."""

    SETTING = "setting"  # imported from AGENTED_API_KEY
    FIRST = "first"  # made at the first start
    MADE = "made"  # made by a person
    LOCAL = "local"  # behind the sign-in link of `planner serve`; nobody knows its text


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key it is, and what it may do: all that a person decides about a key."""

    label: str
    person: str
    email: str
    scopes: frozenset[Scope]
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One key, without its text.  Times are stamps; `replaces` is the id of the rotated key."""

    id: str
    digest: bytes
    holder: Holder
    created_at: str
    last_used_at: str | None
    revoked_at: str | None
    origin: Origin
    replaces: str | None

    def live(self, at: str) -> bool:
        """Whether the key opens anything at the time `at`."""
        expires = self.holder.expires_at
        return self.revoked_at is None and (expires is None or at < expires)

    def principal(self, via: Via, session_id: str = "") -> Principal:
        """Who asks when this key is shown."""
        who = self.holder
        return Principal(self.id, who.label, who.person, who.email, who.scopes, via, session_id)


def new_holder(
    label: str, person: str, email: str, scopes: Iterable[str], days: int | None
) -> Holder:
    """The holder of a key that is asked for, to end `days` from now (None: never).

    Raises BadRequestError, naming what does not fit: label and person are one line of print, since
    they stand in commits, mails and logs.
    """
    for name, text in (("label", label), ("person", person)):
        if not LINE.fullmatch(text):
            raise BadRequestError(
                f"the {name} is not one line of 1 to 100 characters without < and >"
            )
    if not MAIL.fullmatch(email) or len(email) > LONGEST_MAIL:
        raise BadRequestError("the email is no address such as ada@example.org")
    try:
        wanted = frozenset(Scope(each) for each in scopes)
    except ValueError:
        raise BadRequestError(f"the scopes are not all of: {', '.join(Scope)}") from None
    if not wanted:
        raise BadRequestError("no scope is given", f"choose of: {', '.join(Scope)}")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise BadRequestError(f"the days are not from 1 to {LONGEST_DAYS:,}")
    return Holder(label, person, email, wanted, None if days is None else after(days=days))


def digest_of(text: bytes) -> bytes:
    """What is kept of a key, a session's cookie or a sign-in link."""
    return hashlib.sha256(text).digest()


def shown_prefix(key: Key) -> str:
    """The beginning of the key's text, by which its holder knows it; empty for a foreign key."""
    return "" if key.origin is Origin.SETTING else f"{MARK}{key.id}"


def claimed_id(text: bytes) -> str:
    """The id that a text claims to belong to; empty when it is no key of ours."""
    match = _OURS.match(text)
    return match[1].decode("ascii") if match else ""


def add_key(
    db: sqlite3.Connection,
    holder: Holder,
    *,
    origin: Origin = Origin.MADE,
    text: str = "",
    replaces: str | None = None,
) -> tuple[Key, str]:
    """Add a key and return it with its text, which is known here for the last time.

    `text` is the operator's own key (AGENTED_API_KEY); otherwise a new one is made.
    """
    key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
    text = text or f"{MARK}{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    key = Key(key_id, digest_of(text.encode()), holder, stamp(), None, None, origin, replaces)
    db.execute(
        """INSERT INTO keys (id, prefix, digest, label, person, email, scopes, created_at,
                             expires_at, origin, replaces)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            key.id, shown_prefix(key), key.digest, holder.label, holder.person, holder.email,
            scopes_text(holder.scopes), key.created_at, holder.expires_at, origin, replaces,
        ),
    )  # fmt: skip
    return key, text


def all_keys(db: sqlite3.Connection) -> tuple[Key, ...]:
    """Every key, the dead ones too, newest first."""
    rows = db.execute("SELECT * FROM keys ORDER BY created_at DESC, id")
    return tuple(_key(row) for row in rows)


def get_key(db: sqlite3.Connection, key_id: str) -> Key:
    """The key with this id.  Raises NotFoundError."""
    row = db.execute("SELECT * FROM keys WHERE id = ?", (key_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"there is no key {key_id!r}", "list the keys to see their ids")
    return _key(row)


def live_admins(db: sqlite3.Connection, *, but: str = "") -> tuple[Key, ...]:
    """The keys that may administer at present, without the one with the id `but`."""
    now = stamp()
    return tuple(
        key
        for key in all_keys(db)
        if Scope.ADMIN in key.holder.scopes and key.live(now) and key.id != but
    )


def revoke_key(db: sqlite3.Connection, key_id: str) -> Key:
    """End a key and all that hangs on it.  Raises NotFoundError, ConflictError when it is dead."""
    key = get_key(db, key_id)
    if key.revoked_at is not None:
        raise ConflictError(f"the key {key_id} was revoked at {key.revoked_at}")
    db.execute("UPDATE keys SET revoked_at = ? WHERE id = ?", (stamp(), key_id))
    db.execute("DELETE FROM sessions WHERE key_id = ?", (key_id,))
    db.execute("DELETE FROM sign_in_links WHERE key_id = ?", (key_id,))
    return get_key(db, key_id)


def rotate_key(db: sqlite3.Connection, key_id: str, old_until: str) -> tuple[Key, str]:
    """Add a key for the same holder; the old one lives on until `old_until`, or its own end.

    The new key's end lies as far in the future as the old one's did when it was made.  Raises
    NotFoundError, ConflictError for a key that is dead already or comes from the setting.
    """
    old = get_key(db, key_id)
    now = stamp()
    if not old.live(now):
        raise ConflictError(f"the key {key_id} has ended", "make a new key instead")
    if old.origin is not Origin.MADE and old.origin is not Origin.FIRST:
        raise ConflictError(
            f"the key {key_id} comes from the setting AGENTED_API_KEY or from `planner serve`",
            "change the setting and restart, or make a new key",
        )
    holder = Holder(
        old.holder.label, old.holder.person, old.holder.email, old.holder.scopes, _renewed(old, now)
    )
    ends = min(old_until, old.holder.expires_at or old_until)
    db.execute("UPDATE keys SET expires_at = ? WHERE id = ?", (ends, key_id))
    return add_key(db, holder, replaces=key_id)


def mark_used(db: sqlite3.Connection, used: Iterable[tuple[str, str]]) -> None:
    """Note when keys were last used: pairs of id and stamp."""
    db.executemany(
        "UPDATE keys SET last_used_at = ? WHERE id = ?", [(at, key_id) for key_id, at in used]
    )


def announce(changed: Path) -> None:
    """Tell a running service that the keys are others now."""
    changed.touch(mode=0o600)
    now = time.time_ns()
    os.utime(changed, ns=(now, now))


def scopes_text(scopes: Iterable[Scope]) -> str:
    """Scopes as they are kept: words between blanks, in the order of `Scope`."""
    held = set(scopes)
    return " ".join(scope for scope in Scope if scope in held)


def _renewed(old: Key, now: str) -> str | None:
    if old.holder.expires_at is None:
        return None
    made, ends, begins = (
        datetime.fromisoformat(each) for each in (old.created_at, old.holder.expires_at, now)
    )
    return stamp(begins + (ends - made))


def _key(row: sqlite3.Row) -> Key:
    scopes = frozenset(Scope(word) for word in row["scopes"].split())
    holder = Holder(row["label"], row["person"], row["email"], scopes, row["expires_at"])
    return Key(
        row["id"], row["digest"], holder, row["created_at"], row["last_used_at"],
        row["revoked_at"], Origin(row["origin"]), row["replaces"],
    )  # fmt: skip
