"""Rules about statuses: what is called done is done, and something shows it."""

from collections.abc import Iterator

from planner.model.items import Criterion, Milestone, Phase, Requirement
from planner.model.problem import Place, Problem
from planner.trace.completion import OUT, phase_progress
from planner.trace.finding import ERROR, HINT, WARNING, finding, line_of, listed, place_of, table
from planner.trace.graph import CriterionRef, Trace
from planner.trace.rule import Rule

_DONE = """\
== phases/login.md
---
title: Login
number: "01"
status: done
---
People can log in.

## Success criteria

1. A right password opens the start page. {#c1}
   - verifies: AUTH-01
   - status: met
2. A wrong password shows the login page again. {#c2}
   - verifies: AUTH-02
   - status: met
== requirements/AUTH-01.md
---
phase: login
status: done
proof: tests/test_login.py
---
The service shall ask for a password.
== requirements/AUTH-02.md
---
phase: login
status: done
proof: tests/test_refusal.py
---
The service shall refuse a wrong password.
"""
_REFUSAL_OPEN = _DONE.replace("- verifies: AUTH-02\n   - status: met", "- verifies: AUTH-02")
_REFUSAL_APPROVED = "status: approved\nproof: tests/test_refusal.py"

CONTRADICTION = Rule(
    id="status-contradiction",
    group="status",
    title="Statuses that contradict each other",
    severity=ERROR,
    why="One of the two is not true, and a reader cannot know which.",
    good=_DONE,
    bad=_DONE.replace("status: done\nproof: tests/test_refusal.py", _REFUSAL_APPROVED),
    hint="correct one of the two statuses",
)
UNRECORDED = Rule(
    id="criteria-not-recorded",
    group="status",
    title="Done phase of which no criterion is marked as met",
    severity={"phase": HINT, "plan": HINT},
    why="Nothing shows that the phase reached its goal.",
    good=_DONE,
    bad=_DONE.replace("   - status: met\n", ""),
    hint="add `- status: met` below each criterion that was seen to hold",
)
DONE_BUT_UNVERIFIED = Rule(
    id="done-but-unverified",
    group="status",
    title="Done requirement with an open criterion",
    severity=WARNING,
    why="It is called done while the check that was agreed on has not been passed.",
    good=_DONE,
    bad=_REFUSAL_OPEN,
    hint="check the criterion and set `- status: met`, or reopen the requirement",
)
DONE_WITHOUT_PROOF = Rule(
    id="done-without-proof",
    group="status",
    title="Done requirement without proof",
    severity={"requirement": WARNING, "plan": HINT},
    why="Nobody can see why it is called done, or notice when it breaks.",
    good=_DONE,
    bad=_DONE.replace("proof: tests/test_refusal.py\n", ""),
    hint="name the tests or the evidence in `proof:`",
)
MET_BEFORE_DONE = Rule(
    id="met-before-done",
    group="status",
    title="Criterion met while its requirement is open",
    severity=HINT,
    why="Either the requirement is done too, or the criterion does not check all of it.",
    good=_DONE,
    bad=_DONE.replace("status: done\nproof: tests/test_refusal.py", _REFUSAL_APPROVED),
    hint="set the status of the requirement, or reopen the criterion",
)

STATUS_RULES = table(
    (CONTRADICTION, UNRECORDED, DONE_BUT_UNVERIFIED, DONE_WITHOUT_PROOF, MET_BEFORE_DONE)
)


def check_statuses(trace: Trace) -> Iterator[Problem]:
    """Problems of statuses."""
    to_do = _phases_to_do(trace)
    for milestone in trace.milestones:
        yield from _milestone(trace, milestone, to_do)
    silent = []
    for phase in trace.phases:
        yield from _phase_status(trace, phase)
        if phase.status == "done" and phase.criteria:
            met = sum(criterion.status == "met" for criterion in phase.criteria)
            if met == 0:
                silent.append(phase)
            elif met < len(phase.criteria):
                yield _open_criteria(phase)
        for criterion in phase.criteria:
            if criterion.status == "met" and criterion.verifies:
                yield from _met(trace, phase, criterion)
    yield from _unrecorded(trace, silent)
    yield from _done_requirements(trace)


def _phases_to_do(trace: Trace) -> set[str]:
    return {
        phase.id
        for phase in trace.phases
        if phase.status not in OUT
        and not phase_progress(phase, trace.requirements_of.get(phase.id, ())).complete
    }


def _milestone(trace: Trace, milestone: Milestone, to_do: set[str]) -> Iterator[Problem]:
    line = line_of(milestone, "status")
    if milestone.status == "shipped":
        # A phase that says itself that it is done has a finding of its own.
        late = [
            phase
            for phase in trace.phases_of.get(milestone.id, ())
            if phase.id in to_do and phase.status != "done"
        ]
        if late:
            yield finding(
                CONTRADICTION,
                "milestone",
                milestone,
                f"{milestone.id} is shipped, but not done: "
                + listed([phase.title or phase.id for phase in late]),
                line=line,
                related=tuple(place_of(phase, "status") for phase in late),
            )
    elif milestone.shipped:
        yield finding(
            CONTRADICTION,
            "milestone",
            milestone,
            f"{milestone.id} shipped on {milestone.shipped}, but its status is {milestone.status}",
            line=line or line_of(milestone, "shipped"),
        )


