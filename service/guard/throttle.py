"""Wrong credentials are answered for a while, then refused unread: by address and by key.

After 10 failures within a minute from one client (an address, or the /64 of IPv6), or for one key,
every attempt gets 429 until the minute is over, a right key too: else the throttle would tell which
guess is right.  Only a key that was accepted from this client within the last hour goes on being
served, so that one stray machine does not lock out the others behind the same address.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from hashlib import sha256
from math import ceil
from typing import Final

from service.guard.keys import claimed_id
from service.kinds import SECRET_LENGTH

FAILURES: Final = 10
WINDOW_S: Final = 60.0
FAMILIAR_S: Final = 3600.0
_CLIENTS: Final = 20_000
_PREFIX_BYTES: Final = 8


class Throttle:
    """Counts in memory, for one process.  `client` is `address.client_of(client_address())`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._familiar: OrderedDict[tuple[str, str], float] = OrderedDict()

    def wait_s(self, client: str, text: bytes) -> int:
        """For how many seconds an attempt with `text` is refused unread; 0 when it is not."""
        if not self._failures:
            return 0
        return max(map(self._wait_s, _buckets(client, text)))

    def failed(self, client: str, text: bytes) -> None:
        """Count a failure."""
        for bucket in _buckets(client, text):
            times = self._failures.setdefault(bucket, deque(maxlen=FAILURES))
            times.append(self._clock())
            self._failures.move_to_end(bucket)
        while len(self._failures) > _CLIENTS:
            self._failures.popitem(last=False)

    def is_familiar(self, client: str, key_id: str) -> bool:
        """Whether this key was accepted from this client within the last hour."""
        at = self._familiar.get((client, key_id))
        return at is not None and self._clock() - at < FAMILIAR_S

    def welcome(self, client: str, key_id: str) -> None:
        """Note that this key was accepted from this client."""
        self._familiar[client, key_id] = self._clock()
        self._familiar.move_to_end((client, key_id))
        if len(self._familiar) > _CLIENTS:
            self._familiar.popitem(last=False)

    def _wait_s(self, bucket: str) -> int:
        times = self._failures.get(bucket)
        if times is None or len(times) < FAILURES:
            return 0
        return max(0, ceil(times[0] + WINDOW_S - self._clock()))


def _buckets(client: str, text: bytes) -> tuple[str, ...]:
    """What an attempt counts for: the client and, if it could be a key, the key it guesses at.

    A key is named by its id, or by a digest of how it begins.
    """
    if len(text) < SECRET_LENGTH:
        return (f"client {client}",)
    beginning = claimed_id(text) or sha256(text[:_PREFIX_BYTES]).hexdigest()
    return f"client {client}", f"key {beginning}"
