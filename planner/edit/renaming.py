"""Renaming and deleting items, together with every reference to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from planner.codec.editing import edit_text
from planner.edit.creating import free_id
from planner.edit.draft import Draft, ItemClash
from planner.edit.references import Reference, meant, refs_of, renamed, repointed
from planner.edit.state import PlanState
from planner.errors import EditError, RefusedError
from planner.merge.fields import Clash
from planner.model.claims import is_ledger
from planner.model.fields import kind_of
from planner.model.ids import path_of
from planner.model.items import Item
from planner.trace.names import all_items, fold

_SHOWN = 5
# Kind and id of an item.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rename:
    """Give an item another id: its file moves, every reference follows, the old id is an alias."""

    id: str
    kind: str
    new_id: str

    def draft(self, plan: PlanState) -> Draft:
        """The moved file and the files that refer to it.  Raises EditError for a taken id."""
        item = plan.item(self.id, self.kind)
        if self.kind == "plan":
            raise EditError("the plan itself has no id to change", "change its title")
        if self.new_id == item.id:
            return Draft({}, item.id, self.kind)
        if is_ledger(item.path) or is_ledger(path_of(self.kind, self.new_id)):
            raise EditError("the claims of a run have no other name", "rename the folder by hand")
        free_id(plan, self.kind, self.new_id, but=item)
        path = path_of(self.kind, self.new_id)
        changes = {
            each.path: changed
            for each in (plan.tree.plan, *all_items(plan.tree))
            if each.path and (changed := renamed(plan.names, each, item, self.new_id))
        }
        data = plan.data({item.path, *changes})
        files: dict[str, bytes | None] = {
            each: edit_text(each, data[each], fields)
            for each, fields in changes.items()
            if each != item.path
        }
        aliases = [each for each in item.aliases if fold(each) != fold(self.new_id)]
        if fold(self.new_id) != fold(item.id):
            aliases.append(item.id)
        own = {**changes.get(item.path, {}), "aliases": tuple(aliases)}
        files[item.path] = None
        files[path] = edit_text(path, data[item.path], own)
        return Draft(files, self.new_id, self.kind, f"Rename {item.id} to {self.new_id}")


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete an item.

    `references` says what happens to those who refer to it: `refuse` (nothing is deleted while
    there are any), `detach` (they are taken out in the same commit) or `keep` (they dangle, which
    the checks report).  With a `blob` the item must still be what the person saw.
    """

    id: str
    kind: str
    references: str = "refuse"
    blob: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """The deletion.  Raises RefusedError where references stand in the way."""
        return delete_together(plan, (self,))


def delete_together(plan: PlanState, deletes: Sequence[Delete]) -> Draft:
    """What several deletions do at once; references among what goes are in nobody's way.

    Raises as `Delete.draft`.
    """
    gone = {(kind_of(item), item.id): (each, item) for each, item in _items(plan, deletes)}
    if len(gone) != len(deletes):
        raise EditError("an item is to be deleted twice", "name each item once")
    clashes = tuple(
        _changed(plan, item, each)
        for each, item in gone.values()
        if each.blob not in {"", item.blob}
    )
    found = _references(plan, [item for _, item in gone.values()])
    first = next(iter(gone.values()))[1]
    count = len(gone)
    subject = f"Delete {first.id}" if count == 1 else f"Delete {count} items"
    if clashes:
        dangling = tuple(each for references in found.values() for each in references)
        return Draft({}, first.id, kind_of(first), subject, clashes=clashes, dangling=dangling)
    for key, references in found.items():
        if references and gone[key][0].references == "refuse":
            raise refused(key[1], references)
    detached = {key for key, (each, _) in gone.items() if each.references == "detach"}
    files = _detached(plan, found, detached)
    dangling = tuple(each for key in found if key not in detached for each in found[key])
    files |= {item.path: None for _, item in gone.values()}
    return Draft(files, first.id, kind_of(first), subject, dangling=dangling)


def _items(plan: PlanState, deletes: Iterable[Delete]) -> Iterator[tuple[Delete, Item]]:
    """Each deletion with its item.  Raises EditError."""
    for each in deletes:
        if each.kind == "plan" or each.references not in {"refuse", "detach", "keep"}:
            raise EditError(f"{each.id} cannot be deleted so", "say refuse, detach or keep")
        yield each, plan.item(each.id, each.kind)


def _changed(plan: PlanState, item: Item, delete: Delete) -> ItemClash:
    """Somebody changed what is to be deleted."""
    base = plan.blob(delete.blob).decode("utf-8", "replace")
    theirs = plan.data([item.path])[item.path].decode("utf-8", "replace")
    clash = Clash("", base, theirs, None)
    return ItemClash(item.id, kind_of(item), item.path, item.blob, base, theirs, None, (clash,))


def _references(plan: PlanState, gone: Iterable[Item]) -> dict[Key, tuple[Reference, ...]]:
    """Who refers to each of the items, in one look at the plan."""
    found: dict[Key, dict[Reference, None]] = {(kind_of(item), item.id): {} for item in gone}
    for item in all_items(plan.tree):
        if (kind_of(item), item.id) in found:
            continue
        for name, criterion, ref, wanted in refs_of(item):
            target = meant(plan.names, ref, wanted)
            if target in found:
                reference = Reference(item.id, kind_of(item), item.path, name, criterion)
                found[target][reference] = None
    return {key: tuple(references) for key, references in found.items()}


def _detached(
    plan: PlanState, found: Mapping[Key, tuple[Reference, ...]], gone: Set[Key]
) -> dict[str, bytes | None]:
    """The files that refer to what is gone, without these references."""
    paths = {each.path for key in gone for each in found[key]}
    data = plan.data(paths)

    def now(ref: str, wanted: str) -> str | None:
        return None if meant(plan.names, ref, wanted) in gone else ref

    return {
        item.path: edit_text(item.path, data[item.path], repointed(item, now))
        for item in all_items(plan.tree)
        if item.path in paths
    }


def refused(item_id: str, found: tuple[Reference, ...]) -> RefusedError:
    """The error for a deletion that would leave references to nothing."""
    shown = ", ".join(dict.fromkeys(each.id for each in found[:_SHOWN]))
    more = " and others" if len(found) > _SHOWN else ""
    verb = "refers" if not more and len({each.id for each in found}) == 1 else "refer"
    return RefusedError(
        f"{item_id} was not deleted: {shown}{more} {verb} to it",
        "take these references out in the same commit (detach), or leave them dangling (keep)",
    )
