"""Whether an execution that failed is tried again, and when.  Pure but for the jitter."""

import secrets
from typing import Final

from service.clock import after
from service.executions.records import Execution, NewExecution, Outcome, State
from service.executions.usage import TRANSIENT

_FIRST_S: Final = 30.0
_LONGEST_S: Final = 3600.0
_CHANCE: Final = secrets.SystemRandom()


def retry_of(execution: Execution, outcome: Outcome) -> NewExecution | None:
    """The next attempt; None when there is none.

    Only a failure that may pass by itself is tried again, as often as the trigger says.  What was
    cancelled, timed out or interrupted is not: it may have done half of its work.
    """
    if outcome.state is not State.FAILED or outcome.failure not in TRANSIENT:
        return None
    if execution.attempt > execution.order.retries:
        return None
    return repeated(
        execution, source="retry", person=execution.person, wait_s=wait_s(execution.attempt)
    )


def repeated(
    execution: Execution, *, source: str, person: str, request_id: str = "", wait_s: float = 0.0
) -> NewExecution:
    """The same once more, as a new execution: by itself (`retry`) or for a person (`replay`)."""
    return NewExecution(
        trigger_id=execution.trigger_id,
        trigger_name=execution.trigger_name,
        order=execution.order,
        source=source,
        person=person,
        request_id=request_id or execution.request_id,
        event=execution.event,
        message=execution.message,
        payload=execution.payload,
        kind=execution.kind,
        delivery_id=execution.delivery_id,
        priority=execution.priority,
        attempt=execution.attempt + 1 if source == "retry" else 1,
        first_id=execution.first_id or execution.id,
        not_before=after(seconds=wait_s) if wait_s else "",
    )


def wait_s(attempt: int) -> float:
    """Seconds before the attempt after `attempt`: 30, 60, 120 …, at most an hour, with jitter."""
    longest = min(_FIRST_S * 2.0 ** (attempt - 1), _LONGEST_S)
    return longest * _CHANCE.uniform(1.0, 1.25)
