"""`/edit/<kind>/<id>/delete`: what would dangle without an item, and what becomes of it."""

from flask import Blueprint, Response, request
from pydantic import ValidationError

from service.errors import BadRequestError, NotFoundError, ServiceError
from service.guard.policy import Zone, guarded
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import DeleteEdit
from service.planning.failures import NotPossibleError, RefusedEditError
from service.services import services
from service.views.edit_addresses import add_item_routes, form_address
from service.views.edit_review import review_page
from service.views.item_page import page_of
from service.views.pages import page

blueprint = Blueprint("edit_delete", __name__)


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_delete(kind: str, item_id: str) -> Response:
    """Show what refers to the item, and ask what becomes of that."""
    return _page(kind, item_id, request.args.get("proposal", "").strip())


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_delete(kind: str, item_id: str) -> Response:
    """The deletion, on its way to the review; nothing is chosen unasked."""
    proposal = request.form.get("proposal", "").strip()
    try:
        edit = DeleteEdit.model_validate(
            {
                "kind": kind,
                "id": item_id,
                "references": request.form.get("references", "refuse"),
                "blob": request.form.get("blob", ""),
            }
        )
    except ValidationError as error:
        raise BadRequestError("this is no form of this service", "open it again") from error
    try:
        back = form_address(kind, item_id, "/delete", proposal=proposal)
        return review_page(edit, proposal=proposal, back=back)
    except RefusedEditError as error:
        choose = RefusedEditError(error.message, "choose below what becomes of that")
        return _page(kind, item_id, proposal, choose)
    except NotPossibleError as error:
        return _page(kind, item_id, proposal, error)


def _page(kind: str, item_id: str, proposal: str, error: ServiceError | None = None) -> Response:
    if kind == "plan":
        raise NotFoundError("the plan itself cannot be deleted here", "delete its folder by hand")
    form = services().plan.form(item_id, kind, Target(proposal=proposal), deleting=True)
    return page(
        "edit/delete.html",
        title=f"Delete {form.item.id}",
        status=error.status if error is not None else 200,
        styles=("edit.css",),
        form=form,
        proposal=proposal,
        error=error,
        page_of=page_of,
    )


add_item_routes(blueprint, show_delete, "GET", below="/delete")
add_item_routes(blueprint, send_delete, "POST", below="/delete")
