"""How the runs of a trigger went: how often they succeeded, how long they took, what they cost."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from service.clock import now, stamp
from service.executions.records import State

DAYS: Final = 30
# What says something about the trigger: a run that a person cancelled does not.
_JUDGED: Final = (State.SUCCEEDED, State.FAILED, State.TIMED_OUT, State.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Day:
    """A day (UTC): how many runs were queued, and how many of those succeeded and did not."""

    day: str
    runs: int
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of the runs of the last DAYS days; None where nothing is known.

    `success_rate` is from 0 to 1, of the runs that nobody cancelled; durations are milliseconds of
    the runs that succeeded, the cost is what agents reported.
    """

    runs: int
    by_state: Mapping[str, int]
    success_rate: float | None
    median_ms: int | None
    p95_ms: int | None
    cost_usd: float | None
    days: tuple[Day, ...]


def statistics_of(db: sqlite3.Connection, trigger_id: str) -> Statistics:
    """The figures of a trigger; with an empty id, those of all."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS - 1)
    rows = db.execute(
        """SELECT state, substr(queued_at, 1, 10) AS day, duration_ms, cost_usd FROM executions
        WHERE (:id = '' OR trigger_id = :id) AND queued_at >= :since""",
        {"id": trigger_id, "since": stamp(since)},
    ).fetchall()
    states = Counter(row["state"] for row in rows)
    judged = sum(states[each] for each in _JUDGED)
    took = sorted(row["duration_ms"] for row in rows if _took(row))
    costs = [row["cost_usd"] for row in rows if row["cost_usd"] is not None]
    return Statistics(
        runs=len(rows),
        by_state={each.value: states[each] for each in State},
        success_rate=states[State.SUCCEEDED] / judged if judged else None,
        median_ms=_share(took, 50),
        p95_ms=_share(took, 95),
        cost_usd=sum(costs) if costs else None,
        days=_days(rows, [stamp(since + timedelta(days=n))[:10] for n in range(DAYS)]),
    )


def _took(row: sqlite3.Row) -> bool:
    return row["state"] == State.SUCCEEDED and row["duration_ms"] is not None


def _share(values: Sequence[int], percent: int) -> int | None:
    """The value that so many percent of the sorted values do not exceed."""
    return values[-(-len(values) * percent // 100) - 1] if values else None


def _days(rows: Sequence[sqlite3.Row], days: Sequence[str]) -> tuple[Day, ...]:
    runs: Counter[str] = Counter()
    good: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for row in rows:
        runs[row["day"]] += 1
        if row["state"] == State.SUCCEEDED:
            good[row["day"]] += 1
        elif row["state"] in _JUDGED:
            bad[row["day"]] += 1
    return tuple(Day(day, runs[day], good[day], bad[day]) for day in days)
