"""The description of the API: for programs at `/openapi/openapi.json`, for people at `/docs`."""

import json
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request

from planner import __version__
from service.api.doc_page import sections
from service.api.openapi import FAILURES, Schema, document
from service.api.operation import operations
from service.guard.policy import Zone, add_route, guarded
from service.views.pages import page

blueprint = Blueprint("documents", __name__)
_ABOUT = (
    "The plan, its triggers and their runs. Each request carries a key in the header X-API-Key; "
    "keys have scopes. Times are UTC, RFC 3339. Each failure has one shape, and the id of the "
    "request under which the log has more."
)


@guarded(Zone.OPEN)
def openapi() -> Response:
    """The OpenAPI document of this very service."""
    answer = Response(_bytes(_app()), content_type="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@guarded(Zone.OPEN)
def docs() -> Response:
    """The same as a page: no scripts, nothing from elsewhere."""
    described = _document(_app())
    return page(
        "docs.html",
        title="API",
        section="docs",
        about=described["info"]["description"],
        version=described["info"]["version"],
        sections=sections(described),
        failures=tuple(FAILURES.items()),
    )


def _app() -> Flask:
    app: Any = current_app
    found: Flask = app._get_current_object()  # noqa: SLF001 - how Flask says to get the app itself
    return found


@lru_cache(maxsize=4)
def _document(app: Flask) -> Schema:
    """Made at the first request, not at the start; the operations of an app never change."""
    return document(operations(app), title="Agented", version=__version__, about=_ABOUT)


@lru_cache(maxsize=4)
def _bytes(app: Flask) -> bytes:
    return json.dumps(_document(app), ensure_ascii=False, indent=1).encode()


add_route(blueprint, "/openapi/openapi.json", openapi, "GET")
add_route(blueprint, "/docs", docs, "GET")
