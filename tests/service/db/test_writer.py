"""The writing thread: groups, failures, deadlines, and what it promises to whoever asks."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from service.db import writer
from service.db.connection import connect
from service.db.database import Database
from service.errors import UnavailableError

Work = Callable[[sqlite3.Connection], int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one table."""
    found = tmp_path / "test.sqlite3"
    with closing(connect(found)) as db:
        db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT")
    return found


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    found = Database(path, wait_s=1.0)
    yield found
    found.close()


def add(text: str) -> Work:
    def work(db: sqlite3.Connection) -> int:
        return int(db.execute("INSERT INTO notes (text) VALUES (?)", (text,)).lastrowid or 0)

    return work


def texts(path: Path) -> set[str]:
    with closing(connect(path, read_only=True)) as db:
        return {row["text"] for row in db.execute("SELECT text FROM notes")}


@contextmanager
def foreign_lock(path: Path) -> Iterator[None]:
    """What another process does that writes for a long time."""
    with closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def together(database: Database, works: list[Work]) -> list[int | Exception]:
    """Ask for all of them at once; each one's result or error, in their order."""

    def one(work: Work) -> int | Exception:
        try:
            return database.write(work)
        except (UnavailableError, sqlite3.Error, ValueError) as error:
            return error

    asked = [gevent.spawn(one, work) for work in works]
    return [each.get() for each in asked]


def hold_thread(database: Database) -> tuple[gevent.Greenlet, threading.Event]:
    """Keep the writing thread busy until the event is set, so that what follows is one group."""
    begun, release = threading.Event(), threading.Event()

    def wait(_: sqlite3.Connection) -> int:
        begun.set()
        release.wait(10)
        return 0

    busy = gevent.spawn(database.write, wait)
    while not begun.is_set():
        gevent.sleep(0.001)
    return busy, release


def test_a_write_is_there_when_it_returns(database: Database, path: Path) -> None:
    """Another connection, as of another process, sees it at once."""
    assert database.write(add("a")) == 1
    assert texts(path) == {"a"}
    assert database.read(lambda db: db.execute("SELECT count(*) FROM notes").fetchone()[0]) == 1


def test_an_acknowledged_write_was_forced_to_the_disk(database: Database) -> None:
    """WAL with `synchronous = FULL` (2): a commit ends with an fsync of the log."""
    found = database.write(
        lambda db: (
            db.execute("PRAGMA synchronous").fetchone()[0],
            db.execute("PRAGMA journal_mode").fetchone()[0],
            db.execute("PRAGMA foreign_keys").fetchone()[0],
        )
    )
    assert found == (2, "wal", 1)


def test_writes_that_wait_share_a_commit(database: Database, path: Path) -> None:
    """A hundred writes behind a slow one cost one fsync, not a hundred."""
    statements: list[str] = []
    database.write(lambda db: db.set_trace_callback(statements.append))
    busy, release = hold_thread(database)
    asked = [gevent.spawn(database.write, add(str(number))) for number in range(100)]
    gevent.sleep(0)
    release.set()
    gevent.joinall([busy, *asked], raise_error=True)
    database.write(lambda db: db.set_trace_callback(None))
    # That of the write that set the callback, that of the slow one, and one of a hundred.
    assert statements.count("COMMIT") == 3
    assert texts(path) == {str(number) for number in range(100)}


def test_a_failure_in_a_group_undoes_only_itself(database: Database, path: Path) -> None:
    """Nine good ones and one that breaks a rule; the good ones are there, once."""
    busy, release = hold_thread(database)

    def refuse(db: sqlite3.Connection) -> int:
        add("of the bad one")(db)
        raise ValueError("no")

    works = [add(str(number)) for number in range(9)]
    works[4:4] = [refuse, add("3")]
    gevent.spawn_later(0.05, release.set)
    found = together(database, works)
    busy.get()
    assert isinstance(found[4], ValueError)
    assert isinstance(found[5], sqlite3.IntegrityError)
    assert [each for each in found if isinstance(each, int)] == [*range(1, 10)]
    assert texts(path) == {str(number) for number in range(9)}


def test_the_error_of_a_work_keeps_its_traceback(database: Database) -> None:
    """The log must show the line that failed, not only the one that asked."""

    def fail(_: sqlite3.Connection) -> int:
        raise ValueError("here")

    with pytest.raises(ValueError, match="here") as caught:
        database.write(fail)
    assert "fail" in [entry.name for entry in caught.traceback]


def test_a_work_sees_the_context_of_who_asked(database: Database) -> None:
    """So that a line which it logs carries the id of the request."""
    name = ContextVar("name", default="nobody")

    def ask(who: str) -> str:
        name.set(who)
        return database.write(lambda _: name.get()) + database.read(lambda _: name.get())

    asked = [gevent.spawn(ask, who) for who in ("ada", "grace")]
    assert [each.get() for each in asked] == ["adaada", "gracegrace"]


def test_a_foreign_lock_delays_a_write(database: Database, path: Path) -> None:
    """Shorter than the deadline: the write is done, and other greenlets ran meanwhile."""
    with foreign_lock(path):
        asked = gevent.spawn(database.write, add("a"))
        gevent.sleep(0.2)
        assert not asked.ready()
    assert asked.get() == 1


