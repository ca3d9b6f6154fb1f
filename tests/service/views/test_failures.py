"""One shape for each failure; a page for people, where a page is what they asked for."""

import pytest
from flask import Flask, Response, abort
from werkzeug.exceptions import ImATeapot
from werkzeug.routing import RequestRedirect

from service.errors import ConflictError, TooManyError, UnauthorizedError
from service.observability.request_id import under
from service.views import failures
from service.views.failures import Failure

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def page(failure: Failure) -> Response:
    return Response(f"<h1>{failure.code}</h1>", failure.status, mimetype="text/html")


@pytest.fixture
def app() -> Flask:
    made = Flask(__name__)
    failures.register(made, page)

    def fail(kind: str) -> Response:
        match kind:
            case "conflict":
                raise ConflictError("it changed", "look again")
            case "many":
                raise TooManyError("slowly", 7)
            case "unauthorized":
                raise UnauthorizedError
            case "unexpected":
                raise ValueError("secret words")
            case "teapot":
                raise ImATeapot
            case "redirect":
                raise RequestRedirect("http://localhost/elsewhere")
            case "ready":
                abort(Response("ready", 418))
        return Response("fine")

    for prefix in ("", "/api", "/admin", "/health"):
        made.add_url_rule(f"{prefix}/<kind>", prefix or "fail", fail)
    return made


@pytest.mark.parametrize(
    ("kind", "status", "code", "message", "hint"),
    [
        ("conflict", 409, "conflict", "it changed", "look again"),
        ("many", 429, "too_many_requests", "slowly", "try again in 7 s"),
        ("unexpected", 500, "internal", "something went wrong here", None),
        ("teapot", 418, "i'm_a_teapot", "i'm a teapot", ""),
        ("a/b/c", 404, "not_found", "there is nothing at this address", ""),
    ],
)
def test_every_failure_has_one_shape(
    app: Flask, kind: str, status: int, code: str, message: str, hint: str | None
) -> None:
    with under("the-id"):
        answer = app.test_client().get(f"/{kind}")
    assert answer.status_code == status
    assert answer.json is not None
    error = answer.json["error"]
    assert list(answer.json) == ["error"]
    assert set(error) == {"code", "message", "hint", "request_id"}
    assert (error["code"], error["message"], error["request_id"]) == (code, message, "the-id")
    assert hint is None or error["hint"] == hint
    assert answer.headers["Cache-Control"] == "no-store"
    assert "secret words" not in answer.text


def test_headers_of_a_failure_are_kept(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/many").headers["Retry-After"] == "7"
    assert client.get("/unauthorized").headers["WWW-Authenticate"].startswith("ApiKey")
    assert set(client.put("/many").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("path", "accept", "is_page"),
    [
        ("/conflict", BROWSER, True),
        ("/a/b/c", BROWSER, True),
        ("/unexpected", BROWSER, True),
        ("/conflict", "*/*", False),
        ("/conflict", "application/json", False),
        ("/conflict", "", False),
        ("/conflict", "text/html;q=0, */*", False),
        ("/api/conflict", BROWSER, False),
        ("/admin/conflict", BROWSER, False),
        ("/health/conflict", BROWSER, False),
        ("/admin/", BROWSER, False),
    ],
)
def test_a_page_is_for_people_alone(app: Flask, path: str, accept: str, is_page: bool) -> None:
    answer = app.test_client().get(path, headers={"Accept": accept})
    assert answer.mimetype == ("text/html" if is_page else "application/json")
    assert answer.status_code >= 400


def test_answers_that_are_ready_pass(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/ready").text == "ready"
    answer = client.get("/redirect")
    assert answer.status_code == 308
    assert answer.headers["Location"] == "http://localhost/elsewhere"
