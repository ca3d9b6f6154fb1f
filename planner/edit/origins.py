"""What an edit does to the provenance of texts, and approving a text.

Every edit passes here on its way to a preview or a commit, whoever made it: an approval is of
exactly one text, so it goes as soon as that text is another one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher

from planner.codec.editing import edit_text
from planner.codec.reading import kind_of_path
from planner.edit.draft import Draft
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.items import Item, Provenance
from planner.model.provenance import is_hash_of, is_unapproved, text_hash, text_of

Trailers = tuple[tuple[str, str], ...]

_SAVES_IT = "whoever saves this"
_STAYS = 0.5  # share of the words of a text that are still those of the model
_MOST_WORDS = 2000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Approve:
    """Approve texts of the item `id`, each exactly as the person saw it.

    `texts` maps a field (or `criteria.c1`) to the hash of what was seen; an empty hash means
    whatever the text is now, and no `texts` at all every text of a model that nobody approved.
    `person` is who approves: the author of the save, who is filled in by then.
    """

    id: str
    kind: str
    texts: Mapping[str, str] = field(default_factory=dict)
    person: str = ""

    def draft(self, plan: PlanState) -> Draft:
        """The file with the approvals.  Raises EditError where a text is another one by now."""
        item = plan.item(self.id, self.kind)
        entries = {each.field: each for each in item.provenance}
        wanted = self.texts or {
            each.field: "" for each in item.provenance if is_unapproved(item, each)
        }
        if not wanted:
            raise EditError(f"{item.id} has no text that waits to be approved", "reload the page")
        for name, seen in wanted.items():
            entries[name] = self._approved(item, name, seen, entries.get(name))
        data = edit_text(
            item.path,
            plan.data([item.path])[item.path],
            {"provenance": tuple(entries.values())},
        )
        return Draft({item.path: data}, item.id, self.kind, f"Approve texts of {item.id}")

    def _approved(self, item: Item, name: str, seen: str, entry: Provenance | None) -> Provenance:
        text = text_of(item, name)
        if text is None or entry is None:
            what = "no such text" if text is None else "no provenance of that text"
            raise EditError(f"{item.id}: {name} cannot be approved: there is {what}", "reload it")
        if seen and not is_hash_of(seen, text):
            raise EditError(
                f"{item.id}: {name} was changed since it was shown", "read it again, then approve"
            )
        day = datetime.now(UTC).date().isoformat()
        person = self.person or _SAVES_IT
        return replace(entry, approved=person, approved_on=day, hash=text_hash(text))


def settled_files(plan: PlanState, files: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """The new `files` of an edit of `plan`, with the provenance that their texts have by then.

    Raises EditError where the provenance of a changed text cannot be written.
    """
    found = dict(files)
    if not any(data is not None and b"provenance" in data for data in files.values()):
        return found
    after = plan.with_files(files)
    for path, data in files.items():
        known = after.known.get(path)
        item = known.read.item if known is not None else None
        if data is None or item is None or not item.provenance:
            continue
        before = _before(plan, path)
        wanted = settled(before, item)
        if wanted != item.provenance:
            found[path] = edit_text(path, data, {"provenance": wanted})
    return found


def _before(plan: PlanState, path: str) -> Item | None:
    known = plan.known.get(path)
    return known.read.item if known is not None and kind_of_path(path) else None


def settled(before: Item | None, after: Item) -> tuple[Provenance, ...]:
    """The provenance of `after`, whose texts were those of `before`."""
    held = {each.field: each for each in before.provenance} if before is not None else {}
    found = []
    for entry in after.provenance:
        old = text_of(before, entry.field) if before is not None else None
        new = text_of(after, entry.field)
        kept = _settled(held.get(entry.field), entry, old, new)
        if kept is not None:
            found.append(kept)
    return tuple(found)


def _settled(
    held: Provenance | None, entry: Provenance, old: str | None, new: str | None
) -> Provenance | None:
    """One entry, which was `held`, when its text was `old` and is `new`; None: it goes."""
    if new is None:
        # A slip in the name of a field stays, for a check to find; an emptied text takes it along.
        return entry if old is None else None
    if entry == held:
        if old == new or (entry.hash and is_hash_of(entry.hash, new)):
            return entry
        if old is not None and not _is_like(old, new):
            return None
        return replace(entry, approved="", approved_on="", hash=text_hash(new))
    if entry.hash and is_hash_of(entry.hash, new):
        return entry
    if held is not None and old != new and _approval(held) == _approval(entry):
        entry = replace(entry, approved="", approved_on="")
    return replace(entry, hash=text_hash(new))


def _approval(entry: Provenance) -> tuple[str, str]:
    return entry.approved, entry.approved_on


def _is_like(old: str, new: str) -> bool:
    """Whether at least half of the words of `new` are those of `old`, in their order."""
    before, after = _words(old), _words(new)
    if not after:
        return False
    same = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return sum(block.size for block in same) >= _STAYS * len(after)


def _words(text: str) -> Sequence[str]:
    return [word.casefold() for word in _WORD.findall(text)[:_MOST_WORDS]]


def trailers_of(pairs: Iterable[tuple[Item | None, Item | None]]) -> Trailers:
    """What the commit of changed items (before, after) says of models and approvals."""
    found: dict[tuple[str, str], None] = {}
    for before, after in pairs:
        held = set(before.provenance) if before is not None else set()
        for entry in after.provenance if after is not None else ():
            if entry in held:
                continue
            origin = {(each.field, each.model, each.session) for each in held}
            if entry.model and (entry.field, entry.model, entry.session) not in origin:
                found["AI-Model", entry.model] = None
                if entry.session:
                    found["AI-Session", entry.session] = None
            if entry.approved and entry.approved != _SAVES_IT:
                found["Approved-by", entry.approved] = None
    return tuple(sorted(found))
