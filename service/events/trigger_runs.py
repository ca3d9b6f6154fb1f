"""How the latest runs of each trigger went, and which wait, for the pages of triggers."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from service.executions.records import Order

# So many of the latest runs say how often it succeeds.
LATEST: Final = 50
_JUDGED: Final = ("succeeded", "failed", "timed_out", "interrupted")


@dataclass(frozen=True, slots=True)
class Runs:
    """The last run of a trigger, and how many of the latest that nobody cancelled succeeded.

    `last_at` is when it ended, else began, else was queued.
    """

    last_id: str
    last_state: str
    last_at: str
    succeeded: int
    judged: int

    @property
    def percent(self) -> int | None:
        """Of a hundred runs so many succeed; None where none has ended."""
        return round(100 * self.succeeded / self.judged) if self.judged else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many runs of a trigger wait, and how many of them go by what it said before a change."""

    total: int
    otherwise: int


def waiting_of(db: sqlite3.Connection, trigger_id: str, order: Order) -> Waiting:
    """Those of a trigger whose order is this one now."""
    rows = db.execute(
        """SELECT order_json, count(*) AS count FROM executions
        WHERE state = 'queued' AND trigger_id = ? GROUP BY order_json""",
        (trigger_id,),
    ).fetchall()
    return Waiting(
        sum(row["count"] for row in rows),
        sum(row["count"] for row in rows if Order.from_json(row["order_json"]) != order),
    )


def runs_of(db: sqlite3.Connection, trigger_ids: Iterable[str]) -> Mapping[str, Runs]:
    """The latest runs by trigger; those that never ran are missing."""
    found = {}
    for each in trigger_ids:
        rows = db.execute(
            """SELECT id, state, coalesce(finished_at, started_at, queued_at) AS at
            FROM executions WHERE trigger_id = ? ORDER BY number DESC LIMIT ?""",
            (each, LATEST),
        ).fetchall()
        if rows:
            states = [row["state"] for row in rows]
            found[each] = Runs(
                last_id=rows[0]["id"],
                last_state=rows[0]["state"],
                last_at=rows[0]["at"],
                succeeded=states.count("succeeded"),
                judged=sum(states.count(state) for state in _JUDGED),
            )
    return found
