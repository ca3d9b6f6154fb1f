"""What a model adds to an interview, begun and cancelled by people: questions, words, parts.

Without a model, and whatever becomes of a run, the built-in questions go on.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from service.assistant.jobs import Answer, Job
from service.errors import ConflictError, ServiceError
from service.executions.records import Execution
from service.guard.audit import note
from service.guard.current import known_principal
from service.interview import runs, sessions
from service.interview.drafting import InterviewDraft, draft_job_of, drafted_of
from service.interview.modelling import InterviewHelp, job_of, offers_of, questions_of
from service.interview.records import InterviewRecord
from service.interview.runs import Brought
from service.interview.sessions import Session
from service.services import services

_MOST_PARTIAL: Final = 4000
_Form = TypeVar("_Form", bound=BaseModel)
Wish = Literal["ask", "draft"]
"""Further questions and words, or parts of the draft."""
_JOBS: Final[Mapping[Wish, Callable[[Session, InterviewRecord], Job]]] = {
    "ask": job_of,
    "draft": draft_job_of,
}
_OTHER_SHAPE: Final = "the answer has not the form that was asked for"


@dataclass(frozen=True, slots=True)
class Help:
    """Whether a model may be asked, and what came of it.

    `execution` is the run that is under way or has failed; `failed` says why it has, `partial` is
    what it had written by then; `estimate` what a run would take, where somebody asked for that.
    `drafted` is how many parts a run has just brought, `refused` how many were passed over, and
    `no_room` for how many more there was no room.
    """

    on: bool
    why_off: str
    model: str = ""
    execution: str = ""
    running: bool = False
    failed: str = ""
    partial: str = ""
    cost: str = ""
    estimate: str = ""
    drafted: int = 0
    refused: int = 0
    no_room: int = 0


def help_of(session: Session, found: InterviewRecord) -> Help:
    """What the page says of the model; what a run brought is taken over on the way."""
    assistant = services().assistant
    known = Help(assistant.on, assistant.why_off, assistant.model)
    if not session.execution:
        return known
    answer = assistant.answer(session.execution)
    if answer is None:
        return _failed(known, session.execution, "what it wrote is not kept any more")
    if not answer.is_over:
        return Help(known.on, known.why_off, known.model, session.execution, running=True)
    return _taken(known, session, found, answer)


def _taken(known: Help, session: Session, found: InterviewRecord, answer: Answer) -> Help:
    model, refused = answer.model or known.model, 0
    if (helped := _of_form(InterviewHelp, answer)) is not None:
        brought = Brought(
            questions=questions_of(helped, session.execution), offers=offers_of(helped, found)
        )
    elif (draft := _of_form(InterviewDraft, answer)) is not None:
        drafted = drafted_of(draft, session, found, session.execution, model)
        brought, refused = Brought(parts=drafted.parts), drafted.refused
    else:
        reason = answer.reason or answer.why or _OTHER_SHAPE
        return _failed(known, session.execution, reason, answer)
    taken = services().database.write(
        lambda db: runs.take(db, session.id, session.execution, model, brought)
    )
    known = replace(known, cost=answer.cost_words)
    if taken is None:
        return known
    return replace(known, drafted=taken, refused=refused, no_room=len(brought.parts) - taken)


def _of_form(form: type[_Form], answer: Answer) -> _Form | None:
    """The answer, if it is whole and of this form: no other form has the fields that it needs."""
    if not answer.is_good or answer.output is None:
        return None
    try:
        return form.model_validate(answer.output)
    except ValidationError:
        return None


def _failed(known: Help, execution: str, reason: str, answer: Answer | None = None) -> Help:
    return Help(
        known.on,
        known.why_off,
        known.model,
        execution,
        failed=reason,
        partial=answer.text[:_MOST_PARTIAL] if answer is not None else "",
        cost=answer.cost_words if answer is not None else "",
    )


def settle(session: Session) -> bool:
    """Take over what a run has brought, or let go of one that brought nothing.

    False: it is under way.
    """
    if help_of(session, services().interviews.interview(session)).running:
        return False
    services().database.write(lambda db: runs.forget(db, session.id, session.execution))
    return True


def start(session: Session, wish: Wish) -> None:
    """Begin a run, unless one is under way.  Raises as `Assistant.start`."""
    if session.state == "done":
        raise ConflictError("what was accepted here is in the plan already", "begin a new one")
    if session.execution:
        # What has ended was paid for: it is taken over, whether or not somebody looked at it.
        if not settle(session):
            return
        session = services().database.read(partial(sessions.get, session_id=session.id))
    job = _JOBS[wish](session, services().interviews.interview(session))

    def keep(db: sqlite3.Connection, made: Execution) -> None:
        if not runs.begin(db, session, made.id):
            raise _UnderWayError

    try:
        made = services().assistant.start(job, known_principal(), keep)
    except _UnderWayError:
        return
    note("ask.start", "ok", target=session.id, execution=made.id)


class _UnderWayError(Exception):
    """Somebody else, or the same person twice, has begun a run at the same moment."""


def estimate_of(session: Session, found: InterviewRecord, wish: Wish) -> str:
    """What a run would take, in words; empty where nobody can tell."""
    try:
        return services().assistant.estimate(_JOBS[wish](session, found)).words
    except ServiceError:
        return ""
