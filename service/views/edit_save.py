"""`/edit/save`: an edit becomes a commit, on the branch or on a proposal."""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from planner.model.ids import slug
from service.errors import BadRequestError, ForbiddenError
from service.guard import audit
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.authors import author_of
from service.planning.desk import HERE, Target
from service.planning.records import UnsavedRecord
from service.services import services
from service.views.edit_review import show
from service.views.edit_sending import BRANCH, NEW, Sending
from service.views.item_page import list_of, page_of

blueprint = Blueprint("edit_save", __name__)


@guarded(Zone.PAGE, Scope.PROPOSE)
def save() -> AnyResponse:
    """Save the edit in the form, and lead to the page that shows it."""
    sending = Sending.of(request.form)
    target = _target(sending)
    outcome = services().plan.save(
        sending.edit,
        author_of(known_principal()),
        message=sending.message,
        target=target,
        reviewed=sending.reviewed,
    )
    if isinstance(outcome, UnsavedRecord):
        return _ask(sending)
    audit.note("plan.save", "ok", target=outcome.id, commit=outcome.commit, branch=outcome.branch)
    if target.proposal:
        return redirect(f"/proposals/{target.proposal}", 303)
    where = page_of(outcome.kind, outcome.id) if outcome.blob else list_of(outcome.kind)
    return redirect(where, 303)


def _ask(sending: Sending) -> Response:
    return show(sending, status=409, notes=("Others changed it meanwhile: look again.",))


def _target(sending: Sending) -> Target:
    """Where the person wants it.  Raises ForbiddenError and BadRequestError."""
    choice = sending.choice()
    if choice == BRANCH:
        if not known_principal().may(Scope.EDIT):
            raise ForbiddenError("your key may propose changes only", "save it to a proposal")
        return HERE
    name = slug(sending.title) if choice == NEW else sending.chosen_proposal or sending.proposal
    if not name:
        raise BadRequestError("a new proposal needs a title", "write what it is about")
    return Target(proposal=name)


add_route(blueprint, "/edit/save", save, "POST")
