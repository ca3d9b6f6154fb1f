"""What generated requests need to get further than the first refusal.

Events of GitHub are signed, and nothing happens to the key that the requests are made with: it is
found in the list of keys and revoked like any other.  Each request comes from another address, as a
proxy tells it, since each operation is tried with wrong keys, and after ten of them one address
would get no other answer for a while.
"""

import hashlib
import hmac
import os
from itertools import count
from typing import Any

import schemathesis
from requests import PreparedRequest

SECRET = "secret-of-github-0123456789abcdef"
OWN_KEY_ID = "OWN_KEY_ID"
GITHUB = "/api/webhooks/github/"
_numbers = count()
EVENTS = ("ping", "pull_request", "issue_comment", "push")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Let the request be finished when all else of it is there: the case stays what it was."""
    kwargs["auth"] = finish


def finish(request: PreparedRequest) -> PreparedRequest:
    """Sign the very bytes that are sent; turn away from the own key."""
    number = next(_numbers)
    request.headers["X-Forwarded-For"] = (
        f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    )
    own = os.environ.get(OWN_KEY_ID, "")
    if own and own in request.path_url:
        request.url = str(request.url).replace(own, "nothing")
    if request.path_url == GITHUB and isinstance(request.body, bytes):
        digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
        request.headers["X-GitHub-Event"] = EVENTS[len(request.body) % len(EVENTS)]
        request.headers["X-Hub-Signature-256"] = f"sha256={digest}"
    return request
