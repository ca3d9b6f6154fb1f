"""What commands, events, disks and clocks do to a service: it goes on, and tells what was.

What a service must survive besides is tested where it belongs:

- 1,000 deliveries three times each under `kill -9`: events/test_storm.py
- hundreds of readers who come and go, and one of a flood: executions/test_many_readers.py
- a command that ignores TERM, forks, makes sessions, closes its output, is stopped:
  executions/test_shim.py, test_runner.py, test_groups.py
- bytes that are no text: executions/test_runner.py
- an argument that looks like an option: executions/test_commands.py, and here
- a locked database: db/test_trouble.py, executions/test_runner_trouble.py
- a full disk while events come: db/test_trouble.py; while a command writes: here
- a clock that is set back: events/test_scheduler.py for schedules; test_records.py and
  test_runner_trouble.py for back-offs and budgets; here for what waits
- limits: time, output, runs at once, supervisor: executions/test_runner.py; output of empty lines:
  test_journaling.py; lines: test_cutting.py; files, memory, processes, core files, orders of the
  supervisor: test_shim.py; memory and processes of all of a run: test_groups.py; runs of a trigger
  at once, in a day, waiting, of the assistant: test_records.py; prompts: test_prompts.py; lines in
  memory: test_ring.py; what an agent's program says of itself: test_tool_health.py; age and size
  of logs: test_search.py; readers: streams/test_places.py; sizes and rates of events:
  events/test_webhooks.py, guard/test_limits.py; missed times: events/test_scheduler.py; heads of
  forged events: here
"""

import json
import re
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.clock import now
from service.db.connection import connect, transaction
from service.events.receiving import REFUSED_HEADS
from service.executions import records
from service.executions.prompts import PLACEHOLDERS
from service.executions.records import NewExecution, Order, State
from tests.service.db.test_trouble import small_disk, worker_of
from tests.service.executions.running import run_now, wake
from tests.service.served import Served
from tests.service.shared import shared_service
from tests.service.watching import eventually

__all__ = ["small_disk"]
URL = "/admin/executions"
GIB = 1024**3
# More than the service may take of memory meanwhile.
MUCH = GIB // 4
MOST_MORE = 100 * 1024**2
# A record of what a command was given, in its own words.
_RECORD = (
    "import json, os, sys; print(json.dumps({'argv': sys.argv[1:], 'env': sorted(os.environ),"
    " 'files': sorted(os.listdir('.')), 'stdin': sys.stdin.read()}))"
)
COMMANDS = f"""
[commands.lines]
argv = ["sh", "-c", "yes 'a line of the output, and not a short one' | head -c {MUCH}"]
[commands.line]
argv = ["sh", "-c", "yes 0123456789abcdef | tr -d '\\n' | head -c {MUCH}"]
[commands.nothing]
argv = ["head", "-c", "{GIB}", "/dev/zero"]
[commands.mute]
argv = ["sh", "-c", "exec >&- 2>&-; sleep 1; exit 5"]
[commands.deaf]
argv = ["sh", "-c", "sleep 0.2; echo done"]
[commands.record]
argv = ["{sys.executable}", "-I", "-c", "{_RECORD}", "{{workdir}}"]
[commands.writes]
argv = ["sh", "-c", "yes 'a line of the output, and not a short one' | head -c 200000000"]
[commands.limits]
argv = ["cat", "/proc/self/limits"]
[commands.hello]
argv = ["echo", "hello"]
"""


def served_with(folder: Path, commands: Path, **settings: str) -> Any:
    commands.write_text(COMMANDS, "utf-8")
    return shared_service(folder, COMMANDS_FILE=str(commands), **settings)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("survive")
    bins = folder / "bin"
    bins.mkdir()
    agent = bins / "claude"
    agent.write_text(f'#!/bin/sh\nexec {sys.executable} -I -c "{_RECORD}" "$@"\n', "utf-8")
    agent.chmod(0o755)
    settings = {
        "EXECUTION_LOG_MIB": "2",
        "PATH": f"{bins}:/usr/bin:/bin",
        "GITHUB_WEBHOOK_SECRET": "a-secret-of-the-sender-0123456789",
    }
    with served_with(folder, folder / "commands.toml", **settings) as served:
        yield served


