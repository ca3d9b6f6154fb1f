"""How far one phase is, told from its requirements, its criteria or its own status."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.model.items import Phase, Requirement

OUT = frozenset({"deferred", "dropped"})
"""The statuses of a requirement or a phase that is not to be done (now)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` things are done, and `started` further ones are begun."""

    done: int = 0
    total: int = 0
    started: int = 0

    @property
    def percent(self) -> int:
        """Whole per cent, rounded down: 100 only when all is done, 0 when there is nothing."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def complete(self) -> bool:
        """Whether there is something to do and all of it is done."""
        return 0 < self.total == self.done

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(
            self.done + other.done, self.total + other.total, self.started + other.started
        )


def requirements_progress(requirements: Iterable[Requirement]) -> Progress:
    """Progress over requirements that are neither deferred nor dropped."""
    done = total = started = 0
    for requirement in requirements:
        status = requirement.status
        if status in OUT:
            continue
        total += 1
        if status == "done":
            done += 1
        elif status == "in-progress":
            started += 1
    return Progress(done, total, started)


def phase_progress(phase: Phase, requirements: Sequence[Requirement]) -> Progress:
    """Progress of a phase.

    It counts the requirements; a phase without any counts its criteria, all of them when its own
    status says done; one without criteria either counts as one thing of its own status.
    """
    progress = requirements_progress(requirements)
    return progress if progress.total else own_progress(phase)


def own_progress(phase: Phase) -> Progress:
    """Progress of a phase that has no requirement to do."""
    total = len(phase.criteria) or 1
    if phase.status == "done":
        return Progress(total, total)
    done = sum(criterion.status == "met" for criterion in phase.criteria)
    return Progress(done, total, 1 if phase.status == "active" and done < total else 0)
