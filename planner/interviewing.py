"""The interview, as the command line and the service use it: questions in, edits out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from planner.edit.creating import Create
from planner.edit.draft import Operation
from planner.edit.fields import SetFields
from planner.interview.asking import (
    ROUND,
    Card,
    active,
    known_questions,
    next_cards,
    next_round,
    open_cards,
)
from planner.interview.counting import Gaps, findings, gaps, gaps_of
from planner.interview.draft import (
    PHASE,
    Draft,
    DraftAssumption,
    DraftChange,
    DraftCriterion,
    DraftLine,
    DraftMilestone,
    DraftPart,
    DraftPhase,
    DraftRequirement,
)
from planner.interview.drafting import draft
from planner.interview.effects import ended, mark_of
from planner.interview.items import items_of
from planner.interview.keeping import Accepted, editable, everything, kept
from planner.interview.minding import checked
from planner.interview.minting import Minted
from planner.interview.probes import built_in
from planner.interview.proposal import IN_PLAN, Proposal
from planner.interview.questions import Addition, Option, Question, Target
from planner.interview.sources import from_idea, from_plan, from_readme, looks_like_readme
from planner.interview.state import Answer, Brief, Interview
from planner.model.fields import kind_of
from planner.model.items import Criterion, Phase, PlanTree
from planner.trace.assumptions import with_status

__all__ = [
    "IN_PLAN",
    "PHASE",
    "ROUND",
    "Accepted",
    "Addition",
    "Answer",
    "Brief",
    "Card",
    "Draft",
    "DraftAssumption",
    "DraftChange",
    "DraftCriterion",
    "DraftLine",
    "DraftMilestone",
    "DraftPart",
    "DraftPhase",
    "DraftRequirement",
    "Gaps",
    "Interview",
    "Option",
    "Proposal",
    "Question",
    "Target",
    "active",
    "built_in",
    "checked",
    "draft",
    "editable",
    "edits",
    "everything",
    "findings",
    "from_idea",
    "from_plan",
    "from_readme",
    "gaps",
    "gaps_of",
    "kept",
    "known_questions",
    "looks_like_readme",
    "mark_of",
    "next_cards",
    "next_round",
    "open_cards",
]

_CATEGORY = "APP"  # how ids begin in a plan that has no requirement yet
_MILESTONE = ("title", "target", "overview", "constraints", "out_of_scope")
_PHASE = (
    "title",
    "number",
    "milestone",
    "depends_on",
    "goal",
    "assumptions",
    "criteria",
)
_REQUIREMENT = ("title", "phases", "type", "status", "priority", "text", "rationale", "tags")


def edits(
    made: Draft, accepted: Accepted, plan: PlanTree, taken: Iterable[str] = ()
) -> tuple[Operation, ...]:
    """What the accepted parts of a draft change in `plan`, for one commit.

    Ids are given anew, so that they are free in `plan` and not in `taken` (what other branches
    have).  Raises EditError for a part that was changed where it cannot be.
    """
    wanted = _with_ids(kept(made, accepted), plan, taken)
    return tuple(_operations(wanted, plan))


def _with_ids(made: Draft, plan: PlanTree, taken: Iterable[str]) -> Draft:
    minted = Minted(plan, taken)
    if made.milestone is None:
        return made
    return replace(
        made,
        milestone=replace(made.milestone, id=minted.milestone(made.milestone.title)),
        phases=tuple(
            replace(each, id=minted.phase(each.title), number=minted.number())
            for each in made.phases
        ),
        requirements=tuple(
            replace(each, id=minted.requirement(each.id.rpartition("-")[0]))
            for each in made.requirements
        ),
    )


def _operations(made: Draft, plan: PlanTree) -> Iterator[Operation]:
    if made.statement and not plan.plan.statement.strip() and made.milestone is not None:
        yield SetFields("plan", "plan", {"statement": made.statement}, plan.plan.blob)
    items = items_of(made)
    for milestone in items.milestones:
        yield _create("milestone", milestone, _MILESTONE)
    for phase in items.phases.values():
        yield _create("phase", phase, _PHASE)
    for requirement in items.requirements.values():
        yield _create("requirement", requirement, _REQUIREMENT)
    yield from _changes(made.changes, plan)


def _create(kind: str, item: Any, names: tuple[str, ...]) -> Create:
    return Create(kind, {name: getattr(item, name) for name in names}, item.id)


def _changes(changes: Iterable[DraftChange], plan: PlanTree) -> Iterator[Operation]:
    """One edit an item: new criteria of one phase come together.

    Each is based on the item as `plan` has it, so that what others save meanwhile is merged.
    """
    fields: dict[tuple[str, str], dict[str, object]] = {}
    added: dict[str, list[Criterion]] = {}
    assumed: dict[str, str] = {}
    category = "" if plan.requirements else _CATEGORY
    for each in changes:
        if each.is_requirement:
            texts = {"title": each.title, "text": each.after, "rationale": each.rationale}
            told = {name: text for name, text in texts.items() if text}
            yield Create("requirement", {"phases": (each.id,), **told}, category=category)
        elif each.field == "assumptions":
            section = assumed.get(each.id) or _assumptions_of(plan, each.id)
            known = each.after in {"held", "wrong"}
            note = "" if known else f"It was otherwise: {ended(each.after)}"
            status = each.after if known else "wrong"
            assumed[each.id] = with_status(section, each.before, status, note)
        elif each.criterion == "+":
            new = Criterion(id="", text=each.after, verifies=each.verifies)
            added.setdefault(each.id, []).append(new)
        else:
            value: object = (each.after,) if each.field == "phases" else each.after
            fields.setdefault((each.kind, each.id), {})[each.field] = value
    phases: dict[str, Phase] = {each.id: each for each in plan.phases}
    for phase_id, criteria in added.items():
        if phase_id in phases:
            together = (*phases[phase_id].criteria, *criteria)
            fields.setdefault(("phase", phase_id), {})["criteria"] = together
    for phase_id, section in assumed.items():
        fields.setdefault(("phase", phase_id), {})["assumptions"] = section
    blobs = {(kind_of(each), each.id): each.blob for each in (*plan.phases, *plan.requirements)}
    for (kind, item_id), values in fields.items():
        yield SetFields(item_id, kind, values, blobs.get((kind, item_id), ""))


def _assumptions_of(plan: PlanTree, phase_id: str) -> str:
    return next((each.assumptions for each in plan.phases if each.id == phase_id), "")
