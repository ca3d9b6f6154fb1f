"""What is asked for when a trigger shall run: the trigger, and why.  Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.executions.records import BUILTIN, NewExecution, Order


@dataclass(frozen=True, slots=True)
class Runnable:
    """What of a trigger its runs need."""

    id: str
    name: str
    order: Order
    priority: int = 0
    text_path: str = "text"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a trigger runs: an event, a moment, a person.

    `source` is a source of executions (see `records`), `payload` the event, `message` its text or
    what the person typed.
    """

    source: str
    person: str
    request_id: str
    event: str = ""
    message: str = ""
    delivery_id: str = ""
    payload: Mapping[str, Any] | None = None


def new_execution(trigger: Runnable, cause: Cause) -> NewExecution:
    """The row of a run of a trigger."""
    return NewExecution(
        trigger_id=trigger.id,
        trigger_name=trigger.name,
        order=trigger.order,
        source=cause.source,
        person=cause.person,
        request_id=cause.request_id,
        event=cause.event,
        message=cause.message,
        payload=json.dumps(cause.payload or {}, ensure_ascii=True, separators=(",", ":")),
        kind="builtin" if trigger.order.backend.startswith(BUILTIN) else "agent",
        delivery_id=cause.delivery_id,
        priority=trigger.priority,
    )
