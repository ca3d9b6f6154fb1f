"""What is deleted when its time is over, in batches that writes of the service come between."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import gevent
import structlog

from service.clock import after
from service.db.database import Database
from service.db.vacuum import release_some, sizes
from service.db.writer import Work
from service.errors import UnavailableError
from service.executions.clearing import clear_large, clear_old, log_bytes
from service.executions.log_store import tidy_search

_log = structlog.get_logger(__name__)

MIB: Final = 1024 * 1024
# Rows in one transaction: a few milliseconds of the write lock, unless the rows are huge.
BATCH: Final = 200
# Between two batches, so that other writes share the disk.
_PAUSE_S: Final = 0.02
# Empty pages that are kept for the next rows instead of being handed back.
_SPARE_BYTES: Final = 4 * MIB


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` that are deleted once the time in `column` is `days` old.

    `unless` is a condition of SQL under which a row is kept all the same.
    """

    table: str
    column: str
    days: float
    unless: str = "0"


RULES: Final = (
    # Sessions end after 8 idle hours and 7 days by themselves; this is for the rows.
    Rule("sessions", "seen_at", 1),
    Rule("sessions", "created_at", 8),
    Rule("sign_in_links", "expires_at", 0),
    # The newest row stays: the next one's number and digest follow from it.
    Rule("audit", "at", 365, unless="number = (SELECT max(number) FROM audit)"),
    # Senders repeat a delivery for some days; what was received is to be told from a repetition.
    Rule("deliveries", "received_at", 30),
    # Requests of saves are answered again for a day (see `service.planning.idempotency`).
    Rule("plan_requests", "at", 1),
    Rule("plan_pushes", "at", 30, unless="state = 'waiting'"),
    # A key that is over tells nothing any more.
    Rule("seen_deliveries", "expires_at", 0),
    # What is on its way stays, however long the service stood still.
    Rule("notifications", "at", 30, unless="state = 'waiting'"),
    # Longer than any clock is wrong: with its row a time of a schedule cannot come again.
    Rule("fires", "due_at", 90),
)
# Bodies of deliveries are what grows under a flood: the oldest make room.
CAP_BYTES: Final = 2048 * MIB
EXECUTION_DAYS: Final = 30
LOGS_BYTES: Final = 2048 * MIB
# The search of a log takes less than the log.
_WITH_SEARCH: Final = 2
# The pages of deleted lines become free in the search when all of it is written anew.
_TIDY_S: Final = 24 * 3600.0


def delete_some(db: sqlite3.Connection, rule: Rule, before: str) -> int:
    """Delete up to BATCH rows whose time is over; return how many."""
    return db.execute(
        # The names are constants of this module.
        f"""DELETE FROM {rule.table} WHERE rowid IN (
                SELECT rowid FROM {rule.table}
                WHERE {rule.column} < ? AND NOT ({rule.unless})
                ORDER BY {rule.column} LIMIT {BATCH}
            )""",  # noqa: S608
        (before,),
    ).rowcount


def make_room(db: sqlite3.Connection, cap_bytes: int) -> int:
    """Delete up to BATCH of the oldest deliveries when the database is over its cap.

    Logs have a cap of their own, and do not count.
    """
    size = sizes(db)
    if size.total - size.free - _WITH_SEARCH * log_bytes(db) <= cap_bytes:
        return 0
    return db.execute(
        f"""DELETE FROM deliveries WHERE rowid IN (
                SELECT rowid FROM deliveries ORDER BY received_at LIMIT {BATCH}
            )"""  # noqa: S608
    ).rowcount


def hand_back(db: sqlite3.Connection) -> int:
    """Give some empty pages back to the disk; return how many."""
    return release_some(db) if sizes(db).free > _SPARE_BYTES else 0


class Retention:
    """Deletes what its time is over for, once every `every_s` seconds."""

    def __init__(
        self,
        database: Database,
        *,
        every_s: float = 300.0,
        cap_bytes: int = CAP_BYTES,
        execution_days: float = EXECUTION_DAYS,
        logs_bytes: int = LOGS_BYTES,
    ) -> None:
        """`cap_bytes` is for all but the logs of executions, `logs_bytes` for those."""
        self._database = database
        self._every_s = every_s
        self._cap_bytes = cap_bytes
        self._execution_days = execution_days
        self._logs_bytes = logs_bytes
        self._tidied = float("-inf")
        self._greenlet: gevent.Greenlet | None = None

    def start(self) -> None:
        """Begin; the first time comes after one interval, since a start has other work to do."""
        self._greenlet = gevent.spawn(self._loop)

    def stop(self) -> None:
        """End it; a batch that is under way is finished or undone as a whole."""
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None

    def run(self) -> Mapping[str, int]:
        """Delete all that is over and hand back the pages; return the rows of each table.

        Raises UnavailableError when the database cannot be written for now, sqlite3.Error when it
        is damaged.
        """
        deleted: dict[str, int] = {}
        for rule in RULES:
            count = self._until_none(partial(delete_some, rule=rule, before=after(days=-rule.days)))
            deleted[rule.table] = deleted.get(rule.table, 0) + count
        deleted.update(self._clear_executions())
        deleted["deliveries"] += self._until_none(partial(make_room, cap_bytes=self._cap_bytes))
        self._until_none(hand_back)
        return {table: count for table, count in deleted.items() if count}

    def _clear_executions(self) -> Mapping[str, int]:
        """Delete executions whose time is over, and the oldest logs while all are too large."""
        before = after(days=-self._execution_days)
        deleted = {
            "executions": self._until_none(partial(clear_old, before=before)),
            "logs": self._until_none(partial(clear_large, cap_bytes=self._logs_bytes)),
        }
        if any(deleted.values()) and time.monotonic() - self._tidied > _TIDY_S:
            self._tidied = time.monotonic()
            self._database.write(partial(tidy_search, begin=True))
            self._until_none(partial(tidy_search, begin=False))
        return deleted

    def _until_none(self, batch: Work[int]) -> int:
        total = 0
        while done := self._database.write(batch):
            total += done
            gevent.sleep(_PAUSE_S)
        return total

    def _loop(self) -> None:
        while True:
            gevent.sleep(self._every_s)
            try:
                deleted = self.run()
            except (UnavailableError, sqlite3.Error) as error:
                _log.warning("old rows were not deleted", reason=str(error))
            else:
                if deleted:
                    _log.info("old rows were deleted", **deleted)
