"""Which texts are similar: an exact similarity join that is kept up to date.

All texts are compared once with the help of indexes, never all pairs.  After that a few changed
texts are compared with all others, which for so few is quicker.  What is found depends on the texts
and their order only, never on the edits that led there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from planner.trace.text_index import BlockIndex, RareWordIndex, TextIndex
from planner.trace.text_keys import TextKeys, is_similar

_LONGEST = 300
"""Texts of more different words are documents: they may be equal, but are not called similar."""
_AT_FIRST = 2_000
_EACH = 150
"""The first index may name so many texts at first, and so many for each text."""
_MOST = 400
"""With how many texts one text is compared at most.

Only in a plan whose texts are all made of the same few words are there so many.  There a similar
text may be missed, but the time stays bounded.
"""
_FEW = 16
_SHARE = 16
"""At most `_FEW` texts and one in `_SHARE` are compared with all; else everything is anew."""


class SimilarTexts:
    """For each of many different texts the earliest one before it that is similar to it."""

    def __init__(self) -> None:
        self._texts: dict[str, TextKeys] = {}
        self._match: Mapping[str, str] = {}
        self._bounded = False

    def matches(self, texts: Iterable[TextKeys]) -> Mapping[str, str]:
        """For each text, named by its `words`, the earliest similar one before it, if any."""
        now = {text.words: text for text in texts if 0 < text.size <= _LONGEST}
        if list(now) != list(self._texts):
            old = self._texts
            fresh = [words for words in now if words not in old]
            gone = {words for words in old if words not in now}
            orphans = [
                words for words, found in self._match.items() if found in gone and words not in gone
            ]
            if self._is_small(now, fresh, gone, orphans):
                self._match = _updated(now, self._match, fresh, gone, orphans)
            else:
                join = _Join(list(now.values()))
                self._match, self._bounded = join.matches(), join.bounded
        self._texts = now
        return self._match

    def _is_small(
        self,
        now: Mapping[str, TextKeys],
        fresh: Sequence[str],
        gone: set[str],
        orphans: Sequence[str],
    ) -> bool:
        """Whether little changed, and what stayed is in its old order."""
        new = set(fresh)
        return (
            not self._bounded
            and len(fresh) + len(orphans) <= min(_FEW, len(now) // _SHARE)
            and [words for words in now if words not in new]
            == [words for words in self._texts if words not in gone]
        )


def _updated(
    now: Mapping[str, TextKeys],
    before: Mapping[str, str],
    fresh: Sequence[str],
    gone: set[str],
    orphans: Sequence[str],
) -> dict[str, str]:
    """The matches before, brought up to date by comparing what changed with all texts."""
    place = {words: index for index, words in enumerate(now)}
    match = {
        words: found for words, found in before.items() if words not in gone and found not in gone
    }
    for words in orphans:
        found = next(_similar(now[words], now.values()), words)
        if place[found] < place[words]:
            match[words] = found
    for words in fresh:
        for other in _similar(now[words], now.values()):
            earlier, later = sorted((words, other), key=place.__getitem__)
            known = match.get(later)
            if known is None or place[earlier] < place[known]:
                match[later] = earlier
    return match


def _similar(text: TextKeys, others: Iterable[TextKeys]) -> Iterator[str]:
    own = set(text.words.split())
    for other in others:
        near = other is not text and text.may_match(other)
        if near and is_similar(own, set(other.words.split())):
            yield other.words


class _Join:
    """One comparison of all texts.

    It begins with an index of blocks and goes over to one of rare words when the first names too
    many texts.  Both miss none, so the result does not depend on which was asked.
    """

    def __init__(self, texts: Sequence[TextKeys]) -> None:
        self.bounded = False
        self._texts = texts
        self._bits = [text.bits for text in texts]
        self._sizes = [text.size for text in texts]
        self._index: TextIndex = BlockIndex(texts)
        self._left = _AT_FIRST
        self._most = len(texts) ** 2  # while `_left` bounds the work, nothing else does

    def matches(self) -> dict[str, str]:
        """For each text the earliest similar one before it."""
        match = {}
        for at, text in enumerate(self._texts):
            lists = self._index.sharing_and_add(at)
            self._left += _EACH - sum(map(len, lists))
            if self._left < 0:
                lists = self._by_rare_words(at)
            found = self._earliest(at, lists)
            if found is not None:
                match[text.words] = self._texts[found].words
        return match

    def _by_rare_words(self, at: int) -> Sequence[Sequence[int]]:
        """Go over to the other index; what it names for text `at`."""
        self._index = RareWordIndex(self._texts)
        self._left = len(self._texts) ** 2  # there is no further index to go over to
        self._most = _MOST
        for earlier in range(at):
            self._index.sharing_and_add(earlier)
        return self._index.sharing_and_add(at)

    def _earliest(self, at: int, lists: Sequence[Sequence[int]]) -> int | None:
        """The earliest of the texts in `lists` that is similar to text `at`."""
        bits, size = self._bits[at], self._sizes[at]
        own: set[str] | None = None
        limit = at
        left = self._most
        for earlier in lists:
            for other in earlier:
                if other >= limit:
                    break
                left -= 1
                if left < 0:
                    self.bounded = True
                    return limit if limit < at else None
                # As `TextKeys.may_match`: this line is run the most of all.
                if 37 * (bits ^ self._bits[other]).bit_count() <= 3 * (size + self._sizes[other]):
                    own = own or set(self._texts[at].words.split())
                    if is_similar(own, set(self._texts[other].words.split())):
                        limit = other
                        break
        return limit if limit < at else None
