"""The records of executions: queued, claimed, ended.  One table is the queue and the history.

Every change of a state is one statement that names the state it comes from, so that of two who
try only one succeeds: an execution begins once, and ends in exactly one way.
"""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from service.clock import now, stamp
from service.errors import ConflictError, NotFoundError, TooManyError

_ID_BYTES: Final = 10
# How many may wait: of one trigger, and of all.
MOST_OF_ONE: Final = 200
MOST_WAITING: Final = 5_000
_FULL_S: Final = 30
PAUSE: Final = "pause"
# Before every time that a clock may show.
_AT_ONCE: Final = "1970-01-01T00:00:00.000Z"
_MOST_ATTEMPTS: Final = 50
# How backends begin that need no agent.
BUILTIN: Final = "builtin:"
# The backend of executions that are runs of the assistant: they have places of their own.
ASSISTANT: Final = "assistant"


class State(StrEnum):
    """Where an execution stands.  It is queued, then running, then one of the others for ever."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"

    @property
    def final(self) -> bool:
        """Whether it has ended."""
        return self not in (State.QUEUED, State.RUNNING)


class QueueFullError(TooManyError):
    """Too many executions wait already."""

    code = "queue_full"


@dataclass(frozen=True, slots=True)
class Order:
    """How an execution is run: what its trigger said when it was queued.

    `backend` is one of `service.executions.commands`, or `builtin:NAME` for what needs no agent;
    `paths` are absolute folders; with `worktree` it runs in a checkout of its own of the first of
    them.  Times are in seconds; `retries` says how often it is tried again after a failure that may
    pass.
    """

    backend: str
    template: str = ""
    model: str = ""
    effort: str = ""
    allowed_tools: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    worktree: bool = False
    timeout_s: int = 600
    grace_s: int = 10
    retries: int = 0

    def as_json(self) -> str:
        """The text of the column."""
        return _order_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """The order that a column holds."""
        values = json.loads(text)
        for name in ("allowed_tools", "paths"):
            values[name] = tuple(values[name])
        return cls(**values)


@lru_cache(maxsize=256)
def _order_json(order: Order) -> str:
    # A trigger has one for all of its events.
    return json.dumps(asdict(order))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExecution:
    """What is queued.

    `payload` is the event as JSON, `message` what a person typed or the event's text; `first_id`
    the execution that this one repeats (empty: none), as `attempt`.
    """

    trigger_id: str
    trigger_name: str
    order: Order
    source: str
    person: str
    request_id: str
    event: str = ""
    message: str = ""
    payload: str = "{}"
    kind: str = "agent"
    delivery_id: str = ""
    priority: int = 0
    attempt: int = 1
    first_id: str = ""
    not_before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution, as its row has it.  Empty texts and None stand for what is not known yet.

    `reason` says in words why it ended as it did, `failure` in a word for programs (`exit`,
    `signal`, `start`, `rate_limit`, `overloaded`, `network`, `disk_full`, …; empty: none).
    """

    number: int
    id: str
    trigger_id: str
    trigger_name: str
    kind: str
    source: str
    event: str
    delivery_id: str
    state: State
    priority: int
    attempt: int
    first_id: str
    person: str
    request_id: str
    queued_at: str
    not_before: str
    started_at: str
    finished_at: str
    duration_ms: int | None
    order: Order
    message: str
    payload: str
    prompt: str
    argv: tuple[str, ...]
    owner: str
    pid: int | None
    pid_began: str
    exit_code: int | None
    exit_signal: int | None
    reason: str
    failure: str
    cancel_asked: bool
    lines: int
    bytes: int
    truncated: bool
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    cleared: bool
    """Whether its lines were deleted to make room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an execution ended."""

    state: State
    reason: str
    failure: str = ""
    duration_ms: int | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    lines: int = 0
    bytes: int = 0
    truncated: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which executions are wanted; empty texts do not count.  Times are stamps, as RFC 3339."""

    state: str = ""
    trigger_id: str = ""
    source: str = ""
    since: str = ""
    until: str = ""
    delivery_id: str = ""
    numbers: tuple[int, ...] | None = field(default=None)
    before: int | None = None
    """Only those that were queued before the one with this number."""


# -- queueing -------------------------------------------------------------------------------


def enqueue(db: sqlite3.Connection, new: NewExecution) -> Execution:
    """Queue an execution; the caller's transaction makes it durable.  Raises QueueFullError."""
    return get(db, queue(db, new))


