"""`/api/plan`: change, make, rename, delete, restore and order items; each save is one commit."""

from flask import Blueprint, request

from service.api.operation import Answered, operation
from service.errors import BadRequestError, NotFoundError
from service.guard.principal import Scope
from service.planning import saving
from service.planning.desk import Target
from service.planning.edits import (
    AnyEdit,
    CreateEdit,
    DeleteEdit,
    Kind,
    Ref,
    RenameEdit,
    ReorderEdit,
    RestoreEdit,
    SetEdit,
)
from service.planning.failures import RefusedEditError, UncommittedError
from service.planning.records import SavedRecord
from service.services import services
from service.views.plan_addresses import ITEM, RESEARCH, teach
from service.views.plan_answers import (
    GIVES,
    ConflictRecord,
    base_in_header,
    base_of_request,
    refused,
    saved_or_conflict,
    uncommitted,
)
from service.views.plan_requests import (
    ITEM_BYTES,
    MANY_BYTES,
    ChangeRequest,
    CreateRequest,
    DeleteQuery,
    ListKind,
    OrderRequest,
    RenameRequest,
    RestoreRequest,
    SaveRequest,
    Saving,
)

blueprint = Blueprint("api_plan_edits", __name__)
teach(blueprint)
_TAG = "Plan: edits"
_KEY = {
    "Idempotency-Key": "A new word for each request, such as a UUID: sent again with it, the very "
    "same request is answered as the first time, and not saved again.  Kept for 24 hours."
}
_BASE = {"If-Match": "The ETag of the item as it was read: what others changed since is merged."}


@operation(
    blueprint,
    "PATCH",
    ITEM,
    also=(RESEARCH,),
    scope=Scope.PROPOSE,
    body=ChangeRequest,
    body_bytes=ITEM_BYTES,
    returns=SavedRecord,
    more={409: ConflictRecord},
    headers=_BASE,
    demands=("If-Match",),
    gives=GIVES,
    fails=(405, 412, 422, 428),
    tag=_TAG,
    summary="Change fields of an item",
)
def change_item(kind: Kind, item_id: Ref, body: ChangeRequest) -> Answered:
    """Only the named fields change; what others changed since `If-Match` is merged field by field.

    `merged` of the answer says what came together.  What only a person can bring together is a 409
    with base, theirs and yours, and nothing is written.
    """
    edit = SetEdit(kind=kind, id=item_id, changes=body.changes, blob=base_of_request())
    with base_in_header():
        return _save(edit, body)


@operation(
    blueprint,
    "DELETE",
    ITEM,
    also=(RESEARCH,),
    scope=Scope.PROPOSE,
    query=DeleteQuery,
    returns=SavedRecord,
    more={409: ConflictRecord},
    headers=_BASE,
    demands=("If-Match",),
    fails=(405, 412, 422, 428),
    tag=_TAG,
    summary="Delete an item",
)
def delete_item(kind: Kind, item_id: Ref, query: DeleteQuery) -> Answered:
    """The item must still be as `If-Match` says; otherwise the 409 has both texts.

    While others refer to it, `references` says what becomes of that; refused, the 409 names them.
    """
    edit = DeleteEdit(kind=kind, id=item_id, references=query.references, blob=base_of_request())
    try:
        with base_in_header():
            return _save(edit, query)
    except RefusedEditError as error:
        found = services().plan.open(item_id, kind, Target(proposal=query.proposal))
        return refused(error, found.references)


@operation(
    blueprint,
    "POST",
    "/api/plan/<newkind:kind>",
    scope=Scope.PROPOSE,
    body=CreateRequest,
    body_bytes=ITEM_BYTES,
    returns=SavedRecord,
    status=201,
    more={409: ConflictRecord},
    headers=_KEY,
    gives={**GIVES, "Location": "Where the API shows the new item."},
    fails=(422,),
    tag=_TAG,
    summary="Make an item",
)
def create_item(kind: ListKind, body: CreateRequest) -> Answered:
    """Without an id it gets the next free one, on every branch."""
    edit = CreateEdit(
        kind=kind, fields=body.fields, id=body.id, category=body.category, after=body.after
    )
    return _save(edit, body, status=201, location=True)


