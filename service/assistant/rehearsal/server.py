"""A small server on this machine that speaks the Messages API, and answers from scripts.

It plays all that can happen on the wire.  A scenario is named in the question, as in
`[[scenario:drop]]`: ok, slow, tool, json, json-cut, bad-json, refusal, 429, 429-once, 529,
529-once, 401, mid-error, drop, stall, silent, eof, pause_turn, obey-injection.
"""

import json
import select
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from service.assistant.rehearsal.events import Event, answer_events, message_start
from service.assistant.rehearsal.scripts import Asked, answer_to, asked_of

MODEL: Final = "rehearsal"
_PACE_S: Final = 0.02
_SLOW_S: Final = 0.25
_LONGEST_STALL_S: Final = 600.0
_MOST_BYTES: Final = 32 * 1024 * 1024
_STATUSES: Final = {
    "401": (401, "authentication_error"),
    "429": (429, "rate_limit_error"),
    "529": (529, "overloaded_error"),
}
_STOPS: Final = {"json-cut": "max_tokens", "refusal": "refusal", "pause_turn": "pause_turn"}


@dataclass(slots=True)
class Seen:
    """What the server has seen, for tests: bodies, authorizations, streams that are open."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    begun: int = 0
    open: int = 0
    first_words: dict[str, float] = field(default_factory=dict)
    """Question -> when the first words of its answer were sent (`time.monotonic`)."""
    left: int = 0
    """How many streams their reader left before the end."""


class RehearsalServer:
    """The server; `pace_s` is the time between two pieces of an answer."""

    def __init__(self, port: int = 0, pace_s: float = _PACE_S) -> None:
        self.seen = Seen()
        self.pace_s = pace_s
        self.lock = threading.Lock()
        self.prefixes: set[str] = set()
        self.once: set[str] = set()
        self.closing = threading.Event()
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.rehearsal = self
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        """Serve; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End it, and all its streams."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    rehearsal: RehearsalServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who leaves in the middle is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a question is nobody's business."""

    def do_GET(self) -> None:
        """The models."""
        model = {
            "type": "model",
            "id": MODEL,
            "display_name": "Scripted model of the rehearsal",
            "created_at": "2026-01-01T00:00:00Z",
        }
        if self.path.split("?")[0] == "/v1/models":
            listed = {"data": [model], "has_more": False, "first_id": MODEL, "last_id": MODEL}
            self._json(200, listed)
        elif self.path == f"/v1/models/{MODEL}":
            self._json(200, model)
        else:
            self._error(404, "not_found_error")

    def do_POST(self) -> None:
        """A message, or how many tokens one has."""
        length = int(self.headers.get("content-length", "0"))
        if length > _MOST_BYTES:
            self.close_connection = True
            self._error(413, "request_too_large")
            return
        try:
            body = json.loads(self.rfile.read(length))
            asked = asked_of(body)
        except (ValueError, KeyError, TypeError, IndexError):
            self._error(400, "invalid_request_error")
            return
        if not self.headers.get("authorization", "").startswith("Bearer "):
            self._error(401, "authentication_error")
        elif self.path == "/v1/messages/count_tokens":
            self._json(200, {"input_tokens": _tokens(asked)})
        elif self.path == "/v1/messages":
            self._message(body, asked)
        else:
            self._error(404, "not_found_error")

    def _message(self, body: dict[str, Any], asked: Asked) -> None:
        rehearsal = self.server.rehearsal
        with rehearsal.lock:
            rehearsal.seen.bodies.append(body)
            rehearsal.seen.authorizations.append(self.headers.get("authorization", ""))
        scenario = self._scenario_now(asked)
        if scenario in _STATUSES:
            self._error(*_STATUSES[scenario])
            return
        with rehearsal.lock:
            rehearsal.seen.open += 1
            rehearsal.seen.begun += 1
        try:
            if scenario == "silent":
                self._stall()
            else:
                self._stream(body, asked, scenario)
        except OSError:
            with rehearsal.lock:
                rehearsal.seen.left += 1
            self.close_connection = True
        finally:
            with rehearsal.lock:
                rehearsal.seen.open -= 1

    def _scenario_now(self, asked: Asked) -> str:
        """The scenario of this request: `429-once` is one of the first attempt only."""
        name, _, once = asked.scenario.partition("-")
        if once != "once":
            return asked.scenario
        rehearsal = self.server.rehearsal
        with rehearsal.lock:
            known = asked.question in rehearsal.once
            rehearsal.once.add(asked.question)
        return "ok" if known else name

    def _stream(self, body: dict[str, Any], asked: Asked, scenario: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("request-id", "req_rehearsal")
        self.end_headers()
        self._send(message_start(str(body.get("model", MODEL)), self._usage(asked)))
        text = answer_to(asked)
        stop = _STOPS.get(scenario, "end_turn")
        if scenario == "json-cut":
            text = text[: max(1, len(text) // 2)]
        elif scenario == "bad-json":
            text = '{"no": "such form"}'
        elif scenario == "pause_turn" and asked.turn:
            stop = "end_turn"
        elif scenario == "pause_turn" and asked.title:
            text = "I look further. "
        self._events(answer_events(asked, text, stop), scenario, asked.question)

    def _events(self, events: Iterable[Event], scenario: str, question: str) -> None:
        pace_s = _SLOW_S if scenario == "slow" else self.server.rehearsal.pace_s
        texts = 0
        for event in events:
            delta = event.get("delta") or {}
            texts += delta.get("type") == "text_delta"
            if scenario == "mid-error" and texts > 2:
                error = {"type": "overloaded_error", "message": "scripted"}
                self._send({"type": "error", "error": error})
                break
            if scenario == "eof" and texts > 2:
                break
            if scenario == "drop" and texts > 2:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if scenario == "stall" and texts > 2:
                self._stall()
            if texts == 1:
                self.server.rehearsal.seen.first_words.setdefault(question, time.monotonic())
            self._send(event)
            self._wait(pace_s if texts else 0.0)
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, event: Event) -> None:
        text = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))

    def _stall(self) -> None:
        """Say nothing, until the other side goes."""
        self._wait(_LONGEST_STALL_S)
        raise ConnectionAbortedError

    def _wait(self, seconds: float) -> None:
        """Wait; raises OSError once the other side has gone, or the server ends."""
        until = time.monotonic() + seconds
        while True:
            left = min(0.05, until - time.monotonic())
            if left <= 0:
                return
            readable, _, _ = select.select([self.connection], [], [], left)
            if self.server.rehearsal.closing.is_set():
                raise ConnectionAbortedError
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError

    def _usage(self, asked: Asked) -> dict[str, Any]:
        """Figures as of a cache: what was sent before in the same words is read from there."""
        rehearsal = self.server.rehearsal
        with rehearsal.lock:
            known = asked.system in rehearsal.prefixes
            rehearsal.prefixes.add(asked.system)
        stable = len(asked.system) // 4
        return {
            "input_tokens": max(1, _tokens(asked) - stable),
            "output_tokens": 1,
            "cache_creation_input_tokens": 0 if known else stable,
            "cache_read_input_tokens": stable if known else 0,
        }

    def _error(self, status: int, kind: str) -> None:
        body = {
            "type": "error",
            "error": {"type": kind, "message": "scripted"},
            "request_id": "req_rehearsal",
        }
        self._json(status, body, {"retry-after": "3600"} if status == 429 else {})

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(body).encode()
        with suppress(OSError):
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.send_header("request-id", "req_rehearsal")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)


def _tokens(asked: Asked) -> int:
    return (len(asked.system) + len(asked.data) + len(asked.question)) // 4 + 1
