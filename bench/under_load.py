"""How the service answers under load: open streams, a child that writes, builds from nothing.

`./justw load` runs a minute on 127.0.0.1 and ends by itself.  The figures belong to the machine
and its other work; what must hold anywhere is in tests/service/test_under_load.py.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import synthetic

HERE = Path(__file__).parent
ROOT = HERE.parent
KEY = "bench-admin-key-0123456789abcdef0123456789"
_START_S = 120.0
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run saw.  Milliseconds, but for `builds`: seconds each build took."""

    health_ms: tuple[float, ...]
    late_ms: tuple[float, ...]
    builds: tuple[float, ...]
    read_per_s: float
    streams: int
    events: int
    refused: int


@dataclass(slots=True)
class Follower:
    """One open stream: how many events it got, and whether it is still open."""

    connection: socket.socket
    events: int = 0
    open: bool = True
    rest: bytes = field(default=b"")

    def read(self) -> None:
        """Count events until the stream ends."""
        while True:
            try:
                data = self.connection.recv(65_536)
            except OSError:
                data = b""
            if not data:
                self.open = False
                return
            text = self.rest + data
            self.events += text.count(b"event: build")
            self.rest = text[-20:] if not text.endswith(b"\n") else b""


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(folder: Path, *, requirements: int, streams: int, seconds: float) -> Outcome:
    """Run the loaded service in `folder` for so long and return what was seen."""
    synthetic.write_plan(folder / "content", requirements)
    port, report = free_port(), folder / "report.json"
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(HERE))),
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(folder / "content"),
        "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "LOG_LEVEL": "warning",
        "LOAD_REPORT": str(report),
    }
    argv = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    with (folder / "service.log").open("wb") as log:
        service = subprocess.Popen(
            [*argv, "loaded_app:make_app()"], cwd=folder, env=env, stdout=log, stderr=log
        )
    try:
        wait_ready(port, service, folder / "service.log")
        return observe(port, report, streams=streams, seconds=seconds)
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(30)


def wait_ready(port: int, service: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the service is ready.  Raises RuntimeError with its log when it is not."""
    deadline = time.monotonic() + _START_S
    while service.poll() is None and time.monotonic() < deadline:
        try:
            if ask(port, "/health/readiness")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(log.read_text("utf-8")[-4000:])


def observe(port: int, report: Path, *, streams: int, seconds: float) -> Outcome:
    """Open the streams, and ask for health until the time is over."""
    followers = [follow(port) for _ in range(streams)]
    for follower in followers:
        threading.Thread(target=follower.read, daemon=True).start()
    before = json.loads(report.read_text("utf-8")) if report.exists() else {"late": []}
    taken, refused = [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, took = ask(port, "/health/liveness")
        taken.append(took * 1000)
        refused += status != 200
        time.sleep(_PAUSE_S)
    after = json.loads(report.read_text("utf-8"))
    outcome = Outcome(
        health_ms=tuple(taken),
        late_ms=tuple(each * 1000 for each in after["late"][len(before["late"]) :]),
        builds=tuple(after["builds"]),
        read_per_s=after["read"] / after["seconds"],
        streams=sum(follower.open for follower in followers),
        events=sum(follower.events for follower in followers),
        refused=refused,
    )
    for follower in followers:
        follower.connection.close()
    return outcome


def ask(port: int, path: str) -> tuple[int, float]:
    """One request on a connection of its own; its status and the seconds it took."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began
    finally:
        connection.close()


def follow(port: int) -> Follower:
    """Open a stream."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=120)
    connection.sendall(
        f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {KEY}\r\n\r\n".encode()
    )
    return Follower(connection)


def share(values: tuple[float, ...], part: float) -> float:
    """The value below which that part of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--requirements", type=int, default=3000)
    parser.add_argument("--json", action="store_true", help="print everything that was seen")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = measure(
            Path(folder),
            requirements=args.requirements,
            streams=args.streams,
            seconds=args.seconds,
        )
    if args.json:
        print(json.dumps(asdict(seen)))
        return
    print(f"streams open to the end      {seen.streams} of {args.streams}, {seen.events} events")
    print(f"the child wrote              {seen.read_per_s / 1e6:.1f} MB/s")
    print(f"builds from nothing          {len(seen.builds)}, {args.requirements} requirements each")
    print(f"a tick of 1 s came late by   {max(seen.late_ms):.0f} ms at most ({len(seen.late_ms)})")
    print(
        f"GET /health/liveness         p50 {share(seen.health_ms, 0.5):.1f} ms, "
        f"p99 {share(seen.health_ms, 0.99):.1f} ms, {max(seen.health_ms):.1f} ms at most, "
        f"{seen.refused} of {len(seen.health_ms)} refused"
    )


if __name__ == "__main__":
    main()
