"""The one gate before every view: closed, unless the route's policy and the credentials open it.

It goes by the endpoint that the address resolved to, never by the text of the address, so that no
spelling of an address gets round it.
"""

from flask import Flask, Response, current_app, g, request

from service.errors import ForbiddenError, TooManyError, UnauthorizedError, UnavailableError
from service.guard import credentials
from service.guard.csrf import SAFE, demand_own_page_or_token
from service.guard.current import remember
from service.guard.identity import Identity
from service.guard.policy import Policy, Zone, policy_of
from service.guard.principal import Principal, Scope, Via
from service.services import services

_CLOSED = "agented_closed"


def register(app: Flask) -> None:
    """Put the gate before the views of `app`: after the limits, as the last hook."""
    app.before_request(_pass)
    app.after_request(_keep_private)


def _pass() -> None:
    """Let the request through, or raise what it is answered with."""
    parts = services()
    policy = _policy()
    if policy is None:
        _strange(parts.identity)
    elif _is_open(policy, public=parts.settings.site_public):
        _welcome(parts.identity)
    else:
        _demand(parts.identity, policy)


def _policy() -> Policy | None:
    """The policy of the view that would run; None where none would, or it declares none."""
    if request.routing_exception is not None or request.endpoint is None:
        return None
    return policy_of(current_app.view_functions[request.endpoint])


def _is_open(policy: Policy, *, public: bool) -> bool:
    # OPTIONS never needs to be open: preflights are answered before the gate.
    if request.method == "OPTIONS":
        return False
    if policy.zone is Zone.SITE:
        return public and request.method in SAFE
    return policy.zone is Zone.OPEN


def _strange(identity: Identity) -> None:
    """An address that is none: strangers learn nothing, others get its 404 or 405."""
    setattr(g, _CLOSED, True)
    _known(_by_header_or_cookie(identity))
    if request.routing_exception is None:
        raise ForbiddenError("nobody may use this address: it declares no policy")


def _welcome(identity: Identity) -> None:
    """An open address: credentials are read where there are any, and wrong ones do no harm."""
    try:
        found = _by_header_or_cookie(identity)
    except (TooManyError, UnavailableError):
        return
    if found is not None:
        setattr(g, _CLOSED, True)
        remember(found)


def _demand(identity: Identity, policy: Policy) -> None:
    setattr(g, _CLOSED, True)
    found = _known(_credentials(identity, policy.zone))
    # An OPTIONS request for an open address tells anyone with a key what it may be asked.
    if not found.may(policy.scope or Scope.READ):
        raise ForbiddenError(
            f"this needs a key with the scope {policy.scope}",
            "ask an administrator for one (planner keys new)",
        )
    if found.via is Via.SESSION and request.method not in SAFE:
        demand_own_page_or_token(identity.tokens, found.session_id)


def _credentials(identity: Identity, zone: Zone) -> Principal | None:
    if zone is Zone.API:
        return _by_header(identity)
    if zone is Zone.STREAM and not credentials.shows_header():
        return credentials.from_stream_token(identity)
    if zone is Zone.STREAM:
        return _by_header(identity)
    return _by_header_or_cookie(identity)


def _by_header(identity: Identity) -> Principal | None:
    return credentials.from_header(identity) if credentials.shows_header() else None


def _by_header_or_cookie(identity: Identity) -> Principal | None:
    """A key that is shown counts, right or wrong; only without one is the cookie looked at."""
    if credentials.shows_header():
        return credentials.from_header(identity)
    return credentials.from_cookie(identity)


def _known(found: Principal | None) -> Principal:
    if found is None:
        raise UnauthorizedError
    remember(found)
    return found


def _keep_private(answer: Response) -> Response:
    """What only some may see must not stay in a cache that others share."""
    if g.get(_CLOSED) and "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer
