"""Many edits as one: all of them are in the same commit, or none is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.edit.draft import Draft, Operation
from planner.edit.fields import SetFields
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.ids import path_of


@dataclass(frozen=True, slots=True)
class Together:
    """Several operations, one after the other, each on what the ones before it made."""

    operations: Sequence[Operation]
    subject: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """All their files.  Raises EditError as soon as one of them cannot be done."""
        if not self.operations:
            raise EditError("there is nothing to do", "name at least one edit")
        whole = Draft({}, "", "")
        apart = self._apart(plan)
        for operation in self.operations:
            step = operation.draft(plan)
            whole = _joined(whole, step)
            if not apart:
                plan = plan.with_files(step.files)
        count = len(self.operations)
        subject = self.subject or (whole.subject if count == 1 else f"Make {count} changes")
        return replace(whole, subject=subject)

    def _apart(self, plan: PlanState) -> bool:
        """Whether all set fields of different items: then none can disturb another one.

        Their files are read at once.
        """
        paths = [
            path_of(each.kind, each.id) for each in self.operations if isinstance(each, SetFields)
        ]
        plan.data(path for path in paths if path in plan.known)
        return len(set(paths)) == len(self.operations) and plan.known.keys() >= set(paths)


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
    )
