"""A failure as a page for people: what is wrong, how to mend it, and the way back."""

from urllib.parse import urlencode

from flask import Response, request
from werkzeug.exceptions import HTTPException

from service.errors import ServiceError
from service.guard.csrf import SAFE
from service.views.failures import Failure
from service.views.pages import page
from service.views.session import own_path
from service.views.sign_in import sign_in_page


def failure_page(failure: Failure) -> Response:
    """The page; a stranger who wants to look at something is sent to the sign-in instead."""
    if failure.code == "unauthorized" and request.method in SAFE:
        return _to_sign_in()
    if request.path == "/login" and request.method == "POST":
        answer = sign_in_page(_wanted(), error=_sentence(failure.message))
    else:
        answer = page(
            "failure.html",
            title=failure.message,
            status=failure.status,
            code=failure.status,
            message=_sentence(failure.message),
            hint=_sentence(failure.hint),
            request_id=failure.request_id,
        )
    answer.status_code = failure.status
    answer.headers.update(failure.headers)
    return answer


def _to_sign_in() -> Response:
    wanted = request.full_path.rstrip("?")
    query = urlencode({"next": wanted}) if own_path(wanted) != "/" else ""
    where = f"/login?{query}" if query else "/login"
    return Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})


def _wanted() -> str:
    """Where the sign-in form would have led; `/` where the form itself is what failed."""
    try:
        return own_path(request.form.get("next", ""))
    except (ServiceError, HTTPException):
        return "/"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
