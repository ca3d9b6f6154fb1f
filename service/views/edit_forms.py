"""`/edit/<kind>/<id>`: the form of an item that is there."""

from dataclasses import replace

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.errors import NotFoundError
from service.forms.choices import Choices
from service.forms.filled import Filled, filled_of
from service.forms.findings import found_of
from service.forms.reading import changes_of
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import SetEdit
from service.planning.failures import NotPossibleError
from service.services import services
from service.views.edit_addresses import add_item_routes, form_address
from service.views.form_page import CHOSEN, FormPage, show_form
from service.views.form_work import FormWork
from service.views.pages import page

blueprint = Blueprint("edit_forms", __name__)


class ItemWork(FormWork):
    """The form of an item as a person sent it; `blob` is what the file was when it was opened."""

    def __init__(self, kind: str, item_id: str) -> None:
        super().__init__(kind, request.form, item_id)
        self._id = item_id
        self._blob = request.form.get("blob", "")

    def edit_of(self, filled: Filled) -> SetEdit:
        """The fields that differ from what they were.  Raises as `FormWork.edit_of`."""
        base = services().plan.base(self.kind, self._id, self._blob)
        changes = changes_of(filled, base.values)
        return SetEdit.model_validate(
            {"kind": self.kind, "id": self._id, "changes": changes, "blob": self._blob}
        )

    def page_of(self, filled: Filled) -> FormPage:
        """The form with what stands in it."""
        shown = FormPage(
            kind=self.kind,
            item_id=self._id,
            filled=filled,
            blob=self._blob,
            proposal=self.proposal,
        )
        return _with_item(shown, self.target)

    def back(self) -> str:
        """The form, which a script fills with what was typed."""
        return form_address(self.kind, self._id, proposal=self.proposal, draft="restore")


def _with_item(shown: FormPage, target: Target) -> FormPage:
    """The form beside the item as it is now; without it, where it is gone or unreadable."""
    try:
        form = services().plan.form(shown.item_id, shown.kind, target)
    except (NotFoundError, NotPossibleError) as error:
        outline = services().plan.outline(target, kinds=CHOSEN)
        return replace(shown, choices=Choices.of(outline), error=error)
    return replace(shown, choices=Choices.of(form.outline), form=form)


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_item(kind: str, item_id: str) -> AnyResponse:
    """The form of an item."""
    proposal = request.args.get("proposal", "").strip()
    target = Target(proposal=proposal)
    try:
        form = services().plan.form(item_id, kind, target)
    except NotPossibleError as error:
        return without_form(kind, item_id, target, error)
    item = form.item
    if item.id != item_id:
        return redirect(form_address(kind, item.id, proposal=proposal), 303)
    filled = filled_of(kind, item.values)
    return show_form(
        FormPage(
            kind=kind,
            item_id=item.id,
            filled=filled,
            choices=Choices.of(form.outline),
            form=form,
            blob=item.blob,
            proposal=proposal,
            found=found_of(filled, form.checks),
        )
    )


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_plan() -> AnyResponse:
    """The form of the plan itself."""
    return redirect(form_address("plan", "plan", proposal=request.args.get("proposal", "")), 303)


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_item(kind: str, item_id: str) -> Response:
    """What was filled in, on its way to the review; or the form again, with another row."""
    return ItemWork(kind, item_id).answer()


@guarded(Zone.PAGE, Scope.PROPOSE)
def check_item(kind: str, item_id: str) -> Response:
    """What the checks say of what is filled in, for the script of the form."""
    return ItemWork(kind, item_id).check()


def without_form(kind: str, item_id: str, target: Target, error: NotPossibleError) -> Response:
    """A file that cannot be read, with its text and how to mend it.  Raises `error` for others."""
    try:
        file = services().plan.unreadable(item_id, kind, target)
    except NotFoundError:
        raise error from None
    return page(
        "edit/unreadable.html",
        title=f"{file.path} cannot be read",
        status=error.status,
        file=file,
        proposal=target.proposal,
    )


add_route(blueprint, "/edit/plan", show_plan, "GET")
add_item_routes(blueprint, show_item, "GET")
add_item_routes(blueprint, send_item, "POST")
add_item_routes(blueprint, check_item, "POST", below="/check")
