"""What leaves for Sentry, and that it does: against an ingest of our own on this machine."""

import gzip
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from service.observability.redact import Redactor
from service.observability.reports import allowed
from tests.service.served import KEY, Serve, Served

CANARY = "cAnArY-9f8e7d6c5b4a39281706"
PUBLIC = "publickey0123456789abcdef"
# Generous for a busy machine; the roadmap grants 60 s.
SOON_S = 30.0


@dataclass
class Ingest:
    """The part of Sentry that takes envelopes."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    delay_s: float = 0.0

    @property
    def dsn(self) -> str:
        return f"http://{PUBLIC}@127.0.0.1:{self.port}/1"

    def items(self, kind: str) -> list[dict[str, Any]]:
        found = []
        for body in self.bodies:
            lines = body.split(b"\n")
            for head, payload in zip(lines[1::2], lines[2::2], strict=False):
                if head and json.loads(head).get("type") == kind:
                    found.append(json.loads(payload))
        return found

    def errors_of(self, name: str) -> list[dict[str, Any]]:
        """The errors that came from the request with this id."""
        return [each for each in self.items("event") if each["tags"].get("request_id") == name]


def until(found: Callable[[], Any]) -> Any:
    """What `found` returns as soon as it is true."""
    deadline = time.monotonic() + SOON_S
    while not (result := found()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
    return result


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    yield from _ingest()


@pytest.fixture(scope="module")
def shared() -> Iterator[Ingest]:
    yield from _ingest()


@pytest.fixture(scope="module")
def reporting(serve_for_module: Serve, shared: Ingest) -> Served:
    """A service that reports to `shared`."""
    return serve_for_module(SENTRY_DSN=shared.dsn, SENTRY_TRACES_SAMPLE_RATE="1")


def _ingest() -> Iterator[Ingest]:
    found = Ingest()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            time.sleep(found.delay_s)
            found.bodies.append(body)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join(10)


def ask_for_trouble(served: Served) -> str:
    answer = served.post(
        f"/admin/debug/raise?token={CANARY}&x={CANARY}",
        headers={
            "Cookie": f"session={CANARY}",
            "Authorization": f"Bearer {CANARY}",
            "User-Agent": CANARY,
            "Referer": f"http://example.org/{CANARY}",
            "X-Hub-Signature-256": f"sha256={CANARY}",
            "X-Forwarded-For": "203.0.113.7",
        },
        json_body={"password": CANARY, "note": CANARY},
    )
    assert answer.status == 500
    return str(answer.headers["X-Request-ID"])


def test_an_unexpected_error_arrives_with_its_request_and_nothing_secret(
    reporting: Served, shared: Ingest
) -> None:
    name = ask_for_trouble(reporting)
    event = until(lambda: shared.errors_of(name))[0]
    assert event["tags"] == {"request_id": name, "route": "/admin/debug/raise", "method": "POST"}
    assert event["release"].startswith("agented@")
    (exception,) = event["exception"]["values"]
    assert exception["type"] == "DeliberateError"
    frame = exception["stacktrace"]["frames"][-1]
    assert frame["function"] == "raise_error"
    assert "vars" not in frame
    sent = b"".join(shared.bodies).replace(shared.dsn.encode(), b"")
    for secret in (CANARY, KEY, PUBLIC, "203.0.113.7", "127.0.0.1", "session="):
        assert secret.encode() not in sent, secret
    assert set(event) <= {
        "event_id", "timestamp", "level", "platform", "release", "sdk", "tags", "environment",
        "transaction", "transaction_info", "contexts", "exception",
    }  # fmt: skip
    assert PUBLIC not in reporting.log.read_text("utf-8")


def test_refusals_and_unknown_addresses_are_never_reported(
    reporting: Served, shared: Ingest
) -> None:
    refused = []
    for method, path, key in (
        ("GET", "/admin/nothing", KEY),
        ("GET", "/admin/triggers", None),
        ("GET", "/nothing", None),
        ("PUT", "/admin/triggers", KEY),
        ("POST", "/", None),
        ("POST", "/api/webhooks/github/", None),
        ("GET", "/admin/audit?limit=x", KEY),
    ):
        answer = reporting.request(method, path, key=key)
        assert 400 <= answer.status < 500
        refused.append(answer.headers["X-Request-ID"])
    # The queue keeps its order: what was before this error would have come before it.
    name = ask_for_trouble(reporting)
    until(lambda: shared.errors_of(name))
    assert not [each for each in refused if shared.errors_of(each)]


def test_traces_are_sampled_and_streams_are_none(reporting: Served, shared: Ingest) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", reporting.port, timeout=20)
    connection.request("GET", "/api/events", headers={"X-API-Key": KEY})
    stream = connection.getresponse()
    assert stream.fp.readline()
    name = stream.headers["X-Request-ID"]
    stream.close()
    connection.close()
    until(lambda: name in reporting.log.read_text("utf-8"))
    reporting.get(f"/admin/triggers?x={CANARY}", headers={"X-Request-ID": "the-one"})

    def of_one() -> list[dict[str, Any]]:
        found = shared.items("transaction")
        return [each for each in found if each["tags"].get("request_id") == "the-one"]

    (found,) = until(of_one)
    assert found["transaction"] == "GET /admin/triggers"
    assert found["timestamp"] >= found["start_timestamp"]
    names = {each["transaction"] for each in shared.items("transaction")}
    assert "GET /health/readiness" in names
    assert "GET /api/events" not in names
    assert CANARY.encode() not in b"".join(shared.bodies)


def test_a_slow_sentry_slows_no_request_and_no_end(serve: Serve, ingest: Ingest) -> None:
    ingest.delay_s = 60.0
    served = serve(SENTRY_DSN=ingest.dsn)
    begun = time.monotonic()
    for _ in range(10):
        ask_for_trouble(served)
    assert served.get("/health/readiness").status == 200
    assert time.monotonic() - begun < 30
    assert served.stop() == 0


def test_a_dead_sentry_ends_nothing(serve: Serve, ingest: Ingest) -> None:
    served = serve(SENTRY_DSN=f"http://{PUBLIC}@127.0.0.1:1/1")
    ask_for_trouble(served)
    assert served.get("/health/readiness").status == 200
    assert served.stop() == 0
    assert PUBLIC not in served.log.read_text("utf-8")


def test_an_event_is_built_anew_from_what_is_allowed() -> None:
    event = {
        "event_id": "1",
        "level": "error",
        "message": CANARY,
        "logentry": {"message": CANARY},
        "server_name": CANARY,
        "request": {"url": CANARY, "data": CANARY, "headers": {"X": CANARY}},
        "user": {"ip_address": CANARY},
        "extra": {"sys.argv": [CANARY]},
        "breadcrumbs": {"values": [{"message": CANARY}]},
        "modules": {CANARY: "1"},
        "threads": {"values": [{"stacktrace": {"frames": [{"vars": {"a": CANARY}}]}}]},
        "contexts": {"runtime": {"name": CANARY}, "trace": {"op": "x", "data": CANARY}},
        "tags": {"request_id": "r", "user": CANARY},
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "value": f"token={CANARY}",
                    "mechanism": {"type": "x", "data": {"a": CANARY}},
                    "stacktrace": {
                        "frames": [
                            {
                                "function": "f",
                                "vars": {"a": CANARY},
                                "pre_context": [CANARY],
                                "context_line": f'connect(password="{CANARY}")',
                                "abs_path": CANARY,
                            }
                        ]
                    },
                }
            ]
        },
        "invented_later": CANARY,
    }
    found = allowed(event, Redactor())
    assert CANARY not in json.dumps(found)
    assert found["tags"] == {"request_id": "r"}
    assert found["contexts"] == {"trace": {"op": "x"}}
    assert found["exception"]["values"][0]["type"] == "ValueError"
