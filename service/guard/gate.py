"""The one gate before every view: closed, unless the route's policy and the credentials open it.

It goes by the endpoint that the address resolved to, never by the text of the address, so that no
spelling of an address gets round it.
"""

from typing import Final

from flask import Flask, Request, Response, request

from service.errors import ForbiddenError, TooManyError, UnauthorizedError, UnavailableError
from service.guard.address import address_of, client_of
from service.guard.credentials import Shown
from service.guard.csrf import SAFE, demand_own_page_or_token
from service.guard.current import remember
from service.guard.policy import Policy, Zone, policy_of
from service.guard.principal import Principal, Scope, Via
from service.services import services_of

_CLOSED: Final = "agented.closed"


def register(app: Flask) -> None:
    """Put the gate before the views of `app`: after the limits, as the last hook."""
    parts = services_of(app)
    identity, settings = parts.identity, parts.settings

    def gate() -> None:
        # Once, not at each use: Flask's `request` looks it up anew each time.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        client = client_of(address_of(asked.environ, settings.trusted_proxies))
        shown = Shown(identity, asked, client)
        policy = _policy(app, asked)
        if policy is None:
            _strange(shown)
        elif _is_open(policy, asked.method, public=settings.site_public):
            _welcome(shown)
        else:
            _demand(shown, policy)

    app.before_request(gate)
    app.after_request(_keep_private)


def _policy(app: Flask, asked: Request) -> Policy | None:
    """The policy of the view that would run; None where none would, or it declares none."""
    if asked.routing_exception is not None or asked.endpoint is None:
        return None
    return policy_of(app.view_functions[asked.endpoint])


def _is_open(policy: Policy, method: str, *, public: bool) -> bool:
    # OPTIONS never needs to be open: preflights are answered before the gate.
    if method == "OPTIONS":
        return False
    if policy.zone is Zone.SITE:
        return public and method in SAFE
    return policy.zone is Zone.OPEN


def _strange(shown: Shown) -> None:
    """An address that is none: strangers learn nothing, others get its 404 or 405."""
    _close(shown)
    _known(shown, _by_header_or_cookie(shown))
    if shown.request.routing_exception is None:
        raise ForbiddenError("nobody may use this address: it declares no policy")


def _welcome(shown: Shown) -> None:
    """An open address: credentials are read where there are any, and wrong ones do no harm."""
    try:
        found = _by_header_or_cookie(shown)
    except (TooManyError, UnavailableError):
        return
    if found is not None:
        _close(shown)
        remember(shown.request.environ, found)


def _demand(shown: Shown, policy: Policy) -> None:
    _close(shown)
    found = _known(shown, _credentials(shown, policy.zone))
    # An OPTIONS request for an open address tells anyone with a key what it may be asked.
    if not found.may(policy.scope or Scope.READ):
        raise ForbiddenError(
            f"this needs a key with the scope {policy.scope}",
            "ask an administrator for one (planner keys new)",
        )
    if found.via is Via.SESSION and shown.request.method not in SAFE:
        demand_own_page_or_token(shown.identity.tokens, found.session_id)


def _credentials(shown: Shown, zone: Zone) -> Principal | None:
    if zone is Zone.STREAM and not shown.has_header:
        return shown.by_stream_token()
    if zone in (Zone.API, Zone.STREAM):
        return shown.by_header() if shown.has_header else None
    return _by_header_or_cookie(shown)


def _by_header_or_cookie(shown: Shown) -> Principal | None:
    """A key that is shown counts, right or wrong; only without one is the cookie looked at."""
    return shown.by_header() if shown.has_header else shown.by_cookie()


def _known(shown: Shown, found: Principal | None) -> Principal:
    if found is None:
        raise UnauthorizedError
    remember(shown.request.environ, found)
    return found


def _close(shown: Shown) -> None:
    shown.request.environ[_CLOSED] = True


def _keep_private(answer: Response) -> Response:
    """What only some may see must not stay in a cache that others share."""
    if _CLOSED in request.environ and "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer
