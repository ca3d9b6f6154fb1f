"""A search index of static files that the browser reads piece by piece.

An edit of one document changes the shards of the terms that came or went, the shard of its record
and, if kind or status changed, the facets: few and small files.  For that, a document's key must
not depend on how many others there are: it is a hash of its id.  Where two ids have one hash, the
later takes the next free number, in the order of (hash, id); so the keys are a function of the
set of ids alone, and an index that was updated equals one that was built anew.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from planner.render.search_postings import NO_TERMS, Postings, Read, TermSets
from planner.render.search_shards import (
    KEYS,
    Facets,
    Scale,
    code,
    docs_file,
    facets_file,
    manifest_file,
)
from planner.render.search_terms import run_together, terms

_EXCERPT = 240
# Marks that say nothing to a reader: ids of criteria, and how headings, entries and quotes begin.
# A sign in the middle of a line may be meant: `x > 5`.
_MARKS = re.compile(r"[ \t]*\{#[^}\s]*\}|^[ \t]*(?:[-*+>]|#{1,6})[ \t]+|\*\*|`", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
# Above the hashes there is room for keys that were pushed on by others.
_HASHES = KEYS - KEYS // 16
_DIGITS = re.compile(r"(\d+)")
_SURROGATES = re.compile("[\ud800-\udfff]")

_Order = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One thing to find.

    `href` is relative to the root of the site (`r/ENV-01/`), `extra` are further words to find it
    by: tags, owner, aliases, number.  `kind` and `status` become facets.
    """

    id: str
    kind: str
    title: str
    text: str
    href: str
    status: str = ""
    extra: tuple[str, ...] = ()


def build_index(documents: Iterable[SearchDocument], *, portable: bool = False) -> dict[str, str]:
    """All files of the index, by name inside the folder `search/`.

    The order of `documents` does not matter.  `portable` tells the browser that addresses must
    name `index.html`.  Raises ValueError if two documents have one id.
    """
    return IndexState(documents, portable=portable).files()


class IndexState:
    """An index that is kept up to date: `update` returns the files that an edit changes.

    With `read`, which gives the text of a file by its name, the index is not made: its files were
    written before from just these documents, and those that an edit touches are read.  So a new
    process can take up an index in a fraction of the time.  If a file is not what it should be,
    `update` raises ValueError (or what `read` raises): then make the index anew.
    """

    def __init__(
        self,
        documents: Iterable[SearchDocument] = (),
        *,
        portable: bool = False,
        read: Read | None = None,
    ) -> None:
        self._portable = portable
        self._documents: dict[str, SearchDocument] = {}
        for document in documents:
            if document.id in self._documents:
                raise ValueError(f"two documents have the id {document.id!r}")
            self._documents[document.id] = document
        self._hashes = {item: _hash(item) for item in self._documents}
        self._order = {item: _natural(item) for item in self._documents}
        self._keys = _assign(self._hashes)
        self._scale = Scale.of(len(self._documents))
        self._postings = Postings(self._scale, read)
        if read is None:
            for item, key in self._keys.items():
                self._postings.enter(_terms(self._documents[item]), key)
            self._postings.arrange(self._scale)
        self._arrange()

    def _arrange(self) -> None:
        """Sort the documents into the shards of their records."""
        self._shards: list[set[str]] = [set() for _ in range(self._scale.docs)]
        for item, key in self._keys.items():
            self._shards[self._scale.docs_shard(key)].add(item)

    def files(self) -> dict[str, str]:
        """Every file of the index."""
        return {
            **self._overview(),
            **self._postings.files(),
            **self._records(range(self._scale.docs)),
        }

    def update(
        self, changed: Iterable[SearchDocument] = (), removed: Iterable[str] = ()
    ) -> dict[str, str | None]:
        """Take over an edit; returns the files to write, and None for those to delete.

        `changed` are new documents and those that replace one of the same id; `removed` are ids,
        unknown ones are passed over.  The files on disk then equal those of a full build.  Takes
        time in proportion to the edit and the shards it touches; where documents come or go, also
        a little for each document of the plan.
        """
        edits: dict[str, SearchDocument | None] = dict.fromkeys(removed)
        edits.update({document.id: document for document in changed})
        before = {item: self._documents.get(item) for item in edits}
        for item, document in edits.items():
            if document is None:
                self._documents.pop(item, None)
            else:
                self._documents[item] = document
        old_keys = self._keys
        if any((before[item] is None) != (edits[item] is None) for item in edits):
            self._renumber()
            for item, key in self._keys.items():
                if old_keys.get(item) != key:
                    before.setdefault(item, self._documents[item])
        return self._take_over(before, old_keys)

    def _renumber(self) -> None:
        """Give out the keys anew after documents came or went."""
        for item in self._hashes.keys() - self._documents.keys():
            del self._hashes[item], self._order[item]
        for item in self._documents.keys() - self._hashes.keys():
            self._hashes[item], self._order[item] = _hash(item), _natural(item)
        self._keys = _assign(self._hashes)

    def _take_over(
        self, before: Mapping[str, SearchDocument | None], old_keys: Mapping[str, str]
    ) -> dict[str, str | None]:
        """Bring postings and shards up to date with documents that were `before`."""
        shards: set[int] = set()
        overview = False
        for item, old in before.items():
            new = self._documents.get(item)
            old_key, new_key = old_keys.get(item, ""), self._keys.get(item, "")
            if old == new and old_key == new_key:
                continue
            self._postings.exchange(_terms(old), old_key, _terms(new), new_key)
            overview |= old_key != new_key or _facets(old) != _facets(new)
            for key, is_new in ((old_key, False), (new_key, True)):
                if key:
                    shard = self._scale.docs_shard(key)
                    shards.add(shard)
                    (self._shards[shard].add if is_new else self._shards[shard].discard)(item)
        if Scale.of(len(self._documents)) == self._scale:
            files = self._overview() if overview else {}
            return {**files, **self._postings.changed_files(), **self._records(sorted(shards))}
        old_files = self._scale.files()
        self._scale = Scale.of(len(self._documents))
        self._postings.arrange(self._scale)
        self._arrange()
        return {**dict.fromkeys(old_files), **self.files()}

    def _overview(self) -> dict[str, str]:
        documents = self._documents
        pairs = sorted({(one.kind, one.status) for one in documents.values()})
        rows = [
            (self._keys[item], (documents[item].kind, documents[item].status))
            for item in sorted(documents, key=self._order.__getitem__)
        ]
        manifest = manifest_file(self._scale, len(documents), pairs, portable=self._portable)
        return dict([manifest, facets_file(rows, pairs)])

    def _records(self, shards: Iterable[int]) -> dict[str, str]:
        files = {}
        for shard in shards:
            items = sorted(self._shards[shard], key=self._keys.__getitem__)
            records = [_record(self._documents[item], self._keys[item]) for item in items]
            name, text = docs_file(shard, records)
            files[name] = text
        return files


def _hash(item: str) -> int:
    digest = blake2b(item.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _HASHES


def _natural(item: str) -> _Order:
    """Orders AUTH-2 before AUTH-10."""
    parts = _DIGITS.split(item.lower())
    # Digits stand at the odd places; of two numbers the longer is the greater.
    parts[1::2] = [f"{len(part.lstrip('0')):03}{part.lstrip('0')}" for part in parts[1::2]]
    return tuple(parts), item


def _assign(hashes: Mapping[str, int]) -> dict[str, str]:
    """A key for each id, in the order of the keys."""
    keys = {}
    last = -1
    for number, item in sorted([(number, item) for item, number in hashes.items()]):
        last = max(number, last + 1)
        keys[item] = code(last, 3)
    if last >= KEYS:
        raise ValueError(f"{len(hashes)} documents are more than the index has keys for")
    return keys


def _facets(document: SearchDocument | None) -> Facets | None:
    return (document.kind, document.status) if document else None


def _terms(document: SearchDocument | None) -> TermSets:
    """The terms of a document, each at the best place where it stands."""
    if document is None:
        return NO_TERMS
    ids = run_together([document.id])
    title = terms(f"{document.title}\n{document.id}")
    title -= ids
    tags: set[str] = set()
    if document.extra:
        tags = terms("\n".join(document.extra)) | run_together(document.extra)
        tags -= title
        tags -= ids
    text = terms(document.text)
    # In place: that takes time for the few terms that go, not for the many that stay.
    text -= title
    text -= tags
    text -= ids
    return ids, title, tags, text


def _record(document: SearchDocument, key: str) -> list[str]:
    """What the browser shows of a document."""
    record = [key, document.id, _line(document.title), document.href]
    record += [_excerpt(document.text), _line(", ".join(document.extra))]
    return [part if part.isascii() else _SURROGATES.sub("\ufffd", part) for part in record]


def _line(text: str) -> str:
    return " ".join(text.split())


def _excerpt(text: str) -> str:
    """The beginning of a Markdown text as one plain line, cut at a blank where there is one."""
    line = _line(_MARKS.sub("", _LINK.sub(r"\1", text[: 2 * _EXCERPT])))
    if len(line) <= _EXCERPT:
        return line
    blank = line.rfind(" ", _EXCERPT // 2, _EXCERPT)
    return line[: blank if blank > 0 else _EXCERPT] + "…"
