"""Suggestions and reviews from the question to the answer that people see.

A run of the model is an execution like others; what it was asked is kept beside it, so that an
answer is only ever offered in the form that it was asked for.
"""

import sqlite3
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from pydantic import ValidationError

from service.assistant.assistant import Assistant
from service.assistant.jobs import Answer, Estimate, Job
from service.db.database import Database
from service.drafting import records
from service.drafting.answers import ReviewReport
from service.drafting.asking import Question, review_job, suggest_job
from service.drafting.context import Around, Reviewed, around, reviewed
from service.drafting.findings import judged
from service.drafting.offers import Asked, Offered, offers_of
from service.drafting.records import KeptFinding, Run
from service.errors import BadRequestError, NotFoundError
from service.executions.records import Execution
from service.executions.service import ExecutionService
from service.forms.reading import values_of
from service.guard.principal import Principal
from service.planning.desk import PlanDesk

_MOST_RUNS: Final = 20
_LONGEST_PARTIAL: Final = 20_000
_OTHER_SHAPE: Final = "The answer has not the form that was asked for. Ask once more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a suggestion has come to: `why` are words for one that failed."""

    is_running: bool
    why: str = ""
    partial: str = ""
    cost: str = ""
    model: str = ""
    offered: Offered = field(default_factory=Offered)


@dataclass(frozen=True, slots=True)
class Review:
    """All that reviews of a milestone or phase came to, and what it says now."""

    scope: Reviewed
    runs: tuple[Run, ...]
    findings: tuple[KeptFinding, ...]
    running: Run | None


