"""Rules about holes: every requirement has a phase and a criterion, every phase its parts.

Where a plan does not use a kind of relation at all (an imported one often names no requirement in
any criterion), one finding for the phase or for the plan stands for the many.
"""

from collections.abc import Iterator

from planner.model.items import Phase, Requirement
from planner.model.problem import Problem
from planner.trace.completion import OUT
from planner.trace.finding import ERROR, HINT, WARNING, finding, line_of, listed, table
from planner.trace.graph import Trace
from planner.trace.rule import Rule

_FEW = 3
"""Up to so many findings are reported one by one even where the whole plan lacks a relation."""
_CRITERIA = range(2, 6)
"""How many criteria show that a phase is done without drowning it."""

_PHASE = """\
== milestones/v1.md
---
title: First release
---
== phases/login.md
---
title: Login
number: "01"
milestone: v1
---
People can log in.

## Success criteria

1. A right password opens the start page. {#c1}
   - verifies: AUTH-01
2. A wrong password shows the login page again. {#c2}
   - verifies: AUTH-02
== requirements/AUTH-01.md
---
phase: login
status: approved
---
The service shall ask for a password.
== requirements/AUTH-02.md
---
phase: login
status: approved
---
The service shall refuse a wrong password.
"""

REQUIREMENT_WITHOUT_PHASE = Rule(
    id="requirement-without-phase",
    group="structure",
    title="Requirement that no phase delivers",
    severity={"requirement": ERROR, "draft": WARNING, "plan": HINT},
    why="What stands in no phase is never built.",
    good=_PHASE,
    bad=_PHASE.replace("phase: login\n", "", 1),
    hint="add `phase:` with the id of a phase, or set `status: deferred`",
)
SEVERAL_PHASES = Rule(
    id="requirement-in-several-phases",
    group="structure",
    title="Requirement in several phases",
    severity=ERROR,
    why="Each phase leaves it to the other, and progress counts it twice.",
    good=_PHASE,
    bad=_PHASE.replace("phase: login\n", "phase: [login, logout]\n", 1)
    + '== phases/logout.md\n---\ntitle: Logout\nnumber: "02"\n---\nPeople can log out.\n',
    hint="name the one phase that delivers it, or split the requirement",
)
PHASE_WITHOUT_REQUIREMENTS = Rule(
    id="phase-without-requirements",
    group="structure",
    title="Phase that delivers no requirement",
    severity={"phase": ERROR, "plan": WARNING},
    why="Nobody can say what it is for, and coverage of the others says nothing about it.",
    good=_PHASE,
    bad=_PHASE.replace("phase: login\n", ""),
    hint="write requirements for it and give them `phase:`, or drop the phase",
)
PHASE_WITHOUT_MILESTONE = Rule(
    id="phase-without-milestone",
    group="structure",
    title="Phase in no milestone",
    severity={"phase": WARNING, "plan": HINT},
    why="It ships with nothing, and no milestone counts it.",
    good=_PHASE,
    bad=_PHASE.replace("milestone: v1\n", ""),
    hint="add `milestone:` with the id of a milestone",
)
PHASE_WITHOUT_CRITERIA = Rule(
    id="phase-without-criteria",
    group="structure",
    title="Phase without success criteria",
    severity={"phase": WARNING, "plan": WARNING},
    why="Nobody can tell when it is done.",
    good=_PHASE,
    bad=_PHASE.partition("\n## Success")[0],
    hint="add `## Success criteria` with 2 to 5 numbered criteria",
)
CRITERIA_COUNT = Rule(
    id="phase-criteria-count",
    group="structure",
    title="Phase with fewer than 2 or more than 5 criteria",
    severity=HINT,
    why="One criterion seldom shows a whole goal; more than five are often two phases.",
    good=_PHASE,
    bad=_PHASE.partition("2. A wrong")[0],
    hint="2 to 5 criteria are usual: add one, or split the phase",
)
CRITERION_WITHOUT_REQUIREMENT = Rule(
    id="criterion-without-requirement",
    group="structure",
    title="Criterion that verifies no requirement",
    severity={"criterion": ERROR, "phase": WARNING, "plan": HINT},
    why="It checks what nobody asked for, or a requirement was forgotten.",
    good=_PHASE,
    bad=_PHASE.replace("   - verifies: AUTH-02\n", ""),
    hint="add `- verifies: ID` below the criterion",
)
REQUIREMENT_WITHOUT_CRITERION = Rule(
    id="requirement-without-criterion",
    group="structure",
    title="Requirement that no criterion verifies",
    severity={"requirement": ERROR, "draft": None},
    why="It can be called done without anybody having looked.",
    good=_PHASE,
    bad=_PHASE.replace("   - verifies: AUTH-02\n", "   - verifies: AUTH-01\n"),
    hint="name it under `- verifies:` of a criterion of its phase",
)

COVERAGE_RULES = table(
    (
        REQUIREMENT_WITHOUT_PHASE,
        SEVERAL_PHASES,
        PHASE_WITHOUT_REQUIREMENTS,
        PHASE_WITHOUT_MILESTONE,
        PHASE_WITHOUT_CRITERIA,
        CRITERIA_COUNT,
        CRITERION_WITHOUT_REQUIREMENT,
        REQUIREMENT_WITHOUT_CRITERION,
    )
)


def check_coverage(trace: Trace) -> Iterator[Problem]:
    """Holes of the plan."""
    open_phases = [phase for phase in trace.phases if phase.status not in (*OUT, "done")]
    live = [phase for phase in trace.phases if phase.status not in OUT]
    yield from _requirements(trace)
    yield from _without_requirements(trace, open_phases)
    yield from _without_milestone(trace, live)
    yield from _without_criteria(trace, open_phases)
    yield from _criteria_links(trace, live)


