"""`/admin/audit`: who did what, as JSON."""

from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field, StringConstraints

from service.api.models import Model, Stamp
from service.api.operation import operation
from service.guard import audit_log
from service.guard.principal import Scope
from service.services import services

blueprint = Blueprint("admin_audit", __name__)
Action = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_.-]{0,63}$", max_length=64)]


class AuditRow(Model):
    """One deed, or the attempt at one."""

    number: int
    at: Stamp
    action: str
    """What was done, such as `session.start` or `key.revoke`."""
    outcome: Literal["ok", "refused", "failed"]
    key_id: str | None
    """The key of whoever did it; null for strangers and for commands on the host."""
    person: str
    target: str
    """To what it was done: the id of a key, a path, an execution."""
    address: str
    """From where; `host` for a command on the host."""
    request_id: str
    details: dict[str, str | int | float | bool | None]


class AuditLog(Model):
    """A part of the audit log, newest first."""

    rows: tuple[AuditRow, ...]
    before: int | None
    """Ask with this `before` for the next part; null at the end."""


class AuditQuery(Model):
    """Which part is wanted."""

    limit: int = Field(default=50, ge=1, le=500)
    """Greatest number of rows."""
    before: int | None = Field(default=None, ge=1, le=2**53)
    """Only rows with a smaller number."""
    action: Action | None = None
    """Only this action."""


@operation(
    blueprint,
    "GET",
    "/admin/audit",
    scope=Scope.ADMIN,
    query=AuditQuery,
    returns=AuditLog,
    tag="Audit",
    summary="Read the audit log",
)
def read_audit(query: AuditQuery) -> AuditLog:
    """Sign-ins, changes of keys, edits and executions, newest first."""
    found = services().database.read(
        lambda db: audit_log.rows(
            db, limit=query.limit + 1, before=query.before, action=query.action or ""
        )
    )
    part = found[: query.limit]
    return AuditLog(
        rows=tuple(_shown(row) for row in part),
        before=part[-1].number if len(found) > len(part) else None,
    )


def _shown(row: audit_log.Row) -> AuditRow:
    entry = row.entry
    return AuditRow(
        number=row.number,
        at=row.at,
        action=entry.action,
        outcome=entry.outcome,
        key_id=entry.key_id,
        person=entry.person,
        target=entry.target,
        address=entry.address,
        request_id=entry.request_id,
        details=dict(entry.details),
    )
