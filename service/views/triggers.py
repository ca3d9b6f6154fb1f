"""`/admin/triggers`: what starts what."""

from dataclasses import asdict
from typing import Literal

from flask import Blueprint
from pydantic import Field

from service.api.models import Identifier, Model, Page, Stamp
from service.api.operation import operation
from service.events.triggers import list_triggers
from service.guard.principal import Scope
from service.services import services

blueprint = Blueprint("triggers", __name__)
Source = Literal["webhook", "github", "schedule", "manual"]


class Trigger(Model):
    """A trigger.  Its secret is never shown."""

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
    has_secret: bool
    """Whether events must be signed with a secret of its own."""
    allow_unsigned: bool
    """Whether it takes events that nobody signed."""
    prompt_template: str
    backend: str
    """Which agent it starts."""
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
    rows, total = services().database.read(
        lambda db: list_triggers(
            db,
            limit=query.limit,
            offset=query.offset,
            source=query.source or "",
            enabled=query.enabled,
        )
    )
    return Triggers(
        triggers=tuple(Trigger.model_validate(asdict(row)) for row in rows), total_count=total
    )
