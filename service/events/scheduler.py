"""Fires schedules: a greenlet that looks at the clock and queues.  It carries nothing out."""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog
from gevent.event import Event

from service.beside import Beside
from service.clock import now
from service.db.database import Database
from service.errors import UnavailableError
from service.events import fires

_log = structlog.get_logger(__name__)
# The clock may be set, and a service beside this one may change a trigger.
_LOOK_S: Final = 30.0
_LEAST_S: Final = 0.5
# By less the clock is only put right.
_SET_BACK_S: Final = 2.0


class Scheduler(Beside):
    """The schedules of one database; times that came while none ran are written down as missed.

    `queued` is called when something waits to be run; `clock` tells the present time.
    """

    def __init__(
        self,
        database: Database,
        queued: Callable[[], None],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._queued = queued
        self._clock = clock
        self._woken = Event()
        # How far the clock is ahead of the time since boot; None: not known yet.
        self._ahead: float | None = None

    def wake(self) -> None:
        """A trigger was changed."""
        self._woken.set()

    def look(self) -> str:
        """Fire what is due; return when the next one is (empty: none).

        Raises UnavailableError, sqlite3.Error.
        """
        moment = self._clock()
        if self._was_set_back(moment):
            self._database.write(partial(fires.set_back, moment=moment))
        for each in self._database.read(partial(fires.due, moment=moment)):
            if self._database.write(partial(fires.fire, trigger_id=each, moment=moment)):
                _log.info("schedule fired", trigger=each)
                self._queued()
        return self._database.read(fires.next_due)

    def _run(self) -> None:
        while True:
            self._woken.clear()
            due = ""
            try:
                due = self.look()
            except (UnavailableError, sqlite3.Error) as error:
                _log.warning("schedules cannot be looked at", reason=str(error))
            self._woken.wait(self._patience(due))

    def _patience(self, due: str) -> float:
        if not due:
            return _LOOK_S
        left = (datetime.fromisoformat(due).astimezone(UTC) - self._clock()).total_seconds()
        return min(max(left, _LEAST_S), _LOOK_S)

    def _was_set_back(self, moment: datetime) -> bool:
        """Whether the clock shows less than before; at the start nobody knows, so: yes."""
        ahead = moment.timestamp() - time.monotonic()
        before, self._ahead = self._ahead, ahead
        return before is None or ahead < before - _SET_BACK_S
