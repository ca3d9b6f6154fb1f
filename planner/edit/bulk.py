"""Many edits as one: all of them are in the same commit, or none is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from planner.edit.creating import Create, NewIds
from planner.edit.draft import Draft, Operation
from planner.edit.fields import SetFields
from planner.edit.renaming import Delete, delete_together
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.ids import path_of


@dataclass(frozen=True, slots=True)
class Together:
    """Several operations, one after the other, each on what the ones before it made.

    A new item can be referred to by those behind it only when its id was wished: which one it gets
    otherwise is not known before.
    """

    operations: Sequence[Operation]
    subject: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """All their files.  Raises EditError as soon as one of them cannot be done."""
        if not self.operations:
            raise EditError("there is nothing to do", "name at least one edit")
        whole = Draft({}, "", "")
        stretches = list(_stretches(plan, self.operations))
        for number, stretch in enumerate(stretches, 1):
            step = _drafted(plan, stretch)
            whole = _joined(whole, step)
            if number < len(stretches):
                plan = plan.with_files(step.files)
        count = len(self.operations)
        subject = self.subject or (whole.subject if count == 1 else f"Make {count} changes")
        return replace(whole, subject=subject)


def _stretches(plan: PlanState, operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """The operations in as few groups as can be drafted at once.

    New items and new values of different items do not disturb one another.  Bringing the plan up
    to date after each of them would take most of the time of a pasted table.
    """
    stretch: list[Operation] = []
    touched: set[str] = set()
    for operation in operations:
        if isinstance(operation, Delete):
            # Deletions side by side are one look at who refers to what goes.
            if stretch and not isinstance(stretch[-1], Delete):
                yield stretch
                stretch, touched = [], set()
            stretch.append(operation)
            continue
        mark = _apart(plan, operation)
        if stretch and (mark is None or mark in touched or isinstance(stretch[-1], Delete)):
            yield stretch
            stretch, touched = [], set()
        stretch.append(operation)
        # An operation that may touch anything stands alone.
        if mark is None:
            yield stretch
            stretch, touched = [], set()
        elif mark:
            touched.add(mark)
    if stretch:
        yield stretch


def _apart(plan: PlanState, operation: Operation) -> str | None:
    """The path that alone is touched (empty: one that is not there yet); None: others may be."""
    if isinstance(operation, SetFields):
        path = path_of(operation.kind, operation.id)
        return path if path in plan.known else None
    if isinstance(operation, Create):
        known = not operation.after or plan.names.resolve(operation.after, "phase")
        return "" if known else None
    return None


def _drafted(plan: PlanState, operations: Sequence[Operation]) -> Draft:
    """What operations of one stretch do to the same plan."""
    deletes = [each for each in operations if isinstance(each, Delete)]
    if deletes:
        return delete_together(plan, deletes)
    sets = [each for each in operations if isinstance(each, SetFields)]
    # Read at once what each of them is going to read.
    plan.data(path for each in sets if (path := path_of(each.kind, each.id)) in plan.known)
    ids = NewIds(plan) if any(isinstance(each, Create) for each in operations) else None
    whole = Draft({}, "", "")
    made = 0
    for operation in operations:
        if isinstance(operation, Create) and ids is not None:
            made += 1
            step = _made(operation, ids, made)
        else:
            step = operation.draft(plan)
        whole = _joined(whole, step)
    return whole


def _made(operation: Create, ids: NewIds, number: int) -> Draft:
    """A new item.  An error of one without an id says which of them it is."""
    try:
        return operation.draft_among(ids)
    except EditError as error:
        if operation.id:
            raise
        words = f"new {operation.kind} {number}: {error.message}"
        raise EditError(words, error.hint) from error


def _joined(whole: Draft, step: Draft) -> Draft:
    return Draft(
        {**whole.files, **step.files},
        step.id if not whole.id else whole.id,
        step.kind if not whole.kind else whole.kind,
        step.subject,
        {**whole.merged, **step.merged},
        (*whole.clashes, *step.clashes),
        (*whole.notes, *step.notes),
        (*whole.dangling, *step.dangling),
        (*whole.made, *step.made),
    )
