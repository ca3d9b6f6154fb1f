"""Takes researches on while nobody looks: a greenlet that asks of each open run what comes next."""

import sqlite3
from typing import Final

import gevent
import structlog
from gevent.event import Event

from service.beside import Beside
from service.errors import ServiceError
from service.research.researcher import Researcher

_log = structlog.get_logger(__name__)
_BUSY_S: Final = 1.0
_IDLE_S: Final = 30.0


class Follower(Beside):
    """Follows the open runs of one service.  What it does can be done by a page as well."""

    def __init__(self, researcher: Researcher) -> None:
        self._researcher = researcher
        self._woken = Event()

    def wake(self) -> None:
        """A run began."""
        self._woken.set()

    def look(self) -> bool:
        """Take each open run on; whether there are any.  Raises sqlite3.Error, ServiceError."""
        open_runs = self._researcher.open_runs()
        for run in open_runs:
            try:
                self._researcher.follow(run)
            except ServiceError as error:
                _log.warning("a research waits", run=run.name, reason=error.message)
        return bool(open_runs)

    def _run(self) -> None:
        while True:
            self._woken.clear()
            busy = False
            try:
                busy = self.look()
            except (ServiceError, sqlite3.Error) as error:
                _log.warning("researches cannot be looked at", reason=str(error))
            if busy:
                gevent.sleep(_BUSY_S)
            else:
                self._woken.wait(_IDLE_S)
