"""The queue and its states, on a real database with several connections."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.clock import after, now, stamp
from service.db.connection import connect, transaction
from service.db.upgrade import prepare
from service.errors import ConflictError, NotFoundError
from service.executions import records
from service.executions.records import (
    MOST_OF_ONE,
    Execution,
    Filter,
    NewExecution,
    Order,
    Outcome,
    QueueFullError,
    State,
)

NEW = NewExecution(
    trigger_id="trig-1",
    trigger_name="Review",
    order=Order("claude", paths=("/srv",), allowed_tools=("Read",), retries=2),
    source="manual",
    person="Ada",
    request_id="r-1",
)
DONE = Outcome(state=State.SUCCEEDED, reason="it exited with 0", exit_code=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with two triggers."""
    path = tmp_path / "db.sqlite3"
    prepare(path, lambda *_: None)
    with closing(connect(path)) as db, transaction(db):
        for number in (1, 2):
            db.execute(
                "INSERT INTO triggers (id, name, source, prompt_template, backend, created_at,"
                " updated_at, concurrency) VALUES (?, ?, 'manual', '', 'claude', 'x', 'x', ?)",
                (f"trig-{number}", f"T{number}", number),
            )
    return path


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to it."""
    with closing(connect(path)) as db:
        yield db


def queue(db: sqlite3.Connection, **changes: object) -> Execution:
    with transaction(db):
        return records.enqueue(db, replace(NEW, **changes))  # type: ignore[arg-type]


def claim(db: sqlite3.Connection, most: int = 10, owner: str = "me") -> Execution | None:
    with transaction(db):
        return records.claim(db, owner, most)


def claimed(db: sqlite3.Connection) -> list[str]:
    return [found.id for found in iter(lambda: claim(db), None)]


def test_what_is_queued_comes_back_as_it_was(db: sqlite3.Connection) -> None:
    """Its order included."""
    made = queue(db, payload='{"a": 1}', message="hi", event="push", delivery_id="dlv-1")
    assert made.state is State.QUEUED
    assert made.order == NEW.order
    assert (made.message, made.event, made.delivery_id) == ("hi", "push", "dlv-1")
    assert records.get(db, made.id) == made
    with pytest.raises(NotFoundError):
        records.get(db, "exec-none")


def test_the_most_urgent_comes_first_then_the_oldest(db: sqlite3.Connection) -> None:
    """What may not begin yet does not hold up the others."""
    later = queue(db, trigger_id="trig-3", not_before=after(hours=1), priority=9)
    first = queue(db, trigger_id="a")
    second = queue(db, trigger_id="b")
    urgent = queue(db, trigger_id="c", priority=5)
    assert claimed(db) == [urgent.id, first.id, second.id]
    assert records.next_due(db) == later.not_before


def test_a_trigger_runs_as_many_at_once_as_it_allows(db: sqlite3.Connection) -> None:
    """And all of them together no more than the service."""
    one = [queue(db).id for _ in range(3)]
    two = [queue(db, trigger_id="trig-2").id for _ in range(3)]
    assert claimed(db) == [one[0], two[0], two[1]]
    with transaction(db):
        assert records.finish(db, records.get(db, two[0]).number, DONE)
    assert claim(db, most=2) is None
    assert claimed(db) == [two[2]]


def test_a_trigger_has_its_number_of_runs_a_day(db: sqlite3.Connection) -> None:
    """Those of yesterday do not count."""
    db.execute("UPDATE triggers SET runs_per_day = 2, concurrency = 9 WHERE id = 'trig-1'")
    for _ in range(3):
        queue(db)
    assert len(claimed(db)) == 2
    db.execute("UPDATE executions SET started_at = ?", (after(days=-1),))
    assert len(claimed(db)) == 1


def test_days_that_a_wrong_clock_saw_use_up_no_budget(db: sqlite3.Connection) -> None:
    """It was a year ahead, and was set right."""
    db.execute("UPDATE triggers SET runs_per_day = 2, concurrency = 9 WHERE id = 'trig-1'")
    for _ in range(5):
        queue(db)
    assert len(claimed(db)) == 2
    db.execute("UPDATE executions SET started_at = ?", (after(days=365),))
    assert len(claimed(db)) == 2
    assert claim(db) is None


def test_what_has_to_wait_waits_as_long_by_a_clock_that_was_set_back(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From now on, and once; others are left alone, and so is what a clock ahead lets begin."""
    with monkeypatch.context() as patch:
        patch.setattr(records, "stamp", lambda *_: after(days=365))
        late = queue(db, trigger_id="a", not_before=after(days=365, seconds=90))
        at_once = queue(db, trigger_id="b")
    right = queue(db, trigger_id="c", not_before=after(seconds=60))
    due, count, is_ahead = records.what_waits(db)
    assert (due < stamp(), count, is_ahead) == (True, 3, True)
    records.wait_from_now(db)
    assert not records.what_waits(db)[2]
    found = records.get(db, late.id)
    assert found.queued_at <= stamp()
    assert after(seconds=80) < found.not_before < after(seconds=91)
    assert len(found.not_before) == len(right.not_before)
    assert records.get(db, right.id) == right
    assert claimed(db) == [at_once.id]
    # Set ahead again it lets all of them begin, each once.
    monkeypatch.setattr(records, "now", lambda: now() + timedelta(hours=1))
    assert claimed(db) == [late.id, right.id]


