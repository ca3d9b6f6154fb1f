"""A failure as a page for people: what is wrong, how to mend it, and the way back."""

from urllib.parse import urlencode, urlsplit

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
        message, hint = _words(failure)
        answer = page(
            "failure.html",
            title=message,
            status=failure.status,
            code=failure.status,
            message=_sentence(message),
            hint=_sentence(hint),
            sign_in=_sign_in(_came_from()),
            request_id=failure.request_id,
        )
    answer.status_code = failure.status
    answer.headers.update(failure.headers)
    return answer


def _words(failure: Failure) -> tuple[str, str]:
    """What it is and how to mend it; of a form whose session is over, in words for its sender."""
    if failure.code == "unauthorized":
        return (
            "you are signed out, so nothing was done",
            "sign in, then send it once more; a form that you go back to has kept what you typed",
        )
    return failure.message, failure.hint


def _to_sign_in() -> Response:
    where = _sign_in(request.full_path.rstrip("?"))
    return Response(status=303, headers={"Location": where, "Cache-Control": "no-store"})


def _sign_in(wanted: str) -> str:
    """The address of the sign-in that leads on to `wanted`."""
    query = urlencode({"next": wanted}) if own_path(wanted) != "/" else ""
    return f"/login?{query}" if query else "/login"


def _came_from() -> str:
    """The page of ours that the request was sent from."""
    page_of_ours = urlsplit(request.referrer or "")
    if page_of_ours.netloc != request.host:
        return "/"
    query = f"?{page_of_ours.query}" if page_of_ours.query else ""
    return f"{page_of_ours.path}{query}"


def _wanted() -> str:
    """Where the sign-in form would have led; `/` where the form itself is what failed."""
    try:
        return own_path(request.form.get("next", ""))
    except (ServiceError, HTTPException):
        return "/"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
