"""Items and problems of a plan in lists, as records.  Runs in the planner process."""

from collections import Counter
from collections.abc import Iterable, Sequence

from planner.model.fields import kind_of
from planner.model.items import Item, Phase, PlanTree, Requirement
from planner.model.problem import Problem, Severity
from planner.trace.names import Names
from service.planning.recording import json_values
from service.planning.records import (
    EntryRecord,
    ItemsRecord,
    ListedRecord,
    OutlineRecord,
    RowRecord,
    RowsRecord,
)
from service.planning.selecting import Part, Wanted, in_order, selected


def outline_record(
    branch: str, commit: str, tree: PlanTree, kinds: Sequence[str] | None = None
) -> OutlineRecord:
    """All items (of these kinds) in short, and the words in use by all of them."""
    items = in_order(tree)
    wanted = [each for each in items if kinds is None or kind_of(each) in kinds]
    return OutlineRecord(
        title=tree.plan.title,
        branch=branch,
        commit=commit,
        entries=tuple(EntryRecord.model_validate(_entry(each)) for each in wanted),
        owners=tuple(sorted({each.owner for each in items if each.owner})),
        tags=tuple(sorted({tag for each in items for tag in each.tags})),
        levels=tree.plan.verification_levels,
        categories=_categories(tree),
        unreadable=tuple(each.path for each in tree.unreadable),
    )


def rows_record(
    branch: str, commit: str, items: Iterable[Item], problems: Iterable[Problem]
) -> RowsRecord:
    """Items with all their values, each with the number of problems of its file."""
    counts = Counter(each.path for each in problems if each.severity is not Severity.HINT)
    rows = tuple(
        RowRecord(
            id=each.id,
            kind=kind_of(each),
            blob=each.blob,
            values=json_values(each),
            problems=counts[each.path],
        )
        for each in items
    )
    return RowsRecord(branch=branch, commit=commit, rows=rows)


def items_record(
    branch: str, commit: str, tree: PlanTree, names: Names, wanted: Wanted, part: Part
) -> ItemsRecord:
    """A part of the items that are wanted."""
    found = selected(tree, names, wanted)
    return ItemsRecord(
        branch=branch,
        commit=commit,
        items=tuple(
            ListedRecord.model_validate({**_entry(each), "blob": each.blob})
            for each in part.of(found)
        ),
        total_count=len(found),
    )


def _entry(item: Item) -> dict[str, object]:
    phase = item if isinstance(item, Phase) else None
    requirement = item if isinstance(item, Requirement) else None
    return {
        "id": item.id,
        "kind": kind_of(item),
        "title": item.title or (requirement.text.split("\n", 1)[0] if requirement else ""),
        "status": str(getattr(item, "status", "")),
        "number": phase.number if phase else "",
        "milestone": phase.milestone if phase else "",
        "phases": requirement.phases if requirement else (),
        "aliases": item.aliases,
    }


def _categories(tree: PlanTree) -> tuple[str, ...]:
    """How ids of requirements begin, the most used first."""
    counts = Counter(head for each in tree.requirements if (head := each.id.rpartition("-")[0]))
    return tuple(name for name, _ in counts.most_common())
