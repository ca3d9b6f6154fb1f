"""What a check remembers of texts, so that the next one reads only what changed."""

from collections.abc import Iterable, Sequence

from planner.trace.similarity import SimilarTexts
from planner.trace.text_keys import TextKeys, text_keys

Pairs = list[tuple[int, int]]
"""Of each pair the indexes of two equal or similar texts, the earlier first."""


class TextMemo:
    """The texts of the last check of one plan.

    It belongs to whoever checks again and again; a check without one gives the same result and
    takes longer.
    """

    def __init__(self) -> None:
        self._keys: dict[str, TextKeys] = {}
        self._groups: dict[tuple[str, ...], Pairs] = {}
        self._similar = SimilarTexts()

    def keys_of(self, texts: Sequence[str]) -> list[TextKeys]:
        """The keys of `texts`, in order; keys of other texts are forgotten."""
        known = self._keys
        self._keys = {text: known.get(text) or text_keys(text) for text in dict.fromkeys(texts)}
        return [self._keys[text] for text in texts]

    def pairs(self, keys: Sequence[TextKeys]) -> Pairs:
        """For each text that is equal or similar to earlier ones, the pair with the earliest.

        Pairs come in the order of their later texts.
        """
        return _pairs(keys, self._similar)

    def pairs_in_groups(self, groups: Iterable[Sequence[TextKeys]]) -> list[Pairs]:
        """The pairs within each of many small groups of texts."""
        known = self._groups
        self._groups = {}
        found = []
        for group in groups:
            name = tuple(each.words for each in group)
            pairs = known.get(name)
            if pairs is None:
                pairs = _pairs(group, SimilarTexts())
            self._groups[name] = pairs
            found.append(pairs)
        return found


def _pairs(texts: Sequence[TextKeys], similar: SimilarTexts) -> Pairs:
    first_with: dict[str, int] = {}
    equal = []
    for index, text in enumerate(texts):
        first = first_with.setdefault(text.words, index)
        if first != index and text.size:
            equal.append((first, index))
    alike = [
        (first_with[found], first_with[words]) for words, found in similar.matches(texts).items()
    ]
    return sorted(equal + alike, key=lambda pair: (pair[1], pair[0]))
