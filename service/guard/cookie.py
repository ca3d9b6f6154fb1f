"""The session's cookie: not for scripts, not for other sites, and over https for this host only."""

from typing import Final

from flask import Response, request

from service.guard.address import is_https

_NAME: Final = "agented"
# Browsers accept this prefix only from https, for the whole host, and never from a subdomain.
_SECURE_NAME: Final = "__Host-agented"
_LONGEST: Final = 256


def session_cookie() -> bytes:
    """The cookie of the request under way; empty when there is none."""
    if "HTTP_COOKIE" not in request.environ:
        return b""
    text = request.cookies.get(_SECURE_NAME if is_https() else _NAME, "")
    return b"" if len(text) > _LONGEST else text.encode()


def give(answer: Response, text: str) -> None:
    """Set the cookie.  It has no age: it goes with the browser's session, ours ends it earlier."""
    secure = is_https()
    answer.set_cookie(
        _SECURE_NAME if secure else _NAME,
        text,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def take_back(answer: Response) -> None:
    """Remove the cookie."""
    secure = is_https()
    answer.delete_cookie(
        _SECURE_NAME if secure else _NAME,
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
