"""Brings the plan here after a push: one fetch after another, however many pushes come at once."""

import time
from functools import partial
from typing import Final

import gevent
import structlog
from gevent.event import Event

from service.db.database import Database
from service.errors import ServiceError, UnavailableError
from service.events.plan_pushes import FETCHED, Fetched, newest_waiting, push_of, settle
from service.planner_link import PlannerLink
from service.planning.remote_record import RemoteRecord

_log = structlog.get_logger(__name__)
# Fetching is git's work and has limits of its own; after so long it counts as not answered.
_PATIENCE_S: Final = 60.0
_TRIES: Final = 3
_PAUSE_S: Final = 1.0
_SILENT: Final = Fetched("failed", "the remote has not answered yet; it is tried again by itself")


class PlanFetches:
    """Fetches after pushes.  All of it runs on the worker's hub."""

    def __init__(self, database: Database, planner: PlannerLink, *, wanted: bool) -> None:
        """`wanted` tells whether there is a remote at all."""
        self._database = database
        self._planner = planner
        self._wanted = wanted
        self._asked = False
        self._loop: gevent.Greenlet | None = None
        self._idle = Event()
        self._idle.set()

    def start(self) -> None:
        """Fetch for the pushes that an earlier service left.  Returns at once."""
        if self._wanted:
            self.ask()

    def close(self) -> None:
        """Fetch no more, and let go of whoever waits."""
        self._wanted = False
        if self._loop is not None:
            self._loop.kill()
        self._idle.set()

    def ask(self) -> None:
        """A push came: fetch, once more if that is under way already.  Returns at once."""
        if not self._wanted:
            return
        self._asked = True
        self._idle.clear()
        if self._loop is None or self._loop.dead:
            self._loop = gevent.spawn(self._run)

    def wait(self, delivery_id: str) -> tuple[str, ...]:
        """Wait until what was pushed is here, or cannot be had.

        Returns words for who works on the plan because of that delivery.  Raises UnavailableError.
        """
        self._idle.wait(_PATIENCE_S)
        push = self._database.read(partial(push_of, delivery_id=delivery_id))
        if push is None:
            return ()
        if push.state == FETCHED:
            return (f"what was pushed was fetched first: {push.reason}",)
        why = push.reason or "the remote has not answered yet"
        return (f"this is the plan as it is here: {why}",)

    # -- the greenlet -----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._asked:
                self._asked = False
                self._serve()
        finally:
            self._idle.set()

    def _serve(self) -> None:
        """One fetch, for all pushes that were received before it."""
        try:
            newest = self._database.read(newest_waiting)
            if newest:
                fetched = self._fetched()
                count = self._database.write(partial(settle, newest=newest, fetched=fetched))
                _log.info(
                    "plan fetched after a push",
                    pushes=count, state=fetched.state, reason=fetched.reason,
                )  # fmt: skip
        except UnavailableError as error:
            # The pushes still wait in the table, for a database that takes it, or the next start.
            _log.warning("the outcome of a fetch could not be kept", reason=error.message)
            gevent.sleep(_PAUSE_S)
            self._asked = True

    def _fetched(self) -> Fetched:
        deadline = time.monotonic() + _PATIENCE_S
        for _ in range(_TRIES):
            number = self._number(deadline)
            if number is None:
                return _SILENT
            record = self._planner.remote.wait_served(number, deadline - time.monotonic())
            if record.served >= number:
                return _outcome(record)
            if time.monotonic() >= deadline:
                break
        return _SILENT

    def _number(self, deadline: float) -> int | None:
        """The number of a new exchange; the planner may be starting, or busy with a build."""
        while time.monotonic() < deadline:
            try:
                number: int = self._planner.call("remote.sync")
            except ServiceError:
                gevent.sleep(_PAUSE_S)
            else:
                return number
        return None


def _outcome(record: RemoteRecord) -> Fetched:
    if record.state == "failed":
        hint = f": {record.hint}" if record.hint else ""
        return Fetched("failed", f"{record.reason}{hint}")
    if record.notes:
        return Fetched("attention", "; ".join(note.reason for note in record.notes))
    branch = record.branch or "the plan"
    return Fetched(FETCHED, f"{branch} is in step with the remote", record.branch)
