"""One change of a plan, and how it is said in words."""

from dataclasses import dataclass
from enum import StrEnum

from planner.model.fields import kind_of
from planner.model.items import Item, Requirement

_SHOWN = 80


class ChangeKind(StrEnum):
    """What sort of change it is."""

    ADDED = "added"
    DROPPED = "dropped"
    RENAMED = "renamed"
    MOVED = "moved"
    STATUS = "status"
    REWORDED = "reworded"
    CRITERION_ADDED = "criterion-added"
    CRITERION_REMOVED = "criterion-removed"
    CRITERION_REWORDED = "criterion-reworded"
    CRITERION_STATUS = "criterion-status"
    DEPENDENCY_ADDED = "dependency-added"
    DEPENDENCY_REMOVED = "dependency-removed"
    LINK_ADDED = "link-added"
    LINK_REMOVED = "link-removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change from an older to a newer state of a plan.

    `id` and `title` are those of the item now (or last, if it is gone); `field` is the name of the
    field, empty for the item as a whole; `criterion` the id of the criterion, if it is about one.
    `old` and `new` are the values as text: ids for references, whose titles are in `old_title` and
    `new_title`.  `weaker` says what got weaker, as `< 200 ms became < 500 ms`; empty: nothing.
    """

    kind: ChangeKind
    item_kind: str
    id: str
    title: str = ""
    field: str = ""
    old: str = ""
    new: str = ""
    old_title: str = ""
    new_title: str = ""
    criterion: str = ""
    weaker: str = ""

    @property
    def name(self) -> str:
        """What the item is called in a sentence: a requirement by its id, others by their title."""
        return self.id if self.item_kind == "requirement" else self.title or self.id

    @property
    def sentence(self) -> str:
        """The change in plain words, without a full stop."""
        return _SENTENCES[self.kind](self)


def change_of(item: Item, kind: ChangeKind, field: str, old: str, new: str, **more: str) -> Change:
    """A change of `item`; `more` are further fields of `Change`."""
    return Change(
        kind=kind,
        item_kind=kind_of(item),
        id=item.id,
        title=name_of(item),
        field=field,
        old=old,
        new=new,
        **more,
    )


def name_of(item: Item) -> str:
    """The title of an item; of a requirement without one, its text."""
    return item.title or (item.text if isinstance(item, Requirement) else "")


def _added(change: Change) -> str:
    about = f": {_cut(change.title)}" if change.item_kind == "requirement" and change.title else ""
    return f"{change.item_kind.capitalize()} {change.name} was added{about}"


def _dropped(change: Change) -> str:
    how = "dropped" if change.field == "status" else "removed"
    return f"{change.item_kind.capitalize()} {change.name} was {how}"


def _renamed(change: Change) -> str:
    if change.field == "id":
        return f"{change.item_kind.capitalize()} {change.old} is now {change.new}"
    if not change.old or not change.new:
        return _changed(change)
    if change.item_kind == "requirement":
        return f"{change.id} (“{_cut(change.old)}”) is now called “{_cut(change.new)}”"
    return f"“{_cut(change.old)}” is now called “{_cut(change.new)}”"


def _moved(change: Change) -> str:
    if change.field == "number":
        return _changed(change)
    old, new = change.old_title or change.old, change.new_title or change.new
    if old and new:
        return f"{change.name} moved from {old} to {new}"
    return f"{change.name} moved to {new}" if new else f"{change.name} was taken out of {old}"


def _status(change: Change) -> str:
    if not change.new:
        return f"{change.name} no longer has a status of its own (was {change.old})"
    return f"{change.name} is now {change.new}" + (f" (was {change.old})" if change.old else "")


def _reworded(change: Change) -> str:
    part = "" if change.field in _MAIN_TEXTS else f": {change.field.replace('_', ' ')}"
    if change.weaker:
        return f"{change.name} was weakened{part}: {change.weaker}"
    return f"{change.name} was reworded{part}"


_MAIN_TEXTS = ("text", "goal", "overview", "statement")


def _criterion_added(change: Change) -> str:
    return f"Criterion {change.criterion} was added to {change.name}: {_cut(change.new)}"


def _criterion_removed(change: Change) -> str:
    return f"Criterion {change.criterion} was removed from {change.name}: {_cut(change.old)}"


def _criterion_reworded(change: Change) -> str:
    how = f"weakened: {change.weaker}" if change.weaker else "reworded"
    return f"Criterion {change.criterion} of {change.name} was {how}"


def _criterion_status(change: Change) -> str:
    return f"Criterion {change.criterion} of {change.name} is now {change.new}"


def _dependency(change: Change) -> str:
    now = change.kind is ChangeKind.DEPENDENCY_ADDED
    other = (change.new_title or change.new) if now else (change.old_title or change.old)
    return f"{change.name} {'now depends' if now else 'no longer depends'} on {other}"


_LINKS = {
    "relates": ("now relates to", "no longer relates to"),
    "depends-on": ("now depends on", "no longer depends on"),
    "refines": ("now refines", "no longer refines"),
    "conflicts": ("now conflicts with", "no longer conflicts with"),
    "replaces": ("now replaces", "no longer replaces"),
    "based-on": ("now rests on", "no longer rests on"),
}


def _link(change: Change) -> str:
    now = change.kind is ChangeKind.LINK_ADDED
    words = _LINKS.get(change.field, ("is now linked to", "is no longer linked to"))
    return f"{change.name} {words[0] if now else words[1]} {change.new if now else change.old}"


_MANY = ("aliases", "sources", "tags", "verification_levels")


def _changed(change: Change) -> str:
    if change.field == "verifies":
        return _verifies(change)
    field = {"waive": "waiver"}.get(change.field, change.field.replace("_", " "))
    are, were = ("are", "were") if change.field in _MANY else ("is", "was")
    whose = f"criterion {change.criterion} of {change.name}" if change.criterion else change.name
    weaker = f" (weaker: {change.weaker})" if change.weaker else ""
    if not change.new:
        return f"The {field} of {whose} {were} taken out ({were} {_cut(change.old)}){weaker}"
    before = f" ({were} {_cut(change.old)})" if change.old and not weaker else ""
    return f"The {field} of {whose} {are} now {_cut(change.new)}{before}{weaker}"


def _verifies(change: Change) -> str:
    criterion = f"Criterion {change.criterion} of {change.name}"
    if not change.new:
        return f"{criterion} no longer verifies {_cut(change.old)}"
    before = f" (was {_cut(change.old)})" if change.old else ""
    return f"{criterion} now verifies {_cut(change.new)}{before}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rstrip() + "…"


_SENTENCES = {
    ChangeKind.ADDED: _added,
    ChangeKind.DROPPED: _dropped,
    ChangeKind.RENAMED: _renamed,
    ChangeKind.MOVED: _moved,
    ChangeKind.STATUS: _status,
    ChangeKind.REWORDED: _reworded,
    ChangeKind.CRITERION_ADDED: _criterion_added,
    ChangeKind.CRITERION_REMOVED: _criterion_removed,
    ChangeKind.CRITERION_REWORDED: _criterion_reworded,
    ChangeKind.CRITERION_STATUS: _criterion_status,
    ChangeKind.DEPENDENCY_ADDED: _dependency,
    ChangeKind.DEPENDENCY_REMOVED: _dependency,
    ChangeKind.LINK_ADDED: _link,
    ChangeKind.LINK_REMOVED: _link,
    ChangeKind.CHANGED: _changed,
}
