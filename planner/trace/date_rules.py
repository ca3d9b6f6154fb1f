"""Rules about days: milestones in order, and nothing due after what it belongs to."""

from collections.abc import Iterator

from planner.model.items import Milestone, Phase, Requirement
from planner.model.problem import Problem
from planner.trace.finding import WARNING, finding, line_of, place_of, table
from planner.trace.graph import Trace
from planner.trace.rule import Rule

_MILESTONES = """\
== milestones/v1.md
---
title: First release
target: 2030-03-01
---
== milestones/v2.md
---
title: Second release
target: 2030-06-01
---
== phases/login.md
---
title: Login
number: "01"
milestone: v1
target: 2030-02-01
---
People can log in.
== phases/orders.md
---
title: Orders
number: "02"
milestone: v2
---
People can order.
"""

MILESTONE_ORDER = Rule(
    id="milestone-order",
    group="status",
    title="Milestones whose days contradict the order of their phases",
    severity=WARNING,
    why="The later milestone has the earlier phases: one of days and numbers is wrong.",
    good=_MILESTONES,
    bad=_MILESTONES.replace("2030-06-01", "2030-01-01"),
    hint="correct the day, or the numbers of the phases",
)
TARGET_AFTER = Rule(
    id="target-after-milestone",
    group="status",
    title="Due after what it belongs to",
    severity=WARNING,
    why="The milestone cannot ship on its day if a part of it is due later.",
    good=_MILESTONES,
    bad=_MILESTONES.replace("2030-02-01", "2030-04-01"),
    hint="bring one of the two days forward or back",
)

DATE_RULES = table((MILESTONE_ORDER, TARGET_AFTER))


def check_dates(trace: Trace) -> Iterator[Problem]:
    """Problems of days.  Days are RFC 3339 full-dates, so their texts compare as days do."""
    yield from _order(trace)
    for phase in trace.phases:
        if phase.target and phase.status != "dropped":
            milestone = trace.milestone_by_id.get(trace.milestone_of_phase[phase.id])
            if milestone is not None:
                yield from _after(phase, phase.target, milestone, _day(milestone))
    for requirement in trace.requirements:
        if requirement.target and requirement.status != "dropped":
            yield from _requirement(trace, requirement)


def _day(milestone: Milestone) -> str:
    return milestone.shipped or milestone.target


def _order(trace: Trace) -> Iterator[Problem]:
    latest: Milestone | None = None
    for milestone in trace.milestones:
        if not _day(milestone) or milestone.status == "dropped":
            continue
        if milestone.id not in trace.phases_of:  # its place in the order is by day already
            continue
        if latest is not None and _day(milestone) < _day(latest):
            yield finding(
                MILESTONE_ORDER,
                "milestone",
                milestone,
                f"{milestone.id} ({_day(milestone)}) comes before {latest.id} ({_day(latest)}),"
                " but its phases come after",
                line=line_of(milestone, "shipped" if milestone.shipped else "target"),
                related=(place_of(latest, "shipped" if latest.shipped else "target"),),
            )
        else:
            latest = milestone


def _requirement(trace: Trace, requirement: Requirement) -> Iterator[Problem]:
    phases = trace.phases_of_requirement.get(requirement.id)
    phase = trace.phase_by_id[phases[0]] if phases else None
    if phase is not None and phase.target:
        yield from _after(requirement, requirement.target, phase, phase.target)
        return
    milestone = trace.milestone_by_id.get(trace.milestone_of(requirement.id))
    if milestone is not None:
        yield from _after(requirement, requirement.target, milestone, _day(milestone))


def _after(
    item: Phase | Requirement, due: str, whole: Phase | Milestone, day: str
) -> Iterator[Problem]:
    if day and due > day:
        part = "phase" if isinstance(item, Phase) else "requirement"
        name = item.title if isinstance(item, Phase) and item.title else item.id
        of = whole.title if isinstance(whole, Phase) and whole.title else whole.id
        yield finding(
            TARGET_AFTER,
            part,
            item,
            f"{name} is due on {due}, after the day of {of} ({day})",
            line=line_of(item, "target"),
            related=(place_of(whole, "target"),),
        )
