"""What each route demands.  A route that declares nothing is closed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import Blueprint, Flask

from service.guard.principal import Scope

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE: Final = "agented_policy"


class Zone(StrEnum):
    """How a request to a route may show who asks.

    OPEN needs nothing.  SITE and PAGE take the session's cookie or a key; SITE is open to all with
    SITE_PUBLIC, and PAGE answers a person without a session with the way to sign in.  API takes a
    header `X-API-Key` only (a key, or a page's token), so no other site can make a browser call it.
    STREAM is API, or a stream token in the query.
    """

    OPEN = "open"
    SITE = "site"
    PAGE = "page"
    API = "api"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Policy:
    """The zone of a route, the scope it needs (None: OPEN), and the name of its rate limit."""

    zone: Zone
    scope: Scope | None
    limit: str


def guarded(zone: Zone, scope: Scope | None = None, *, limit: str = "") -> Callable[[View], View]:
    """Declare what a view demands.  `limit` names an own bucket (default: that of the zone)."""
    if (scope is None) != (zone is Zone.OPEN):
        raise ValueError("a route needs a scope, unless it is open")
    policy = Policy(zone, scope, limit or zone.value)

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, policy)
        return view

    return declare


def policy_of(view: Callable[..., Any]) -> Policy | None:
    """What a view declares; None when it declares nothing."""
    return getattr(view, _ATTRIBUTE, None)


def policies(app: Flask) -> dict[str, Policy]:
    """Endpoint -> policy, for each endpoint that declares one."""
    found = ((name, getattr(view, _ATTRIBUTE, None)) for name, view in app.view_functions.items())
    return {name: policy for name, policy in found if policy is not None}


def add_route(
    blueprint: Blueprint, rule: str, view: Callable[..., Any], *methods: str, name: str = ""
) -> None:
    """Register a view that declares its policy, with and without a slash at the end."""
    if not hasattr(view, _ATTRIBUTE):
        raise ValueError(f"{view.__name__} declares no policy")
    blueprint.add_url_rule(rule, name or view.__name__, view, methods=methods, strict_slashes=False)
