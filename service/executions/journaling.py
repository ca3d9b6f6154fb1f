"""What an execution says, on its way to the database and then to those who watch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import gevent
import structlog

from service.clock import stamp
from service.db.database import Database
from service.errors import UnavailableError
from service.executions.cutting import LONGEST_LINE, Chunk, Cutter
from service.executions.log_store import add_chunks
from service.executions.ring import Ring
from service.observability.redact import redactor

_log = structlog.get_logger(__name__)
MIB: Final = 1024 * 1024
# What a row of lines takes in the database beside its text, at least.
_ROW_BYTES: Final = 64
# For how long lines wait for a database that takes none, before the execution is given up.
PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """How much an execution has said: lines and bytes that are kept, and whether some are not."""

    lines: int
    bytes: int
    truncated: bool


class Journal:
    """The lines of one execution.

    A line is shown to nobody before it is kept: a crash would lose it, and its number would be
    given to another one.  Secrets are taken out before both.
    """

    def __init__(
        self,
        database: Database,
        number: int,
        ring: Ring,
        *,
        most_bytes: int,
        longest: int = LONGEST_LINE,
        observe: Callable[[str, str], None] = lambda _stream, _text: None,
    ) -> None:
        """`observe` sees the stream and text of all whole lines, those that are not kept too.

        Longer lines than `longest` come in pieces.
        """
        self._observe = observe
        self._database = database
        self._number = number
        self._ring = ring
        self._most = most_bytes
        self._cutters = {name: Cutter(redactor.lines, longest) for name in ("out", "err")}
        self._next = 1
        self._bytes = 0
        self._rows = 0
        self._truncated = False

    @property
    def tally(self) -> Tally:
        """How much was kept so far."""
        return Tally(self._next - 1, self._bytes, self._truncated)

    def take(self, read: Sequence[tuple[str, bytes]]) -> None:
        """Keep what was read of the streams.  Raises UnavailableError when that stays impossible.

        Beyond the greatest size nothing more is kept, and a line says so.
        """
        self._keep([(stream, *self._cutters[stream].feed(data)) for stream, data in read])

    def close(self) -> None:
        """Keep what came without a line end.  Raises UnavailableError."""
        self._keep([(stream, *cutter.close()) for stream, cutter in self._cutters.items()])

    def note(self, text: str) -> None:
        """Keep a line of the service's own, whatever the size.  Raises UnavailableError."""
        text = redactor.lines(text)
        self._store([self._chunk("note", text.count("\n") + 1, text)])

    def _keep(self, parts: Sequence[tuple[str, int, str]]) -> None:
        chunks: list[Chunk] = []
        for stream, count, text in parts:
            if not count:
                continue
            self._observe(stream, text)
            if self._truncated:
                continue
            # An empty line takes room, too: else output of nothing but those had no bound.
            if self._bytes + len(text) + self._rows * _ROW_BYTES > self._most:
                self._truncated = True
                told = f"[the output is longer than {self._most // MIB} MiB: the rest is not kept]"
                chunks.append(self._chunk("note", 1, told))
                continue
            self._bytes += len(text)
            self._rows += 1
            chunks.append(self._chunk(stream, count, text))
        if chunks:
            self._store(chunks)

    def _chunk(self, stream: str, count: int, text: str) -> Chunk:
        made = Chunk(self._next, count, stream, stamp(), text)
        self._next += count
        return made

    def _forget(self, chunks: Sequence[Chunk]) -> None:
        """Take back what was not kept: the next line has its number, so that none is missing."""
        self._next = chunks[0].first
        self._bytes -= sum(len(each.text) for each in chunks if each.stream != "note")

    def _store(self, chunks: Sequence[Chunk]) -> None:
        waited = 0.0
        while True:
            try:
                self._database.write(lambda db: add_chunks(db, self._number, chunks))
                break
            except UnavailableError as error:
                if waited >= PATIENCE_S:
                    self._forget(chunks)
                    raise
                _log.warning("lines of an execution wait", reason=error.message)
                gevent.sleep(_PAUSE_S)
                waited += _PAUSE_S
        self._ring.append(chunks)
