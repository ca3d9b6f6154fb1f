"""How many live streams there may be: of all, and by key."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from service.errors import TooManyError

# Each stream is a connection, of which gunicorn.conf.py allows 2,000: the rest is for requests.
MOST: Final = 1500
MOST_PER_KEY: Final = 200
_FULL_S: Final = 30


class Lease:
    """A place among the open streams; giving it back twice does no harm."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def release(self) -> None:
        """Give the place back."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()


class Streams:
    """Counts the open streams, of all and by key."""

    def __init__(self, most: int = MOST, most_per_key: int = MOST_PER_KEY) -> None:
        self._most = most
        self._most_per_key = most_per_key
        self._by_key: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """How many are open."""
        return self._by_key.total()

    def take(self, key_id: str) -> Lease:
        """Take a place for a stream of this key.  Raises TooManyError."""
        if self.count >= self._most:
            raise TooManyError("too many live streams are open", _FULL_S)
        if self._by_key[key_id] >= self._most_per_key:
            raise TooManyError("too many live streams are open with this key", _FULL_S)
        self._by_key[key_id] += 1
        return Lease(lambda: self._leave(key_id))

    def _leave(self, key_id: str) -> None:
        self._by_key[key_id] -= 1
        if not self._by_key[key_id]:
            del self._by_key[key_id]
