"""What people do with triggers while the service runs: each deed and its audit row in one write.

The pages and the JSON operations both go through here.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from service.errors import BadRequestError, ConflictError
from service.events import trigger_records as records
from service.events import trigger_writing as writing
from service.events.trigger_history import get_revision
from service.events.trigger_records import Trigger, as_runnable
from service.executions.asking import Cause, Runnable
from service.executions.preparing import PLAN_CHECK
from service.executions.records import BUILTIN, Execution, Order
from service.guard.audit import about_request, tell
from service.guard.audit_log import Detail, record
from service.guard.current import known_principal
from service.observability.request_id import request_id
from service.services import services

_NO_CAUSE: Final = Cause(source="manual", person="", request_id="")


class RunningError(ConflictError):
    """A trigger whose runs go on already, as many as it may have."""

    code = "already_running"


def backends() -> tuple[str, ...]:
    """All that a trigger may start: what is built in, the agents, the operator's commands."""
    return (PLAN_CHECK, *services().executions.backends)


def build(order: Order) -> None:
    """Look whether a command can be made.  Raises BadRequestError, naming the part in the way."""
    if not order.backend.startswith(BUILTIN):
        services().executions.rehearse(Runnable("", "", order), _NO_CAUSE)
    elif order.backend != PLAN_CHECK:
        raise BadRequestError(
            f"there is nothing built in that is called {order.backend}", f"there is {PLAN_CHECK}"
        )


def make(values: Mapping[str, Any]) -> Trigger:
    """Make a trigger.  Raises UnfitTriggerError, ConflictError, UnavailableError."""
    person = known_principal().person
    return _do("trigger.create", lambda db: writing.create(db, values, person=person, build=build))


def change(trigger_id: str, values: Mapping[str, Any], expected: int | None = None) -> Trigger:
    """Change fields of a trigger; null clears one.  With `expected` only of that revision.

    Raises NotFoundError, UnfitTriggerError, ConflictError, ChangedMeanwhileError, UnavailableError.
    """
    person = known_principal().person
    return _do(
        "trigger.update",
        lambda db: writing.update(
            db, trigger_id, values, person=person, build=build, expected=expected
        ),
        # Names only: what was written may be long, or a secret.
        fields=", ".join(values),
    )


def delete(trigger_id: str) -> Trigger:
    """Delete a trigger.  Raises NotFoundError, ForbiddenError, UnavailableError."""
    return _do("trigger.delete", lambda db: writing.delete(db, trigger_id))


def roll_back(trigger_id: str, revision: int) -> Trigger:
    """Take up the template of an earlier revision, as a new one unless it is that of now.

    Raises NotFoundError, UnfitTriggerError, UnavailableError.
    """
    person = known_principal().person

    def work(db: sqlite3.Connection) -> Trigger:
        template = get_revision(db, trigger_id, revision).template
        return writing.update(
            db, trigger_id, {"prompt_template": template}, person=person, build=build
        )

    return _do("trigger.rollback", work, revision=revision)


def run(
    trigger_id: str,
    *,
    message: str = "",
    event: str = "",
    payload: Mapping[str, Any] | None = None,
    queue: bool = False,
) -> Execution:
    """Run a trigger by hand.

    Where as many of its runs go on as it may have, only with `queue`; else RunningError, which
    names the oldest of them.  Raises NotFoundError, ConflictError when it is switched off,
    QueueFullError, UnavailableError.
    """
    trigger = services().database.read(lambda db: records.get(db, trigger_id))
    cause = Cause(
        source="manual",
        person=known_principal().person,
        request_id=request_id(),
        event=event,
        message=message,
        payload=payload,
    )
    entry = about_request("trigger.run", "ok", trigger_id, label=trigger.name)

    def guard(db: sqlite3.Connection) -> None:
        known = records.get(db, trigger_id)
        if not known.enabled:
            raise ConflictError(f"{known.name} is switched off", "switch it on first")
        if not queue:
            _refuse_while_running(db, known)
        record(db, entry)

    made = services().executions.run_trigger(as_runnable(trigger), cause, guard)
    tell(entry)
    return made


def _refuse_while_running(db: sqlite3.Connection, trigger: Trigger) -> None:
    rows = db.execute(
        """SELECT id FROM executions WHERE trigger_id = ? AND state IN ('queued', 'running')
        ORDER BY number""",
        (trigger.id,),
    ).fetchall()
    if len(rows) >= trigger.concurrency:
        raise RunningError(
            f"{trigger.name} runs already: {rows[0]['id']}",
            "wait for its end, cancel it, or ask with queue: true",
            headers={"Location": f"/admin/executions/{rows[0]['id']}"},
        )


def _do(action: str, work: Callable[[sqlite3.Connection], Trigger], **details: Detail) -> Trigger:
    entry = about_request(action, "ok")

    def both(db: sqlite3.Connection) -> Trigger:
        done = work(db)
        record(db, replace(entry, target=done.id, details={**details, "label": done.name}))
        return done

    done = services().database.write(both)
    services().scheduler.wake()
    tell(replace(entry, target=done.id))
    return done
