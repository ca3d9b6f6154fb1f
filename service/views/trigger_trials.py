"""`/admin/triggers/<id>/…`: its history, trying it without firing it, and running it by hand."""

from collections.abc import Mapping
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field, StringConstraints

from service.api.models import Identifier, Model, Page, Stamp
from service.api.operation import operation
from service.clock import now, stamp
from service.errors import BadRequestError
from service.events import trigger_deeds as deeds
from service.events import trigger_history as history
from service.events import trigger_records as records
from service.events import trying
from service.events.cron import LONGEST
from service.events.matching import Check
from service.events.trigger_schema import next_times
from service.executions.asking import Cause
from service.executions.service import Rehearsal
from service.guard.principal import Scope
from service.services import services
from service.views.triggers import Trigger, answered

blueprint = Blueprint("trigger_trials", __name__)
EVENT = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z_]*$")]
MESSAGE = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
_BODY_BYTES = 1024 * 1024


class Revision(Model):
    """A state of a trigger, and what it changed."""

    revision: int
    at: Stamp
    person: str
    """Who changed it; empty for what came with the service."""
    changed: tuple[str, ...]
    """Names of the fields that it changed."""
    template_diff: tuple[str, ...]
    """What it changed in the template, as lines of a unified diff."""
    fields: dict[str, Any]
    """The fields as they were, without secrets."""


class Revisions(Model):
    """A part of the revisions, the newest first."""

    revisions: tuple[Revision, ...]
    total_count: int = Field(ge=0)
    """Number of all revisions."""


class HistoryQuery(Page):
    """Which revisions are wanted."""

    limit: int = Field(default=20, ge=1, le=50)
    """Greatest number of revisions in the answer."""


class RollbackRequest(Model):
    """Which template shall be taken up again."""

    revision: int = Field(ge=1, le=1_000_000_000, examples=[1])
    """The revision that had it."""


class SampleRequest(Model):
    """An event to try a trigger with: pasted, or one that was received."""

    payload: dict[str, Any] | None = None
    """The event, as JSON."""
    event: EVENT = ""
    """Name of the event, as GitHub calls it (`pull_request`)."""
    delivery_id: Identifier | None = None
    """Id of an event that was received, in the place of a payload."""


class PreviewRequest(SampleRequest):
    """What a run would be made for."""

    message: MESSAGE = ""
    """What a person would type."""


class Preview(Model):
    """What a run would be. Nothing was started."""

    prompt: str
    argv: tuple[str, ...]
    """The command line, without the prompt; empty for what is built in."""
    unknown: tuple[str, ...]
    """Names in braces that mean nothing."""
    missing: tuple[str, ...]
    """Placeholders for which the event has no value."""
    cut: tuple[str, ...]
    """Values that are longer than what is passed on."""


class Rule(Model):
    """A rule of a trigger, and what came of it."""

    rule: str
    holds: bool | None
    """Null for a rule that is not set, or cannot be looked at without an event that arrives."""
    why: str


class Explanation(Model):
    """Whether an event would fire the trigger, rule by rule."""

    fires: bool
    hindrance: str
    """The first reason against it; empty when it fires."""
    rules: tuple[Rule, ...]


class RunRequest(Model):
    """What a person runs a trigger with."""

    message: MESSAGE = ""
    payload: dict[str, Any] | None = None
    """An event that the prompt is made for."""
    event: EVENT = ""
    queue: bool = False
    """Whether it shall wait where it runs already; else that is a conflict."""


class Started(Model):
    """A run that is queued."""

    execution_id: Identifier
    state: str


class CronRequest(Model):
    """A schedule."""

    expression: Annotated[str, StringConstraints(max_length=LONGEST, pattern=r"^[^\x00]*$")]
    """Minute, hour, day of the month, month and day of the week."""
    time_zone: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")] = "UTC"


class CronAnswer(Model):
    """Whether a schedule is one, and when it would fire."""

    valid: bool
    problem: str
    """Why it is none; empty when it is."""
    next_fires: tuple[Stamp, ...]
    """The next five times, in UTC."""


@operation(
    blueprint,
    "GET",
    "/admin/triggers/<trigger_id>/history",
    scope=Scope.READ,
    query=HistoryQuery,
    returns=Revisions,
    tag="Triggers",
    summary="Show who changed a trigger",
)
def show_history(trigger_id: Identifier, query: HistoryQuery) -> Revisions:
    """Each change with its person, and the difference of the template to the revision before."""
    found, total = services().database.read(
        lambda db: (
            records.get(db, trigger_id),
            history.revisions(db, trigger_id, limit=query.limit + 1, offset=query.offset),
        )[1]
    )
    # The first revision is compared with nothing.
    before = [*(each.template for each in found), ""][1:]
    shown = tuple(
        Revision(
            revision=each.revision,
            at=each.at,
            person=each.person,
            changed=each.changed,
            template_diff=history.difference(older, each.template),
            fields=dict(each.fields),
        )
        for each, older in zip(found, before, strict=True)
    )
    return Revisions(revisions=shown[: query.limit], total_count=total)


