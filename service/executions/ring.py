"""The last lines of a running execution, in memory, for everyone who watches it.

A watcher is nothing but the number of the last line that it got: a thousand of them cost no more
than one, and a slow one holds up nobody.  What the ring has dropped is in the database.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from gevent.event import Event

from service.executions.cutting import Chunk

BYTES: Final = 1024 * 1024


class Ring:
    """Chunks in order, the oldest dropped when they are more than `most` bytes together."""

    def __init__(self, most: int = BYTES) -> None:
        self._chunks: deque[Chunk] = deque()
        self._most = most
        self._size = 0
        self._last = 0
        self._ended = False
        self._news = Event()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many wait for news."""
        return self._waiting

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
            self._size -= len(self._chunks.popleft().text)
        self._wake()

    def end(self) -> None:
        """Nothing comes any more."""
        self._ended = True
        self._wake()

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

    def wait(self, number: int, timeout_s: float) -> None:
        """Wait until there is more than the line `number`, or the end; at most so long."""
        if self._last > number or self._ended:
            return
        self._waiting += 1
        try:
            self._news.wait(timeout_s)
        finally:
            self._waiting -= 1

    def _wake(self) -> None:
        self._news.set()
        self._news = Event()
