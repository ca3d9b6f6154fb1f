"""Who saves an edit is who approves what it approves: nobody names another person for that."""

from dataclasses import replace

from planner.edit.bulk import Together
from planner.edit.draft import Operation
from planner.edit.origins import Approve
from planner.store.commits import Person


def signed(operation: Operation, author: Person) -> Operation:
    """The operation with its approvals given by `author`."""
    if isinstance(operation, Approve):
        return replace(operation, person=author.name)
    if isinstance(operation, Together):
        parts = [signed(each, author) for each in operation.operations]
        return replace(operation, operations=parts)
    return operation
