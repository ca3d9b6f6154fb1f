"""`/admin/triggers`: what starts what.  Made, changed and deleted; no answer holds a secret."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint
from pydantic import Field

from service.api.models import Identifier, Model, Page, Stamp
from service.api.operation import operation
from service.events import trigger_deeds as deeds
from service.events import trigger_records as records
from service.events.trigger_schema import Author, NotifyOn, Source, TriggerChange, TriggerSpec
from service.guard.principal import Scope
from service.services import services

blueprint = Blueprint("triggers", __name__)


class Trigger(Model):
    """A trigger.  Its secrets are never shown."""

    id: Identifier
    name: str
    source: Source
    """What kind of event fires it."""
    enabled: bool
    predefined: bool
    """Whether it came with the service."""
    match_field_path: str
    """Dotted path of the field that must have `match_field_value`; empty: none."""
    match_field_value: str
    text_field_path: str
    """Dotted path of the text in which `detection_keyword` is looked for."""
    detection_keyword: str
    """Case counts; empty: none."""
    events: tuple[str, ...]
    """Events of GitHub that fire it, or single actions of them."""
    repository: str
    authors: tuple[Author, ...]
    """Whose comments at GitHub may command."""
    has_secret: bool
    """Whether events must be signed with a secret of its own."""
    allow_unsigned: bool
    """Whether it takes events that nobody signed."""
    dedup_s: int | None
    """For how many seconds the same body is a repetition; null: the service's default."""
    cron: str
    time_zone: str
    next_fire_at: str
    """When a schedule fires next; empty for others."""
    prompt_template: str
    backend: str
    """Which agent it starts."""
    model: str
    effort: str
    allowed_tools: tuple[str, ...]
    paths: tuple[str, ...]
    worktree: bool
    """Whether it works in a checkout of its own of the first path."""
    timeout_s: int
    concurrency: int
    priority: int
    retries: int
    runs_per_day: int | None
    report_status: bool
    """Whether GitHub shows how its runs go, as statuses of commits."""
    notify_on: NotifyOn
    notify_url: str
    has_notify_secret: bool
    revision: int
    """Counts its changes, from 1."""
    created_at: Stamp
    updated_at: Stamp


class Triggers(Model):
    """A part of the triggers, by name."""

    triggers: tuple[Trigger, ...]
    total_count: int = Field(ge=0)
    """Number of triggers that fit, on all pages."""


class TriggerQuery(Page):
    """Which triggers are wanted."""

    source: Source | None = None
    """Only those of one source."""
    enabled: bool | None = None
    """Only those that are enabled, or only those that are not."""


class FromRevision(Model):
    """What a change was made from."""

    revision: int | None = Field(default=None, ge=1, le=1_000_000_000)
    """Change it only if this is the present revision; else 409. Without: whatever it is."""


def answered(trigger: records.Trigger) -> Trigger:
    """A trigger as the API shows it."""
    return Trigger.model_validate(asdict(trigger))


@operation(
    blueprint,
    "GET",
    "/admin/triggers",
    scope=Scope.READ,
    query=TriggerQuery,
    returns=Triggers,
    tag="Triggers",
    summary="List the triggers",
)
def show_triggers(query: TriggerQuery) -> Triggers:
    """The triggers by name, without their secrets."""
    found, total = services().database.read(
        lambda db: records.list_triggers(
            db,
            limit=query.limit,
            offset=query.offset,
            source=query.source or "",
            enabled=query.enabled,
        )
    )
    return Triggers(triggers=tuple(map(answered, found)), total_count=total)


@operation(
    blueprint,
    "POST",
    "/admin/triggers",
    scope=Scope.ADMIN,
    body=TriggerSpec,
    returns=Trigger,
    status=201,
    fails=(409,),
    tag="Triggers",
    summary="Make a trigger",
)
def make_trigger(body: TriggerSpec) -> Trigger:
    """The answer to values that do not go together names each of them with the reason."""
    return answered(deeds.make({name: getattr(body, name) for name in TriggerSpec.model_fields}))


@operation(
    blueprint,
    "GET",
    "/admin/triggers/<trigger_id>",
    scope=Scope.READ,
    returns=Trigger,
    tag="Triggers",
    summary="Show a trigger",
)
def show_trigger(trigger_id: Identifier) -> Trigger:
    """One trigger, without its secrets."""
    return answered(services().database.read(lambda db: records.get(db, trigger_id)))


@operation(
    blueprint,
    "PATCH",
    "/admin/triggers/<trigger_id>",
    scope=Scope.ADMIN,
    query=FromRevision,
    body=TriggerChange,
    returns=Trigger,
    fails=(409,),
    tag="Triggers",
    summary="Change a trigger",
)
def change_trigger(trigger_id: Identifier, query: FromRevision, body: Model) -> Trigger:
    """Only the fields that are sent are changed; null clears one. Each change is a revision."""
    values: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    return answered(deeds.change(trigger_id, values, query.revision))


@operation(
    blueprint,
    "DELETE",
    "/admin/triggers/<trigger_id>",
    scope=Scope.ADMIN,
    returns=None,
    status=204,
    tag="Triggers",
    summary="Delete a trigger",
)
def delete_trigger(trigger_id: Identifier) -> None:
    """Its history goes with it, its executions stay. What came with the service stays too (403)."""
    deeds.delete(trigger_id)
