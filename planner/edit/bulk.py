"""Many edits as one: all of them are in the same commit, or none is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.edit.draft import Draft, Operation
from planner.edit.fields import SetFields
from planner.edit.state import PlanState
from planner.errors import EditError


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
        for index, operation in enumerate(self.operations):
            step = operation.draft(plan)
            whole = _joined(whole, step)
            # Edits of fields alone cannot disturb one another, unless they are of one item.
            if index + 1 < len(self.operations) and not self._alone(index + 1, whole):
                plan = plan.with_files(step.files)
        count = len(self.operations)
        subject = self.subject or (whole.subject if count == 1 else f"Make {count} changes")
        return replace(whole, subject=subject)

    def _alone(self, index: int, done: Draft) -> bool:
        """Whether this and all later operations set fields of items not touched so far."""
        seen = {path.rpartition("/")[2] for path in done.files}
        for operation in self.operations[index:]:
            if not isinstance(operation, SetFields) or f"{operation.id}.md" in seen:
                return False
            seen.add(f"{operation.id}.md")
        return True


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
