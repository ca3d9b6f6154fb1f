"""The one pipeline of all webhooks, after size and rate: signature, JSON, match, record, answer.

The rules are kept in memory, so that an event costs one trip to the database and a forged one
costs none that waits for a lock.  They are never trusted further than that: the transaction that
records an event checks that they still hold, and a refusal is first tried against fresh ones.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from service.db.database import Database
from service.errors import ForbiddenError, UnavailableError
from service.events.deliveries import Delivery, add_delivery, new_delivery
from service.events.judging import Admitted, Door, Incoming, admit, judge
from service.events.triggers import Rule, Rules, read_rules

_TRIES: Final = 5


class _RulesChangedError(Exception):
    """A trigger changed while an event was judged."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An event that is durably recorded, and the triggers that it fires."""

    delivery_id: str
    triggers: tuple[str, ...]


class Receiver:
    """Accepts events of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rules: Rules | None = None

    def admit(self, incoming: Incoming, door: Door) -> Admitted:
        """Check who sent the event.  Raises ForbiddenError, and UnavailableError."""
        try:
            return admit(incoming, door, self._known())
        except ForbiddenError:
            return admit(incoming, door, self._fresh())

    def accept(
        self, incoming: Incoming, door: Door, admitted: Admitted, payload: Mapping[str, Any]
    ) -> Receipt:
        """Match the event and record it with the verdicts, in one transaction.

        Raises UnavailableError when that cannot be done now, and ForbiddenError when the trigger
        that heard the event lost its secret meanwhile.
        """
        for _ in range(_TRIES):
            verdicts = judge(incoming, door, admitted, payload)
            delivery = new_delivery(door.source, incoming, verdicts)
            try:
                self._database.write(partial(_record, rules=admitted.rules, delivery=delivery))
            except _RulesChangedError:
                admitted = admit(incoming, door, self._fresh())
            else:
                fired = tuple(each.trigger_id for each in verdicts if each.fires)
                return Receipt(delivery.id, fired)
        raise UnavailableError("the triggers are being changed", 1)

    def _known(self) -> Rules:
        return self._rules or self._fresh()

    def _fresh(self) -> Rules:
        self._rules = self._database.read(read_rules)
        return self._rules


def _record(db: sqlite3.Connection, rules: tuple[Rule, ...], delivery: Delivery) -> None:
    if read_rules(db).of(delivery.source) != rules:
        raise _RulesChangedError
    add_delivery(db, delivery)
