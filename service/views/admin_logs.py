"""`/admin/executions/<id>/…`: what an execution says, as lines, as a stream and as a file."""

import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

from flask import Blueprint, Response, request
from pydantic import Field, StringConstraints

from service.api.models import Identifier, Model, Stamp
from service.api.operation import operation
from service.db.database import Database
from service.errors import BadRequestError
from service.executions import records
from service.executions.log_store import read_chunks
from service.executions.readable import TALKS
from service.executions.records import Execution
from service.executions.search import find_lines
from service.executions.streaming import LogSource, lines_of
from service.guard.policy import Zone
from service.guard.principal import Scope
from service.services import services
from service.streams import stream

blueprint = Blueprint("admin_logs", __name__)
View = Literal["raw", "readable"]
_MOST_LINES = 10_000
_MOST_HITS = 10_000
_PIECE_BYTES = 4 * 1024 * 1024
_FILE_BYTES = 512 * 1024


class LinesQuery(Model):
    """Which lines are wanted."""

    after: int = Field(default=0, ge=0, le=2**53)
    """Number of the last line that is known."""
    limit: int = Field(default=1000, ge=1, le=_MOST_LINES)
    """Greatest number of lines."""
    view: View = "raw"
    """`readable`: with what an agent's JSON says, for people."""


class LinePart(Model):
    """A part of a line of an agent, for people."""

    kind: Literal["say", "think", "tool", "came", "error", "note", "end"]
    """What it says, thinks, which tool it calls, what came of it, …"""
    title: str
    """One line; may be empty."""
    text: str
    """Many lines; to be folded away where there is a title."""


class Lines(Model):
    """Lines that were read together."""

    first: int
    """Number of the first of them."""
    stream: Literal["out", "err", "note"]
    """`note`: the service's own words."""
    at: Stamp
    lines: tuple[str, ...]
    shown: tuple[tuple[LinePart, ...] | None, ...] | None = None
    """Of each line its parts; null for a line that is shown as it is, and for all in `raw`."""


class Log(Model):
    """A part of the log."""

    chunks: tuple[Lines, ...]
    last: int
    """Number of the last line in it; ask for what comes after it next."""


class WatchQuery(Model):
    """Where a stream begins, and how lines are shown."""

    after: int | None = Field(default=None, ge=0, le=2**53)
    """Number of the last line that is known; the header `Last-Event-ID` wins."""
    view: View = "raw"
    """`readable`: with what an agent's JSON says, for people."""
    token: str | None = Field(default=None, max_length=1000)
    """A stream token, for who cannot send `X-API-Key`."""


class FindQuery(Model):
    """What is looked for in a log."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """A text within one line; the case of a to z does not count."""


class FoundLines(Model):
    """Where it stands."""

    lines: tuple[int, ...]
    """Numbers of lines, from the first on."""
    more: bool
    """Whether there are more than could be listed."""


@operation(
    blueprint,
    "GET",
    "/admin/executions/<execution_id>/lines",
    scope=Scope.READ,
    query=LinesQuery,
    returns=Log,
    tag="Executions",
    summary="Read lines of a log",
)
def read_lines(execution_id: Identifier, query: LinesQuery) -> Log:
    """Lines that are kept, behind a line; ask again with `last` until none come."""
    return services().database.read(
        lambda db: log_of(
            db,
            records.get(db, execution_id),
            after=query.after,
            limit=query.limit,
            view=query.view,
        )
    )


def log_of(
    db: sqlite3.Connection,
    execution: Execution,
    *,
    after: int,
    limit: int,
    view: View,
    most_bytes: int = _PIECE_BYTES,
) -> Log:
    """Up to `limit` lines of an execution behind the line `after`."""
    talks = talks_of(execution) if view == "readable" else ""
    left = limit
    found: list[Lines] = []
    for each in read_chunks(db, execution.number, after, most_bytes):
        values = lines_of(each.upto(left), talks)
        found.append(
            Lines(
                first=each.first,
                stream=values["stream"],
                at=each.at,
                lines=tuple(values["lines"]),
                shown=_shown(values.get("shown")),
            )
        )
        left -= len(found[-1].lines)
        if not left:
            break
    last = found[-1].first + len(found[-1].lines) - 1 if found else after
    return Log(chunks=tuple(found), last=last)


def _shown(
    lines: list[list[dict[str, str]] | None] | None,
) -> tuple[tuple[LinePart, ...] | None, ...] | None:
    if lines is None:
        return None
    return tuple(
        None if parts is None else tuple(LinePart.model_validate(part) for part in parts)
        for parts in lines
    )


def talks_of(execution: Execution) -> str:
    """How the lines of an execution are made readable; empty: they are texts already."""
    return execution.order.backend if execution.order.backend in TALKS else ""


@operation(
    blueprint,
    "GET",
    "/admin/executions/<execution_id>/stream",
    zone=Zone.STREAM,
    scope=Scope.READ,
    query=WatchQuery,
    returns=None,
    media="text/event-stream",
    headers={"Last-Event-ID": "Number of the last line that is known."},
    tag="Executions",
    summary="Watch a log",
)
def watch(execution_id: Identifier, query: WatchQuery) -> Response:
    """Events `lines` (with the number of their last line as id), `state`, and at last `ended`.

    It begins behind the line that `Last-Event-ID` or `after` names, at the first one without.  Of
    an execution that has ended all lines are sent.
    """
    parts = services()
    found = parts.database.read(lambda db: records.get(db, execution_id))
    return stream(
        LogSource(
            parts.database,
            parts.runner,
            found.id,
            found.number,
            _after(query),
            talks_of(found) if query.view == "readable" else "",
        )
    )


def _after(query: WatchQuery) -> int:
    """The line behind which a stream begins.  Raises BadRequestError."""
    text = request.headers.get("Last-Event-ID", "")
    if not text:
        return query.after or 0
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequestError("Last-Event-ID is no number of a line", "give the last one you have")
    return int(text)


@operation(
    blueprint,
    "GET",
    "/admin/executions/<execution_id>/log.txt",
    scope=Scope.READ,
    returns=None,
    media="text/plain",
    tag="Executions",
    summary="Download a log",
)
def download(execution_id: Identifier) -> Response:
    """The raw lines that are kept, of both streams in the order in which they came."""
    database = services().database
    found = database.read(lambda db: records.get(db, execution_id))
    answer = Response(_texts(database, found.number), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.id}.log"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _texts(database: Database, number: int) -> Iterator[bytes]:
    """All lines piece by piece: a log may be larger than what the service may use."""
    after = 0
    while True:
        chunks = database.read(
            partial(read_chunks, number=number, after=after, most_bytes=_FILE_BYTES)
        )
        if not chunks:
            return
        after = chunks[-1].last
        yield "".join(f"{each.text}\n" for each in chunks).encode("utf-8", "replace")


@operation(
    blueprint,
    "GET",
    "/admin/executions/<execution_id>/find",
    scope=Scope.READ,
    query=FindQuery,
    returns=FoundLines,
    tag="Executions",
    summary="Look for a text in a log",
)
def find(execution_id: Identifier, query: FindQuery) -> FoundLines:
    """In which lines that are kept by now a text stands."""

    def read(db: sqlite3.Connection) -> FoundLines:
        number = records.get(db, execution_id).number
        lines, more = find_lines(db, number, query.q, _MOST_HITS)
        return FoundLines(lines=tuple(lines), more=more)

    return services().database.read(read)
