"""Operations on the fields of items that are there: set, move, restore."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.codec.editing import edit_text
from planner.codec.reading import read_item
from planner.edit.draft import Draft, ItemClash
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.merge.fields import Clash
from planner.merge.files import MergedFile, merge_files
from planner.model.fields import FIELDS
from planner.model.ids import path_of
from planner.model.items import Item


@dataclass(frozen=True, slots=True)
class SetFields:
    """Set fields of the item `id`, as a form does that was opened when its file was `blob`.

    `changes` are by name of the field, or by its key in the file, with values as
    `planner.codec.editing.edit_text` takes them.  What others changed since is merged.  Without a
    `blob` the item is changed as it is now.
    """

    id: str
    kind: str
    changes: Mapping[str, object]
    blob: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """The changed file, or the clash with what others made of it."""
        changes = {field_name(self.kind, name): value for name, value in self.changes.items()}
        item = plan.find(self.kind, self.id) if self.blob else plan.item(self.id, self.kind)
        if item is None:
            return self._gone(plan, changes)
        theirs = plan.data([item.path])[item.path]
        subject = f"Change {item.id}"
        if self.blob in {"", item.blob}:
            data = edit_text(item.path, theirs, changes)
            return Draft({item.path: data}, item.id, self.kind, subject)
        path = path_of(self.kind, self.id)
        base = plan.blob(self.blob)
        yours = edit_text(path, base, changes)
        merged = merge_files(path, base, theirs, yours, item.path)
        notes = (f"{self.id} is now called {item.id}",) if item.id != self.id else ()
        return Draft(
            {item.path: merged.data},
            item.id,
            self.kind,
            subject,
            merged={item.id: merged.fields},
            clashes=item_clashes(item, self.kind, base, theirs, yours, merged),
            notes=notes,
        )

    def _gone(self, plan: PlanState, changes: Mapping[str, object]) -> Draft:
        """The item was deleted, or cannot be read any more: what was typed is kept in the clash."""
        path = path_of(self.kind, self.id)
        base = plan.blob(self.blob)
        yours = edit_text(path, base, changes).decode("utf-8", "replace")
        before = base.decode("utf-8", "replace")
        known = plan.known.get(path)
        theirs = plan.data([path])[path].decode("utf-8", "replace") if known else None
        clash = Clash("", before, theirs, yours)
        blob = known.blob if known else ""
        lost = ItemClash(self.id, self.kind, path, blob, before, theirs, yours, (clash,), changes)
        note = f"{self.id} was deleted meanwhile; saving it as a new {self.kind} brings it back"
        if known:
            note = f"{path} cannot be read any more; mend the file by hand first"
        return Draft({}, self.id, self.kind, clashes=(lost,), notes=(note,))


@dataclass(frozen=True, slots=True)
class Restore:
    """Make the item `id` what it was when its file was `old_blob`; its aliases stay.

    `blob` is that of the item as the person saw it last: when others changed it since, theirs and
    the restored text clash where they differ from it in different ways.
    """

    id: str
    kind: str
    old_blob: str
    blob: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """The file with its old bytes; a deleted item comes back."""
        old = plan.blob(self.old_blob)
        path = path_of(self.kind, self.id)
        was = read_item(path, old).item
        if was is None:
            raise EditError(
                f"that version of {self.id} cannot be read as a {self.kind}",
                "take it from git by hand: git show " + self.old_blob,
            )
        item = plan.find(self.kind, self.id)
        subject = f"Restore an earlier version of {item.id if item else self.id}"
        if item is None:
            return Draft({path: old}, self.id, self.kind, subject)
        aliases = [each for each in (*was.aliases, *item.aliases) if each != item.id]
        yours = edit_text(item.path, old, {"aliases": tuple(dict.fromkeys(aliases))})
        if self.blob in {"", item.blob}:
            return Draft({item.path: yours}, item.id, self.kind, subject)
        base, theirs = plan.blob(self.blob), plan.data([item.path])[item.path]
        merged = merge_files(item.path, base, theirs, yours)
        clashes = item_clashes(item, self.kind, base, theirs, yours, merged)
        fields = {item.id: merged.fields}
        files = {item.path: merged.data}
        return Draft(files, item.id, self.kind, subject, merged=fields, clashes=clashes)


def move_requirement(id: str, phase: str, blob: str = "") -> SetFields:
    """The operation that gives a requirement to another phase (empty: to none)."""
    return SetFields(id, "requirement", {"phases": (phase,) if phase else ()}, blob)


def field_name(kind: str, name: str) -> str:
    """The name of the field that is called `name`, or has it as its key in the file."""
    for row in FIELDS[kind]:
        if name in {row.name, row.key}:
            return row.name
    return name


def settled_text(clash: ItemClash, choices: Mapping[str, object]) -> bytes:
    """The file of an item that clashed, with a person's `choices` for the fields that did.

    What came together by itself is in it.  A choice for the field `""` is the whole text.  Raises
    EditError when a field that clashes has no choice, or a value cannot be set.
    """
    whole = choices.get("")
    if isinstance(whole, str):
        return whole.encode()
    missing = {each.field for each in clash.clashes} - set(choices)
    if missing or clash.theirs is None:
        named = ", ".join(sorted(missing)) or "the whole text"
        raise EditError(f"{clash.id}: nobody has settled {named}", "choose a value for it")
    return edit_text(clash.path, clash.theirs.encode(), {**clash.settled, **choices})


def item_clashes(
    item: Item, kind: str, base: bytes, theirs: bytes, yours: bytes, merged: MergedFile
) -> tuple[ItemClash, ...]:
    """What a person must settle of a merged item: one clash, or none."""
    if not merged.clashes:
        return ()
    was, their, your = (data.decode("utf-8", "replace") for data in (base, theirs, yours))
    place = (item.id, kind, item.path, item.blob)
    return (ItemClash(*place, was, their, your, merged.clashes, settled=merged.changes),)
