"""The files of the search index: their names, how many there are, and how they are written.

Every file is a classic script that calls `planSearch(name, data)`, so that the browser can load
it from a folder (`file://`) as well as from a server.  All files of a plan:

    manifest.js   how many shards there are, the kinds and statuses that occur
    facets.js     every document in order of its id: its key, and its kind and status
    terms-XX.js   terms and the keys of the documents that have them, as the id, in the title, in
                  the tags, in the text; sharded by the first two letters of the term
    words-XX.js   all words, to find what a mistyped word may have meant; sharded by hash
    docs-XX.js    what is shown of a document; sharded by its key

A key is a number below `KEYS`, written as three characters of `ALPHABET`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

ALPHABET = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""In the order of the code points, so that keys sort as their numbers do."""

KEYS = len(ALPHABET) ** 3

Facets = tuple[str, str]
"""Kind and status."""

_PER_SHARD = 64
_MOST_LEVELS = 10
_FORMAT = 1


def code(number: int, width: int) -> str:
    """`number` in `width` characters of `ALPHABET`."""
    letters = []
    for _ in range(width):
        number, digit = divmod(number, 64)
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))


@dataclass(frozen=True, slots=True)
class Scale:
    """How many shards a plan of some size has; doubles with the number of documents.

    `first` x `second` shards of terms: all terms that begin with the same letter are in `second`
    shards, so that a query of one letter stays cheap.
    """

    docs: int
    first: int
    second: int
    words: int

    @classmethod
    def of(cls, documents: int) -> "Scale":
        """The scale for a number of documents."""
        level = 0
        while documents > _PER_SHARD << level and level < _MOST_LEVELS:
            level += 1
        first, second, words = min(level, 5), max(0, level - 4), max(0, level - 3)
        return cls(1 << level, 1 << first, 1 << second, 1 << words)

    @property
    def terms(self) -> int:
        """The number of shards of terms."""
        return self.first * self.second

    def files(self) -> list[str]:
        """The names of all files at this scale."""
        names = ["manifest", "facets"]
        names += [f"terms-{shard:02x}" for shard in range(self.terms)]
        names += [f"words-{shard:02x}" for shard in range(self.words)]
        names += [f"docs-{shard:02x}" for shard in range(self.docs)]
        return [f"{name}.js" for name in names]

    def terms_shard(self, term: str) -> int:
        """The shard of a term; search.js computes the same."""
        # Words have few second letters; the factor keeps the vowels apart.
        second = (ord(term[1]) * 7 >> 4) % self.second if len(term) > 1 else 0
        return ord(term[0]) % self.first * self.second + second

    def words_shard(self, word: str) -> int:
        """The shard of a word; the browser reads all of them, so it need not know."""
        return crc32(word.encode()) % self.words

    def docs_shard(self, key: str) -> int:
        """The shard of a document's record; search.js computes the same."""
        number = 0
        for letter in key:
            number = number * len(ALPHABET) + ALPHABET.index(letter)
        return number * self.docs // KEYS


def _script(name: str, data: object) -> tuple[str, str]:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{name}.js", f'planSearch("{name}",{text});\n'


def manifest_file(
    scale: Scale, documents: int, pairs: Sequence[Facets], *, portable: bool
) -> tuple[str, str]:
    """`pairs` are all (kind, status) that occur, in the order of their codes in the facets."""
    data = {
        "format": _FORMAT,
        "portable": portable,
        "documents": documents,
        "docs": scale.docs,
        "first": scale.first,
        "second": scale.second,
        "words": scale.words,
        "pairs": pairs,
    }
    return _script("manifest", data)


def facets_file(rows: Iterable[tuple[str, Facets]], pairs: Sequence[Facets]) -> tuple[str, str]:
    """`rows` are key and (kind, status) of every document, in the order of their ids."""
    width = 1
    while len(ALPHABET) ** width < len(pairs):
        width += 1
    codes = {pair: code(number, width) for number, pair in enumerate(pairs)}
    return _script("facets", "".join([key + codes[pair] for key, pair in rows]))


def terms_file(shard: int, rows: Iterable[tuple[str, Sequence[str]]]) -> tuple[str, str]:
    """`rows` are a term and, for each place where it may stand, the keys of its documents."""
    lines = [",".join([term, *keys]).rstrip(",") for term, keys in rows]
    return _script(f"terms-{shard:02x}", ";".join(lines))


def words_file(shard: int, words: Iterable[str]) -> tuple[str, str]:
    """`words` in a stable order."""
    return _script(f"words-{shard:02x}", ",".join(words))


def read_terms_file(text: str) -> list[list[str]]:
    """The rows of a file of terms: the term, then the keys at as many places as were written.

    Raises ValueError if `text` is no such file.
    """
    data = _data(text)
    return [row.split(",") for row in data.split(";")] if data else []


def read_words_file(text: str) -> set[str]:
    """The words of a file of words; raises ValueError if `text` is none."""
    data = _data(text)
    return set(data.split(",")) if data else set()


def _data(text: str) -> str:
    start = text.find(",") + 1
    data = json.loads(text[start : text.rfind(")")])
    if not text.startswith("planSearch(") or not isinstance(data, str):
        raise ValueError(f"this is no file of a search index: {text[:40]!r}")
    return data


def docs_file(shard: int, records: Sequence[Sequence[str]]) -> tuple[str, str]:
    """`records` are key, id, title, address, excerpt and tags of each document."""
    return _script(f"docs-{shard:02x}", records)
