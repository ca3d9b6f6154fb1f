"""`/edit/review`: what an edit would do to the plan, before it is saved.  Every form ends here."""

from flask import Blueprint, Response, request

from service.errors import ServiceError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.authors import author_of
from service.planning.edits import AnyEdit
from service.services import services
from service.views.edit_sending import Sending
from service.views.pages import page

blueprint = Blueprint("edit_review", __name__)


def review_page(
    edit: AnyEdit,
    *,
    proposal: str = "",
    back: str = "",
    message: str = "",
    error: ServiceError | None = None,
    notes: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """The page of an edit.  Raises NotPossibleError when the plan does not take it (422)."""
    sending = Sending(edit, proposal=proposal, back=back, message=message)
    return show(sending, error=error, notes=notes, status=status)


def show(
    sending: Sending,
    *,
    error: ServiceError | None = None,
    notes: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """The page of an edit that is on its way.  Raises as `review_page`."""
    who = known_principal()
    seen = services().plan.preview(sending.edit, sending.seen_on)
    return page(
        "review.html",
        title="Review the change",
        status=status,
        sending=sending,
        seen=seen,
        error=error,
        notes=notes,
        author=author_of(who),
        may_save=who.may(Scope.EDIT),
        proposals=services().plan.proposals().proposals,
    )


@guarded(Zone.PAGE, Scope.PROPOSE)
def review() -> Response:
    """Show what the edit in the form would do."""
    return show(Sending.of(request.form))


add_route(blueprint, "/edit/review", review, "POST")
