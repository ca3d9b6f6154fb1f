"""Three-way merge of the success criteria of a phase: by id, and each one part by part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.codec.criteria import highest_id
from planner.merge.entries import EntryClash, merge_entries
from planner.merge.texts import Piece, merge_texts
from planner.model.items import Criterion, Item, Phase
from planner.model.provenance import CRITERIA

_TEXTS = ("text", "check")
_LISTS = ("verifies", "proof")
_SINGLE = ("level", "status", "waive", "extra")


@dataclass(frozen=True, slots=True)
class CriterionClash:
    """A criterion that both changed (`part` is its id), or one part of it (`c2.text`)."""

    part: str
    base: object
    theirs: object
    yours: object
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedCriteria:
    """The merged list; `by_word` as of a text."""

    criteria: tuple[Criterion, ...]
    clashes: tuple[CriterionClash, ...]
    by_word: bool


def with_free_ids(was: Item, theirs: Item, yours: Item, files: Sequence[bytes]) -> Item:
    """Your item, its new criteria with other ids where theirs gave the same to other criteria.

    What yours says of their provenance goes along.  `files` are all texts that hold ids in use.
    """
    if not (isinstance(was, Phase) and isinstance(theirs, Phase) and isinstance(yours, Phase)):
        return yours
    old = {each.id for each in was.criteria}
    taken = {each.id: each for each in theirs.criteria if each.id not in old}
    written = highest_id([each.decode("utf-8", "replace") for each in files])
    known = (each.id for one in (was, theirs, yours) for each in one.criteria)
    top = max(written, *(int(each[1:]) for each in known), 0)
    new: dict[str, str] = {}
    for each in yours.criteria:
        if each.id not in old and taken.get(each.id, each) != each:
            top += 1
            new[each.id] = f"c{top}"
    if not new:
        return yours
    named = {f"{CRITERIA}{one}": f"{CRITERIA}{other}" for one, other in new.items()}
    return replace(
        yours,
        criteria=tuple(replace(each, id=new.get(each.id, each.id)) for each in yours.criteria),
        provenance=tuple(
            replace(each, field=named.get(each.field, each.field)) for each in yours.provenance
        ),
    )


def merge_criteria(
    base: Sequence[Criterion], theirs: Sequence[Criterion], yours: Sequence[Criterion]
) -> MergedCriteria:
    """Merge two lists made of `base`; new criteria have ids of their own, see `with_free_ids`."""
    merging = _Merging()
    merged = merge_entries(base, theirs, yours, lambda each: each.id, merging.settle)
    gone = [each for each in merged.clashes if not (each.theirs and each.yours)]
    clashes = [*merging.clashes, *(_whole(each) for each in gone)]
    return MergedCriteria(merged.entries, tuple(clashes), merging.by_word)


def _whole(clash: EntryClash[Criterion]) -> CriterionClash:
    """One took the criterion out, the other changed it."""
    known = clash.theirs or clash.yours or clash.base
    name = known.id if known is not None else ""
    return CriterionClash(name, clash.base, clash.theirs, clash.yours)


class _Merging:
    """Merges criteria that both changed, and keeps what clashes."""

    def __init__(self) -> None:
        self.clashes: list[CriterionClash] = []
        self.by_word = False

    def settle(self, clash: EntryClash[Criterion]) -> Criterion | None:
        was, theirs, yours = clash.base, clash.theirs, clash.yours
        if theirs is None or yours is None:
            return None
        if was is None:
            was = Criterion(theirs.id, "")
        values: dict[str, Any] = {}
        for name in (*_TEXTS, *_LISTS, *_SINGLE):
            parts = (getattr(was, name), getattr(theirs, name), getattr(yours, name))
            values[name] = self._part(f"{theirs.id}.{name}", name, *parts)
        return replace(theirs, **values)

    def _part(self, part: str, name: str, base: Any, theirs: Any, yours: Any) -> Any:
        if yours in (base, theirs):
            return theirs
        if theirs == base:
            return yours
        if name in _TEXTS:
            merged = merge_texts(base, theirs, yours)
            if merged.clean:
                self.by_word = self.by_word or merged.by_word
                return merged.text
            self.clashes.append(CriterionClash(part, base, theirs, yours, merged.pieces))
            return theirs
        if name in _LISTS:
            return merge_entries(base, theirs, yours, lambda each: each).entries
        self.clashes.append(CriterionClash(part, base, theirs, yours))
        return theirs
