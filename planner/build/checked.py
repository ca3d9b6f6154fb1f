"""A plan as it was read and checked."""

from dataclasses import dataclass

from planner.model.items import PlanTree
from planner.model.problem import Problem, Severity
from planner.trace.names import all_items


@dataclass(frozen=True, slots=True)
class Checked:
    """A plan and all its problems, waived ones included."""

    tree: PlanTree
    problems: tuple[Problem, ...]
    refused: tuple[Problem, ...] = ()
    """Those of the problems that are about files which hold no item, or were not read at all."""

    @property
    def lost(self) -> tuple[Problem, ...]:
        """A problem for each file that is to hold an item, and of which none could be read."""
        read = {each.path for each in (self.tree.plan, *all_items(self.tree))}
        refused = {each.path for each in self.refused if each.severity is Severity.ERROR}
        lost = refused.union(each.path for each in self.tree.unreadable) - read
        first = {each.path: each for each in reversed(self.problems)}
        return tuple(first[path] for path in sorted(lost))

    @property
    def errors(self) -> int:
        """How many problems are errors and not waived."""
        return sum(
            problem.severity is Severity.ERROR and not problem.waived for problem in self.problems
        )
