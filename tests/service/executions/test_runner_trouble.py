"""The runner when something is wrong: the database, the disk, its processes, what it is asked."""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import gevent
import pytest
from gevent import subprocess

from service.clock import after, now, stamp
from service.db.connection import connect, transaction
from service.executions import journaling, preparing, process, records, retrying, runner
from service.executions.orphans import marked
from service.executions.outcomes import outcome_of
from service.executions.process import Ended
from service.executions.records import Execution, State
from service.executions.usage import UsageReader
from tests.service.executions.runners import FIGURES, Bench


@contextmanager
def locked(bench: Bench) -> Iterator[None]:
    """While another process would hold the database's write lock."""
    other = connect(bench.folder / "db.sqlite3")
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@pytest.fixture
def hasty(folder: Path) -> Iterator[Bench]:
    """A runner whose writes do not wait long for a lock."""
    made = Bench(folder, wait_s=0.1)
    yield made
    made.close()


def until(holds: Callable[[], object]) -> None:
    with gevent.Timeout(60):
        while not holds():
            gevent.sleep(0.02)


def test_what_it_runs_is_told(bench: Bench) -> None:
    """How many, which processes, and what ended; starting it again changes nothing."""
    bench.runner.start()
    execution = bench.queue("sleep")
    bench.talking(execution)
    until(lambda: bench.get(execution).pid)
    assert bench.runner.running == {execution.id: bench.get(execution).pid}
    assert (bench.runner.status.running, bench.runner.status.problem) == (1, "")
    bench.runner.cancel(execution)
    bench.ended(execution)
    until(lambda: not bench.runner.running)
    status = bench.runner.status
    assert (status.running, status.ended, status.lines) == (0, {State.CANCELLED: 1}, 2)
    # It is gone: there is nothing to cancel.
    bench.runner.cancel(execution)
    bench.runner.close()
    bench.runner.close()


def test_a_locked_database_holds_up_the_queue_and_is_told(hasty: Bench) -> None:
    """It goes on by itself afterwards."""
    hasty.run("hello")
    until(lambda: not hasty.runner.running)
    gevent.sleep(0.5)
    # Queued by another process, as the command line does: nobody wakes the runner.
    order = records.Order("command:hello")
    new = records.NewExecution(
        trigger_id="t", trigger_name="t", order=order, source="manual", person="", request_id=""
    )
    with closing(connect(hasty.folder / "db.sqlite3")) as other, transaction(other):
        execution = records.enqueue(other, new)
    with locked(hasty):
        hasty.runner.wake()
        until(lambda: hasty.runner.status.problem)
        assert hasty.get(execution).state is State.QUEUED
    hasty.runner.wake()
    assert hasty.ended(execution).state is State.SUCCEEDED
    until(lambda: not hasty.runner.status.problem)


def test_lines_wait_for_a_locked_database(hasty: Bench) -> None:
    """And all of them are kept."""
    execution = hasty.queue("slow")
    hasty.talking(execution)
    with locked(hasty):
        gevent.sleep(1.0)
    done = hasty.ended(execution)
    assert (done.state, hasty.lines(done)) == (State.SUCCEEDED, [f"line {n}" for n in range(20)])


