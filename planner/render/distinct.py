"""A plan in which every id names one item, whatever its files say.

Two items of different kinds can carry one id.  That is a problem, and reported as such; the pages
need to know which item an id means.  The first kind wins (milestone, phase, requirement, research),
and the file of the other item is shown like one that cannot be read.
"""

from dataclasses import replace
from typing import TypeVar

from planner.model.fields import kind_of
from planner.model.items import Item, Unreadable
from planner.trace.coverage import Coverage, coverage
from planner.trace.graph import Trace, build_trace
from planner.trace.progress import Standings, assess

_Item = TypeVar("_Item", bound=Item)


def distinct(
    trace: Trace, standings: Standings, covered: Coverage
) -> tuple[Trace, Standings, Coverage]:
    """The same three, of a plan without the items whose id another one has."""
    tree = trace.tree
    count = 1 + len(tree.milestones) + len(tree.phases) + len(tree.requirements)
    if len(trace.items) == count + len(tree.research):
        return trace, standings, covered
    lost: list[Unreadable] = []

    def winners(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
        lost.extend(
            Unreadable(each.id, kind_of(each), each.path, "", each.blob)
            for each in items
            if trace.items[each.id] is not each
        )
        return tuple(each for each in items if trace.items[each.id] is each)

    kept = build_trace(
        replace(
            tree,
            milestones=winners(tree.milestones),
            phases=winners(tree.phases),
            requirements=winners(tree.requirements),
            research=winners(tree.research),
            unreadable=(*tree.unreadable, *lost),
        )
    )
    return kept, assess(kept), coverage(kept)
