"""How fast lines get from a command to those who watch, and what the service does meanwhile.

First a command prints a million lines as fast as it can, with one reader whose lag behind the
command is measured by every thousandth line; then one that prints 100
lines a second, each with the time at which it was printed, for 1, 100 and 1,000 readers.  All of it
goes through redaction and the database.  The figures belong to the machine and its other work.
"""

import argparse
import json
import multiprocessing
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from under_load import KEY, ask, free_port, share, wait_ready

from service.clock import after
from service.db.connection import connect, transaction
from service.executions import records
from service.executions.records import NewExecution, Order

ROOT = Path(__file__).parent.parent
# The text of each line is about 80 bytes, as logs have it; one of a thousand says when it was made.
_FLOOD = """
import sys, time
pad = "x" * 66
for at in range(0, %d, 1000):
    sys.stdout.write(f"@{time.monotonic():.6f}@ line {at:08d} " + "x" * 48 + "\\n")
    sys.stdout.write("".join(f"line {n:08d} {pad}\\n" for n in range(at + 1, at + 1000)))
"""
_TICK = """
import sys, time
began = time.monotonic()
for n in range(int(%d * %d)):
    pause = began + n / %d - time.monotonic()
    if pause > 0:
        time.sleep(pause)
    print(f"@{time.monotonic():.6f}@ line {n} " + "x" * 50, flush=True)
"""
_STAMP = re.compile(rb"@(\d+\.\d+)@")
_LINES_PER_S = 100
# Readers that check that no line is left out.
_CAREFUL = 20


@dataclass(slots=True)
class Reader:
    """One open stream: the last line that came, whether one was left out, and how late some were.

    Only a `careful` one looks at each event: a client that does so for a thousand streams is slower
    than the service.  The others look at the first and the last line of what came at once.
    """

    connection: socket.socket
    careful: bool
    lines: int = 0
    gaps: int = 0
    ended: bool = False
    late_ms: list[float] = field(default_factory=list)
    rest: bytes = b""

    def take(self, now: float) -> None:
        """Read what is there."""
        data = self.connection.recv(1 << 20)
        if not self.lines and not self.rest and not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(data[:500].decode())
        if not data or data.endswith(b"\r\n0\r\n\r\n"):
            self.ended = True
        if self.careful:
            self._look(data, now)
        else:
            self.rest = (self.rest + data)[-2000:]
            found = _STAMP.search(data)
            if found is not None:
                self.late_ms.append((now - float(found[1])) * 1000)
            if (last := _STAMP.search(data, data.rfind(b'"@'))) not in (None, found):
                self.late_ms.append((now - float(last[1])) * 1000)
        if self.ended and not self.careful:
            ids = re.findall(rb"\nid: (\d+)\n", self.rest)
            self.lines = int(ids[-1]) if ids else self.lines
        elif not self.careful and not self.lines and b"event: lines" in data:
            self.lines = 1

    def _look(self, data: bytes, now: float) -> None:
        whole, end, self.rest = (self.rest + data).rpartition(b"\n\n")
        for event in whole.split(b"\n\n") if end else ():
            if b"event: lines" in event:
                self.late_ms += ((now - float(each)) * 1000 for each in _STAMP.findall(event))
                last = int(event.partition(b"\nid: ")[2].partition(b"\n")[0])
                first = int(event.partition(b'{"first": ')[2].partition(b",")[0])
                self.gaps += first != self.lines + 1
                self.lines = last


def ask_for_health(port: int, stop: Any, taken: Any) -> None:
    """In a process of its own: ask for health all the time; milliseconds of each answer."""
    found = []
    while not stop.wait(0.02):
        found.append(ask(port, "/health/liveness")[1] * 1000)
    taken.put(found)


@dataclass(slots=True)
class Service:
    """The service under test."""

    port: int
    state: Path
    process: subprocess.Popen[bytes]

    def queue(self, name: str, wait_s: float) -> str:
        """Queue a run of a command that begins in so many seconds; its id."""
        new = NewExecution(
            trigger_id=f"t-{name}",
            trigger_name=name,
            order=Order(f"command:{name}"),
            source="manual",
            person="bench",
            request_id="",
            not_before=after(seconds=wait_s),
        )
        with closing(connect(self.state / "agented.sqlite3")) as db, transaction(db):
            return records.enqueue(db, new).id

    def watch(self, execution: str, *, careful: bool) -> Reader:
        """Open a stream."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        which = connection.fileno()
        key = os.environ["BENCH_KEYS"].split()[which % 8]
        connection.sendall(
            f"GET /admin/executions/{execution}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            # An address may open 240 streams a minute: these are of many.
            f"X-Forwarded-For: 10.0.0.{which % 250 + 1}\r\nX-API-Key: {key}\r\n\r\n".encode()
        )
        return Reader(connection, careful)

    def cpu_s(self) -> float:
        """CPU seconds of the worker."""
        worker = max(_children(self.process.pid))
        values = Path(f"/proc/{worker}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """Resident size of the worker."""
        worker = max(_children(self.process.pid))
        text = Path(f"/proc/{worker}/status").read_text("utf-8")
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8")
    return [int(each) for each in text.split() if b"gunicorn" in _argv(int(each))]


def _argv(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def start(folder: Path, lines: int, seconds: float) -> Service:
    """Run the service in `folder`, with the commands of this bench."""
    (folder / "content").mkdir()
    (folder / "content" / "plan.yaml").write_text("title: x\nstatement: |\n  y\n", "utf-8")
    commands = {
        "flood": [sys.executable, "-c", _FLOOD % lines],
        "tick": [sys.executable, "-c", _TICK % (_LINES_PER_S, seconds, _LINES_PER_S)],
    }
    (folder / "commands.toml").write_text(
        "".join(
            f"[commands.{name}]\nargv = {json.dumps(argv)}\n" for name, argv in commands.items()
        )
    )
    port = free_port()
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(folder / "content"),
        "AGENTED_API_KEY": KEY,
        "API_RATE_LIMIT": "100000 per second",
        "TRUSTED_PROXIES": "1",
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "COMMANDS_FILE": str(folder / "commands.toml"),
        "EXECUTION_LOG_MIB": "500",
        "LOG_LEVEL": "warning",
    }
    argv = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    log = (folder / "service.log").open("wb")
    process = subprocess.Popen(argv, cwd=folder, env=env, stdout=log, stderr=log)
    wait_ready(port, process, folder / "service.log")
    os.environ["BENCH_KEYS"] = " ".join(_make_key(port) for _ in range(8))
    return Service(port, folder / "state", process)


def _make_key(port: int) -> str:
    """A key of its own for some of the readers: each may open 200 streams."""
    body = json.dumps({"label": "b", "person": "b", "scopes": ["read"]})
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        connection.sendall(
            f"POST /admin/keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        text = b""
        while data := connection.recv(65536):
            text += data
    return str(json.loads(text.partition(b"\r\n\r\n")[2])["text"])


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run saw."""

    readers: list[Reader]
    seconds: float
    cpu: float
    health_ms: list[float]
    kib_per_stream: float
    client_cpu: float


