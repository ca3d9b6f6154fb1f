"""A real service whose triggers run small shell commands, for tests of executions and logs."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from service.db.connection import connect, transaction
from service.executions import records
from service.executions.cutting import Chunk
from service.executions.log_store import add_chunks
from service.executions.records import Execution, NewExecution, Order, Outcome, State
from tests.service.served import Served
from tests.service.shared import shared_service
from tests.service.streams.reading import Following
from tests.service.watching import eventually

COMMANDS = """
[commands.hello]
argv = ["sh", "-c", "echo hello; echo trouble >&2; cat"]
[commands.count]
argv = ["sh", "-c", "for n in 1 2 3 4 5 6 7 8; do echo line $n; sleep 0.15; done"]
[commands.sleep]
argv = ["sh", "-c", "echo up; sleep 300"]
[commands.tick]
argv = ["sh", "-c", "n=0; while :; do n=$((n + 1)); echo tick $n; sleep 0.05; done"]
[commands.fail]
argv = ["sh", "-c", "echo it broke >&2; exit 3"]
[commands.many]
argv = ["seq", "1", "200000"]
[commands.hostile]
argv = ["printf", "<script>document.title='owned'</script>\\n<img src=x onerror=alert(1)>\\n"]
[commands.escapes]
argv = ["printf", "a\\\\rb\\ndata: x\\n\\nevent: ended\\nid: 9\\n\\\\033[31mred\\\\033[0m\\n"]
"""
URL = "/admin/executions"
FINAL = tuple(each.value for each in State if each.final)


@contextmanager
def running_service(folder: Path, **settings: str) -> Iterator[Served]:
    """A service on a folder that has the commands."""
    (folder / "commands.toml").write_text(COMMANDS, "utf-8")
    with shared_service(folder, COMMANDS_FILE=str(folder / "commands.toml"), **settings) as served:
        yield served


def database_of(served: Served) -> Path:
    return served.state / "agented.sqlite3"


def queue(served: Served, name: str, *, backend: str = "", **more: Any) -> str:
    """Queue a run; its id.  The service looks at its queue by itself every few seconds."""
    order = Order(backend or f"command:{name}", template="look here", grace_s=1)
    values: dict[str, Any] = {"trigger_id": f"trig-{name}", "trigger_name": name, **more}
    new = NewExecution(order=order, source="manual", person="Ada", request_id="r-1", **values)
    with closing(connect(database_of(served))) as db, transaction(db):
        return records.enqueue(db, new).id


def wake(served: Served) -> None:
    """Let the service look at its queue now, as a change of the pause switch does."""
    body = {"paused": False}
    assert served.request("PUT", "/admin/execution-pause", json_body=body).status == 200


def run_now(served: Served, name: str, **more: Any) -> str:
    """Queue a run and wake the queue."""
    execution = queue(served, name, **more)
    wake(served)
    return execution


def record(
    served: Served, chunks: list[tuple[str, list[str]]], *, backend: str = "command:hello",
    name: str = "recorded", state: State = State.SUCCEEDED, **outcome: Any,
) -> Execution:  # fmt: skip
    """Write down a run that has ended, without running anything: streams with their lines."""
    at, number = "2026-03-01T12:00:00.000Z", 0
    with closing(connect(database_of(served))) as db, transaction(db):
        new = NewExecution(
            trigger_id=f"trig-{name}", trigger_name=name, order=Order(backend), source="manual",
            person="Ada", request_id="r-1",
        )  # fmt: skip
        made = records.enqueue(db, new)
        db.execute(
            "UPDATE executions SET state = 'running', started_at = queued_at WHERE number = ?",
            (made.number,),
        )
        size = 0
        for stream, lines in chunks:
            text = "\n".join(lines)
            add_chunks(db, made.number, [Chunk(number + 1, len(lines), stream, at, text)])
            number += len(lines)
            size += len(text)
        ended = Outcome(
            state=state, reason="it exited with 0", lines=number, bytes=size, duration_ms=1500,
            **outcome,
        )  # fmt: skip
        records.finish(db, made.number, ended)
        return records.get(db, made.id)


def show(served: Served, execution: str) -> Any:
    answer = served.get(f"{URL}/{execution}")
    assert answer.status == 200
    return answer.json


def ended(served: Served, execution: str) -> Any:
    eventually(lambda: show(served, execution)["state"] in FINAL, "it ended", 60)
    return show(served, execution)


def follow(served: Served, execution: str, query: str = "", **more: Any) -> Following:
    return Following(served, f"{URL}/{execution}/stream{query}", **more)


def numbered(events: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The lines of events, each with its number."""
    return [
        (each["data"]["first"] + at, line)
        for each in events
        if each["event"] == "lines"
        for at, line in enumerate(each["data"]["lines"])
    ]
