"""What is kept of a researcher that has ended, whether it was the API or an agent that looked."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

from service.assistant.assistant import Assistant
from service.assistant.jobs import KINDS
from service.db.database import Database
from service.executions.log_store import read_chunks
from service.executions.records import Execution, State
from service.research import agents
from service.research.records import Page, Task

_PIECE_BYTES: Final = 512 * 1024
_MOST_BYTES: Final = 8 * 1024 * 1024
_GONE: Final = "its answer is not kept any more"


def task_of(task: Task, execution: Execution, assistant: Assistant, database: Database) -> Task:
    """The task with what its execution came to, which has ended."""
    if execution.kind in KINDS:
        return _of_model(task, execution, assistant)
    return _of_agent(task, execution, database)


def _of_model(task: Task, execution: Execution, assistant: Assistant) -> Task:
    answer = assistant.answer(execution.id)
    if answer is None:
        return replace(task, state=State.FAILED.value, reason=_GONE)
    return replace(
        task,
        state=answer.state,
        reason="" if answer.is_good else answer.reason or execution.reason,
        text=answer.text,
        pages=tuple(Page(each.url, each.title, each.quote) for each in answer.sources),
        model=answer.model,
        cost=answer.cost_words,
        usd=answer.usd,
    )


def _of_agent(task: Task, execution: Execution, database: Database) -> Task:
    said = agents.said(execution.order.backend, _lines(database, execution.number))
    cost = None if execution.cost_usd is None else Decimal(str(execution.cost_usd))
    told = []
    if execution.tokens_in is not None:
        told.append(f"{execution.tokens_in:,} tokens in, {execution.tokens_out or 0:,} out")
    if cost is not None:
        told.append(f"${cost:.4f}")
    return replace(
        task,
        state=execution.state.value,
        reason="" if execution.state is State.SUCCEEDED else execution.reason,
        text=said.text,
        pages=tuple(Page(each, "") for each in said.pages),
        model=execution.order.model or execution.order.backend,
        cost=", ".join(told) or "what it cost was not told",
        usd=cost,
    )


def _lines(database: Database, number: int) -> Iterator[str]:
    """The lines that the agent printed, up to a bound."""
    after = size = 0
    while size < _MOST_BYTES:
        chunks = database.read(
            partial(read_chunks, number=number, after=after, most_bytes=_PIECE_BYTES)
        )
        if not chunks:
            return
        after = chunks[-1].last
        size += sum(len(each.text) for each in chunks)
        for each in chunks:
            if each.stream == "out":
                yield from each.lines
