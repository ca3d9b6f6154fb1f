"""A real receiver of notifications, on a port of the loopback address."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

# What is answered to each request, by its number from 0: status and headers.
Answers = Callable[[int], tuple[int, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        """As the specification of Standard Webhooks has it, written anew."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, signed + self.body, hashlib.sha256).digest()
        return self.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver that runs; `heard` grows as requests come."""

    port: int
    heard: list[Heard]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook?a=1"

    @property
    def host(self) -> str:
        """As it is allowed in NOTIFY_HOSTS."""
        return f"127.0.0.1:{self.port}"


def always(status: int, **headers: str) -> Answers:
    """The same each time."""
    return lambda _: (status, headers)


def in_turn(*statuses: int) -> Answers:
    """One after the other; the last one again and again."""
    return lambda number: (statuses[min(number, len(statuses) - 1)], {})


_TAKEN: Final = always(204)


@contextmanager
def receiver(
    answers: Answers = _TAKEN, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Run one."""
    heard: list[Heard] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                number = len(heard)
                heard.append(Heard(self.path, dict(self.headers), body))
            status, headers = answers(number)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Receiver(server.server_address[1], heard)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
