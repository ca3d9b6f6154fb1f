"""The one pipeline of all webhooks, after size and rate: signature, JSON, match, record, answer.

The rules are kept in memory, so that an event costs one trip to the database and a forged one
costs none that waits for a lock.  They are never trusted further than that: the transaction that
records an event checks that they still hold, and a refusal is first tried against fresh ones.
"""

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from service.clock import stamp
from service.db.database import Database
from service.errors import ForbiddenError, UnavailableError
from service.events.dedup import USUAL, Key, Windows, claim, keys_of
from service.events.deliveries import Delivery, add_delivery, find_delivery, new_delivery
from service.events.judging import GITHUB, Admitted, Door, Incoming, admit, judge, readmit
from service.events.matching import PLAN, Verdict
from service.events.paths import look_up, text_of
from service.events.plan_pushes import add_push
from service.events.plan_repository import PlanRepository, pushed_branch
from service.events.reported_commits import Commit, reported_commit
from service.events.triggers import Rule, Rules, are_current, read_rules
from service.executions.asking import Cause, Runnable, new_execution
from service.executions.records import BUILTIN, NewExecution, get, queue
from service.notifications import commit_statuses

_TRIES: Final = 5
REFUSED_HEADS: Final = 100
_HEAD_LENGTH: Final = 100


class _RulesChangedError(Exception):
    """A trigger changed while an event was judged."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An event that is durably recorded, the triggers that it fires, and what that started.

    `duplicate` tells that it has come before: the ids are those of the first time.
    """

    delivery_id: str
    triggers: tuple[str, ...]
    executions: tuple[str, ...]
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class RefusedHead:
    """What is kept of an event that was refused: never its body."""

    at: str
    source: str
    address: str
    event: str
    sender_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Firing:
    """A trigger that an event fires, with what its prompt needs of the event.

    `commit` is the one whose status at GitHub tells how the run goes; None: none does.
    """

    runnable: Runnable
    message: str
    payload: Mapping[str, Any]
    dedup_s: int | None
    commit: Commit | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """What is queued, and the commit whose status tells how it goes."""

    new: NewExecution
    commit: Commit | None


