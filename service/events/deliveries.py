"""The records of webhooks that were accepted."""

import json
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from service.clock import stamp
from service.errors import NotFoundError
from service.events.judging import Incoming
from service.events.matching import Verdict

_ID_BYTES = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted event, as it is kept."""

    id: str
    source: str
    event: str
    received_at: str
    address: str
    request_id: str
    digest: bytes
    body: bytes
    matched: str
    headers: str = "{}"
    sender_id: str = ""
    redelivery_of: str | None = None
    signed_for: str = "[]"


def new_delivery(
    source: str,
    incoming: Incoming,
    verdicts: Iterable[Verdict],
    *,
    signed_for: Iterable[str] = (),
    redelivery_of: str | None = None,
) -> Delivery:
    """The record of an event with what each trigger made of it; `signed_for` as in `Admitted`."""
    return Delivery(
        id=f"dlv-{secrets.token_hex(_ID_BYTES)}",
        source=source,
        event=incoming.event,
        received_at=stamp(),
        address=incoming.address,
        request_id=incoming.request_id,
        digest=incoming.digest,
        body=incoming.raw,
        matched=f"[{', '.join(map(_verdict_json, verdicts))}]",
        headers=json.dumps(dict(incoming.headers)),
        sender_id=incoming.sender_id,
        redelivery_of=redelivery_of,
        signed_for=json.dumps(sorted(signed_for)),
    )


@lru_cache(maxsize=4096)
def _verdict_json(verdict: Verdict) -> str:
    # The same few reasons again and again: of many triggers an event fires one.
    return json.dumps(
        {"trigger_id": verdict.trigger_id, "fires": verdict.fires, "hindrance": verdict.hindrance}
    )


def add_delivery(db: sqlite3.Connection, delivery: Delivery) -> None:
    """Keep a delivery; the caller's transaction makes it durable."""
    db.execute(
        "INSERT INTO deliveries (id, source, event, received_at, address, request_id, digest, body,"
        " matched, headers, sender_id, redelivery_of, signed_for)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            delivery.id,
            delivery.source,
            delivery.event,
            delivery.received_at,
            delivery.address,
            delivery.request_id,
            delivery.digest,
            delivery.body,
            delivery.matched,
            delivery.headers,
            delivery.sender_id,
            delivery.redelivery_of,
            delivery.signed_for,
        ),
    )


def find_delivery(db: sqlite3.Connection, delivery_id: str) -> Delivery:
    """One delivery.  Raises NotFoundError."""
    row = db.execute("SELECT * FROM deliveries WHERE id = ?", (delivery_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"there is no delivery {delivery_id}", "it may have been cleared")
    return Delivery(**dict(row))
