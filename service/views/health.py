"""Whether the service lives, whether it is ready to serve, and its figures for Prometheus."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify

from service.clock import stamp
from service.guard.current import principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.observability.metrics import CONTENT_TYPE
from service.services import services

blueprint = Blueprint("health", __name__)


@guarded(Zone.OPEN, limit="health")
def liveness() -> Response:
    """The process answers."""
    return _never_kept(jsonify(status="ok"))


@guarded(Zone.OPEN, limit="health")
def readiness() -> Response:
    """The service can do its work: 200, else 503.  Those with a key are told about each part."""
    components = services().readiness.components()
    ready = all(each.ready for each in components.values())
    body: dict[str, Any] = {"status": "ok" if ready else "unavailable", "timestamp": stamp()}
    who = principal()
    if who is not None and who.may(Scope.READ):
        body["components"] = {name: asdict(each) for name, each in components.items()}
    answer = jsonify(body)
    if not ready:
        answer.status_code = 503
        answer.headers["Retry-After"] = "2"
    return _never_kept(answer)


@guarded(Zone.API, Scope.READ)
def metrics() -> Response:
    """Figures in the text form of Prometheus."""
    return _never_kept(Response(services().metrics.text(), content_type=CONTENT_TYPE))


def _never_kept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


add_route(blueprint, "/health/liveness", liveness, "GET")
add_route(blueprint, "/health/readiness", readiness, "GET")
add_route(blueprint, "/metrics", metrics, "GET")
