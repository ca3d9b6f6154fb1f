"""`/ask/<id>/model`: begin and cancel a run of the model for an interview."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.errors import BadRequestError, ServiceError
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.interview.sessions import Session
from service.services import services
from service.views.ask_model import settle, start
from service.views.ask_session import show, stored

blueprint = Blueprint("ask_run", __name__)


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_model(session_id: str) -> AnyResponse:
    """Ask the model, cancel it, or let go of a run that has failed."""
    session = stored(session_id)
    try:
        _do(request.form.get("do", ""), session)
    except ServiceError as error:
        return show(session_id, error=error)
    return redirect(f"/ask/{session_id}#model", 303)


def _do(what: str, session: Session) -> None:
    if what in ("start", "draft"):
        start(session, "draft" if what == "draft" else "ask")
    elif what == "cancel":
        if session.execution:
            services().executions.cancel(session.execution, known_principal().person)
            note("ask.cancel", "ok", target=session.id, execution=session.execution)
    elif what == "forget":
        settle(session)
    else:
        raise BadRequestError("this is no form of this service", "open the page again")


add_route(blueprint, "/ask/<session_id>/model", send_model, "POST")
