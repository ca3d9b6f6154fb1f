"""Moving windows in the memory of one process: how often each client came lately.

The memory storage of `limits` keeps every client that ever came, and walks through all of them
each hundredth of a second; its windows are on the wall clock, so a clock set back locks clients
out.  This one is bounded, touches one client at a time, and runs on the monotonic clock.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from limits.storage import MovingWindowSupport, Storage

CLIENTS: Final = 50_000
# Requests of one client within a hundredth of the window are counted together: what is kept of a
# client is bounded however high its limit is, and the window is at most 1 % longer than asked.
_TICKS: Final = 100
# More than the highest limit that can be set.
_SHIFT: Final = 24
_COUNT: Final = (1 << _SHIFT) - 1


class _Window:
    """What one client did: `tick << _SHIFT | how often`, the oldest first.

    One number each, since an attacker decides how many of these there are.
    """

    __slots__ = ("ends", "ticks", "total")

    def __init__(self) -> None:
        self.ticks: list[int] = []
        self.total = 0
        self.ends = 0.0


class Windows(Storage, MovingWindowSupport):
    """The storage behind `memory://`; for the strategy `moving-window` only."""

    STORAGE_SCHEME: Final = ["agented-memory"]  # type: ignore[misc]

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,
        *,
        clients: int = CLIENTS,
        clock: Callable[[], float] = time.monotonic,
        **_: float | str | bool,
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self._clients = clients
        self._clock = clock
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` for `key`, unless that makes more than `limit` in `expiry` seconds."""
        now = self._clock()
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window()
            self._forget(now)
        else:
            self._windows.move_to_end(key)
        self._expire(window, now, expiry)
        if window.total + amount > limit:
            return False
        tick = int(now * _TICKS / expiry)
        if window.ticks and window.ticks[-1] >> _SHIFT == tick:
            window.ticks[-1] += amount
        else:
            window.ticks.append(tick << _SHIFT | amount)
        window.total += amount
        window.ends = now + expiry
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When (by the wall clock) the oldest counted request came, and how many are counted."""
        now = self._clock()
        window = self._windows.get(key)
        if window is not None:
            self._expire(window, now, expiry)
        if window is None or not window.ticks:
            return time.time(), 0
        # The end of the tick: only then is its room free again.
        age = now - ((window.ticks[0] >> _SHIFT) + 1) * expiry / _TICKS
        return time.time() - age, window.total

    def _expire(self, window: _Window, now: float, expiry: int) -> None:
        ticks = window.ticks
        first = int(now * _TICKS / expiry) - _TICKS
        while ticks and ticks[0] >> _SHIFT < first:
            window.total -= ticks.pop(0) & _COUNT

    def _forget(self, now: float) -> None:
        """Let go of clients whose window is over, two for each new one; of the oldest at the cap.

        Whoever makes others be forgotten has had as many addresses as the cap, each with a window
        of its own: that the oldest starts anew gives nothing more.
        """
        for _ in range(2):
            key, oldest = next(iter(self._windows.items()))
            if len(self._windows) <= self._clients and (oldest.ends > now or not oldest.ends):
                return
            del self._windows[key]

    def __len__(self) -> int:
        return len(self._windows)

    # -- what `limits` asks of every storage ------------------------------------------------

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing in here fails."""
        return MemoryError

    def check(self) -> bool:
        """Always well."""
        return True

    def reset(self) -> int | None:
        """Forget everybody."""
        number = len(self._windows)
        self._windows.clear()
        return number

    def clear(self, key: str) -> None:
        """Forget one."""
        self._windows.pop(key, None)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Of fixed windows, which are not offered."""
        raise NotImplementedError("only the strategy moving-window is offered")

    def get(self, key: str) -> int:
        """Of fixed windows, which are not offered."""
        raise NotImplementedError("only the strategy moving-window is offered")

    def get_expiry(self, key: str) -> float:
        """Of fixed windows, which are not offered."""
        raise NotImplementedError("only the strategy moving-window is offered")
