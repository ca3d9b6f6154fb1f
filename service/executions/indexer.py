"""Makes the logs of ended executions searchable, a little at a time, beside everything else."""

import sqlite3
from functools import partial
from typing import Final

import gevent
import structlog

from service.beside import Beside
from service.db.database import Database
from service.errors import UnavailableError
from service.executions.log_store import index_some

_log = structlog.get_logger(__name__)
# In one transaction: some 20 ms of the writer, which live logs share.
_BYTES: Final = 256 * 1024
# Between two batches, and when there was nothing to do.
_PAUSE_S: Final = 0.05
_IDLE_S: Final = 2.0


class Indexer(Beside):
    """Looks for logs that are not searchable yet, every `idle_s` seconds."""

    def __init__(self, database: Database, *, idle_s: float = _IDLE_S) -> None:
        self._database = database
        self._idle_s = idle_s

    def _run(self) -> None:
        while True:
            gevent.sleep(_PAUSE_S if self._some() else self._idle_s)

    def _some(self) -> bool:
        """Index a batch; whether there was one."""
        try:
            # A read first: most often nothing waits, and a write costs a commit.
            return self._database.read(_waits) and bool(
                self._database.write(partial(index_some, most_bytes=_BYTES))
            )
        except UnavailableError as error:
            _log.warning("logs were not made searchable", reason=error.message)
        except sqlite3.Error as error:
            _log.error("logs cannot be made searchable", reason=str(error))
        return False


def _waits(db: sqlite3.Connection) -> bool:
    found = db.execute(
        "SELECT 1 FROM executions WHERE indexed = 0 AND finished_at IS NOT NULL LIMIT 1"
    )
    return found.fetchone() is not None