def queue(db: sqlite3.Connection, new: NewExecution) -> str:
    """The same; returns only its id, which costs less."""
    execution_id = f"exec-{secrets.token_hex(_ID_BYTES)}"
    # One statement: each of them waits for its turn among the threads.  The counts walk an index
    # alone: a row with its payload would be read from many pages.
    made = db.execute(
        """INSERT INTO executions (id, trigger_id, trigger_name, kind, source, event, delivery_id,
            state, priority, attempt, first_id, person, request_id, queued_at, not_before,
            order_json, message, payload)
        SELECT :id, :trigger_id, :trigger_name, :kind, :source, :event, :delivery_id, 'queued',
            :priority, :attempt, :first_id, :person, :request_id, :queued_at, :not_before,
            :order_json, :message, :payload
        WHERE (SELECT count(*) FROM executions INDEXED BY executions_queued
                WHERE state = 'queued' AND trigger_id = :trigger_id) < :most_of_one
            AND (SELECT count(*) FROM executions INDEXED BY executions_queued
                WHERE state = 'queued') < :most_waiting""",
        {
            "id": execution_id,
            "trigger_id": new.trigger_id,
            "trigger_name": new.trigger_name,
            "kind": new.kind,
            "source": new.source,
            "event": new.event,
            "delivery_id": new.delivery_id or None,
            "priority": new.priority,
            "attempt": new.attempt,
            "first_id": new.first_id or None,
            "person": new.person,
            "request_id": new.request_id,
            "queued_at": stamp(),
            # Not the present time: a clock that is set back afterwards must not hold it up.
            "not_before": new.not_before or _AT_ONCE,
            "order_json": new.order.as_json(),
            "message": new.message,
            "payload": new.payload,
            "most_of_one": MOST_OF_ONE,
            "most_waiting": MOST_WAITING,
        },
    ).rowcount
    if not made:
        raise _queue_full(db, new)
    return execution_id


def _queue_full(db: sqlite3.Connection, new: NewExecution) -> QueueFullError:
    waiting, of_one = db.execute(
        "SELECT count(*), coalesce(sum(trigger_id = ?), 0) FROM executions"
        " INDEXED BY executions_queued WHERE state = 'queued'",
        (new.trigger_id,),
    ).fetchone()
    of_trigger = of_one >= MOST_OF_ONE
    which = f"{of_one} executions of {new.trigger_name}" if of_trigger else f"{waiting} executions"
    return QueueFullError(
        f"{which} are waiting already",
        _FULL_S,
        "send it again later; if this lasts, let more run at once or fire less often",
    )


def claim(db: sqlite3.Connection, owner: str, most: int) -> Execution | None:
    """Take the next execution that may run now; None when there is none.

    The highest priority first, then the oldest.  Nothing is taken while all is paused or `most`
    run; of a trigger no more than it allows at once and in a day (UTC).
    """
    moment = now()
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    row = db.execute(
        """UPDATE executions SET state = 'running', owner = :owner, started_at = :now
        WHERE number = (
            SELECT waiting.number FROM executions AS waiting
            LEFT JOIN triggers ON triggers.id = waiting.trigger_id
            WHERE waiting.state = 'queued' AND waiting.not_before <= :now
            AND (SELECT count(*) FROM executions AS others WHERE others.state = 'running'
                AND others.trigger_id = waiting.trigger_id) < coalesce(triggers.concurrency, 1)
            AND (triggers.runs_per_day IS NULL OR triggers.runs_per_day > (
                SELECT count(*) FROM executions AS others
                WHERE others.trigger_id = waiting.trigger_id
                AND others.started_at >= :day AND others.started_at < :next_day))
            ORDER BY waiting.priority DESC, waiting.number LIMIT 1)
        AND (SELECT count(*) FROM executions WHERE state = 'running' AND trigger_id <> :own)
            < :most
        AND NOT EXISTS (SELECT 1 FROM switches WHERE name = :pause AND value = 'on')
        RETURNING *""",
        {
            "owner": owner,
            "now": stamp(moment),
            "day": stamp(day),
            # Runs of a clock that was ahead must not use up the days until then.
            "next_day": stamp(day + timedelta(days=1)),
            "most": most,
            "own": ASSISTANT,
            "pause": PAUSE,
        },
    ).fetchone()
    return _execution(row) if row is not None else None


def begin(db: sqlite3.Connection, new: NewExecution, owner: str, most: int) -> Execution:
    """Make an execution that runs at once, beside the queue.

    Raises QueueFullError when `most` of its trigger run already.
    """
    running = db.execute(
        "SELECT count(*) FROM executions WHERE state = 'running' AND trigger_id = ?",
        (new.trigger_id,),
    ).fetchone()[0]
    if running >= most:
        raise QueueFullError(
            f"{running} runs of {new.trigger_id} are under way already",
            _FULL_S,
            "ask again when one of them has ended, or cancel one",
        )
    made = enqueue(db, new)
    row = db.execute(
        """UPDATE executions SET state = 'running', owner = ?, started_at = queued_at
        WHERE number = ? RETURNING *""",
        (owner, made.number),
    ).fetchone()
    return _execution(row)


