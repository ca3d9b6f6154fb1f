"""Whether the programs of AI agents are there and start: their version, asked in the background.

A program is asked under the same supervising process as a run, so that one that hangs, floods or
forks is ended; it gets nothing of the service's environment but where programs and its home are.
"""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import gevent
import structlog

from service.beside import Beside
from service.clock import stamp
from service.db.database import Database
from service.errors import UnavailableError
from service.executions.commands import BACKENDS
from service.executions.preparing import plain_environment
from service.executions.process import Ended, Launch, Process

_log = structlog.get_logger(__name__)
# Some of them take seconds to start on a machine that is busy.
_DEADLINE_S: Final = 30.0
_GRACE_S: Final = 1.0
# A version is a line; whoever says more than this says something else.
_MOST_BYTES: Final = 16 * 1024
_EVERY_S: Final = 600.0
# A service that starts has other things to do first.
_FIRST_S: Final = 2.0
_AGAIN_S: Final = 30.0
_VERSION: Final = re.compile(r"\d+(?:\.\d+)+[0-9A-Za-z.+-]{0,40}")
PROGRAMS: Final = tuple(sorted({backend.program for backend in BACKENDS.values()}))


@dataclass(frozen=True, slots=True)
class ToolHealth:
    """How a program was when it was last asked, `at`.

    `state` is works, missing or broken; `reason` says what a broken one did.
    """

    name: str
    state: str
    version: str
    reason: str
    at: str


def probe(name: str, environ: Mapping[str, str]) -> ToolHealth:
    """Ask a program for its version.  Waits on the hub for at most half a minute."""
    found = gevent.get_hub().threadpool.apply(
        partial(shutil.which, name, path=environ.get("PATH", ""))
    )
    if found is None:
        return ToolHealth(name, "missing", "", "", stamp())
    with tempfile.TemporaryDirectory(prefix="agented-probe-") as folder:
        try:
            said, ended = _ask(str(Path(found).absolute()), Path(folder), environ)
        except OSError as error:
            return _broken(name, f"no process could be started: {error.strerror or error}")
    version = _VERSION.search(said.decode("utf-8", "replace"))
    why = _why(ended)
    if why or version is None:
        return _broken(name, why or "it tells no version")
    return ToolHealth(name, "works", version[0], "", stamp())


def _ask(program: str, folder: Path, environ: Mapping[str, str]) -> tuple[bytes, Ended]:
    """What it says to --version, and how it ended.  Raises OSError."""
    env = {**environ, "TERM": "dumb", "NO_COLOR": "1", "TMPDIR": str(folder)}
    process = Process(Launch((program, "--version"), env, folder, None, _GRACE_S, _DEADLINE_S))
    try:
        failed = process.started()
        if failed is not None:
            return b"", failed
        said = bytearray()
        for read in process.output():
            said += b"".join(data for stream, data in read if stream == "out")
            if len(said) > _MOST_BYTES:
                process.end("flood")
        return bytes(said[:_MOST_BYTES]), process.ended()
    finally:
        process.close()


def _why(ended: Ended) -> str:
    """What went wrong; empty: nothing."""
    if ended.failed:
        return f"it cannot be started: {ended.failed}"
    if ended.reason == "timed_out":
        return f"it did not tell its version within {_DEADLINE_S:.0f} s"
    if ended.reason == "flood":
        return "it says without end"
    if ended.reason or ended.signal is not None:
        return "it was ended by a signal"
    return f"it exited with {ended.code}" if ended.code else ""


def _broken(name: str, reason: str) -> ToolHealth:
    return ToolHealth(name, "broken", "", reason, stamp())


def keep(db: sqlite3.Connection, found: ToolHealth) -> None:
    """Keep how a program is."""
    db.execute(
        "INSERT OR REPLACE INTO tool_health (name, state, version, reason, at)"
        " VALUES (?, ?, ?, ?, ?)",
        (found.name, found.state, found.version, found.reason, found.at),
    )


def health_of(db: sqlite3.Connection) -> tuple[ToolHealth, ...]:
    """How the programs were when they were last asked, by name; those not asked yet are missing."""
    rows = db.execute("SELECT name, state, version, reason, at FROM tool_health ORDER BY name")
    return tuple(ToolHealth(**dict(row)) for row in rows if row["name"] in PROGRAMS)


class ToolWatch(Beside):
    """Asks the programs one after the other, every ten minutes.  It lives on the worker's hub."""

    def __init__(
        self,
        database: Database,
        *,
        every_s: float = _EVERY_S,
        environment: Callable[[], Mapping[str, str]] = plain_environment,
    ) -> None:
        self._database = database
        self._every_s = every_s
        self._environment = environment

    def _run(self) -> None:
        gevent.sleep(_FIRST_S)
        while True:
            gevent.sleep(self._every_s if self._all() else _AGAIN_S)

    def _all(self) -> bool:
        """Ask all of them; whether what they said could be kept."""
        try:
            for name in PROGRAMS:
                found = probe(name, self._environment())
                self._database.write(partial(keep, found=found))
                if found.state == "broken":
                    _log.warning("program of an agent is broken", name=name, reason=found.reason)
        except (UnavailableError, OSError) as error:
            _log.warning("the programs of agents could not be looked at", reason=str(error))
            return False
        return True
