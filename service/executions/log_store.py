"""The lines of executions in the database: a row for what was read at once."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from service.executions.cutting import Chunk

_MERGED_PAGES: Final = 200
# In JSON the line end before a word is a letter: `\nword` would be the word “nword”.
_ESCAPES: Final = re.compile(r'\\(?:[nrtbf"/]|\\)')


def add_chunks(db: sqlite3.Connection, number: int, chunks: Iterable[Chunk]) -> None:
    """Keep chunks of an execution; the caller's transaction makes them durable."""
    db.executemany(
        "INSERT INTO log_chunks (execution, first, count, stream, at, text)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [(number, each.first, each.count, each.stream, each.at, each.text) for each in chunks],
    )


def read_chunks(
    db: sqlite3.Connection, number: int, after: int, most_bytes: int
) -> Sequence[Chunk]:
    """Chunks behind the line `after`, in order: up to so many bytes, but at least one."""
    rows = db.execute(
        """SELECT first, count, stream, at, text FROM log_chunks
        WHERE execution = :number AND first >= coalesce(
            (SELECT max(first) FROM log_chunks WHERE execution = :number AND first <= :next), 0)
        ORDER BY first""",
        {"number": number, "next": after + 1},
    )
    found: list[Chunk] = []
    size = 0
    for row in rows:
        chunk = Chunk(row["first"], row["count"], row["stream"], row["at"], row["text"])
        if chunk.last <= after:
            continue
        found.append(chunk.beyond(after) if not found else chunk)
        size += len(chunk.text)
        if size >= most_bytes:
            break
    return found


def last_line(db: sqlite3.Connection, number: int) -> int:
    """The number of the last line that is kept; 0 for none."""
    row = db.execute(
        "SELECT first + count - 1 FROM log_chunks WHERE execution = ? ORDER BY first DESC LIMIT 1",
        (number,),
    ).fetchone()
    return row[0] if row is not None else 0


def index_some(db: sqlite3.Connection, most_bytes: int) -> int:
    """Make lines of an ended execution searchable, about so many bytes of them; 0: none is left.

    Done after the end: a command that prints a lot must not wait for it.
    """
    execution = db.execute(
        "SELECT number, indexed_to FROM executions WHERE indexed = 0 AND finished_at IS NOT NULL"
        " ORDER BY number LIMIT 1"
    ).fetchone()
    if execution is None:
        return 0
    number, done, size, more = execution["number"], execution["indexed_to"], 0, False
    for row in _chunks_behind(db, number, done):
        if size >= most_bytes:
            more = True
            break
        db.execute(
            "INSERT INTO log_search (rowid, text) VALUES (?, ?)",
            (row["id"], searchable(row["text"])),
        )
        size += len(row["text"])
        done = row["first"]
    db.execute(
        "UPDATE executions SET indexed_to = ?, indexed = ? WHERE number = ?",
        (done, not more, number),
    )
    return max(size, 1)


def forget_some(db: sqlite3.Connection, number: int, most_bytes: int) -> int:
    """Delete lines of an execution and their place in the search: about so many bytes; 0: none."""
    found = db.execute("SELECT indexed_to FROM executions WHERE number = ?", (number,)).fetchone()
    indexed_to = found[0] if found is not None else 0
    gone, size = [], 0
    for row in _chunks_behind(db, number, 0):
        if size >= most_bytes:
            break
        if row["first"] <= indexed_to:
            db.execute(
                "INSERT INTO log_search (log_search, rowid, text) VALUES ('delete', ?, ?)",
                (row["id"], searchable(row["text"])),
            )
        gone.append((row["id"],))
        size += len(row["text"]) or 1
    db.executemany("DELETE FROM log_chunks WHERE id = ?", gone)
    return size


def searchable(text: str) -> str:
    """The lines as they are looked through: of the same length, without the escapes of JSON."""
    if not text.startswith("{") and "\n{" not in text:
        return text
    return "\n".join(
        _ESCAPES.sub("  ", line) if line.startswith("{") else line for line in text.split("\n")
    )


def tidy_search(db: sqlite3.Connection, *, begin: bool) -> int:
    """Merge some of the search's pages, so that those of deleted lines become free; 0: done.

    `begin` starts a merge of all of them, which further calls go on with.
    """
    before = db.total_changes
    db.execute(
        "INSERT INTO log_search (log_search, rank) VALUES ('merge', ?)",
        (-_MERGED_PAGES if begin else _MERGED_PAGES,),
    )
    # The statement itself counts as one change.
    return max(0, db.total_changes - before - 1)


def _chunks_behind(db: sqlite3.Connection, number: int, first: int) -> sqlite3.Cursor:
    return db.execute(
        "SELECT id, first, text FROM log_chunks WHERE execution = ? AND first > ? ORDER BY first",
        (number, first),
    )