def test_a_longer_lock_refuses_it_and_nothing_was_written(database: Database, path: Path) -> None:
    """503 with Retry-After, and no write later behind the back of whoever was refused."""
    with foreign_lock(path):
        with pytest.raises(UnavailableError) as caught:
            database.write(add("refused"))
        assert int(caught.value.headers["Retry-After"]) > 0
        assert database.read(lambda db: db.execute("SELECT 1").fetchone()[0]) == 1
    assert database.write(add("b"))
    assert texts(path) == {"b"}


def test_a_refusing_database_is_known_and_its_recovery_is_noticed(
    database: Database, path: Path
) -> None:
    """Readiness asks for this; no write of a client is needed to find out."""
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE migrations (number INTEGER) STRICT")
    assert database.status().ready
    with foreign_lock(path):
        with pytest.raises(UnavailableError):
            database.write(add("refused"))
        gevent.sleep(1.1)
        assert database.status().problem == "the database is busy"
    deadline = time.monotonic() + 10
    while not database.status().ready:
        assert time.monotonic() < deadline
        gevent.sleep(0.1)


def test_a_full_disk_refuses_the_whole_group(database: Database, path: Path) -> None:
    """SQLite may undo the transaction by itself then: no write of it may be acknowledged."""

    def limit(db: sqlite3.Connection, pages: int) -> int:
        return int(db.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0])

    database.write(lambda db: limit(db, 8))
    busy, release = hold_thread(database)
    works = [add("a"), add("b" * 100_000), add("c")]
    gevent.spawn_later(0.05, release.set)
    found = together(database, works)
    busy.get()
    assert all(isinstance(each, UnavailableError) for each in found)
    assert texts(path) == set()
    assert database.write(add("small"))
    database.write(lambda db: limit(db, 1_000_000))
    assert together(database, works) == [2, 3, 4]


def test_who_is_ended_while_waiting_takes_the_write_back(database: Database, path: Path) -> None:
    """A request that ran into its own deadline wrote nothing."""
    busy, release = hold_thread(database)
    asked = gevent.spawn(database.write, add("taken back"))
    gevent.sleep(0)
    asked.kill()
    release.set()
    busy.get()
    database.write(add("b"))
    assert texts(path) == {"b"}


def test_the_number_of_waiting_writes_is_bounded(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory must not grow without end while the disk is slow."""
    monkeypatch.setattr(writer, "WAITING", 3)
    busy, release = hold_thread(database)
    gevent.spawn_later(0.05, release.set)
    found = together(database, [add(str(number)) for number in range(5)])
    busy.get()
    assert [isinstance(each, UnavailableError) for each in found] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert database.write(add("afterwards"))


def test_closing_does_what_was_asked_for_before(path: Path) -> None:
    """And refuses what comes later; the log is gone into the database file."""
    database = Database(path)
    begun = Event()

    def ask(number: int) -> None:
        begun.set()
        database.write(add(str(number)))

    asked = [gevent.spawn(ask, number) for number in range(50)]
    begun.wait()
    database.read(lambda db: db.execute("SELECT 1").fetchone())
    database.close()
    gevent.joinall(asked, raise_error=True)
    with pytest.raises(UnavailableError):
        database.write(add("late"))
    assert len(texts(path)) == 50
    assert not path.with_name(path.name + "-wal").exists() or not (
        path.with_name(path.name + "-wal").stat().st_size
    )


def test_a_reader_cannot_write(database: Database) -> None:
    """A work that is handed to the wrong method fails instead of passing the writer by."""
    with pytest.raises((sqlite3.OperationalError, UnavailableError)):
        database.read(add("a"))


def test_reads_run_while_others_wait(database: Database) -> None:
    """More reads than threads: the rest waits its turn, and is refused after the deadline."""
    release = threading.Event()
    slow = [gevent.spawn(database.read, lambda _: release.wait(10)) for _ in range(4)]
    gevent.sleep(0.05)
    with pytest.raises(UnavailableError):
        database.read(lambda _: 1)
    release.set()
    gevent.joinall(slow, raise_error=True)
    assert database.read(lambda _: 1) == 1


def test_many_reads_at_once_get_an_answer_each(database: Database) -> None:
    """They are handed over together; a failing one spoils none beside it."""

    def read(number: int) -> int:
        sql = "SELECT ?" if number % 7 else "SELECT ? FROM nowhere"
        return int(database.read(lambda db: db.execute(sql, (number,)).fetchone()[0]))

    asked = [gevent.spawn(read, number) for number in range(200)]
    gevent.joinall(asked)
    good = {number: each.value for number, each in enumerate(asked) if each.successful()}
    assert good == {number: number for number in range(200) if number % 7}
    assert {type(each.exception) for each in asked} == {type(None), sqlite3.OperationalError}


def test_a_damaged_file_is_an_error_and_not_a_503(database: Database, path: Path) -> None:
    """Trying again does not mend it: it belongs into the log and to Sentry."""
    database.write(add("a"))
    database.read(lambda db: db.execute("SELECT 1").fetchone())
    with closing(connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    for work in (database.read, database.write):
        with pytest.raises(sqlite3.DatabaseError):
            # A new connection, since an old one has the pages in its memory.
            work(lambda db: connect_again(path))


def connect_again(path: Path) -> int:
    with closing(connect(path, read_only=True)) as db:
        return len(db.execute("SELECT * FROM notes").fetchall())
