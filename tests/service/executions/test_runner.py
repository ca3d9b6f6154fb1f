"""Executions from the queue to their end, with real processes and a real database."""

import os
import resource
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from service.executions import records
from service.executions.journaling import Journal
from service.executions.log_store import index_some, read_chunks
from service.executions.records import Execution, NewExecution, Order, Outcome, State
from tests.service.executions.runners import Bench


def test_an_execution_runs_and_says_what_it_did(bench: Bench) -> None:
    """Its lines are kept with their stream, the prompt came by standard input."""
    done = bench.run("hello")
    assert (done.state, done.exit_code, done.reason) == (State.SUCCEEDED, 0, "it exited with 0")
    assert bench.lines(done) == ["hello", "look here"]
    assert bench.lines(done, "err") == ["trouble"]
    assert bench.lines(done, "note") == ["it exited with 0"]
    assert (done.prompt, done.argv[0], done.lines) == ("look here", "sh", 4)
    assert done.duration_ms is not None
    assert done.pid_began
    assert list((bench.folder / "runs").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "state", "failure", "told"),
    [
        ("fail", State.FAILED, "exit", "it exited with 3"),
        ("gone", State.FAILED, "start", "could not be started: no-such-program|/no-such-program"),
        ("kill", State.FAILED, "signal", "ended by the signal SIGKILL"),
        ("nowhere", State.FAILED, "start", "the operator has defined no command 'nowhere'"),
    ],
)
def test_failures_are_told_in_words(
    bench: Bench, name: str, state: State, failure: str, told: str
) -> None:
    """And in one for programs."""
    done = bench.run(name)
    assert (done.state, done.failure) == (state, failure)
    assert any(each in done.reason for each in told.split("|"))


def test_a_path_that_is_gone_is_told(bench: Bench) -> None:
    """Nothing is started."""
    done = bench.run("hello", paths=("/no/such/folder",))
    assert (done.state, done.failure, done.pid) == (State.FAILED, "start", None)
    assert "/no/such/folder is no folder" in done.reason


def test_at_its_deadline_a_stubborn_one_is_killed(bench: Bench) -> None:
    """With all that it started."""
    done = bench.run("stubborn", timeout_s=1)
    assert (done.state, done.reason) == (State.TIMED_OUT, "it ran longer than 1 s")
    assert _marked(done.id) == []


def test_a_running_one_is_cancelled(bench: Bench) -> None:
    """Its last lines stay."""
    execution = bench.queue("stubborn")
    bench.talking(execution)
    asked = bench.database.write(lambda db: records.ask_cancel(db, execution.id, "Ada"))
    bench.runner.cancel(asked)
    done = bench.ended(execution)
    assert (done.state, bench.lines(done)) == (State.CANCELLED, ["up"])
    assert _marked(done.id) == []


def test_one_that_is_cancelled_before_it_starts_never_does(bench: Bench) -> None:
    """Even in the moment between."""
    execution = bench.queue("hello")
    for _ in range(1000):
        if bench.get(execution).state is State.RUNNING:
            break
        gevent.sleep(0)
    bench.runner.cancel(execution)
    assert bench.ended(execution).state in (State.CANCELLED, State.SUCCEEDED)


def test_every_line_comes_once_and_in_order(bench: Bench) -> None:
    """200,000 of them, for one who watches and one who reads later."""
    execution = bench.queue("many")
    ring = bench.ring(execution)
    seen: list[str] = []
    while not (ring.ended and ring.last <= len(seen)):
        ring.wait(len(seen))
        chunks = ring.after(len(seen))
        if chunks is None:
            last = len(seen)
            chunks = bench.database.read(
                lambda db: read_chunks(db, execution.number, last, 1 << 20)  # noqa: B023
            )
        for each in chunks:
            assert each.first == len(seen) + 1
            seen += each.lines
    done = bench.ended(execution)
    expected = [f"line {n}" for n in range(200_000)]
    assert seen[:-1] == expected
    assert bench.lines(done) == expected


