"""The schema: every old version is taken to the newest, whole steps only, strangers are refused."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from service.db.backup import back_up_before_upgrade, check
from service.db.connection import connect, transaction
from service.db.migrations import MIGRATIONS, Migration
from service.db.upgrade import migrate, prepare
from service.errors import ConfigurationError

ROOT = Path(__file__).parent.parent.parent.parent


# Columns that take certain words only.
WORDS = {
    "source": "webhook", "origin": "made", "notify_on": "never", "outcome": "queued",
    "state": "failed", "stream": "out", "depth": "quick", "how": "other", "decision": "accepted",
    "stage": "over", "purpose": "review", "ask_sessions.source": "idea",
    "ask_sessions.state": "open", "notifications.kind": "hook",
}  # fmt: skip


def no_backup(path: Path, step: int) -> None:
    raise AssertionError("nothing to keep")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.sqlite3"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as found:
        yield found


def schema(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Every table, index and trigger with the statement that makes it."""
    rows = db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
    return [tuple(row) for row in rows]


def newest(folder: Path) -> list[tuple[str, str, str]]:
    with closing(connect(folder / "newest.sqlite3")) as db:
        migrate(db)
        return schema(db)


def fill(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """A row in each table that is there, with something in each column; return what they hold."""
    tables = [
        row["name"]
        for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
        # An index of texts keeps tables of its own, which nobody else fills.
        if row["name"] not in ("migrations", "sqlite_sequence")
        and not row["name"].startswith("log_search")
    ]
    for table in tables:
        columns = db.execute(f"PRAGMA table_info({table})").fetchall()
        references = {
            row["from"]: db.execute(f"SELECT {row['to']} FROM {row['table']}").fetchone()
            for row in db.execute(f"PRAGMA foreign_key_list({table})")
        }
        values = [value_for(table, column, references) for column in columns]
        marks = ",".join("?" * len(values))
        db.execute(f"REPLACE INTO {table} VALUES ({marks})", values)
    return {table: [tuple(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables}


def value_for(table: str, column: sqlite3.Row, references: dict[str, sqlite3.Row | None]) -> object:
    name = column["name"]
    if name in references:
        found = references[name]
        return found[0] if found else None
    word = WORDS.get(f"{table}.{name}", WORDS.get(name, name))
    return {"TEXT": word, "BLOB": name.encode(), "INTEGER": 1, "REAL": 1.0}[column["type"]]


def test_the_steps_are_numbered_from_one_without_gap() -> None:
    """A step of another branch that slips in between would never run."""
    assert [step.number for step in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert len({step.name for step in MIGRATIONS}) == len(MIGRATIONS)


def test_the_module_of_the_steps_holds_nothing_else() -> None:
    """No domain's data, no code that runs them: QUAL-01 of the roadmap."""
    source = (ROOT / "service" / "db" / "migrations.py").read_text("utf-8")
    assert "INSERT INTO" not in source.upper()
    statements = [text for step in MIGRATIONS for text in step.statements]
    assert all(text.split()[0] in {"CREATE", "ALTER", "DROP", "UPDATE"} for text in statements)


def test_a_fresh_database_goes_through_all_steps(path: Path) -> None:
    """And is for its owner alone; a second start finds nothing to do."""
    assert prepare(path, no_backup) == tuple(step.number for step in MIGRATIONS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert prepare(path, no_backup) == ()
    assert check(path) == len(MIGRATIONS)


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_every_old_version_becomes_the_newest(path: Path, tmp_path: Path, version: int) -> None:
    """The same schema as a fresh one, and no row lost; a copy of before is kept."""
    with closing(connect(path)) as db:
        migrate(db, MIGRATIONS[:version])
        with transaction(db):
            held = fill(db)
    taken = prepare(path, back_up_before_upgrade)
    assert taken == tuple(range(version + 1, len(MIGRATIONS) + 1))
    with closing(connect(path)) as db:
        assert schema(db) == newest(tmp_path)
        for table, rows in held.items():
            now = [tuple(row)[: len(rows[0])] for row in db.execute(f"SELECT * FROM {table}")]
            assert now == rows
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
    kept = list((tmp_path / "backups").glob("*.sqlite3")) if version else []
    assert [check(each) for each in kept] == ([version] if version else [])


def test_searches_of_before_have_no_price_where_the_sum_left_them_out(
    db: sqlite3.Connection,
) -> None:
    """A row whose figures were those of the API had a price for them."""
    migrate(db, MIGRATIONS[:11])
    kept = (("estimate", "1", 1), ("unpriced", None, 0), ("whole", "1", 0))
    for execution, usd, is_estimate in kept:
        db.execute(
            """INSERT INTO assistant_ledger (execution, day, kind, session, item, person, model,
                tokens_in, tokens_out, cache_write, cache_read, searches, usd, is_estimate,
                is_rehearsal, at)
            VALUES (?, 'd', 'ask', '', '', 'p', 'm', 1, 1, 0, 0, 3, ?, ?, 0, 'a')""",
            (execution, usd, is_estimate),
        )
    migrate(db)
    found = db.execute("SELECT execution, unpriced_searches FROM assistant_ledger")
    assert dict(map(tuple, found)) == {"estimate": 3, "unpriced": 3, "whole": 0}


def test_a_newer_database_is_refused(path: Path) -> None:
    """An old version must not write into what it does not know."""
    more = (*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "later", ("CREATE TABLE later (a)",)))
    prepare(path, no_backup, more)
    with pytest.raises(ConfigurationError, match="newer version"):
        prepare(path, no_backup)


def changed(steps: Sequence[Migration]) -> tuple[Migration, ...]:
    first = steps[0]
    return (Migration(1, first.name, (*first.statements, "CREATE TABLE t (a)")), *steps[1:])


def test_a_step_that_was_changed_after_its_release_is_refused(path: Path) -> None:
    """By its checksum; the database is left as it is."""
    prepare(path, no_backup, changed(MIGRATIONS))
    with pytest.raises(ConfigurationError, match=r"other steps .*step 1"):
        prepare(path, no_backup)


def test_a_missing_step_is_refused(db: sqlite3.Connection, path: Path) -> None:
    """The highest number alone says nothing."""
    migrate(db)
    db.execute("DELETE FROM migrations WHERE number = 1")
    with pytest.raises(ConfigurationError, match=r"step 1"):
        prepare(path, no_backup)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no database, though it has some length" * 200, "damaged or no database"),
        (None, "not one of this service"),
    ],
)
def test_a_strange_file_is_refused(path: Path, content: bytes | None, words: str) -> None:
    """Neither overwritten nor taken over."""
    if content is None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE theirs (a)")
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match=words):
        prepare(path, no_backup)
    if content is not None:
        assert path.read_bytes() == before


def test_a_step_that_fails_changes_nothing(db: sqlite3.Connection) -> None:
    """Schema changes are part of the transaction."""
    migrate(db)
    before = schema(db)
    bad = Migration(len(MIGRATIONS) + 1, "bad", ("CREATE TABLE half (a)", "CREATE TABLE half (a)"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, (*MIGRATIONS, bad))
    assert schema(db) == before
    assert migrate(db) == ()


def test_a_step_that_breaks_references_is_undone(db: sqlite3.Connection) -> None:
    """SQLite itself would let a table be replaced under those that point to it."""
    migrate(db)
    with transaction(db):
        fill(db)
    before = schema(db)
    bad = Migration(
        len(MIGRATIONS) + 1,
        "bad",
        (
            "PRAGMA defer_foreign_keys = ON",
            "ALTER TABLE sessions RENAME TO old_sessions",
            "CREATE TABLE sessions (key_id TEXT REFERENCES keys (id))",
            "INSERT INTO sessions VALUES ('nobody')",
        ),
    )
    with pytest.raises(ConfigurationError, match="references to nothing"):
        migrate(db, (*MIGRATIONS, bad))
    assert schema(db) == before


HALF_WAY = """
    import sys, time
    from pathlib import Path
    from service.db.connection import connect
    from service.db.migrations import MIGRATIONS, Migration
    from service.db.upgrade import migrate

    db = connect(Path(sys.argv[1]))
    def stop():
        print("half-way", flush=True)
        time.sleep(60)
    db.create_function("stop", 0, stop)
    statements = ("CREATE TABLE more (a)", "SELECT stop()", "CREATE TABLE x (a)")
    migrate(db, (*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "more", statements)))
"""


def test_a_step_that_is_killed_half_way_never_was(path: Path) -> None:
    """`kill -9` in the middle of it; the next start takes the step as a whole."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HALF_WAY), str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"half-way\n"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert prepare(path, no_backup) == ()
    step = Migration(len(MIGRATIONS) + 1, "more", ("CREATE TABLE more (a)", "CREATE TABLE x (a)"))
    kept: list[int] = []
    assert prepare(path, lambda _, done: kept.append(done), (*MIGRATIONS, step)) == (step.number,)
    assert kept == [len(MIGRATIONS)]


def test_two_that_start_at_once_take_each_step_once(path: Path) -> None:
    """The loser of the race for the lock finds the step done."""
    program = "import sys; from pathlib import Path; from service.db.upgrade import prepare\n"
    program += "print(*prepare(Path(sys.argv[1]), lambda *_: None))"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)], env=environ, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    taken = [word for each in started for word in each.communicate(timeout=60)[0].split()]
    assert [each.returncode for each in started] == [0] * 4
    assert sorted(map(int, taken)) == [step.number for step in MIGRATIONS]


def test_a_locked_database_is_refused_with_the_reason(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a wait: a backup's or another command's lock goes away by itself."""
    prepare(path, no_backup)
    began = time.monotonic()
    with closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigurationError, match="locked by another process"):
            prepare(path, no_backup)
    assert time.monotonic() - began > 4


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """With the path and what to do."""
    with pytest.raises(ConfigurationError, match=r"cannot be used.*service's user"):
        prepare(tmp_path / "missing" / "test.sqlite3", no_backup)