def ended(service: Served, execution: str, deadline_s: float = 60) -> dict[str, Any]:
    def found() -> dict[str, Any]:
        answer: dict[str, Any] = service.get(f"{URL}/{execution}").json
        return answer

    eventually(lambda: found()["state"] not in ("queued", "running"), "its end", deadline_s)
    return found()


def running(words: bytes) -> bool:
    """Whether a process has these words in its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if words in (entry / "cmdline").read_bytes():
                    return True
    return False


def memory_of(service: Served) -> int:
    """What the worker holds, in bytes."""
    status = Path(f"/proc/{worker_of(service)}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lines", "line", "nothing"])
def test_a_flood_of_output_is_cut_and_holds_nobody_up(service: Served, name: str) -> None:
    """256 MiB of short lines and of one line, 1 GiB of no text: it runs to its end."""
    before = memory_of(service)
    execution = run_now(service, name)
    eventually(lambda: service.get(f"{URL}/{execution}").json["state"] != "queued", "its start")
    most = 0
    while service.get(f"{URL}/{execution}").json["state"] == "running":
        assert service.get("/health/liveness").status == 200
        most = max(most, memory_of(service))
        time.sleep(0.1)
    done = ended(service, execution)
    assert (done["state"], done["exit_code"]) == ("succeeded", 0)
    assert done["bytes"] <= 2 * 1024 * 1024
    assert most - before < MOST_MORE, most - before
    assert done["lines"] < 100_000
    told = "not kept" in service.get(f"{URL}/{execution}/log.txt").text
    # Of bytes that no terminal shows nothing was to be kept.
    assert told == done["truncated"] == (name != "nothing")


def test_one_that_closes_its_output_and_lives_on_is_waited_for(service: Served) -> None:
    done = ended(service, run_now(service, "mute"))
    assert (done["state"], done["exit_code"]) == ("failed", 5)
    assert done["duration_ms"] >= 1000


def test_one_that_never_reads_its_input_is_not_waited_for(service: Served) -> None:
    """However long its prompt is."""
    message = "x" * 400_000
    done = ended(service, run_now(service, "deaf", message=message))
    assert done["state"] == "succeeded"


HOSTILE = (
    "$(touch owned)", "`touch owned`", "; touch owned", "| touch owned", "\ntouch owned\n",
    "--dangerously-skip-permissions", "-rf", "{trigger_id}{paths}", "{payload.comment.body}",
    "{{message}}", "%s%n", "../../../../etc/passwd", "'\"\\", "\x1b]0;owned\x07", "</data>",
    "${IFS}touch${IFS}owned",
)  # fmt: skip


def hostile(text: str) -> dict[str, Any]:
    """A payload in which each field that a placeholder knows has the text."""
    user, repository = {"login": text}, {"full_name": text, "html_url": text, "clone_url": text}
    return {
        "action": text, "text": text, "ref": text, "after": text, "repository": repository,
        "sender": user, "comment": {"body": text, "user": user, "html_url": text},
        "issue": {"number": text, "title": text, "body": text, "html_url": text, "user": user},
        "pull_request": {
            "number": text, "title": text, "body": text, "html_url": text, "user": user,
            "head": {"sha": text, "ref": text}, "base": {"sha": text, "ref": text},
        },
    }  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_of_an_event_becomes_more_than_data(service: Served, text: str) -> None:
    """Neither a command, an option, a path, nor a placeholder: all of it is in the input."""
    for backend in ("command:record", "claude"):
        template = " ".join(f"{{{name}}}" for name in PLACEHOLDERS if "." not in name)
        order = Order(backend, template=template, allowed_tools=("Read",), grace_s=1)
        new = NewExecution(
            trigger_id="trig-hostile", trigger_name="hostile", order=order, source="github",
            person="github", request_id="r-1", event=text[:60], message=text,
            payload=json.dumps(hostile(text)),
        )  # fmt: skip
        path = service.state / "agented.sqlite3"
        with closing(connect(path)) as db, transaction(db):
            execution = records.enqueue(db, new).id
        wake(service)
        done = ended(service, execution)
        assert done["state"] == "succeeded", done
        with closing(sqlite3.connect(path)) as db:
            (said,) = db.execute(
                "SELECT text FROM log_chunks WHERE stream = 'out' AND execution ="
                " (SELECT number FROM executions WHERE id = ?) ORDER BY first",
                (execution,),
            ).fetchone()
        given = json.loads(said)
        told = json.dumps([given["argv"], given["env"], given["files"]])
        if backend == "claude":
            assert given["argv"][0] == "-p"
            assert given["argv"][-2:] == ["--allowedTools", "Read"]
        else:
            assert len(given["argv"]) == 1
        assert json.dumps(text)[1:-1] not in told
        assert given["files"] == []
        # What is a placeholder in a value stays as it stands: there is no second pass.
        if "{" in text:
            assert text.strip() in given["stdin"]


def test_of_forged_events_the_last_heads_are_kept_and_no_more(service: Served) -> None:
    """A hundred of them, in memory, without what they sent; no row of the database."""
    for number in range(REFUSED_HEADS + 5):
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": f"forged-{number}",
            "X-Hub-Signature-256": f"sha256={number:064x}",
        }
        raw = json.dumps({"ref": f"canary-{number}"}).encode()
        answer = service.post("/api/webhooks/github/", key=None, headers=headers, body=raw)
        assert answer.status == 403
    answer = service.get("/admin/deliveries/refused")
    assert len(answer.json["refused"]) == REFUSED_HEADS
    assert "canary" not in answer.text
    with closing(sqlite3.connect(service.state / "agented.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM deliveries").fetchone() == (0,)


@pytest.mark.slow
def test_a_full_disk_ends_the_run_and_the_service_goes_on(small_disk: Path, tmp_path: Path) -> None:
    """What was kept is there, the reason is told, and the next run needs no restart."""
    settings = {"EXECUTION_LOG_MIB": "200"}
    with served_with(small_disk, tmp_path / "commands.toml", **settings) as service:
        worker = worker_of(service)
        # What it says fills the rest; the end can be written once this makes room.
        filler = small_disk / "filler"
        filler.write_bytes(bytes(50 * 2**20))
        execution = run_now(service, "writes")
        eventually(lambda: shutil.disk_usage(small_disk).free < 2 * 2**20, "a full disk", 120)
        eventually(lambda: not running(b"head -c 200000000"), "the end of the command", 120)
        assert service.get("/health/liveness").status == 200
        filler.unlink()
        done = ended(service, execution, 120)
        assert (done["state"], done["failure"]) == ("failed", "disk_full"), done
        assert "could not be kept" in done["reason"]
        with closing(sqlite3.connect(service.state / "agented.sqlite3", timeout=20)) as db:
            db.execute("DELETE FROM log_chunks")
            db.commit()
        assert ended(service, run_now(service, "hello"))["state"] == "succeeded"
        assert worker_of(service) == worker
        with closing(sqlite3.connect(service.state / "agented.sqlite3", timeout=20)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_the_limits_of_the_settings_are_those_of_the_command(tmp_path: Path) -> None:
    """As the kernel tells them; and the log of the service says how they count."""
    settings = {"EXECUTION_PROCESSES": "777", "EXECUTION_MEMORY_MIB": "512"}
    with served_with(tmp_path, tmp_path / "commands.toml", **settings) as service:
        execution = run_now(service, "limits")
        ended(service, execution)
        lines = service.get(f"{URL}/{execution}/log.txt").text
        told = service.log.read_text("utf-8")
        (said,) = [line for line in told.splitlines() if "control groups of commands" in line]
        assert re.search(r"Max core file size +0 +0 ", lines)
        assert re.search(r"Max open files +4096 +4096 ", lines)
        if not json.loads(said)["bounds_processes"]:
            assert re.search(r"Max processes +777 +777 ", lines)
        if not json.loads(said)["bounds_memory"]:
            assert re.search(rf"Max address space +{512 * 2**20} +{512 * 2**20} ", lines)


def test_a_clock_that_is_set_back_holds_up_nothing_that_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was queued by a clock that was an hour ahead."""
    new = NewExecution(
        trigger_id="t", trigger_name="t", order=Order("command:hello"), source="manual",
        person="", request_id="",
    )  # fmt: skip
    ahead = (now() + timedelta(hours=1)).isoformat(timespec="milliseconds")[:-6] + "Z"
    with closing(connect(folder / "db.sqlite3")) as db, transaction(db):
        with monkeypatch.context() as patch:
            patch.setattr(records, "stamp", lambda *_: ahead)
            made = records.enqueue(db, new)
        assert made.queued_at == ahead
        assert records.next_due(db) < ahead
        taken = records.claim(db, "me", 4)
        assert taken is not None
        assert (taken.id, taken.state) == (made.id, State.RUNNING)
