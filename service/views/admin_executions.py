"""`/admin/executions`: what ran and what runs; cancel it, run it again, pause all."""

from typing import Any, Literal

from flask import Blueprint
from pydantic import Field

from service.api.models import Identifier, Model, Moment, Page, Stamp
from service.api.operation import operation
from service.executions import records
from service.executions.records import Filter, State
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.principal import Scope
from service.notifications.records import notification_of
from service.observability.request_id import request_id
from service.services import services
from service.views.admin_notifications import Notification
from service.views.admin_notifications import shown as shown_notification

blueprint = Blueprint("admin_executions", __name__)
StateName = Literal[
    "queued", "running", "succeeded", "failed", "cancelled", "timed_out", "interrupted"
]
SourceName = Literal["webhook", "github", "schedule", "manual", "replay", "retry"]


class Execution(Model):
    """One run of a trigger."""

    id: Identifier
    trigger_id: str
    trigger_name: str
    kind: str
    """`agent`; `builtin` for what needs none; `ask`, `suggest`, … for questions to the model."""
    source: SourceName
    event: str
    delivery_id: str
    state: StateName
    priority: int
    attempt: int
    first_id: str
    """The execution that this one repeats; empty: none."""
    person: str
    """Who asked for it; of events, the name of their source."""
    request_id: str
    queued_at: Stamp
    not_before: Stamp
    started_at: str
    """Empty until it begins."""
    finished_at: str
    duration_ms: int | None
    backend: str
    model: str
    paths: tuple[str, ...]
    timeout_s: int
    exit_code: int | None
    exit_signal: int | None
    reason: str
    """In words, why it ended as it did."""
    failure: str
    """For programs: `exit`, `signal`, `start`, `rate_limit`, `overloaded`, `network`, …"""
    cancel_asked: bool
    lines: int
    """How many lines are kept; those so far while it runs."""
    bytes: int
    truncated: bool
    """Whether it said more than is kept."""
    cleared: bool
    """Whether its lines were deleted to make room."""
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None


class ExecutionDetail(Execution):
    """One run, with what it was given."""

    prompt: str
    argv: tuple[str, ...]
    """The command line; the prompt came by standard input."""
    message: str
    payload: str
    """The event, as JSON."""
    notification: Notification | None
    """Who is told of its end; null: nobody, or it has not ended."""
    commit_status: Notification | None
    """What GitHub is told at the commit that it is about; null: nothing."""


class Executions(Model):
    """A part of the executions, newest first."""

    executions: tuple[Execution, ...]
    total_count: int = Field(ge=0)
    """Number of those that fit, on all pages."""
    paused: bool
    """Whether nothing begins for now."""
    queued: int
    running: int


class ExecutionQuery(Page):
    """Which executions are wanted."""

    state: StateName | None = None
    trigger_id: Identifier | Literal[""] | None = None
    source: SourceName | None = None
    delivery_id: Identifier | Literal[""] | None = None
    since: Moment | None = None
    """Queued at this time (or day) or later, UTC."""
    until: Moment | None = None
    """Queued before this time (or day), UTC."""


class Cancellation(Model):
    """Of which trigger the runs that wait are cancelled."""

    trigger_id: Identifier


class Cancelled(Model):
    """How many runs were cancelled."""

    cancelled: int = Field(ge=0)


class Pause(Model):
    """Whether executions may begin."""

    paused: bool


@operation(
    blueprint,
    "GET",
    "/admin/executions",
    scope=Scope.READ,
    query=ExecutionQuery,
    returns=Executions,
    tag="Executions",
    summary="List executions",
)
def list_executions(query: ExecutionQuery) -> Executions:
    """The newest first."""
    wanted = Filter(
        state=query.state or "",
        trigger_id=query.trigger_id or "",
        source=query.source or "",
        delivery_id=query.delivery_id or "",
        since=query.since or "",
        until=query.until or "",
    )

    def read(db: Any) -> Executions:
        found, total = records.list_executions(db, wanted, limit=query.limit, offset=query.offset)
        counts = records.counts(db)
        return Executions(
            executions=tuple(map(shown, found)),
            total_count=total,
            paused=records.is_paused(db),
            queued=counts[State.QUEUED],
            running=counts[State.RUNNING],
        )

    return services().database.read(read)


