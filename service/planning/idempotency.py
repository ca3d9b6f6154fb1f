"""Requests that carry an idempotency key: carried out once, and answered alike when sent again.

Three things hold together.  A row is claimed before the save, so that one key is one request.  The
commit of the save carries the key's digest (`planner.edit.once`), and the planner looks for it
under the lock of the save: so a claim whose request was killed, or whose answer never arrived, is
resolved by what git holds, and two services on one repository do not save twice either.  The answer
is kept in the row.

A request that is refused leaves nothing: its key may be used again for what is mended.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from service.api.models import as_json
from service.clock import after, stamp
from service.db.database import Database
from service.errors import BadRequestError, ConflictError, ServiceError, UnavailableError
from service.planning.records import SavedRecord, UnsavedRecord

# As long as the planner looks back for the commit.
KEPT_DAYS: Final = 1
# Requests of one key of the service that are remembered; older ones are left to git.
MOST: Final = 1000
LONGEST_KEY: Final = 200
_LONGEST_ANSWER: Final = 256 * 1024
_KEY: Final = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
Outcome = SavedRecord | UnsavedRecord


class KeyReusedError(ServiceError):
    """One idempotency key for two requests that ask for different things."""

    status = 422
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "this Idempotency-Key was used for another request",
            "make a new key for each request; repeat one only for the very same request",
        )


class UnderWayError(ConflictError):
    """The first request with this key is not done yet."""

    code = "in_progress"

    def __init__(self) -> None:
        super().__init__(
            "a request with this Idempotency-Key is under way",
            "send it again in a second; it is then answered as the first one",
            headers={"Retry-After": "1"},
        )


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request: `token` tells it from all others, `content` what it asks for (hex digits)."""

    key_id: str
    token: str
    content: str

    @classmethod
    def of(cls, key_id: str, key: str, content: str) -> "Keyed":
        """The request that somebody (the key of the service `key_id`) sends under `key`.

        Raises BadRequestError for what is no key.
        """
        if not _KEY.fullmatch(key):
            raise BadRequestError(
                f"Idempotency-Key is not 1 to {LONGEST_KEY} visible ASCII characters",
                "make one up for each request, such as a UUID",
            )
        return cls(key_id, _digest(f"{key_id}\0{key}", 32), _digest(content, 32))


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


class Requests:
    """The keyed requests of one service."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: set[str] = set()

    def once(self, asked: Keyed, work: Callable[[], Outcome]) -> Outcome:
        """The answer to a request: that of the first time, or of `work` when there was none.

        `work` must hand on token and content to the planner.  Raises what it raises;
        KeyReusedError, and UnderWayError while the first request is carried out.
        """
        if asked.token in self._under_way:
            raise UnderWayError
        self._under_way.add(asked.token)
        try:
            known = self._database.write(lambda db: claim(db, asked))
            if known is not None:
                return SavedRecord.model_validate_json(known)
            return self._carry_out(asked, work)
        finally:
            self._under_way.discard(asked.token)

    def under_way(self, asked: Keyed) -> bool:
        """Whether it is being carried out."""
        return asked.token in self._under_way

    def answered(self, asked: Keyed) -> SavedRecord | None:
        """What a request was answered; None when it was not (yet), or nothing is remembered of it.

        Its content does not count.
        """
        known = self._database.read(lambda db: answer_of(db, asked))
        return SavedRecord.model_validate_json(known) if known is not None else None

    def _carry_out(self, asked: Keyed, work: Callable[[], Outcome]) -> Outcome:
        try:
            outcome = work()
        except UnavailableError:
            # Nobody knows whether it was saved: the claim stays, and git tells the next time.
            raise
        except ServiceError:
            self._database.write(lambda db: drop(db, asked))
            raise
        if isinstance(outcome, UnsavedRecord):
            self._database.write(lambda db: drop(db, asked))
            return outcome
        text = as_json(outcome)
        if len(text) <= _LONGEST_ANSWER:
            # It is saved, whatever becomes of the row: git tells the next time.
            with suppress(UnavailableError):
                self._database.write(lambda db: keep(db, asked, text))
        return outcome


def answer_of(db: sqlite3.Connection, asked: Keyed) -> str | None:
    """The answer that is kept for a request."""
    row = db.execute(
        "SELECT answer FROM plan_requests WHERE token = ? AND at >= ?",
        (asked.token, after(days=-KEPT_DAYS)),
    ).fetchone()
    return row["answer"] if row is not None else None


# -- in the writer's thread ---------------------------------------------------------------------


def claim(db: sqlite3.Connection, asked: Keyed) -> str | None:
    """Note the request before it is carried out; the answer that it got before, if it got one.

    Raises KeyReusedError.
    """
    row = db.execute(
        "SELECT content, answer FROM plan_requests WHERE token = ? AND at >= ?",
        (asked.token, after(days=-KEPT_DAYS)),
    ).fetchone()
    if row is not None:
        if row["content"] != asked.content:
            raise KeyReusedError
        answer: str | None = row["answer"]
        return answer
    db.execute(
        "INSERT OR REPLACE INTO plan_requests (token, key_id, content, at) VALUES (?, ?, ?, ?)",
        (asked.token, asked.key_id, asked.content, stamp()),
    )
    db.execute(
        """DELETE FROM plan_requests WHERE token IN (
            SELECT token FROM plan_requests WHERE key_id = ? ORDER BY at DESC LIMIT -1 OFFSET ?
        )""",
        (asked.key_id, MOST),
    )
    return None


def keep(db: sqlite3.Connection, asked: Keyed, answer: str) -> None:
    """Keep the answer of a request."""
    db.execute("UPDATE plan_requests SET answer = ? WHERE token = ?", (answer, asked.token))


def drop(db: sqlite3.Connection, asked: Keyed) -> None:
    """Forget a request that was refused."""
    db.execute("DELETE FROM plan_requests WHERE token = ? AND answer IS NULL", (asked.token,))
