"""A scheduler over the days on which clocks are changed: what it queues, minute by minute."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.db.connection import transaction
from service.db.database import Database
from service.events.fires import fires_of
from service.events.scheduler import Scheduler
from service.events.trigger_records import get
from tests.service.events.making import database, make

MINUTE = timedelta(minutes=1)


class Clock:
    """A clock that stands where it is set."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("service.events.trigger_writing.now", clock)
    return clock


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with database(tmp_path) as db:
        yield db


@pytest.fixture
def store(tmp_path: Path, db: sqlite3.Connection) -> Iterator[Database]:
    store = Database(tmp_path / "db.sqlite3")
    yield store
    store.close()


# Expression, zone, from when (UTC), hours, the moments (UTC) that it is queued at.
CASES = {
    "a fixed time in the gap comes at its end": (
        "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00", 49, ["28T01:30", "29T01:00", "30T00:30"],
    ),
    "a fixed time of the hour that comes twice comes once": (
        "30 2 * * *", "Europe/Berlin", "2026-10-24T00:00", 50, ["24T00:30", "25T00:30", "26T01:30"],
    ),
    "every half hour misses nothing and repeats nothing over the gap": (
        "*/30 * * * *", "Europe/Berlin", "2026-03-28T23:59", 3,
        ["29T00:00", "29T00:30", "29T01:00", "29T01:30", "29T02:00", "29T02:30"],
    ),
    "every half hour of a named hour comes in both of that hour": (
        "*/30 2 * * *", "Europe/Berlin", "2026-10-24T22:00", 5,
        ["25T00:00", "25T00:30", "25T01:00", "25T01:30"],
    ),
    "every second hour goes by the wall clock": (
        "0 */2 * * *", "Europe/Berlin", "2026-03-28T22:59", 6, ["28T23:00", "29T02:00", "29T04:00"],
    ),
    "a list in the gap comes once, with what stands at its end": (
        "0,15,45 2 * * *", "America/New_York", "2026-03-08T05:00", 6, ["08T07:00"],
    ),
    "a list over the gap": (
        "30 1,2,3 * * *", "America/New_York", "2026-03-08T05:00", 6,
        ["08T06:30", "08T07:00", "08T07:30"],
    ),
    "a range over the hour that comes twice": (
        "30 0-2 * * *", "America/New_York", "2026-11-01T03:00", 6,
        ["01T04:30", "01T05:30", "01T07:30"],
    ),
    "every twenty minutes in both of the hour": (
        "*/20 1 * * *", "America/New_York", "2026-11-01T03:00", 6,
        ["01T05:00", "01T05:20", "01T05:40", "01T06:00", "01T06:20", "01T06:40"],
    ),
    "a gap of half an hour": (
        "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T13:00", 30, ["03T15:30", "04T15:15"],
    ),
    "half an hour that comes twice": (
        "45 1 * * *", "Australia/Lord_Howe", "2026-04-03T18:00", 46, ["04T14:45", "05T15:15"],
    ),
    "every quarter of half an hour that comes twice": (
        "*/15 1 * * *", "Australia/Lord_Howe", "2026-04-04T13:00", 4,
        ["04T14:00", "04T14:15", "04T14:30", "04T14:45", "04T15:00", "04T15:15"],
    ),
    "Sunday as 0, on the Sunday of the gap": (
        "30 2 * * 0", "Europe/Berlin", "2026-03-28T00:00", 72, ["29T01:00"],
    ),
    "Sunday as 7, on the Sunday of the gap": (
        "30 2 * * 7", "Europe/Berlin", "2026-03-28T00:00", 72, ["29T01:00"],
    ),
    "Sunday as 7, on the Sunday of the hour that comes twice": (
        "30 1 * * 7", "America/New_York", "2026-10-31T00:00", 72, ["01T05:30"],
    ),
    "the day of the month or of the week": (
        "0 2 28 * 7", "Europe/Berlin", "2026-03-27T00:00", 96, ["28T01:00", "29T01:00"],
    ),
    "the day of the week alone, where that of the month is a star": (
        "0 2 * * 1", "Europe/Berlin", "2026-03-27T00:00", 96, ["30T00:00"],
    ),
    "the day of the month and of the week, where one is a star with a step": (
        "0 2 */2 * 0", "Europe/Berlin", "2026-03-27T00:00", 96, ["29T01:00"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_time_is_queued_once(
    case: tuple[str, str, str, int, list[str]],
    clock: Clock,
    db: sqlite3.Connection,
    store: Database,
) -> None:
    text, zone, start, hours, expected = case
    clock.at = datetime.fromisoformat(start).replace(tzinfo=UTC)
    trigger = make(db, source="schedule", cron=text, time_zone=zone).id
    queued: list[str] = []
    scheduler = Scheduler(store, lambda: queued.append(clock.at.strftime("%dT%H:%M")), clock)
    end = clock.at + hours * 60 * MINUTE
    while clock.at < end:
        clock.at += MINUTE
        before = len(queued)
        scheduler.look()
        if len(queued) > before:
            with transaction(db):
                db.execute("UPDATE executions SET state = 'succeeded'")
    assert queued == expected
    told = fires_of(db, trigger, 100)[::-1]
    assert [each.due_at[8:16] for each in told] == expected
    assert {each.outcome for each in told} == {"queued"}
    assert len({each.execution_id for each in told}) == len(expected)


def test_a_service_that_was_down_over_the_gap_tells_one_missed_time(
    clock: Clock, db: sqlite3.Connection, store: Database
) -> None:
    """Not one for each time that the wall clock skipped."""
    clock.at = datetime(2026, 3, 28, 12, tzinfo=UTC)
    trigger = make(db, source="schedule", cron="0,30 2 * * *", time_zone="Europe/Berlin").id
    clock.at = datetime(2026, 3, 29, 12, tzinfo=UTC)
    Scheduler(store, lambda: None, clock).look()
    told = fires_of(db, trigger, 100)
    assert [(each.due_at[8:16], each.outcome) for each in told] == [("29T01:00", "missed")]
    coming = datetime.fromisoformat(get(db, trigger).next_fire_at)
    assert coming.astimezone(ZoneInfo("Europe/Berlin")).strftime("%dT%H:%M") == "30T02:00"