def test_output_beyond_the_bound_is_not_kept(folder: Path) -> None:
    """A line says so; the command runs to its end."""
    bench = Bench(folder, most_bytes=1024 * 1024)
    done = bench.run("huge")
    bench.close()
    assert (done.state, done.truncated) == (State.SUCCEEDED, True)
    assert done.bytes <= 1024 * 1024


def test_bytes_that_are_no_text_do_no_harm(bench: Bench) -> None:
    """Controls are taken out, the rest is shown."""
    done = bench.run("binary")
    assert bench.lines(done)[-1] == "end"
    assert all(each.isprintable() or "\t" in each for each in bench.lines(done))


def test_secrets_are_kept_nowhere(bench: Bench) -> None:
    """Not by their names, not by their form."""
    done = bench.run("secret")
    assert bench.lines(done) == ["token=***", "***"]


def test_a_command_sees_little(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An own folder for it alone, and of the environment what everybody may see."""
    monkeypatch.setenv("SECRET_KEY", "very secret indeed")
    done = bench.run("where")
    place, names, mode = bench.lines(done)[0], bench.lines(done)[1], bench.lines(done)[-1]
    assert place.startswith(str(bench.folder / "runs"))
    assert "SECRET_KEY" not in names
    assert "AGENTED_EXECUTION" in names
    assert mode.endswith("drwx------")


def test_a_failure_that_may_pass_is_tried_again(bench: Bench) -> None:
    """As often as its order says, later and later; a success is not."""
    done = bench.run("limited", retries=1)
    assert (done.failure, done.attempt) == ("rate_limit", 1)
    found, total = bench.database.read(
        lambda db: records.list_executions(db, records.Filter(), limit=5, offset=0)
    )
    assert total == 2
    assert (found[0].attempt, found[0].first_id, found[0].source) == (2, done.id, "retry")
    assert found[0].not_before > done.queued_at
    bench.database.write(
        lambda db: db.execute("UPDATE executions SET not_before = ?", (done.queued_at,))
    )
    bench.runner.wake()
    assert bench.ended(found[0]).failure == "rate_limit"
    assert bench.database.read(records.next_due) == ""


def test_no_other_end_is_tried_again(bench: Bench) -> None:
    """What failed for good, what succeeded whatever it said, what was ended half-way."""
    ends = [
        bench.run("fail", retries=3),
        bench.run("gone", retries=3),
        bench.run("kill", retries=3),
        bench.run("hello", retries=3, template="API error: rate limit exceeded"),
        bench.run("sleep", retries=3, timeout_s=1),
    ]
    states = [each.state for each in ends]
    assert states == [*[State.FAILED] * 3, State.SUCCEEDED, State.TIMED_OUT]
    _, total = bench.database.read(
        lambda db: records.list_executions(db, records.Filter(), limit=1, offset=0)
    )
    assert total == len(ends)


def test_a_service_that_ends_interrupts_what_runs(bench: Bench) -> None:
    """Nothing of it lives on."""
    execution = bench.queue("stubborn")
    bench.talking(execution)
    bench.runner.close()
    done = bench.get(execution)
    assert done.state is State.INTERRUPTED
    assert _marked(done.id) == []


def test_what_another_service_left_is_interrupted(folder: Path) -> None:
    """Its processes are ended, its folders swept; it is not run again."""
    first = Bench(folder)
    execution = first.queue("sleep")
    first.talking(execution)
    (folder / "runs" / "exec-old").mkdir()
    second = Bench(folder)
    done = second.until(execution, lambda found: found.state.final)
    assert done.state is State.INTERRUPTED
    assert "it is not run again" in done.reason
    with gevent.Timeout(30):
        while _marked(execution.id) or (folder / "runs" / "exec-old").exists():
            gevent.sleep(0.02)
    first.close()
    second.close()
    assert first.folder == folder


def test_the_plan_is_checked_without_an_agent(bench: Bench) -> None:
    """What is built in finds the planner; another name is refused."""
    done = bench.run("check", backend="builtin:plan-check")
    assert (done.state, bench.lines(done)) == (State.SUCCEEDED, ["checked"])
    done = bench.run("check", backend="builtin:other", template="")
    assert "nothing built in that is called builtin:other" in done.reason


def test_it_runs_beside_thousands_of_open_files(bench: Bench) -> None:
    """Each stream that somebody watches is one; `select` would know the first 1,024 of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2048:
        pytest.skip("this system allows no 2,048 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1200)]
    try:
        done = bench.run("hello")
        running = bench.queue("sleep")
        bench.talking(running)
        bench.runner.cancel(running)
        assert bench.ended(running).state is State.CANCELLED
    finally:
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (done.state, done.reason) == (State.SUCCEEDED, "it exited with 0")
    assert "hello" in bench.lines(done)


def test_no_more_run_at_once_than_allowed(folder: Path) -> None:
    """The others wait for their turn."""
    bench = Bench(folder, most=1)
    one = bench.queue("sleep")
    bench.talking(one)
    two = bench.queue("hello")
    gevent.sleep(0.3)
    assert bench.get(two).state is State.QUEUED
    bench.runner.cancel(one)
    assert bench.ended(two).state is State.SUCCEEDED
    bench.close()


class Talk:
    """What needs no process: it says a line, then waits until it is asked to end."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.woken = Event()

    def run(self, journal: Journal) -> Outcome:
        journal.take([("out", b"thinking\n")])
        assert self.woken.wait(30)
        state = State.CANCELLED if self.asked == ["cancelled"] else State.INTERRUPTED
        return Outcome(state=state, reason=f"{self.asked[0]}, as asked", tokens_in=5, cost_usd=0.5)

    def end(self, reason: str) -> None:
        self.asked.append(reason)
        self.woken.set()


def carried(bench: Bench, talk: Talk) -> Execution:
    new = NewExecution(
        trigger_id=records.ASSISTANT, trigger_name="Ask", order=Order(records.ASSISTANT),
        source="manual", person="Ada", request_id="r-1",
    )  # fmt: skip
    made = bench.database.write(lambda db: records.begin(db, new, bench.runner.owner, 4))
    bench.runner.carry(made, talk)
    bench.talking(made)
    return made


def test_what_needs_no_process_runs_beside_the_commands(folder: Path) -> None:
    """It takes no place of one, is cancelled as one, and its own figures stand."""
    bench = Bench(folder, most=1)
    talk = Talk()
    made = carried(bench, talk)
    assert bench.runner.status.running == 0
    assert bench.runner.running == {made.id: None}
    assert bench.run("hello").state is State.SUCCEEDED
    asked = bench.database.write(lambda db: records.ask_cancel(db, made.id, "Ada"))
    bench.runner.cancel(asked)
    done = bench.ended(made)
    assert (done.state, done.reason) == (State.CANCELLED, "cancelled, as asked")
    assert (done.tokens_in, done.cost_usd, bench.lines(done)) == (5, 0.5, ["thinking"])
    # The service that ends asks another one to, before anything is killed.
    last = Talk()
    made = carried(bench, last)
    bench.runner.close()
    assert last.asked == ["stopped"]
    assert bench.get(made).state is State.INTERRUPTED
    bench.close()


def test_ended_logs_become_searchable(bench: Bench) -> None:
    """In pieces, each once."""
    done = bench.run("hello")
    while bench.database.write(lambda db: index_some(db, most_bytes=1)):
        pass
    found = bench.database.read(
        lambda db: db.execute(
            "SELECT count(*) FROM log_search WHERE log_search MATCH 'trouble'"
        ).fetchone()[0]
    )
    assert (found, done.state) == (1, State.SUCCEEDED)


def _marked(execution_id: str) -> list[str]:
    found = []
    for each in Path("/proc").iterdir():
        try:
            if each.name.isdigit() and execution_id.encode() in (each / "environ").read_bytes():
                found.append((each / "cmdline").read_bytes().decode())
        except OSError:
            continue
    return found


def test_this_process_is_not_marked() -> None:
    """Else the tests above would see it."""
    assert "AGENTED_EXECUTION" not in os.environ
