"""Looking for words in logs: over all executions by the index, within one by its text."""

import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.errors import BadRequestError
from service.executions.log_store import searchable

LONGEST: Final = 200
# Hits that are shown of one execution, and how much of a line.
_HITS: Final = 5
_CHUNKS: Final = 6
_SHOWN: Final = 240
_BEFORE: Final = 60
_WORD: Final = r"(?<![^\W_])"
_BETWEEN: Final = r"[\W_]+"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line that was found; `marked` when it is a word that was looked for."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A line in which something was found: its number, and what stands around it."""

    line: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one execution: its number, its best lines, and whether there are more."""

    execution: int
    hits: tuple[Hit, ...]
    more: bool


def words_of(text: str) -> str:
    """A person's words as an expression of FTS5: each of them must occur, and may go on.

    Everything is quoted, so that nothing in it means anything.  Raises BadRequestError when there
    is no word in it.
    """
    words = [word for word in text.replace("\0", " ").split() if any(map(str.isalnum, word))]
    if not words:
        raise BadRequestError("there is no word to look for", "give letters or digits")
    return " ".join('"' + word.replace('"', '""') + '"*' for word in words)


def matching(
    db: sqlite3.Connection, text: str, *, limit: int, offset: int
) -> tuple[Sequence[int], int]:
    """Numbers of the executions in whose logs all words occur together, newest first; how many.

    “Together” is what was printed at about the same time.  Raises BadRequestError.
    """
    rows = db.execute(
        """SELECT DISTINCT log_chunks.execution FROM log_search
        JOIN log_chunks ON log_chunks.id = log_search.rowid
        WHERE log_search MATCH ? ORDER BY log_chunks.execution DESC""",
        (words_of(text),),
    ).fetchall()
    return [row[0] for row in rows[offset : offset + limit]], len(rows)


def hits_of(db: sqlite3.Connection, text: str, execution: int) -> Found:
    """The lines of one execution in which the words occur, in their order.

    Raises BadRequestError.
    """
    rows = db.execute(
        f"""SELECT log_chunks.first, log_chunks.text
        FROM log_search JOIN log_chunks ON log_chunks.id = log_search.rowid
        WHERE log_search MATCH ? AND log_chunks.execution = ?
        ORDER BY log_search.rowid LIMIT {_CHUNKS + 1}""",  # noqa: S608 - constants of this module
        (words_of(text), execution),
    ).fetchall()
    patterns = _patterns(text)
    hits: list[Hit] = []
    for row in rows[:_CHUNKS]:
        hits += _best(row["first"], row["text"], patterns)
        if len(hits) > _HITS:
            break
    return Found(execution, tuple(hits[:_HITS]), len(hits) > _HITS or len(rows) > _CHUNKS)


def _patterns(text: str) -> Sequence[re.Pattern[str]]:
    """What finds each word in a folded text, as the index does."""
    words = (re.findall(r"[^\W_]+", _folded(word)) for word in text.split())
    return [re.compile(_WORD + _BETWEEN.join(map(re.escape, parts))) for parts in words if parts]


def _folded(text: str) -> str:
    """A text without case and accents, of the same length."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFD", each)[0].lower()[:1] for each in text)


def _best(first: int, text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[Hit]:
    """Of lines that were kept together, those with the most of the words."""
    lines = text.split("\n")
    folded = _folded(searchable(text)).split("\n")
    counted = [sum(each.search(line) is not None for each in patterns) for line in folded]
    most = max(counted)
    return (
        Hit(first + at, _parts(lines[at], folded[at], patterns))
        for at, count in enumerate(counted)
        if count == most > 0
    )


def _parts(line: str, folded: str, patterns: Sequence[re.Pattern[str]]) -> tuple[Part, ...]:
    """The surroundings of the first word that was found."""
    start = min(found.start() for each in patterns if (found := each.search(folded)))
    begin, end = max(0, start - _BEFORE), start + _SHOWN
    spans = sorted(found.span() for each in patterns for found in each.finditer(folded, begin, end))
    parts = [Part("…", marked=False)] if begin else []
    at = begin
    for low, high in spans:
        if low >= at:
            parts += [Part(line[at:low], marked=False), Part(line[low:high], marked=True)]
            at = high
    parts.append(Part(line[at:end] + ("…" if len(line) > end else ""), marked=False))
    return tuple(each for each in parts if each.text)


def find_lines(
    db: sqlite3.Connection, execution: int, text: str, most: int
) -> tuple[Sequence[int], bool]:
    """Numbers of the lines of one execution that hold `text`; whether there are more than `most`.

    The case of the letters a to z does not count.  Works while it runs, too.
    """
    pattern = re.compile(re.escape(text), re.IGNORECASE | re.ASCII)
    like = re.sub(r"([\\%_])", r"\\\1", text)
    found: list[int] = []
    for row in db.execute(
        r"""SELECT first, text FROM log_chunks
        WHERE execution = ? AND text LIKE ? ESCAPE '\' ORDER BY first""",
        (execution, f"%{like}%"),
    ):
        found += (
            number
            for number, line in enumerate(row["text"].split("\n"), row["first"])
            if pattern.search(line)
        )
        if len(found) > most:
            return found[:most], True
    return found, False
