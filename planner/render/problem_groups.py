"""Problems in the order in which people look at them."""

from collections.abc import Iterable

from planner.model.problem import Problem, Severity
from planner.render.view import SiteView

WAIVED = "-waived"
"""Stands where others have a rule (no rule begins so): the problems that are waived."""
RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}
"""The worst first."""


def by_rule(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """The problems of each rule, the worst rules first, then the most frequent ones.

    Waived ones stand under `WAIVED`, last.
    """
    groups: dict[str, list[Problem]] = {}
    waived = []
    for problem in problems:
        if problem.waived:
            waived.append(problem)
        else:
            groups.setdefault(problem.rule, []).append(problem)
    ordered = sorted(
        groups.items(),
        key=lambda pair: (min(RANK[each.severity] for each in pair[1]), -len(pair[1]), pair[0]),
    )
    return {**dict(ordered), **({WAIVED: waived} if waived else {})}


def severity_counts(view: SiteView) -> list[tuple[str, int]]:
    """How many errors, warnings and hints there are, without the waived ones."""
    counts = dict.fromkeys(Severity, 0)
    for problem in view.problems:
        if not problem.waived:
            counts[problem.severity] += 1
    return [(str(severity), count) for severity, count in counts.items()]