def next_due(db: sqlite3.Connection) -> str:
    """When the next queued execution may begin; empty when none waits."""
    found = db.execute("SELECT min(not_before) FROM executions WHERE state = 'queued'").fetchone()
    return found[0] or ""


def what_waits(db: sqlite3.Connection) -> tuple[str, int, bool]:
    """The same, with how many wait, whenever they may begin, and whether the clock was set back.

    That is so when one that has to wait for a while was queued later than now.
    """
    row = db.execute(
        """SELECT count(*), min(not_before), total(queued_at > :now AND not_before > queued_at)
        FROM executions WHERE state = 'queued'""",
        {"now": stamp()},
    ).fetchone()
    return row[1] or "", row[0], row[2] > 0


def wait_from_now(db: sqlite3.Connection) -> None:
    """Let what was queued by a clock that was ahead wait as long as it was to, but from now on.

    Else it would wait until the clock is there again: for a year, if it was wrong by one.
    """
    db.execute(
        """UPDATE executions SET queued_at = :now, not_before = strftime('%Y-%m-%dT%H:%M:%fZ',
            julianday(:now) + julianday(not_before) - julianday(queued_at))
        WHERE state = 'queued' AND queued_at > :now AND not_before > queued_at""",
        {"now": stamp()},
    )


# -- running --------------------------------------------------------------------------------


def mark_prepared(db: sqlite3.Connection, number: int, prompt: str, argv: tuple[str, ...]) -> None:
    """Keep what is run: the prompt, and the command line, which does not hold it."""
    db.execute(
        "UPDATE executions SET prompt = ?, argv = ? WHERE number = ? AND state = 'running'",
        (prompt, json.dumps(argv), number),
    )


def mark_started(db: sqlite3.Connection, number: int, pid: int, began: str) -> None:
    """Keep which process it is: a pid alone may name another one later."""
    db.execute(
        "UPDATE executions SET pid = ?, pid_began = ? WHERE number = ? AND state = 'running'",
        (pid, began, number),
    )


def finish(db: sqlite3.Connection, number: int, outcome: Outcome) -> bool:
    """End a running execution; False when it has ended already, and nothing changes."""
    values = {**asdict(outcome), "number": number, "now": stamp()}
    return (
        db.execute(
            """UPDATE executions SET state = :state, reason = :reason, failure = :failure,
                finished_at = :now, duration_ms = :duration_ms, exit_code = :exit_code,
                exit_signal = :exit_signal, lines = :lines, bytes = :bytes,
                truncated = :truncated, tokens_in = :tokens_in, tokens_out = :tokens_out,
                cost_usd = :cost_usd
            WHERE number = :number AND state = 'running'""",
            values,
        ).rowcount
        == 1
    )


def interrupt_others(db: sqlite3.Connection, owner: str) -> tuple[Execution, ...]:
    """End what a service that is gone left running, and return it: nothing runs twice by itself."""
    rows = db.execute(
        """UPDATE executions SET state = 'interrupted', finished_at = :now,
            reason = 'the service ended while it ran; it is not run again by itself',
            lines = (SELECT coalesce(max(first + count - 1), 0) FROM log_chunks
                WHERE execution = executions.number),
            bytes = (SELECT coalesce(sum(length(text)), 0) FROM log_chunks
                WHERE execution = executions.number)
        WHERE state = 'running' AND owner IS NOT :owner RETURNING *""",
        {"now": stamp(), "owner": owner},
    ).fetchall()
    return tuple(map(_execution, rows))


def ask_cancel(db: sqlite3.Connection, execution_id: str, person: str) -> Execution:
    """Cancel what waits; of what runs, ask that it be ended.

    Raises NotFoundError; ConflictError when it has ended.
    """
    row = db.execute(
        """UPDATE executions SET cancel_asked = 1,
            state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
            finished_at = CASE state WHEN 'queued' THEN :now ELSE finished_at END,
            reason = CASE state WHEN 'queued' THEN :reason ELSE reason END
        WHERE id = :id AND state IN ('queued', 'running') RETURNING *""",
        {"now": stamp(), "id": execution_id, "reason": f"cancelled by {person} before it began"},
    ).fetchone()
    if row is not None:
        return _execution(row)
    state = get(db, execution_id).state
    raise ConflictError(f"{execution_id} has ended already: {state}", "run it again instead")


# -- reading --------------------------------------------------------------------------------


