"""What generated requests need to get further than the first refusal.

Events of GitHub are signed, nothing happens to the key that the requests are made with (it is
found in the list of keys and revoked like any other), and half of the requests about the plan are
about what is there (see `schemathesis_plan`).
"""

import hashlib
import hmac
import itertools
import os
import re
from typing import Any

import schemathesis
from requests import PreparedRequest, Response, Session

from tests.service.api.schemathesis_plan import lead_to_what_is_there

SECRET = "secret-of-github-0123456789abcdef"
OWN_KEY_ID = "OWN_KEY_ID"
GITHUB = "/api/webhooks/github/"
_NUMBERS = itertools.count(1)
# An address whose id is left out.
_EMPTY = re.compile(
    r"(/admin/[a-z]+)/{0,1}(/(?:redeliver|cancel|replay|run|lines|find)?(?:\?.*)?)$"
)
EVENTS = ("ping", "pull_request", "issue_comment", "push")


_send = Session.send


def send_from_elsewhere(session: Session, request: PreparedRequest, **how: Any) -> Response:
    """Send each request from another address, and each wrong key once.

    After ten wrong keys of one address, or ten times the same one, the service answers 429.
    Made-up headers with an underscore are left out: gunicorn refuses those itself.
    """
    for name in [name for name in request.headers if "_" in name]:
        del request.headers[name]
    number = next(_NUMBERS)
    request.headers["X-Forwarded-For"] = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    if request.headers.get("X-API-Key", os.environ["KEY"]) != os.environ["KEY"]:
        request.headers["X-API-Key"] = f"{number:08}-wrong-key"
    return _send(session, request, **how)


# The probes of the checks pass by the hook below.
Session.send = send_from_elsewhere  # type: ignore[method-assign]


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
    lead_to_what_is_there(request)
    if request.path_url == GITHUB and isinstance(request.body, bytes):
        digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
        request.headers["X-GitHub-Event"] = EVENTS[len(request.body) % len(EVENTS)]
        request.headers["X-Hub-Signature-256"] = f"sha256={digest}"
    return request
