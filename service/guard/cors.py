"""Which pages of other origins may call `/api` and `/admin`: those of the list, exactly.

An origin that is not listed gets no word about it, so its browser keeps the answer from the page.
There is no wildcard, and no cookie crosses origins: calls carry their key in `X-API-Key`.
"""

from typing import Final

from flask import Flask, Response, request

from service.settings import Settings

_PREFIXES: Final = ("/api/", "/admin/")
# Events are sent by servers.  (A test finds out whether any other address below is open.)
_OPEN: Final = "/api/webhooks/"
_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_HEADERS: Final = (
    "Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-API-Key, X-Request-ID"
)
# What a script of another origin may read beside the body and its type.
_EXPOSED: Final = "ETag, Location, Retry-After, X-Request-ID"
_PREFLIGHT_S: Final = "600"
_ALLOWED_ORIGIN: Final = "Access-Control-Allow-Origin"


def register(app: Flask, settings: Settings) -> None:
    """Answer preflights before the gate, since they carry no key; mark answers to listed origins.

    Without a list nothing is registered: no cross-origin call at all.
    """
    origins = frozenset(settings.cors_allowed_origins)
    if not origins:
        return

    @app.before_request
    def answer_preflight() -> Response | None:
        if request.method != "OPTIONS" or not _applies():
            return None
        if _origin() not in origins or "Access-Control-Request-Method" not in request.headers:
            return None
        answer = Response(status=204)
        answer.headers["Access-Control-Allow-Methods"] = _METHODS
        answer.headers["Access-Control-Allow-Headers"] = _HEADERS
        answer.headers["Access-Control-Max-Age"] = _PREFLIGHT_S
        answer.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
        return answer

    @app.after_request
    def mark(answer: Response) -> Response:
        if not _applies():
            return answer
        # Also on answers that are not marked, so that no cache gives one to another origin.
        answer.vary.add("Origin")
        origin = _origin()
        if origin in origins:
            answer.headers[_ALLOWED_ORIGIN] = origin
            answer.headers["Access-Control-Expose-Headers"] = _EXPOSED
        return answer


def _origin() -> str:
    return request.headers.get("Origin", "")


def _applies() -> bool:
    """Whether this is an address that other origins may be let in to: never an open one."""
    path = request.path
    return path.startswith(_PREFIXES) and not path.startswith(_OPEN)