def test_nothing_begins_while_all_is_paused(db: sqlite3.Connection) -> None:
    """It waits, and goes on later."""
    queue(db)
    with transaction(db):
        records.set_paused(db, "Ada", paused=True)
    assert records.is_paused(db)
    assert claim(db) is None
    with transaction(db):
        records.set_paused(db, "Ada", paused=False)
    assert claim(db) is not None


def test_the_queue_has_its_bounds(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one trigger, and of all."""
    for _ in range(MOST_OF_ONE):
        queue(db)
    with pytest.raises(QueueFullError, match="200 executions of Review are waiting"):
        queue(db)
    queue(db, trigger_id="trig-2")
    monkeypatch.setattr(records, "MOST_WAITING", MOST_OF_ONE)
    with pytest.raises(QueueFullError, match="201 executions are waiting"):
        queue(db, trigger_id="trig-2")


def test_an_execution_ends_in_one_way(db: sqlite3.Connection) -> None:
    """Whoever comes second changes nothing."""
    made = queue(db)
    assert not records.finish(db, made.number, DONE), "it has not begun"
    assert claim(db) is not None
    assert records.finish(db, made.number, replace(DONE, lines=3, cost_usd=0.5))
    assert not records.finish(db, made.number, Outcome(state=State.FAILED, reason="late"))
    ended = records.get(db, made.id)
    assert (ended.state, ended.reason) == (State.SUCCEEDED, "it exited with 0")
    assert (ended.lines, ended.cost_usd) == (3, 0.5)
    assert ended.state.final
    assert ended.finished_at <= stamp()


def test_what_waits_is_cancelled_and_what_runs_is_asked(db: sqlite3.Connection) -> None:
    """What has ended is refused."""
    running, waiting = queue(db), queue(db)
    assert claim(db) is not None
    assert records.ask_cancel(db, waiting.id, "Ada").state is State.CANCELLED
    asked = records.ask_cancel(db, running.id, "Ada")
    assert (asked.state, asked.cancel_asked) == (State.RUNNING, True)
    with pytest.raises(ConflictError, match="has ended already: cancelled"):
        records.ask_cancel(db, waiting.id, "Ada")
    with pytest.raises(NotFoundError):
        records.ask_cancel(db, "exec-none", "Ada")


def test_what_a_dead_service_ran_is_interrupted_once(db: sqlite3.Connection) -> None:
    """And is never run again by itself."""
    made = queue(db)
    assert claim(db, owner="old") is not None
    with transaction(db):
        assert [each.id for each in records.interrupt_others(db, "new")] == [made.id]
        assert records.interrupt_others(db, "new") == ()
    assert records.get(db, made.id).state is State.INTERRUPTED
    assert claim(db) is None


def test_each_execution_is_claimed_once_by_many(path: Path, db: sqlite3.Connection) -> None:
    """Eight threads with connections of their own."""
    db.execute("UPDATE triggers SET concurrency = 1000")
    ids = sorted(queue(db).id for _ in range(100))
    taken: list[str] = []

    def take() -> None:
        with closing(connect(path)) as mine:
            while found := claim(mine, most=1000, owner=threading.current_thread().name):
                taken.append(found.id)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert sorted(taken) == ids


def test_lists_are_filtered_and_counted(db: sqlite3.Connection) -> None:
    """The newest first."""
    made = [queue(db, source=source) for source in ("manual", "webhook", "schedule")]
    assert claim(db) is not None
    found, total = records.list_executions(db, Filter(), limit=2, offset=0)
    assert ([each.id for each in found], total) == ([made[2].id, made[1].id], 3)
    for wanted, expected in (
        (Filter(state="running"), [made[0].id]),
        (Filter(source="webhook"), [made[1].id]),
        (Filter(trigger_id="x"), []),
        (Filter(since=after(hours=1)), []),
        (Filter(until=after(hours=1), state="queued"), [made[2].id, made[1].id]),
        (Filter(numbers=(made[0].number,)), [made[0].id]),
    ):
        found, total = records.list_executions(db, wanted, limit=50, offset=0)
        assert ([each.id for each in found], total) == (expected, len(expected))
    assert records.counts(db) == {State.QUEUED: 2, State.RUNNING: 1}


def test_what_runs_beside_the_queue_has_its_bound(db: sqlite3.Connection) -> None:
    """It runs at once, or is refused, and leaves nothing in the queue."""
    new = replace(NEW, trigger_id=records.ASSISTANT)
    with transaction(db):
        made = records.begin(db, new, "me", 1)
        assert (made.state, made.owner, made.started_at) == (
            State.RUNNING, "me", made.queued_at,
        )  # fmt: skip
        with pytest.raises(QueueFullError, match="1 runs of assistant are under way"):
            records.begin(db, new, "me", 1)
    assert records.counts(db) == {State.QUEUED: 0, State.RUNNING: 1}
    # It takes no place of a command.
    queue(db)
    assert claim(db, most=1) is not None


def test_attempts_and_names_are_listed(db: sqlite3.Connection) -> None:
    """Of one and the same; the list goes on before the last that was seen."""
    first = queue(db)
    again = queue(db, first_id=first.id, attempt=2, trigger_name="Renamed")
    other = queue(db, trigger_id=records.ASSISTANT, trigger_name="How much?")
    for each in (first, again):
        assert [one.id for one in records.attempts_of(db, each)] == [first.id, again.id]
    assert records.trigger_names(db) == {"trig-1": "Renamed", records.ASSISTANT: "Assistant"}
    found, total = records.list_executions(db, Filter(before=other.number), limit=9, offset=0)
    assert ([each.id for each in found], total) == ([again.id, first.id], 2)
