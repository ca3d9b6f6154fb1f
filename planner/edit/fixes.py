"""Mends that can be offered for problems of a plan, each an edit like any other.

`planner.trace.fixable` says for which rules there are any, and in words what they do.
"""

from collections.abc import Mapping

from planner.edit.fix import Case, Fix, Fixer
from planner.edit.fix_reading import READING_FIXES
from planner.edit.fix_references import REFERENCE_FIXES
from planner.edit.fix_structure import STRUCTURE_FIXES
from planner.edit.fix_wording import WORDING_FIXES
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.problem import Problem

FIXERS: Mapping[str, Fixer] = {
    **READING_FIXES,
    **REFERENCE_FIXES,
    **STRUCTURE_FIXES,
    **WORDING_FIXES,
}
"""What makes the fixes for a rule."""


def fixes_for(plan: PlanState, problem: Problem) -> tuple[Fix, ...]:
    """The ways to mend a problem of `plan`, the best first; none where only a person can.

    Every fix can be applied to `plan` and changes something; at most one is certain.  A waived
    problem has none.
    """
    fixer = FIXERS.get(problem.rule)
    known = plan.known.get(problem.path)
    if fixer is None or problem.waived or known is None or known.read.item is None:
        return ()
    case = Case(plan, problem, known.read.item)
    return tuple(each for each in fixer(case) if _does(plan, each))


def _does(plan: PlanState, fix: Fix) -> bool:
    """Whether the fix can be applied, and changes a file."""
    try:
        files = fix.operation.draft(plan).files
    except EditError:
        return False
    old = plan.data(path for path in files if path in plan.known)
    return any(old.get(path) != data for path, data in files.items())
