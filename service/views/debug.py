"""A door for operators who want to see that errors reach the log and Sentry."""

from typing import NoReturn

from flask import Blueprint

from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope

blueprint = Blueprint("debug", __name__)


class DeliberateError(Exception):
    """Raised because an administrator asked for it."""


@guarded(Zone.API, Scope.ADMIN)
def raise_error() -> NoReturn:
    """Raise an error that nothing expects: it is answered, logged and reported as any other."""
    raise DeliberateError("an administrator asked for an error")


add_route(blueprint, "/admin/debug/raise", raise_error, "POST")
