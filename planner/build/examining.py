"""Looks at a plan as a whole: its relations and its problems, each plan once.

Who saves looks at the plan as it will be; the site is then made of that very plan.  So what was
found is kept for the last few plans, and found again by what they consist of.
"""

from dataclasses import dataclass, replace

from planner.build.loading import Loaded
from planner.model.problem import Problem
from planner.trace.checks import check
from planner.trace.graph import Trace, build_trace, update_trace
from planner.trace.names import same_tree
from planner.trace.text_memo import TextMemo

_KEPT = 6  # plans


@dataclass(frozen=True, slots=True)
class Examined:
    """A plan as it was read, its relations, and all its problems, waived ones included."""

    loaded: Loaded
    trace: Trace
    problems: tuple[Problem, ...]


class Examiner:
    """Examines the states of one plan; what did not change is taken over from one before.

    Use it in one thread.  A new one gives the same results and takes longer.
    """

    def __init__(self) -> None:
        self._memo = TextMemo()
        self._kept: list[Examined] = []

    def examine(self, loaded: Loaded) -> Examined:
        """Relations and problems of a plan: the same as those of `planner check`."""
        known = next((each for each in self._kept if _is_same(each.loaded, loaded)), None)
        if known is None:
            trace = self._trace(loaded)
            problems = check(
                trace, loaded.reading, wording=loaded.wording, memo=self._memo, day=loaded.day
            )
            found = Examined(loaded, trace, problems)
        else:
            # It may have been read elsewhere: from a commit, not from the files.
            found = replace(known, loaded=loaded)
        self._kept = [found, *(each for each in self._kept if each is not known)][:_KEPT]
        return found

    def _trace(self, loaded: Loaded) -> Trace:
        if not self._kept:
            return build_trace(loaded.tree)
        return update_trace(self._kept[0].trace, loaded.tree)


def _is_same(one: Loaded, other: Loaded) -> bool:
    """Whether two readings, of files or of a commit, gave the very same values."""
    return (
        same_tree(one.tree, other.tree)
        and one.reading == other.reading
        and one.wording == other.wording
        and one.day == other.day
    )
