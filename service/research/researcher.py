"""Researches from the brief to what can be reviewed: begun, followed, cancelled, begun anew.

Every step looks at the records first and can be taken again, by whoever comes first: the greenlet
that follows open runs, a page, or the next service after a restart.
"""

import sqlite3
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

import structlog

from service.assistant.assistant import Assistant
from service.assistant.jobs import Data, Estimate
from service.db.database import Database
from service.errors import ConflictError, NotFoundError, ServiceError
from service.executions import records as executions
from service.executions.records import Execution
from service.executions.service import ExecutionService
from service.guard.principal import Principal
from service.observability.request_id import request_id
from service.planning.desk import PlanDesk
from service.research import agents, records
from service.research.asking import Share, files_of, job_of, share_of, summary_files
from service.research.brief import API, Brief
from service.research.endings import task_of
from service.research.parts import SUMMARY
from service.research.reading import claims_in
from service.research.reckoning import held, seconds_left, seconds_since, spent
from service.research.records import Run, Stage, Task

_log = structlog.get_logger(__name__)
_LEAST_USD: Final = Decimal("0.01")
_LEAST_S: Final = 20
_BEGINS_WITHIN_S: Final = 60
_NEVER_BEGAN: Final = "the service ended before it began; begin it again"


class MovedOnError(ConflictError):
    """Somebody else has taken the run a step further meanwhile."""

    code = "moved_on"


