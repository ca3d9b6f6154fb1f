"""Measures the service beside a bare Flask app on the same gunicorn: in turn, in one run.

`./justw bench-service` needs Debian's `wrk`.  Read the ratios: the seconds belong to the machine
and its other work.  It sends traffic to 127.0.0.1 only and ends by itself.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
KEY = "bench-admin-key-0123456789abcdef0123456789"
_PLENTY = "9999999 per second"
_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw."""

    per_second: float
    p99_ms: float
    refused: int


@dataclass(frozen=True, slots=True)
class Target:
    """A server to measure: its address, and how long it took to be ready, in seconds."""

    address: str
    ready_s: float


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    argv: list[str], env: dict[str, str], cwd: Path, port: int, path: str
) -> Iterator[Target]:
    """Run a server until the block ends; it must answer 200 at `path` first."""
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    with (cwd / "server.log").open("ab") as log:
        process = subprocess.Popen(argv, env=env, cwd=cwd, stdout=log, stderr=log)
    try:
        wait_for(f"{address}{path}", process, cwd / "server.log")
        yield Target(address, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once `url` answers 200; ends the program when the server does not get there."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.02)
    sys.exit(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def bare(folder: Path) -> Iterator[Target]:
    """The yardstick, with the worker class and the limits of the service's gunicorn."""
    port = free_port()
    place = folder / "bare"
    place.mkdir()
    argv = [sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--workers", "1",
            "--worker-connections", "2000", "--bind", f"127.0.0.1:{port}", "--log-level",
            "warning", "--no-control-socket", "bare_app:app"]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(HERE)}
    with served(argv, env, place, port, "/health/liveness") as target:
        yield target


@contextmanager
def whole(folder: Path, **settings: str) -> Iterator[Target]:
    """The service with everything on; limits count as always, and are out of reach."""
    port = free_port()
    place = folder / "service"
    place.mkdir()
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AGENTED_STATE_DIR": str(place / "state"),
        "AGENTED_CONTENT_DIR": str(ROOT / "content"),
        "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "LOG_FILE": str(place / "agented.log"),
        "WEBHOOK_RATE_LIMIT": _PLENTY,
        "API_RATE_LIMIT": _PLENTY,
        "SITE_RATE_LIMIT": _PLENTY,
        **settings,
    }
    argv = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    with served(argv, env, place, port, "/health/readiness") as target:
        yield target


def load(
    url: str, seconds: int, connections: int, *more: str, script: tuple[str, ...] = ()
) -> Load:
    """Run wrk against an address of this machine; `script` is what its script is told."""
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *more, url]
    argv += ["--", *script] if script else []
    text = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=HERE).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if rate is None or tail is None:
        sys.exit(f"wrk said nothing that can be read:\n{text}")
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]]
    return Load(float(rate[1]), float(tail[1]) * scale, int(bad[1]) if bad else 0)


def read(target: Target, seconds: int, connections: int) -> Load:
    """An authenticated JSON route that answers from memory."""
    return get(target, "/health/readiness", seconds, connections)


def query(target: Target, seconds: int, connections: int) -> Load:
    """An authenticated JSON route that asks the database each time."""
    return get(target, "/admin/triggers", seconds, connections)


def get(target: Target, path: str, seconds: int, connections: int) -> Load:
    """GET with the admin key."""
    return load(f"{target.address}{path}", seconds, connections, "-H", f"X-API-Key: {KEY}")


MEASURES = {"GET": read, "GET from the database": query}


def compare(folder: Path, rounds: int, seconds: int, connections: int) -> dict[str, object]:
    """Both servers in turn; medians of the rounds, and of the ratios of pairs."""
    found: dict[str, list[Load]] = {}
    with bare(folder) as yardstick, whole(folder) as service:
        for _ in range(rounds):
            for name, measure in MEASURES.items():
                for whose, target in (("bare", yardstick), ("service", service)):
                    seen = measure(target, seconds, connections)
                    found.setdefault(f"{whose} {name}", []).append(seen)
        lock = under_foreign_lock(service, folder / "service" / "state" / "agented.sqlite3")
        row: dict[str, object] = {"connections": connections, "ready s": round(service.ready_s, 2)}
    for name, seen in found.items():
        row[name] = {
            "per second": round(statistics.median(each.per_second for each in seen)),
            "p99 ms": round(statistics.median(each.p99_ms for each in seen), 1),
            "refused": sum(each.refused for each in seen),
        }
    for name in MEASURES:
        pairs = zip(found[f"service {name}"], found[f"bare {name}"], strict=True)
        ratio = statistics.median(ours.per_second / theirs.per_second for ours, theirs in pairs)
        row[f"{name} ratio"] = round(ratio, 3)
    row["GET p99 ms while another process holds the database's write lock for 3 s"] = lock
    return row


def under_foreign_lock(service: Target, database: Path) -> float:
    """p99 of reads, in ms, while a connection of ours holds the write lock and a delivery waits."""
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    waiting = threading.Thread(target=post_one, args=(service,))
    waiting.start()
    try:
        seen = query(service, 3, 8)
    finally:
        db.execute("ROLLBACK")
        db.close()
    waiting.join()
    return round(seen.p99_ms, 1)


def post_one(service: Target) -> None:
    """One delivery; it is answered late, or with 503."""
    body = json.dumps({"text": "waits"}).encode()
    request = urllib.request.Request(
        f"{service.address}/", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=20).close()
    except urllib.error.HTTPError as error:
        error.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="one round of a second each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not on PATH: install Debian's package wrk")
    rounds, seconds = (1, 1) if options.small else (options.rounds, options.seconds)
    with tempfile.TemporaryDirectory(prefix="agented-bench-") as folder:
        print(json.dumps(compare(Path(folder), rounds, seconds, options.connections), indent=2))


if __name__ == "__main__":
    main()
