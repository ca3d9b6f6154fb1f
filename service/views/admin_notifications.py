"""`/admin/notifications`: who was told how executions went, and what stands in the way."""

from dataclasses import asdict
from typing import Literal

from flask import Blueprint
from pydantic import Field

from service.api.models import Identifier, Model, Page, Stamp
from service.api.operation import operation
from service.guard.principal import Scope
from service.notifications import records
from service.services import services

blueprint = Blueprint("admin_notifications", __name__)
NotificationState = Literal["waiting", "sent", "failed"]
NotificationKind = Literal["hook", "status"]


class Notification(Model):
    """The notification of the end of an execution, or the status of its commit at GitHub."""

    id: Identifier
    """Of a notification sent as `webhook-id`, the same in each attempt."""
    kind: NotificationKind
    """`hook`: to the address of the trigger. `status`: the status of a commit at GitHub."""
    execution_id: Identifier
    to: str
    """Scheme, host and port of the address; of a status, the repository and the commit."""
    says: Literal["", "pending", "success", "failure", "error"]
    """What the status says; empty for a notification."""
    words: str
    """The description of the status."""
    state: NotificationState
    attempts: int
    """How many attempts were begun; at most 8."""
    next_at: Stamp
    """While it waits: when it is tried next."""
    reason: str
    """Why the last attempt failed; empty: it did not."""
    at: Stamp
    """When the execution ended; of a status, when what it says came to be."""


class Notifications(Model):
    """A part of the notifications, newest first."""

    notifications: tuple[Notification, ...]
    total_count: int = Field(ge=0)
    """Number of those that fit, on all pages."""


class NotificationQuery(Page):
    """Which notifications are wanted."""

    state: NotificationState | None = None
    kind: NotificationKind | None = None
    execution_id: Identifier | None = None


@operation(
    blueprint,
    "GET",
    "/admin/notifications",
    scope=Scope.READ,
    query=NotificationQuery,
    returns=Notifications,
    tag="Executions",
    summary="List notifications",
)
def list_notifications(query: NotificationQuery) -> Notifications:
    """The newest first."""
    found, total = services().database.read(
        lambda db: records.list_notifications(
            db,
            state=query.state or "",
            kind=query.kind or "",
            execution_id=query.execution_id or "",
            limit=query.limit,
            offset=query.offset,
        )
    )
    return Notifications(notifications=tuple(map(shown, found)), total_count=total)


def shown(found: records.Notification) -> Notification:
    """A notification as the API shows it."""
    return Notification.model_validate(asdict(found))
