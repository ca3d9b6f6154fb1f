"""The one pipeline of all webhooks, after size and rate: signature, JSON, match, record, answer.

The rules are kept in memory, so that an event costs one trip to the database and a forged one
costs none that waits for a lock.  They are never trusted further than that: the transaction that
records an event checks that they still hold, and a refusal is first tried against fresh ones.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from service.clock import stamp
from service.db.database import Database
from service.errors import ForbiddenError, UnavailableError
from service.events.dedup import USUAL, Key, Windows, claim, keys_of
from service.events.deliveries import Delivery, add_delivery, new_delivery
from service.events.judging import Admitted, Door, Incoming, admit, judge
from service.events.matching import Verdict
from service.events.paths import look_up, text_of
from service.events.triggers import Rules, are_current, read_rules
from service.executions.asking import Cause, Runnable, new_execution
from service.executions.records import enqueue

_TRIES: Final = 5
REFUSED_HEADS: Final = 100
_HEAD_LENGTH: Final = 100


class _RulesChangedError(Exception):
    """A trigger changed while an event was judged."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An event that is durably recorded, the triggers that it fires, and what that started.

    `duplicate` tells that it has come before: the ids are those of the first time.
    """

    delivery_id: str
    triggers: tuple[str, ...]
    executions: tuple[str, ...]
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class RefusedHead:
    """What is kept of an event that was refused: never its body."""

    at: str
    source: str
    address: str
    event: str
    sender_id: str
    request_id: str


class Receiver:
    """Accepts events of one database; `started` is called after some were queued."""

    def __init__(
        self,
        database: Database,
        windows: Windows = USUAL,
        started: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._windows = windows
        self._started = started
        self._rules: Rules | None = None
        # A fixed number: a flood of forged events costs no memory and no row.
        self._refused: deque[RefusedHead] = deque(maxlen=REFUSED_HEADS)

    @property
    def refused(self) -> tuple[RefusedHead, ...]:
        """The heads of the last events that were refused, the newest first."""
        return tuple(reversed(self._refused))

    def admit(self, incoming: Incoming, door: Door) -> Admitted:
        """Check who sent the event.  Raises ForbiddenError, and UnavailableError."""
        try:
            return admit(incoming, door, self._known())
        except ForbiddenError:
            pass
        try:
            return admit(incoming, door, self._fresh())
        except ForbiddenError:
            self._refused.append(
                RefusedHead(
                    stamp(),
                    door.source,
                    incoming.address,
                    incoming.event[:_HEAD_LENGTH],
                    incoming.sender_id[:_HEAD_LENGTH],
                    incoming.request_id,
                )
            )
            raise

    def accept(
        self, incoming: Incoming, door: Door, admitted: Admitted, payload: Mapping[str, Any]
    ) -> Receipt:
        """Match the event, record it with the verdicts and queue what it fires, or nothing of it.

        One that has come before changes nothing.  Raises UnavailableError when that cannot be done
        now (QueueFullError when too many executions wait), and ForbiddenError when the trigger
        that heard the event lost its secret meanwhile.
        """
        for _ in range(_TRIES):
            verdicts = judge(incoming, door, admitted, payload)
            delivery = new_delivery(door.source, incoming, verdicts)
            fired = _fired(verdicts, admitted, payload)
            windows = self._windows.for_triggers(each.dedup_s for each in fired)
            keys = keys_of(door.source, incoming.sender_id, incoming.raw, windows)
            work = partial(_record, rules=admitted.read, delivery=delivery, keys=keys, fired=fired)
            try:
                receipt = self._database.write(work)
            except _RulesChangedError:
                admitted = admit(incoming, door, self._fresh())
            else:
                if receipt.executions and not receipt.duplicate:
                    self._started()
                return receipt
        raise UnavailableError("the triggers are being changed", 1)

    def _known(self) -> Rules:
        return self._rules or self._fresh()

    def _fresh(self) -> Rules:
        self._rules = self._database.read(read_rules)
        return self._rules


@dataclass(frozen=True, slots=True)
class Firing:
    """A trigger that an event fires, with what its prompt needs of the event."""

    runnable: Runnable
    message: str
    payload: Mapping[str, Any]
    dedup_s: int | None


def _fired(
    verdicts: Iterable[Verdict], admitted: Admitted, payload: Mapping[str, Any]
) -> tuple[Firing, ...]:
    return tuple(
        Firing(
            rule.runnable,
            text_of(look_up(payload, rule.criteria.text_path)),
            payload,
            rule.dedup_s,
        )
        for verdict, rule in zip(verdicts, admitted.rules, strict=True)
        if verdict.fires
    )


def _record(
    db: sqlite3.Connection,
    rules: Rules,
    delivery: Delivery,
    keys: tuple[Key, ...],
    fired: tuple[Firing, ...],
) -> Receipt:
    if not are_current(db, rules):
        raise _RulesChangedError
    first = claim(db, delivery.source, keys, delivery.id)
    if first:
        return _first_receipt(db, first)
    add_delivery(db, delivery)
    queued = tuple(_queue(db, each, delivery) for each in fired)
    return Receipt(delivery.id, tuple(each.runnable.id for each in fired), queued)


def _queue(db: sqlite3.Connection, firing: Firing, delivery: Delivery) -> str:
    cause = Cause(
        source=delivery.source,
        person=delivery.source,
        request_id=delivery.request_id,
        event=delivery.event,
        message=firing.message,
        delivery_id=delivery.id,
        payload=firing.payload,
    )
    return enqueue(db, new_execution(firing.runnable, cause)).id


def _first_receipt(db: sqlite3.Connection, delivery_id: str) -> Receipt:
    """What was answered the first time; the delivery itself may have been cleared since."""
    rows = db.execute(
        "SELECT id, trigger_id FROM executions WHERE delivery_id = ? AND source IN"
        " ('webhook', 'github') ORDER BY number",
        (delivery_id,),
    ).fetchall()
    return Receipt(
        delivery_id,
        tuple(row["trigger_id"] for row in rows),
        tuple(row["id"] for row in rows),
        duplicate=True,
    )
