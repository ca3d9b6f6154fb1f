"""Writing into the audit log what the request under way does, or tries to do."""

import structlog

from service.guard.address import client_address
from service.guard.audit_log import Detail, Entry, Outcome, record
from service.guard.current import principal
from service.observability.request_id import request_id
from service.services import services

_log = structlog.get_logger(__name__)


def note(action: str, outcome: Outcome, target: str = "", **details: Detail) -> None:
    """Write a row about the current request, and return once it is durable.

    Raises UnavailableError when it cannot be written: what must be audited must not happen then.
    """
    entry = about_request(action, outcome, target, **details)
    services().database.write(lambda db: record(db, entry))
    tell(entry)


def tell(entry: Entry) -> None:
    """Log an entry, once its row is durable."""
    _log.info(
        "audit",
        action=entry.action,
        outcome=entry.outcome,
        target=entry.target,
        key_id=entry.key_id,
        address=entry.address,
        request_id=entry.request_id,
    )


def about_request(
    action: str,
    outcome: Outcome,
    target: str = "",
    **details: Detail,
) -> Entry:
    """What `record` shall write in the transaction of the deed itself."""
    who = principal()
    return Entry(
        action=action,
        outcome=outcome,
        target=target,
        key_id=who.key_id if who else None,
        person=who.person if who else "",
        address=client_address(),
        request_id=request_id(),
        details=details,
    )
