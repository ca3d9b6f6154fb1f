"""What the planner process does for an interview: the engine, on the plan as it is now.

The worker hands in what was stored; nothing of it is trusted to name more than it may: answers are
checked by the questions that they belong to, and parts are changed by the fields that they have.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.codec.plain_values import plain_value
from planner.editing import Create, Operation, SetFields
from planner.errors import EditError, PlannerError
from planner.interview.state import How
from planner.interviewing import (
    IN_PLAN,
    Answer,
    Brief,
    Card,
    Draft,
    Interview,
    Option,
    Proposal,
    Question,
    active,
    checked,
    draft,
    edits,
    everything,
    from_idea,
    from_plan,
    from_readme,
    gaps_of,
    kept,
    mark_of,
    open_cards,
)
from planner.model.items import Item, PlanTree
from service.interview.draft_parts import parts_of
from service.interview.origins import Origins, origins
from service.interview.records import (
    CardRecord,
    GapsRecord,
    InterviewRecord,
    KnownRecord,
    OptionRecord,
)
from service.planner_wire import PLAN
from service.planning.edits import CreateEdit, OneEdit, SetEdit, TogetherEdit
from service.planning.recording import to_wire

_ROUND = 5
_WAYS: tuple[How, ...] = ("option", "other", "out", "unknown")
_QUICK = 5
# What a standard interview does not ask: matters of little weight.
_LIGHT = 6
_MOST_KNOWN = 60


class InterviewOps:
    """The operations of interviews; `tree` gives the plan (None: there is none yet)."""

    def __init__(self, tree: Callable[[], PlanTree | None]) -> None:
        self._tree = tree

    def table(self) -> Mapping[str, Callable[..., Any]]:
        """The operations by name."""
        return {f"{PLAN}{op.__name__}": op for op in (self.interview, self.checked_answer)}

    def interview(
        self,
        brief: Mapping[str, str],
        answers: Sequence[Mapping[str, str]],
        extra: Sequence[Mapping[str, Any]],
        proposed: Sequence[Mapping[str, Any]],
        passed: Sequence[str],
        decisions: Mapping[str, Mapping[str, Any]],
        owner: str,
        depth: str,
        session: str,
    ) -> Any:
        """`InterviewRecord`: the interview as it stands; `session` is its id."""
        tree = self._tree()
        state = _state(brief, answers, extra, proposed, owner, tree)
        models = {each["key"]: each["model"] for each in proposed}
        made = draft(state)
        shown = _edited(made, decisions)
        cards = [each for each in open_cards(state) if each.question.id not in passed]
        cards = _by_depth(cards, depth, len(state.answers))
        found = gaps_of(state, shown)
        edit, problem = _edit(made, decisions, tree, session, models)
        ids = {each.id for each in state.extra}
        asked = {each.id: each for each in active(state)}
        return to_wire(
            InterviewRecord(
                cards=tuple(_card(each, made, ids) for each in cards[:_ROUND]),
                answered=tuple(
                    _answered(asked[key], answer, ids)
                    for key, answer in state.answers.items()
                    if key in asked
                ),
                remaining=max(0, len(cards) - _ROUND),
                gaps=GapsRecord(
                    must=len(found.must),
                    open=len(found.open),
                    phases_without_criterion=len(found.phases_without_criterion),
                    requirements_without_criterion=len(found.requirements_without_criterion),
                    criteria_without_requirement=len(found.criteria_without_requirement),
                    wording=len(found.wording),
                    count=found.count,
                ),
                title=made.title,
                parts=parts_of(shown, decisions, found.wording, models),
                edit=edit,
                problem=problem,
                has_plan=tree is not None,
                known=_known(tree),
                items=_size(tree),
            )
        )

    def checked_answer(
        self,
        brief: Mapping[str, str],
        answers: Sequence[Mapping[str, str]],
        extra: Sequence[Mapping[str, Any]],
        proposed: Sequence[Mapping[str, Any]],
        answer: Mapping[str, str],
        owner: str,
    ) -> Any:
        """The answer in its normal form, with the words of its question.

        Raises EditError for an unknown question, or for what it cannot take.
        """
        state = _state(brief, answers, extra, proposed, owner, self._tree())
        given = _answer(answer)
        # One whose condition does not hold any more may still be answered: the page was open.
        known = {each.id: each for each in active(state)}
        question = known.get(given.question)
        if question is None:
            raise EditError(
                "this question is not asked any more: another answer made it needless",
                "look at the questions again",
            )
        made = checked(question, given)
        return {"how": made.how, "value": made.value, "question": question.text}


def _state(
    brief: Mapping[str, str],
    answers: Sequence[Mapping[str, str]],
    extra: Sequence[Mapping[str, Any]],
    proposed: Sequence[Mapping[str, Any]],
    owner: str,
    tree: PlanTree | None,
) -> Interview:
    return Interview(
        brief=_brief(brief, tree),
        answers={each["question"]: _answer(each) for each in answers},
        extra=tuple(_question(each) for each in extra),
        proposed=tuple(_proposal(each) for each in proposed),
        owner=owner,
    )


def _brief(brief: Mapping[str, str], tree: PlanTree | None) -> Brief:
    text = brief["text"]
    if brief["source"] == "plan" and tree is not None:
        return from_plan(tree, text)
    if brief["source"] == "readme":
        return from_readme(text, tree)
    return from_idea(text, plan=tree)


def _answer(values: Mapping[str, str]) -> Answer:
    how = next((each for each in _WAYS if each == values["how"]), None)
    if how is None:
        raise EditError("this is no way to answer", "choose one of the readings")
    by, at = values.get("by", ""), values.get("at", "")
    return Answer(values["question"], how, values["value"], by, at)


def _question(values: Mapping[str, Any]) -> Question:
    """A question of a model: it sets nothing but a line of the milestone."""
    options = tuple(
        Option(
            each["id"],
            each["text"],
            because=each["because"],
            constraint=each["constraint"],
        )
        for each in values["options"]
    )
    return Question(
        id=values["id"],
        domain=values["domain"],
        topic=values["topic"],
        text=values["text"],
        why=values["why"],
        type="choice",
        affects=tuple(values["affects"]),
        options=options,
        impact=values["impact"],
        uncertainty=values["uncertainty"],
        constraint="{value}",
    )


def _proposal(values: Mapping[str, Any]) -> Proposal:
    """A part that a model proposed; `answer` is what it rests on, None: the brief."""
    answer = values["answer"]
    return Proposal(
        kind=values["kind"],
        key=values["key"],
        text=values["text"],
        source=answer["question"] if answer else "",
        mark=mark_of(_answer(answer)) if answer else "",
        title=values["title"],
        phase=values["phase"],
        after=tuple(values["after"]),
        verifies=tuple(values["verifies"]),
        rationale=values["rationale"],
    )


def _known(tree: PlanTree | None) -> tuple[KnownRecord, ...]:
    if tree is None:
        return ()
    return tuple(
        KnownRecord(
            key=f"{IN_PLAN}{phase.id}",
            title=phase.title,
            goal=phase.goal,
            requirements={
                each.id: each.text for each in tree.requirements if each.phase == phase.id
            },
        )
        for phase in tree.phases[:_MOST_KNOWN]
    )


def _by_depth(cards: list[Card], depth: str, answered: int) -> list[Card]:
    """What is asked at this depth: five questions, those of some weight, or all."""
    if depth == "quick":
        return cards[: max(0, _QUICK - answered)]
    if depth == "standard":
        return [each for each in cards if each.question.must or each.weight >= _LIGHT]
    return cards


def _edited(made: Draft, decisions: Mapping[str, Mapping[str, Any]]) -> Draft:
    """The whole draft with the texts that people changed, dropped parts included."""
    changes = {key: dict(each["changes"]) for key, each in decisions.items()}
    return kept(made, {key: changes.get(key, {}) for key in everything(made)})


def _edit(
    made: Draft,
    decisions: Mapping[str, Mapping[str, Any]],
    tree: PlanTree | None,
    session: str,
    models: Mapping[str, str],
) -> tuple[TogetherEdit | None, str]:
    """What the accepted parts would do to the plan, or why they cannot."""
    accepted = {
        key: dict(each["changes"])
        for key, each in decisions.items()
        if each["decision"] == "accepted"
    }
    if not accepted or tree is None:
        return None, ""
    try:
        counts = {each.id: len(each.criteria) for each in tree.phases}
        made_of = origins(kept(made, accepted), decisions, session, models, counts)
        operations = edits(made, accepted, tree)
        found = tuple(_as_edit(each, made_of, tree) for each in operations)
    except PlannerError as error:
        return None, error.message
    return (TogetherEdit(edits=found) if found else None), ""


def _as_edit(operation: Operation, origin: Origins, tree: PlanTree) -> OneEdit:
    """An operation of the planner as what the worker sends back to be looked at and saved."""
    if isinstance(operation, Create):
        fields, provenance = _plain(operation.fields), origin.next_of(operation.kind)
        values = {
            "kind": operation.kind,
            "fields": {**fields, **({"provenance": provenance} if provenance else {})},
            "id": operation.id,
            "category": operation.category,
            "after": operation.after,
        }
        return CreateEdit.model_validate(values, strict=False)
    if isinstance(operation, SetFields):
        changes, provenance = _plain(operation.changes), origin.of(operation.kind, operation.id)
        if provenance:
            changes["provenance"] = {**_held(tree, operation), **provenance}
        return SetEdit.model_validate(
            {
                "kind": operation.kind,
                "id": operation.id,
                "changes": changes,
                "blob": operation.blob,
            },
            strict=False,
        )
    raise EditError(f"an interview makes no {type(operation).__name__}")


def _held(tree: PlanTree, operation: SetFields) -> Mapping[str, Any]:
    """The provenance that an item has already."""
    items: tuple[Item, ...] = tree.phases if operation.kind == "phase" else tree.requirements
    item = next((each for each in items if each.id == operation.id), None)
    return plain_value(item.provenance) or {} if item is not None else {}


def _plain(values: Mapping[str, object]) -> dict[str, Any]:
    """Values of fields as JSON has them; what says nothing is left out."""
    plain = {name: plain_value(value) for name, value in values.items()}
    return {name: value for name, value in plain.items() if value not in ("", [])}


def _card(card: Card, made: Draft, by_model: set[str]) -> CardRecord:
    asked = card.question
    before = made.phase(f"phase:{card.before}")
    return _record(
        asked,
        by_model,
        because=card.because,
        recommended=card.recommended,
        reason=card.reason,
        before=f"{before.number} {before.title}" if before is not None else "",
    )


def _answered(question: Question, answer: Answer, by_model: set[str]) -> CardRecord:
    return _record(
        question, by_model, how=answer.how, value=answer.value, said=_said(question, answer)
    )


def _record(question: Question, by_model: set[str], **more: str) -> CardRecord:
    assumed = question.option(question.assume)
    values: dict[str, str] = {
        "because": "", "recommended": "", "reason": "", "before": "", "how": "", "value": "",
        "said": "", **more,
    }  # fmt: skip
    return CardRecord(
        id=question.id,
        topic=question.topic,
        text=question.text,
        why=question.why,
        affects=question.affects,
        type=question.type,
        unit=question.unit,
        options=tuple(
            OptionRecord(id=each.id, text=each.text, adds=tuple(add.title for add in each.adds))
            for each in question.options
        ),
        assume=assumed.text if assumed is not None else "",
        must=question.must,
        by_model=question.id in by_model,
        **values,
    )


def _said(question: Question, answer: Answer) -> str:
    if answer.how == "unknown":
        return "Nobody knows yet."
    if answer.how == "out":
        return "Not in this release."
    option = question.option(answer.value) if answer.how == "option" else None
    return option.text if option is not None else answer.value


def _size(tree: PlanTree | None) -> int:
    if tree is None:
        return 0
    return len(tree.milestones) + len(tree.phases) + len(tree.requirements)
