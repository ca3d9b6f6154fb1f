"""One-time links that sign a person in: made on the host, used once, within minutes.

The link is `/login?link=…`; opening it shows a button and changes nothing, so that a mail program
that looks at links does not use it up.
"""

import secrets
import sqlite3
from typing import Final
from urllib.parse import urlencode

from service.clock import after, stamp
from service.errors import ConflictError
from service.guard.keys import Key, digest_of, get_key

MARK: Final = "agdl_"
MINUTES: Final = 15
_BYTES: Final = 32


def make_link(db: sqlite3.Connection, key_id: str) -> str:
    """Make a link that signs in with this key; return its path and query.

    Raises NotFoundError, ConflictError for a key that has ended: its link would open nothing.
    """
    if not get_key(db, key_id).live(stamp()):
        raise ConflictError(f"the key {key_id} has ended", "make a new key instead")
    token = MARK + secrets.token_urlsafe(_BYTES)
    db.execute("DELETE FROM sign_in_links WHERE expires_at <= ?", (stamp(),))
    db.execute(
        "INSERT INTO sign_in_links (digest, key_id, expires_at) VALUES (?, ?, ?)",
        (digest_of(token.encode()), key_id, after(minutes=MINUTES)),
    )
    return "/login?" + urlencode({"link": token})


def holder_of(db: sqlite3.Connection, token: str) -> Key | None:
    """Whom a link would sign in, without using it; None when it is used, over, or no link."""
    row = db.execute(
        "SELECT key_id FROM sign_in_links WHERE digest = ? AND expires_at > ?",
        (digest_of(token.encode()), stamp()),
    ).fetchone()
    return _live(db, row)


def use_link(db: sqlite3.Connection, token: str) -> Key | None:
    """Use a link up, within a transaction; None when it cannot be used."""
    row = db.execute(
        "DELETE FROM sign_in_links WHERE digest = ? AND expires_at > ? RETURNING key_id",
        (digest_of(token.encode()), stamp()),
    ).fetchone()
    return _live(db, row)


def _live(db: sqlite3.Connection, row: sqlite3.Row | None) -> Key | None:
    key = get_key(db, row["key_id"]) if row is not None else None
    return key if key is not None and key.live(stamp()) else None
