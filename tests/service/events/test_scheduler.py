"""Schedules on a real database with a clock that the test sets: each time once, or told why not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gevent.event import Event

from service.clock import now, stamp
from service.db.connection import connect, transaction
from service.db.database import Database
from service.events import fires
from service.events.fires import GRACE, MOST_MISSED, Fire, fires_of
from service.events.scheduler import Scheduler
from service.events.trigger_records import get
from service.events.trigger_writing import update
from service.executions import records
from service.executions.records import MOST_OF_ONE, Filter, State
from tests.service.events.making import build, database, make

NOON = datetime(2026, 6, 6, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands where it is set."""

    def __init__(self) -> None:
        self.at = NOON

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


class Schedules:
    """What a service would do at a time, without its greenlet."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self.db, self.clock = db, clock

    def at(self, moment: datetime, *, set_back: bool = False) -> int:
        """Let the clock show `moment`; the number of executions that were queued then."""
        self.clock.at = moment
        queued = 0
        with transaction(self.db):
            if set_back:
                fires.set_back(self.db, moment)
            for each in fires.due(self.db, moment):
                queued += fires.fire(self.db, each, moment)
        return queued

    def finish(self) -> None:
        """End all that was queued."""
        with transaction(self.db):
            self.db.execute("UPDATE executions SET state = 'succeeded'")

    def executions(self) -> list[Any]:
        return list(records.list_executions(self.db, Filter(), limit=500, offset=0)[0])


@pytest.fixture
def schedules(db: sqlite3.Connection, clock: Clock) -> Schedules:
    return Schedules(db, clock)


def told(db: sqlite3.Connection, trigger_id: str) -> list[tuple[str, str]]:
    return [(each.due_at[11:16], each.outcome) for each in fires_of(db, trigger_id, 100)][::-1]


def hourly(db: sqlite3.Connection, **more: Any) -> str:
    return make(db, source="schedule", cron="0 * * * *", **more).id


def test_it_fires_at_its_time_and_moves_on(schedules: Schedules, db: sqlite3.Connection) -> None:
    each = hourly(db, name="Hourly", priority=3, timeout_s=77)
    assert get(db, each).next_fire_at == "2026-06-06T13:00:00.000Z"
    assert schedules.at(NOON + timedelta(minutes=59, seconds=59)) == 0
    assert schedules.at(NOON + timedelta(hours=1, seconds=1)) == 1
    (listed,) = schedules.executions()
    made = records.get(db, listed.id)
    assert (made.trigger_id, made.source, made.state) == (each, "schedule", State.QUEUED)
    assert (made.priority, made.order.timeout_s, made.message) == (3, 77, "Scheduled execution")
    assert '"due_at":"2026-06-06T13:00:00.000Z"' in made.payload
    assert fires_of(db, each, 9) == (Fire("2026-06-06T13:00:00.000Z", "queued", "", made.id),)
    assert get(db, each).next_fire_at == "2026-06-06T14:00:00.000Z"
    assert schedules.at(NOON + timedelta(hours=1, seconds=2)) == 0


def test_times_while_the_service_was_down_are_told_and_not_run(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    each = hourly(db)
    assert schedules.at(NOON + timedelta(hours=4, minutes=30)) == 0
    assert told(db, each) == [(f"{hour}:00", "missed") for hour in (13, 14, 15, 16)]
    assert get(db, each).next_fire_at == "2026-06-06T17:00:00.000Z"
    assert schedules.executions() == []


def test_a_restart_misses_nothing_that_was_just_due(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    each = hourly(db)
    assert schedules.at(NOON + timedelta(hours=2) + GRACE) == 1
    assert told(db, each) == [("13:00", "missed"), ("14:00", "queued")]


def test_of_many_missed_times_only_some_get_a_row(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    each = make(db, source="schedule", cron="* * * * *").id
    schedules.at(NOON + timedelta(days=30, seconds=30))
    found = fires_of(db, each, 500)
    assert [one.outcome for one in found] == ["queued"] + ["missed"] * MOST_MISSED
    assert "10,000 or more later times" in found[1].reason
    assert get(db, each).next_fire_at == stamp(NOON + timedelta(days=30, minutes=1))


def test_it_is_skipped_while_its_last_run_goes_on(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    each = hourly(db, concurrency=2)
    for hour in (1, 2, 3):
        assert schedules.at(NOON + timedelta(hours=hour)) == (hour < 3)
    assert [outcome for _, outcome in told(db, each)] == ["queued", "queued", "skipped"]
    oldest = schedules.executions()[-1]
    assert fires_of(db, each, 1)[0].reason == f"{oldest.id} was still under way"
    schedules.finish()
    assert schedules.at(NOON + timedelta(hours=4)) == 1


def test_a_full_queue_is_told(schedules: Schedules, db: sqlite3.Connection) -> None:
    each = hourly(db)
    schedules.at(NOON + timedelta(hours=1))
    with transaction(db):
        for row in range(MOST_OF_ONE):
            db.execute(
                """INSERT INTO executions (id, trigger_id, trigger_name, kind, source, event, state,
                    priority, person, request_id, queued_at, not_before, order_json, message,
                    payload) SELECT id || ?, trigger_id, trigger_name, kind, source, event, state,
                    priority, person, request_id, queued_at, not_before, order_json, message,
                    payload FROM executions LIMIT 1""",
                (f"-{row}",),
            )
        db.execute("UPDATE triggers SET concurrency = 100000")
    assert schedules.at(NOON + timedelta(hours=2)) == 0
    (latest,) = fires_of(db, each, 1)
    assert latest.outcome == "skipped"
    assert "waiting already" in latest.reason


def test_a_clock_that_is_set_back_fires_nothing_twice(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    each = hourly(db)
    for hour in (1, 2, 3):
        assert schedules.at(NOON + timedelta(hours=hour)) == 1
        schedules.finish()
    assert schedules.at(NOON + timedelta(minutes=30), set_back=True) == 0
    assert get(db, each).next_fire_at == "2026-06-06T13:00:00.000Z"
    assert [schedules.at(NOON + timedelta(hours=hour)) for hour in (1, 2, 3)] == [0, 0, 0]
    assert schedules.at(NOON + timedelta(hours=4)) == 1
    assert told(db, each) == [(f"{hour}:00", "queued") for hour in (13, 14, 15, 16)]


def test_a_clock_that_was_wrong_for_a_while_costs_no_run(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    """It showed next year, so that many times seemed missed; they come when they come."""
    each = hourly(db)
    schedules.at(NOON + timedelta(days=365))
    schedules.finish()
    assert schedules.at(NOON + timedelta(minutes=5), set_back=True) == 0
    assert schedules.at(NOON + timedelta(hours=1)) == 1
    assert fires_of(db, each, 500)[-1].outcome == "queued"


def test_what_is_switched_off_or_deleted_does_not_fire(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    off, gone = hourly(db, name="Off"), hourly(db, name="Gone")
    with transaction(db):
        assert update(db, off, {"enabled": False}, person="Ada", build=build).next_fire_at == ""
        db.execute("DELETE FROM triggers WHERE id = ?", (gone,))
    assert schedules.at(NOON + timedelta(hours=5)) == 0
    with transaction(db):
        on = update(db, off, {"enabled": True}, person="Ada", build=build)
    # The hours that it was off are not missed: nobody wanted them.
    assert on.next_fire_at == "2026-06-06T18:00:00.000Z"
    assert told(db, off) == []


def test_a_change_of_other_fields_leaves_the_next_time(
    schedules: Schedules, db: sqlite3.Connection, clock: Clock
) -> None:
    each = hourly(db)
    clock.at = NOON + timedelta(hours=1, seconds=10)
    with transaction(db):
        update(db, each, {"name": "Other"}, person="Ada", build=build)
    assert schedules.at(clock.at) == 1
    with transaction(db):
        known = update(
            db, each, {"cron": "0 9 * * *", "time_zone": "Asia/Tokyo"}, person="Ada", build=build
        )
    assert known.next_fire_at == "2026-06-07T00:00:00.000Z"


def test_a_schedule_that_cannot_be_read_hinders_no_other(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    bad, good = hourly(db, name="Bad"), hourly(db, name="Good")
    with transaction(db):
        db.execute("UPDATE triggers SET cron = 'rubbish' WHERE id = ?", (bad,))
    assert schedules.at(NOON + timedelta(hours=1)) == 1
    assert told(db, good) == [("13:00", "queued")]
    (one,) = fires_of(db, bad, 9)
    assert (one.outcome, "cannot be read" in one.reason) == ("skipped", True)
    assert get(db, bad).next_fire_at == "2026-06-06T14:00:00.000Z"


def test_one_that_a_seed_wrote_gets_its_first_time(
    schedules: Schedules, db: sqlite3.Connection
) -> None:
    each = hourly(db)
    with transaction(db):
        db.execute("UPDATE triggers SET next_fire_at = NULL")
    assert schedules.at(NOON + timedelta(minutes=1)) == 0
    assert get(db, each).next_fire_at == "2026-06-06T13:00:00.000Z"


def test_the_greenlet_fires_by_the_real_clock(tmp_path: Path, db: sqlite3.Connection) -> None:
    """It wakes whoever carries executions out, and takes up a change at once."""
    each = hourly(db)
    store = Database(tmp_path / "db.sqlite3")
    queued = Event()
    scheduler = Scheduler(store, queued.set)
    scheduler.start()
    try:
        with closing(connect(tmp_path / "db.sqlite3")) as other, transaction(other):
            other.execute("UPDATE triggers SET next_fire_at = ?", (stamp(now()),))
            # Whatever the hour is: what is due now is due.
            other.execute("UPDATE triggers SET cron = '* * * * *'")
        scheduler.wake()
        assert queued.wait(30)
        assert [one.outcome for one in fires_of(db, each, 9)] == ["queued"]
    finally:
        scheduler.close()
        store.close()
