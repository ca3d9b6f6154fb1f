"""`ExecutionService`: the one way in, which decides nothing by itself."""

import inspect
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from service.db.database import Database
from service.db.upgrade import prepare
from service.errors import BadRequestError, ConflictError, NotFoundError
from service.executions import commands, prompts, records
from service.executions import service as facade
from service.executions.asking import Cause, Runnable
from service.executions.commands import CommandBuilder, CommandRequest, OperatorCommand
from service.executions.preparing import Preparer
from service.executions.prompts import Occasion, PromptRenderer
from service.executions.records import MOST_OF_ONE, Execution, Order, QueueFullError, State
from service.executions.runner import Runner
from service.executions.service import ExecutionService

COMMANDS = {
    "say": OperatorCommand(("sh", "-c", "cat")),
    "sleep": OperatorCommand(("sh", "-c", "sleep 300")),
}
CAUSE = Cause(source="manual", person="Ada", request_id="r-1", message="hello")


class Bench:
    """A service on a database of its own, with a runner that runs."""

    def __init__(self, folder: Path) -> None:
        prepare(folder / "db.sqlite3", lambda *_: None)
        self.database = Database(folder / "db.sqlite3")
        self.builder = CommandBuilder(COMMANDS)
        self.renderer = PromptRenderer()
        preparer = Preparer(
            folder / "runs", lambda: (("true",), folder), self.builder, self.renderer
        )
        self.runner = Runner(self.database, preparer)
        self.service = ExecutionService(self.database, self.runner, self.renderer, self.builder)
        self.runner.start()

    def until(self, execution: Execution, *states: State) -> Execution:
        with gevent.Timeout(60):
            while True:
                if (found := self.get(execution)).state in states:
                    return found
                gevent.sleep(0.02)

    def get(self, execution: Execution) -> Execution:
        return self.database.read(lambda db: records.get(db, execution.id))

    def count(self) -> int:
        def work(db: sqlite3.Connection) -> int:
            return int(db.execute("SELECT count(*) FROM executions").fetchone()[0])

        return self.database.read(work)

    def close(self) -> None:
        self.runner.close()
        self.database.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """One that is closed afterwards."""
    made = Bench(tmp_path)
    yield made
    made.close()


def runnable(command: str, **order: Any) -> Runnable:
    made = Order(f"command:{command}", **{"template": "Say {message}", "grace_s": 1, **order})
    return Runnable(f"trig-{command}", command, made)


def test_run_trigger_queues_and_the_run_begins_at_once(bench: Bench) -> None:
    """With the prompt of the renderer and the command line of the builder."""
    made = bench.service.run_trigger(runnable("say"), CAUSE)
    assert (made.state, made.person, made.message) == (State.QUEUED, "Ada", "hello")
    done = bench.until(made, State.SUCCEEDED)
    assert "hello" in done.prompt
    assert done.argv == ("sh", "-c", "cat")


