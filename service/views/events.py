"""`/api/events`: open pages learn that there is a new build, and reload."""

import json
from collections.abc import Sequence

import gevent
from flask import Blueprint, Response

from service.api.operation import operation
from service.guard.policy import Zone
from service.guard.principal import Scope
from service.planner_link import PlannerLink
from service.services import services
from service.sse import Event
from service.streams import stream

blueprint = Blueprint("events", __name__)


class BuildSource:
    """The number of the build: at once, and whenever it changes."""

    def __init__(self, planner: PlannerLink) -> None:
        self._planner = planner
        # 0 is the number before the planner process has said one: it is told to nobody.
        self._told = 0

    def next(self, timeout_s: float) -> Sequence[Event] | None:
        """See `Source`."""
        number = self._planner.epoch
        if number == self._told:
            newer = self._planner.wait_beyond(number, timeout_s)
            if newer is None:
                # The worker ends.  `None` would tell the client not to come again.
                gevent.sleep(timeout_s)
                return ()
            number = newer
        if number == self._told:
            return ()
        self._told = number
        return (Event("build", json.dumps({"epoch": number}), number),)


@operation(
    blueprint,
    "GET",
    "/api/events",
    zone=Zone.STREAM,
    scope=Scope.READ,
    returns=None,
    media="text/event-stream",
    tag="Plan",
    summary="Live: the number of the build that is shown",
)
def events() -> Response:
    """Send an event `build` with the number of the site's build, at once and after each change.

    It never ends by itself.  The last event is `bye`, with a `reason`: `restart` (connect again)
    or `credentials` (the key or the session ended).
    """
    return stream(BuildSource(services().planner))
