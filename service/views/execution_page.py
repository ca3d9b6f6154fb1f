"""The page of one execution: what it was given, how it went, and its log.

Without a script it shows a part of the log: the last lines, or those from the one that the address
names (`?line=`).  With one the log is live, see `service-assets/log.js`.
"""

import json
import re
import shlex
import sqlite3
from dataclasses import dataclass
from typing import Final

from flask import Response, request

from service.clock import now, stamp
from service.errors import NotFoundError, ServiceError
from service.events.trigger_records import Trigger, as_runnable, find_trigger
from service.executions import records
from service.executions.log_store import last_line
from service.executions.records import Execution
from service.guard.current import known_principal
from service.guard.principal import Scope
from service.notifications.commit_statuses import REPLACED
from service.notifications.records import NO_TOKEN, Kind, Notification, notification_of
from service.research.agents import TRIGGERS
from service.research.records import name_of
from service.services import services
from service.views.admin_logs import Log, View, log_of, talks_of
from service.views.execution_words import MARKS, SOURCES, money, size, span, word
from service.views.pages import page
from service.views.research_live import address

# Lines that are shown without a script, and the size above which there are fewer.
_LINES: Final = 1000
_BYTES: Final = 512 * 1024
# So much of an event is shown.
_EVENT_LENGTH: Final = 200_000
# Of a line that the address names, so many before it are shown, too.
_BEFORE: Final = 20
_KINDS: Final[tuple[Kind, Kind]] = ("hook", "status")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows.

    `last` is the number of the last line that is kept, `trigger` its trigger as it is now (None: it
    was deleted, or there was none).  `research` is the research that it is part of; empty: none.
    """

    execution: Execution
    attempts: tuple[Execution, ...]
    log: Log
    after: int
    last: int
    told: Notification | None
    status: Notification | None
    trigger: Trigger | None
    research: str

    @property
    def is_changed(self) -> bool:
        """Whether its trigger would run otherwise now."""
        return self.trigger is not None and as_runnable(self.trigger).order != self.execution.order


def execution_page(execution_id: str, *, failed: ServiceError | None = None) -> Response:
    """The page; `failed` is why something that was asked for did not happen.

    Raises NotFoundError.
    """
    if not _ID.fullmatch(execution_id):
        raise NotFoundError("there is no such execution")
    asked = request.args.get("line", "")
    line = int(asked) if _NUMBER.fullmatch(asked) else None
    view: View = "raw" if request.args.get("view") == "raw" else "readable"
    found = services().database.read(lambda db: _read(db, execution_id, line, view))
    execution = found.execution
    is_assistant = execution.trigger_id == records.ASSISTANT
    answer = services().assistant.answer(execution.id) if is_assistant else None
    return page(
        "execution.html",
        title=f"{execution.trigger_name}: {word(execution.state)}",
        section="executions",
        status=failed.status if failed is not None else 200,
        scripts=("api.js", "log.js"),
        shown=found,
        it=execution,
        failed=failed,
        mark=MARKS,
        sources=SOURCES,
        view=view,
        line=line,
        talks=talks_of(execution),
        is_assistant=is_assistant,
        is_research=_is_research(execution),
        research=address(found.research) if found.research else "",
        # Of one that is at work, the log is the answer.
        answer=answer.text if answer is not None and answer.is_over else "",
        # One of a form is shown where it was asked; here it is folded.
        answer_is_text=answer is not None and answer.output is None and execution.kind == "ask",
        elapsed_ms=_elapsed_ms(execution),
        command=shlex.join(execution.argv),
        payload=_pretty(execution.payload),
        untold={NO_TOKEN: "not told", REPLACED: "replaced"},
        may_operate=known_principal().may(Scope.OPERATE),
        span=span,
        money=money,
        size=size,
        word=word,
    )


def _read(db: sqlite3.Connection, execution_id: str, line: int | None, view: View) -> Shown:
    execution = records.get(db, execution_id)
    last = last_line(db, execution.number)
    after = max(0, last - _LINES)
    if line is not None:
        after = max(0, min(line, last) - _BEFORE)
    log = log_of(db, execution, after=after, limit=_LINES, view=view, most_bytes=_BYTES)
    if line is None and log.last < last:
        # Long lines: the end is what counts.
        after = _last_few(db, execution, last)
        log = log_of(db, execution, after=after, limit=_LINES, view=view, most_bytes=_BYTES)
    attempts = records.attempts_of(db, execution)
    told, status = (notification_of(db, execution_id, kind) for kind in _KINDS)
    trigger = find_trigger(db, execution.trigger_id)
    research = name_of(db, [each.id for each in attempts]) if _is_research(execution) else ""
    return Shown(execution, attempts, log, after, last, told, status, trigger, research)


def _is_research(execution: Execution) -> bool:
    """Whether it is a researcher's, which no trigger started."""
    return execution.trigger_id.startswith(TRIGGERS)


def _last_few(db: sqlite3.Connection, execution: Execution, last: int) -> int:
    """The line behind which there are no more than _BYTES."""
    left = _BYTES
    first = last
    for row in db.execute(
        "SELECT first, length(text) FROM log_chunks WHERE execution = ? ORDER BY first DESC",
        (execution.number,),
    ):
        left -= row[1]
        if left < 0:
            break
        first = row[0]
    return max(0, first - 1, last - _LINES)


def _elapsed_ms(execution: Execution) -> int | None:
    """For how long it has been running; None when it is not."""
    if not execution.started_at or execution.state.final:
        return None
    # Texts of this form compare as the times do; a clock that was set back makes no negative one.
    began = _seconds(execution.started_at)
    return max(0, int((_seconds(stamp(now())) - began) * 1000))


def _seconds(text: str) -> float:
    return now().fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _pretty(payload: str) -> str:
    """The event as people read it, or its beginning; nothing for none."""
    if payload == "{}":
        return ""
    if len(payload) > _EVENT_LENGTH:
        return (
            f"{payload[:_EVENT_LENGTH]}\n… the rest is in the delivery, or in the JSON of this page"
        )
    return json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
