"""Who asks, in the request under way."""

from collections.abc import Callable
from typing import Any, Final

from flask import request

from service.errors import UnauthorizedError, UnavailableError
from service.guard.principal import Principal
from service.services import services

_NAME: Final = "agented.principal"


def principal() -> Principal | None:
    """Who asks; None when nobody showed (valid) credentials."""
    found: Principal | None = request.environ.get(_NAME)
    return found


def known_principal() -> Principal:
    """Who asks, on a route that is closed to strangers.  Raises UnauthorizedError."""
    found = principal()
    if found is None:
        raise UnauthorizedError
    return found


def remember(environ: dict[str, Any], found: Principal) -> None:
    """Make `principal()` answer this in the request of that WSGI environment."""
    environ[_NAME] = found


def lasting() -> Callable[[], bool]:
    """Tells whether the credentials of this request still hold, for a stream to ask.

    Ask it at least every 5 s and end the stream when it says no: the key was revoked or expired,
    or the session ended.  Asking does not keep an idle session alive, costs no query, and works
    after the request's context is gone.  While the keys cannot be read it says no.
    """
    who = known_principal()
    identity = services().identity

    def holds() -> bool:
        try:
            return identity.holds(who)
        except UnavailableError:
            return False

    return holds