def test_a_database_that_stays_locked_ends_the_run(
    hasty: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is ended at once, its end is written down as soon as that can be done."""
    monkeypatch.setattr(journaling, "PATIENCE_S", 0.0)
    execution = hasty.queue("slow")
    hasty.talking(execution)
    until(lambda: hasty.get(execution).pid)
    pid = hasty.get(execution).pid
    assert pid
    with locked(hasty):
        until(lambda: not Path(f"/proc/{pid}").exists())
        gevent.sleep(1.0)
        assert hasty.get(execution).state is State.RUNNING
    done = hasty.ended(execution)
    assert (done.state, done.failure) == (State.FAILED, "disk_full")
    assert "could not be kept" in done.reason
    assert hasty.lines(done) == [f"line {n}" for n in range(len(hasty.lines(done)))]


def test_an_end_that_cannot_be_written_is_left_to_the_next_service(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that closes does not wait for ever."""
    monkeypatch.setattr(journaling, "PATIENCE_S", 0.0)
    first = Bench(folder, wait_s=0.1)
    execution = first.queue("sleep")
    first.talking(execution)
    with locked(first):
        first.runner.close()
    first.database.close()
    second = Bench(folder)
    done = second.ended(execution)
    second.close()
    assert done.state is State.INTERRUPTED


def test_a_full_database_ends_the_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a full disk does; what was kept before stays."""
    monkeypatch.setattr(journaling, "PATIENCE_S", 0.0)

    def limit(db: sqlite3.Connection) -> None:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 200}")

    def unlimit(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA max_page_count = 1000000")

    bench.database.write(limit)
    execution = bench.queue("huge")
    until(lambda: bench.runner.live(execution.number))
    ring = bench.runner.live(execution.number)
    until(lambda: ring is not None and ring.last)
    gevent.sleep(1.0)
    bench.database.write(unlimit)
    done = bench.ended(execution)
    assert (done.state, done.failure) == (State.FAILED, "disk_full")
    assert 0 < len(bench.lines(done)) < 300_000


def test_no_process_can_be_started(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is told, and nothing is left."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/no/such/python")
        done = bench.run("hello")
    assert (done.state, done.failure) == (State.FAILED, "start")
    assert "no process could be started: No such file" in done.reason
    assert bench.run("hello").state is State.SUCCEEDED


def test_a_supervising_process_that_is_no_good_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never says that it has started anything."""
    monkeypatch.setattr(process, "_SHIM", "/no/such/program.py")
    done = bench.run("hello")
    assert (done.state, done.failure) == (State.FAILED, "lost")


def test_a_supervising_process_that_is_killed_is_told(bench: Bench) -> None:
    """The kernel ends the command with it, the runner all that the command had started."""
    execution = bench.queue("sleep")
    bench.talking(execution)
    until(lambda: bench.get(execution).pid)
    pid = bench.get(execution).pid
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    os.kill(int(stat[1]), signal.SIGKILL)
    done = bench.ended(execution)
    assert (done.state, done.failure) == (State.FAILED, "lost")
    assert done.reason == "its supervising process was killed"
    assert marked([execution.id]) == []


@pytest.mark.slow
def test_what_hides_from_a_lost_run_does_not_hold_it_open(bench: Bench) -> None:
    """It took off its mark, and prints on and on: it is read no more."""
    execution = bench.queue("hidden")
    bench.talking(execution)
    until(lambda: bench.get(execution).pid)
    pid = bench.get(execution).pid
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    os.kill(int(stat[1]), signal.SIGKILL)
    done = bench.ended(execution)
    assert (done.state, done.failure) == (State.FAILED, "lost")


def test_no_folder_can_be_made(bench: Bench) -> None:
    """It says where, and what to do."""
    (bench.folder / "runs").write_text("in the way", "utf-8")
    done = bench.run("hello")
    assert (done.state, done.failure) == (State.FAILED, "start")
    assert "no folder can be made for it" in done.reason
    assert "look after the state folder" in done.reason


def test_a_signal_without_a_name_is_told_by_its_number(bench: Bench) -> None:
    """Real-time signals have none."""
    assert bench.run("real-time").reason == "it was ended by the signal 40"


def test_what_is_odd_in_a_prompt_is_noted(bench: Bench) -> None:
    """In the log, before its first line."""
    done = bench.run("hello", template="{wrong} {message} {payload.none}")
    notes = bench.lines(done, "note")
    assert any("{wrong} in the prompt means nothing" in each for each in notes)
    assert any("no value for {payload.none}" in each for each in notes)


def test_processes_that_cannot_be_killed_are_told() -> None:
    """They stay in an uninterruptible wait: the reason says how many."""
    execution = _execution_of(30)
    outcome = outcome_of(Ended(reason="timed_out", left=2), execution)
    assert outcome.state is State.TIMED_OUT
    assert outcome.reason == "it ran longer than 30 s; 2 of its processes could not be killed"


def _execution_of(timeout_s: int) -> Execution:
    order = records.Order("command:x", timeout_s=timeout_s)
    empty = dict.fromkeys(Execution.__dataclass_fields__)
    return Execution(**{**empty, "order": order})  # type: ignore[arg-type]


def test_a_retry_waits_no_longer_when_the_clock_was_set_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was queued by a clock that was a year ahead: its back-off counts from now on."""

    def ahead() -> datetime:
        return now() + timedelta(days=365)

    with monkeypatch.context() as patch:
        patch.setattr(records, "now", ahead)
        patch.setattr(records, "stamp", lambda time=None: stamp(time or ahead()))
        patch.setattr(
            retrying, "after", lambda *, seconds: stamp(ahead() + timedelta(seconds=seconds))
        )
        done = bench.run("limited", retries=1)
        assert done.finished_at > after(days=300)

    def retry() -> Execution:
        wanted = records.Filter(state="queued")
        (found,), _ = bench.database.read(
            lambda db: records.list_executions(db, wanted, limit=9, offset=0)
        )
        return found

    bench.runner.wake()
    until(lambda: retry().not_before < after(seconds=40))
    waits = retry()
    assert waits.queued_at <= stamp()
    assert after(seconds=20) < waits.not_before < after(seconds=40)
    assert (waits.attempt, waits.state) == (2, State.QUEUED)


def test_patience_is_short_for_what_is_due_soon() -> None:
    """And as long as ever for what is due later, or waits for its turn."""
    assert runner._patience("") == runner._LOOK_S
    assert runner._patience(after(seconds=-1)) == runner._LOOK_S
    assert runner._patience(after(seconds=0.4)) == 0.5
    assert runner._patience(after(seconds=3600)) == runner._LOOK_S


# -- a checkout of its own ------------------------------------------------------------------


def _repository(folder: Path) -> Path:
    folder.mkdir()
    for argv in (
        ["git", "init", "--quiet", "-b", "main"],
        ["git", "commit", "--quiet", "--allow-empty", "-m", "first"],
    ):
        subprocess.run(argv, cwd=folder, check=True)
    return folder


def test_a_run_has_a_checkout_of_its_own(bench: Bench, tmp_path: Path) -> None:
    """Of the first path; what it does there leaves no trace in the repository."""
    repository = _repository(tmp_path / "repository")
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\ntouch /tmp/never\n", "utf-8")
    hook.chmod(0o755)
    done = bench.run("git", paths=(str(repository),), worktree=True)
    assert (done.state, bench.lines(done)[-1]) == (State.SUCCEEDED, "first")
    assert bench.lines(done)[0].endswith("/checkout")
    told = subprocess.run(
        ["git", "log", "--format=%s", "--all"], cwd=repository, capture_output=True, check=True
    )
    assert told.stdout == b"first\n"
    assert not (repository / "made").exists()


def test_a_checkout_that_cannot_be_made_is_told(bench: Bench, tmp_path: Path) -> None:
    """Of no path, and of a folder that is no repository."""
    done = bench.run("git", worktree=True)
    assert "a checkout needs a repository: name its path" in done.reason
    done = bench.run("git", paths=(str(tmp_path),), worktree=True)
    assert (done.state, done.failure) == (State.FAILED, "start")
    assert "cannot be checked out" in done.reason


def test_a_checkout_that_takes_too_long_is_told(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As what it is, and the run ends."""
    monkeypatch.setattr(preparing, "_GIT_S", 0.0)
    repository = _repository(tmp_path / "repository")
    done = bench.run("git", paths=(str(repository),), worktree=True)
    assert (done.state, done.failure) == (State.FAILED, "start")
    assert "longer than 0 s" in done.reason


def test_a_run_that_is_tried_again_is_told_once(bench: Bench) -> None:
    """At the end of its last attempt; one whose retry finds no place is told at once."""
    bench.database.write(
        lambda db: db.execute(
            "INSERT INTO triggers (id, name, source, prompt_template, backend, created_at,"
            " updated_at, notify_on, notify_url)"
            " VALUES ('trig-limited-1', 'x', 'manual', '', '', '', '', 'failure', 'http://x/')"
        )
    )
    first = bench.run("limited", retries=1)
    assert bench.told() == []
    bench.database.write(
        lambda db: db.execute("UPDATE executions SET not_before = ?", (first.queued_at,))
    )
    bench.runner.wake()
    until(bench.told)
    (last,) = bench.told()
    found = bench.database.read(lambda db: records.get(db, last))
    assert (found.attempt, found.first_id, found.state) == (2, first.id, State.FAILED)


def test_a_retry_that_finds_no_place_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes after it."""
    bench.database.write(
        lambda db: db.execute(
            "INSERT INTO triggers (id, name, source, prompt_template, backend, created_at,"
            " updated_at, notify_on, notify_url)"
            " VALUES ('trig-limited-1', 'x', 'manual', '', '', '', '', 'failure', 'http://x/')"
        )
    )
    execution = bench.queue("limited", retries=1)
    until(lambda: bench.runner.live(execution.number))
    monkeypatch.setattr(records, "MOST_OF_ONE", 0)
    bench.ended(execution)
    assert bench.told() == [execution.id]


# -- what a command says of itself ----------------------------------------------------------


def test_an_agents_figures_are_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of tokens are no secrets: its JSON is kept as it came, and is understood."""
    monkeypatch.setattr(runner, "UsageReader", lambda _talks: UsageReader("claude"))
    done = bench.run("figures")
    assert (done.tokens_in, done.tokens_out, done.cost_usd) == (12, 7, 1.5)
    assert bench.lines(done) == [FIGURES]


def test_figures_beyond_measure_count_for_nothing() -> None:
    """An agent's JSON may hold numbers that no column takes."""
    usage = UsageReader("codex")
    for _ in range(3):
        figures = {"input_tokens": 10**30, "output_tokens": 9 * 10**14}
        usage.read([json.dumps({"type": "turn.completed", "usage": figures})])
    assert (usage.usage.tokens_in, usage.usage.tokens_out) == (0, 10**15)


def test_an_end_that_nobody_foresaw_is_an_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks in the service itself: the run ends, and its place is free again."""

    def broken(*_given: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(UsageReader, "read", broken)
        patch.setattr(gevent.get_hub(), "handle_error", lambda *_: None)
        done = bench.run("hello")
        until(lambda: not bench.runner.running)
    assert (done.state, done.reason) == (State.FAILED, "it failed for a reason that nobody foresaw")
    assert bench.run("hello").state is State.SUCCEEDED
