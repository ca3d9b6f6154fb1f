"""`/ops/executions`: what runs and what ran, with filters in the address; cancel, again, pause."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.errors import BadRequestError, ServiceError
from service.executions import records
from service.executions.records import Execution, Filter, State
from service.executions.search import LONGEST, Found, hits_of, matching
from service.executions.statistics import Statistics, statistics_of
from service.guard.audit import note
from service.guard.current import known_principal
from service.guard.policy import Zone, add_route, guarded
from service.guard.principal import Scope
from service.observability.request_id import request_id
from service.services import services
from service.views.execution_page import execution_page
from service.views.execution_words import MARKS, SOURCES, money, span, word
from service.views.pages import page

blueprint = Blueprint("ops_executions", __name__)
_ROWS: Final = 50
_ROWS_FOUND: Final = 20
# How many executions a search may find; the newest count.
_MOST_FOUND: Final = 5000
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what is not right counts as not given."""

    state: str = ""
    trigger: str = ""
    source: str = ""
    since: str = ""
    until: str = ""
    delivery: str = ""
    q: str = ""
    before: int | None = None

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Asked":
        """What stands in a query."""
        before = args.get("before", "")
        return cls(
            state=_one_of(args.get("state", ""), [each.value for each in State]),
            trigger=_like(_ID, args.get("trigger", "")),
            source=_one_of(args.get("source", ""), list(SOURCES)),
            since=_like(_DAY, args.get("since", "")),
            until=_like(_DAY, args.get("until", "")),
            delivery=_like(_ID, args.get("delivery", "")),
            q=" ".join(args.get("q", "").replace("\0", " ").split())[:LONGEST],
            before=int(before) if _NUMBER.fullmatch(before) else None,
        )

    def filter(self, numbers: tuple[int, ...] | None) -> Filter:
        """The same for the database; the last day counts as a whole."""
        return Filter(
            state=self.state,
            trigger_id=self.trigger,
            source=self.source,
            since=self.since,
            until=f"{self.until}T99" if self.until else "",
            delivery_id=self.delivery,
            numbers=numbers,
            before=self.before,
        )

    def address(self, **other: str) -> str:
        """The address that asks for this, but for some parts."""
        values = {
            name: getattr(self, name)
            for name in ("state", "trigger", "source", "since", "until", "delivery", "q")
        }
        given = {name: value for name, value in {**values, **other}.items() if value}
        return f"/ops/executions?{urlencode(given)}" if given else "/ops/executions"


def _one_of(text: str, known: list[str]) -> str:
    return text if text in known else ""


