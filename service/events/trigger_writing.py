"""Making, changing and deleting triggers, each within the caller's transaction."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from service.clock import now, stamp
from service.errors import ConflictError, ForbiddenError
from service.events.trigger_history import keep
from service.events.trigger_records import (
    LISTS,
    NULLS,
    SPEC_FIELDS,
    Trigger,
    get,
    row_of,
    shown,
    values_of,
)
from service.events.trigger_schema import (
    HIDDEN,
    Build,
    TriggerSpec,
    changed,
    checked,
    next_times,
)

_ID_BYTES: Final = 5
# How many there may be: each is judged on every event.
MOST: Final = 500


class ChangedMeanwhileError(ConflictError):
    """A change of a trigger that somebody else has changed since it was looked at."""

    code = "changed_meanwhile"


def create(
    db: sqlite3.Connection, values: Mapping[str, Any], *, person: str, build: Build
) -> Trigger:
    """Make a trigger.  Raises UnfitTriggerError, ConflictError."""
    spec = checked(values, build)
    _refuse_name(db, spec.name)
    if db.execute("SELECT count(*) FROM triggers").fetchone()[0] >= MOST:
        raise ConflictError(f"there are {MOST} triggers already", "delete one first")
    at = stamp()
    columns = {
        **_columns(spec),
        "id": f"trig-{secrets.token_hex(_ID_BYTES)}",
        "next_fire_at": _next_fire(spec),
        "created_at": at,
        "updated_at": at,
    }
    marks = ", ".join(f":{name}" for name in columns)
    # The names of the columns are those of the schema.
    db.execute(f"INSERT INTO triggers ({', '.join(columns)}) VALUES ({marks})", columns)  # noqa: S608
    made = get(db, str(columns["id"]))
    keep(db, made, person)
    return made


def update(
    db: sqlite3.Connection,
    trigger_id: str,
    change: Mapping[str, Any],
    *,
    person: str,
    build: Build,
    expected: int | None = None,
) -> Trigger:
    """Change fields of a trigger as a new revision; null clears one.

    A change that changes nothing makes no revision.  `expected` is the revision that the change was
    made from.  Raises NotFoundError, UnfitTriggerError, ConflictError; ChangedMeanwhileError where
    another revision is the present one.
    """
    row = row_of(db, trigger_id)
    before = shown(row)
    if expected is not None and expected != before.revision:
        raise ChangedMeanwhileError(
            f"{before.name} was changed meanwhile: it is at revision {before.revision}, and the"
            f" change was made from revision {expected}",
            "look at what was changed, and send yours once more",
        )
    known = values_of(row)
    values = changed(known, change)
    if values == known:
        return before
    spec = checked(values, build)
    _refuse_name(db, spec.name, but=trigger_id)
    # One that came with the service, or was written by an earlier one, has no revision yet.
    keep(db, before, "")
    columns = {
        **_columns(spec),
        "next_fire_at": _next_fire(spec) if _reschedules(known, values) else row["next_fire_at"],
        "updated_at": stamp(),
    }
    settings = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(
        f"UPDATE triggers SET {settings}, revision = revision + 1 WHERE id = :id",  # noqa: S608
        {**columns, "id": trigger_id},
    )
    after = get(db, trigger_id)
    keep(db, after, person, hidden=[name for name in HIDDEN if known[name] != values[name]])
    return after


def delete(db: sqlite3.Connection, trigger_id: str) -> Trigger:
    """Delete a trigger with its history; its executions stay.

    Raises NotFoundError, and ForbiddenError for one that came with the service.
    """
    known = get(db, trigger_id)
    if known.predefined:
        raise ForbiddenError(
            f"{known.name} came with the service and cannot be deleted", "switch it off instead"
        )
    db.execute("DELETE FROM triggers WHERE id = ?", (trigger_id,))
    return known


def _columns(spec: TriggerSpec) -> dict[str, Any]:
    values = {name: getattr(spec, name) for name in SPEC_FIELDS}
    for name in LISTS:
        values[name] = json.dumps(values[name])
    for name in NULLS:
        values[name] = values[name] or None
    return values


def _next_fire(spec: TriggerSpec) -> str | None:
    if spec.source != "schedule" or not spec.enabled:
        return None
    found = next_times(spec.cron, spec.time_zone, now(), 1)
    return stamp(found[0]) if found else None


def _reschedules(known: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a change is about when it fires: any other leaves the next time as it is."""
    return any(known[name] != values[name] for name in ("source", "enabled", "cron", "time_zone"))


def _refuse_name(db: sqlite3.Connection, name: str, but: str = "") -> None:
    found = db.execute("SELECT id FROM triggers WHERE name = ? AND id <> ?", (name, but)).fetchone()
    if found is not None:
        raise ConflictError(f"{found['id']} is called {name} already", "choose another name")
