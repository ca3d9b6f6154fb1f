"""Files that git could not merge, brought together by the fields of their items."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from planner.codec.editing import edit_text
from planner.codec.reading import kind_of_path, read_item
from planner.edit.creating import mint
from planner.edit.draft import ItemClash
from planner.edit.references import renamed
from planner.edit.state import PlanState
from planner.errors import EditError, StoreError
from planner.merge.fields import Clash, MergedField
from planner.merge.files import merge_files
from planner.model.ids import path_of
from planner.model.items import Item
from planner.store.merging import Conflict, TreeMerge
from planner.store.versions import read_versions
from planner.trace.names import all_items

_NUMBERED = re.compile(r"(.+)-[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of files in conflict: bytes by path, merged fields by item, and what is left."""

    files: Mapping[str, bytes | None]
    merged: Mapping[str, tuple[MergedField, ...]] = field(default_factory=dict)
    clashes: tuple[ItemClash, ...] = ()
    notes: tuple[str, ...] = ()


def settle(
    main: PlanState,
    proposal: PlanState,
    merge: TreeMerge,
    answers: Mapping[str, bytes | None],
) -> Settled:
    """Merge each file in conflict field by field.

    `answers` are files as a person settled them, by path.  An item that both branches made new,
    with one id, are two items: that of the proposal gets another id, and its references follow.

    Raises StoreError for a conflict in a file that is no item of the plan.
    """
    settled = Settled({})
    # Items that got one id by chance come last: files that refer to them are merged by then.
    for conflict in sorted(merge.conflicts, key=lambda each: not each.base):
        prefix = main.folder.prefix
        path = conflict.path.removeprefix(prefix)
        known = kind_of_path(path) if conflict.path.startswith(prefix) else None
        if known is None:
            raise StoreError(
                f"{conflict.path} was changed on both branches, and is no file of the plan",
                "merge this branch with git, by hand",
            )
        if path in answers:
            settled = replace(settled, files={**settled.files, path: answers[path]})
        elif not conflict.base and conflict.ours and conflict.theirs and known[0] != "plan":
            settled = _two_items(main, proposal, merge.tree, path, settled)
        else:
            settled = _one_item(main, path, known, conflict, settled)
    return settled


def _one_item(
    plan: PlanState, path: str, known: tuple[str, str], conflict: Conflict, settled: Settled
) -> Settled:
    kind, item_id = known
    base, theirs, yours = (
        plan.blob(blob) if blob else None
        for blob in (conflict.base, conflict.ours, conflict.theirs)
    )
    was, their, your = (
        data.decode("utf-8", "replace") if data is not None else None
        for data in (base, theirs, yours)
    )
    if base is None or theirs is None or yours is None:
        # One branch deleted or moved what the other changed: only a person knows.
        clash = Clash("", was, their, your)
        left = ItemClash(item_id, kind, path, conflict.ours, was, their, your, (clash,))
        return replace(settled, clashes=(*settled.clashes, left))
    merged = merge_files(path, base, theirs, yours)
    left = ItemClash(
        item_id, kind, path, conflict.ours, was, their, your, merged.clashes, merged.changes
    )
    return replace(
        settled,
        files={**settled.files, path: merged.data},
        merged={**settled.merged, item_id: merged.fields},
        clashes=(*settled.clashes, left) if merged.clashes else settled.clashes,
    )


def _two_items(
    main: PlanState, proposal: PlanState, tree: str, path: str, settled: Settled
) -> Settled:
    """Keep that of the main branch, and give the other one a new id."""
    kind, item_id = kind_of_path(path) or ("", "")
    item = proposal.item(item_id, kind)
    new_id = _other_id(main, kind, item_id, settled.files)
    files = {
        **settled.files,
        path: main.data([path])[path],
        path_of(kind, new_id): proposal.data([path])[path],
    }
    others = [each.path for each in _changed_items(main, proposal) if each.path != path]
    wanted = [each for each in others if each not in files]
    merged = read_versions(main.folder, [(tree, each) for each in wanted])
    texts = {**dict(zip(wanted, merged, strict=True)), **files}
    for each in others:
        data = texts[each]
        if data is not None:
            files[each] = _following(proposal, each, data, item, new_id)
    note = f"{item_id} of the proposal is called {new_id} now: the branch has another {item_id}"
    return replace(settled, files=files, notes=(*settled.notes, note))


def _other_id(plan: PlanState, kind: str, item_id: str, files: Iterable[str]) -> str:
    match = _NUMBERED.fullmatch(item_id)
    taken = plan.ids_everywhere(kind) if kind != "research" else set(plan.names.tables[""])
    taken |= {named[1] for path in files if (named := kind_of_path(path)) is not None}
    return mint(match[1] if match and kind == "requirement" else item_id, taken)


def _changed_items(main: PlanState, proposal: PlanState) -> list[Item]:
    """The items of the proposal whose files are not as the main branch has them."""
    return [
        each
        for each in all_items(proposal.tree)
        if each.path not in main.known or main.known[each.path].blob != each.blob
    ]


def _following(proposal: PlanState, path: str, data: bytes, item: Item, new_id: str) -> bytes:
    """A file of the proposal with its references to `item` following the new id."""
    found = read_item(path, data).item
    if found is None:
        return data
    try:
        return edit_text(path, data, renamed(proposal.names, found, item, new_id))
    except EditError:
        return data
