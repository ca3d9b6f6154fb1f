"""`/approve/<kind>/<id>`: read what a model wrote, and approve exactly that."""

import re
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, request

from planner.model.fields import KINDS
from service.errors import BadRequestError, NotFoundError
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.edits import ApproveEdit
from service.planning.waiting import waiting_texts
from service.services import services
from service.views.edit_review import review_page
from service.views.item_page import page_of
from service.views.pages import page

blueprint = Blueprint("approving", __name__)
_STYLES: Final = ("proposals.css",)
# A hash and the name of a field, as the page sends them.
_TEXT = re.compile(r"([0-9a-f]{12}) (.{1,210})")


@guarded(Zone.PAGE, Scope.READ)
def show(kind: str, item_id: str) -> Response:
    """The texts that wait, each whole, with a box to tick."""
    found = services().plan.open(item_id, _kind(kind))
    return page(
        "approve.html",
        title=f"Approve texts of {found.title or found.id}",
        styles=_STYLES,
        found=found,
        heading=found.title or found.id,
        texts=waiting_texts(found),
        address=_address(kind, found.id),
        page_of_item=page_of(kind, found.id),
        may_propose=known_principal().may(Scope.PROPOSE),
    )


@guarded(Zone.PAGE, Scope.PROPOSE)
def approve(kind: str, item_id: str) -> Response:
    """Show what it would do to approve the ticked texts; whoever saves it has approved them."""
    sent = [_TEXT.fullmatch(each) for each in request.form.getlist("text")]
    if not sent:
        raise BadRequestError("no text is ticked", "go back, and tick what you approve")
    texts = {each[2]: each[1] for each in sent if each is not None}
    if len(texts) != len(sent):
        raise BadRequestError("this names no text", "go back to the page, and tick the texts there")
    edit = ApproveEdit.model_validate({"kind": _kind(kind), "id": item_id, "texts": texts})
    return review_page(edit, back=_address(kind, item_id))


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise NotFoundError("no kind of item has this name", f"the kinds are {', '.join(KINDS)}")
    return kind


def _address(kind: str, item_id: str) -> str:
    return f"/approve/{kind}/{quote(item_id)}"


add_route(blueprint, "/approve/<kind>/<path:item_id>", show, "GET")
add_route(blueprint, "/approve/<kind>/<path:item_id>", approve, "POST", name="approve")