def _phase_status(trace: Trace, phase: Phase) -> Iterator[Problem]:
    members = [each for each in trace.requirements_of.get(phase.id, ()) if each.status not in OUT]
    if not members:
        return
    still_open = [each for each in members if each.status != "done"]
    name = phase.title or phase.id
    if phase.status == "done" and still_open:
        yield finding(
            CONTRADICTION,
            "phase",
            phase,
            f"{name} is done, but not its requirements: "
            + listed([each.id for each in still_open]),
            line=line_of(phase, "status"),
            related=tuple(place_of(each, "status") for each in still_open),
        )
    elif phase.status == "planned" and not still_open:
        yield finding(
            CONTRADICTION,
            "phase",
            phase,
            f"{name} is planned, but all its requirements are done",
            line=line_of(phase, "status"),
            hint="remove `status:` of the phase: it is derived from its requirements",
        )


def _open_criteria(phase: Phase) -> Problem:
    still_open = [criterion for criterion in phase.criteria if criterion.status != "met"]
    return finding(
        CONTRADICTION,
        "phase",
        phase,
        f"{phase.title or phase.id} is done, but not its criteria: "
        + listed([criterion.id for criterion in still_open]),
        line=line_of(phase, "status"),
        related=tuple(Place(phase.path, criterion.line) for criterion in still_open),
    )


def _unrecorded(trace: Trace, phases: list[Phase]) -> Iterator[Problem]:
    if len(phases) > 1 and not _records_met(trace):
        message = f"{len(phases)} phases are done, but no criterion of the plan is marked as met"
        yield finding(UNRECORDED, "plan", trace.tree.plan, message)
        return
    for phase in phases:
        message = f"{phase.title or phase.id} is done, but none of its criteria is marked as met"
        line = line_of(phase, "status")
        yield finding(UNRECORDED, "phase", phase, message, line=line)


def _records_met(trace: Trace) -> bool:
    return any(criterion.status == "met" for phase in trace.phases for criterion in phase.criteria)


def _met(trace: Trace, phase: Phase, criterion: Criterion) -> Iterator[Problem]:
    verified = [trace.resolve(ref, "requirement") for ref in criterion.verifies]
    still_open = [
        trace.requirement_by_id[each]
        for each in verified
        if each and trace.requirement_by_id[each].status not in (*OUT, "done")
    ]
    if still_open:
        yield finding(
            MET_BEFORE_DONE,
            "criterion",
            phase,
            f"criterion {criterion.id} is met, but what it verifies is not done: "
            + listed([each.id for each in still_open]),
            line=criterion.lines.get("status") or criterion.line,
            related=tuple(place_of(each, "status") for each in still_open),
        )


def _done_requirements(trace: Trace) -> Iterator[Problem]:
    done = [each for each in trace.requirements if each.status == "done"]
    for requirement in done:
        yield from _open_checks(trace, requirement)
    without = [each for each in done if not each.proof and not _proved(trace, each)]
    if len(without) > 1 and not _records_proof(trace):
        message = f"{len(without)} requirements are done, but the plan records no proof of any"
        yield finding(DONE_WITHOUT_PROOF, "plan", trace.tree.plan, message)
        return
    for requirement in without:
        message = f"{requirement.id} is done, but nothing proves it"
        line = line_of(requirement, "status")
        yield finding(DONE_WITHOUT_PROOF, "requirement", requirement, message, line=line)


def _open_checks(trace: Trace, requirement: Requirement) -> Iterator[Problem]:
    """Open criteria of which every requirement is done: nothing is left to wait for."""
    for ref in trace.verified_by.get(requirement.id, ()):
        if ref.criterion.status == "open" and _all_done(trace, ref):
            phase = trace.phase_by_id[ref.phase_id]
            yield finding(
                DONE_BUT_UNVERIFIED,
                "requirement",
                requirement,
                f"{requirement.id} is done, but criterion {ref.criterion.id} of"
                f" {phase.title or phase.id}, which verifies it, is open",
                line=line_of(requirement, "status"),
                related=(Place(phase.path, ref.criterion.line),),
            )


def _all_done(trace: Trace, ref: CriterionRef) -> bool:
    verified = (trace.resolve(name, "requirement") for name in ref.criterion.verifies)
    return all(trace.requirement_by_id[each].status in (*OUT, "done") for each in verified if each)


def _proved(trace: Trace, requirement: Requirement) -> bool:
    """Whether a criterion that verifies it is met and names its own proof."""
    return any(
        ref.criterion.status == "met" and ref.criterion.proof
        for ref in trace.verified_by.get(requirement.id, ())
    )


def _records_proof(trace: Trace) -> bool:
    return any(each.proof for each in trace.requirements) or any(
        criterion.proof for phase in trace.phases for criterion in phase.criteria
    )
