"""Styles, scripts and images: open to all, since the sign-in page needs them."""

from functools import cache

from flask import Blueprint, Response

from planner.render import templates
from service.errors import NotFoundError
from service.guard.policy import Zone, add_route, guarded

blueprint = Blueprint("assets", __name__)
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@cache
def _files() -> dict[str, bytes]:
    return {**templates.assets(), **templates.assets(templates.SERVICE_ASSETS)}


@guarded(Zone.OPEN)
def asset(name: str) -> Response:
    """One file; its name carries a digest of its content, so browsers keep it for ever."""
    data = _files().get(f"assets/{name}")
    if data is None:
        raise NotFoundError("there is no such file")
    suffix = name.rpartition(".")[2]
    answer = Response(data, content_type=_TYPES[suffix])
    answer.headers["Cache-Control"] = _FOREVER
    return answer


add_route(blueprint, "/assets/<name>", asset, "GET")
