"""The audit log as records: who did what, when, from where, in which request.

Each row carries a digest over itself and the row before, so that a row which is changed or taken
out of the middle is noticed (`first_broken`).  Whoever may write the database can make the whole
chain anew, so each deed is logged too: a log that is collected elsewhere tells.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from service.clock import stamp

_LONGEST: Final = 500
_COLUMNS: Final = (
    "number", "at", "action", "outcome", "key_id", "person", "target", "address", "request_id",
    "details",
)  # fmt: skip
Outcome = Literal["ok", "refused", "failed"]
Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be noted.  No field may hold a secret."""

    action: str
    outcome: Outcome
    target: str
    key_id: str | None
    person: str
    address: str
    request_id: str
    details: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class Row:
    """What was noted, with its number and time."""

    number: int
    at: str
    entry: Entry


def about_host(action: str, person: str, target: str = "", **details: Detail) -> Entry:
    """What `record` shall write about a deed on the host itself, by a command."""
    return Entry(action, "ok", target, None, person, "host", "", details)


def record(db: sqlite3.Connection, entry: Entry) -> int:
    """Add a row within a transaction; return its number."""
    last = db.execute("SELECT number, chain FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    number, before = (last["number"] + 1, last["chain"]) if last else (1, b"")
    details = {name: _short(value) for name, value in sorted(entry.details.items())}
    row = (
        number, stamp(), entry.action, entry.outcome, entry.key_id, _short(entry.person),
        _short(entry.target), entry.address, entry.request_id,
        json.dumps(details, ensure_ascii=False),
    )  # fmt: skip
    chain = _chain(before, row)
    db.execute(
        f"INSERT INTO audit ({', '.join(_COLUMNS)}, chain) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
        (*row, chain),
    )
    return number


def rows(
    db: sqlite3.Connection, *, limit: int, before: int | None = None, action: str = ""
) -> tuple[Row, ...]:
    """The newest rows, newest first: those with a number under `before`, of one action or all."""
    found = db.execute(
        """SELECT * FROM audit
           WHERE (:before IS NULL OR number < :before) AND (:action = '' OR action = :action)
           ORDER BY number DESC LIMIT :limit""",
        {"before": before, "action": action, "limit": limit},
    )
    return tuple(_row(each) for each in found)


def actions(db: sqlite3.Connection) -> tuple[str, ...]:
    """All actions that were ever noted, in the order of the alphabet."""
    return tuple(row[0] for row in db.execute("SELECT DISTINCT action FROM audit ORDER BY action"))


def first_broken(db: sqlite3.Connection) -> int | None:
    """The number of the first row that does not follow from the one before; None when all do.

    The oldest row that is left is taken as it is: those before it went with their time.
    """
    before: bytes | None = None
    for row in db.execute("SELECT * FROM audit ORDER BY number"):
        values = tuple(row[name] for name in _COLUMNS)
        if before is not None and _chain(before, values) != row["chain"]:
            return int(row["number"])
        before = row["chain"]
    return None


def _chain(before: bytes, row: tuple[object, ...]) -> bytes:
    return hashlib.sha256(before + json.dumps(row, ensure_ascii=False).encode()).digest()


def _short(value: Detail) -> Detail:
    return value[:_LONGEST] if isinstance(value, str) else value


def _row(row: sqlite3.Row) -> Row:
    entry = Entry(
        row["action"], row["outcome"], row["target"], row["key_id"], row["person"],
        row["address"], row["request_id"], json.loads(row["details"]),
    )  # fmt: skip
    return Row(row["number"], row["at"], entry)
