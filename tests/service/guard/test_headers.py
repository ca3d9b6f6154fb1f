"""Every answer carries the security headers, once; they are worth an A+ of Mozilla's Observatory.

The service of these tests stands behind a proxy that ends TLS, with HSTS=auto: so both ways in,
http and https, can be looked at.
"""

import http.client
import socket
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from service.guard import headers
from service.guard.headers import CONTENT_SECURITY_POLICY
from service.settings import read_settings
from tests.service.guard.calling import Caller
from tests.service.guard.observatory import parse_policy, score
from tests.service.served import KEY, Answer, Served
from tests.service.shared import shared_service

HTTPS = {"X-Forwarded-Proto": "https"}
EXPECTED = {
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-Permitted-Cross-Domain-Policies",
    "X-Request-ID",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Behind one proxy; three events a minute are enough to see the fourth refused."""
    with shared_service(
        tmp_path_factory.mktemp("headers"),
        TRUSTED_PROXIES="1",
        HSTS="auto",
        WEBHOOK_RATE_LIMIT="3 per minute",
        CORS_ALLOWED_ORIGINS="https://board.example.org",
    ) as served:
        yield served


@pytest.fixture
def call(service: Served) -> Iterator[Caller]:
    caller = Caller(service, https=True)
    yield caller
    caller.close()


def asset(call: Caller) -> str:
    """The address of a style of the sign-in page."""
    page = call("GET", "/login").text
    return "/assets/" + page.partition("/assets/")[2].partition('"')[0]


def limited(call: Caller) -> Answer:
    call.address = "192.0.2.77"
    return [call("POST", "/", json_body={}) for _ in range(4)][-1]


def not_modified(call: Caller) -> Answer:
    first = call("GET", "/", key=KEY)
    return call("GET", "/", key=KEY, headers={"If-None-Match": first.headers["ETag"]})


PREFLIGHT = {
    "Origin": "https://board.example.org",
    "Access-Control-Request-Method": "GET",
}
ANSWERS: dict[str, tuple[int, Callable[[Caller], Answer]]] = {
    "page of the site": (200, lambda call: call("GET", "/", key=KEY)),
    "page of the service": (200, lambda call: call("GET", "/login")),
    "page for administrators": (200, lambda call: call("GET", "/ops/keys", key=KEY)),
    "API docs": (200, lambda call: call("GET", "/docs")),
    "OpenAPI": (200, lambda call: call("GET", "/openapi/openapi.json")),
    "JSON": (200, lambda call: call("GET", "/admin/triggers", key=KEY)),
    "HEAD": (200, lambda call: call("HEAD", "/admin/triggers", key=KEY)),
    "health": (200, lambda call: call("GET", "/health/readiness")),
    "style": (200, lambda call: call("GET", asset(call))),
    "script": (200, lambda call: call("GET", "/session.js")),
    "metrics": (200, lambda call: call("GET", "/metrics", key=KEY)),
    "event": (202, lambda call: call("POST", "/", json_body={})),
    "preflight": (204, lambda call: call("OPTIONS", "/admin/triggers", headers=PREFLIGHT)),
    "signed in": (303, lambda call: call("POST", "/login", form={"key": KEY})),
    "not modified": (304, not_modified),
    "malformed": (
        400,
        lambda call: call("POST", "/", body=b"{", headers={"Content-Type": "application/json"}),
    ),
    "no key": (401, lambda call: call("GET", "/admin/triggers")),
    "foreign form": (
        403,
        lambda call: call(
            "POST", "/login", form={"key": KEY}, headers={"Sec-Fetch-Site": "cross-site"}
        ),
    ),
    "unknown address": (404, lambda call: call("GET", "/no/such", key=KEY)),
    "wrong method": (405, lambda call: call("DELETE", "/admin/triggers", key=KEY)),
    "too large": (
        413,
        lambda call: call(
            "POST", "/", body=b"x" * 1_100_000, headers={"Content-Type": "application/json"}
        ),
    ),
    "wrong type": (415, lambda call: call("POST", "/", form={"payload": "{}"})),
    "too many": (429, limited),
    "error": (500, lambda call: call("POST", "/admin/debug/raise", key=KEY, json_body={})),
}


def check(answer: Answer) -> None:
    """All of the headers, each once, and the grade for them."""
    names = [name for name, _ in answer.headers.items()]
    for name in EXPECTED:
        assert names.count(name) == 1, f"{name}: {names}"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    found = score(
        {name.lower(): value for name, value in answer.headers.items()},
        answer.headers.get_all("Set-Cookie", []),
    )
    assert found.grade == "A+"
    assert found.points >= 115, found


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_is_worth_an_a_plus(call: Caller, kind: str) -> None:
    """Whatever its status, and whoever in the chain gave it."""
    status, ask = ANSWERS[kind]
    answer = ask(call)
    assert answer.status == status, answer.text
    check(answer)


def test_a_stream_is_worth_an_a_plus(call: Caller) -> None:
    """Its headers come with the first bytes, long before its end."""
    assert call._connection is None
    connection = http.client.HTTPConnection("127.0.0.1", call.served.port, timeout=20)
    try:
        connection.request("GET", "/api/events", headers={**HTTPS, "X-API-Key": KEY})
        answer = connection.getresponse()
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        check(Answer(answer.status, answer.headers, b""))
    finally:
        connection.close()


def test_the_session_cookie_earns_its_points(call: Caller) -> None:
    """Behind https: Secure, HttpOnly, SameSite, and bound to the host by its name."""
    answer = call("POST", "/login", form={"key": KEY})
    cookies = answer.headers.get_all("Set-Cookie", [])
    assert [cookie.startswith("__Host-") for cookie in cookies] == [True]
    assert score({}, cookies).parts["cookies"] == 5


def test_over_http_auto_sends_no_hsts(call: Caller) -> None:
    """Only the transport header is missing then."""
    call.https = False
    answer = call("GET", "/health/liveness")
    missing = {name for name in EXPECTED if name not in answer.headers}
    assert missing == {"Strict-Transport-Security"}


@pytest.mark.parametrize(("setting", "sent"), [("always", True), ("off", False), ("", True)])
def test_the_setting_decides_about_hsts(setting: str, *, sent: bool) -> None:
    """`always` is the default: a proxy that ends TLS passes the header on."""
    app = Flask("test")
    headers.register(app, read_settings({"HSTS": setting}))
    answer = app.test_client().get("/", headers=HTTPS)
    assert ("Strict-Transport-Security" in answer.headers) is sent


def test_a_view_may_be_stricter_about_one_file() -> None:
    """An image that came from elsewhere is shown in a sandbox, with one policy."""
    app = Flask("test")
    headers.register(app, read_settings({}))

    @app.get("/image")
    def image() -> tuple[str, dict[str, str]]:
        return "<svg/>", {"Content-Security-Policy": "sandbox; default-src 'none'"}

    answer = app.test_client().get("/image")
    assert answer.headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_header_allows_no_more_than_the_pages_say(call: Caller) -> None:
    """The pages carry a policy of their own, for where the site is served by something else."""
    page = call("GET", "/", key=KEY).text
    inside = page.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    own = parse_policy(inside.replace("&#39;", "'"))
    sent = parse_policy("; ".join(f"{name} {src}" for name, src in CONTENT_SECURITY_POLICY.items()))
    assert own
    for directive, sources in own.items():
        assert sent[directive] == sources, directive


@pytest.mark.parametrize(
    ("changed", "grade"),
    [
        ({}, "A+"),
        ({"content-security-policy": ""}, "B"),
        ({"content-security-policy": "default-src 'self'; script-src 'unsafe-inline'"}, "B+"),
        ({"strict-transport-security": ""}, "B+"),
        ({"strict-transport-security": "max-age=300"}, "A+"),
        ({"access-control-allow-origin": "*"}, "C"),
        ({"x-content-type-options": "", "referrer-policy": "unsafe-url"}, "A+"),
        (dict.fromkeys(("content-security-policy", "x-frame-options"), ""), "C"),
    ],
)
def test_the_scorer_itself(changed: dict[str, str], grade: str) -> None:
    """It grades worse headers worse, by hand-reckoned examples."""
    app = Flask("test")
    headers.register(app, read_settings({}))
    good = {name.lower(): value for name, value in app.test_client().get("/").headers}
    assert score(good | changed).grade == grade


def test_what_gunicorn_refuses_itself_gives_nothing_away(service: Served) -> None:
    """A request that is no HTTP never reaches the app, and its answer holds no page of ours."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nBad Header\r\n\r\n")
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 400")
    assert b"access-control" not in head