class Researcher:
    """The researches of one service."""

    def __init__(
        self,
        database: Database,
        plan: PlanDesk,
        assistant: Assistant,
        service: ExecutionService,
    ) -> None:
        self._database = database
        self._plan = plan
        self._assistant = assistant
        self._service = service

    @property
    def backends(self) -> tuple[str, ...]:
        """Who can look: the API, and the agents and commands that triggers may name, too."""
        return (API, *self._service.backends)

    def estimate(self, brief: Brief) -> tuple[tuple[str, Estimate], ...]:
        """What each researcher of the API would take before it has read any page.

        Nothing for an agent: what it takes is known at its end.  Raises as `Assistant.estimate`.
        """
        if brief.backend != API:
            return ()
        files = files_of(self._plan, brief)
        share = share_of(brief)
        return tuple(
            (topic, self._assistant.estimate(job_of(topic, brief, files, share)))
            for topic in brief.kinds
        )

    def begin(self, brief: Brief, person: Principal) -> Run:
        """Begin a research.

        A researcher that cannot begin is kept with the reason.  Raises NameTakenError when there
        is a run of that name; what hinders all of them is raised, and nothing is kept.
        """
        files = files_of(self._plan, brief)
        self._database.write(partial(records.add_run, brief=brief, person=person))
        hindered: list[ServiceError] = []
        for topic in brief.kinds:
            try:
                self._start(topic, brief, files, share_of(brief), person)
            except ServiceError as error:
                hindered.append(error)
                self._put(brief.name, topic, "", _words(error))
        if len(hindered) == len(brief.kinds):
            self._database.write(partial(records.forget, run=brief.name))
            raise hindered[0]
        return self.run(brief.name)

    def run(self, name: str) -> Run:
        """A run, with what has ended meanwhile.  Raises NotFoundError."""
        return self.follow(self._database.read(partial(records.run_of, name=name)))

    def cancel(self, name: str, topic: str, person: Principal) -> None:
        """End one researcher; what it has found so far stays.

        Raises NotFoundError, ConflictError when it has ended.
        """
        task = self._task(name, topic)
        if not task.execution:
            raise ConflictError("it has not begun", "nothing is to be cancelled")
        self._service.cancel(task.execution, person.person)

    def call_off(self, name: str, person: Principal) -> None:
        """End all that is at work, and let no summary follow; what was found so far stays.

        Raises NotFoundError, ConflictError when it is over.
        """
        run = self.run(name)
        note = f"{person.person} cancelled the research."
        if not self._database.write(partial(records.call_off, run=run.name, note=note)):
            raise ConflictError("the research is over", "nothing is to be cancelled")
        self._stop(self._read(name), person.person)

    def again(self, name: str, topic: str, person: Principal) -> None:
        """Begin one researcher anew, with the rest of the money and the time of the brief.

        Raises NotFoundError, ConflictError while it has not ended, while the research is being
        cancelled or when no money is left, and as `Assistant.start`.
        """
        run = self.run(name)
        task = self._task(name, topic)
        if run.is_called_off:
            raise ConflictError("the research is being cancelled", "wait until all have ended")
        if not task.is_over:
            raise ConflictError("it is at work still", "wait for its end, or cancel it")
        left = run.brief.usd - spent(run) - held(run)
        if left < _LEAST_USD <= run.brief.usd - spent(run):
            raise ConflictError(
                "the others that are at work may need what is left of the money",
                "wait until they have ended",
            )
        if left < _LEAST_USD:
            raise ConflictError(
                "the ceiling of money of this research is reached", "begin another research"
            )
        self._database.write(partial(records.extend, run=name, minutes=run.brief.minutes))
        is_summary = topic == SUMMARY.name
        files = summary_files(run) if is_summary else files_of(self._plan, run.brief)
        stage = Stage.SUMMING if is_summary else Stage.LOOKING
        share = Share(left, run.brief.minutes * 60)
        self._start(topic, run.brief, files, share, person, _moving(run, stage))

    def open_runs(self) -> Sequence[Run]:
        """Those that are not over."""
        return self._database.read(records.open_runs)

    # -- one step on ------------------------------------------------------------------------

    def follow(self, run: Run) -> Run:
        """The run after the steps that can be taken now."""
        if run.stage is Stage.OVER:
            return run
        for task in run.tasks:
            if not task.is_over:
                self._look(run, task)
        run = self._read(run.name)
        if all(each.is_over for each in run.tasks):
            self._next_stage(run)
            return self._read(run.name)
        # Who called it off did so perhaps before the last of them had begun.
        if run.is_called_off:
            self._stop(run, "who cancelled the research")
        elif seconds_left(run) <= 0:
            self._stop(run, "the ceiling of time")
        return run

    def _look(self, run: Run, task: Task) -> None:
        """Keep what a researcher came to, if it has ended."""
        if not task.execution:
            if seconds_since(run.at) > _BEGINS_WITHIN_S:
                self._put(run.name, task.topic, "", _NEVER_BEGAN)
            return
        try:
            execution = self._database.read(partial(executions.get, execution_id=task.execution))
        except NotFoundError:
            gone = Task(
                topic=task.topic, execution=task.execution, state="failed",
                reason="its run is not kept any more",
            )  # fmt: skip
            self._database.write(partial(records.end_task, run=run.name, task=gone))
            return
        if not execution.state.final:
            return
        ended = task_of(task, execution, self._assistant, self._database)
        self._database.write(
            partial(records.end_task, run=run.name, task=ended, claims=claims_in(ended))
        )

    def _next_stage(self, run: Run) -> None:
        name = run.name
        if run.stage is Stage.SUMMING:
            over = partial(records.move, run=name, old=Stage.SUMMING, new=Stage.OVER)
            self._database.write(over)
            return
        why = run.note or self._no_summary(run)
        if why:
            self._database.write(
                partial(records.move, run=name, old=Stage.LOOKING, new=Stage.OVER, note=why)
            )
            return
        left = Share(run.brief.usd - spent(run), max(_LEAST_S, seconds_left(run)))
        try:
            files = summary_files(run)
            self._start(SUMMARY.name, run.brief, files, left, run.person, _moving(run))
        except MovedOnError:
            return
        except ServiceError as error:
            _log.warning("a summary cannot begin", run=name, reason=error.message)
            self._database.write(partial(_end_without_summary, run=name, why=_words(error)))

    def _no_summary(self, run: Run) -> str:
        """Why the run ends without a summary; empty: it does not."""
        if not any(each.text.strip() for each in run.tasks if each.topic != SUMMARY.name):
            return "No researcher found anything, so there is nothing to bring together."
        if run.brief.usd - spent(run) < _LEAST_USD:
            return "The ceiling of money is reached, so nothing was brought together."
        if seconds_left(run) <= 0:
            return "The time is over, so nothing was brought together."
        return ""

    def _stop(self, run: Run, by: str) -> None:
        """End what is still at work."""
        for task in run.tasks:
            if not task.is_over and task.execution:
                try:
                    self._service.cancel(task.execution, by)
                except ConflictError:
                    continue  # It has ended by itself.

    # -- beginning --------------------------------------------------------------------------

    def _start(
        self,
        topic: str,
        brief: Brief,
        files: Sequence[Data],
        share: Share,
        person: Principal,
        before: Callable[[sqlite3.Connection], None] = lambda _db: None,
    ) -> None:
        """Begin a researcher: its execution, what `before` writes and the record are one.

        Whoever looks in between would take the run for one that has ended.
        """

        def note(db: sqlite3.Connection, made: Execution) -> None:
            before(db)
            records.put_task(db, brief.name, topic, made.id, usd_most=share.usd)

        if brief.backend == API:
            self._assistant.start(job_of(topic, brief, files, share), person, note)
            return
        payload = agents.payload_of(files)
        order = agents.runnable(topic, brief, payload, share.seconds)
        why = agents.cause(payload, person.person, request_id())
        self._database.write(lambda db: note(db, self._service.queue(db, order, why)))
        self._service.wake()

    def _put(self, run: str, topic: str, execution: str, why: str = "") -> None:
        self._database.write(
            partial(records.put_task, run=run, topic=topic, execution=execution, why=why)
        )

    def _task(self, name: str, topic: str) -> Task:
        task = self._read(name).task(topic)
        if task is None:
            raise NotFoundError(f"the research {name} has no {topic!r}", "look at its page again")
        return task

    def _read(self, name: str) -> Run:
        return self._database.read(partial(records.run_of, name=name))


def _moving(run: Run, new: Stage = Stage.SUMMING) -> Callable[[sqlite3.Connection], None]:
    """Brings a run to a stage, from where it was seen; raises MovedOnError when it is not there.

    Nor may a researcher have begun or ended since, since its money was reckoned with, nor the run
    have been called off: then nothing more begins.
    """

    def move(db: sqlite3.Connection) -> None:
        found = records.run_of(db, run.name)
        is_seen = (found.tasks, found.note) == (run.tasks, run.note)
        if not is_seen or not records.move(db, run.name, run.stage, new, note=""):
            raise MovedOnError(f"the research {run.name} went on meanwhile", "look at it again")

    return move


def _end_without_summary(db: sqlite3.Connection, run: str, why: str) -> None:
    if records.move(db, run, Stage.LOOKING, Stage.OVER):
        records.put_task(db, run, SUMMARY.name, "", why)


def _words(error: ServiceError) -> str:
    return f"{error.message}: {error.hint}" if error.hint else error.message
