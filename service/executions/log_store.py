"""The lines of executions in the database: a row for what was read at once."""

import sqlite3
from collections.abc import Iterable, Sequence

from service.executions.cutting import Chunk


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


def index_some(db: sqlite3.Connection, most: int) -> int:
    """Make the lines of an ended execution searchable, up to `most` chunks of it; how many.

    Done after the end: a command that prints a lot must not wait for it.
    """
    row = db.execute(
        "SELECT number FROM executions WHERE indexed = 0 AND finished_at IS NOT NULL"
        " ORDER BY number LIMIT 1"
    ).fetchone()
    if row is None:
        return 0
    rows = db.execute(
        """SELECT id, text FROM log_chunks WHERE execution = ?
        AND id NOT IN (SELECT id FROM log_search_docsize) ORDER BY id LIMIT ?""",
        (row["number"], most),
    ).fetchall()
    db.executemany(
        "INSERT INTO log_search (rowid, text) VALUES (?, ?)",
        [(each["id"], each["text"]) for each in rows],
    )
    if len(rows) < most:
        db.execute("UPDATE executions SET indexed = 1 WHERE number = ?", (row["number"],))
    return len(rows) or 1


def forget(db: sqlite3.Connection, number: int) -> None:
    """Delete the lines of an execution, and their place in the search."""
    db.execute(
        """INSERT INTO log_search (log_search, rowid, text)
        SELECT 'delete', id, text FROM log_chunks WHERE execution = ?
        AND id IN (SELECT id FROM log_search_docsize)""",
        (number,),
    )
    db.execute("DELETE FROM log_chunks WHERE execution = ?", (number,))