class Drafter:
    """Asks for suggestions and reviews, and takes in what comes of them."""

    def __init__(
        self,
        database: Database,
        plan: PlanDesk,
        assistant: Assistant,
        executions: ExecutionService,
    ) -> None:
        self._database = database
        self._plan = plan
        self._assistant = assistant
        self._executions = executions

    # -- suggestions --------------------------------------------------------------------------

    def estimate_suggestion(self, asked: Question) -> Estimate:
        """What a suggestion would take.  Raises as `Assistant.estimate`."""
        return self._assistant.estimate(suggest_job(asked, self._around(asked)))

    def _around(self, asked: Question) -> Around:
        values = values_of(asked.filled, {})
        return around(self._plan, asked.kind, asked.known_id, values, asked.target)

    def suggest(self, asked: Question, person: Principal) -> str:
        """Begin a suggestion and return the id of its run.

        Raises BadRequestError for one that does not say what it must, and as `Assistant.start`.
        """
        _refuse_vague(asked)
        seen = self._around(asked)
        kept = Run(
            execution="",
            purpose=records.SUGGEST,
            kind=asked.kind,
            item=asked.item,
            task=asked.task.name,
            about=asked.about,
            proposal=asked.target.proposal,
            person=person.person,
        )
        return self._start(suggest_job(asked, seen), kept, person).execution

    def progress(self, execution: str, asked: Question) -> Progress:
        """What a run has come to, for the form that it was asked in.

        Raises NotFoundError when the run is none of this form and this task.
        """
        run = self._database.read(partial(records.run_of, execution=execution))
        if run is None or not _belongs(run, asked):
            raise NotFoundError("this suggestion is none of this form", "ask once more")
        answer = self._assistant.answer(execution)
        if answer is None:
            raise NotFoundError("the answer is not kept any more", "ask once more")
        if not answer.is_over:
            return Progress(is_running=True)
        cost = answer.cost_words
        why = _failure(answer)
        if why or answer.output is None:
            return Progress(
                is_running=False,
                why=why or _OTHER_SHAPE,
                partial=answer.text[:_LONGEST_PARTIAL],
                cost=cost,
            )
        try:
            draft = asked.task.output.model_validate(answer.output, strict=False)
        except ValidationError:
            return Progress(is_running=False, why=_OTHER_SHAPE, cost=cost)
        seen = around(self._plan, asked.kind, asked.known_id, {}, asked.target)
        judged_by = Asked(
            task=asked.task,
            item=asked.item,
            filled=asked.filled,
            known=seen.known(),
            about=run.about,
        )
        return Progress(
            is_running=False, cost=cost, model=answer.model, offered=offers_of(draft, judged_by)
        )

    def cancel(self, execution: str, person: Principal) -> None:
        """Cancel a run of these.  Raises NotFoundError, ConflictError when it has ended."""
        run = self._database.read(partial(records.run_of, execution=execution))
        if run is None:
            raise NotFoundError("there is no such run", "ask once more")
        self._executions.cancel(execution, person.person)

    # -- reviews ------------------------------------------------------------------------------

    def estimate(self, ref: str) -> Estimate:
        """What a review would take.  Raises NotFoundError."""
        return self._assistant.estimate(review_job(reviewed(self._plan, ref)))

    def begin_review(self, ref: str, person: Principal) -> Run:
        """Begin a review of a milestone or phase; where one is under way, that is the one.

        Raises NotFoundError, and as `Assistant.start`.
        """
        seen = self.review(ref)
        if seen.running is not None:
            return seen.running
        scope = seen.scope
        run = Run(
            execution="",
            purpose=records.REVIEW,
            kind=scope.kind,
            item=scope.id,
            person=person.person,
            commit=scope.commit,
        )
        return self._start(review_job(scope), run, person)

    def review(self, ref: str) -> Review:
        """The reviews of a milestone or phase; what has ended meanwhile is taken in.

        Raises NotFoundError.
        """
        scope = reviewed(self._plan, ref)
        reading = partial(records.reviews_of, kind=scope.kind, item=scope.id, most=_MOST_RUNS)
        runs = self._database.read(reading)
        taken = [self._take_in(each, scope) for each in runs if not each.read]
        if any(taken):
            runs = self._database.read(reading)
        findings = self._database.read(partial(records.findings_of, kind=scope.kind, item=scope.id))
        running = next((each for each in runs if not each.read), None)
        return Review(scope, runs, findings, running)

    def dismiss(self, ref: str, finding: str, reason: str, person: Principal) -> None:
        """Dismiss a finding with a reason, or (without one) let it stand again.

        Raises NotFoundError.
        """
        scope = reviewed(self._plan, ref)
        self._database.write(
            lambda db: records.dismiss(db, (scope.kind, scope.id), finding, reason, person.person)
        )

    def _start(self, job: Job, run: Run, person: Principal) -> Run:
        """Ask, and keep in the same transaction what for."""

        def keep(db: sqlite3.Connection, made: Execution) -> None:
            if run.purpose == records.REVIEW:
                other = records.open_review(db, run.kind, run.item)
                if other is not None:
                    raise _UnderWayError(other)
            records.add_run(db, replace(run, execution=made.id))

        try:
            made = self._assistant.start(job, person, keep)
        except _UnderWayError as error:
            return error.run
        return replace(run, execution=made.id)

    def _take_in(self, run: Run, scope: Reviewed) -> bool:
        """Keep what a run found, once it has ended; whether it has.

        Quotes are looked for in what the plan says now: of what changed meanwhile no finding is
        kept, since nobody could act upon it.
        """
        answer = self._assistant.answer(run.execution)
        if answer is not None and not answer.is_over:
            return False
        why, found = _report(answer)
        kept = judged(found.findings, scope.items)
        model = answer.model if answer is not None else ""

        def work(db: sqlite3.Connection) -> None:
            if records.close_run(db, run, why, model, kept.refused):
                records.keep_findings(db, run, kept.findings)

        self._database.write(work)
        return True


class _UnderWayError(Exception):
    """Somebody else, or the same person twice, has begun a review at the same moment."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.execution)
        self.run = run


def _report(answer: Answer | None) -> tuple[str, ReviewReport]:
    """Why there is no report (empty: there is one), and the report."""
    nothing = ReviewReport(findings=[])
    if answer is None:
        return "The answer is not kept any more.", nothing
    why = _failure(answer)
    if why or answer.output is None:
        return why or _OTHER_SHAPE, nothing
    try:
        return "", ReviewReport.model_validate(answer.output, strict=False)
    except ValidationError:
        return _OTHER_SHAPE, nothing


def _failure(answer: Answer) -> str:
    """Why a run that has ended gives nothing, for people; empty: it gives something."""
    if answer.is_good:
        return ""
    said = answer.reason or answer.why or "The run ended without an answer"
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."


def _refuse_vague(asked: Question) -> None:
    if asked.task.needed and not asked.about:
        raise BadRequestError(
            f"say which {asked.task.about} it is about", f"choose a {asked.task.about}"
        )


def _belongs(run: Run, asked: Question) -> bool:
    return (run.kind, run.item, run.task, run.proposal) == (
        asked.kind,
        asked.item,
        asked.task.name,
        asked.target.proposal,
    )
