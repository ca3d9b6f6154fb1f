"""Fixes for how the plan hangs together: order, coverage, statuses, days, waivers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from planner.edit.fix import Case, Fix, Fixer, criteria_with, criterion_at, setting
from planner.model.ids import number_key
from planner.model.items import (
    Criterion,
    Dependency,
    Item,
    Milestone,
    Phase,
    Requirement,
    Waiver,
)
from planner.trace.names import all_items
from planner.trace.rules import RULES
from planner.trace.waivers import near_rule

_OUT = ("deferred", "dropped")


def _by_path(case: Case) -> dict[str, Item]:
    return {each.path: each for each in all_items(case.plan.tree)}


def _related(case: Case) -> list[Item]:
    """The other items that take part, each once."""
    known = _by_path(case)
    found = [known[place.path] for place in case.problem.related if place.path in known]
    return [each for index, each in enumerate(found) if each not in found[:index]]


# -- what must come first ---------------------------------------------------------------------


def _soft(case: Case) -> Iterator[Fix]:
    """The dependency on the phase that the problem names, soft."""
    phase = case.item
    if isinstance(phase, Phase):
        for other in _related(case):
            which = [each for each in phase.depends_on if _is(case, each.phase, "phase", other)]
            yield from _softened(phase, which)


def _softened(phase: Phase, which: Iterable[Dependency]) -> Iterator[Fix]:
    wanted = list(which)
    now = tuple(
        replace(each, soft=True) if any(each is one for one in wanted) else each
        for each in phase.depends_on
    )
    if now != phase.depends_on:
        names = ", ".join(each.phase for each in wanted)
        yield setting(phase, f"make the dependency on {names} soft", {"depends_on": now})


def _cycle(case: Case) -> Iterator[Fix]:
    """The one that need not wait: of phases, one that waits for a later phase."""
    members = [case.item, *_related(case)]
    for item, other in zip(members, (*members[1:], members[0]), strict=True):
        if isinstance(item, Phase) and isinstance(other, Phase):
            if number_key(other.number) < number_key(item.number):
                continue  # made soft, the way back would still lead to a later phase
            which = [each for each in item.depends_on if _is(case, each.phase, "phase", other)]
            for fix in _softened(item, which):
                yield replace(fix, label=f"{item.id}: {fix.label}")
        elif isinstance(item, Requirement):
            yield from _relating(case, item, other)


def _relating(case: Case, item: Requirement, other: Item) -> Iterator[Fix]:
    links = tuple(
        replace(each, type="relates")
        if each.type == "depends-on" and _is(case, each.to, "requirement", other)
        else each
        for each in item.links
    )
    if links != item.links:
        label = f"{item.id}: only relate to {other.id}"
        yield setting(item, label, {"links": links})


def _is(case: Case, ref: str, kind: str, item: Item) -> bool:
    return case.plan.names.resolve(ref, kind) == item.id


def _on_later(case: Case) -> Iterator[Fix]:
    item = case.item
    if isinstance(item, Requirement):
        for other in _related(case):
            yield from _relating(case, item, other)


# -- coverage ---------------------------------------------------------------------------------


def _without_phase(case: Case) -> Iterator[Fix]:
    """The phase of all others of its category, or a later release."""
    requirement = case.item
    if not isinstance(requirement, Requirement):
        return
    category = requirement.id.rpartition("-")[0]
    phases = {
        case.plan.names.resolve(ref, "phase")
        for each in case.plan.tree.requirements
        for ref in each.phases
        if category and each.id.rpartition("-")[0] == category
    }
    if len(phases) == 1 and None not in phases:
        (phase,) = phases
        yield setting(requirement, f"give it to the phase {phase}", {"phases": (phase,)})
    yield setting(requirement, "defer it", {"status": "deferred"})


def _several_phases(case: Case) -> Iterator[Fix]:
    requirement = case.item
    if isinstance(requirement, Requirement):
        for ref in requirement.phases:
            if case.plan.names.resolve(ref, "phase"):
                yield setting(requirement, f"leave it to {ref}", {"phases": (ref,)})


def _without_milestone(case: Case) -> Iterator[Fix]:
    still_open = [
        each for each in case.plan.tree.milestones if each.status not in ("shipped", "dropped")
    ]
    if isinstance(case.item, Phase) and len(still_open) == 1:
        name = still_open[0].id
        yield setting(case.item, f"put it into {name}", {"milestone": name})


def _requirements_of(case: Case, phase: Phase) -> list[Requirement]:
    return [
        each
        for each in case.plan.tree.requirements
        if each.status not in _OUT
        and any(_is(case, ref, "phase", phase) for ref in each.phases[:1])
    ]


def _unverified(case: Case, phase: Phase) -> list[Requirement]:
    verified = {
        case.plan.names.resolve(ref, "requirement")
        for each in case.plan.tree.phases
        for criterion in each.criteria
        for ref in criterion.verifies
    }
    return [each for each in _requirements_of(case, phase) if each.id not in verified]


def _criterion_without(case: Case) -> Iterator[Fix]:
    phase = case.item
    if not isinstance(phase, Phase):
        return
    criterion = criterion_at(phase, case.problem.line)
    members = _requirements_of(case, phase)
    wanted = _unverified(case, phase) or members
    if len(wanted) == 1 and case.problem.message.startswith(f"criterion {criterion} of "):
        yield _verifying(phase, criterion, wanted[0])


def _requirement_without(case: Case) -> Iterator[Fix]:
    requirement = case.item
    for phase in case.plan.tree.phases:
        if not isinstance(requirement, Requirement):
            return
        idle = [each for each in phase.criteria if not each.verifies]
        if len(idle) == 1 and requirement in _requirements_of(case, phase):
            yield _verifying(phase, idle[0].id, requirement)


def _verifying(phase: Phase, criterion: str, requirement: Requirement) -> Fix:
    label = f"let criterion {criterion} of {phase.title or phase.id} verify {requirement.id}"
    return setting(phase, label, criteria_with(phase, criterion, verifies=[requirement.id]))


def _same_text(case: Case) -> Iterator[Fix]:
    """The later one goes."""
    if isinstance(case.item, Requirement):
        yield setting(case.item, f"drop {case.item.id}", {"status": "dropped"})
    elif isinstance(case.item, Phase):
        criterion = criterion_at(case.item, case.problem.line)
        rest = [{"id": each.id} for each in case.item.criteria if each.id != criterion]
        yield setting(case.item, f"take criterion {criterion} out", {"criteria": rest})


# -- statuses and days ------------------------------------------------------------------------


def _contradiction(case: Case) -> Iterator[Fix]:
    item, message = case.item, case.problem.message
    if isinstance(item, Milestone) and item.status == "shipped":
        yield setting(item, "it is still active", {"status": "active", "shipped": ""})
    elif isinstance(item, Milestone):
        yield setting(item, "it is shipped", {"status": "shipped"})
        yield setting(item, f"it did not ship on {item.shipped}", {"shipped": ""})
    elif isinstance(item, Phase) and _requirements_of(case, item):
        # Its requirements tell it: where all are done nothing is lost, else "done" is taken back.
        derived = message.endswith("is planned, but all its requirements are done")
        label = "take its status out: its requirements tell it"
        yield setting(item, label, {"status": ""}, certain=derived)
    elif isinstance(item, Phase):
        still_open = [each.id for each in item.criteria if each.status != "met"]
        if len(still_open) == 1:
            label = f"mark criterion {still_open[0]} as met"
            yield setting(item, label, criteria_with(item, still_open[0], status="met"))


def _open_check(case: Case) -> Iterator[Fix]:
    """The criterion that verifies a done requirement is met."""
    known = _by_path(case)
    for place in case.problem.related:
        phase = known.get(place.path)
        if isinstance(phase, Phase):
            criterion = criterion_at(phase, place.line)
            label = f"mark criterion {criterion} of {phase.title or phase.id} as met"
            yield setting(phase, label, criteria_with(phase, criterion, status="met"))


def _met_too_early(case: Case) -> Iterator[Fix]:
    """The one requirement that is open is done."""
    still_open = [each for each in _related(case) if isinstance(each, Requirement)]
    if len(still_open) == 1:
        one = still_open[0]
        yield setting(one, f"mark {one.id} as done", {"status": "done"})


def _due_later(case: Case) -> Iterator[Fix]:
    for whole in _related(case):
        day = getattr(whole, "shipped", "") or getattr(whole, "target", "")
        if day:
            yield setting(case.item, f"due on {day}", {"target": day})


# -- waivers ----------------------------------------------------------------------------------


def _unknown_rule(case: Case) -> Iterator[Fix]:
    for holder, waivers, waiver in _waivers(case):
        if case.problem.message == f"there is no rule {waiver.rule!r}":
            guess = near_rule(waiver.rule, RULES)
            if guess and guess not in {each.rule for each in waivers}:
                now = [replace(each, rule=guess) if each is waiver else each for each in waivers]
                yield _waiving(case, holder, f"name {guess}", now)
            yield _waiving(case, holder, "take the waiver out", _others(waivers, waiver))


def _unused(case: Case) -> Iterator[Fix]:
    for holder, waivers, waiver in _waivers(case):
        if case.problem.message == f"the waiver of {waiver.rule} waives nothing":
            fix = _waiving(case, holder, "take the waiver out", _others(waivers, waiver))
            yield replace(fix, certain=True)


def _waivers(case: Case) -> Iterator[tuple[Criterion | None, tuple[Waiver, ...], Waiver]]:
    """The waivers at the line of the problem: who holds them, all that it holds, and this one."""
    item, line = case.item, case.problem.line
    for index, each in enumerate(item.waive):
        if line in {each.line, item.lines.get(f"waive.{index}", 0)}:
            yield None, item.waive, each
    if isinstance(item, Phase):
        for criterion in item.criteria:
            if criterion.id == criterion_at(item, line):
                for each in criterion.waive:
                    yield criterion, criterion.waive, each


def _others(waivers: Iterable[Waiver], waiver: Waiver) -> list[Waiver]:
    return [each for each in waivers if each is not waiver]


def _waiving(case: Case, holder: Criterion | None, label: str, waivers: list[Waiver]) -> Fix:
    plain = {each.rule: each.reason for each in waivers}
    if holder is None:
        return setting(case.item, label, {"waive": plain})
    assert isinstance(case.item, Phase)
    return setting(case.item, label, criteria_with(case.item, holder.id, waive=plain))


STRUCTURE_FIXES: Mapping[str, Fixer] = {
    "dependency-cycle": _cycle,
    "later-dependency": _soft,
    "soft-described-hard": _soft,
    "requirement-depends-on-later-phase": _on_later,
    "requirement-without-phase": _without_phase,
    "requirement-in-several-phases": _several_phases,
    "phase-without-milestone": _without_milestone,
    "criterion-without-requirement": _criterion_without,
    "requirement-without-criterion": _requirement_without,
    "duplicate-text": _same_text,
    "status-contradiction": _contradiction,
    "done-but-unverified": _open_check,
    "met-before-done": _met_too_early,
    "target-after-milestone": _due_later,
    "unknown-rule": _unknown_rule,
    "unused-waiver": _unused,
}
