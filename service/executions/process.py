"""One command under its supervising process, as the worker holds it.

The output comes by two pipes that the command itself writes to; what becomes of the command is told
by the shim over a pair of sockets (see `service.executions.shim`).
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import gevent
from gevent import socket, subprocess
from gevent.select import POLLIN, poll

from service.executions import shim

_SHIM: Final = str(Path(shim.__file__).resolve())
# The more fits, the more lines wait unseen: a reader would lag behind by as much.
_PIPE_BYTES: Final = 256 * 1024
_READ_BYTES: Final = 64 * 1024
# What is read before it is handed on: more of it makes larger rows, not a faster child.
_ROUND_BYTES: Final = 256 * 1024
# What a command left behind may hold its output open when nobody is there any more to end that.
_LOST_S: Final = 2.0
_LOOK_MS: Final = 1000
# Core files of a command would fill the disk with what it had in memory.
LIMITS: Final = MappingProxyType({"CORE": 0, "NOFILE": 4096})


def limits_of(*, processes: int, memory_mib: int) -> Mapping[str, int]:
    """The limits of each process of a command, by the names of setrlimit(2); 0: no bound.

    `processes` counts all of the user that the service runs as, and binds no root.
    """
    more = {"NPROC": processes, "AS": memory_mib * 1024 * 1024}
    return MappingProxyType({**LIMITS, **{name: most for name, most in more.items() if most}})


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started: absolute paths, times in seconds, `stdin` a file (None: nothing).

    `group` is the file by which its control group is entered (None: it has none).
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    stdin: Path | None
    grace_s: float
    deadline_s: float
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    group: Path | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    `failed` says why it could not be started (empty: it was).  `reason` is empty when it ended by
    itself, else `cancelled`, `stopped`, `timed_out`, `orphaned` (its owner was gone) or `lost` (the
    shim was killed, so nobody knows).  `left` processes could not even be killed.
    """

    failed: str = ""
    reason: str = ""
    code: int | None = None
    signal: int | None = None
    left: int = 0
    cpu_s: float = 0.0
    rss_kib: int = 0


class Process:
    """A running command.  Everything here runs on the worker's hub."""

    def __init__(self, launch: Launch) -> None:
        """Start it.  Raises OSError when not even the shim can be started."""
        ours, theirs = socket.socketpair()
        try:
            self._shim = subprocess.Popen(
                [sys.executable, "-I", "-S", _SHIM, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={},
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._line = ours
        self._streams = {
            _unblocked(self._shim.stdout): "out",
            _unblocked(self._shim.stderr): "err",
        }
        self._line.sendall(_order(launch))
        self._rest = b""
        self._lost_at = 0.0
        self.pid: int | None = None
        self.began = ""

    @property
    def shim_pid(self) -> int:
        """The supervising process."""
        pid: int = self._shim.pid
        return pid

    def started(self) -> Ended | None:
        """Wait until it has started; how it ended if it never did."""
        told = self._next()
        if "started" in told:
            self.pid, self.began = told["started"]["pid"], told["started"]["began"]
            return None
        return Ended(failed=told["failed"]) if "failed" in told else Ended(reason="lost")

    def ended(self) -> Ended:
        """Wait for its end."""
        told = self._next()
        if "ended" in told:
            return Ended(**told["ended"])
        self._lost_at = time.monotonic()
        return Ended(reason="lost")

    def end(self, reason: str) -> None:
        """Ask it to end; after the grace it is killed.  Asking again does no harm."""
        with suppress(OSError):
            self._line.sendall(json.dumps({"end": reason}).encode("ascii") + b"\n")

    def output(self) -> Iterator[list[tuple[str, bytes]]]:
        """What it writes, in rounds of (stream, bytes); ends when all that could write are gone.

        Nothing is read while a round is worked on: then the command waits at its pipe.
        """
        streams = dict(self._streams)
        while streams:
            waiting = poll()
            for each in streams:
                waiting.register(each, POLLIN)
            read: list[tuple[str, bytes]] = []
            # Not `select`, which knows no descriptor above 1023: each open stream takes one.
            for each, _ in waiting.poll(_LOOK_MS):
                data, ended = _read_all(each)
                if data:
                    read.append((streams[each], data))
                if ended:
                    del streams[each]
            if read:
                yield read
            if self._lost_at and time.monotonic() > self._lost_at + _LOST_S:
                return

    def close(self) -> None:
        """Let go of it; a shim that still lives sees that and ends everything."""
        self._line.close()
        for stream in (self._shim.stdout, self._shim.stderr):
            stream.close()
        with suppress(subprocess.TimeoutExpired):
            self._shim.wait(5)

    def _next(self) -> dict[str, Any]:
        """The next thing that the shim tells; empty when it is gone."""
        while b"\n" not in self._rest:
            try:
                data = self._line.recv(_READ_BYTES)
            except OSError:
                data = b""
            if not data:
                return {}
            self._rest += data
        first, _, self._rest = self._rest.partition(b"\n")
        told: dict[str, Any] = json.loads(first)
        return told


def _order(launch: Launch) -> bytes:
    return (
        json.dumps(
            {
                "argv": list(launch.argv),
                "env": dict(launch.env),
                "cwd": str(launch.cwd),
                "stdin": str(launch.stdin) if launch.stdin is not None else "",
                "grace_s": launch.grace_s,
                "deadline_s": launch.deadline_s,
                "limits": dict(launch.limits),
                "group": str(launch.group) if launch.group is not None else "",
            }
        ).encode("ascii")
        + b"\n"
    )


def _unblocked(stream: Any) -> int:
    descriptor: int = stream.fileno()
    os.set_blocking(descriptor, False)
    # A larger pipe: the command works on while a commit is under way.  Not everybody may.
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return descriptor


def _read_all(descriptor: int) -> tuple[bytes, bool]:
    """What can be read now, up to one round; and whether the stream has ended."""
    parts: list[bytes] = []
    size = 0
    while size < _ROUND_BYTES:
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            break
        except OSError:
            data = b""
        if not data:
            return b"".join(parts), True
        parts.append(data)
        size += len(data)
    # An always-ready pipe never yields by itself (gevent issue 1336).
    gevent.sleep(0)
    return b"".join(parts), False
