"""The records of triggers: as they are shown, and as an event is judged by them."""

import json
import sqlite3
from dataclasses import dataclass

from service.events.matching import Criteria
from service.executions.asking import Runnable
from service.executions.records import Order
from service.setting import Secret

_SHOWN = """id, name, source, enabled, predefined, match_field_path, match_field_value,
    text_field_path, detection_keyword, secret IS NOT NULL AND secret <> '' AS has_secret,
    allow_unsigned, prompt_template, backend, created_at, updated_at"""

_HEARD = "SELECT * FROM triggers WHERE enabled = 1 AND source IN ('webhook', 'github') ORDER BY id"


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """A trigger without its secret, which never leaves the database this way."""

    id: str
    name: str
    source: str
    enabled: bool
    predefined: bool
    match_field_path: str
    match_field_value: str
    text_field_path: str
    detection_keyword: str
    has_secret: bool
    allow_unsigned: bool
    prompt_template: str
    backend: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled trigger as an event is judged by it.

    Without a secret it takes what is unsigned, but only where a person said so.
    """

    criteria: Criteria
    secret: Secret
    allow_unsigned: bool
    runnable: Runnable


@dataclass(frozen=True, slots=True)
class Rules:
    """The enabled triggers of both kinds of webhooks, and the rows that they were made of.

    As long as the rows are the same, so are the rules: comparing them costs no reading of JSON.
    """

    webhook: tuple[Rule, ...]
    github: tuple[Rule, ...]
    rows: tuple[tuple[object, ...], ...] = ()

    def of(self, source: str) -> tuple[Rule, ...]:
        """The rules of one source, in the order of their ids."""
        return self.github if source == "github" else self.webhook


def list_triggers(
    db: sqlite3.Connection,
    *,
    limit: int,
    offset: int,
    source: str = "",
    enabled: bool | None = None,
) -> tuple[tuple[TriggerRow, ...], int]:
    """A part of the triggers in the order of their names, and the number of all that fit."""
    where = "(:source = '' OR source = :source) AND (:enabled IS NULL OR enabled = :enabled)"
    values = {"source": source, "enabled": enabled, "limit": limit, "offset": offset}
    rows = db.execute(
        f"SELECT {_SHOWN} FROM triggers WHERE {where} ORDER BY name LIMIT :limit OFFSET :offset",  # noqa: S608
        values,
    ).fetchall()
    total = db.execute(f"SELECT count(*) FROM triggers WHERE {where}", values).fetchone()[0]  # noqa: S608
    return tuple(_shown(row) for row in rows), total


def read_rules(db: sqlite3.Connection) -> Rules:
    """All enabled triggers that webhooks can fire."""
    rows = db.execute(_HEARD).fetchall()
    by_source = {
        source: tuple(_rule(row) for row in rows if row["source"] == source)
        for source in ("webhook", "github")
    }
    return Rules(by_source["webhook"], by_source["github"], tuple(map(tuple, rows)))


def are_current(db: sqlite3.Connection, rules: Rules) -> bool:
    """Whether no trigger has changed since the rules were read."""
    return tuple(map(tuple, db.execute(_HEARD).fetchall())) == rules.rows


def runnable_of(row: sqlite3.Row) -> Runnable:
    """What of the row of a trigger its runs need."""
    order = Order(
        backend=row["backend"],
        template=row["prompt_template"],
        model=row["model"],
        allowed_tools=tuple(json.loads(row["allowed_tools"])),
        paths=tuple(json.loads(row["paths"])),
        worktree=bool(row["worktree"]),
        timeout_s=row["timeout_s"],
        retries=row["retries"],
    )
    return Runnable(row["id"], row["name"], order, row["priority"], row["text_field_path"])


def _rule(row: sqlite3.Row) -> Rule:
    criteria = Criteria(
        trigger_id=row["id"],
        field_path=row["match_field_path"] or "",
        field_value=row["match_field_value"] or "",
        text_path=row["text_field_path"],
        keyword=row["detection_keyword"] or "",
        events=tuple(json.loads(row["events"])),
        repository=row["repository"],
        authors=tuple(json.loads(row["authors"])),
    )
    return Rule(
        criteria, Secret(row["secret"] or ""), bool(row["allow_unsigned"]), runnable_of(row)
    )


def _shown(row: sqlite3.Row) -> TriggerRow:
    values = dict(row)
    for name in ("enabled", "predefined", "has_secret", "allow_unsigned"):
        values[name] = bool(values[name])
    for name in ("match_field_path", "match_field_value", "detection_keyword"):
        values[name] = values[name] or ""
    return TriggerRow(**values)
