"""`/ops/remote`: how the plan stands to its remote, what to do about it, and a look on demand."""

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.errors import ServiceError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.services import services
from service.views.admin_remote import sync_now
from service.views.pages import page

blueprint = Blueprint("ops_remote", __name__)


@guarded(Zone.PAGE, Scope.READ)
def show() -> Response:
    """How things stand."""
    return _page()


@guarded(Zone.PAGE, Scope.EDIT)
def sync() -> AnyResponse:
    """Look at the remote now, and show the outcome."""
    try:
        sync_now()
    except ServiceError as error:
        return _page(failed=error, status=error.status)
    return redirect(url_for("ops_remote.show"), 303)


def _page(failed: ServiceError | None = None, status: int = 200) -> Response:
    return page(
        "remote.html",
        title="Remote",
        section="proposals",
        status=status,
        remote=services().planner.remote.record,
        may_sync=known_principal().may(Scope.EDIT),
        failed=failed,
    )


add_route(blueprint, "/ops/remote", show, "GET")
add_route(blueprint, "/ops/remote/sync", sync, "POST")
