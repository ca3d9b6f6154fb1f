"""What the form of an item shows beside its values.  Runs in the planner process."""

from collections.abc import Container, Iterable

from planner.codec.plain_values import plain_value
from planner.edit.references import mentions_of
from planner.edit.state import PlanState
from planner.editing import (
    Affected,
    Editor,
    Preview,
    SetFields,
    deletion_of,
    fixes_for,
    impact_of,
    touched_by,
)
from planner.errors import MissingError
from planner.model.fields import kind_of
from planner.model.items import Item
from planner.model.problem import Problem
from planner.trace.names import fold
from service.planning.listing import outline_record
from service.planning.placing import place_of
from service.planning.recording import item_record, problem_record, reference_record
from service.planning.records import (
    AffectedRecord,
    CheckRecord,
    ChecksRecord,
    FixRecord,
    FormRecord,
    UnreadableRecord,
)

_CHOSEN = ("phase", "milestone")
# Fixes are tried out one by one, which takes the longer the larger the file is: of a file full of
# findings the first ones get theirs.
_MOST_FIXED = 40
_MOST_CHARACTERS = 400_000


def form_record(
    editor: Editor, ref: str, kind: str, branch: str, proposal: str, *, deleting: bool
) -> FormRecord:
    """All that the form of an item shows; when it is to be deleted, what that would mean as well.

    Raises as `Editor.open` does.
    """
    opened = editor.open(ref, kind, branch=branch, proposal=proposal)
    plan = editor.at(opened.commit)
    problems = editor.problems(plan)
    # Each look for references goes through the whole plan: those of `opened` are taken.
    references = (*opened.references, *mentions_of(plan.tree, opened.item))
    return FormRecord(
        item=item_record(opened, problems),
        outline=outline_record(opened.branch, opened.commit, plan.tree, _CHOSEN),
        checks=_checks(plan, opened.item, problems, new=()),
        impact=_affected(impact_of(references)),
        deletion=_affected(deletion_of(plan, opened.item)) if deleting else (),
    )


def checks_record(seen: Preview, before: PlanState) -> ChecksRecord:
    """What the checks say of the edited item; `before` is the plan that the edit rests on."""
    draft = seen.draft
    item = seen.after.find(draft.kind, draft.id)
    path = item.path if item is not None else ""
    new = set(seen.new_problems)
    return ChecksRecord(
        id=draft.id,
        checks=_checks(seen.after, item, seen.problems, new) if item is not None else (),
        elsewhere=tuple(problem_record(each) for each in seen.new_problems if each.path != path),
        fixed=len(seen.fixed),
        merged=tuple(each.name for fields in draft.merged.values() for each in fields),
        clashes=tuple(each.field for clash in draft.clashes for each in clash.clashes),
        touched=touched_by(seen, before),
        notes=draft.notes,
    )


def unreadable_record(
    plan: PlanState, problems: Iterable[Problem], ref: str, kind: str
) -> UnreadableRecord:
    """The file of an item that cannot be read.  Raises MissingError when there is none such."""
    for lost in plan.tree.unreadable:
        if fold(lost.id) == fold(ref) and lost.kind == kind:
            return UnreadableRecord(
                path=lost.path,
                text=lost.text,
                problems=tuple(problem_record(e) for e in problems if e.path == lost.path),
            )
    raise MissingError(f"there is no unreadable {kind} {ref!r} in the plan")


def _checks(
    plan: PlanState, item: Item, problems: Iterable[Problem], new: Container[Problem]
) -> tuple[CheckRecord, ...]:
    own = sorted((each for each in problems if each.path == item.path), key=lambda e: e.line)
    size = len(plan.data([item.path])[item.path]) if own else 1
    most = min(_MOST_FIXED, _MOST_CHARACTERS // max(size, 1))
    return tuple(
        CheckRecord(
            problem=problem_record(each, place_of(item, each)),
            new=each in new,
            fixes=_fixes(plan, item, each) if number < most else (),
        )
        for number, each in enumerate(own)
    )


def _fixes(plan: PlanState, item: Item, problem: Problem) -> tuple[FixRecord, ...]:
    """The mends that the form of the item can take: those that set fields of it alone."""
    kind = kind_of(item)
    return tuple(
        FixRecord(
            label=fix.label,
            changes={name: plain_value(value) for name, value in fix.operation.changes.items()},
        )
        for fix in fixes_for(plan, problem)
        if isinstance(fix.operation, SetFields)
        and (fix.operation.kind, fix.operation.id) == (kind, item.id)
    )


def _affected(found: Iterable[Affected]) -> tuple[AffectedRecord, ...]:
    return tuple(
        AffectedRecord(words=each.words, references=tuple(map(reference_record, each.references)))
        for each in found
    )
