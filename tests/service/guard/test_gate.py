"""Nothing is open that is not on the list, however its address is spelled and whoever asks."""

import http.client
import itertools
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.service.guard.calling import Caller, Route, new_address
from tests.service.served import KEY, Answer, Served

# All that strangers may do.  Whoever adds a line here opens a door.
OPEN = {
    ("POST", "webhooks.receive"),
    ("POST", "webhooks.receive_github"),
    ("POST", "session.login"),
} | {
    (method, endpoint)
    for method in ("GET", "HEAD")
    for endpoint in (
        "assets.asset",
        "documents.docs",
        "documents.openapi",
        "health.liveness",
        "health.readiness",
        "script.session_script",
        "sign_in.sign_in",
    )
}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
# `{}` is another text each time: ten guesses at one key are throttled.
WRONG_KEYS = (
    "",
    "wrong",
    "{}" + "A" * 35,
    "{}" + "A" * 6000,
    "agdk_{}_" + "A" * 43,
    "agdp_{}.token.x",
    "agds_{}.token.x",
    "é{}" + "é" * 20,
    "\t",
)


_numbers = itertools.count()


def without_id(answer: Answer) -> dict[str, Any]:
    """The body, without the one thing that differs between equal refusals."""
    error = answer.json["error"]
    assert error.pop("request_id") == answer.headers["X-Request-ID"]
    return error


def spellings(path: str) -> tuple[str, ...]:
    """With and without a slash at the end."""
    return (path.rstrip("/") or "/", path.rstrip("/") + "/") if path != "/" else ("/",)


def test_each_route_declares_a_policy(routes: tuple[Route, ...]) -> None:
    assert routes
    assert [route.endpoint for route in routes if not route.zone] == []


def test_the_open_list_is_exact(routes: tuple[Route, ...]) -> None:
    declared = {
        (method, route.endpoint)
        for route in routes
        if route.zone == "open"
        for method in route.methods
        if method != "OPTIONS"
    }
    assert declared == OPEN


def test_all_else_is_401_for_strangers_by_every_method(
    call: Caller, routes: tuple[Route, ...]
) -> None:
    """The whole URL map, with and without a slash, HEAD and OPTIONS too."""
    served = {
        (path, method): route.endpoint
        for route in routes
        for path in spellings(route.path)
        for method in route.methods
    }
    bodies, asked = set(), 0
    for path in {path for path, _ in served}:
        for method in METHODS:
            if (method, served.get((path, method))) in OPEN:
                continue
            answer = call(method, path)
            assert answer.status == 401, f"{method} {path}: {answer.status}"
            assert answer.headers["WWW-Authenticate"] == 'ApiKey realm="agented"'
            assert answer.headers["Cache-Control"] == "no-store"
            asked += 1
            if method != "HEAD":
                bodies.add(json.dumps(without_id(answer)))
    assert asked > 150
    assert len(bodies) == 1


@pytest.mark.parametrize("wrong", WRONG_KEYS, ids=range(len(WRONG_KEYS)))
def test_a_wrong_key_is_as_good_as_none(
    call: Caller, routes: tuple[Route, ...], wrong: str
) -> None:
    expected = without_id(call("GET", "/admin/triggers"))
    for route in routes:
        for method in route.methods:
            if (method, route.endpoint) in OPEN:
                continue
            number = f"{next(_numbers):08d}"[::-1]
            shown = wrong.format(number).encode().decode("latin-1")
            answer = call(method, route.path, headers={"X-API-Key": shown})
            assert answer.status == 401, f"{method} {route.path}: {answer.status}"
            if method != "HEAD":
                assert without_id(answer) == expected


def test_almost_the_key_is_none(call: Caller) -> None:
    _, key = call.new_key("admin")
    for wrong in (key[:-1], key + "x", key.upper(), f"{key},{key}", f"Bearer {key}", key[::-1]):
        assert call("GET", "/admin/triggers", key=wrong).status == 401
    assert call("GET", "/admin/triggers", key=key).status == 200


