"""`/session.js`: what the static pages can do only while a service stands behind them.

In a plain build that file is empty.  Here it shows who is signed in, and reloads the page after a
build.  It is the same for everyone and holds no token: it asks for one when it needs it.
"""

import hashlib
from functools import cache
from typing import Final

from flask import Blueprint, Response, request

from planner.render import templates
from service.guard.policy import Zone, add_route, guarded

blueprint = Blueprint("script", __name__)
_PARTS: Final = ("api.js", "live.js", "edit-links.js", "saved.js")


@cache
def _script() -> tuple[bytes, str]:
    """The script and its tag."""
    names = templates.asset_names(templates.SERVICE_ASSETS)
    files = templates.assets(templates.SERVICE_ASSETS)
    text = b"".join(files[names[part]] for part in _PARTS)
    return text, hashlib.sha256(text).hexdigest()[:16]


@guarded(Zone.OPEN)
def session_script() -> Response:
    """The script; its name is fixed, so browsers ask each time whether it is still the same."""
    text, tag = _script()
    answer = Response(text, content_type="text/javascript; charset=utf-8")
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "no-cache"
    answer.make_conditional(request)
    return answer


add_route(blueprint, "/session.js", session_script, "GET")
