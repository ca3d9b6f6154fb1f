"""`/edit/settle`: what a person chose in a conflict becomes an edit of the plan as it is now.

It goes to the review page, like every edit: the checks run on the result, and if it clashes again
the conflict page comes again, with what was chosen as the person's own.
"""

from dataclasses import replace

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.errors import ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.settling import settled_edits
from service.services import services
from service.views.conflict_page import UnsettledError, answers_of, clashes_of, conflict_page
from service.views.edit_review import SETTLE, show
from service.views.edit_sending import Sending, new_nonce
from service.views.edit_trouble import REVIEW, trouble_page
from service.views.item_page import page_of

blueprint = Blueprint("edit_settle", __name__)


@guarded(Zone.PAGE, Scope.PROPOSE)
def settle() -> AnyResponse:
    """Show what the settled edit would do."""
    sending = Sending.of(request.form)
    clashes = clashes_of(request.form)
    try:
        answers = answers_of(request.form, clashes)
    except UnsettledError as error:
        return conflict_page(
            clashes,
            action=SETTLE,
            hidden=sending.hidden(),
            back=sending.back,
            chosen=request.form,
            error=error,
            status=error.status,
        )
    try:
        edit = settled_edits(
            sending.edit,
            clashes,
            answers,
            lambda kind, item_id: services().plan.open(item_id, kind, sending.seen_on).id,
        )
    except ServiceError as error:
        return trouble_page(sending, error, action=REVIEW)
    if edit is None:
        # Nothing is left to do: it stays as the others have it.
        gone = not clashes[0].blob
        return redirect("/" if gone else page_of(clashes[0].kind, clashes[0].id), 303)
    return show(replace(sending, edit=edit, message="", nonce=new_nonce()))


add_route(blueprint, SETTLE, settle, "POST")
