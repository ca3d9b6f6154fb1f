"""Old rows go in batches; what must stay, stays; the file gets smaller."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import pytest

from service.clock import after
from service.db import retention
from service.db.connection import connect
from service.db.database import Database
from service.db.retention import BATCH, Retention
from service.db.upgrade import prepare
from service.errors import UnavailableError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "test.sqlite3"
    prepare(found, lambda *_: None)
    return found


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    found = Database(path, wait_s=0.5)
    yield found
    found.close()


def add_delivery(db: sqlite3.Connection, name: str, days_old: float, size: int = 10) -> None:
    db.execute(
        "INSERT INTO deliveries (id, source, event, received_at, address, request_id, digest,"
        " body, matched) VALUES (?, 'webhook', '', ?, '', '', x'00', zeroblob(?), '[]')",
        (name, after(days=-days_old), size),
    )


def add_audit(db: sqlite3.Connection, days_old: float) -> None:
    columns = "at, action, outcome, person, target, address, request_id, details, chain"
    db.execute(
        f"INSERT INTO audit ({columns}) VALUES (?, 'a', 'ok', '', '', '', '', '{{}}', x'00')",
        (after(days=-days_old),),
    )


def left(path: Path, table: str) -> list[sqlite3.Row]:
    with closing(connect(path, read_only=True)) as db:
        return db.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()


def test_only_what_is_over_goes(database: Database, path: Path) -> None:
    """On both sides of the limit, more than one batch."""

    def fill(db: sqlite3.Connection) -> None:
        for number in range(2 * BATCH + 5):
            add_delivery(db, f"old-{number}", 30.01)
        for number in range(5):
            add_delivery(db, f"new-{number}", 29.99)

    database.write(fill)
    assert Retention(database).run() == {"deliveries": 2 * BATCH + 5}
    assert [row["id"] for row in left(path, "deliveries")] == [f"new-{n}" for n in range(5)]
    assert Retention(database).run() == {}


def test_the_newest_audit_row_stays_whatever_its_age(database: Database, path: Path) -> None:
    """The next one's number and digest follow from it."""

    def fill(db: sqlite3.Connection) -> None:
        for age in (800, 700, 600):
            add_audit(db, age)

    database.write(fill)
    assert Retention(database).run() == {"audit": 2}
    assert [row["number"] for row in left(path, "audit")] == [3]


def test_sessions_and_links_go_and_keys_stay(database: Database, path: Path) -> None:
    """An audit row may name a key years later."""

    def fill(db: sqlite3.Connection) -> None:
        at = after(days=-900)
        db.execute(
            "INSERT INTO keys (id, prefix, digest, label, person, email, scopes, created_at,"
            " origin, revoked_at)"
            " VALUES ('k', '', x'01', '', '', '', '', ?, 'made', ?)",
            (at, at),
        )
        for number, (created, seen) in enumerate([(0.5, 0.1), (9, 0.1), (2, 1.5)]):
            db.execute(
                "INSERT INTO sessions (digest, id, key_id, created_at, seen_at, address)"
                " VALUES (?, ?, 'k', ?, ?, '')",
                (bytes([number]), str(number), after(days=-created), after(days=-seen)),
            )
        for number, minutes in enumerate((-1, 5)):
            db.execute(
                "INSERT INTO sign_in_links (digest, key_id, expires_at) VALUES (?, 'k', ?)",
                (bytes([number]), after(minutes=minutes)),
            )

    database.write(fill)
    assert Retention(database).run() == {"sessions": 2, "sign_in_links": 1}
    assert [row["id"] for row in left(path, "sessions")] == ["0"]
    assert len(left(path, "keys")) == 1


def test_keys_of_deliveries_fires_and_notifications_go(database: Database, path: Path) -> None:
    """On both sides of their limits; a notification on its way stays whatever its age."""

    def fill(db: sqlite3.Connection) -> None:
        for number, seconds in enumerate((-1.0, 3600.0)):
            db.execute(
                "INSERT INTO seen_deliveries VALUES ('webhook', ?, 'dlv-1', ?)",
                (bytes([number]), after(seconds=seconds)),
            )
        db.execute(
            "INSERT INTO triggers (id, name, source, prompt_template, backend, created_at,"
            " updated_at) VALUES ('t', 't', 'schedule', '', '', '', '')"
        )
        for days in (90.01, 89.99):
            db.execute(
                "INSERT INTO fires VALUES ('t', ?, 'queued', '', NULL)", (after(days=-days),)
            )
        for number, (state, days) in enumerate(
            [("sent", 30.01), ("failed", 30.01), ("waiting", 400), ("sent", 29.99)]
        ):
            db.execute(
                "INSERT INTO notifications (id, execution_id, url, state, next_at, at)"
                " VALUES (?, '', '', ?, '', ?)",
                (str(number), state, after(days=-days)),
            )

    database.write(fill)
    assert Retention(database).run() == {"seen_deliveries": 1, "fires": 1, "notifications": 2}
    assert [row["key"] for row in left(path, "seen_deliveries")] == [b"\1"]
    assert [row["id"] for row in left(path, "notifications")] == ["2", "3"]


def test_a_flood_makes_room_by_its_oldest(database: Database, path: Path) -> None:
    """Under the cap again, and the pages are handed back to the disk."""

    def fill(db: sqlite3.Connection) -> None:
        for number in range(600):
            add_delivery(db, f"{number:03}", 1 - number / 1000, 50_000)

    database.write(fill)
    with closing(connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = path.stat().st_size
    Retention(database, cap_bytes=20_000_000).run()
    names = [row["id"] for row in left(path, "deliveries")]
    assert names == [f"{number:03}" for number in range(400, 600)] or len(names) < 400
    assert names[-1] == "599"
    with closing(connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert path.stat().st_size < before - 8_000_000


def test_writes_of_the_service_come_between_the_batches(database: Database) -> None:
    """The service's own write is done long before the last batch."""

    def fill(db: sqlite3.Connection) -> None:
        for number in range(20 * BATCH):
            add_delivery(db, str(number), 31)

    database.write(fill)
    deleting = gevent.spawn(Retention(database).run)
    gevent.sleep(0.03)
    written = 0
    while not deleting.ready():
        number = written
        database.write(lambda db, number=number: add_delivery(db, f"new-{number}", 0))  # type: ignore[misc]
        written += 1
    assert deleting.get() == {"deliveries": 20 * BATCH}
    assert written > 20


def test_it_runs_by_itself_and_outlives_a_locked_database(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is logged; the next time works."""
    warned: list[str] = []
    monkeypatch.setattr(retention._log, "warning", lambda text, **_: warned.append(text))
    database.write(lambda db: add_delivery(db, "old", 40))
    each = Retention(database, every_s=0.05)
    with closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        each.start()
        with gevent.Timeout(20):
            while not warned:
                gevent.sleep(0.05)
        assert len(left(path, "deliveries")) == 1
    with gevent.Timeout(20):
        while left(path, "deliveries"):
            gevent.sleep(0.05)
    each.stop()


def test_it_refuses_to_run_on_a_locked_database(database: Database, path: Path) -> None:
    """Whoever calls it by hand is told."""
    with closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            Retention(database).run()
