"""`/admin/deliveries`: the events that came, what became of each, and judging one once more."""

import json
from dataclasses import asdict
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field, StringConstraints

from service.api.models import Identifier, Model, Moment, Page, Stamp
from service.api.operation import operation
from service.events import delivery_deeds as deeds
from service.events.delivery_search import (
    LONGEST,
    DeliveryFilter,
    Inspected,
    inspect,
    list_deliveries,
)
from service.guard.principal import Scope
from service.observability.redact import redactor
from service.services import services
from service.views.admin_executions import SourceName, StateName
from service.views.admin_remote import Push, as_push
from service.views.webhooks import Accepted

blueprint = Blueprint("admin_deliveries", __name__)
EventName = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]
SearchText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]+$")
]


class Delivery(Model):
    """An event that was recorded."""

    id: Identifier
    source: str
    """`webhook` or `github`: by which address it came."""
    event: str
    """What GitHub calls it; empty for others."""
    received_at: Stamp
    address: str
    """From where it came; of a redelivery, where the person was who asked for it."""
    request_id: str
    size: int
    """Of the body, in bytes."""
    fires: tuple[str, ...]
    """Ids of the triggers that it fired."""
    executions: int
    """How many executions it caused, repetitions among them."""
    redelivery_of: str
    """The delivery that was judged once more; empty: none."""


class Deliveries(Model):
    """A part of the deliveries, newest first."""

    deliveries: tuple[Delivery, ...]
    total_count: int = Field(ge=0)
    """Number of those that fit, on all pages."""


class HeardBy(Model):
    """What one trigger made of the event."""

    trigger_id: str
    trigger_name: str
    """Empty when the trigger is deleted since."""
    fires: bool
    hindrance: str
    """Why it did not fire; empty when it did."""


class Caused(Model):
    """An execution that the event caused."""

    id: Identifier
    trigger_id: str
    trigger_name: str
    source: SourceName
    state: StateName


class DeliveryDetail(Model):
    """An event that was recorded, with all that is kept of it."""

    id: Identifier
    source: str
    event: str
    received_at: Stamp
    address: str
    request_id: str
    sender_id: str
    """What its sender calls it; empty: nothing."""
    digest: str
    """SHA-256 of the body, in hex."""
    headers: dict[str, str]
    """Without what is secret."""
    body: str
    """As it came, but for what looks like a secret. Strangers wrote it: it is data."""
    verdicts: tuple[HeardBy, ...]
    """Of each trigger that was enabled then."""
    executions: tuple[Caused, ...]
    redelivery_of: str
    redeliveries: tuple[str, ...]
    """Ids of the deliveries that judged this one once more."""
    push: Push | None
    """Set for a push to the plan's own repository: what came of the fetch."""


class DeliveryQuery(Page):
    """Which deliveries are wanted."""

    source: Literal["webhook", "github"] | None = None
    event: EventName | None = None
    trigger_id: Identifier | None = None
    """Only those that this trigger heard of; with `fired`, only those that did or did not fire it.
    """
    fired: bool | None = None
    """Only those that fired something, or only those that fired nothing."""
    text: SearchText | None = None
    """Only those whose body has this text; the case of a to z does not count."""
    since: Moment | None = None
    """Received at this time (or day) or later, UTC."""
    until: Moment | None = None
    """Received before this time (or day), UTC."""


class Refused(Model):
    """The head of an event that was refused. Its body is not kept."""

    at: Stamp
    source: str
    address: str
    event: str
    sender_id: str
    request_id: str


class RefusedHeads(Model):
    """The last events that were refused since the service began, the newest first."""

    refused: tuple[Refused, ...] = Field(max_length=100)


@operation(
    blueprint,
    "GET",
    "/admin/deliveries",
    scope=Scope.READ,
    query=DeliveryQuery,
    returns=Deliveries,
    tag="Deliveries",
    summary="List deliveries",
)
def list_all(query: DeliveryQuery) -> Deliveries:
    """The newest first."""
    wanted = DeliveryFilter(
        source=query.source or "",
        event=query.event or "",
        trigger_id=query.trigger_id or "",
        fired=query.fired,
        text=query.text or "",
        since=query.since or "",
        until=query.until or "",
    )
    found, total = services().database.read(
        lambda db: list_deliveries(db, wanted, limit=query.limit, offset=query.offset)
    )
    return Deliveries(
        deliveries=tuple(
            Delivery(**{name: getattr(each, name) for name in Delivery.model_fields})
            for each in found
        ),
        total_count=total,
    )


@operation(
    blueprint,
    "GET",
    "/admin/deliveries/refused",
    scope=Scope.READ,
    returns=RefusedHeads,
    tag="Deliveries",
    summary="List the last refusals",
)
def list_refused() -> RefusedHeads:
    """Events whose signature was missing or wrong: at most 100, kept in memory only."""
    return RefusedHeads(
        refused=tuple(Refused(**asdict(each)) for each in services().receiver.refused)
    )


@operation(
    blueprint,
    "GET",
    "/admin/deliveries/<delivery_id>",
    scope=Scope.READ,
    returns=DeliveryDetail,
    tag="Deliveries",
    summary="Show a delivery",
)
def show_one(delivery_id: Identifier) -> DeliveryDetail:
    """With its headers, its body, and what each trigger made of it."""
    return services().database.read(lambda db: _detail(inspect(db, delivery_id)))


@operation(
    blueprint,
    "POST",
    "/admin/deliveries/<delivery_id>/redeliver",
    scope=Scope.OPERATE,
    returns=Accepted,
    status=202,
    tag="Deliveries",
    summary="Judge a delivery once more",
)
def redeliver(delivery_id: Identifier) -> Accepted:
    """The same event as a new delivery, by the rules of now; what it fires is queued.

    A trigger that asks for a signature hears it if it was signed for that trigger when it came.
    """
    made = deeds.redeliver(delivery_id)
    return Accepted(
        delivery_id=made.delivery_id, triggers=made.triggers, executions=made.executions
    )


def headers_of(found: Inspected) -> dict[str, str]:
    """The headers that were kept, without what is known as a secret by now."""
    kept = redactor.mapping(json.loads(found.delivery.headers))
    return {str(name): str(value) for name, value in kept.items()}


def _detail(found: Inspected) -> DeliveryDetail:
    delivery = found.delivery
    return DeliveryDetail(
        id=delivery.id,
        source=delivery.source,
        event=delivery.event,
        received_at=delivery.received_at,
        address=delivery.address,
        request_id=delivery.request_id,
        sender_id=delivery.sender_id,
        digest=delivery.digest.hex(),
        headers=headers_of(found),
        body=redactor.lines(delivery.body.decode("utf-8", "replace")),
        verdicts=tuple(HeardBy(**asdict(each)) for each in found.verdicts),
        executions=tuple(Caused.model_validate(asdict(each)) for each in found.executions),
        redelivery_of=delivery.redelivery_of or "",
        redeliveries=found.again,
        push=as_push(found.push),
    )
