"""What the worker knows of the remote: the last report of the planner process."""

import time
from collections.abc import Mapping
from typing import Any

import structlog
from gevent.event import Event

from service.planning.remote_record import OFF, RemoteRecord

_log = structlog.get_logger(__name__)


class RemoteNews:
    """The last report, and waiting for the next.  It lives on the worker's hub."""

    def __init__(self) -> None:
        self.record = OFF
        self._changed = Event()

    def hear(self, values: Mapping[str, Any]) -> None:
        """Take a report; what is new goes to the log.  Raises ValueError for none."""
        # Not strict: the wire has lists where the record has tuples.
        before, self.record = self.record, RemoteRecord.model_validate(values, strict=False)
        self._changed.set()
        self._changed = Event()
        if before.reason != self.record.reason or before.notes != self.record.notes:
            self._tell()
        elif before.pushed_at != self.record.pushed_at:
            _log.info("commits sent to the remote", address=self.record.address)

    def _tell(self) -> None:
        found = self.record
        if found.reason:
            _log.warning("remote cannot be used", reason=found.reason, waiting=found.waiting)
        for note in found.notes:
            _log.warning("branch not in step", branch=note.branch, reason=note.reason)
        if not found.reason and not found.notes:
            _log.info("in step with the remote", address=found.address, waiting=found.waiting)

    def wait_served(self, number: int, timeout_s: float) -> RemoteRecord:
        """The record once the exchange of this number is over; after `timeout_s` the present one.

        A planner process that was started again counts anew, so that number may never come.
        """
        deadline = time.monotonic() + timeout_s
        while self.record.served < number and (left := deadline - time.monotonic()) > 0:
            self._changed.wait(left)
        return self.record
