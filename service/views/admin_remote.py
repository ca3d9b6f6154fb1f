"""`/admin/remote`: how the plan stands to its remote, as JSON, and a look at it on demand."""

from dataclasses import asdict
from typing import Literal

from flask import Blueprint

from service.api.models import Identifier, Model, Stamp
from service.api.operation import operation
from service.errors import ConflictError
from service.events.plan_pushes import PlanPush, last_push
from service.guard.principal import Scope
from service.planning.remote_record import RemoteRecord
from service.services import services

blueprint = Blueprint("admin_remote", __name__)
PushState = Literal["waiting", "fetched", "attention", "failed", "unsigned"]


class Push(Model):
    """A push to the plan's repository that a webhook told of."""

    delivery_id: Identifier
    at: Stamp
    branch: str
    state: PushState
    """`waiting`: for its fetch. `fetched`: it is here. `attention`: a person must look at what both
    sides have. `failed`: the fetch failed. `unsigned`: nobody signed it, so nothing was fetched."""
    reason: str
    """What a person needs to know."""
    settled_at: Stamp | None
    """When that was known; null: it is not yet."""
    edited: str
    """The branch that was edited here then; empty: not known."""


class Remote(RemoteRecord):
    """How the branches here stand to those at the remote."""

    push: Push | None = None
    """The last push that a webhook told of; null: none in the last 30 days."""


# A remote that answers does so by then; else the record says that it is at work.
_PATIENCE_S = 20.0


@operation(
    blueprint,
    "GET",
    "/admin/remote",
    scope=Scope.READ,
    returns=Remote,
    tag="Remote",
    summary="How the plan stands to its remote",
)
def show_remote() -> Remote:
    """What was last heard of it; nothing is asked of the remote."""
    return with_push(services().planner.remote.record)


@operation(
    blueprint,
    "POST",
    "/admin/remote/sync",
    scope=Scope.EDIT,
    returns=Remote,
    fails=(409, 503),
    tag="Remote",
    summary="Bring both sides in step now",
)
def sync_remote() -> Remote:
    """Fetch and send at once.  The answer is the outcome, or, after 20 s, how far it is."""
    return with_push(sync_now())


def with_push(record: RemoteRecord) -> Remote:
    """The record with the last push that a webhook told of."""
    push = services().database.read(last_push)
    return Remote(**dict(record), push=as_push(push))


def as_push(push: PlanPush | None) -> Push | None:
    """A push as the API shows it."""
    if push is None:
        return None
    return Push.model_validate({**asdict(push), "settled_at": push.settled_at or None})


def sync_now() -> RemoteRecord:
    """Look at the remote now, and wait a while for the outcome.

    Raises ConflictError when none is set, UnavailableError when the planner is not there.
    """
    planner = services().planner
    if not planner.opening.remote:
        raise ConflictError("no remote is set", "set GIT_REMOTE, then start the service anew")
    number: int = planner.call("remote.sync")
    return planner.remote.wait_served(number, _PATIENCE_S)