def get(db: sqlite3.Connection, execution_id: str) -> Execution:
    """One execution.  Raises NotFoundError."""
    row = db.execute("SELECT * FROM executions WHERE id = ?", (execution_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"there is no execution {execution_id}", "it may have been cleared")
    return _execution(row)


def list_executions(
    db: sqlite3.Connection, wanted: Filter, *, limit: int, offset: int
) -> tuple[tuple[Execution, ...], int]:
    """A part of those that fit, the newest first, and the number of all that fit.

    Without their messages, prompts and payloads, which may be long.
    """
    where, values = _where(wanted)
    rows = db.execute(
        f"SELECT {_SHORT} FROM executions WHERE {where}"  # noqa: S608
        " ORDER BY number DESC LIMIT :limit OFFSET :offset",
        {**values, "limit": limit, "offset": offset},
    ).fetchall()
    total = db.execute(f"SELECT count(*) FROM executions WHERE {where}", values).fetchone()[0]  # noqa: S608
    return tuple(map(_execution, rows)), total


def attempts_of(db: sqlite3.Connection, execution: Execution) -> tuple[Execution, ...]:
    """The execution, what it repeats and what repeats that, in the order of their numbers."""
    rows = db.execute(
        f"SELECT {_SHORT} FROM executions WHERE id = :id OR first_id = :id"  # noqa: S608
        f" ORDER BY number DESC LIMIT {_MOST_ATTEMPTS}",
        {"id": execution.first_id or execution.id},
    ).fetchall()
    return tuple(map(_execution, reversed(rows)))


def trigger_names(db: sqlite3.Connection) -> Mapping[str, str]:
    """Id -> name of all triggers that ran, by name; the name is that of the latest run."""
    rows = db.execute(
        "SELECT trigger_id, trigger_name, max(number) FROM executions GROUP BY trigger_id"
        " ORDER BY trigger_name"
    ).fetchall()
    found = {row["trigger_id"]: row["trigger_name"] for row in rows}
    # Each question has a title of its own.
    return {name: title if name != ASSISTANT else "Assistant" for name, title in found.items()}


def counts(db: sqlite3.Connection) -> Mapping[State, int]:
    """How many executions are queued and running."""
    rows = db.execute(
        "SELECT state, count(*) FROM executions WHERE state IN ('queued', 'running') GROUP BY state"
    ).fetchall()
    found = {State(row[0]): row[1] for row in rows}
    return {state: found.get(state, 0) for state in (State.QUEUED, State.RUNNING)}


def is_paused(db: sqlite3.Connection) -> bool:
    """Whether nothing begins for now."""
    row = db.execute("SELECT value FROM switches WHERE name = ?", (PAUSE,)).fetchone()
    return row is not None and row["value"] == "on"


def set_paused(db: sqlite3.Connection, person: str, *, paused: bool) -> None:
    """Let nothing begin any more, or go on.  What runs goes on running."""
    db.execute(
        """INSERT INTO switches (name, value, at, person) VALUES (?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at,
            person = excluded.person""",
        (PAUSE, "on" if paused else "off", stamp(), person),
    )


def _where(wanted: Filter) -> tuple[str, dict[str, Any]]:
    """The condition; its parts are constants of this module."""
    parts: list[str] = ["1"]
    values: dict[str, Any] = {}
    for column, value in (
        ("state", wanted.state),
        ("trigger_id", wanted.trigger_id),
        ("source", wanted.source),
        ("delivery_id", wanted.delivery_id),
    ):
        if value:
            parts.append(f"{column} = :{column}")
            values[column] = value
    for name, sign in (("since", ">="), ("until", "<")):
        if getattr(wanted, name):
            parts.append(f"queued_at {sign} :{name}")
            values[name] = getattr(wanted, name)
    if wanted.before is not None:
        parts.append("number < :before")
        values["before"] = wanted.before
    if wanted.numbers is not None:
        parts.append("number IN (SELECT value FROM json_each(:numbers))")
        values["numbers"] = json.dumps(wanted.numbers)
    return " AND ".join(parts), values


_OPTIONAL_TEXTS: Final = (
    "delivery_id", "first_id", "started_at", "finished_at", "owner", "pid_began",
)  # fmt: skip
# A row without what may be long.
_SHORT: Final = ", ".join(
    f"'' AS {each.name}" if each.name in ("message", "prompt", "payload")
    else {"order": "order_json"}.get(each.name, each.name)
    for each in fields(Execution)
)  # fmt: skip


def _execution(row: sqlite3.Row) -> Execution:
    values = dict(row)
    for name in ("indexed", "indexed_to"):
        values.pop(name, None)
    values["order"] = Order.from_json(values.pop("order_json"))
    values["state"] = State(values["state"])
    values["argv"] = tuple(json.loads(values["argv"]))
    if values["not_before"] == _AT_ONCE:
        values["not_before"] = values["queued_at"]
    for name in ("cancel_asked", "truncated", "cleared"):
        values[name] = bool(values[name])
    for name in _OPTIONAL_TEXTS:
        values[name] = values[name] or ""
    return Execution(**values)