@operation(
    blueprint,
    "POST",
    "/admin/triggers/<trigger_id>/rollback",
    scope=Scope.ADMIN,
    body=RollbackRequest,
    returns=Trigger,
    fails=(409,),
    tag="Triggers",
    summary="Take up an earlier template",
)
def roll_back(trigger_id: Identifier, body: RollbackRequest) -> Trigger:
    """The template of that revision becomes the present one, as a new revision.

    Where it is the present one already, nothing changes.
    """
    return answered(deeds.roll_back(trigger_id, body.revision))


@operation(
    blueprint,
    "POST",
    "/admin/triggers/<trigger_id>/preview",
    scope=Scope.READ,
    body=PreviewRequest,
    returns=Preview,
    body_bytes=_BODY_BYTES,
    tag="Triggers",
    summary="Preview the prompt",
)
def preview(trigger_id: Identifier, body: PreviewRequest) -> Preview:
    """Prompt and command line of a run for an event or a message. Nothing is started."""
    trigger, sample = _trial(trigger_id, body)
    found = rehearsed(trigger, trying.cause_of(trigger, sample, body.message))
    prompt = found.prompt
    return Preview(
        prompt=prompt.text,
        argv=found.argv,
        unknown=prompt.unknown,
        missing=prompt.missing,
        cut=prompt.cut,
    )


def explained(trigger: records.Trigger, sample: trying.Sample) -> tuple[Check, ...]:
    """Every rule of a trigger for an event, as this service judges it."""
    of_plan = services().receiver.of_plan(sample.payload)
    return tuple(trying.explain(trigger, sample, of_plan=of_plan))


@operation(
    blueprint,
    "POST",
    "/admin/triggers/<trigger_id>/test",
    scope=Scope.READ,
    body=SampleRequest,
    returns=Explanation,
    body_bytes=_BODY_BYTES,
    tag="Triggers",
    summary="Test a trigger against an event",
)
def test_trigger(trigger_id: Identifier, body: SampleRequest) -> Explanation:
    """Says of each rule whether it holds, and why. Nothing is started."""
    trigger, sample = _trial(trigger_id, body)
    checks = explained(trigger, sample)
    failed = [each.why for each in checks if each.holds is False]
    return Explanation(
        fires=not failed,
        hindrance=failed[0] if failed else "",
        rules=tuple(Rule(rule=each.rule, holds=each.holds, why=each.why) for each in checks),
    )


@operation(
    blueprint,
    "POST",
    "/admin/triggers/<trigger_id>/run",
    scope=Scope.OPERATE,
    body=RunRequest,
    returns=Started,
    status=202,
    fails=(409,),
    body_bytes=_BODY_BYTES,
    tag="Triggers",
    summary="Run a trigger",
)
def run_trigger(trigger_id: Identifier, body: RunRequest) -> Started:
    """Queues a run. 409 names the execution that goes on already, unless it may wait."""
    made = deeds.run(
        trigger_id,
        message=body.message,
        event=body.event,
        payload=body.payload,
        queue=body.queue,
    )
    return Started(execution_id=made.id, state=made.state.value)


@operation(
    blueprint,
    "POST",
    "/admin/validate-cron",
    scope=Scope.READ,
    body=CronRequest,
    returns=CronAnswer,
    tag="Triggers",
    summary="Check a schedule",
)
def validate_cron(body: CronRequest) -> CronAnswer:
    """Whether an expression is one, and the next five times that it fires."""
    try:
        times = next_times(body.expression, body.time_zone, now())
    except BadRequestError as error:
        return CronAnswer(valid=False, problem=error.message, next_fires=())
    return CronAnswer(valid=True, problem="", next_fires=tuple(map(stamp, times)))


def rehearsed(trigger: records.Trigger, cause: Cause) -> Rehearsal:
    """What a run of a trigger would be."""
    return services().executions.rehearse(records.as_runnable(trigger), cause)


def sample_of(
    payload: Mapping[str, Any] | None, event: str, delivery_id: str | None
) -> trying.Sample:
    """The event that is asked for.  Raises NotFoundError, BadRequestError for two of them."""
    if delivery_id is None:
        return trying.Sample(event, payload or {})
    if payload is not None or event:
        raise BadRequestError("there are two events", "send a payload, or the id of a delivery")
    return services().database.read(lambda db: trying.received(db, delivery_id))


def _trial(trigger_id: str, body: SampleRequest) -> tuple[records.Trigger, trying.Sample]:
    trigger = services().database.read(lambda db: records.get(db, trigger_id))
    return trigger, sample_of(body.payload, body.event, body.delivery_id)
