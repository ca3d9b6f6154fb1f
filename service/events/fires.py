"""What becomes of each time of a schedule: queued, missed or skipped, and written down as that.

A row per trigger and time is written in the transaction that queues the execution and moves
`next_fire_at`, so that no time is run twice: not after a kill, and not when the clock is set back.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from service.clock import stamp
from service.errors import BadRequestError
from service.events.cron import Cron, CronError, read_cron
from service.events.trigger_records import Trigger, as_runnable, shown
from service.events.trigger_schema import zone_of
from service.executions.asking import Cause, new_execution
from service.executions.records import QueueFullError, enqueue

# A time that was due so long ago still runs: a restart of the service takes less.
GRACE: Final = timedelta(seconds=90)
# So many missed times get a row each; of the others only how many they were.
MOST_MISSED: Final = 50
_COUNTED: Final = 10_000
_AGAIN: Final = timedelta(hours=1)
_SCHEDULED: Final = "SELECT * FROM triggers WHERE source = 'schedule' AND enabled = 1"


@dataclass(frozen=True, slots=True)
class Fire:
    """A time of a schedule, and what became of it: `queued`, `missed` or `skipped`."""

    due_at: str
    outcome: str
    reason: str
    execution_id: str


def due(db: sqlite3.Connection, moment: datetime) -> tuple[str, ...]:
    """The triggers whose time has come, or whose next time is not known yet."""
    rows = db.execute(
        """SELECT id FROM triggers WHERE source = 'schedule' AND enabled = 1
        AND (next_fire_at IS NULL OR next_fire_at <= ?) ORDER BY next_fire_at, id""",
        (stamp(moment),),
    )
    return tuple(row["id"] for row in rows)


def next_due(db: sqlite3.Connection) -> str:
    """When the next trigger fires; empty when none does."""
    found = db.execute(
        "SELECT min(next_fire_at) FROM triggers WHERE source = 'schedule' AND enabled = 1"
    ).fetchone()
    return found[0] or ""


def fire(db: sqlite3.Connection, trigger_id: str, moment: datetime) -> bool:
    """Deal with all times of a trigger up to `moment`; return whether an execution was queued."""
    row = db.execute(f"{_SCHEDULED} AND id = ?", (trigger_id,)).fetchone()
    if row is None:
        return False
    trigger = shown(row)
    try:
        cron, zone = read_cron(trigger.cron), zone_of(trigger.time_zone)
    except (CronError, BadRequestError) as error:
        told = error.message if isinstance(error, BadRequestError) else str(error)
        _keep(db, trigger, moment, "skipped", f"its schedule cannot be read: {told}")
        _move(db, trigger, moment + _AGAIN)
        return False
    queued = False
    if trigger.next_fire_at and (first := _time(trigger.next_fire_at)) <= moment:
        latest = _latest(cron, zone, first, moment)
        _keep_missed(db, trigger, _times(cron, zone, first, moment, but=latest))
        queued = latest is not None and _queue(db, trigger, latest)
    _move(db, trigger, cron.after(moment, zone))
    return queued


def set_back(db: sqlite3.Connection, moment: datetime) -> None:
    """The clock goes anew from `moment`: let no trigger wait for a later time than it must.

    Times that were dealt with before have their rows, and are not run again.
    """
    for row in db.execute(_SCHEDULED).fetchall():
        trigger = shown(row)
        try:
            found = read_cron(trigger.cron).after(moment, zone_of(trigger.time_zone))
        except (CronError, BadRequestError):
            continue  # told when its time comes
        if found is not None and trigger.next_fire_at > stamp(found):
            _move(db, trigger, found)


def fires_of(db: sqlite3.Connection, trigger_id: str, limit: int) -> tuple[Fire, ...]:
    """The latest times of a schedule, the newest first."""
    rows = db.execute(
        "SELECT due_at, outcome, reason, coalesce(execution_id, '') AS execution_id FROM fires"
        " WHERE trigger_id = ? ORDER BY due_at DESC LIMIT ?",
        (trigger_id, limit),
    )
    return tuple(Fire(**dict(row)) for row in rows)


def _latest(cron: Cron, zone: ZoneInfo, first: datetime, moment: datetime) -> datetime | None:
    """The last time up to `moment` that is not too long ago to be run."""
    found = first if moment - first <= GRACE else None
    for each in cron.coming(max(first, moment - GRACE - timedelta(minutes=1)), zone):
        if each > moment:
            return found
        if moment - each <= GRACE:
            found = each
    return found


def _times(
    cron: Cron, zone: ZoneInfo, first: datetime, moment: datetime, but: datetime | None
) -> Iterator[datetime]:
    """All times from `first` to `moment`, but one."""
    if first != but:
        yield first
    for each in cron.coming(first, zone):
        if each > moment:
            return
        if each != but:
            yield each


def _keep_missed(db: sqlite3.Connection, trigger: Trigger, times: Iterator[datetime]) -> None:
    more, last = 0, None
    for number, each in enumerate(times):
        if number < MOST_MISSED:
            last = each
            _keep(db, trigger, each, "missed", "the service did not run then")
        else:
            more += 1
        if more >= _COUNTED:
            break
    if more and last is not None:
        many = f"{more:,}" + (" or more" if more >= _COUNTED else "")
        _keep(
            db, trigger, last, "missed", f"the service did not run then, nor at {many} later times"
        )


def _queue(db: sqlite3.Connection, trigger: Trigger, at: datetime) -> bool:
    """Queue the execution of a time, unless that was done, or its runs are still under way."""
    known = db.execute(
        "SELECT outcome FROM fires WHERE trigger_id = ? AND due_at = ?", (trigger.id, stamp(at))
    ).fetchone()
    if known is not None and known["outcome"] != "missed":
        return False
    under_way = [
        row["id"]
        for row in db.execute(
            """SELECT id FROM executions WHERE trigger_id = ? AND state IN ('queued', 'running')
            ORDER BY number""",
            (trigger.id,),
        )
    ]
    if len(under_way) >= trigger.concurrency:
        _keep(db, trigger, at, "skipped", f"{under_way[0]} was still under way")
        return False
    cause = Cause(
        source="schedule",
        person="",
        request_id="",
        event="schedule",
        message="Scheduled execution",
        payload={"trigger_type": "schedule", "due_at": stamp(at)},
    )
    try:
        made = enqueue(db, new_execution(as_runnable(trigger), cause))
    except QueueFullError as error:
        _keep(db, trigger, at, "skipped", error.message)
        return False
    _keep(db, trigger, at, "queued", "", made.id)
    return True


def _keep(
    db: sqlite3.Connection,
    trigger: Trigger,
    at: datetime,
    outcome: str,
    reason: str,
    execution_id: str | None = None,
) -> None:
    """Write down what became of a time; what was queued or skipped stays that."""
    db.execute(
        """INSERT INTO fires (trigger_id, due_at, outcome, reason, execution_id)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (trigger_id, due_at) DO UPDATE SET outcome = excluded.outcome,
            reason = excluded.reason, execution_id = excluded.execution_id
            WHERE fires.outcome = 'missed'""",
        (trigger.id, stamp(at), outcome, reason, execution_id),
    )


def _move(db: sqlite3.Connection, trigger: Trigger, at: datetime | None) -> None:
    db.execute(
        "UPDATE triggers SET next_fire_at = ? WHERE id = ?",
        (stamp(at) if at is not None else None, trigger.id),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
