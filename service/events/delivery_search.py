"""Deliveries as people look for them: which came, what each trigger made of them, what ran."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.events.deliveries import Delivery, find_delivery
from service.events.plan_pushes import PlanPush, push_of

LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries are wanted; empty texts and None do not count.

    `fired` with a trigger is about that trigger.  `text` is looked for in the body, as it stands
    there and as the value of a JSON text; the case of the letters a to z does not count.  Times are
    stamps or days; `before` is the number of a row.
    """

    source: str = ""
    event: str = ""
    trigger_id: str = ""
    fired: bool | None = None
    text: str = ""
    since: str = ""
    until: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A delivery in a list: without body and headers; `fires` are ids of triggers."""

    number: int
    id: str
    source: str
    event: str
    received_at: str
    address: str
    request_id: str
    size: int
    fires: tuple[str, ...]
    executions: int
    redelivery_of: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What one trigger made of a delivery; `trigger_name` is empty when it is deleted since."""

    trigger_id: str
    trigger_name: str
    fires: bool
    hindrance: str


@dataclass(frozen=True, slots=True)
class Started:
    """An execution that a delivery caused, or one that repeats such a one."""

    id: str
    trigger_id: str
    trigger_name: str
    source: str
    state: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """One delivery with all that is known of it.

    `again` are ids of its redeliveries, `push` what it told of the plan's own repository.
    """

    delivery: Delivery
    verdicts: tuple[Heard, ...]
    executions: tuple[Started, ...]
    again: tuple[str, ...]
    push: PlanPush | None = None


def list_deliveries(
    db: sqlite3.Connection, wanted: DeliveryFilter, *, limit: int, offset: int
) -> tuple[tuple[Listed, ...], int]:
    """A part of those that fit, the newest first, and the number of all that fit."""
    where, values = _where(wanted)
    # One pass over what fits: a search looks at every body once.
    total, numbers = db.execute(
        f"""WITH fit AS MATERIALIZED (
            SELECT rowid AS number FROM deliveries WHERE {where}
        ) SELECT (SELECT count(*) FROM fit), (SELECT json_group_array(number) FROM
            (SELECT number FROM fit ORDER BY number DESC LIMIT :limit OFFSET :offset))""",  # noqa: S608
        {**values, "limit": limit, "offset": offset},
    ).fetchone()
    rows = db.execute(
        """SELECT rowid AS number, id, source, event, received_at, address, request_id,
            length(body) AS size, matched, redelivery_of,
            (SELECT count(*) FROM executions WHERE delivery_id = deliveries.id) AS executions
        FROM deliveries WHERE rowid IN (SELECT value FROM json_each(?)) ORDER BY rowid DESC""",
        (numbers,),
    ).fetchall()
    return tuple(map(_listed, rows)), total


def inspect(db: sqlite3.Connection, delivery_id: str) -> Inspected:
    """One delivery.  Raises NotFoundError."""
    delivery = find_delivery(db, delivery_id)
    verdicts = json.loads(delivery.matched)
    names = names_of(db, [each["trigger_id"] for each in verdicts])
    again = db.execute(
        "SELECT id FROM deliveries WHERE redelivery_of > '' AND redelivery_of = ? ORDER BY rowid",
        (delivery_id,),
    ).fetchall()
    return Inspected(
        delivery,
        tuple(
            Heard(
                each["trigger_id"],
                names.get(each["trigger_id"], ""),
                each["fires"],
                each["hindrance"],
            )
            for each in verdicts
        ),
        started_by(db, delivery_id),
        tuple(row["id"] for row in again),
        push_of(db, delivery_id),
    )


def started_by(db: sqlite3.Connection, delivery_id: str) -> tuple[Started, ...]:
    """What a delivery caused, the first one first."""
    rows = db.execute(
        "SELECT id, trigger_id, trigger_name, source, state FROM executions"
        " WHERE delivery_id = ? ORDER BY number",
        (delivery_id,),
    ).fetchall()
    return tuple(Started(**dict(row)) for row in rows)


def names_of(db: sqlite3.Connection, trigger_ids: Iterable[str]) -> Mapping[str, str]:
    """Id -> name of those triggers that there are."""
    rows = db.execute(
        "SELECT id, name FROM triggers WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(trigger_ids)),),
    ).fetchall()
    return {row["id"]: row["name"] for row in rows}


def hearing_triggers(db: sqlite3.Connection) -> Mapping[str, str]:
    """Id -> name of the triggers that webhooks can fire, by name."""
    rows = db.execute(
        "SELECT id, name FROM triggers WHERE source IN ('webhook', 'github') ORDER BY name"
    ).fetchall()
    return {row["id"]: row["name"] for row in rows}


def _where(wanted: DeliveryFilter) -> tuple[str, dict[str, Any]]:
    """The condition; its parts are constants of this module."""
    parts: list[str] = ["1"]
    values: dict[str, Any] = {}
    for column, sign, name in (
        ("source", "=", "source"),
        ("event", "=", "event"),
        ("received_at", ">=", "since"),
        ("received_at", "<", "until"),
        ("rowid", "<", "before"),
    ):
        value = getattr(wanted, name)
        if value:
            parts.append(f"{column} {sign} :{name}")
            values[name] = value
    if wanted.trigger_id or wanted.fired is not None:
        parts.append(_of_verdicts(wanted))
        values |= {"trigger_id": wanted.trigger_id}
    if wanted.text:
        likes = {f"text{number}": like for number, like in enumerate(_likes(wanted.text))}
        found = " OR ".join(f"CAST(body AS TEXT) LIKE :{name} ESCAPE '!'" for name in likes)
        parts.append(f"({found})")
        values |= likes
    return " AND ".join(parts), values


def _of_verdicts(wanted: DeliveryFilter) -> str:
    of_trigger = "value ->> 'trigger_id' = :trigger_id" if wanted.trigger_id else ":trigger_id = ''"
    if wanted.fired is None:
        return f"EXISTS (SELECT 1 FROM json_each(matched) WHERE {of_trigger})"  # noqa: S608
    fires = f"EXISTS (SELECT 1 FROM json_each(matched) WHERE value ->> 'fires' AND {of_trigger})"  # noqa: S608
    if wanted.fired:
        return fires
    heard = f"EXISTS (SELECT 1 FROM json_each(matched) WHERE {of_trigger})"  # noqa: S608
    return f"(NOT {fires} AND {heard})" if wanted.trigger_id else f"NOT {fires}"


def _likes(text: str) -> list[str]:
    """The patterns of a text as it may stand in JSON: as it is, quoted, in plain ASCII."""
    forms = {text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]}
    return [f"%{_escaped(each)}%" for each in sorted(forms)]


def _escaped(text: str) -> str:
    return "".join(f"!{each}" if each in "!%_" else each for each in text)


def _listed(row: sqlite3.Row) -> Listed:
    values = dict(row)
    verdicts = json.loads(values.pop("matched"))
    values["fires"] = tuple(each["trigger_id"] for each in verdicts if each["fires"])
    values["redelivery_of"] = values["redelivery_of"] or ""
    return Listed(**values)
