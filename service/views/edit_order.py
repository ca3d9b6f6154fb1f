"""`/edit/order`: the phases of a milestone in their order, and what each of them delivers."""

import json
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from pydantic import ValidationError

from service.errors import BadRequestError, ServiceError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.records import EntryRecord, OutlineRecord
from service.services import services
from service.views.edit_review import review_page
from service.views.order_board import Board, board_of
from service.views.order_form import Order
from service.views.pages import page
from service.views.table_columns import TABLE_KINDS

blueprint = Blueprint("edit_order", __name__)
_NONE: Final = "-"
_SCRIPTS: Final = ("elements.js", "drafts.js", "order-model.js", "order-drag.js", "order.js")
_OPEN: Final = ("active", "planned")


@guarded(Zone.PAGE, Scope.PROPOSE)
def order() -> Response:
    """The page."""
    return _page(_place())


@guarded(Zone.PAGE, Scope.PROPOSE)
def rearrange() -> Response:
    """Look at the new order; what was written stays when it is not right."""
    place = _place()
    asked = Order.of(request.form)
    back = _address(request.form.get("milestone", ""), place.proposal)
    try:
        return review_page(asked.edit(), proposal=place.proposal, back=back)
    except ValidationError:
        error = BadRequestError("this form does not hold what the page had", "open the page again")
        return _page(place, asked, error)
    except ServiceError as error:
        return _page(place, asked, error)


def _place() -> Target:
    return Target(proposal=request.values.get("proposal", "").strip()[:210])


def _address(milestone: str, proposal: str) -> str:
    known = {"milestone": milestone, "proposal": proposal}
    query = urlencode({name: each for name, each in known.items() if each})
    return f"/edit/order?{query}" if query else "/edit/order"


def _page(place: Target, asked: Order | None = None, error: ServiceError | None = None) -> Response:
    outline = services().plan.outline(place)
    milestones = [each for each in outline.entries if each.kind == "milestone"]
    chosen = _chosen(outline, milestones)
    board = _board(chosen, outline, place)
    return page(
        "edit_order.html",
        title="Order of phases",
        status=error.status if error is not None else 200,
        scripts=_SCRIPTS,
        styles=("table.css", "order.css"),
        kinds=TABLE_KINDS,
        chosen={"kind": "order", "milestone": chosen, "proposal": place.proposal},
        milestones=milestones,
        loose=any(each.kind == "phase" and not each.milestone for each in outline.entries),
        board=board,
        setup=json.dumps(board.for_script()),
        places=_places(board, asked),
        ticked=dict(asked.ticked or {}) if asked is not None else {},
        to=asked.to if asked is not None else "",
        error=error,
    )


def _chosen(outline: OutlineRecord, milestones: list[EntryRecord]) -> str:
    """The milestone of the address, else the first that is not over and has phases."""
    named = request.values.get("milestone", "").strip()
    known = {each.id for each in milestones}
    if named in known or named == _NONE:
        return named
    used = {each.milestone for each in outline.entries if each.kind == "phase"}
    standing = [each for each in milestones if each.id in used]
    open_ones = [each for each in standing if each.status in _OPEN]
    first = next(iter((*open_ones, *standing)), None)
    return first.id if first is not None else _NONE


def _board(chosen: str, outline: OutlineRecord, place: Target) -> Board:
    plan = services().plan
    milestone = "" if chosen == _NONE else chosen
    ids = {
        each.id for each in outline.entries if each.kind == "phase" and each.milestone == milestone
    }
    wanted = [
        each.id
        for each in outline.entries
        if each.kind == "requirement" and not ids.isdisjoint(each.phases)
    ]
    phases = plan.rows("phase", target=place).rows
    requirements = plan.rows("requirement", wanted, place).rows
    return board_of(milestone, outline, phases, requirements)


def _places(board: Board, asked: Order | None) -> dict[str, str]:
    """What stands in the box of each phase."""
    typed = asked.places if asked is not None else {}
    return {each.id: typed.get(each.id, str(n)) for n, each in enumerate(board.steps, 1)}


add_route(blueprint, "/edit/order", order, "GET")
add_route(blueprint, "/edit/order", rearrange, "POST")