def _requirements(trace: Trace) -> Iterator[Problem]:
    homeless: list[Requirement] = []
    for requirement in trace.requirements:
        if requirement.status in OUT:
            continue
        if not requirement.phases:
            homeless.append(requirement)
        elif len(requirement.phases) > 1:
            yield from _several(trace, requirement)
    if homeless and not trace.phases and len(homeless) > _FEW:
        message = f"the plan has {len(homeless)} requirements and no phase that delivers one"
        yield _for_plan(trace, REQUIREMENT_WITHOUT_PHASE, message)
        return
    for requirement in homeless:
        part = "draft" if requirement.status == "draft" else "requirement"
        message = f"{requirement.id} is in no phase"
        yield finding(REQUIREMENT_WITHOUT_PHASE, part, requirement, message)


def _several(trace: Trace, requirement: Requirement) -> Iterator[Problem]:
    phases = trace.phases_of_requirement.get(requirement.id, ())
    if len(phases) > 1:
        yield finding(
            SEVERAL_PHASES,
            "requirement",
            requirement,
            f"{requirement.id} is in {len(phases)} phases: {listed(phases)}",
            line=line_of(requirement, "phases"),
        )


def _without_requirements(trace: Trace, phases: list[Phase]) -> Iterator[Problem]:
    empty = [
        phase
        for phase in phases
        if all(each.status in OUT for each in trace.requirements_of.get(phase.id, ()))
    ]
    if not trace.requirements and len(empty) > _FEW:
        message = f"the plan has {len(empty)} phases to do and no requirement"
        yield _for_plan(trace, PHASE_WITHOUT_REQUIREMENTS, message)
        return
    for phase in empty:
        had = trace.requirements_of.get(phase.id)
        reason = "only deferred or dropped requirements" if had else "no requirements"
        message = f"{phase.title or phase.id} has {reason}"
        yield finding(PHASE_WITHOUT_REQUIREMENTS, "phase", phase, message)


def _without_milestone(trace: Trace, phases: list[Phase]) -> Iterator[Problem]:
    loose = [phase for phase in phases if not phase.milestone]
    if loose and not trace.milestones:
        message = f"the plan has no milestone for its {len(loose)} phases"
        hint = "add a file under milestones/ and name it in `milestone:` of phases"
        yield _for_plan(trace, PHASE_WITHOUT_MILESTONE, message, hint)
        return
    for phase in loose:
        message = f"{phase.title or phase.id} is in no milestone"
        yield finding(PHASE_WITHOUT_MILESTONE, "phase", phase, message)


def _without_criteria(trace: Trace, phases: list[Phase]) -> Iterator[Problem]:
    bare = [phase for phase in phases if not phase.criteria]
    if len(bare) > _FEW and not any(phase.criteria for phase in trace.phases):
        message = f"none of the {len(bare)} phases to do has a success criterion"
        yield _for_plan(trace, PHASE_WITHOUT_CRITERIA, message)
        bare = []
    for phase in bare:
        message = f"{phase.title or phase.id} has no success criteria"
        yield finding(PHASE_WITHOUT_CRITERIA, "phase", phase, message)
    for phase in phases:
        count = len(phase.criteria)
        if count and count not in _CRITERIA:
            number = "1 success criterion" if count == 1 else f"{count} success criteria"
            yield finding(
                CRITERIA_COUNT,
                "phase",
                phase,
                f"{phase.title or phase.id} has {number}",
                line=phase.criteria[0].line,
            )


def _criteria_links(trace: Trace, phases: list[Phase]) -> Iterator[Problem]:
    linked = [phase for phase in phases if any(each.verifies for each in phase.criteria)]
    names = {phase.id for phase in linked}
    for phase in linked:
        for criterion in phase.criteria:
            if not criterion.verifies:
                yield finding(
                    CRITERION_WITHOUT_REQUIREMENT,
                    "criterion",
                    phase,
                    f"criterion {criterion.id} of {phase.title or phase.id} verifies no"
                    " requirement",
                    line=criterion.line,
                )
        for requirement in trace.requirements_of.get(phase.id, ()):
            yield from _unverified(trace, phase, requirement)
    unlinked = [
        phase
        for phase in phases
        if phase.criteria and phase.id not in names and phase.id in trace.requirements_of
    ]
    if not linked and len(unlinked) > _FEW:
        message = f"no criterion of the {len(unlinked)} phases says which requirement it verifies"
        yield _for_plan(trace, CRITERION_WITHOUT_REQUIREMENT, message)
        return
    for phase in unlinked:
        yield finding(
            CRITERION_WITHOUT_REQUIREMENT,
            "phase",
            phase,
            f"no criterion of {phase.title or phase.id} says which requirement it verifies",
            line=phase.criteria[0].line,
        )


def _unverified(trace: Trace, phase: Phase, requirement: Requirement) -> Iterator[Problem]:
    out = requirement.status == "draft" or requirement.status in OUT
    if not out and requirement.id not in trace.verified_by:
        first = trace.phases_of_requirement[requirement.id][0]
        if first == phase.id:
            message = f"no criterion verifies {requirement.id}"
            yield finding(REQUIREMENT_WITHOUT_CRITERION, "requirement", requirement, message)


def _for_plan(trace: Trace, rule: Rule, message: str, hint: str = "") -> Problem:
    return finding(rule, "plan", trace.tree.plan, message, hint=hint)