@operation(
    blueprint,
    "GET",
    "/admin/executions/<execution_id>",
    scope=Scope.READ,
    returns=ExecutionDetail,
    tag="Executions",
    summary="Show an execution",
)
def show_execution(execution_id: Identifier) -> ExecutionDetail:
    """With its prompt, its command line and the event that caused it."""
    found, told, status = services().database.read(
        lambda db: (
            records.get(db, execution_id),
            notification_of(db, execution_id),
            notification_of(db, execution_id, "status"),
        )
    )
    return ExecutionDetail(
        **shown(found).__dict__,
        prompt=found.prompt,
        argv=found.argv,
        message=found.message,
        payload=found.payload,
        notification=shown_notification(told) if told is not None else None,
        commit_status=shown_notification(status) if status is not None else None,
    )


@operation(
    blueprint,
    "POST",
    "/admin/executions/<execution_id>/cancel",
    scope=Scope.OPERATE,
    returns=Execution,
    status=202,
    fails=(409,),
    tag="Executions",
    summary="Cancel an execution",
)
def cancel(execution_id: Identifier) -> Execution:
    """What waits is cancelled at once.  What runs is asked to end, and killed if it does not."""
    asked = services().executions.cancel(execution_id, known_principal().person)
    note("execution.cancel", "ok", target=execution_id)
    return shown(asked)


@operation(
    blueprint,
    "POST",
    "/admin/executions/<execution_id>/replay",
    scope=Scope.OPERATE,
    returns=Execution,
    status=202,
    fails=(409,),
    tag="Executions",
    summary="Run an execution again",
)
def replay(execution_id: Identifier) -> Execution:
    """The same once more, with the order and the event that it had."""
    made = services().executions.replay(execution_id, known_principal().person, request_id())
    note("execution.replay", "ok", target=execution_id, execution=made.id)
    return shown(made)


@operation(
    blueprint,
    "POST",
    "/admin/execution-cancellations",
    scope=Scope.OPERATE,
    body=Cancellation,
    returns=Cancelled,
    tag="Executions",
    summary="Cancel what waits of a trigger",
)
def cancel_waiting(body: Cancellation) -> Cancelled:
    """All runs of it that wait are cancelled, also when it is deleted. What runs goes on."""
    person = known_principal().person
    count = services().executions.cancel_waiting(body.trigger_id, person)
    note("execution.cancel-waiting", "ok", target=body.trigger_id, count=count)
    return Cancelled(cancelled=count)


@operation(
    blueprint,
    "PUT",
    "/admin/execution-pause",
    scope=Scope.OPERATE,
    body=Pause,
    returns=Pause,
    tag="Executions",
    summary="Pause all executions, or go on",
)
def pause(body: Pause) -> Pause:
    """While paused nothing begins; what runs goes on, what comes waits."""
    person = known_principal().person
    services().database.write(lambda db: records.set_paused(db, person, paused=body.paused))
    services().executions.wake()
    note("execution.pause" if body.paused else "execution.resume", "ok")
    return body


def shown(found: records.Execution) -> Execution:
    """An execution as the API shows it."""
    values = {
        name: getattr(found, name)
        for name in Execution.model_fields
        if name not in ("backend", "model", "paths", "timeout_s", "state")
    }
    order = found.order
    live = services().runner.live(found.number)
    return Execution.model_validate(
        {
            **values,
            "lines": live.last if live is not None else found.lines,
            "state": found.state.value,
            "backend": order.backend,
            "model": order.model,
            "paths": order.paths,
            "timeout_s": order.timeout_s,
        }
    )
