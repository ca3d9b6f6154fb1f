"""Three-way merge of the success criteria of a phase: by id, and each one part by part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.merge.entries import EntryClash, merge_entries
from planner.merge.texts import Piece, merge_texts
from planner.model.items import Criterion

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


def merge_criteria(
    base: Sequence[Criterion], theirs: Sequence[Criterion], yours: Sequence[Criterion]
) -> MergedCriteria:
    """Merge two lists made of `base`.

    Two new criteria that got the same id are two criteria: yours gets an empty id, for a fresh one.
    """
    old = {each.id for each in base}
    taken = {each.id: each for each in theirs if each.id not in old}
    fresh = [
        replace(each, id="") if each.id not in old and taken.get(each.id, each) != each else each
        for each in yours
    ]
    merging = _Merging()
    merged = merge_entries(base, theirs, fresh, lambda each: each.id, merging.settle)
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
