"""What generated requests need to get further than the first refusal.

Events of GitHub are signed, and nothing happens to the key that the requests are made with: it is
found in the list of keys and revoked like any other.  Each request comes from another address, as a
proxy tells it, and each wrong key is another one: after ten wrong keys one address, or one key,
gets no other answer for a while, and each operation is tried with wrong keys.
"""

import hashlib
import hmac
import os
import re
from itertools import count
from typing import Any

import schemathesis
from requests import PreparedRequest, Response, Session

SECRET = "secret-of-github-0123456789abcdef"
OWN_KEY_ID = "OWN_KEY_ID"
GITHUB = "/api/webhooks/github/"
EVENTS = ("ping", "pull_request", "issue_comment", "push")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Let the request be finished when all else of it is there: the case stays what it was."""
    kwargs["auth"] = finish


def finish(request: PreparedRequest) -> PreparedRequest:
    """Sign the very bytes that are sent; turn away from the own key.

    An id that another answer left empty (an execution without a delivery) leads to nothing, rather
    than to the list.
    """
    request.url = _EMPTY.sub(r"\1/nothing\2", str(request.url))
    own = os.environ.get(OWN_KEY_ID, "")
    if own and own in request.path_url:
        request.url = str(request.url).replace(own, "nothing")
    if request.path_url == GITHUB and isinstance(request.body, bytes):
        digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
        request.headers["X-GitHub-Event"] = EVENTS[len(request.body) % len(EVENTS)]
        request.headers["X-Hub-Signature-256"] = f"sha256={digest}"
    return request


def from_anywhere(session: Session, request: PreparedRequest, **more: Any) -> Response:
    """Send it as a proxy would that got it from yet another address, a wrong key as another one.

    The checks send requests of their own past the hook above.
    """
    at = next(_numbers)
    request.headers["X-Forwarded-For"] = f"10.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}"
    key = request.headers.get("X-API-Key")
    if key and key != os.environ.get("KEY"):
        request.headers["X-API-Key"] = f"{at:08}" + (key if isinstance(key, str) else key.decode())
    return _send(session, request, **more)


_EMPTY = re.compile(
    r"(/admin/[a-z]+)/{0,1}(/(?:redeliver|cancel|replay|run|lines|find)?(?:\?.*)?)$"
)
_numbers = count()
_send = Session.send
Session.send = from_anywhere  # type: ignore[method-assign]