def test_a_key_twice_is_none(service: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    connection.putrequest("GET", "/admin/triggers")
    connection.putheader("X-API-Key", KEY)
    connection.putheader("X-API-Key", KEY)
    connection.putheader("X-Forwarded-For", new_address())
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


def test_a_key_of_raw_bytes_never_breaks_it(service: Served) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as raw:
        raw.sendall(
            b"GET /admin/triggers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"X-Forwarded-For: " + new_address().encode() + b"\r\n"
            b"X-API-Key: \xff\xfe\xc3\xa9\xe2\x80\xa8\r\n\r\n"
        )
        answer = raw.makefile("rb").readline()
    assert b" 401 " in answer


@pytest.mark.parametrize(
    "path",
    [
        "//admin/triggers",
        "/admin//triggers",
        "/ADMIN/triggers",
        "/admin/triggers/x/../../triggers",
        "/health/../admin/triggers",
        "/docs/../admin/keys",
        "/docs/..%2fadmin/keys",
        "/%61dmin/triggers",
        "/admin%2ftriggers",
        "/admin/triggers%00",
        "/admin/triggers;x=1",
        "/admin/triggers.json",
        "/admin/nothing",
        "/api/nothing",
        "/api/webhooks/github/more",
        "/health",
        "/health/nothing",
        "/openapi",
        "/openapi/other.json",
        "/docs/more",
        "/login/more",
        "/nothing",
        "/.env",
        "/state/agented.sqlite3",
    ],
)
def test_no_spelling_gets_round_the_gate(call: Caller, path: str) -> None:
    """Strangers get the same 401 for all of them; with a key they are what they are."""
    expected = without_id(call("GET", "/admin/triggers"))
    for method in ("GET", "POST", "OPTIONS"):
        answer = call(method, path)
        assert answer.status == 401, f"{method} {path}: {answer.status}"
        assert without_id(answer) == expected
    known = call("GET", path, key=KEY)
    assert known.status in (200, 404), f"{path}: {known.status}"


def test_unknown_addresses_and_methods_are_named_to_those_with_a_key(call: Caller) -> None:
    assert call("GET", "/admin/nothing", key=KEY).status == 404
    wrong_method = call("DELETE", "/admin/triggers", key=KEY)
    assert wrong_method.status == 405
    assert "GET" in wrong_method.headers["Allow"]
    cookie = call.sign_in()
    assert call("GET", "/admin/nothing", cookie=cookie).status == 404


def test_api_takes_no_cookie(call: Caller, routes: tuple[Route, ...]) -> None:
    """Else any site could make a browser call it."""
    cookie = call.sign_in()
    assert call("GET", "/", cookie=cookie).status == 200
    for route in routes:
        if route.zone in ("api", "stream"):
            for method in set(route.methods) - {"OPTIONS"}:
                answer = call(method, route.path, cookie=cookie)
                assert answer.status == 401, f"{method} {route.path}: {answer.status}"


def test_a_wrong_key_is_not_mended_by_a_cookie(call: Caller) -> None:
    assert call("GET", "/", cookie=call.sign_in(), key="wrong").status == 401


@pytest.mark.parametrize("scope", ["read", "propose", "edit", "operate", "admin"])
def test_a_scope_opens_what_it_includes(
    call: Caller, routes: tuple[Route, ...], scope: str
) -> None:
    includes = {
        "read": {"read"},
        "propose": {"read", "propose"},
        "edit": {"read", "propose", "edit"},
        "operate": {"read", "operate"},
        "admin": {"read", "propose", "edit", "operate", "admin"},
    }
    _, key = call.new_key(scope)
    for route in routes:
        if route.zone in ("open", "stream") or route.endpoint == "debug.raise_error":
            continue
        for method in set(route.methods) - {"OPTIONS", "HEAD"}:
            answer = call(method, route.path, key=key)
            refused = route.scope not in includes[scope]
            if refused:
                assert answer.status == 403, f"{method} {route.path}: {answer.status}"
                assert f"the scope {route.scope}" in answer.json["error"]["message"]
            elif route.endpoint != "session.page_token":
                assert answer.status not in (401, 403), f"{method} {route.path}: {answer.status}"


def test_wrong_credentials_do_no_harm_at_open_addresses(call: Caller) -> None:
    for path in ("/health/liveness", "/health/readiness", "/docs", "/login", "/session.js"):
        assert call("GET", path, key="wrong").status == 200
        assert call("GET", path, cookie="agented=gone").status == 200


def test_the_site_may_be_public(serve: Callable[..., Served]) -> None:
    """Its pages are, and nothing else is."""
    served = serve(SITE_PUBLIC="true")
    assert served.get("/", key=None).status == 200
    assert served.get("/nothing/", key=None).status == 404
    for method, path in (
        ("POST", "/session/token"),
        ("DELETE", "/"),
        ("OPTIONS", "/"),
        ("GET", "/admin/triggers"),
        ("GET", "/ops/keys"),
        ("GET", "/api/events"),
        ("GET", "/metrics"),
    ):
        assert served.request(method, path, key=None).status == 401, f"{method} {path}"
