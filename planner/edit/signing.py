"""Who saves an edit is who approves what it approves: nobody names another person for that."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from planner.codec.reading import read_item
from planner.edit.approval import same_person
from planner.edit.bulk import Together
from planner.edit.draft import Operation
from planner.edit.fields import Restore
from planner.edit.origins import Approve
from planner.edit.preview import Preview
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.ids import path_of
from planner.model.items import Item
from planner.model.provenance import text_hash, text_of
from planner.store.commits import Person

Approval = tuple[str, str, str, str]
"""Of which field, by whom, on which day, and the hash of the text."""


def signed(operation: Operation, author: Person) -> Operation:
    """The operation with its approvals given by `author`."""
    if isinstance(operation, Approve):
        return replace(operation, person=author.name)
    if isinstance(operation, Together):
        parts = [signed(each, author) for each in operation.operations]
        return replace(operation, operations=parts)
    return operation


def refuse_forged(plan: PlanState, operation: Operation, seen: Preview, author: Person) -> None:
    """Raise EditError for an approval in another's name that was not given before.

    A form or the API may state any provenance; what is approved there already, or was in the
    version that is restored, stays with its text wherever that goes.
    """
    if not any(True for item in _after(seen) for _ in _approvals(item)):
        return
    before = [known.read.item for each in seen.files if (known := plan.known.get(each.path))]
    _refuse_new(seen, (*before, *_restored(plan, operation)), author)


def refuse_forged_merge(sides: Iterable[PlanState], seen: Preview, author: Person) -> None:
    """The same for a merge whose clashes somebody settled with texts of their own."""
    items = [known.read.item for side in sides for known in side.known.values()]
    _refuse_new(seen, items, author)


def _after(seen: Preview) -> list[Item | None]:
    found = (seen.after.known.get(each.path) for each in seen.files)
    return [known.read.item for known in found if known is not None]


def _refuse_new(seen: Preview, before: Iterable[Item | None], author: Person) -> None:
    given = {each for item in before for each in _approvals(item)}
    for item in _after(seen):
        for field, person, day, text in _approvals(item):
            if (field, person, day, text) in given or same_person(Person(person, ""), author):
                continue
            raise EditError(
                f"{item.id if item else ''}: {person} has not approved this {field},"
                " and nobody approves for another person",
                "leave `approved` as it is or empty; who read the text approves it",
            )


def _approvals(item: Item | None) -> Iterator[Approval]:
    for entry in item.provenance if item is not None else ():
        if item is not None and entry.approved:
            known = entry.hash or text_hash(text_of(item, entry.field) or "")
            yield entry.field, entry.approved, entry.approved_on, known


def _restored(plan: PlanState, operation: Operation) -> Iterable[Item | None]:
    if isinstance(operation, Together):
        for each in operation.operations:
            yield from _restored(plan, each)
    elif isinstance(operation, Restore):
        path = path_of(operation.kind, operation.id)
        yield read_item(path, plan.blob(operation.old_blob)).item
