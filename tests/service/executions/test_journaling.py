"""Lines on their way into the database: what bounds them, and that their numbers have no hole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.db.database import Database
from service.errors import UnavailableError
from service.executions import journaling
from service.executions.journaling import Journal
from service.executions.log_store import add_chunks, read_chunks
from service.executions.ring import Ring


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    found = Database(folder / "db.sqlite3")
    found.write(
        lambda db: db.execute(
            """INSERT INTO executions (number, id, trigger_id, trigger_name, kind, source, event,
                state, priority, attempt, person, request_id, queued_at, not_before, order_json,
                message, payload)
            VALUES (7, 'exec-7', 't', 't', 'agent', 'manual', '', 'running', 0, 1, '', '', 'x',
                'x', '{}', '', '{}')"""
        )
    )
    yield found
    found.close()


def kept(database: Database) -> list[tuple[str, str]]:
    """The lines with their streams; their numbers are checked."""
    chunks = database.read(lambda db: read_chunks(db, 7, 0, 1 << 30))
    numbers = [each.first + at for each in chunks for at in range(each.count)]
    assert numbers == list(range(1, len(numbers) + 1))
    return [(each.stream, line) for each in chunks for line in each.lines]


def test_empty_lines_that_trickle_are_bounded_too(database: Database) -> None:
    """Each takes a row: without that one who prints nothing else would fill the disk."""
    journal = Journal(database, 7, Ring(), most_bytes=640)
    for _ in range(50):
        journal.take([("out", b"\n")])
    journal.note("it exited with 0")
    lines = kept(database)
    assert lines[-2][1].startswith("[the output is longer than 0 MiB")
    assert [stream for stream, _ in lines[-2:]] == ["note", "note"]
    assert lines[:-2] == [("out", "")] * 11
    assert journal.tally.truncated


def test_what_is_longer_than_the_bound_is_looked_at_all_the_same(database: Database) -> None:
    """A command tells its cost at its end, when nothing is kept any more."""
    seen: list[str] = []
    journal = Journal(
        database, 7, Ring(), most_bytes=100, observe=lambda _stream, text: seen.append(text)
    )
    journal.take([("out", b"a" * 90 + b"\n")])
    journal.take([("err", b"b" * 90 + b"\n"), ("out", b"the cost")])
    journal.close()
    assert seen == ["a" * 90, "b" * 90, "the cost"]
    assert [stream for stream, _ in kept(database)] == ["out", "note"]
    assert journal.tally.bytes == 90


def test_lines_that_could_not_be_kept_leave_no_hole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next line has the number of the first of them, and nobody was shown one."""
    ring = Ring()
    journal = Journal(database, 7, ring, most_bytes=1000)
    journal.take([("out", b"one\n")])

    def full(*_given: object) -> None:
        raise UnavailableError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(journaling, "PATIENCE_S", 0.0)
        patch.setattr(journaling, "add_chunks", full)
        with pytest.raises(UnavailableError):
            journal.take([("out", b"two\nthree\n")])
    assert journaling.add_chunks is add_chunks
    assert (ring.last, journal.tally.lines, journal.tally.bytes) == (1, 1, 3)
    journal.note("the end")
    assert kept(database) == [("out", "one"), ("note", "the end")]
