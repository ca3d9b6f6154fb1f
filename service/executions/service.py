"""Running triggers: the one way in, whoever asks for it.

`ExecutionService` decides nothing by itself.  What a run says and starts is made by
`PromptRenderer` and `CommandBuilder`; the table is the queue; the `Runner` carries it out.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from service.db.database import Database
from service.errors import ConflictError
from service.executions import records
from service.executions.asking import Cause, Runnable, new_execution
from service.executions.commands import CommandBuilder, CommandRequest
from service.executions.prompts import Occasion, Prompt, PromptRenderer
from service.executions.records import BUILTIN, Execution, State
from service.executions.retrying import repeated
from service.executions.runner import Runner
from service.notifications import commit_statuses
from service.notifications.records import note_end

_ANYWHERE: Final = PurePosixPath("/tmp/agented")  # noqa: S108 - stands in a preview only
PROMPT: Final = "<the prompt, by standard input>"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a run would be: its prompt, and the command line (empty for what is built in)."""

    prompt: Prompt
    argv: tuple[str, ...]


class ExecutionService:
    """Queues, previews, cancels and repeats runs of triggers."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        renderer: PromptRenderer,
        builder: CommandBuilder,
    ) -> None:
        self._database = database
        self._runner = runner
        self._renderer = renderer
        self._builder = builder

    @property
    def backends(self) -> tuple[str, ...]:
        """All agents and commands that a trigger may name."""
        return self._builder.backends

    def run_trigger(
        self,
        trigger: Runnable,
        cause: Cause,
        guard: Callable[[sqlite3.Connection], None] | None = None,
    ) -> Execution:
        """Queue a run of a trigger, durably, and let it begin.

        `guard` looks first, in the same transaction: what it raises lets nothing happen.  Raises
        QueueFullError when too many wait, UnavailableError when it cannot be written.
        """

        def work(db: sqlite3.Connection) -> Execution:
            if guard is not None:
                guard(db)
            return self.queue(db, trigger, cause)

        made = self._database.write(work)
        self._runner.wake()
        return made

    @staticmethod
    def queue(db: sqlite3.Connection, trigger: Runnable, cause: Cause) -> Execution:
        """The same within a transaction of the caller's, who then calls `wake`."""
        return records.enqueue(db, new_execution(trigger, cause))

    def wake(self) -> None:
        """Let what was queued begin: called once the transaction is done."""
        self._runner.wake()

    def rehearse(self, trigger: Runnable, cause: Cause) -> Rehearsal:
        """What a run would be; nothing is started.  Raises BadRequestError as the builder does."""
        order = trigger.order
        prompt = self._renderer.render(
            order.template,
            Occasion(
                trigger_id=trigger.id,
                trigger_name=trigger.name,
                paths=order.paths,
                event=cause.event,
                delivery_id=cause.delivery_id,
                message=cause.message,
                payload=cause.payload or {},
            ),
        )
        if order.backend.startswith(BUILTIN):
            return Rehearsal(prompt, ())
        asked = CommandRequest(
            backend=order.backend,
            workdir=str(order.paths[0] if order.worktree and order.paths else _ANYWHERE),
            model=order.model,
            effort=order.effort,
            allowed_tools=order.allowed_tools,
            paths=order.paths,
        )
        return Rehearsal(prompt, self._builder.build(asked).argv)

    def cancel(self, execution_id: str, person: str) -> Execution:
        """Cancel a run, whether it waits or runs already.

        What runs is asked to end, and killed when it does not: its state changes once it is gone.
        Raises NotFoundError, ConflictError when it has ended.
        """

        def ask(db: sqlite3.Connection) -> Execution:
            asked = records.ask_cancel(db, execution_id, person)
            if asked.state.final:
                note_end(db, execution_id)
            return asked

        asked = self._database.write(ask)
        if asked.state is State.RUNNING:
            self._runner.cancel(asked)
        return asked

    def cancel_waiting(self, trigger_id: str, person: str) -> int:
        """Cancel all runs of a trigger that wait, also of one that is deleted; how many."""

        def ask(db: sqlite3.Connection) -> int:
            rows = db.execute(
                "SELECT id FROM executions WHERE state = 'queued' AND trigger_id = ?",
                (trigger_id,),
            ).fetchall()
            for row in rows:
                records.ask_cancel(db, row["id"], person)
                note_end(db, row["id"])
            return len(rows)

        return self._database.write(ask)

    def replay(self, execution_id: str, person: str, request_id: str) -> Execution:
        """Run the same once more, with the order and the event that it had.

        Raises NotFoundError, ConflictError while it has not ended, QueueFullError.
        """

        def again(db: sqlite3.Connection) -> Execution:
            known = records.get(db, execution_id)
            if not known.state.final:
                raise ConflictError(f"{execution_id} is {known.state}", "wait for its end")
            if known.trigger_id == records.ASSISTANT:
                # What it was asked was made of a plan that may say something else by now.
                raise ConflictError(
                    f"{execution_id} is a question to the assistant, which is not repeated as it"
                    " was",
                    "ask once more where it was asked: it is then asked of the plan of now",
                )
            made = records.enqueue(
                db, repeated(known, source="replay", person=person, request_id=request_id)
            )
            commit_statuses.begin_again(db, made)
            return made

        made = self._database.write(again)
        self._runner.wake()
        return made
