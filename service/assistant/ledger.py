"""What runs of the model cost: a row for each, by day, session and item.  Money is a text here.

The row is there before anything is sent, with what the question costs at least: a service that is
killed leaves an estimate behind, and not nothing.
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from service.assistant.jobs import Usage
from service.clock import now, stamp

_MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a run cost; `usd` is None when no price is known."""

    execution: str
    kind: str
    session: str
    item: str
    person: str
    model: str
    usage: Usage
    usd: Decimal | None
    is_estimate: bool
    is_rehearsal: bool = False
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All runs of one day, session and item; `unpriced` is how many of them have no known price.

    `searches` are those of the web, `unpriced_searches` those of them whose price is not known.
    """

    day: str
    session: str
    item: str
    model: str
    runs: int
    tokens_in: int
    tokens_out: int
    usd: Decimal | None
    unpriced: int
    is_estimate: bool
    searches: int
    unpriced_searches: int


def today() -> str:
    """The day (UTC) that is booked on."""
    return stamp(now())[:10]


def book(db: sqlite3.Connection, entry: Entry) -> None:
    """Write down what a run has cost so far; the next one for the run takes its place."""
    usage = entry.usage
    db.execute(
        """INSERT INTO assistant_ledger (execution, day, kind, session, item, person, model,
            tokens_in, tokens_out, cache_write, cache_read, searches, usd, is_estimate,
            is_rehearsal, unpriced_searches, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (execution) DO UPDATE SET tokens_in = excluded.tokens_in,
            tokens_out = excluded.tokens_out, cache_write = excluded.cache_write,
            cache_read = excluded.cache_read, searches = excluded.searches, usd = excluded.usd,
            is_estimate = excluded.is_estimate, unpriced_searches = excluded.unpriced_searches,
            at = excluded.at""",
        (
            entry.execution,
            entry.day or today(),
            entry.kind,
            entry.session,
            entry.item,
            entry.person,
            entry.model,
            usage.tokens_in,
            usage.tokens_out,
            usage.cache_write_5m + usage.cache_write_1h,
            usage.cache_read,
            usage.searches,
            None if entry.usd is None else f"{entry.usd:f}",
            entry.is_estimate,
            entry.is_rehearsal,
            usage.unpriced_searches,
            stamp(),
        ),
    )


def spent(
    db: sqlite3.Connection, day: str, *, is_rehearsal: bool, without: Collection[str] = ()
) -> Decimal:
    """Dollars of a day, as far as prices are known; without some of the executions."""
    rows = db.execute(
        """SELECT execution, usd FROM assistant_ledger WHERE day = ? AND is_rehearsal = ?
        AND usd IS NOT NULL""",
        (day, is_rehearsal),
    )
    return sum((Decimal(row["usd"]) for row in rows if row["execution"] not in without), Decimal(0))


def lines(
    db: sqlite3.Connection, *, is_rehearsal: bool, limit: int = _MOST_ROWS
) -> tuple[Line, ...]:
    """The ledger, the newest day first."""
    rows = db.execute(
        """SELECT day, session, item, model, count(*) AS runs,
            sum(tokens_in + cache_write + cache_read) AS tokens_in, sum(tokens_out) AS tokens_out,
            group_concat(usd, ' ') AS usd, sum(usd IS NULL) AS unpriced,
            max(is_estimate) AS is_estimate, max(at) AS latest,
            sum(searches) AS searches, sum(unpriced_searches) AS unpriced_searches
        FROM assistant_ledger WHERE is_rehearsal = ?
        GROUP BY day, session, item, model ORDER BY day DESC, latest DESC LIMIT ?""",
        (is_rehearsal, limit),
    )
    return tuple(map(_line, rows))


def _line(row: sqlite3.Row) -> Line:
    texts = (row["usd"] or "").split()
    return Line(
        day=row["day"],
        session=row["session"],
        item=row["item"],
        model=row["model"],
        runs=row["runs"],
        tokens_in=row["tokens_in"],
        tokens_out=row["tokens_out"],
        usd=sum(map(Decimal, texts), Decimal(0)) if texts else None,
        unpriced=row["unpriced"],
        is_estimate=bool(row["is_estimate"]),
        searches=row["searches"],
        unpriced_searches=row["unpriced_searches"],
    )
