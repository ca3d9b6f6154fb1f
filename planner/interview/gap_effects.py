"""What an answer to a question about a plan's gap changes in the plan."""

from collections.abc import Iterator

from planner.interview.capability import capability
from planner.interview.draft import DraftChange
from planner.interview.effects import digest, ended, lines_of
from planner.interview.questions import Question, Target
from planner.interview.state import Answer
from planner.model.items import Phase, PlanTree, Requirement


def changes_of(plan: PlanTree, question: Question, answer: Answer) -> Iterator[DraftChange]:
    """The changes; none where the item is gone, or where nobody knows."""
    target = question.target
    if target is None or answer.how == "unknown":
        return
    item = _item(plan, target.kind, target.id)
    if item is None:
        return
    key = f"{question.id}/{digest(answer.value if answer.how != 'out' else 'out')}"
    if target.field == "assumptions":
        yield from _assumption(key, question, target, answer)
    elif answer.how == "out":
        yield _set(key, question, item, "status", "deferred")
    elif target.criterion == "+":
        yield from _criteria(plan, key, question, item, answer.value)
    elif target.field == "requirements":
        yield from _requirements(question, item.id, answer.value)
    elif target.field == "phases":
        yield from _phase(plan, key, question, item, answer.value)
    else:
        yield _set(key, question, item, target.field, ended(answer.value))


def _assumption(
    key: str, question: Question, target: Target, answer: Answer
) -> Iterator[DraftChange]:
    """The new status of an entry, or what is true instead.  Out of scope means nothing here."""
    if answer.how != "out":
        yield DraftChange(
            key=key,
            kind="phase",
            id=target.id,
            field="assumptions",
            before=target.criterion,
            after=answer.value,
            source=question.id,
        )


def _requirements(question: Question, phase: str, value: str) -> Iterator[DraftChange]:
    """A new requirement for each line."""
    for line in dict.fromkeys(map(capability, lines_of(value))):
        yield DraftChange(
            key=f"{question.id}/line/{digest(line)}",
            kind="phase",
            id=phase,
            field="requirements",
            before="",
            after=f"The system shall let a user {line}.",
            source=question.id,
        )


def _item(plan: PlanTree, kind: str, item_id: str) -> Phase | Requirement | None:
    items: tuple[Phase | Requirement, ...] = plan.phases if kind == "phase" else plan.requirements
    return next((each for each in items if each.id == item_id), None)


def _set(
    key: str, question: Question, item: Phase | Requirement, field: str, value: str
) -> DraftChange:
    kind = "phase" if isinstance(item, Phase) else "requirement"
    old = getattr(item, field)
    before = old if isinstance(old, str) else ", ".join(old)
    return DraftChange(key, kind, item.id, field, before, value, question.id)


def _phase(
    plan: PlanTree, key: str, question: Question, item: Phase | Requirement, value: str
) -> Iterator[DraftChange]:
    if value == "later":
        yield _set(key, question, item, "status", "deferred")
    elif any(each.id == value for each in plan.phases):
        yield _set(key, question, item, "phases", value)


def _criteria(
    plan: PlanTree, key: str, question: Question, item: Phase | Requirement, value: str
) -> Iterator[DraftChange]:
    """New criteria of a phase, for the requirements that none verifies."""
    if isinstance(item, Requirement):
        phase = item.phase
        verifies: tuple[str, ...] = (item.id,)
        lines: tuple[str, ...] = (" ".join(value.split()),)
    else:
        phase = item.id
        verifies = tuple(each.id for each in plan.requirements if each.phase == phase)
        lines = lines_of(value)
    for line in lines:
        yield DraftChange(
            key=f"{key}/{digest(line)}",
            kind="phase",
            id=phase,
            field="criteria",
            before="",
            after=ended(line),
            source=question.id,
            criterion="+",
            verifies=verifies,
        )