@dataclass(frozen=True, slots=True)
class Redelivery:
    """Who asks for a delivery to be judged once more, and what is written with it."""

    person: str
    address: str
    request_id: str
    also: Callable[[sqlite3.Connection, Receipt], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What is written down of an event in one transaction, as long as the rules are as they were.

    `runs` are to be queued, `also` is what else is written.  `branch` is what was pushed to the
    plan's repository; empty: nothing.
    """

    rules: Rules
    delivery: Delivery
    keys: tuple[Key, ...]
    runs: tuple[_Run, ...]
    also: Callable[[sqlite3.Connection, Receipt], None] = lambda _db, _receipt: None
    branch: str = ""

    @property
    def signed(self) -> bool:
        """Whether a secret of ours signed it."""
        return self.delivery.signed_for != "[]"


class Receiver:
    """Accepts events of one database.

    `started` is called after some executions were queued, `pushed` after a push to the plan's
    repository `plan` was recorded that somebody signed.
    """

    def __init__(
        self,
        database: Database,
        windows: Windows = USUAL,
        started: Callable[[], None] = lambda: None,
        *,
        plan: PlanRepository | None = None,
        pushed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._windows = windows
        self._started = started
        self._plan = plan or PlanRepository()
        self._pushed = pushed
        self._rules: Rules | None = None
        # A fixed number: a flood of forged events costs no memory and no row.
        self._refused: deque[RefusedHead] = deque(maxlen=REFUSED_HEADS)

    @property
    def refused(self) -> tuple[RefusedHead, ...]:
        """The heads of the last events that were refused, the newest first."""
        return tuple(reversed(self._refused))

    def of_plan(self, payload: Any) -> bool:
        """Whether an event is of the plan's own repository."""
        return self._plan.is_of(payload)

    def admit(self, incoming: Incoming, door: Door) -> Admitted:
        """Check who sent the event.  Raises ForbiddenError, and UnavailableError."""
        try:
            return admit(incoming, door, self._known())
        except ForbiddenError:
            pass
        try:
            return admit(incoming, door, self._fresh())
        except ForbiddenError:
            self._refused.append(
                RefusedHead(
                    stamp(),
                    door.source,
                    incoming.address,
                    incoming.event[:_HEAD_LENGTH],
                    incoming.sender_id[:_HEAD_LENGTH],
                    incoming.request_id,
                )
            )
            raise

    def current(self, incoming: Incoming, door: Door, admitted: Admitted) -> Admitted:
        """The same by the rules of now: for whoever lets an event go without recording it.

        Raises ForbiddenError, UnavailableError.
        """
        if self._database.read(partial(are_current, rules=admitted.read)):
            return admitted
        return admit(incoming, door, self._fresh())

    def accept(
        self, incoming: Incoming, door: Door, admitted: Admitted, payload: Mapping[str, Any]
    ) -> Receipt:
        """Match the event, record it with the verdicts and queue what it fires, or nothing of it.

        One that has come before changes nothing.  Raises UnavailableError when that cannot be done
        now (QueueFullError when too many executions wait), and ForbiddenError when the trigger
        that heard the event lost its secret meanwhile.
        """
        of_plan = self.of_plan(payload)
        for _ in range(_TRIES):
            verdicts = judge(incoming, door, admitted, payload, of_plan=of_plan)
            branch = pushed_branch(incoming.event, payload) if of_plan else ""
            fired = self._fired(verdicts, admitted, incoming.event, payload, branch)
            windows = self._windows.for_triggers(each.dedup_s for each in fired)
            delivery = new_delivery(door.source, incoming, verdicts, signed_for=admitted.signed_for)
            event = Recording(
                rules=admitted.read,
                delivery=delivery,
                keys=keys_of(
                    door.source, incoming.sender_id, incoming.raw, windows, admitted.signers
                ),
                runs=_runs(fired, delivery, door.source),
                branch=branch,
            )
            try:
                return self._record(event)
            except _RulesChangedError:
                admitted = admit(incoming, door, self._fresh())
        raise _changing()

    def redeliver(self, delivery_id: str, request: Redelivery) -> Receipt:
        """Judge a delivery once more by the rules of now, and queue what it fires.

        It is a delivery of its own, and none that has come before.  Raises NotFoundError,
        UnavailableError, QueueFullError; nothing is recorded then.
        """
        for _ in range(_TRIES):
            rules = self._fresh()
            first = self._database.read(partial(find_delivery, delivery_id=delivery_id))
            door = Door(first.source, always_signed=first.source == GITHUB)
            incoming = Incoming(
                event=first.event,
                raw=first.body,
                signature=b"",
                address=request.address,
                request_id=request.request_id,
                sender_id=first.sender_id,
                headers=json.loads(first.headers),
            )
            signed_for = frozenset(json.loads(first.signed_for))
            admitted = readmit(signed_for, first.source, rules)
            payload = json.loads(first.body)
            of_plan = self.of_plan(payload)
            verdicts = judge(incoming, door, admitted, payload, of_plan=of_plan)
            branch = pushed_branch(first.event, payload) if of_plan else ""
            delivery = new_delivery(
                first.source, incoming, verdicts, signed_for=signed_for, redelivery_of=delivery_id
            )
            fired = self._fired(verdicts, admitted, first.event, payload, branch)
            event = Recording(
                rules=rules,
                delivery=delivery,
                keys=(),
                runs=_runs(fired, delivery, request.person),
                also=request.also,
                branch=branch,
            )
            with suppress(_RulesChangedError):
                return self._record(event)
        raise _changing()

    def _record(self, event: Recording) -> Receipt:
        receipt = self._database.write(partial(_record, event=event))
        if receipt.duplicate:
            return receipt
        # First, so that a check of the plan finds that a fetch is under way.
        if event.branch and event.signed:
            self._pushed()
        if receipt.executions:
            self._started()
        return receipt

    def _fired(
        self,
        verdicts: Iterable[Verdict],
        admitted: Admitted,
        event: str,
        payload: Mapping[str, Any],
        branch: str,
    ) -> tuple[Firing, ...]:
        return tuple(
            Firing(
                rule.runnable,
                text_of(look_up(payload, rule.criteria.text_path)),
                payload,
                rule.dedup_s,
                self._commit_of(rule, event, payload, branch),
            )
            for verdict, rule in zip(verdicts, admitted.rules, strict=True)
            if verdict.fires
        )

    def _commit_of(
        self, rule: Rule, event: str, payload: Mapping[str, Any], branch: str
    ) -> Commit | None:
        """The commit whose status tells how the run goes; None: none does."""
        # What is built in looks at the plan: that says something of a push to the plan alone.
        if not rule.report_status or (
            rule.runnable.order.backend.startswith(BUILTIN) and not branch
        ):
            return None
        named = rule.criteria.repository
        return reported_commit(event, payload, self._plan.name if named == PLAN else named)

    def _known(self) -> Rules:
        return self._rules or self._fresh()

    def _fresh(self) -> Rules:
        self._rules = self._database.read(read_rules)
        return self._rules


def _record(db: sqlite3.Connection, event: Recording) -> Receipt:
    delivery = event.delivery
    if not are_current(db, event.rules):
        raise _RulesChangedError
    first = claim(db, delivery.source, event.keys, delivery.id)
    if first:
        return _first_receipt(db, first)
    add_delivery(db, delivery)
    if event.branch:
        add_push(db, delivery.id, event.branch, signed=event.signed)
    queued = tuple(_queue(db, each) for each in event.runs)
    receipt = Receipt(delivery.id, tuple(each.new.trigger_id for each in event.runs), queued)
    event.also(db, receipt)
    return receipt


def _changing() -> UnavailableError:
    return UnavailableError("the triggers are being changed", 1)


def _runs(fired: Iterable[Firing], delivery: Delivery, person: str) -> tuple[_Run, ...]:
    """What is queued for a delivery; made before the transaction, for which others wait."""
    return tuple(
        _Run(
            new_execution(
                each.runnable,
                Cause(
                    source=delivery.source,
                    person=person,
                    request_id=delivery.request_id,
                    event=delivery.event,
                    message=each.message,
                    delivery_id=delivery.id,
                    payload=each.payload,
                ),
            ),
            each.commit,
        )
        for each in fired
    )


def _queue(db: sqlite3.Connection, run: _Run) -> str:
    execution_id = queue(db, run.new)
    if run.commit is not None:
        commit_statuses.begin(db, get(db, execution_id), run.commit)
    return execution_id


def _first_receipt(db: sqlite3.Connection, delivery_id: str) -> Receipt:
    """What was answered the first time; the delivery itself may have been cleared since."""
    rows = db.execute(
        "SELECT id, trigger_id FROM executions WHERE delivery_id = ? AND source IN"
        " ('webhook', 'github') ORDER BY number",
        (delivery_id,),
    ).fetchall()
    return Receipt(
        delivery_id,
        tuple(row["trigger_id"] for row in rows),
        tuple(row["id"] for row in rows),
        duplicate=True,
    )
