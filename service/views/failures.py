"""Every failure in one shape: JSON for programs, a page with the same content for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from flask import Flask, Response, json, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from service.errors import ServiceError
from service.observability.reports import report
from service.observability.request_id import request_id

_log = structlog.get_logger(__name__)
# Programs alone ask here, whatever they say that they accept.
_PROGRAMS: Final = ("/api/", "/admin/", "/health/", "/metrics", "/openapi/")
_WORDS: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("bad_request", "the request is malformed", ""),
    404: ("not_found", "there is nothing at this address", ""),
    405: ("method_not_allowed", "this address does not know that method", "see the header Allow"),
    413: ("too_large", "the body is too large", ""),
    415: ("unsupported_type", "this address does not read that type", ""),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is said about a failure, to a program or a person."""

    status: int
    code: str
    message: str
    hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = field(default_factory=request_id)


Page = Callable[[Failure], Response]


def register(app: Flask, page: Page | None = None) -> None:
    """Answer each kind of failure; `page` makes the page for people."""

    def known(error: ServiceError) -> Response:
        return _answer(
            Failure(error.status, error.code, error.message, error.hint, error.headers), page
        )

    def http(error: HTTPException) -> AnyResponse:
        if error.response is not None or isinstance(error, RequestRedirect):
            return error.get_response()
        return _answer(_of_http(error), page)

    def unexpected(error: Exception) -> Response:
        route = request.url_rule.rule if request.url_rule else ""
        _log.error("unexpected error", route=route, method=request.method, exc_info=error)
        report(error, route=route, method=request.method)
        failure = Failure(
            500,
            "internal",
            "something went wrong here",
            "the log has the reason, by this request_id",
        )
        return _answer(failure, page)

    app.register_error_handler(ServiceError, known)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, unexpected)


def as_json(failure: Failure) -> Response:
    """The failure for a program."""
    body = json.dumps(
        {
            "error": {
                "code": failure.code,
                "message": failure.message,
                "hint": failure.hint,
                "request_id": failure.request_id,
            }
        }
    )
    answer = Response(body + "\n", failure.status, mimetype="application/json")
    answer.headers.update(failure.headers)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def wants_page() -> bool:
    """Whether a person's browser asks: it names text/html, and programs never do by themselves."""
    if request.path.startswith(_PROGRAMS) or request.path in ("/api", "/admin"):
        return False
    accepted = request.accept_mimetypes
    return accepted["text/html"] > 0 and "text/html" in accepted.values()


def _answer(failure: Failure, page: Page | None) -> Response:
    if page is None or not wants_page():
        return as_json(failure)
    return page(failure)


def _of_http(error: HTTPException) -> Failure:
    status = error.code or 500
    code, message, hint = _WORDS.get(
        status, (error.name.lower().replace(" ", "_"), error.name.lower(), "")
    )
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return Failure(status, code, message, hint, kept)
