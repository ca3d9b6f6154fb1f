"""What is said after a save: where it leads, and what became of it.

The address carries a name of the form that was sent, and what is shown comes from the record of
that form, for the person who sent it: no address can make a page say what was not.
"""

from typing import Annotated
from urllib.parse import quote

from flask import Blueprint, Response
from pydantic import StringConstraints

from service.api.models import Model
from service.api.operation import operation
from service.errors import NotFoundError
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.planning.records import SavedRecord
from service.planning.saving import saved_before
from service.views.edit_sending import is_nonce
from service.views.item_page import list_of, page_of
from service.views.pages import page

blueprint = Blueprint("edit_saved", __name__)
_PROPOSALS = "plan/"
Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{16,64}$", max_length=64)]


class Receipt(Model):
    """What became of a form that was sent."""

    commit: str
    """Empty: the plan said all of it already."""
    branch: str
    message: str
    notes: tuple[str, ...]
    left: tuple[str, ...]
    """Files of the work tree that could not be brought along."""


def address_after(saved: SavedRecord, nonce: str) -> str:
    """Where a save leads: to the item, or to a page of its own where there is more to say."""
    return f"/edit/saved/{nonce}" if saved.left else f"{place_of(saved)}?saved={nonce}"


def place_of(saved: SavedRecord) -> str:
    """The page that shows what was saved."""
    if saved.branch.startswith(_PROPOSALS):
        return f"/proposals/{quote(saved.branch.removeprefix(_PROPOSALS), safe='')}"
    return page_of(saved.kind, saved.id) if saved.blob else list_of(saved.kind)


@operation(
    blueprint,
    "GET",
    "/api/plan/saved/<nonce>",
    scope=Scope.PROPOSE,
    returns=Receipt,
    tag="Plan",
    summary="What became of a form that was sent",
)
def show_receipt(nonce: Nonce) -> Receipt:
    """The commit that a form of the caller became, for the page that it led to."""
    saved = _found(nonce)
    return Receipt(
        commit=saved.commit,
        branch=saved.branch,
        message=saved.message,
        notes=saved.notes,
        left=saved.left,
    )


@guarded(Zone.PAGE, Scope.PROPOSE)
def saved_page(nonce: str) -> Response:
    """The same for people, with what is to be done about files that were left behind."""
    saved = _found(nonce)
    return page(
        "saved.html",
        title="Saved",
        styles=("review.css",),
        saved=saved,
        place=place_of(saved),
    )


def _found(nonce: str) -> SavedRecord:
    saved = saved_before(nonce) if is_nonce(nonce) else None
    if saved is None:
        raise NotFoundError("nothing is known of such a save", "look at the plan, or its changes")
    return saved


add_route(blueprint, "/edit/saved/<nonce>", saved_page, "GET")