@operation(
    blueprint,
    "POST",
    f"{ITEM}/rename",
    also=(f"{RESEARCH}/rename",),
    scope=Scope.PROPOSE,
    body=RenameRequest,
    returns=SavedRecord,
    more={409: ConflictRecord},
    headers=_KEY,
    gives={**GIVES, "Location": "Where the API shows the item now."},
    # `/api/plan/research/run/rename` is a document.
    fails=(405, 422),
    tag=_TAG,
    summary="Give an item another id",
)
def rename_item(kind: Kind, item_id: Ref, body: RenameRequest) -> Answered:
    """Every reference follows in the same commit, and the old id stays as an alias."""
    edit = RenameEdit(kind=kind, id=item_id, new_id=body.new_id)
    return _save(edit, body, location=True)


@operation(
    blueprint,
    "POST",
    f"{ITEM}/restore",
    also=(f"{RESEARCH}/restore",),
    scope=Scope.PROPOSE,
    body=RestoreRequest,
    returns=SavedRecord,
    more={409: ConflictRecord},
    headers={**_BASE, **_KEY},
    gives=GIVES,
    fails=(405, 412, 422, 428),
    tag=_TAG,
    summary="Make an item what it was",
)
def restore_item(kind: Kind, item_id: Ref, body: RestoreRequest) -> Answered:
    """A new commit with the text of an earlier version; aliases stay.

    `If-Match` is needed unless the item was deleted: then it comes back.
    """
    edit = RestoreEdit(
        kind=kind, id=item_id, old_blob=body.old_blob, blob=_base_unless_gone(kind, item_id, body)
    )
    with base_in_header():
        return _save(edit, body)


def _base_unless_gone(kind: Kind, item_id: str, body: Saving) -> str:
    if "If-Match" not in request.headers:
        try:
            services().plan.open(item_id, kind, Target(proposal=body.proposal))
        except NotFoundError:
            return ""
    return base_of_request()


@operation(
    blueprint,
    "POST",
    "/api/plan/order",
    scope=Scope.PROPOSE,
    body=OrderRequest,
    body_bytes=ITEM_BYTES,
    returns=SavedRecord,
    more={409: ConflictRecord},
    headers=_KEY,
    gives=GIVES,
    fails=(404, 422),
    tag=_TAG,
    summary="Bring phases into an order",
)
def order_phases(body: OrderRequest) -> Answered:
    """Their numbers are dealt out anew: one line changes in each phase that moves."""
    return _save(ReorderEdit(ids=body.ids), body)


@operation(
    blueprint,
    "POST",
    "/api/plan/save",
    scope=Scope.PROPOSE,
    body=SaveRequest,
    body_bytes=MANY_BYTES,
    returns=SavedRecord,
    more={409: ConflictRecord},
    headers=_KEY,
    gives=GIVES,
    fails=(404, 422),
    tag=_TAG,
    summary="Save any edit, or many as one commit",
)
def save_edit(body: SaveRequest) -> Answered:
    """The same edits as `/api/plan/preview` shows; `together` saves many of them or none.

    An edit without a `blob` is made on the item as it is, whatever others changed.
    """
    return _save(body.edit, body)


def _save(edit: AnyEdit, how: Saving, *, status: int = 200, location: bool = False) -> Answered:
    wish = saving.Wish(
        message=how.message,
        target=Target(proposal=how.proposal),
        reviewed=how.reviewed,
        key=_key_of_request(),
    )
    try:
        outcome = saving.save(edit, wish)
    except UncommittedError as error:
        return uncommitted(error)
    return saved_or_conflict(outcome, status=status, proposal=how.proposal, location=location)


def _key_of_request() -> str:
    sent = request.headers.get("Idempotency-Key")
    if sent is not None and not sent.strip():
        raise BadRequestError("Idempotency-Key is empty", "leave it out, or make one up")
    return (sent or "").strip()
