"""Sessions of people who signed in with a key: rows of the database, looked up in memory.

The cookie holds 256 random bits and nothing else; the row holds their SHA-256.  A session ends by
signing out, by 8 idle hours, after 7 days, or with its key.
"""

import hmac
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import gevent
import structlog

from service.clock import stamp
from service.db.database import Database
from service.errors import UnavailableError
from service.guard.keys import digest_of

_log = structlog.get_logger(__name__)
IDLE_S: Final = 8 * 3600
LONGEST_S: Final = 7 * 24 * 3600
# How many sessions one key may have at a time; the longest idle ones make room.
PER_KEY: Final = 50
_COOKIE_BYTES: Final = 32
_NOTE_S: Final = 60.0

Effect = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Session:
    """One session.  `id` may be shown and signed; it opens nothing by itself."""

    id: str
    digest: bytes
    key_id: str
    started: float


@dataclass(slots=True)
class _Seen:
    """When a session was last used, and when that was last written; seconds since 1970."""

    used: float
    noted: float


class Sessions:
    """The sessions of this process, which alone makes and ends them.

    Whether the key behind a session is live is for the caller to ask: keys change elsewhere too.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_digest: dict[bytes, Session] = {}
        self._by_id: dict[str, Session] = {}
        self._seen: dict[bytes, _Seen] = {}

    def load(self, db: sqlite3.Connection) -> None:
        """Take up the sessions that an earlier process left."""
        for row in db.execute("SELECT * FROM sessions"):
            started, seen = (_seconds(row[name]) for name in ("created_at", "seen_at"))
            self._keep(Session(row["id"], row["digest"], row["key_id"], started), seen)
        self._drop_ended()

    def find(self, cookie: bytes) -> Session | None:
        """The session of this cookie, unless it has ended; notes that it is used."""
        digest = digest_of(cookie)
        session = self._by_digest.get(digest)
        if session is None or not hmac.compare_digest(session.digest, digest):
            return None
        return self._use(session)

    def by_id(self, session_id: str, *, use: bool = True) -> Session | None:
        """The session with this id, unless it has ended.  Looking without `use` keeps it idle."""
        session = self._by_id.get(session_id)
        if session is None or not use:
            return session if session and not self._ended(session, time.time()) else None
        return self._use(session)

    def start(
        self, key_of: Callable[[sqlite3.Connection], str], address: str
    ) -> tuple[Session, str]:
        """Start a session and return it with the text of its cookie.

        `key_of` runs in the transaction that makes the row: it returns the id of the key (and may
        write what goes with it: an audit row, the end of a sign-in link).  Raises what it raises,
        UnavailableError.
        """
        self._drop_ended()
        cookie, session_id = secrets.token_urlsafe(_COOKIE_BYTES), secrets.token_hex(8)
        digest, now = digest_of(cookie.encode()), time.time()

        def work(db: sqlite3.Connection) -> str:
            key_id = key_of(db)
            at = stamp()
            db.execute(
                "INSERT INTO sessions (digest, id, key_id, created_at, seen_at, address)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (digest, session_id, key_id, at, at, address),
            )
            return key_id

        key_id = self._database.write(work)
        session = Session(session_id, digest, key_id, now)
        self._keep(session, now)
        self._make_room(key_id)
        return session, cookie

    def end(self, session: Session, effect: Effect = lambda _: None) -> None:
        """End a session: at once in memory, then in the database together with `effect`."""
        self._forget(session)

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM sessions WHERE digest = ?", (session.digest,))
            effect(db)

        self._database.write(work)

    def end_all_of(self, key_id: str) -> None:
        """Forget the sessions of a key that was revoked (its rows went with it)."""
        for session in [each for each in self._by_id.values() if each.key_id == key_id]:
            self._forget(session)

    def _use(self, session: Session) -> Session | None:
        now = time.time()
        if self._ended(session, now):
            self._forget(session)
            return None
        seen = self._seen[session.digest]
        seen.used = now
        if now - seen.noted > _NOTE_S:
            seen.noted = now
            gevent.spawn(self._write_use, session)
        return session

    def _write_use(self, session: Session) -> None:
        at = stamp()
        try:
            self._database.write(
                lambda db: db.execute(
                    "UPDATE sessions SET seen_at = ? WHERE digest = ?", (at, session.digest)
                )
            )
        except UnavailableError as error:
            _log.warning("the use of a session was not noted", reason=error.message)

    def _ended(self, session: Session, now: float) -> bool:
        seen = self._seen[session.digest]
        return now - seen.used >= IDLE_S or now - session.started >= LONGEST_S

    def _keep(self, session: Session, seen: float) -> None:
        self._by_digest[session.digest] = session
        self._by_id[session.id] = session
        self._seen[session.digest] = _Seen(seen, seen)

    def _forget(self, session: Session) -> None:
        self._by_digest.pop(session.digest, None)
        self._by_id.pop(session.id, None)
        self._seen.pop(session.digest, None)

    def _drop_ended(self) -> None:
        now = time.time()
        for session in [each for each in self._by_id.values() if self._ended(each, now)]:
            self._forget(session)

    def _make_room(self, key_id: str) -> None:
        held = [each for each in self._by_id.values() if each.key_id == key_id]
        held.sort(key=lambda each: self._seen[each.digest].used)
        for session in held[: max(0, len(held) - PER_KEY)]:
            self.end(session)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
