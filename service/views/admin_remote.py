"""`/admin/remote`: how the plan stands to its remote, as JSON, and a look at it on demand."""

from flask import Blueprint

from service.api.operation import operation
from service.errors import ConflictError
from service.guard.principal import Scope
from service.planning.remote_record import RemoteRecord
from service.services import services

blueprint = Blueprint("admin_remote", __name__)
# A remote that answers does so by then; else the record says that it is at work.
_PATIENCE_S = 20.0


@operation(
    blueprint,
    "GET",
    "/admin/remote",
    scope=Scope.READ,
    returns=RemoteRecord,
    tag="Remote",
    summary="How the plan stands to its remote",
)
def show_remote() -> RemoteRecord:
    """What was last heard of it; nothing is asked of the remote."""
    return services().planner.remote.record


@operation(
    blueprint,
    "POST",
    "/admin/remote/sync",
    scope=Scope.EDIT,
    returns=RemoteRecord,
    fails=(409, 503),
    tag="Remote",
    summary="Bring both sides in step now",
)
def sync_remote() -> RemoteRecord:
    """Fetch and send at once.  The answer is the outcome, or, after 20 s, how far it is."""
    return sync_now()


def sync_now() -> RemoteRecord:
    """Look at the remote now, and wait a while for the outcome.

    Raises ConflictError when none is set, UnavailableError when the planner is not there.
    """
    planner = services().planner
    if not services().settings.git_remote:
        raise ConflictError("no remote is set", "set GIT_REMOTE, then start the service anew")
    number: int = planner.call("remote.sync")
    return planner.remote.wait_served(number, _PATIENCE_S)