def test_a_guard_lets_nothing_happen(bench: Bench) -> None:
    """What it raises is raised, and it looks in the same transaction."""

    def refuse(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO switches VALUES ('mark', '', '', '')")
        raise ConflictError("not now")

    with pytest.raises(ConflictError, match="not now"):
        bench.service.run_trigger(runnable("say"), CAUSE, refuse)
    assert bench.count() == 0
    assert bench.database.read(lambda db: db.execute("SELECT * FROM switches").fetchall()) == []


def test_a_full_queue_is_told(bench: Bench) -> None:
    """Nothing is queued then."""
    bench.database.write(lambda db: records.set_paused(db, "Ada", paused=True))

    def fill(db: sqlite3.Connection) -> None:
        for _ in range(MOST_OF_ONE):
            bench.service.queue(db, runnable("say"), CAUSE)

    bench.database.write(fill)
    with pytest.raises(QueueFullError):
        bench.service.run_trigger(runnable("say"), CAUSE)
    assert bench.count() == MOST_OF_ONE


def test_a_rehearsal_is_what_the_parts_make(bench: Bench) -> None:
    """Word for word, and nothing is started."""
    backends = bench.service.backends
    assert backends == bench.builder.backends
    for backend in ("claude", "command:say"):
        trigger = Runnable("t", "T", Order(backend, template="Look at {paths} {nothing}"))
        found = bench.service.rehearse(trigger, CAUSE)
        occasion = Occasion(
            trigger_id="t", trigger_name="T", paths=(), event="", delivery_id="",
            message="hello", payload={},
        )  # fmt: skip
        assert found.prompt == bench.renderer.render("Look at {paths} {nothing}", occasion)
        request = CommandRequest(backend=backend, workdir="/tmp/agented")
        assert found.argv == bench.builder.build(request).argv
    assert bench.service.rehearse(Runnable("t", "T", Order("builtin:plan-check")), CAUSE).argv == ()
    with pytest.raises(BadRequestError):
        bench.service.rehearse(runnable("nowhere"), CAUSE)
    assert bench.count() == 0


def test_cancel_and_replay(bench: Bench) -> None:
    """What runs is ended; it can be run again once it has ended, and not before."""
    made = bench.service.run_trigger(runnable("sleep"), CAUSE)
    bench.until(made, State.RUNNING)
    with pytest.raises(ConflictError):
        bench.service.replay(made.id, "Bo", "r-2")
    bench.service.cancel(made.id, "Bo")
    assert bench.until(made, State.CANCELLED).reason == "it was cancelled"
    with pytest.raises(ConflictError):
        bench.service.cancel(made.id, "Bo")
    again = bench.service.replay(made.id, "Bo", "r-2")
    assert (again.first_id, again.person, again.order) == (made.id, "Bo", made.order)
    bench.service.cancel(again.id, "Bo")
    bench.until(again, State.CANCELLED)
    with pytest.raises(NotFoundError):
        bench.service.replay("exec-none", "Bo", "r-3")


def test_all_that_waits_of_a_trigger_is_cancelled_and_nothing_else(bench: Bench) -> None:
    """What runs goes on, and so does what waits of another one."""
    running = bench.service.run_trigger(runnable("sleep"), CAUSE)
    bench.until(running, State.RUNNING)
    bench.database.write(lambda db: records.set_paused(db, "Ada", paused=True))
    waiting = [bench.service.run_trigger(runnable("sleep"), CAUSE) for _ in range(3)]
    other = bench.service.run_trigger(runnable("say"), CAUSE)
    assert bench.service.cancel_waiting("trig-sleep", "Bo") == 3
    assert bench.service.cancel_waiting("trig-sleep", "Bo") == 0
    found = [bench.get(each) for each in waiting]
    assert [each.state for each in found] == [State.CANCELLED] * 3
    assert {each.reason for each in found} == {"cancelled by Bo before it began"}
    assert bench.get(running).state is State.RUNNING
    assert bench.get(other).state is State.QUEUED


def test_a_question_is_not_repeated_as_it_was(bench: Bench) -> None:
    """The plan that it was about may say something else by now."""
    order = Order(records.ASSISTANT)
    made = bench.database.write(
        lambda db: bench.service.queue(db, Runnable(records.ASSISTANT, "Why?", order), CAUSE)
    )
    bench.service.wake()
    done = bench.until(made, State.FAILED)
    with pytest.raises(ConflictError, match="is not repeated as it was"):
        bench.service.replay(done.id, "Bo", "r-2")
    assert bench.count() == 1


def test_a_cancel_that_races_with_the_end_leaves_one_state(bench: Bench) -> None:
    """Whoever comes first: who is refused changed nothing, and what has ended stays as it is."""
    states = set()
    for delay in range(12):
        made = bench.service.run_trigger(runnable("say"), CAUSE)
        gevent.sleep(delay * 0.03)
        try:
            bench.service.cancel(made.id, "Bo")
        except ConflictError:
            assert bench.get(made).state is State.SUCCEEDED
        ended = bench.until(made, *(each for each in State if each.final))
        assert ended.state in (State.SUCCEEDED, State.CANCELLED)
        gevent.sleep(0.05)
        assert bench.get(made) == ended
        states.add(ended.state)
    assert State.CANCELLED in states


def test_the_parts_are_modules_of_their_own() -> None:
    """QUAL-03 of the roadmap: the facade imports them, and keeps nothing of theirs."""
    assert PromptRenderer.__module__ == prompts.__name__ != facade.__name__
    assert CommandBuilder.__module__ == commands.__name__ not in (prompts.__name__, facade.__name__)
    source = inspect.getsource(facade)
    assert "from service.executions.prompts import" in source
    assert "from service.executions.commands import" in source
    assert list(inspect.signature(ExecutionService.run_trigger).parameters)[:3] == [
        "self", "trigger", "cause",
    ]  # fmt: skip