def run(service: Service, name: str, readers: int, deadline_s: float) -> Seen:
    """Queue a command and read its log with so many readers to the end."""
    # All streams are open before the first line.
    execution = service.queue(name, 2 + readers / 100)
    before = service.rss_mib()
    watching = [service.watch(execution, careful=n < _CAREFUL) for n in range(readers)]
    grown = 0.0
    stop, taken = multiprocessing.Event(), multiprocessing.Queue()
    asking = multiprocessing.Process(target=ask_for_health, args=(service.port, stop, taken))
    asking.start()
    began, cpu, own = time.monotonic(), service.cpu_s(), time.process_time()
    first = 0.0
    with selectors.DefaultSelector() as selector:
        for each in watching:
            selector.register(each.connection, selectors.EVENT_READ, each)
        left = readers
        while left and time.monotonic() < began + deadline_s:
            for key, _ in selector.select(1.0):
                reader = key.data
                reader.take(time.monotonic())
                if reader.lines and not first:
                    first, cpu = time.monotonic(), service.cpu_s()
                    own = time.process_time()
                    grown = (service.rss_mib() - before) * 1024 / readers
                if reader.ended:
                    selector.unregister(key.fileobj)
                    left -= 1
    seconds = time.monotonic() - first
    cpu = (service.cpu_s() - cpu) / seconds
    own = (time.process_time() - own) / seconds
    stop.set()
    health_ms = taken.get(timeout=60)
    asking.join()
    for each in watching:
        each.connection.close()
    return Seen(watching, seconds, cpu, health_ms, grown, own)


def report_flood(seen: Seen) -> None:
    """Print what a flood of lines did."""
    (reader,) = seen.readers
    print(f"{reader.lines:,} lines to one reader: {reader.lines / seen.seconds:,.0f} lines/s, "
          f"{reader.gaps} gaps, worker {100 * seen.cpu:.0f} % of a core")  # fmt: skip
    late = tuple(reader.late_ms)
    print(f"      reader lag p50 {share(late, 0.5):.0f} ms, p99 {share(late, 0.99):.0f} ms, "
          f"{max(late):.0f} ms at most")  # fmt: skip
    report_health(seen)


def report_ticks(readers: int, seen: Seen) -> None:
    """Print how late lines were."""
    late = tuple(value for each in seen.readers for value in each.late_ms)
    most = max(each.lines for each in seen.readers)
    complete = sum(not each.gaps and each.lines == most for each in seen.readers)
    print(
        f"{readers:>5} readers, {_LINES_PER_S} lines/s: p50 {share(late, 0.5):.1f} ms, "
        f"p99 {share(late, 0.99):.1f} ms, {max(late):.0f} ms at most; {complete} complete; "
        f"worker {100 * seen.cpu:.0f} % of a core (client {100 * seen.client_cpu:.0f} %), "
        f"{seen.kib_per_stream:.0f} KiB a stream"
    )
    report_health(seen)


def report_health(seen: Seen) -> None:
    """Print how fast the service answered meanwhile."""
    taken = tuple(seen.health_ms)
    print(f"      GET /health/liveness p50 {share(taken, 0.5):.1f} ms, p99 {share(taken, 0.99):.1f}"
          f" ms, {max(taken):.0f} ms at most ({len(taken)})")  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--readers", type=int, nargs="*", default=[1, 100, 1000])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = start(Path(folder), args.lines, args.seconds)
        try:
            if args.lines:
                report_flood(run(service, "flood", 1, 300))
            for readers in args.readers:
                report_ticks(readers, run(service, "tick", readers, args.seconds + 120))
        finally:
            service.process.send_signal(signal.SIGTERM)
            service.process.wait(30)


if __name__ == "__main__":
    main()
