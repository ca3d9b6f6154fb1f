"""The records of notifications: one for each end of an execution that somebody wants to hear of.

A row is written in the transaction of the end itself, so that none is lost and none tells of an end
that did not come to be.  An attempt is written down before it is made: a service that is killed
again and again while it tries does not try for ever.  The statuses of commits (see
`commit_statuses`) are rows of another kind, and are sent in the same way.
"""

import secrets
import sqlite3
from dataclasses import dataclass, fields
from typing import Final, Literal
from urllib.parse import urlsplit

from service.clock import after, stamp
from service.executions.records import State
from service.notifications import commit_statuses

Kind = Literal["hook", "status"]

_ID_BYTES: Final = 10
# Minutes to wait after each attempt; behind the last one nothing comes: 8 attempts, about a day.
WAITS_MIN: Final = (0.5, 2, 10, 30, 120, 360, 900)
ATTEMPTS: Final = len(WAITS_MIN) + 1
_FAILURES: Final = (State.FAILED, State.TIMED_OUT, State.INTERRUPTED)
# Longer than an attempt takes: what a service that was killed had begun is taken up behind it.
_LEASE_S: Final = 30.0
# Nothing waits longer than this, whatever the jitter: what would was written by another clock.
_LONGEST_S: Final = 2 * 60.0 * WAITS_MIN[-1]
# Why no status is told where the service may write none.
NO_TOKEN: Final = "GITHUB_TOKEN is not set"  # noqa: S105 - says that there is none
# As much of a commit as people are shown.
_COMMIT_LENGTH: Final = 10


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification.

    `kind` is hook, or status for that of a commit at GitHub.  `to` is the address without its path,
    which may be a secret; of a status, the repository and the commit.  `says` is what a status says
    (empty: it is none), `words` its description.  `state` is waiting, sent or failed; `next_at` is
    when it is tried next; `reason` says why the last attempt failed.
    """

    id: str
    kind: Kind
    execution_id: str
    to: str
    says: str
    words: str
    state: str
    attempts: int
    next_at: str
    reason: str
    at: str


_SHOWN: Final = tuple(each.name for each in fields(Notification) if each.name != "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What an attempt needs: whom it tells, of what, signed by what (empty: not signed).

    `number` counts the attempts to tell it from 1, `run` those of the execution.  The fields from
    `repository` on are those of a status.
    """

    id: str
    kind: Kind
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
    repository: str = ""
    commit_id: str = ""
    context: str = ""
    says: str = ""
    words: str = ""


def note_end(db: sqlite3.Connection, execution_id: str) -> None:
    """Queue what is told of the end of an execution, as its trigger asks for it.

    Of one that is tried again only the last attempt is told: its caller sees to that.
    """
    commit_statuses.end(db, execution_id)
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
    """Whether one is to be tried now, or waits by a clock that was ahead."""
    found = db.execute(
        "SELECT 1 FROM notifications WHERE state = 'waiting'"
        " AND (next_at <= :now OR at > :now OR next_at > :latest) LIMIT 1",
        _moment(),
    )
    return found.fetchone() is not None


def _moment() -> dict[str, str]:
    return {"now": stamp(), "latest": after(seconds=_LONGEST_S), "lease": after(seconds=_LEASE_S)}


def _wait_no_more(db: sqlite3.Connection, moment: dict[str, str]) -> None:
    """Let what was queued or tried by a clock that was ahead be due now.

    Else it would wait until the clock is there again: for a year, if it was wrong by one.
    """
    db.execute(
        """UPDATE notifications SET next_at = :now, at = min(at, :now)
        WHERE state = 'waiting' AND (at > :now OR next_at > :latest)""",
        moment,
    )


