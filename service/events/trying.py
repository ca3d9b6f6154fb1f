"""Trying a trigger without firing it: what it would make of an event, and what it would run."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.errors import NotFoundError
from service.events.matching import Check, github_checks, webhook_checks
from service.events.paths import look_up, text_of
from service.events.trigger_records import Trigger, as_criteria
from service.executions.asking import Cause

_WITHOUT_EVENTS: Final[Mapping[str, str]] = {
    "schedule": "no event fires it, only the clock",
    "manual": "no event fires it, only a person",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """An event to try a trigger with: pasted (then it has no source), or one that was received."""

    event: str
    payload: Mapping[str, Any]
    source: str = ""
    delivery_id: str = ""

    @property
    def action(self) -> str:
        """What happened, as GitHub tells it."""
        return text_of(look_up(self.payload, "action"))


def received(db: sqlite3.Connection, delivery_id: str) -> Sample:
    """An event that was received.  Raises NotFoundError."""
    row = db.execute(
        "SELECT source, event, body FROM deliveries WHERE id = ?", (delivery_id,)
    ).fetchone()
    if row is None:
        raise NotFoundError(f"there is no delivery {delivery_id}", "it may have been cleared")
    return Sample(row["event"], json.loads(row["body"]), row["source"], delivery_id)


def explain(trigger: Trigger, sample: Sample, *, of_plan: bool = False) -> Iterator[Check]:
    """Every rule and whether it holds: an event fires the trigger when none fails.

    `of_plan` tells whether the event is of the plan's own repository.
    """
    yield Check("enabled", trigger.enabled, _enabled(trigger))
    if trigger.source in _WITHOUT_EVENTS:
        yield Check("source", holds=False, why=_WITHOUT_EVENTS[trigger.source])
        return
    if sample.source:
        same = sample.source == trigger.source
        yield Check("source", same, f"the event came by {sample.source}")
    else:
        yield Check("source", None, "an event that was pasted has none")
    yield Check("signature", None, _signed(trigger))
    criteria = as_criteria(trigger)
    if trigger.source == "github":
        yield from github_checks(sample.event, sample.payload, criteria, of_plan=of_plan)
    else:
        yield from webhook_checks(sample.payload, criteria)


def fires(checks: tuple[Check, ...]) -> bool:
    """Whether no rule fails."""
    return all(each.holds is not False for each in checks)


def cause_of(trigger: Trigger, sample: Sample, message: str) -> Cause:
    """Why it would run: the event, whose text is the message unless a person typed one."""
    text = text_of(look_up(sample.payload, trigger.text_field_path))
    return Cause(
        source=sample.source or "manual",
        person="",
        request_id="",
        event=sample.event,
        message=message or text,
        delivery_id=sample.delivery_id,
        payload=sample.payload,
    )


def _enabled(trigger: Trigger) -> str:
    return "it is switched on" if trigger.enabled else "it is switched off"


def _signed(trigger: Trigger) -> str:
    if trigger.has_secret:
        return "the event must be signed with its secret; that is seen when one arrives"
    if trigger.source == "github":
        return "GitHub must sign it with the service's secret; that is seen when one arrives"
    return "it takes events that nobody signed"
