"""Two indexes that name the texts which can be similar to one; both miss none.

Texts are named by their index in a list and are added in that order, so lists are in order too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from planner.trace.text_keys import BITS, TextKeys


class TextIndex(Protocol):
    """Texts that can be similar to one."""

    def sharing_and_add(self, at: int) -> Sequence[Sequence[int]]:
        """Lists of all texts before `at` that can be similar to it; `at` may be their last."""


class BlockIndex:
    """Texts by equal blocks of their bitmaps.

    Similar texts of sizes a and b differ in at most k = 3(a+b)/37 bits.  Cut the bitmaps into k+1
    blocks: by the pigeonhole principle one block at least is equal in both.  This serves texts that
    differ in all their parts, even if all of them use the same few words.
    """

    def __init__(self, texts: Sequence[TextKeys]) -> None:
        self._texts = texts
        # Nearly all blocks belong to one text; only the others get a list.
        self._first: dict[int, int] = {}
        self._more: dict[int, list[int]] = {}

    def sharing_and_add(self, at: int) -> Sequence[Sequence[int]]:
        """Lists of all texts before `at` that can be similar to it; `at` may be their last."""
        found: list[Sequence[int]] = []
        for key in _block_keys(self._texts[at]):
            first = self._first.setdefault(key, at)
            if first != at:
                more = self._more.setdefault(key, [])
                found.append((first, *more))
                more.append(at)
        return found


def _block_keys(text: TextKeys) -> Iterator[int]:
    """A key for each block, for each number of blocks that a similar text may have."""
    bits = text.bits
    for count in range(_blocks(text.size), _blocks(20 * text.size // 17) + 1):
        width = -(-BITS // count)
        mask = (1 << width) - 1
        # The last bits tell blocks and numbers of blocks apart; no text has 2**16 blocks.
        mark = count << 16
        for block in range(count):
            yield (bits >> block * width & mask) << 32 | mark | block


def _blocks(size: int) -> int:
    """Of how many blocks one is equal in similar texts of at most `size` different words."""
    return 6 * size // 37 + 1


class RareWordIndex:
    """Texts by rare word and size.

    Sorted from rare to common, similar texts share a word among the first few of each.  This serves
    texts that are made from one pattern ("when X, the service shall Y") and differ in few words.
    """

    def __init__(self, texts: Sequence[TextKeys]) -> None:
        self._texts = texts
        count = Counter(word for text in texts for word in set(text.words.split()))
        rare_first = sorted(count, key=lambda word: (count[word], word))
        self._rank = {word: rank for rank, word in enumerate(rare_first)}
        # By word, size of text, and place of the word among the rarest of the text.
        self._index: dict[tuple[str, int], dict[int, list[int]]] = {}

    def sharing_and_add(self, at: int) -> Sequence[Sequence[int]]:
        """Lists of all texts before `at` that can be similar to it; `at` may be their last."""
        text = self._texts[at]
        size = text.size
        rarest = sorted(set(text.words.split()), key=self._rank.__getitem__)
        found = []
        for other_size in range(-(-17 * size // 20), 20 * size // 17 + 1):
            needed = -(-17 * (size + other_size) // 37)  # so many words similar texts share
            for word in rarest[: size - needed + 1]:
                places = self._index.get((word, other_size))
                if places:
                    found += [
                        texts for place, texts in places.items() if place <= other_size - needed
                    ]
        for place, word in enumerate(rarest[: size - -(-17 * size // 20) + 1]):
            places = self._index.setdefault((word, size), {})
            places.setdefault(place, []).append(at)
        return found
