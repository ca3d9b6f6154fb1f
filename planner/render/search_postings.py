"""Which documents have which terms, kept in shards that can be written one by one."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator

from planner.render.search_shards import Scale, terms_file, words_file

TermSets = tuple[set[str], set[str], set[str], set[str]]
"""The terms of one document by place: as its id, in title, tags, text; none in two places."""

NO_TERMS: TermSets = (set(), set(), set(), set())


class Postings:
    """The keys of the documents of each term, and the shards they are written to."""

    def __init__(self) -> None:
        # For each place: the keys of the documents of a term, in order.
        self._places: tuple[defaultdict[str, list[str]], ...] = tuple(
            defaultdict(list) for _ in NO_TERMS
        )
        self._terms: list[set[str]] = []
        self._words: list[set[str]] = []
        self._scale = Scale.of(0)
        self._dirty_terms: set[int] = set()
        self._dirty_words: set[int] = set()

    def enter(self, found: TermSets, key: str) -> None:
        """Enter a document.  Keys must come in order, before `arrange`."""
        for keys_of, terms in zip(self._places, found, strict=True):
            for term in terms:
                keys_of[term].append(key)

    def arrange(self, scale: Scale) -> None:
        """Sort the terms into as many shards as `scale` says."""
        self._scale = scale
        self._terms = [set() for _ in range(scale.terms)]
        self._words = [set() for _ in range(scale.words)]
        for term in set().union(*self._places):
            self._terms[scale.terms_shard(term)].add(term)
            if _is_word(term):
                self._words[scale.words_shard(term)].add(term)

    def exchange(self, old: TermSets, old_key: str, new: TermSets, new_key: str) -> None:
        """Replace the entries of a document; an empty key goes with no terms."""
        for keys_of, before, after in zip(self._places, old, new, strict=True):
            same = before & after if old_key == new_key else set()
            for term in before - same:
                keys = keys_of[term]
                del keys[bisect_left(keys, old_key)]
                if not keys:
                    del keys_of[term]
                self._touch(term)
            for term in after - same:
                insort(keys_of[term], new_key)
                self._touch(term)

    def _touch(self, term: str) -> None:
        """Note that the postings of `term` changed, and whether it came or went."""
        scale = self._scale
        shard = scale.terms_shard(term)
        self._dirty_terms.add(shard)
        is_there = any(term in keys_of for keys_of in self._places)
        if is_there == (term in self._terms[shard]):
            return
        words = scale.words_shard(term)
        if is_there:
            self._terms[shard].add(term)
        else:
            self._terms[shard].remove(term)
        if _is_word(term):
            self._dirty_words.add(words)
            if is_there:
                self._words[words].add(term)
            else:
                self._words[words].remove(term)

    def files(self) -> dict[str, str]:
        """All files of the postings."""
        self._dirty_terms = set(range(len(self._terms)))
        self._dirty_words = set(range(len(self._words)))
        return self.changed_files()

    def changed_files(self) -> dict[str, str]:
        """The files that may differ since they were last asked for, or since `arrange`."""
        files = {}
        for shard in sorted(self._dirty_terms):
            name, text = terms_file(shard, self._rows(shard))
            files[name] = text
        for shard in sorted(self._dirty_words):
            name, text = words_file(shard, sorted(self._words[shard]))
            files[name] = text
        self._dirty_terms, self._dirty_words = set(), set()
        return files

    def _rows(self, shard: int) -> Iterator[tuple[str, list[str]]]:
        """Term and, for each place, the keys of its documents as one text."""
        places = self._places
        for term in sorted(self._terms[shard]):
            yield term, ["".join(keys_of[term]) if term in keys_of else "" for keys_of in places]


def _is_word(term: str) -> bool:
    """Whether somebody may mean this term and type another: pairs of dense letters are none."""
    return len(term) > 2
