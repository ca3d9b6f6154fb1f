"""A change by cookie must come from a page of ours.

A browser says where a request comes from, in `Sec-Fetch-Site` and `Origin`, and no page can forge
either.  Where it says neither (an old one, or a proxy that takes them away), a form must carry the
token of its session.
"""

from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from flask import request

from service.errors import ForbiddenError
from service.guard.address import is_https
from service.guard.tokens import Tokens
from service.services import services

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Source(Enum):
    """Where a request comes from, as the browser says."""

    OURS = "ours"
    FOREIGN = "foreign"
    UNSAID = "unsaid"


def source() -> Source:
    """Judge the headers of the request under way."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is None and origin is None:
        return Source.UNSAID
    if site not in (None, "same-origin"):
        return Source.FOREIGN
    if origin is not None and not _is_ours(origin, vouched=site is not None):
        return Source.FOREIGN
    return Source.OURS


def demand_own_page() -> None:
    """Raise ForbiddenError unless the browser says that a page of ours sent this request."""
    if source() is not Source.OURS:
        raise _forbidden()


def demand_own_page_or_token(tokens: Tokens, session_id: str) -> None:
    """The same for a signed-in person, whose form may carry the token of the session instead."""
    found = source()
    if found is Source.OURS:
        return
    if found is Source.UNSAID:
        shown = request.headers.get(HEADER) or request.form.get(FIELD, "")
        if tokens.is_form_of(shown, session_id):
            return
    raise _forbidden()


def _is_ours(origin: str, *, vouched: bool) -> bool:
    """Whether an origin is ours: the address that the client used, or PUBLIC_URL.

    `vouched`: the browser says `same-origin`.  Then only the host has to be the same, since a proxy
    that ends TLS without telling us makes the scheme look wrong.
    """
    if origin == f"{'https' if is_https() else 'http'}://{request.host}":
        return True
    public = urlsplit(services().settings.public_url)
    if public.netloc and origin == f"{public.scheme}://{public.netloc}":
        return True
    # Not taken apart: a client may send an origin that no parser takes.
    return vouched and origin in (f"http://{request.host}", f"https://{request.host}")


def _forbidden() -> ForbiddenError:
    return ForbiddenError(
        "this change was not asked for by a page of this service",
        "reload the page and send it again; programs send a key in X-API-Key instead",
    )
