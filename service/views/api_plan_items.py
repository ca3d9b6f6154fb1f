"""`/api/plan/<kind>/<id>`: items one by one, and lists of them."""

from flask import Blueprint, request

from service.api.operation import Answered, operation
from service.guard.principal import Scope
from service.planning.desk import Target
from service.planning.edits import Kind, Ref
from service.planning.past_records import HistoryRecord
from service.planning.records import ItemRecord, ItemsRecord
from service.planning.selecting import Part, Wanted
from service.services import services
from service.views.plan_addresses import ITEM, RESEARCH, teach
from service.views.plan_requests import HistoryQuery, ItemsQuery, Place

blueprint = Blueprint("api_plan_items", __name__)
teach(blueprint)
_TAG = "Plan: items"


@operation(
    blueprint,
    "GET",
    "/api/plan/items",
    scope=Scope.READ,
    query=ItemsQuery,
    returns=ItemsRecord,
    fails=(404, 409, 422),
    tag=_TAG,
    summary="List items in short",
)
def list_items(query: ItemsQuery) -> ItemsRecord:
    """In the order of the plan: milestones, phases by number, requirements, research."""
    wanted = Wanted(query.kind, query.phase, query.milestone, query.status, query.q)
    part = Part(query.offset, query.limit)
    return services().plan.items(wanted, part, Target(proposal=query.proposal))


@operation(
    blueprint,
    "GET",
    ITEM,
    also=(RESEARCH,),
    scope=Scope.READ,
    query=Place,
    returns=ItemRecord,
    more={304: None},
    headers={"If-None-Match": "The ETag of an earlier answer: 304 when the file is still that."},
    gives={"ETag": "The blob of the item's file, in quotes: what a change sends as If-Match."},
    fails=(405, 409, 422),
    tag=_TAG,
    summary="One item with all its values",
)
def show_item(kind: Kind, item_id: Ref, query: Place) -> Answered:
    """By its id or an alias, in any case; the id of a research document is `run/topic`.

    The ETag stands for the file of the item.  Who refers to it and what problems it has may change
    without it: leave If-None-Match out to see those.
    """
    found = services().plan.open(item_id, kind, Target(proposal=query.proposal))
    headers = {"ETag": f'"{found.blob}"'}
    if request.if_none_match.contains_weak(found.blob):
        return Answered(None, 304, headers)
    return Answered(found, 200, headers)


@operation(
    blueprint,
    "GET",
    f"{ITEM}/history",
    also=(f"{RESEARCH}/history",),
    scope=Scope.READ,
    query=HistoryQuery,
    returns=HistoryRecord,
    fails=(409, 422),
    tag=_TAG,
    summary="The versions of an item",
)
def show_item_history(kind: Kind, item_id: Ref, query: HistoryQuery) -> HistoryRecord:
    """Newest first, in words, with the text of each, and which commit gave each field its value.

    An item that was deleted, or is called otherwise now, is found by its old id.
    """
    branch = f"plan/{query.proposal}" if query.proposal else ""
    return services().plan.history(item_id, kind, branch, skip=query.offset, count=query.limit)
