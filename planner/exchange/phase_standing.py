"""Where a phase stands, in the one word that other formats have for it."""

from collections.abc import Iterable

from planner.model.items import Phase, Requirement

_SET_ASIDE = {"deferred", "dropped"}


def effective_status(phase: Phase, requirements: Iterable[Requirement]) -> str:
    """The status that a phase states, else the one that follows from its requirements.

    One of `PHASE_STATUSES`, or empty: nothing has begun.
    """
    if phase.status:
        return phase.status
    open_ones = [each.status for each in requirements if each.status not in _SET_ASIDE]
    if open_ones and all(status == "done" for status in open_ones):
        return "done"
    begun = any(status in {"done", "in-progress"} for status in open_ones)
    return "active" if begun else ""
