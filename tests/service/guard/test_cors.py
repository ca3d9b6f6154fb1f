"""Which origins may call: those of the list, to the letter; asked by raw requests."""

import socket
from collections.abc import Iterator

import pytest
from flask import Flask

from service.guard import cors
from service.guard.policy import Zone
from service.settings import read_settings
from tests.service.guard.calling import Caller, Route
from tests.service.served import KEY, Served
from tests.service.shared import shared_service

GOOD = "https://board.example.org"
OTHER = "http://127.0.0.1:3000"
ASKS = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-api-key"}
EVIL = (
    "https://evil.example.com",
    "null",
    "",
    "*",
    "https://board.example.org.evil.example.com",
    "https://evil.board.example.org",
    "https://example.org",
    "http://board.example.org",
    "https://board.example.org:8443",
    "https://board.example.org:443",
    "https://BOARD.example.org",
    "HTTPS://board.example.org",
    "https://board.example.org/",
    " https://board.example.org, https://evil.example.com",
    "https://board.example.org https://evil.example.com",
    "https://board.example.org@evil.example.com",
    "https://board.example.org%00.evil.example.com",
    "https://bоard.example.org",  # the o is Cyrillic
    "http://localhost:3000",
    "http://127.0.0.1:3001",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with shared_service(
        tmp_path_factory.mktemp("cors"), TRUSTED_PROXIES="1", CORS_ALLOWED_ORIGINS=f"{GOOD},{OTHER}"
    ) as served:
        yield served


@pytest.fixture
def call(service: Served) -> Iterator[Caller]:
    caller = Caller(service)
    yield caller
    caller.close()


def raw(service: Served, method: str, path: str, *lines: str) -> tuple[int, dict[str, list[str]]]:
    """Status and headers (lower-case names, all values) of a request written byte by byte."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *lines]
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as client:
        client.sendall(("\r\n".join(head) + "\r\n\r\n").encode("utf-8"))
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
    first, *rest = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in rest:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return int(first.split()[1]), headers


def allowed(headers: dict[str, list[str]]) -> list[str]:
    """All CORS headers of an answer."""
    return sorted(name for name in headers if name.startswith("access-control-"))


@pytest.mark.parametrize("origin", EVIL)
def test_another_origin_gets_no_word(service: Served, origin: str) -> None:
    """Neither with a key nor without, nor by a preflight; and never an error of the service."""
    for method, lines in (
        ("GET", (f"X-API-Key: {KEY}",)),
        ("GET", ()),
        ("OPTIONS", [f"{name}: {value}" for name, value in ASKS.items()]),
    ):
        status, headers = raw(service, method, "/admin/triggers", f"Origin: {origin}", *lines)
        assert status in (200, 401)
        assert allowed(headers) == []
        assert "origin" in headers["vary"][0].lower()


@pytest.mark.parametrize("origin", [GOOD, OTHER])
@pytest.mark.parametrize(("key", "status"), [(KEY, 200), ("wrong-" * 8, 401)])
def test_a_listed_origin_is_named(service: Served, origin: str, key: str, status: int) -> None:
    """Itself, not the list; on refusals too, so that its script can read why.  No credentials."""
    found, headers = raw(
        service, "GET", "/admin/triggers", f"Origin: {origin}", f"X-API-Key: {key}"
    )
    assert found == status
    assert headers["access-control-allow-origin"] == [origin]
    assert "Origin" in headers["vary"][0]
    assert "X-Request-ID" in headers["access-control-expose-headers"][0]
    assert "access-control-allow-credentials" not in headers


def test_a_preflight_of_a_listed_origin_needs_no_key(service: Served) -> None:
    """A browser sends none with it; the answer names what `apiFetch` sends."""
    lines = [f"{name}: {value}" for name, value in ASKS.items()]
    status, headers = raw(service, "OPTIONS", "/api/stream-tokens", f"Origin: {GOOD}", *lines)
    assert status == 204
    assert headers["access-control-allow-origin"] == [GOOD]
    allowed_headers = headers["access-control-allow-headers"][0].lower().split(", ")
    assert {"x-api-key", "content-type", "last-event-id", "x-request-id"} <= set(allowed_headers)
    assert {"if-match", "if-none-match", "idempotency-key"} <= set(allowed_headers)
    assert "DELETE" in headers["access-control-allow-methods"][0]
    assert 0 < int(headers["access-control-max-age"][0]) <= 7200
    assert {part.strip() for part in headers["vary"][0].split(",")} == {
        "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers",
    }  # fmt: skip


def test_options_that_is_no_preflight_needs_a_key(service: Served) -> None:
    """Only what a browser asks by itself is answered before the gate."""
    assert raw(service, "OPTIONS", "/admin/triggers", f"Origin: {GOOD}")[0] == 401


def test_two_origins_are_none(service: Served) -> None:
    """A doubled header must not be read as its first or last line."""
    for pair in ((GOOD, "https://evil.example.com"), ("https://evil.example.com", GOOD)):
        lines = [f"Origin: {origin}" for origin in pair]
        _, headers = raw(service, "GET", "/admin/triggers", *lines, f"X-API-Key: {KEY}")
        assert allowed(headers) == []


@pytest.mark.parametrize(
    "path",
    [
        "/health/readiness",
        "/health/liveness",
        "/",
        "/login",
        "/docs",
        "/openapi/openapi.json",
        "/session.js",
        "/metrics",
        "/ops/keys",
        "/api/webhooks/github/",
        "/api/webhooks/github",
        "/administrator",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_no_other_address_knows_origins(service: Served, method: str, path: str) -> None:
    """Health least of all; webhooks are sent by servers, pages are read by people."""
    lines = [f"{name}: {value}" for name, value in ASKS.items()] if method == "OPTIONS" else []
    if method == "POST":
        lines = ["Content-Length: 2"]
    _, headers = raw(service, method, path, f"Origin: {GOOD}", f"X-API-Key: {KEY}", *lines)
    assert allowed(headers) == []


def test_no_open_address_can_be_called_from_elsewhere(routes: tuple[Route, ...]) -> None:
    """The prefixes that `cors` looks at hold no other open address than those it leaves out."""
    below = {
        route.rule
        for route in routes
        if route.zone == Zone.OPEN and f"{route.rule}/".startswith(cors._PREFIXES)
    }
    assert below
    assert all(f"{rule}/".startswith(cors._OPEN) for rule in below)


def test_a_stream_names_a_listed_origin(call: Caller) -> None:
    """Its reader is a script as well."""
    for origin, expected in ((GOOD, GOOD), ("https://evil.example.com", None)):
        sent = {"Origin": origin, "X-API-Key": KEY}
        answer = stream_head(call.served, sent)
        assert answer.get("access-control-allow-origin", [None]) == [expected]


def stream_head(service: Served, sent: dict[str, str]) -> dict[str, list[str]]:
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as client:
        client.sendall(f"GET /api/events HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += client.recv(65536)
    headers: dict[str, list[str]] = {}
    status, *rest = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    assert " 200 " in status
    for line in rest:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return headers


def test_without_a_list_nothing_is_registered() -> None:
    """No hook, no header: no cross-origin call at all."""
    app = Flask("test")
    cors.register(app, read_settings({}))
    assert not app.before_request_funcs
    assert not app.after_request_funcs


@pytest.mark.parametrize("text", ["*", "https://*.example.org", "null", "example.org"])
def test_a_wildcard_cannot_be_set(text: str) -> None:
    """The settings refuse it, so that no typing error opens the service."""
    with pytest.raises(Exception, match="CORS_ALLOWED_ORIGINS"):
        read_settings({"CORS_ALLOWED_ORIGINS": text})
