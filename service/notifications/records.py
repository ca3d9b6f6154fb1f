"""The records of notifications: one for each end of an execution that somebody wants to hear of.

A row is written in the transaction of the end itself, so that none is lost and none tells of an end
that did not come to be.  An attempt is written down before it is made: a service that is killed
again and again while it tries does not try for ever.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from service.clock import after, stamp
from service.executions.records import State

_ID_BYTES: Final = 10
# Minutes to wait after each attempt; behind the last one nothing comes: 8 attempts, about a day.
WAITS_MIN: Final = (0.5, 2, 10, 30, 120, 360, 900)
ATTEMPTS: Final = len(WAITS_MIN) + 1
_FAILURES: Final = (State.FAILED, State.TIMED_OUT, State.INTERRUPTED)
# Longer than an attempt takes: what a service that was killed had begun is taken up behind it.
_LEASE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification.  `to` is the address without its path, which may be a secret.

    `state` is waiting, sent or failed; `next_at` is when it is tried next; `reason` says why the
    last attempt failed.
    """

    id: str
    execution_id: str
    to: str
    state: str
    attempts: int
    next_at: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What an attempt needs: whom it tells, of what, signed by what (empty: not signed).

    `number` counts the attempts to tell it from 1, `run` those of the execution.
    """

    id: str
    number: int
    run: int
    url: str
    secret: str
    execution_id: str
    trigger_id: str
    trigger_name: str
    state: str
    reason: str
    duration_ms: int | None
    finished_at: str


def note_end(db: sqlite3.Connection, execution_id: str) -> None:
    """Queue the notification of an execution that has just ended, if its trigger asks for one.

    Of one that is tried again only the last attempt is told: its caller sees to that.
    """
    row = db.execute(
        """SELECT executions.state, notify_on, notify_url FROM executions
        JOIN triggers ON triggers.id = executions.trigger_id
        WHERE executions.id = ? AND notify_on <> 'never' AND notify_url <> ''""",
        (execution_id,),
    ).fetchone()
    if row is None:
        return
    state = State(row["state"])
    if state.final and (row["notify_on"] == "always" or state in _FAILURES):
        now = stamp()
        db.execute(
            "INSERT INTO notifications (id, execution_id, url, state, next_at, at)"
            " VALUES (?, ?, ?, 'waiting', ?, ?)",
            (f"ntf-{secrets.token_hex(_ID_BYTES)}", execution_id, row["notify_url"], now, now),
        )


def any_due(db: sqlite3.Connection) -> bool:
    """Whether one is to be tried now."""
    found = db.execute(
        "SELECT 1 FROM notifications WHERE state = 'waiting' AND next_at <= ? LIMIT 1", (stamp(),)
    )
    return found.fetchone() is not None


def take_due(db: sqlite3.Connection, most: int) -> tuple[Attempt, ...]:
    """Begin an attempt of those that are due, at most `most`.

    Those whose last attempt was begun and never ended, or whose execution or trigger is gone, fail.
    """
    now = stamp()
    db.execute(
        "UPDATE notifications SET state = 'failed', reason = 'the service ended while it was sent'"
        " WHERE state = 'waiting' AND next_at <= ? AND attempts >= ?",
        (now, ATTEMPTS),
    )
    db.execute(
        """UPDATE notifications SET state = 'failed', reason = 'its trigger or run was deleted'
        WHERE state = 'waiting' AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM executions
            JOIN triggers ON triggers.id = trigger_id WHERE executions.id = execution_id)""",
        (now,),
    )
    rows = db.execute(
        """UPDATE notifications SET attempts = attempts + 1, next_at = ? WHERE id IN (
            SELECT id FROM notifications WHERE state = 'waiting' AND next_at <= ?
            ORDER BY next_at LIMIT ?)
        RETURNING id, execution_id, url, attempts""",
        (after(seconds=_LEASE_S), now, most),
    ).fetchall()
    return tuple(_attempt(db, row) for row in rows)


def _attempt(db: sqlite3.Connection, row: sqlite3.Row) -> Attempt:
    found = db.execute(
        """SELECT trigger_id, trigger_name, executions.state, reason, duration_ms, finished_at,
            attempt AS run, coalesce(notify_secret, '') AS secret
        FROM executions JOIN triggers ON triggers.id = trigger_id WHERE executions.id = ?""",
        (row["execution_id"],),
    ).fetchone()
    return Attempt(
        id=row["id"],
        number=row["attempts"],
        url=row["url"],
        execution_id=row["execution_id"],
        **{name: found[name] for name in found.keys()},  # noqa: SIM118 - a row has no other keys
    )


def mark_sent(db: sqlite3.Connection, attempt: Attempt) -> None:
    """It was taken."""
    db.execute(
        "UPDATE notifications SET state = 'sent', reason = '' WHERE id = ? AND state = 'waiting'",
        (attempt.id,),
    )


def mark_failed(
    db: sqlite3.Connection, attempt: Attempt, reason: str, wait_s: float | None
) -> None:
    """The attempt failed: it is tried again after `wait_s` seconds; None: never."""
    db.execute(
        "UPDATE notifications SET state = ?, reason = ?, next_at = ?"
        " WHERE id = ? AND state = 'waiting'",
        ("waiting" if wait_s is not None else "failed", reason, after(seconds=wait_s or 0),
         attempt.id),
    )  # fmt: skip


def list_notifications(
    db: sqlite3.Connection, *, state: str = "", execution_id: str = "", limit: int, offset: int
) -> tuple[tuple[Notification, ...], int]:
    """A part of those that fit (empty: all do), the newest first, and how many fit."""
    where = "(:state = '' OR state = :state) AND (:of = '' OR execution_id = :of)"
    values = {"state": state, "of": execution_id, "limit": limit, "offset": offset}
    rows = db.execute(
        f"SELECT * FROM notifications WHERE {where} ORDER BY rowid DESC"  # noqa: S608
        " LIMIT :limit OFFSET :offset",
        values,
    ).fetchall()
    total = db.execute(f"SELECT count(*) FROM notifications WHERE {where}", values).fetchone()[0]  # noqa: S608
    return tuple(map(_notification, rows)), total


def notification_of(db: sqlite3.Connection, execution_id: str) -> Notification | None:
    """That of an execution; None where none was asked for."""
    row = db.execute(
        "SELECT * FROM notifications WHERE execution_id = ? ORDER BY rowid DESC LIMIT 1",
        (execution_id,),
    ).fetchone()
    return _notification(row) if row is not None else None


def _notification(row: sqlite3.Row) -> Notification:
    values = dict(row)
    parts = urlsplit(values.pop("url"))
    return Notification(to=f"{parts.scheme}://{parts.netloc}", **values)
