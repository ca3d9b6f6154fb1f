"""The last lines of a running execution, in memory, for everyone who watches it.

A watcher is nothing but the number of the last line that it got, so that a slow one holds up
nobody; what the ring has dropped is in the database.  Lines take the form in which they are sent
once, for all watchers.  Few of them are woken for each line; many are woken together, the less
often the more they are: a thousand writes for each line would cost more than it is worth.

Nobody waits for ever, and no one has a timer of their own, which would be a quarter of what it
costs to wake them: one beat lets a part of them go at a time.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import gevent
from gevent.event import Event

from service.executions.cutting import Chunk

BYTES: Final = 1024 * 1024
MANY: Final = 50
# How long many watchers wait from one time to the next: to wake one takes some 40 microseconds, and
# others want the worker, too.
GATHER_S: Final = 0.02
EACH_S: Final = 0.00003
# The longest time that somebody waits, and in how many parts those who wait are let go.
BEAT_S: Final = 1.0
_PARTS: Final = 16


class Ring:
    """Chunks in order, the oldest dropped when they are more than `most` bytes together."""

    def __init__(self, most: int = BYTES) -> None:
        self._chunks: deque[Chunk] = deque()
        self._most = most
        self._size = 0
        self._last = 0
        self._ended = False
        self._news = [Event() for _ in range(_PARTS)]
        self._waiting = 0
        self._waits = 0
        self._beating: gevent.Greenlet | None = None
        # The last line that watchers were told of, how many that were, and when they are told next.
        self._told = 0
        self._crowd = 0
        self._told_at = float("-inf")
        self._planned: gevent.Greenlet | None = None
        self._made: dict[tuple[int, str], bytes] = {}
        self._forms: set[str] = set()

    @property
    def last(self) -> int:
        """The number of the last line; 0 before the first."""
        return self._last

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._ended

    def append(self, chunks: Sequence[Chunk]) -> None:
        """Add chunks that are kept in the database already, and wake who waits."""
        for each in chunks:
            self._chunks.append(each)
            self._size += len(each.text)
            self._last = each.last
        while self._size > self._most and len(self._chunks) > 1:
            self._drop()
        self._wake()

    def end(self) -> None:
        """Nothing comes any more."""
        self._ended = True
        self._tell()

    def after(self, number: int) -> Sequence[Chunk] | None:
        """What comes after the line `number`; None when the ring has dropped some of it."""
        if number >= self._last:
            return ()
        if not self._chunks or self._chunks[0].first > number + 1:
            return None
        found: list[Chunk] = []
        for each in reversed(self._chunks):
            if each.last <= number:
                break
            found.append(each)
        found.reverse()
        found[0] = found[0].beyond(number)
        return found

    def encoded(self, chunk: Chunk, form: str, make: Callable[[Chunk], bytes]) -> bytes:
        """What `make` makes of a chunk, made once while the ring holds it; `form` names `make`."""
        key = (chunk.first, form)
        known = self._made.get(key)
        if known is not None:
            return known
        made = make(chunk)
        # Not of the rest of a chunk, with which somebody begins in the middle.
        if self._chunks and chunk.first >= self._chunks[0].first and chunk.whole:
            self._forms.add(form)
            self._made[key] = made
        return made

    def wait(self, number: int) -> None:
        """Wait until there is more than the line `number`, or the end; at most twice BEAT_S."""
        if self._told > number or self._ended:
            return
        if self._beating is None:
            self._beating = gevent.spawn(self._beat)
        self._waits += 1
        self._waiting += 1
        try:
            self._news[self._waits % _PARTS].wait()
        finally:
            self._waiting -= 1

    def _beat(self) -> None:
        while self._waiting:
            for part in range(_PARTS):
                gevent.sleep(BEAT_S / _PARTS)
                if time.monotonic() - self._told_at >= BEAT_S:
                    self._release(part)
        self._beating = None

    def _release(self, part: int) -> None:
        self._news[part].set()
        self._news[part] = Event()

    def _drop(self) -> None:
        gone = self._chunks.popleft()
        self._size -= len(gone.text)
        for form in self._forms:
            self._made.pop((gone.first, form), None)

    def _wake(self) -> None:
        crowd = max(self._waiting, self._crowd)
        if crowd < MANY:
            self._tell()
        elif self._planned is None:
            due = self._told_at + GATHER_S + EACH_S * crowd
            self._planned = gevent.spawn_later(max(0.0, due - time.monotonic()), self._tell)

    def _tell(self) -> None:
        self._planned = None
        self._told_at = time.monotonic()
        self._crowd = self._waiting
        self._told = self._last
        for part in range(_PARTS):
            self._release(part)
