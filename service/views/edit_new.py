"""`/edit/new/<kind>`: the form of a new item."""

from flask import Blueprint, Response, request

from planner.model.fields import KINDS
from service.errors import NotFoundError
from service.forms.choices import Choices
from service.forms.filled import Filled, filled_of
from service.forms.reading import changes_of
from service.forms.sheet import blank_values
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import CreateEdit
from service.services import services
from service.views.edit_addresses import new_address
from service.views.form_page import CHOSEN, FormPage, show_form
from service.views.form_work import FormWork

blueprint = Blueprint("edit_new", __name__)
# What is asked beside the fields, by kind.
_ASKED = {
    "milestone": ("id",),
    "phase": ("id", "after"),
    "requirement": ("id", "category"),
    "research": ("id",),
}


class NewWork(FormWork):
    """The form of a new item as a person sent it."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind, request.form)
        self._asked = {name: request.form.get(name, "").strip() for name in _ASKED[kind]}

    def edit_of(self, filled: Filled) -> CreateEdit:
        """The new item with the fields that say something."""
        fields = changes_of(filled, blank_values(self.kind))
        return CreateEdit.model_validate({"kind": self.kind, "fields": fields, **self._asked})

    def page_of(self, filled: Filled) -> FormPage:
        """The form with what stands in it."""
        return _page(self.kind, filled, self._asked, self.proposal)

    def back(self) -> str:
        """The form, which a script fills with what was typed."""
        return new_address(self.kind, proposal=self.proposal, draft="restore")


def _page(kind: str, filled: Filled, asked: dict[str, str], proposal: str) -> FormPage:
    outline = services().plan.outline(Target(proposal=proposal), kinds=CHOSEN)
    return FormPage(
        kind=kind,
        item_id="",
        filled=filled,
        choices=Choices.of(outline),
        proposal=proposal,
        asked=asked,
    )


def _known(kind: str) -> str:
    """The kind.  Raises NotFoundError for one of which there is nothing new."""
    if kind not in KINDS or kind not in _ASKED:
        raise NotFoundError(f"there is no kind of item {kind!r} to make")
    return kind


@guarded(Zone.PAGE, Scope.PROPOSE)
def show_new(kind: str) -> Response:
    """A blank form, with what the address says already."""
    values = blank_values(_known(kind))
    wanted = {name: request.args.get(name, "").strip() for name in ("phase", "milestone")}
    if kind == "requirement" and wanted["phase"]:
        values["phases"] = [wanted["phase"]]
    if kind == "phase" and wanted["milestone"]:
        values["milestone"] = wanted["milestone"]
    asked = {name: request.args.get(name, "").strip() for name in _ASKED[kind]}
    proposal = request.args.get("proposal", "").strip()
    return show_form(_page(kind, filled_of(kind, values), asked, proposal))


@guarded(Zone.PAGE, Scope.PROPOSE)
def send_new(kind: str) -> Response:
    """What was filled in, on its way to the review; or the form again, with another row."""
    return NewWork(_known(kind)).answer()


@guarded(Zone.PAGE, Scope.PROPOSE)
def check_new(kind: str) -> Response:
    """What the checks say of what is filled in, and the id that it would get."""
    return NewWork(_known(kind)).check()


add_route(blueprint, "/edit/new/<kind>", show_new, "GET")
add_route(blueprint, "/edit/new/<kind>", send_new, "POST")
add_route(blueprint, "/edit/new/<kind>/check", check_new, "POST")
