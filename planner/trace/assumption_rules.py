"""Rules about assumptions: somebody finds out, and before the phase that rests on them begins."""

from collections.abc import Iterator

from planner.model.items import Phase
from planner.model.problem import Problem
from planner.trace.assumptions import STATUSES, Assumption, read_assumptions
from planner.trace.completion import OUT, phase_progress
from planner.trace.finding import HINT, WARNING, finding, line_of, table
from planner.trace.graph import Trace
from planner.trace.rule import Rule

_PHASE = """\
== phases/login.md
---
title: Login
number: "01"
status: planned
---
People can log in.

## Assumptions

- People have an address for e-mail.
  - owner: ada
"""

EXPIRED = Rule(
    id="assumption-expired",
    group="status",
    title="Assumption that is open although its phase has begun",
    severity=WARNING,
    why="The phase rests on something that nobody has looked at.",
    good=_PHASE,
    bad=_PHASE.replace("status: planned", "status: active"),
    hint="find out, then write `- status: held`, or `- status: wrong` and change what rests on it",
)
WITHOUT_OWNER = Rule(
    id="assumption-without-owner",
    group="status",
    title="Assumption without an owner",
    severity=HINT,
    why="What everybody could find out, nobody does.",
    good=_PHASE,
    bad=_PHASE.replace("  - owner: ada\n", ""),
    hint="add `- owner: NAME` below it",
)
BAD_STATUS = Rule(
    id="assumption-status",
    group="status",
    title="Assumption with a status that is none",
    severity=WARNING,
    why="It counts as open, whatever was meant.",
    good=_PHASE,
    bad=f"{_PHASE}  - status: maybe\n",
    hint="write open, held or wrong",
)

ASSUMPTION_RULES = table((EXPIRED, WITHOUT_OWNER, BAD_STATUS))


def check_assumptions(trace: Trace) -> Iterator[Problem]:
    """Problems of assumptions.  Those of phases that are dropped or deferred may wait."""
    for phase in trace.phases:
        if not phase.assumptions or phase.status in OUT:
            continue
        begun = _has_begun(trace, phase)
        for entry in read_assumptions(phase.assumptions):
            yield from _check(phase, entry, begun=begun)


def _has_begun(trace: Trace, phase: Phase) -> bool:
    if phase.status in {"active", "done"}:
        return True
    progress = phase_progress(phase, trace.requirements_of.get(phase.id, ()))
    return bool(progress.done or progress.started)


def _check(phase: Phase, entry: Assumption, *, begun: bool) -> Iterator[Problem]:
    line = line_of(phase, "assumptions")
    line = line + entry.offset if line else 0
    if entry.status not in STATUSES:
        message = f"an assumption has the status {entry.status!r}"
        yield finding(BAD_STATUS, "phase", phase, message, line=line)
    if entry.status in {"held", "wrong"}:
        return
    if begun:
        message = f"{phase.title or phase.id} has begun on an open assumption: {_short(entry)}"
        yield finding(EXPIRED, "phase", phase, message, line=line)
    if not entry.owner:
        message = f"nobody answers for an assumption: {_short(entry)}"
        yield finding(WITHOUT_OWNER, "phase", phase, message, line=line)


def _short(entry: Assumption) -> str:
    return entry.text if len(entry.text) <= 80 else f"{entry.text[:79]}…"
