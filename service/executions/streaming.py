"""The live log of an execution as a stream of events: it starts at any line, and misses none.

Events: `lines` (`id:` is the number of the last line in it; JSON as of `lines_of`),
`state` (whenever that changes), and `ended`, exactly once and last, with the final state.  Who
comes again names the last line that they have, and goes on behind it; of an execution that has
ended all lines are sent, then its end.

The ring holds the last lines of what runs here.  Whoever is slower than that, or comes late, reads
from the database until the ring has what follows: nobody's slowness costs memory or holds up
another one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from gevent.event import Event as GeventEvent

from service.db.database import Database
from service.executions import records
from service.executions.cutting import Chunk
from service.executions.log_store import read_chunks
from service.executions.readable import readable
from service.executions.records import Execution, State
from service.executions.ring import Ring
from service.executions.runner import Runner
from service.observability.redact import redactor
from service.sse import Encoded, Event, Sendable

# What is sent at once: a reader of many lines gets them in large pieces, others at once.
_PIECE_BYTES: Final = 128 * 1024
# How often the row of an execution that does not run here is looked at.
_POLL_S: Final = 0.5


@dataclass(slots=True)
class LogSource:
    """The lines of one execution behind the line `after`, for one reader (see `streams.Source`)."""

    database: Database
    runner: Runner
    execution_id: str
    number: int
    after: int
    talks: str = ""
    """How its lines are made readable, see `readable`; empty: not at all."""
    _state: State | None = None
    _told_end: bool = False

    def next(self, timeout_s: float) -> Sequence[Sendable] | None:
        """What comes next; None once the end was told."""
        if self._told_end:
            return None
        # Before anything else: what begins from now on is not overlooked.
        beginning = self.runner.beginning
        ring = self.runner.live(self.number)
        news = self._state_news(ring)
        if ring is None:
            return news or self._from_store(beginning, timeout_s)
        return news or self._from_ring(ring)

    def _state_news(self, ring: Ring | None) -> list[Event]:
        """The state, the first time and when it has changed since."""
        if self._state is State.RUNNING:
            return []
        # What has a ring runs: a thousand readers need not ask the database for that.
        state = State.RUNNING if ring is not None else self._read().state
        if state is self._state or state.final:
            return []
        self._state = state
        return [Event("state", json.dumps({"state": state}))]

    def _from_ring(self, ring: Ring) -> Sequence[Sendable]:
        ring.wait(self.after)
        chunks = ring.after(self.after)
        if chunks is None:
            return self._stored()
        some = _some(chunks)
        if some:
            self.after = some[-1].last
        return [Encoded(ring.encoded(each, self.talks, self._encode)) for each in some]

    def _encode(self, chunk: Chunk) -> bytes:
        return event_of(chunk, self.talks).encode()

    def _from_store(self, beginning: GeventEvent, timeout_s: float) -> list[Event] | None:
        """Of what does not run here: all that is kept, then the end."""
        # The state first: what is kept after it was read as ended is all there is.
        execution = self._read()
        found = self._stored()
        if found:
            return found
        if execution.state.final:
            self._told_end = True
            return [Event("ended", json.dumps(ending_of(execution)))]
        beginning.wait(min(timeout_s, _POLL_S))
        return []

    def _stored(self) -> list[Event]:
        after = self.after
        return self._events(
            self.database.read(lambda db: read_chunks(db, self.number, after, _PIECE_BYTES))
        )

    def _events(self, chunks: Sequence[Chunk]) -> list[Event]:
        if chunks:
            self.after = chunks[-1].last
        return [event_of(each, self.talks) for each in chunks]

    def _read(self) -> Execution:
        return self.database.read(partial(records.get, execution_id=self.execution_id))


def event_of(chunk: Chunk, talks: str = "") -> Event:
    """Lines as an event; its id is the number of the last of them."""
    return Event("lines", json.dumps(lines_of(chunk, talks), ensure_ascii=False), chunk.last)


def lines_of(chunk: Chunk, talks: str = "") -> dict[str, Any]:
    """Lines as data: `{first, stream, at, lines}`.

    With `talks` (see `readable`) there is `shown`, too: of each line its parts, or None for one
    that is shown as it is.
    """
    found: dict[str, Any] = {
        "first": chunk.first,
        "stream": chunk.stream,
        "at": chunk.at,
        "lines": chunk.lines,
    }
    if talks and chunk.stream == "out":
        found["shown"] = [parts_of(talks, line) for line in found["lines"]]
    return found


def parts_of(talks: str, line: str) -> list[dict[str, str]] | None:
    """The parts of a line as data, without the secrets that JSON may have hidden in the raw one."""
    parts = readable(talks, line)
    if parts is None:
        return None
    return [
        {
            "kind": each.kind,
            "title": redactor.lines(each.title),
            "text": redactor.lines(each.text),
        }
        for each in parts
    ]


def ending_of(execution: Execution) -> dict[str, object]:
    """How an execution ended, as data."""
    return {
        "state": execution.state,
        "reason": execution.reason,
        "exit_code": execution.exit_code,
        "finished_at": execution.finished_at,
        "duration_ms": execution.duration_ms,
        "lines": execution.lines,
        "tokens_in": execution.tokens_in,
        "tokens_out": execution.tokens_out,
        "cost_usd": execution.cost_usd,
    }


def _some(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    """The first of them, up to a piece: a reader that is behind goes on with the next call."""
    size = 0
    for at, each in enumerate(chunks):
        size += len(each.text)
        if size >= _PIECE_BYTES:
            return chunks[: at + 1]
    return chunks
