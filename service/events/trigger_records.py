"""The records of triggers, as they are read.  Their secrets are shown to nobody."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Final

from service.errors import NotFoundError
from service.events.matching import Criteria
from service.events.trigger_schema import HIDDEN, TriggerSpec
from service.executions.asking import Runnable
from service.executions.records import Order

# Columns that hold JSON lists, flags, and texts whose absence is NULL.
LISTS: Final = ("events", "authors", "allowed_tools", "paths")
NULLS: Final = ("match_field_path", "match_field_value", "detection_keyword")
_FLAGS: Final = ("enabled", "predefined", "allow_unsigned", "worktree", "report_status")
SPEC_FIELDS: Final = tuple(TriggerSpec.model_fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger as it is shown: of its secrets it only tells whether they are there.

    `next_fire_at` is when a schedule fires next; empty for others, and where it is not known yet.
    """

    id: str
    name: str
    source: str
    enabled: bool
    predefined: bool
    match_field_path: str
    match_field_value: str
    text_field_path: str
    detection_keyword: str
    events: tuple[str, ...]
    repository: str
    authors: tuple[str, ...]
    has_secret: bool
    allow_unsigned: bool
    dedup_s: int | None
    cron: str
    time_zone: str
    next_fire_at: str
    prompt_template: str
    backend: str
    model: str
    effort: str
    allowed_tools: tuple[str, ...]
    paths: tuple[str, ...]
    worktree: bool
    timeout_s: int
    concurrency: int
    priority: int
    retries: int
    runs_per_day: int | None
    report_status: bool
    notify_on: str
    notify_url: str
    has_notify_secret: bool
    revision: int
    created_at: str
    updated_at: str


def get(db: sqlite3.Connection, trigger_id: str) -> Trigger:
    """One trigger.  Raises NotFoundError."""
    return shown(row_of(db, trigger_id))


def find_trigger(db: sqlite3.Connection, trigger_id: str) -> Trigger | None:
    """One trigger; None where there is none, or none any more."""
    row = db.execute("SELECT * FROM triggers WHERE id = ?", (trigger_id,)).fetchone()
    return shown(row) if row is not None else None


def row_of(db: sqlite3.Connection, trigger_id: str) -> sqlite3.Row:
    """The row of a trigger, its secrets included.  Raises NotFoundError."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM triggers WHERE id = ?", (trigger_id,)
    ).fetchone()
    if row is None:
        raise NotFoundError(f"there is no trigger {trigger_id}", "it may have been deleted")
    return row


def list_triggers(
    db: sqlite3.Connection,
    *,
    limit: int,
    offset: int,
    source: str = "",
    enabled: bool | None = None,
) -> tuple[tuple[Trigger, ...], int]:
    """A part of the triggers in the order of their names, and the number of all that fit."""
    where = "(:source = '' OR source = :source) AND (:enabled IS NULL OR enabled = :enabled)"
    values = {"source": source, "enabled": enabled, "limit": limit, "offset": offset}
    rows = db.execute(
        f"SELECT * FROM triggers WHERE {where} ORDER BY name LIMIT :limit OFFSET :offset",  # noqa: S608
        values,
    ).fetchall()
    total = db.execute(f"SELECT count(*) FROM triggers WHERE {where}", values).fetchone()[0]  # noqa: S608
    return tuple(map(shown, rows)), total


def as_runnable(trigger: Trigger) -> Runnable:
    """What its runs need of it."""
    order = Order(
        backend=trigger.backend,
        template=trigger.prompt_template,
        model=trigger.model,
        effort=trigger.effort,
        allowed_tools=trigger.allowed_tools,
        paths=trigger.paths,
        worktree=trigger.worktree,
        timeout_s=trigger.timeout_s,
        retries=trigger.retries,
    )
    return Runnable(trigger.id, trigger.name, order, trigger.priority, trigger.text_field_path)


def as_criteria(trigger: Trigger) -> Criteria:
    """What the trigger waits for."""
    return Criteria(
        trigger_id=trigger.id,
        field_path=trigger.match_field_path,
        field_value=trigger.match_field_value,
        text_path=trigger.text_field_path,
        keyword=trigger.detection_keyword,
        events=trigger.events,
        repository=trigger.repository,
        authors=trigger.authors,
    )


def shown(row: sqlite3.Row) -> Trigger:
    """The trigger of a row."""
    values = dict(row)
    for name in HIDDEN:
        values[f"has_{name}"] = bool(values.pop(name))
    for name in _FLAGS:
        values[name] = bool(values[name])
    for name in LISTS:
        values[name] = tuple(json.loads(values[name]))
    for name in (*NULLS, "next_fire_at"):
        values[name] = values[name] or ""
    return Trigger(**values)


def values_of(row: sqlite3.Row) -> dict[str, Any]:
    """What the schema knows of a row, its secrets included: only for changing it."""
    values = {name: row[name] for name in SPEC_FIELDS}
    for name in _FLAGS:
        if name in values:
            values[name] = bool(values[name])
    for name in LISTS:
        values[name] = tuple(json.loads(values[name]))
    for name in NULLS:
        values[name] = values[name] or ""
    for name in HIDDEN:
        values[name] = values[name] or None
    return values
