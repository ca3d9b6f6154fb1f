"""Says where the time of a build went."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    """Seconds by part."""

    parts: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def note(self, name: str, seconds: float) -> None:
        """A part that was measured elsewhere, since the last lap."""
        self.parts[name] = seconds
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """The time since the last lap belongs to `name`."""
        now = time.perf_counter()
        self.parts[name] = self.parts.get(name, 0.0) + now - self._last
        self._last = now
