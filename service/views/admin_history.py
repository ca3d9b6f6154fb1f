"""Looking back: words in the logs of all executions, and how the runs of a trigger went."""

import sqlite3
from dataclasses import asdict
from typing import Annotated

from flask import Blueprint
from pydantic import Field, StringConstraints

from service.api.models import Identifier, Model, Page
from service.api.operation import operation
from service.errors import BadRequestError, NotFoundError
from service.executions import records
from service.executions.records import Filter
from service.executions.search import LONGEST, hits_of, matching
from service.executions.statistics import statistics_of
from service.guard.principal import Scope
from service.services import services
from service.views.admin_executions import Execution, shown

blueprint = Blueprint("admin_history", __name__)
# Each of them is read and marked anew.
_MOST = 50


class SearchQuery(Page):
    """What is looked for."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    """Words, all of which must have been printed at about the same time; each may go on."""
    limit: int = Field(default=20, ge=1, le=_MOST)
    """Greatest number of executions in the answer."""


class Piece(Model):
    """A piece of a line."""

    text: str
    marked: bool
    """Whether it is a word that was looked for."""


class Hit(Model):
    """A line in which something was found."""

    line: int
    """Its number."""
    parts: tuple[Piece, ...]
    """What stands there, or around there in a long line."""


class FoundExecution(Model):
    """An execution in whose log something was found."""

    execution: Execution
    hits: tuple[Hit, ...]
    more: bool
    """Whether there are more such lines."""


class SearchResult(Model):
    """A part of what was found, the newest execution first."""

    found: tuple[FoundExecution, ...]
    total_count: int = Field(ge=0)
    """Number of executions, on all pages."""


class Day(Model):
    """A day (UTC)."""

    day: str
    runs: int
    """How many were queued."""
    succeeded: int
    failed: int
    """How many of them failed, ran too long, or were interrupted."""


class TriggerStatistics(Model):
    """How the runs of the last 30 days went."""

    runs: int
    by_state: dict[str, int]
    success_rate: float | None
    """From 0 to 1, of the runs that ended and that nobody cancelled."""
    median_ms: int | None
    """Of the runs that succeeded."""
    p95_ms: int | None
    """Of the runs that succeeded."""
    cost_usd: float | None
    """As far as agents reported it."""
    days: tuple[Day, ...]
    """The oldest first, today last."""


@operation(
    blueprint,
    "GET",
    "/admin/execution-search",
    scope=Scope.READ,
    query=SearchQuery,
    returns=SearchResult,
    tag="Executions",
    summary="Search all logs",
)
def search_logs(query: SearchQuery) -> SearchResult:
    """Where words stand in the logs of executions that have ended, some seconds after their end."""

    def read(
        db: sqlite3.Connection,
    ) -> tuple[list[tuple[records.Execution, dict[str, object]]], int]:
        numbers, total = matching(db, query.q, limit=query.limit, offset=query.offset)
        rows, _ = records.list_executions(
            db, Filter(numbers=tuple(numbers)), limit=len(numbers), offset=0
        )
        return [(row, asdict(hits_of(db, query.q, row.number))) for row in rows], total

    try:
        found, total = services().database.read(read)
    except BadRequestError:
        # What holds no word is found nowhere.
        return SearchResult(found=(), total_count=0)
    return SearchResult(
        found=tuple(
            FoundExecution.model_validate(
                {"execution": shown(row), "hits": hits["hits"], "more": hits["more"]}
            )
            for row, hits in found
        ),
        total_count=total,
    )


@operation(
    blueprint,
    "GET",
    "/admin/triggers/<trigger_id>/statistics",
    scope=Scope.READ,
    returns=TriggerStatistics,
    tag="Triggers",
    summary="Show how the runs of a trigger went",
)
def show_statistics(trigger_id: Identifier) -> TriggerStatistics:
    """Of the last 30 days: how often they succeeded, how long they took, how many each day."""

    def read(db: sqlite3.Connection) -> TriggerStatistics:
        found = statistics_of(db, trigger_id)
        known = db.execute("SELECT 1 FROM triggers WHERE id = ?", (trigger_id,)).fetchone()
        # One that was deleted has its runs still.
        if known is None and not found.runs:
            raise NotFoundError(f"there is no trigger {trigger_id}")
        return TriggerStatistics.model_validate(asdict(found))

    return services().database.read(read)
