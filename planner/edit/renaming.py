"""Renaming and deleting items, together with every reference to them."""

from dataclasses import dataclass, replace

from planner.codec.editing import edit_text
from planner.edit.creating import free_id
from planner.edit.draft import Draft, ItemClash
from planner.edit.references import Reference, references_to, renamed, without
from planner.edit.state import PlanState
from planner.errors import EditError, RefusedError
from planner.merge.fields import Clash
from planner.model.fields import kind_of
from planner.model.ids import path_of
from planner.model.items import Item
from planner.trace.names import all_items, fold

_SHOWN = 5


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
        if self.kind == "plan" or self.references not in {"refuse", "detach", "keep"}:
            raise EditError(f"{self.id} cannot be deleted so", "say refuse, detach or keep")
        item = plan.item(self.id, self.kind)
        found = references_to(plan.tree, plan.names, item)
        draft = Draft({item.path: None}, item.id, self.kind, f"Delete {item.id}", dangling=found)
        if self.blob not in {"", item.blob}:
            return replace(draft, files={}, clashes=(self._changed(plan, item),))
        if found and self.references == "refuse":
            raise refused(item.id, found)
        if self.references != "detach":
            return draft
        data = plan.data({each.path for each in found})
        by_path = {each.path: each for each in all_items(plan.tree)}
        files = {
            path: edit_text(path, data[path], without(plan.names, by_path[path], item))
            for path in data
        }
        return replace(draft, files={**files, item.path: None}, dangling=())

    def _changed(self, plan: PlanState, item: Item) -> ItemClash:
        """Somebody changed what is to be deleted."""
        base = plan.blob(self.blob).decode("utf-8", "replace")
        theirs = plan.data([item.path])[item.path].decode("utf-8", "replace")
        clash = Clash("", base, theirs, None)
        return ItemClash(item.id, kind_of(item), item.path, item.blob, base, theirs, None, (clash,))


def refused(item_id: str, found: tuple[Reference, ...]) -> RefusedError:
    """The error for a deletion that would leave references to nothing."""
    shown = ", ".join(dict.fromkeys(each.id for each in found[:_SHOWN]))
    more = " and others" if len(found) > _SHOWN else ""
    return RefusedError(
        f"{item_id} was not deleted: {shown}{more} refer to it",
        "take these references out in the same commit (detach), or leave them dangling (keep)",
    )
