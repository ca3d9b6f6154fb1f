"""The records of pushes to the plan's repository, and what came of the fetch after each."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from service.clock import stamp

WAITING: Final = "waiting"
UNSIGNED: Final = "unsigned"
FETCHED: Final = "fetched"
_NOT_BELIEVED: Final = "nobody signed it, so nothing was fetched for it"


@dataclass(frozen=True, slots=True)
class PlanPush:
    """A push that was received.

    `state` is waiting, fetched, attention (somebody must look at what both sides have), failed, or
    unsigned; `reason` says what a person needs to know, `settled_at` is empty until it is known.
    `edited` is the branch that was edited here when it was fetched; empty: not known.
    """

    delivery_id: str
    at: str
    branch: str
    state: str
    reason: str
    settled_at: str
    edited: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch; `edited` is the branch that is edited here (empty: not known)."""

    state: str
    reason: str
    edited: str = ""


def add_push(db: sqlite3.Connection, delivery_id: str, branch: str, *, signed: bool) -> None:
    """Keep that a push came, in the transaction of its delivery."""
    at = stamp()
    state, reason, settled_at = (WAITING, "", "") if signed else (UNSIGNED, _NOT_BELIEVED, at)
    db.execute(
        "INSERT INTO plan_pushes (delivery_id, at, branch, state, reason, settled_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (delivery_id, at, branch, state, reason, settled_at),
    )


def newest_waiting(db: sqlite3.Connection) -> int:
    """The row of the newest push that no fetch came after yet; 0: there is none."""
    row = db.execute("SELECT max(rowid) FROM plan_pushes WHERE state = 'waiting'").fetchone()
    return int(row[0] or 0)


def settle(db: sqlite3.Connection, newest: int, fetched: Fetched) -> int:
    """Write down what came of the fetch for all pushes up to a row; how many there were."""
    return db.execute(
        "UPDATE plan_pushes SET state = ?, reason = ?, edited = ?, settled_at = ?"
        " WHERE state = 'waiting' AND rowid <= ?",
        (fetched.state, fetched.reason, fetched.edited, stamp(), newest),
    ).rowcount


def push_of(db: sqlite3.Connection, delivery_id: str) -> PlanPush | None:
    """What a delivery told of the plan's repository; None: nothing."""
    return _push(
        db.execute("SELECT * FROM plan_pushes WHERE delivery_id = ?", (delivery_id,)).fetchone()
    )


def last_push(db: sqlite3.Connection) -> PlanPush | None:
    """The last push that was received."""
    return _push(db.execute("SELECT * FROM plan_pushes ORDER BY rowid DESC LIMIT 1").fetchone())


def _push(row: sqlite3.Row | None) -> PlanPush | None:
    return PlanPush(**dict(row)) if row is not None else None
