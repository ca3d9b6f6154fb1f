"""Where the numbers that a foreign plan states about itself are wrong."""

import re
from collections.abc import Iterable, Iterator

from planner.exchange.finding import finding
from planner.exchange.foreign.found import FoundPhase, FoundPlan, FoundRequirement, Stated
from planner.exchange.foreign.milestonelabels import milestone_label, version_key
from planner.model.problem import Place, Problem, Severity
from planner.trace.rule import Rule

_HEAD = "== ROADMAP.md\n# Roadmap: Kiosk\n"
_SECTION = "### Phase 1: Door\n**Plans**: {said}\nPlans:\n- [x] 01-01: Hinge\n- [ ] 01-02: Lock\n"
_TABLE = (
    "## Progress\n| Phase | Plans Complete | Status |\n|---|---|---|\n"
    "| 1. Door | {n} | In progress |\n"
)

PLAN_COUNT = Rule(
    id="import-plan-count",
    group="import",
    title="Number of plans differs from the plans listed",
    severity=Severity.HINT,
    why="Plans are missing from the list, or the number is old.",
    good=_HEAD + _SECTION.format(said="2 plans"),
    bad=_HEAD + _SECTION.format(said="3 plans"),
    hint="correct the number",
)
PROGRESS_COUNT = Rule(
    id="import-progress-count",
    group="import",
    title="Progress of a phase differs from its ticked plans",
    severity=Severity.HINT,
    why="The table or the boxes were not kept up to date.",
    good=_HEAD + _SECTION.format(said="2 plans") + _TABLE.format(n="1/2"),
    bad=_HEAD + _SECTION.format(said="2 plans") + _TABLE.format(n="2/2"),
    hint="tick the plans, or correct the row",
)
TOTAL = Rule(
    id="import-stated-total",
    group="import",
    title="A total that the plan states is wrong",
    severity=Severity.WARNING,
    why="Who trusts the number overlooks what was added or dropped since.",
    good=_HEAD
    + "### Phase 1: Door\n**Requirements**: DOOR-01\n== REQUIREMENTS.md\n## v1 Requirements\n"
    + "- [ ] **DOOR-01**: It opens\n## Traceability\n**Coverage:**\n- v1 requirements: 1 total\n",
    bad=_HEAD
    + "### Phase 1: Door\n**Requirements**: DOOR-01\n== REQUIREMENTS.md\n## v1 Requirements\n"
    + "- [ ] **DOOR-01**: It opens\n## Traceability\n**Coverage:**\n- v1 requirements: 3 total\n",
    hint="drop the number: the site counts",
)
STATE_PHASES = Rule(
    id="import-state-phases",
    group="import",
    title="STATE.md counts other phases than the roadmap",
    severity=Severity.HINT,
    why="The counter fits neither all phases nor those of the current milestone.",
    good=_HEAD + "### Phase 1: Door\n== STATE.md\n---\nprogress:\n  total_phases: 1\n---\n",
    bad=_HEAD + "### Phase 1: Door\n== STATE.md\n---\nprogress:\n  total_phases: 4\n---\n",
    hint="no harm: STATE.md is not imported",
)
RULES = (PLAN_COUNT, PROGRESS_COUNT, TOTAL, STATE_PHASES)

_MAX_STATED = 200
_VERSION = re.compile(r"v\d+(?:\.\d+)*", re.IGNORECASE)
_NUMBERED = re.compile(r"\b(?:milestone|m)\s*(\d+)\b", re.IGNORECASE)


def count_findings(plan: FoundPlan) -> Iterator[Problem]:
    """Compare every number that the plan states with what is there."""
    for phase in plan.phases:
        yield from _plans(phase)
    yield from _totals(plan)
    yield from _state(plan)


def _plans(phase: FoundPhase) -> Iterator[Problem]:
    for section in phase.details:
        real = [each for each in section.plans if not each.text.upper().startswith("TBD")]
        if not real or any("TBD" in each.text[:12] for each in real):
            continue
        done = sum(each.done is True for each in real)
        first = real[0].place
        if section.plans_said is not None and section.plans_said != len(real):
            yield finding(
                PLAN_COUNT,
                Place(section.place.path, section.plans_line),
                f"phase {phase.number} states {section.plans_said} plans and lists {len(real)}",
                related=[first],
            )
        boxed = [each for each in real if each.done is not None]
        for row in phase.rows:
            if row.plans is None or not boxed or row.plans == (done, len(real)):
                continue
            yield finding(
                PROGRESS_COUNT,
                row.place,
                f"phase {phase.number}: {row.plans[0]}/{row.plans[1]} in the table, "
                f"{done} of {len(real)} plans ticked",
                related=[each.place for each in real],
            )


def _totals(plan: FoundPlan) -> Iterator[Problem]:
    per_file: dict[str, list[Stated]] = {}
    for each in plan.stated:
        per_file.setdefault(each.place.path, []).append(each)
    tied = {tie.requirement.casefold() for tie in plan.ties}
    for stated in per_file.values():
        block: list[FoundRequirement] | None = None
        counted: list[FoundRequirement] = []
        several = sum(each.what.startswith("requirements") for each in stated) > 1
        for each in stated[:_MAX_STATED]:
            if each.what == "phases":
                yield from _compare(each, "phases", len(plan.phases), plan.phases[:1])
            elif each.what.startswith("requirements"):
                block = _block(each.what, plan, several=several)
                if block is not None:
                    counted.extend(block)
                    yield from _compare(each, "requirements", len(block) or len(tied), block[:1])
            elif each.what == "mapped" and counted:
                mapped = {one.id for one in counted if one.id.casefold() in tied}
                yield from _compare(each, "mapped requirements", len(mapped), counted[:1])
                counted = []
            elif each.what == "coverage total" and not plan.requirements:
                yield from _compare(each, "requirements", len(tied), ())


def _block(what: str, plan: FoundPlan, *, several: bool) -> list[FoundRequirement] | None:
    """The requirements that a stated total speaks of; None where that cannot be told."""
    current = [each for each in plan.requirements if each.section == "current"]
    keys = _keys(what)
    if keys:
        block = [each for each in current if keys & _keys(each.group)]
        if block:
            return block
    return None if several else current


def _keys(text: str) -> set[str]:
    label = milestone_label(text)
    found = set(label.keys) if label is not None else set()
    found.update(version_key(match[0][1:]) for match in _VERSION.finditer(text))
    found.update(f"milestone {match[1]}" for match in _NUMBERED.finditer(text))
    return found


def _compare(
    stated: Stated, what: str, count: int, first: Iterable[FoundRequirement | FoundPhase]
) -> Iterator[Problem]:
    if stated.count != count:
        yield finding(
            TOTAL,
            stated.place,
            f"the plan states {stated.count} {what}; there are {count}",
            related=[each.place for each in first],
        )


def _state(plan: FoundPlan) -> Iterator[Problem]:
    said = plan.state.get("progress.total_phases", "")
    if not said.isdigit() or len(said) > 6 or not plan.phases:
        return
    label = milestone_label(plan.state.get("milestone", ""))
    keys = set(label.keys) if label is not None else set()
    current = [each for each in plan.phases if each.milestone in keys]
    if int(said) not in {len(plan.phases), len(current)}:
        yield finding(
            STATE_PHASES,
            Place("STATE.md", 1),
            f"STATE.md counts {said} phases; the roadmap has {len(plan.phases)}"
            + (f", {len(current)} of them in the current milestone" if current else ""),
            related=[plan.phases[0].place],
        )
