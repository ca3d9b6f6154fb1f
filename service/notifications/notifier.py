"""Sends the notifications that are due: a greenlet that looks for them, and a few that send."""

import secrets
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Final

import gevent
import structlog
from gevent.pool import Pool

from service.beside import Beside
from service.db.database import Database
from service.errors import UnavailableError
from service.notifications.records import (
    NO_TOKEN,
    WAITS_MIN,
    Attempt,
    any_due,
    mark_failed,
    mark_sent,
    take_due,
)
from service.notifications.sending import Result, Sender

_log = structlog.get_logger(__name__)
_LOOK_S: Final = 2.0
# One slow host must not hold up all others.
_AT_ONCE: Final = 8
_JITTER: Final = 0.1
_CHANCE: Final = secrets.SystemRandom()


class Notifier(Beside):
    """The notifications of one database; `waits_min` are minutes between the attempts."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        *,
        waits_min: Sequence[float] = WAITS_MIN,
        look_s: float = _LOOK_S,
    ) -> None:
        self._database = database
        self._sender = sender
        self._waits_min = waits_min
        self._look_s = look_s
        self._pool = Pool(_AT_ONCE)

    def close(self) -> None:
        """End; an attempt that is under way is made again by the next service."""
        super().close()
        self._pool.kill()

    def _run(self) -> None:
        while True:
            try:
                if self._begin_some():
                    # More may be due: go on as soon as one of these is done.
                    self._pool.wait_available(self._look_s)
                    continue
            except UnavailableError as error:
                _log.warning("notifications wait", reason=error.message)
            except sqlite3.Error as error:
                _log.error("notifications cannot be sent", reason=str(error))
            gevent.sleep(self._look_s)

    def _begin_some(self) -> bool:
        """Begin what is due, as far as there is place; whether more may be due."""
        free = self._pool.free_count()
        # A read first: most often nothing is due, and a write costs a commit.
        if not free or not self._database.read(any_due):
            return not free
        taken = self._database.write(partial(take_due, most=free))
        for attempt in taken:
            self._pool.spawn(self._make, attempt)
        return bool(len(taken) == free)

    def _make(self, attempt: Attempt) -> None:
        result = self._sender.send(attempt)
        again = self._wait_s(attempt, result)
        try:
            if result.reason:
                self._database.write(lambda db: mark_failed(db, attempt, result.reason, again))
            else:
                self._database.write(lambda db: mark_sent(db, attempt))
        except UnavailableError as error:
            # It is made again once its lease is over: told twice is better than not at all.
            _log.warning("what became of a notification was not kept", reason=error.message)
        if result.reason == NO_TOKEN:
            # A setting, not an event: the pages of the run and of the trigger say so.
            return
        _log.info(
            "notification sent" if not result.reason else "notification failed",
            notification_id=attempt.id,
            execution_id=attempt.execution_id,
            attempt=attempt.number,
            reason=result.reason,
            again=again is not None,
        )

    def _wait_s(self, attempt: Attempt, result: Result) -> float | None:
        """Seconds to the next attempt; None when there is none."""
        if not result.reason or result.final or attempt.number > len(self._waits_min):
            return None
        longest = 60.0 * self._waits_min[attempt.number - 1]
        return longest * _CHANCE.uniform(1.0, 1.0 + _JITTER)
