"""The triggers as an event is judged by them."""

import sqlite3
from dataclasses import dataclass

from service.events.matching import Criteria
from service.events.trigger_records import as_criteria, as_runnable, shown
from service.executions.asking import Runnable
from service.setting import Secret

_HEARD = "SELECT * FROM triggers WHERE enabled = 1 AND source IN ('webhook', 'github') ORDER BY id"
# A number that the database itself raises with every change of what an event is judged by.
_CHANGES = "SELECT coalesce(max(number), 0) FROM trigger_changes"


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled trigger as an event is judged by it.

    Without a secret it takes what is unsigned, but only where a person said so.  `dedup_s` is for
    how many seconds the same body is a repetition (None: as the service has it);
    `report_status` whether GitHub is told how its runs go.
    """

    criteria: Criteria
    secret: Secret
    allow_unsigned: bool
    runnable: Runnable
    dedup_s: int | None = None
    report_status: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The enabled triggers of both kinds of webhooks.

    As long as `number` is that of the database, they are what it holds.
    """

    webhook: tuple[Rule, ...]
    github: tuple[Rule, ...]
    number: int = 0

    def of(self, source: str) -> tuple[Rule, ...]:
        """The rules of one source, in the order of their ids."""
        return self.github if source == "github" else self.webhook


def read_rules(db: sqlite3.Connection) -> Rules:
    """All enabled triggers that webhooks can fire."""
    # First the number: what changes in between makes it an old one.
    number = _changes(db)
    rows = db.execute(_HEARD).fetchall()
    by_source = {
        source: tuple(_rule(row) for row in rows if row["source"] == source)
        for source in ("webhook", "github")
    }
    return Rules(by_source["webhook"], by_source["github"], number)


def are_current(db: sqlite3.Connection, rules: Rules) -> bool:
    """Whether no trigger has changed since the rules were read."""
    return _changes(db) == rules.number


def _changes(db: sqlite3.Connection) -> int:
    (number,) = db.execute(_CHANGES).fetchone()
    return int(number)


def _rule(row: sqlite3.Row) -> Rule:
    trigger = shown(row)
    return Rule(
        as_criteria(trigger),
        Secret(row["secret"] or ""),
        trigger.allow_unsigned,
        as_runnable(trigger),
        trigger.dedup_s,
        trigger.report_status,
    )
