"""Finding words in logs, by the index and by the page, and what is deleted leaving no trace."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.clock import after, stamp
from service.db.connection import connect, transaction
from service.db.database import Database
from service.db.retention import Retention
from service.db.upgrade import prepare
from service.errors import BadRequestError
from service.executions import records
from service.executions.clearing import clear_large, clear_old, log_bytes
from service.executions.cutting import Chunk
from service.executions.log_store import add_chunks, index_some, last_line
from service.executions.records import NewExecution, Order, Outcome, State
from service.executions.search import find_lines, hits_of, matching, words_of
from service.executions.statistics import statistics_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "db.sqlite3"
    prepare(path, lambda *_: None)
    return path


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as db:
        yield db


def ran(
    db: sqlite3.Connection,
    *chunks: str,
    days: float = 0,
    state: State = State.SUCCEEDED,
    trigger: str = "t",
    **outcome: object,
) -> int:
    """A run that ended so many days ago, with its lines; its number."""
    with transaction(db):
        new = NewExecution(
            trigger_id=trigger, trigger_name=trigger, order=Order("claude"), source="manual",
            person="Ada", request_id="r",
        )  # fmt: skip
        number = records.enqueue(db, new).number
        db.execute("UPDATE executions SET state = 'running' WHERE number = ?", (number,))
        first = 1
        for text in chunks:
            count = text.count("\n") + 1
            add_chunks(db, number, [Chunk(first, count, "out", stamp(), text)])
            first += count
        size = sum(map(len, chunks))
        ended = Outcome(state=state, reason="x", lines=first - 1, bytes=size, **outcome)  # type: ignore[arg-type]
        records.finish(db, number, ended)
        if days:
            at = after(days=-days)
            db.execute(
                "UPDATE executions SET finished_at = ?, queued_at = ? WHERE number = ?",
                (at, at, number),
            )
    return number


def index(db: sqlite3.Connection, most_bytes: int = 1000) -> int:
    calls = 0
    while True:
        with transaction(db):
            if not index_some(db, most_bytes):
                return calls
        calls += 1


def count(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def is_sound(db: sqlite3.Connection) -> bool:
    """Whether the index holds nothing but words of lines that are there."""
    gone = db.execute(
        "SELECT count(*) FROM log_search_docsize WHERE id NOT IN (SELECT id FROM log_chunks)"
    ).fetchone()[0]
    return gone == 0 and db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def shown(db: sqlite3.Connection, text: str, number: int) -> list[tuple[int, str]]:
    """The hits, with the words that were found in brackets."""
    return [
        (hit.line, "".join(f"[{p.text}]" if p.marked else p.text for p in hit.parts))
        for hit in hits_of(db, text, number).hits
    ]


def test_words_are_found_with_their_lines(db: sqlite3.Connection) -> None:
    """Beginnings of words count; case and accents do not; all words must be there."""
    one = ran(db, "nothing here\nthe Build failed at step 3\nbuild again", "späte Zeile")
    two = ran(db, "the build is green")
    index(db)
    assert matching(db, "build", limit=10, offset=0) == ([two, one], 2)
    assert matching(db, "build", limit=1, offset=1) == ([one], 2)
    assert matching(db, "fail build", limit=10, offset=0) == ([one], 1)
    assert matching(db, "red", limit=10, offset=0) == ([], 0)
    assert shown(db, "fail build", one) == [(2, "the [Build] [fail]ed at step 3")]
    assert shown(db, "SPATE", one) == [(4, "[späte] Zeile")]


@pytest.mark.parametrize(
    "text",
    ['"', "a OR", "NEAR(", "a AND b", "col:x", "-x", "^x", "a*", "a + b", "{a b}: c", "(",
     "'", "a'b", "x\0y", '"unclosed', "…", "ünï", "a" * 200, "\\", "%", "text:foo", "log_search",
     "* a", "a ) b"],
)  # fmt: skip
def test_nothing_that_is_typed_is_an_expression(db: sqlite3.Connection, text: str) -> None:
    """It is found as it stands, or there is no word in it; the index never objects."""
    number = ran(db, f"before\n{text} here\nafter")
    index(db)
    try:
        words_of(text)
    except BadRequestError:
        assert not any(each.isalnum() for each in text)
        return
    assert matching(db, text, limit=5, offset=0) == ([number], 1)
    assert hits_of(db, text, number).hits


def test_where_there_is_no_word_nothing_is_looked_for(db: sqlite3.Connection) -> None:
    for text in ("", " ", "--", "!!", "\0", "\x1c\x04"):
        with pytest.raises(BadRequestError):
            matching(db, text, limit=5, offset=0)


def test_words_of_json_begin_behind_its_escapes(db: sqlite3.Connection) -> None:
    r"""In `"\nnext"` there is no word “nnext”; and in `C:\new` outside of JSON there is “new”."""
    number = ran(db, '{"text": "first\\nnext \\"quoted\\""}', "C:\\new place")
    index(db)
    assert shown(db, "next", number) == [(1, '{"text": "first\\n[next] \\"quoted\\""}')]
    assert shown(db, "new", number) == [(2, "C:\\[new] place")]
    assert matching(db, "nnext", limit=5, offset=0) == ([], 0)


def test_long_lines_are_shown_around_the_word(db: sqlite3.Connection) -> None:
    number = ran(db, f"{'a' * 500} needle {'b' * 500}")
    index(db)
    ((line, text),) = shown(db, "needle", number)
    assert line == 1
    assert text.startswith("…aaa")
    assert "[needle]" in text
    assert text.endswith("b…")
    assert len(text) < 320


def test_there_are_more_hits_than_are_shown(db: sqlite3.Connection) -> None:
    number = ran(db, *(f"word {n}" for n in range(30)))
    index(db)
    found = hits_of(db, "word", number)
    assert (len(found.hits), found.more) == (5, True)


def test_indexing_goes_on_where_it_stopped(db: sqlite3.Connection) -> None:
    """In pieces, each line once, the oldest run first; what runs is left for later."""
    ran(db, *(f"alpha{n} " + "x" * 400 for n in range(10)))
    empty = ran(db)
    with transaction(db):
        new = NewExecution(
            trigger_id="t", trigger_name="t", order=Order("claude"), source="manual", person="Ada",
            request_id="r",
        )  # fmt: skip
        waiting = records.enqueue(db, new).number
        add_chunks(db, waiting, [Chunk(1, 1, "out", stamp(), "beta")])
    assert index(db, 1000) == 5
    assert count(db, "log_search_docsize") == 10
    assert matching(db, "alpha7", limit=5, offset=0)[1] == 1
    assert matching(db, "beta", limit=5, offset=0)[1] == 0
    done = db.execute("SELECT number FROM executions WHERE indexed = 1").fetchall()
    assert empty in [row[0] for row in done]


def test_old_executions_go_with_their_lines_and_words(db: sqlite3.Connection) -> None:
    """In small steps; those that are younger, wait or run stay."""
    old = ran(db, *("old " + "x" * 300_000 for _ in range(6)), days=31)
    ran(db, "old and indexed not", days=40)
    young = ran(db, "young", days=29)
    index(db, 10_000_000)
    late = ran(db, "late", days=35)
    steps = 0
    while True:
        with transaction(db):
            if not clear_old(db, after(days=-30)):
                break
        steps += 1
    assert steps >= 2
    left = [row[0] for row in db.execute("SELECT number FROM executions")]
    assert left == [young]
    assert last_line(db, old) == last_line(db, late) == 0
    assert matching(db, "old", limit=5, offset=0)[1] == 0
    assert matching(db, "young", limit=5, offset=0)[1] == 1
    assert is_sound(db)


def test_the_oldest_logs_make_room(db: sqlite3.Connection) -> None:
    """Their rows stay and say so; half-indexed ones leave no word behind."""
    numbers = [ran(db, *("word " + "x" * 99_995 for _ in range(5)), days=9 - n) for n in range(4)]
    with transaction(db):
        index_some(db, 150_000)
    assert log_bytes(db) == 2_000_000
    while True:
        with transaction(db):
            if not clear_large(db, 1_200_000):
                break
    cleared = db.execute("SELECT cleared FROM executions ORDER BY number").fetchall()
    assert [row[0] for row in cleared] == [1, 1, 0, 0]
    assert log_bytes(db) == 1_000_000
    assert [last_line(db, each) for each in numbers] == [0, 0, 5, 5]
    index(db)
    assert matching(db, "word", limit=9, offset=0) == ([numbers[3], numbers[2]], 2)
    assert is_sound(db)


def test_the_file_shrinks(path: Path, db: sqlite3.Connection) -> None:
    """Retention as the service runs it, with the pages handed back to the disk."""
    for n in range(6):
        ran(db, *(f"w{k} " * 20_000 for k in range(50)), days=40 + n)
    ran(db, "stays")
    index(db, 10_000_000)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = path.stat().st_size
    assert before > 20_000_000
    database = Database(path)
    deleted = Retention(database).run()
    database.close()
    assert deleted["executions"] >= 6
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert path.stat().st_size < before / 3
    assert is_sound(db)
    assert matching(db, "stays", limit=5, offset=0)[1] == 1


def test_logs_do_not_push_out_deliveries(path: Path, db: sqlite3.Connection) -> None:
    """Each has its own cap."""
    db.execute(
        "INSERT INTO deliveries (id, source, event, received_at, address, request_id, digest, body,"
        " matched) VALUES ('d', 'webhook', '', ?, '', '', x'00', x'00', '[]')",
        (stamp(),),
    )
    ran(db, *("x" * 100_000 for _ in range(60)))
    database = Database(path)
    Retention(database, cap_bytes=3_000_000).run()
    database.close()
    assert count(db, "deliveries") == 1
    assert last_line(db, 1) == 60


def test_lines_are_found_by_their_text(db: sqlite3.Connection) -> None:
    number = ran(db, "a\nB a\nc", "a", "[a]%_")
    assert find_lines(db, number, "A", 10) == ([1, 2, 4, 5], False)
    assert find_lines(db, number, "A", 2) == ([1, 2], True)
    assert find_lines(db, number, "%_", 10) == ([5], False)
    assert find_lines(db, number + 1, "a", 10) == ([], False)


def test_statistics_of_a_trigger(db: sqlite3.Connection) -> None:
    """Cancelled runs say nothing about success, failed ones nothing about durations."""
    for n in range(1, 21):
        ran(db, trigger="a", duration_ms=n * 100, cost_usd=0.5)
    ran(db, trigger="a", state=State.FAILED, duration_ms=99_999, days=1)
    ran(db, trigger="a", state=State.TIMED_OUT, days=1)
    ran(db, trigger="a", state=State.CANCELLED)
    ran(db, trigger="a", days=31)
    ran(db, trigger="b", duration_ms=7)
    found = statistics_of(db, "a")
    assert (found.runs, found.success_rate) == (23, 20 / 22)
    assert (found.median_ms, found.p95_ms, found.cost_usd) == (1000, 1900, 10.0)
    assert found.by_state["cancelled"] == 1
    assert len(found.days) == 30
    assert (found.days[-1].runs, found.days[-1].succeeded, found.days[-1].failed) == (21, 20, 0)
    assert (found.days[-2].runs, found.days[-2].failed) == (2, 2)
    assert statistics_of(db, "").runs == 24
    nothing = statistics_of(db, "none")
    assert (nothing.runs, nothing.success_rate, nothing.median_ms) == (0, None, None)
