"""What the assistant costs the service: time to first words, forms beside streams, cancels.

A scripted model in a process of its own answers over HTTP; the service is the real one.  Prints a
table, fails on nothing.
"""

import argparse
import http.client
import json
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from service.assistant.rehearsal.server import RehearsalServer
from tests.service.planned import Planned, planned_service
from tests.service.served import Served

_KEY = "sk-bench-8f3c1d7a9b5e2046c1d7"
_FORM = "/edit/requirement/LAMP-01"


def _model(pipe: Connection) -> None:
    """Serve the model, and answer what is asked of it through the pipe."""
    server = RehearsalServer(pace_s=0.1)
    server.start()
    pipe.send(server.address)
    while (asked := pipe.recv()) != "end":
        seen = server.seen
        pipe.send(seen.first_words.get(asked) if asked else (seen.open, seen.left))
    server.close()


@contextmanager
def model() -> Iterator[tuple[str, Connection]]:
    """The model's address, and the way to ask what it saw."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_model, args=(theirs,))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send("end")
        process.join(10)


def _begin(served: Served, question: str) -> str:
    body = {"question": question}
    answer = served.request("POST", "/admin/assistant/questions", json_body=body)
    if answer.status != 202:
        raise SystemExit(answer.text)
    found: str = answer.json["id"]
    return found


def _first_words(served: Served, execution: str) -> float:
    """When a reader of the stream has the first words (`time.monotonic`)."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    path = f"/admin/executions/{execution}/stream"
    connection.request("GET", path, headers={"X-API-Key": served.key})
    answer = connection.getresponse()
    try:
        for line in answer:
            if line.startswith(b"data:") and b'\\"type\\":\\"text\\"' in line:
                return time.monotonic()
    finally:
        connection.close()
    raise SystemExit("no words came")


def added(served: Served, pipe: Connection, times: int, mark: str) -> list[float]:
    """Milliseconds from the model's first words until a reader has them."""
    found = []
    for number in range(times):
        question = f"[[scenario:ok]] first words {mark} {number}"
        came = _first_words(served, _begin(served, question))
        pipe.send(question)
        found.append((came - pipe.recv()) * 1000)
    return found


def forms(served: Served, times: int) -> list[float]:
    """Milliseconds of a form, opened one after the other on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    found = []
    for _ in range(times):
        began = time.monotonic()
        connection.request("GET", _FORM, headers={"X-API-Key": served.key})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{_FORM}: {answer.status}")
        found.append((time.monotonic() - began) * 1000)
    connection.close()
    return found


def cancels(served: Served, pipe: Connection, scenario: str, times: int) -> list[float]:
    """Milliseconds from a cancel until the model sees its connection closed."""
    found = []
    for number in range(times):
        pipe.send("")
        _, left = pipe.recv()
        execution = _begin(served, f"[[scenario:{scenario}]] cancel {number}")
        _until(pipe, lambda opened, _left: opened >= 1)
        began = time.monotonic()
        served.post(f"/admin/executions/{execution}/cancel")
        _until(pipe, lambda _opened, gone, left=left: gone > left)
        found.append((time.monotonic() - began) * 1000)
    return found


def _until(pipe: Connection, done: Any) -> None:
    while True:
        pipe.send("")
        if done(*pipe.recv()):
            return
        time.sleep(0.002)


@contextmanager
def streams(served: Served, count: int) -> Iterator[None]:
    """So many answers that go on, each with a reader."""
    ending = threading.Event()

    def go_on(number: int) -> None:
        turn = 0
        while not ending.is_set():
            execution = _begin(served, f"[[scenario:slow]] stream {number} {turn}")
            served.get(f"/admin/executions/{execution}/stream")
            turn += 1

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    time.sleep(3)
    try:
        yield
    finally:
        ending.set()
        for each in threads:
            each.join(60)


def _row(name: str, values: list[float], target: str) -> None:
    ordered = sorted(values)
    p50, p99 = statistics.median(ordered), ordered[-(len(ordered) // 100) - 1]
    print(f"| {name} | {p50:.1f} ms | {p99:.1f} ms | {ordered[-1]:.1f} ms | {target} |")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--streams", type=int, default=40)
    asked = parser.parse_args()
    with model() as (address, pipe), tempfile.TemporaryDirectory() as folder:
        settings: Any = {
            "ANTHROPIC_API_KEY": _KEY,
            "ANTHROPIC_BASE_URL": address,
            "ASSISTANT_RUN_USD": "0",
            "ASSISTANT_DAY_USD": "0",
            "ASSISTANT_AT_ONCE": str(asked.streams + 100),
        }
        with planned_service(Path(folder), **settings) as planned:
            _measure(planned, pipe, asked.times, asked.streams)


def _measure(planned: Planned, pipe: Connection, times: int, count: int) -> None:
    served = planned.served
    # The first question imports the SDK.
    added(served, pipe, 2, "warm")
    forms(served, 5)
    print("| what | p50 | p99 | most | target |\n| --- | --- | --- | --- | --- |")
    _row("first words, alone", added(served, pipe, times, "alone"), "100 ms")
    _row("a form, alone", forms(served, times), "")
    for scenario, name in (("stall", "in the middle"), ("silent", "before the first byte")):
        found = cancels(served, pipe, scenario, max(5, times // 4))
        _row(f"a cancel frees the model, {name}", found, "1,000 ms")
    with streams(served, count):
        _row(f"a form beside {count} streams", forms(served, times), "alone + 50 ms")
        found = added(served, pipe, max(5, times // 3), "beside")
        _row(f"first words beside {count} streams", found, "100 ms")
    print(json.dumps({"load": Path("/proc/loadavg").read_text("ascii").split()[0]}))


if __name__ == "__main__":
    main()
