"""Whether each part of the service can do its work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Component:
    """One part.  `figures` are shown to those with a key; they hold no secret and no path.

    `note` is what there is to know of a part that is ready.
    """

    ready: bool
    problem: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


class Readiness:
    """The parts that must be ready; each says how it is at once, from what it knows."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], Component]] = {}

    def add(self, name: str, check: Callable[[], Component]) -> None:
        """Let `check` speak for the part `name`.  It must not wait."""
        self._checks[name] = check

    def components(self) -> dict[str, Component]:
        """How each part is."""
        return {name: check() for name, check in self._checks.items()}
