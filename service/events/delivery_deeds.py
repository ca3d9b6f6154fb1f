"""What people do with deliveries: the deed and its audit row in one write."""

import sqlite3
from dataclasses import replace

from service.events.receiving import Receipt, Redelivery
from service.guard.address import client_address
from service.guard.audit import about_request, tell
from service.guard.audit_log import record
from service.guard.current import known_principal
from service.observability.request_id import request_id
from service.services import services


def redeliver(delivery_id: str) -> Receipt:
    """Judge a delivery once more by the rules of now, and run what it fires.

    Raises NotFoundError, UnavailableError, QueueFullError.
    """
    entry = about_request("delivery.redeliver", "ok", delivery_id)

    def also(db: sqlite3.Connection, made: Receipt) -> None:
        record(db, replace(entry, details={"delivery": made.delivery_id}))

    asked = Redelivery(known_principal().person, client_address(), request_id(), also)
    made = services().receiver.redeliver(delivery_id, asked)
    tell(entry)
    return made