def take_due(db: sqlite3.Connection, most: int) -> tuple[Attempt, ...]:
    """Begin an attempt of those that are due, at most `most`.

    Those whose last attempt was begun and never ended, or whose execution or trigger is gone, fail.
    A status waits while another word about the same commit is on its way.
    """
    moment = _moment()
    now = moment["now"]
    _wait_no_more(db, moment)
    db.execute(
        "UPDATE notifications SET state = 'failed', reason = 'the service ended while it was sent'"
        " WHERE state = 'waiting' AND next_at <= ? AND attempts >= ?",
        (now, ATTEMPTS),
    )
    db.execute(
        """UPDATE notifications SET state = 'failed', reason = 'its trigger or run was deleted'
        WHERE state = 'waiting' AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM executions
            LEFT JOIN triggers ON triggers.id = trigger_id WHERE executions.id = execution_id
            AND (notifications.kind = 'status' OR triggers.id IS NOT NULL))""",
        (now,),
    )
    rows = db.execute(
        """UPDATE notifications SET attempts = attempts + 1, next_at = :lease, busy_until = :lease
        WHERE id IN (
            SELECT id FROM notifications AS due WHERE state = 'waiting' AND next_at <= :now
            AND NOT EXISTS (SELECT 1 FROM notifications AS other
                WHERE due.kind = 'status' AND other.kind = 'status'
                AND other.commit_id = due.commit_id AND other.repository = due.repository
                AND other.context = due.context
                AND other.busy_until > :now AND other.busy_until <= :lease)
            ORDER BY next_at LIMIT :most)
        RETURNING id, kind, execution_id, url, attempts AS number, repository, commit_id, context,
            says, words""",
        {**moment, "most": most},
    ).fetchall()
    return tuple(_attempt(db, row) for row in rows)


def _attempt(db: sqlite3.Connection, row: sqlite3.Row) -> Attempt:
    found = db.execute(
        """SELECT trigger_id, trigger_name, executions.state, reason, duration_ms,
            coalesce(finished_at, '') AS finished_at, attempt AS run,
            coalesce(notify_secret, '') AS secret
        FROM executions LEFT JOIN triggers ON triggers.id = trigger_id WHERE executions.id = ?""",
        (row["execution_id"],),
    ).fetchone()
    return Attempt(**dict(row), **dict(found))


def mark_sent(db: sqlite3.Connection, attempt: Attempt) -> None:
    """It was taken."""
    _rest(db, attempt)
    db.execute(
        "UPDATE notifications SET state = 'sent', reason = ''"
        " WHERE id = ? AND state = 'waiting' AND says = ?",
        (attempt.id, attempt.says),
    )


def mark_failed(
    db: sqlite3.Connection, attempt: Attempt, reason: str, wait_s: float | None
) -> None:
    """The attempt failed: it is tried again after `wait_s` seconds; None: never."""
    _rest(db, attempt)
    db.execute(
        "UPDATE notifications SET state = ?, reason = ?, next_at = ?"
        " WHERE id = ? AND state = 'waiting' AND says = ?",
        ("waiting" if wait_s is not None else "failed", reason, after(seconds=wait_s or 0),
         attempt.id, attempt.says),
    )  # fmt: skip


def _rest(db: sqlite3.Connection, attempt: Attempt) -> None:
    """The attempt is over.  What the row says may have changed meanwhile: then it is told next."""
    db.execute("UPDATE notifications SET busy_until = '' WHERE id = ?", (attempt.id,))


def list_notifications(
    db: sqlite3.Connection,
    *,
    state: str = "",
    kind: str = "",
    execution_id: str = "",
    limit: int,
    offset: int,
) -> tuple[tuple[Notification, ...], int]:
    """A part of those that fit (empty: all do), the newest first, and how many fit."""
    where = (
        "(:state = '' OR state = :state) AND (:kind = '' OR kind = :kind)"
        " AND (:of = '' OR execution_id = :of)"
    )
    values = {
        "state": state, "kind": kind, "of": execution_id, "limit": limit, "offset": offset
    }  # fmt: skip
    rows = db.execute(
        f"SELECT * FROM notifications WHERE {where} ORDER BY rowid DESC"  # noqa: S608
        " LIMIT :limit OFFSET :offset",
        values,
    ).fetchall()
    total = db.execute(f"SELECT count(*) FROM notifications WHERE {where}", values).fetchone()[0]  # noqa: S608
    return tuple(map(_notification, rows)), total


def notification_of(
    db: sqlite3.Connection, execution_id: str, kind: Kind = "hook"
) -> Notification | None:
    """That of an execution, of one kind; None where none was asked for."""
    row = db.execute(
        "SELECT * FROM notifications WHERE execution_id = ? AND kind = ?"
        " ORDER BY rowid DESC LIMIT 1",
        (execution_id, kind),
    ).fetchone()
    return _notification(row) if row is not None else None


def _notification(row: sqlite3.Row) -> Notification:
    values = {name: row[name] for name in _SHOWN}
    parts = urlsplit(row["url"])
    to = f"{parts.scheme}://{parts.netloc}"
    if row["kind"] == "status":
        to = f"{row['repository']} at {row['commit_id'][:_COMMIT_LENGTH]}"
    return Notification(to=to, **values)