def _like(form: re.Pattern[str], text: str) -> str:
    return text if form.fullmatch(text) else ""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the page shows."""

    rows: tuple[Execution, ...]
    total: int
    found: dict[int, Found]
    names: dict[str, str]
    waiting: int
    """How many runs of the trigger that is asked for wait; 0 without one."""
    queued: int
    running: int
    paused: bool
    statistics: Statistics


@guarded(Zone.PAGE, Scope.READ)
def list_page() -> Response:
    """The newest first; the address says which."""
    return _list()


def _list(failed: ServiceError | None = None) -> Response:
    asked = Asked.of(request.args)
    wrong = ""
    try:
        found = services().database.read(lambda db: _read(db, asked))
    except BadRequestError as error:
        wrong = f"{error.message}: {error.hint}"
        found = services().database.read(lambda db: _read(db, Asked(q="")))
    runner = services().runner
    rows = found.rows
    older = bool(rows) and found.total > len(rows)
    return page(
        "executions.html",
        title="Executions",
        section="executions",
        status=failed.status if failed is not None else 200,
        scripts=("executions.js",),
        listed=found,
        asked=asked,
        wrong=wrong,
        failed=failed,
        lines={
            each.number: live.last if (live := runner.live(each.number)) else each.lines
            for each in rows
        },
        states=list(State),
        sources=SOURCES,
        marks=MARKS,
        may_operate=known_principal().may(Scope.OPERATE),
        here=asked.address(),
        newest=asked.address() if asked.before is not None else "",
        older=asked.address(before=str(rows[-1].number)) if older else "",
        span=span,
        money=money,
        word=word,
    )


def _read(db: sqlite3.Connection, asked: Asked) -> Listed:
    """All of it in one read.  Raises BadRequestError when there is nothing to look for in `q`."""
    numbers = None
    if asked.q:
        numbers = tuple(matching(db, asked.q, limit=_MOST_FOUND, offset=0)[0])
    limit = _ROWS_FOUND if asked.q else _ROWS
    rows, total = records.list_executions(db, asked.filter(numbers), limit=limit, offset=0)
    counts = records.counts(db)
    return Listed(
        rows=rows,
        total=total,
        found={each.number: hits_of(db, asked.q, each.number) for each in rows} if asked.q else {},
        names=dict(records.trigger_names(db)),
        waiting=_waiting(db, asked.trigger),
        queued=counts[State.QUEUED],
        running=counts[State.RUNNING],
        paused=records.is_paused(db),
        statistics=statistics_of(db, asked.trigger),
    )


def _waiting(db: sqlite3.Connection, trigger_id: str) -> int:
    wanted = Filter(state=State.QUEUED.value, trigger_id=trigger_id)
    return records.list_executions(db, wanted, limit=0, offset=0)[1] if trigger_id else 0


@guarded(Zone.PAGE, Scope.READ)
def show_page(execution_id: str) -> Response:
    """One execution with its log."""
    return execution_page(execution_id)


@guarded(Zone.PAGE, Scope.OPERATE)
def cancel(execution_id: str) -> AnyResponse:
    """Cancel it, and show it."""
    try:
        services().executions.cancel(execution_id, known_principal().person)
    except ServiceError as error:
        return _refused(execution_id, error)
    note("execution.cancel", "ok", target=execution_id)
    return redirect(f"/ops/executions/{execution_id}", 303)


@guarded(Zone.PAGE, Scope.OPERATE)
def cancel_waiting() -> AnyResponse:
    """Cancel all runs of a trigger that wait, and show its runs."""
    trigger = _like(_ID, request.form.get("trigger", ""))
    try:
        count = services().executions.cancel_waiting(trigger, known_principal().person)
    except ServiceError as error:
        return _list(error)
    note("execution.cancel-waiting", "ok", target=trigger, count=count)
    return redirect(Asked(trigger=trigger).address(), 303)


@guarded(Zone.PAGE, Scope.OPERATE)
def replay(execution_id: str) -> AnyResponse:
    """Run it again, and show the new one."""
    try:
        made = services().executions.replay(execution_id, known_principal().person, request_id())
    except ServiceError as error:
        return _refused(execution_id, error)
    note("execution.replay", "ok", target=execution_id, execution=made.id)
    return redirect(f"/ops/executions/{made.id}", 303)


def _refused(execution_id: str, error: ServiceError) -> Response:
    if error.status == 404:
        raise error
    return execution_page(execution_id, failed=error)


@guarded(Zone.PAGE, Scope.OPERATE)
def pause() -> AnyResponse:
    """Let nothing begin any more, or go on."""
    paused = request.form.get("paused") == "yes"
    person = known_principal().person
    try:
        services().database.write(lambda db: records.set_paused(db, person, paused=paused))
    except ServiceError as error:
        return _list(error)
    services().executions.wake()
    note("execution.pause" if paused else "execution.resume", "ok")
    return redirect("/ops/executions", 303)


add_route(blueprint, "/ops/executions", list_page, "GET")
add_route(blueprint, "/ops/executions/pause", pause, "POST")
add_route(blueprint, "/ops/executions/cancel-waiting", cancel_waiting, "POST")
add_route(blueprint, "/ops/executions/<execution_id>", show_page, "GET")
add_route(blueprint, "/ops/executions/<execution_id>/cancel", cancel, "POST")
add_route(blueprint, "/ops/executions/<execution_id>/replay", replay, "POST")
