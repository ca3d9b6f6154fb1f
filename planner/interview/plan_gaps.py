"""The open gaps of a plan as questions: each answer mends the gap that it was asked for."""

from collections.abc import Iterator

from planner.interview.effects import digest
from planner.interview.questions import Option, Question, Target
from planner.model.items import Phase, PlanTree, Requirement
from planner.model.problem import Severity
from planner.trace.assumptions import Assumption, read_assumptions
from planner.trace.wording import WordingTerms, check_item, collect_terms

DOMAIN = "plan"
_OUT = frozenset({"dropped", "deferred", "done", "shipped"})
_MOST_OPTIONS = 8


def questions_about(tree: PlanTree) -> tuple[Question, ...]:
    """What the plan leaves open, in the order of its files."""
    return tuple(_about(tree))


def _about(tree: PlanTree) -> Iterator[Question]:
    terms = collect_terms(tree)
    verified = {each for phase in tree.phases for one in phase.criteria for each in one.verifies}
    phases = {each.id: each for each in tree.phases}
    for phase in tree.phases:
        if phase.status not in _OUT:
            yield from _about_phase(tree, phase)
    for requirement in tree.requirements:
        if requirement.status in _OUT:
            continue
        phase_of = phases.get(requirement.phase)
        if not requirement.phases and tree.phases:
            yield _phase_wanted(tree, requirement)
        elif phase_of is not None and phase_of.criteria and requirement.id not in verified:
            yield _criterion_wanted(requirement, phase_of)
        yield from _wording(requirement, terms)


def _about_phase(tree: PlanTree, phase: Phase) -> Iterator[Question]:
    name = phase.title or phase.id
    if not phase.goal.strip():
        yield Question(
            id=f"{DOMAIN}.{phase.id}.goal",
            domain=DOMAIN,
            topic=f"Goal of {name}",
            text=f"What is true for somebody outside when “{name}” is done?",
            why="A phase without a goal cannot be called done, nor cut.",
            type="text",
            affects=(f"{phase.id}: goal",),
            impact=5,
            uncertainty=5,
            must=True,
            target=Target("phase", phase.id, "goal"),
        )
    mine = [each for each in tree.requirements if each.phase == phase.id]
    for assumption in read_assumptions(phase.assumptions):
        if assumption.status not in {"held", "wrong"}:
            yield _assumption(phase, assumption, begun=_has_begun(phase, mine))
    if all(each.status in _OUT - {"done"} for each in mine):
        yield Question(
            id=f"{DOMAIN}.{phase.id}.requirements",
            domain=DOMAIN,
            topic=f"Requirements of {name}",
            text=f"What can one do when “{name}” is done? One thing per line, with a verb first.",
            why="A phase that delivers nothing cannot be planned, and nobody knows what it is for.",
            type="lines",
            affects=("new requirements", f"{phase.id}: what it delivers"),
            impact=5,
            uncertainty=5,
            must=True,
            target=Target("phase", phase.id, "requirements"),
        )
    if not phase.criteria and any(each.phase == phase.id for each in tree.requirements):
        yield Question(
            id=f"{DOMAIN}.{phase.id}.criteria",
            domain=DOMAIN,
            topic=f"Success of {name}",
            text=f"By which two to five things does one see that “{name}” is done? One per line.",
            why="Without a criterion nobody can tell when the phase is done.",
            type="lines",
            affects=(f"{phase.id}: success criteria",),
            impact=5,
            uncertainty=4,
            must=True,
            target=Target("phase", phase.id, "criteria", "+"),
        )


def _has_begun(phase: Phase, mine: list[Requirement]) -> bool:
    started = any(each.status in {"in-progress", "done"} for each in mine)
    return phase.status == "active" or started


def _assumption(phase: Phase, entry: Assumption, *, begun: bool) -> Question:
    why = "The phase that rests on it has begun." if begun else "The phase rests on it."
    return Question(
        id=f"{DOMAIN}.{phase.id}.assumption.{digest(entry.text)}",
        domain=DOMAIN,
        topic=f"Assumption of {phase.title or phase.id}",
        text=f"Does it hold: “{entry.text}”",
        why=why,
        options=(
            Option("held", "Yes, it holds", value="held"),
            Option("wrong", "No; what rests on it has to change", value="wrong"),
        ),
        affects=(f"{phase.id}: assumptions",),
        impact=4,
        uncertainty=4,
        must=begun,
        target=Target("phase", phase.id, "assumptions", entry.text),
    )


def _criterion_wanted(requirement: Requirement, phase: Phase) -> Question:
    return Question(
        id=f"{DOMAIN}.{requirement.id}.criterion",
        domain=DOMAIN,
        topic=f"Criterion for {requirement.id}",
        text=f"What would an outsider do and see, if {requirement.id} holds?",
        why=f"No criterion verifies it: “{_short(requirement)}”.",
        type="text",
        affects=(f"{phase.id}: success criteria",),
        impact=4,
        uncertainty=4,
        must=True,
        target=Target("requirement", requirement.id, "criteria", "+"),
    )


def _phase_wanted(tree: PlanTree, requirement: Requirement) -> Question:
    live = [each for each in tree.phases if each.status not in _OUT]
    options = [
        Option(each.id, f"{each.number} {each.title or each.id}".strip(), value=each.id)
        for each in live[:_MOST_OPTIONS]
    ]
    options.append(Option("later", "Not now: it is deferred", value="later"))
    return Question(
        id=f"{DOMAIN}.{requirement.id}.phase",
        domain=DOMAIN,
        topic=f"Phase of {requirement.id}",
        text=f"Which phase delivers {requirement.id}?",
        why=f"What stands in no phase is never built: “{_short(requirement)}”.",
        options=tuple(options),
        affects=(f"{requirement.id}: phase",),
        impact=4,
        uncertainty=3,
        must=True,
        target=Target("requirement", requirement.id, "phases"),
    )


def _wording(requirement: Requirement, terms: WordingTerms) -> Iterator[Question]:
    found = [each for each in check_item(requirement, terms) if each.severity is not Severity.HINT]
    if not found:
        return
    worst = any(each.severity is Severity.ERROR for each in found)
    yield Question(
        id=f"{DOMAIN}.{requirement.id}.text",
        domain=DOMAIN,
        topic=f"Wording of {requirement.id}",
        text=f"How is {requirement.id} to be worded? Now: “{_short(requirement)}”",
        why="; ".join(f"{each.message} ({each.hint})" for each in found[:2]) + ".",
        type="text",
        affects=(f"{requirement.id}: text",),
        impact=4 if worst else 3,
        uncertainty=3,
        must=worst,
        target=Target("requirement", requirement.id, "text"),
    )


def _short(requirement: Requirement) -> str:
    text = " ".join(requirement.text.split())
    return text if len(text) <= 200 else f"{text[:199]}…"
