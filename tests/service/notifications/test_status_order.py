"""Words about one commit come to GitHub in the order in which they were true."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from service.clock import stamp
from service.events.reported_commits import Commit
from service.executions import records as executions
from service.executions.records import Execution, NewExecution, Order, Outcome, State
from service.notifications import commit_statuses, records
from service.notifications.github import GitHub
from service.notifications.notifier import Notifier
from service.notifications.sending import Sender
from service.setting import Secret
from tests.service.notifications.hearing import Receiver, receiver
from tests.service.notifications.test_notifier import SOON, Bench

COMMIT = Commit("team/lighthouse", "ab" * 20)
TOKEN = Secret("ghp_0123456789abcdefghij")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A database of its own."""
    made = Bench(tmp_path)
    made.trigger("")
    yield made
    made.database.close()


def queue(bench: Bench, *, first: str = "", source: str = "github") -> Execution:
    """A run about the commit that waits."""

    def work(db: sqlite3.Connection) -> Execution:
        new = NewExecution(
            trigger_id="trig-1", trigger_name="Check", order=Order("command:x"), source=source,
            person="Ada", request_id="r", event="push", first_id=first,
        )  # fmt: skip
        made = executions.enqueue(db, new)
        if source == "github":
            commit_statuses.begin(db, made, COMMIT)
        return made

    return bench.database.write(work)


def end(bench: Bench, run: Execution, code: int = 0, outcome: Outcome | None = None) -> None:
    def work(db: sqlite3.Connection) -> None:
        assert executions.claim(db, "me", 99) is not None
        state = State.FAILED if code else State.SUCCEEDED
        exited = Outcome(state=state, reason=f"it exited with {code}", exit_code=code)
        assert executions.finish(db, run.number, outcome or exited)
        records.note_end(db, run.id)

    bench.database.write(work)


def status(bench: Bench, run: Execution) -> records.Notification:
    found = bench.database.read(lambda db: records.notification_of(db, run.id, "status"))
    assert found is not None
    return found


def notifier(bench: Bench, there: Receiver) -> Notifier:
    github = GitHub(f"http://{there.host}", TOKEN)
    sender = Sender(frozenset([there.host]), github=github, timeout_s=20)
    return Notifier(bench.database, sender, waits_min=SOON, look_s=0.02)


def until(bench: Bench, run: Execution, state: str) -> None:
    with gevent.Timeout(60):
        while status(bench, run).state != state:
            gevent.sleep(0.02)


def states(there: Receiver) -> list[str]:
    return [each.json["state"] for each in there.heard]


def test_no_word_overtakes_one_that_is_on_its_way(bench: Bench) -> None:
    """The end comes while `pending` is still being sent: it waits for that, and comes last."""
    go = threading.Event()

    def slow(number: int) -> tuple[int, dict[str, str]]:
        if number == 0:
            assert go.wait(20)
        return 201, {}

    with receiver(slow) as there:
        run = queue(bench)
        made = notifier(bench, there)
        made.start()
        with gevent.Timeout(60):
            while not there.heard:
                gevent.sleep(0.02)
        end(bench, run)
        # The notifier has looked many times by then.
        gevent.sleep(0.4)
        assert states(there) == ["pending"]
        go.set()
        until(bench, run, "sent")
        made.close()
    assert states(there) == ["pending", "success"]
    assert status(bench, run).says == "success"


def test_of_two_runs_about_a_commit_the_later_word_counts(bench: Bench) -> None:
    """What the first could not tell yet is dropped; a retry tells the end of them all."""
    first = queue(bench)
    end(bench, first, 3)
    assert status(bench, first).says == "failure"
    second = queue(bench)
    assert status(bench, first).state == "failed"
    assert "took its place" in status(bench, first).reason
    end(bench, second, 3)
    retry = queue(bench, first=second.id, source="retry")
    end(bench, retry)
    with receiver() as there:
        made = notifier(bench, there)
        made.start()
        until(bench, retry, "sent")
        made.close()
    assert states(there) == ["success"]
    assert there.heard[0].json["context"] == "agented/Check"
    assert "target_url" not in there.heard[0].json


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(state=State.FAILED, reason="its path /srv/x", failure="start"), "not be started"),
        (Outcome(state=State.FAILED, reason="by SIGKILL in /srv/x", exit_signal=9), "was killed"),
        (Outcome(state=State.FAILED, reason="/srv/x is full", failure="disk_full"), "to its end"),
        (Outcome(state=State.CANCELLED, reason="cancelled by ada /srv/x"), "cancelled"),
        (Outcome(state=State.TIMED_OUT, reason="/srv/x"), "timed out"),
        (Outcome(state=State.INTERRUPTED, reason="/srv/x"), "interrupted"),
    ],
)
def test_what_is_no_verdict_is_told_in_words_of_its_own(
    bench: Bench, outcome: Outcome, words: str
) -> None:
    """Everybody reads it at GitHub: no name of a person, and no place of this machine."""
    run = queue(bench)
    end(bench, run, outcome=outcome)
    told = status(bench, run)
    assert told.says == "error"
    assert words in told.words
    assert "/srv" not in told.words
    assert "ada" not in told.words


def test_a_retry_of_what_was_not_told_is_not_told(bench: Bench) -> None:
    """The first run was, then the trigger asked no more: neither its repetition nor a retry."""
    first = queue(bench)
    end(bench, first, 3)
    again = queue(bench, first=first.id, source="replay")
    end(bench, again, 3)
    retry = queue(bench, first=first.id, source="retry")
    end(bench, retry)
    found = bench.database.read(lambda db: records.notification_of(db, retry.id, "status"))
    assert found is None


def test_a_clock_that_was_ahead_makes_no_word_wait(bench: Bench) -> None:
    """An attempt that it began counts as none, and what it queued is due."""
    first = queue(bench)
    end(bench, first)
    last = queue(bench)
    end(bench, last)
    ahead = "2999-01-01T00:00:00.000Z"
    bench.database.write(
        lambda db: db.execute(
            "UPDATE notifications SET next_at = ?, at = ?, busy_until = ?", (ahead, ahead, ahead)
        )
    )
    with receiver() as there:
        made = notifier(bench, there)
        made.start()
        until(bench, last, "sent")
        made.close()
    assert states(there) == ["success"]
    assert status(bench, last).at < ahead


def test_a_burst_is_told_at_once(bench: Bench) -> None:
    """Not eight every two seconds: whoever is done makes room for the next."""
    runs = []
    for number in range(40):
        run = queue(bench)
        bench.database.write(
            lambda db, run=run, number=number: db.execute(  # type: ignore[misc]
                "UPDATE notifications SET context = ?, state = 'waiting', next_at = ?"
                " WHERE execution_id = ?",
                (f"agented/{number}", stamp(), run.id),
            )
        )
        runs.append(run)
    with receiver() as there:
        made = Notifier(
            bench.database,
            Sender(frozenset([there.host]), github=GitHub(f"http://{there.host}", TOKEN)),
            look_s=3600,
        )
        made.start()
        for run in runs:
            until(bench, run, "sent")
        made.close()
    assert len(there.heard) == 40
