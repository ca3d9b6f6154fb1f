"""Whether the service lives, and whether it is ready to serve."""

from flask import Blueprint, Response, jsonify

from service.clock import stamp
from service.guard.policy import Zone, add_route, guarded

blueprint = Blueprint("health", __name__)


@guarded(Zone.OPEN)
def liveness() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@guarded(Zone.OPEN)
def readiness() -> Response:
    """The service can do its work."""
    return jsonify(status="ok", timestamp=stamp())


add_route(blueprint, "/health/liveness", liveness, "GET")
add_route(blueprint, "/health/readiness", readiness, "GET")
