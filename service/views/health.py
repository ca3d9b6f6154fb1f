"""Whether the service lives, whether it is ready to serve, and its figures for Prometheus."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from flask import Blueprint, Response

from service.api.models import Model, Stamp
from service.api.operation import Answered, operation
from service.clock import stamp
from service.guard.current import principal
from service.guard.policy import Zone
from service.guard.principal import Scope
from service.observability.metrics import CONTENT_TYPE
from service.services import services

blueprint = Blueprint("health", __name__)
_RETRY = {"Retry-After": "2"}


class Alive(Model):
    """The process answers."""

    status: Literal["ok"]


class Ready(Model):
    """Whether the service can do its work."""

    status: Literal["ok", "unavailable"]
    timestamp: Stamp


class Part(Model):
    """One part of the service."""

    ready: bool
    problem: str
    """What is wrong; empty if nothing is."""
    note: str
    """What else there is to know, such as that there is no plan yet; mostly empty."""
    figures: Mapping[str, Any]
    """What is known of it."""


class ReadyInFull(Ready):
    """The same for those with a key: with each part."""

    components: Mapping[str, Part]
    """Parts by name."""


@operation(
    blueprint,
    "GET",
    "/health/liveness",
    zone=Zone.OPEN,
    scope=None,
    limit="health",
    returns=Alive,
    tag="Health",
    summary="Ask whether the process answers",
)
def liveness() -> Alive:
    """The process answers."""
    return Alive(status="ok")


@operation(
    blueprint,
    "GET",
    "/health/readiness",
    zone=Zone.OPEN,
    scope=None,
    limit="health",
    returns=Ready | ReadyInFull,
    more={503: Ready | ReadyInFull},
    tag="Health",
    summary="Ask whether the service is ready",
)
def readiness() -> Ready | ReadyInFull | Answered:
    """The service can do its work: 200, else 503.  Those with a key are told about each part."""
    components = services().readiness.components()
    ready = all(each.ready for each in components.values())
    who = principal()
    told = Ready(status="ok" if ready else "unavailable", timestamp=stamp())
    if who is not None and who.may(Scope.READ):
        parts = {name: Part(**asdict(each)) for name, each in components.items()}
        told = ReadyInFull(status=told.status, timestamp=told.timestamp, components=parts)
    return told if ready else Answered(told, 503, _RETRY)


@operation(
    blueprint,
    "GET",
    "/metrics",
    scope=Scope.READ,
    returns=None,
    media="text/plain",
    tag="Health",
    summary="Read the figures",
)
def metrics() -> Response:
    """Figures in the text form of Prometheus."""
    answer = Response(services().metrics.text(), content_type=CONTENT_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer
