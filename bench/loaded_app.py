"""The service's own app with a load in its worker; gunicorn loads `loaded_app:make_app()`.

Beside the requests, the worker reads a child that writes 10 MB/s, has the planner build the site
from nothing again and again, and looks how late a tick of one second comes.  What it saw stands as
JSON in the file that LOAD_REPORT names.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import gevent
from flask import Flask
from gevent import os as gevent_os

from service.errors import ServiceError
from service.planner_link import PlannerLink
from service.services import services_of
from service.wsgi import make_app as make_plain_app

_BYTES_PER_S = 10_000_000
_PIECE_BYTES = 65_536
# A line of 100 bytes at a time would measure the child; so it writes pieces, as programs do.
_CHILD = """
import sys, time
piece = (b"x" * 99 + b"\\n") * 1000
start, sent = time.monotonic(), 0
while True:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    sent += len(piece)
    time.sleep(max(0.0, start + sent / %d - time.monotonic()))
"""


@dataclass(slots=True)
class Seen:
    """What the worker saw: seconds each tick came late, seconds each build took, bytes read."""

    late: list[float] = field(default_factory=list)
    builds: list[float] = field(default_factory=list)
    read: int = 0
    seconds: float = 0.0


def make_app() -> Flask:
    """The app of the service, with the load beside it."""
    app = make_plain_app()
    seen = Seen()
    gevent.spawn(_tick, seen, Path(os.environ["LOAD_REPORT"]))
    gevent.spawn(_pump, seen)
    gevent.spawn(_build, seen, services_of(app).planner)
    return app


def _tick(seen: Seen, report: Path) -> None:
    start = time.monotonic()
    while True:
        asked = time.monotonic()
        gevent.sleep(1.0)
        seen.late.append(time.monotonic() - asked - 1.0)
        seen.seconds = time.monotonic() - start
        draft = report.with_suffix(".new")
        draft.write_text(json.dumps(asdict(seen)), encoding="utf-8")
        draft.replace(report)


def _pump(seen: Seen) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD % _BYTES_PER_S], stdout=subprocess.PIPE, bufsize=0
    )
    assert child.stdout is not None
    descriptor = child.stdout.fileno()
    gevent_os.make_nonblocking(descriptor)
    while data := gevent_os.nb_read(descriptor, _PIECE_BYTES):
        seen.read += len(data)
        gevent.sleep(0)  # a pipe that always has more never waits by itself


def _build(seen: Seen, planner: PlannerLink) -> None:
    while True:
        began = time.monotonic()
        try:
            planner.call("build", fresh=True, timeout_s=600)
        except ServiceError:
            gevent.sleep(0.5)  # it is just starting
            continue
        seen.builds.append(time.monotonic() - began)
