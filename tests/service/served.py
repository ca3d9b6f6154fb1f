"""A real service for tests: a gunicorn process with its own state folder, key and plan."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
KEY = "test-admin-key-0123456789abcdef0123456789abcdef"
# A machine that is busy with other work is no failure; a service that ends is seen at once.
START_S = 90.0
END_S = 20.0
# So many services may end at a time beside the tests.
_MOST_LEFT = 3
_left: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")


@dataclass(slots=True)
class Served:
    """A running service.  `env` are the settings it was started with."""

    env: dict[str, str]
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    key: str = KEY
    extra: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def state(self) -> Path:
        """The state folder."""
        return Path(self.env["AGENTED_STATE_DIR"])

    @property
    def log(self) -> Path:
        """What gunicorn and the service wrote."""
        return self.folder / "service.log"

    def start(self, *, wait: bool = True) -> None:
        """Start gunicorn and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "-c",
                    str(ROOT / "gunicorn.conf.py"),
                    *self.extra,
                ],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout_s: float = START_S) -> None:
        """Wait until readiness answers 200; fails the test with the log otherwise."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/health/readiness", key=None).status == 200:
                    return
            time.sleep(0.05)
        pytest.fail("the service did not become ready:\n" + self.log.read_text("utf-8")[-4000:])

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """End it and return the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(END_S)
        self.process = None
        if sign == signal.SIGKILL:
            self._wait_until_nobody_listens()
        return code

    def _wait_until_nobody_listens(self) -> None:
        """A worker outlives a killed gunicorn for a moment: it must not be taken for the next."""
        deadline = time.monotonic() + END_S
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline:
                socket.create_connection(("127.0.0.1", self.port), timeout=END_S).close()
                time.sleep(0.02)
            pytest.fail("a worker of the gunicorn that was killed still listens")

    def leave(self) -> None:
        """Tell it to end, if it runs, while the next tests begin; see `wait_for_the_left`."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            _left.append(self.process)
            self.process = None
            wait_for_the_left(_MOST_LEFT)

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json_body: object = None,
    ) -> Answer:
        """One request on a connection of its own; with the admin key unless `key` is None."""
        sent = dict(headers or {})
        if key is not None:
            sent.setdefault("X-API-Key", key)
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **more: Any) -> Answer:
        """GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> Answer:
        """POST."""
        return self.request("POST", path, **more)


def wait_for_the_left(most: int = 0) -> None:
    """Wait until at most so many of the services that were left still end.

    Raises TimeoutExpired for one that does not.
    """
    for process in [each for each in _left if each.poll() is not None]:
        _left.remove(process)
    while len(_left) > most:
        _left.pop(0).wait(END_S)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Serve = Callable[..., Served]
