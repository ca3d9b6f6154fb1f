"""`/edit/<kind>/<id>/rename` and `/move`: another id, or another phase."""

from flask import Blueprint, Response, request
from pydantic import ValidationError

from service.errors import BadRequestError, NotFoundError, ServiceError
from service.forms.choices import Choices
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import RenameEdit, SetEdit
from service.planning.failures import NotPossibleError
from service.planning.records import FormRecord
from service.services import services
from service.views.edit_addresses import add_item_routes, form_address
from service.views.edit_review import review_page
from service.views.item_page import page_of
from service.views.pages import page

blueprint = Blueprint("edit_rename", __name__)
_SCRIPTS = ("api.js", "item-picker.js", "drafts.js", "edit-form.js")


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_rename(kind: str, item_id: str) -> Response:
    """Ask for the new id, and show what follows it."""
    return _rename_page(kind, item_id, request.args.get("proposal", "").strip())


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_rename(kind: str, item_id: str) -> Response:
    """The new id, on its way to the review."""
    proposal = request.form.get("proposal", "").strip()
    new_id = request.form.get("new_id", "").strip()
    try:
        edit = RenameEdit.model_validate({"kind": kind, "id": item_id, "new_id": new_id})
    except ValidationError:
        error = BadRequestError("the new id is empty or too long", "write one of 1 to 210 letters")
        return _rename_page(kind, item_id, proposal, new_id, error)
    if new_id == item_id:
        error = BadRequestError("that is the id which it has", "write another one")
        return _rename_page(kind, item_id, proposal, new_id, error)
    try:
        back = form_address(kind, item_id, "/rename", proposal=proposal)
        return review_page(edit, proposal=proposal, back=back)
    except NotPossibleError as error:
        return _rename_page(kind, item_id, proposal, new_id, error)


def _rename_page(
    kind: str,
    item_id: str,
    proposal: str,
    new_id: str | None = None,
    error: ServiceError | None = None,
) -> Response:
    form = _form_of(kind, item_id, proposal)
    return page(
        "edit/rename.html",
        title=f"Rename {form.item.id}",
        status=error.status if error is not None else 200,
        styles=("edit.css",),
        scripts=_SCRIPTS,
        form=form,
        new_id=form.item.id if new_id is None else new_id,
        proposal=proposal,
        error=error,
        page_of=page_of,
    )


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_move(item_id: str) -> Response:
    """Ask for the phase of a requirement, and for nothing else."""
    return _move_page(item_id, request.args.get("proposal", "").strip())


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_move(item_id: str) -> Response:
    """The other phase, on its way to the review."""
    proposal = request.form.get("proposal", "").strip()
    phase = request.form.get("phase", "").strip()
    try:
        edit = SetEdit.model_validate(
            {
                "kind": "requirement",
                "id": item_id,
                "changes": {"phases": [phase] if phase else []},
                "blob": request.form.get("blob", ""),
            }
        )
    except ValidationError as error:
        raise BadRequestError("this is no form of this service", "open it again") from error
    back = form_address("requirement", item_id, "/move", proposal=proposal)
    try:
        return review_page(edit, proposal=proposal, back=back)
    except NotPossibleError as error:
        return _move_page(item_id, proposal, phase, error)


def _move_page(
    item_id: str, proposal: str, phase: str | None = None, error: ServiceError | None = None
) -> Response:
    form = _form_of("requirement", item_id, proposal)
    now = form.item.values.get("phases")
    return page(
        "edit/move.html",
        title=f"Move {form.item.id}",
        status=error.status if error is not None else 200,
        styles=("edit.css",),
        scripts=_SCRIPTS,
        form=form,
        choices=Choices.of(form.outline),
        now=now if isinstance(now, list) else [],
        phase=phase,
        proposal=proposal,
        error=error,
        page_of=page_of,
    )


def _form_of(kind: str, item_id: str, proposal: str) -> FormRecord:
    if kind == "plan":
        raise NotFoundError("the plan itself has no id to change", "change its title instead")
    return services().plan.form(item_id, kind, Target(proposal=proposal))


add_item_routes(blueprint, show_rename, "GET", below="/rename")
add_item_routes(blueprint, send_rename, "POST", below="/rename")
add_route(blueprint, "/edit/requirement/<item_id>/move", show_move, "GET")
add_route(blueprint, "/edit/requirement/<item_id>/move", send_move, "POST")
