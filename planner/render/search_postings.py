"""Which documents have which terms, kept in shards that can be read and written one by one."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterator

from planner.render.search_shards import (
    Scale,
    read_terms_file,
    read_words_file,
    terms_file,
    words_file,
)

TermSets = tuple[set[str], set[str], set[str], set[str]]
"""The terms of one document by place: as its id, in title, tags, text; none in two places."""

NO_TERMS: TermSets = (set(), set(), set(), set())
_KEY = 3

Read = Callable[[str], str]
"""Gives the text of a file of the index by its name."""


class Postings:
    """The keys of the documents of each term, and the shards they are written to.

    With `read`, the postings are those of an index that was written before, at `scale`; a shard
    is read when it is first needed.
    """

    def __init__(self, scale: Scale, read: Read | None = None) -> None:
        # For each place: the keys of the documents of a term, in order.
        self._places: tuple[defaultdict[str, list[str]], ...] = tuple(
            defaultdict(list) for _ in NO_TERMS
        )
        self._read = read
        self._scale = scale
        # None: not read yet.
        self._terms: list[set[str] | None] = [None] * scale.terms
        self._words: list[set[str] | None] = [None] * scale.words
        self._dirty_terms: set[int] = set()
        self._dirty_words: set[int] = set()

    def enter(self, found: TermSets, key: str) -> None:
        """Enter a document into a new index.  Keys must come in order, before `arrange`."""
        for keys_of, terms in zip(self._places, found, strict=True):
            for term in terms:
                keys_of[term].append(key)

    def arrange(self, scale: Scale) -> None:
        """Sort the terms into as many shards as `scale` says."""
        if self._read:
            for shard in range(self._scale.terms):
                self._terms_of(shard)
            self._read = None
        terms: list[set[str]] = [set() for _ in range(scale.terms)]
        words: list[set[str]] = [set() for _ in range(scale.words)]
        for term in set().union(*self._places):
            terms[scale.terms_shard(term)].add(term)
            if _is_word(term):
                words[scale.words_shard(term)].add(term)
        self._scale, self._terms, self._words = scale, list(terms), list(words)

    def _terms_of(self, shard: int) -> set[str]:
        terms = self._terms[shard]
        if terms is None:
            terms = self._terms[shard] = set()
            for term, *places in read_terms_file(self._text(terms_file(shard, ())[0])):
                terms.add(term)
                for keys_of, keys in zip(self._places, places, strict=False):
                    if keys:
                        keys_of[term] = [keys[at : at + _KEY] for at in range(0, len(keys), _KEY)]
        return terms

    def _words_of(self, shard: int) -> set[str]:
        words = self._words[shard]
        if words is None:
            words = self._words[shard] = read_words_file(self._text(words_file(shard, ())[0]))
        return words

    def _text(self, name: str) -> str:
        if self._read is None:
            raise ValueError(f"{name} is wanted of an index that was never arranged")
        return self._read(name)

    def exchange(self, old: TermSets, old_key: str, new: TermSets, new_key: str) -> None:
        """Replace the entries of a document; an empty key goes with no terms."""
        for keys_of, before, after in zip(self._places, old, new, strict=True):
            same = before & after if old_key == new_key else set()
            for term in before - same:
                terms = self._touched(term)
                keys = keys_of[term]
                at = bisect_left(keys, old_key)
                if keys[at : at + 1] != [old_key]:
                    raise ValueError(f"the index lacks {term!r} of a document: it is another one's")
                del keys[at]
                if not keys:
                    del keys_of[term]
                    if not any(term in others for others in self._places):
                        terms.discard(term)
                        self._word(term, present=False)
            for term in after - same:
                terms = self._touched(term)
                insort(keys_of[term], new_key)
                if term not in terms:
                    terms.add(term)
                    self._word(term, present=True)

    def _touched(self, term: str) -> set[str]:
        """The terms of the shard of a term whose postings are about to change."""
        shard = self._scale.terms_shard(term)
        self._dirty_terms.add(shard)
        return self._terms_of(shard)

    def _word(self, term: str, *, present: bool) -> None:
        if _is_word(term):
            shard = self._scale.words_shard(term)
            self._dirty_words.add(shard)
            if present:
                self._words_of(shard).add(term)
            else:
                self._words_of(shard).discard(term)

    def files(self) -> dict[str, str]:
        """All files of the postings."""
        self._dirty_terms = set(range(self._scale.terms))
        self._dirty_words = set(range(self._scale.words))
        return self.changed_files()

    def changed_files(self) -> dict[str, str]:
        """The files that may differ since they were last asked for, or since `arrange`."""
        terms = [terms_file(shard, self._rows(shard)) for shard in sorted(self._dirty_terms)]
        words = [
            words_file(shard, sorted(self._words_of(shard))) for shard in sorted(self._dirty_words)
        ]
        self._dirty_terms, self._dirty_words = set(), set()
        return dict([*terms, *words])

    def _rows(self, shard: int) -> Iterator[tuple[str, list[str]]]:
        """Term and, for each place, the keys of its documents as one text."""
        places = self._places
        for term in sorted(self._terms_of(shard)):
            yield term, ["".join(keys_of[term]) if term in keys_of else "" for keys_of in places]


def _is_word(term: str) -> bool:
    """Whether somebody may mean this term and type another: pairs of dense letters are none."""
    return len(term) > 2
