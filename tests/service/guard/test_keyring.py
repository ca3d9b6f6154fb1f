"""The keys in memory: as fresh as the database, and closed when that cannot be read."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from service.clock import after
from service.db.connection import connect, transaction
from service.db.database import Database
from service.db.upgrade import migrate
from service.errors import UnavailableError
from service.guard.keyring import Keyring
from service.guard.keys import Holder, add_key, announce, revoke_key, rotate_key
from service.guard.principal import Scope

HOLDER = Holder("laptop", "Ada", "ada@example.org", frozenset({Scope.READ}))


class CountingDatabase(Database):
    """Counts reads, and fails them on demand."""

    reads = 0
    broken = False
    delay_s = 0.0

    def read(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        self.reads += 1
        if self.broken:
            raise UnavailableError("the database is busy", 2)
        found = super().read(work)
        gevent.sleep(self.delay_s)
        return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new database."""
    db = connect(tmp_path / "keys.sqlite3")
    migrate(db)
    db.close()
    return tmp_path / "keys.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[CountingDatabase]:
    """It, as the service opens it."""
    made = CountingDatabase(path)
    yield made
    made.close()


@pytest.fixture
def ring(database: CountingDatabase, tmp_path: Path) -> Keyring:
    return Keyring(database, tmp_path / "keys.changed")


def on_host(path: Path, work: Callable[[sqlite3.Connection], Any]) -> Any:
    """A change from another connection, as the command line makes it."""
    db = connect(path)
    try:
        with transaction(db):
            return work(db)
    finally:
        db.close()
        announce(path.parent / "keys.changed")


def is_live(ring: Keyring, text: str) -> bool:
    found = ring.find(text.encode())
    return found is not None and found[1]


def test_a_request_costs_no_query(ring: Keyring, database: CountingDatabase, path: Path) -> None:
    _, text = on_host(path, lambda db: add_key(db, HOLDER))
    for _ in range(100):
        assert is_live(ring, text)
        assert ring.find(b"unknown") is None
    assert database.reads == 1


def test_each_change_by_the_host_is_seen_at_once(
    ring: Keyring, database: CountingDatabase, path: Path
) -> None:
    """Also when they follow so fast that the clock of the file system does not tick between."""
    for _ in range(50):
        key, text = on_host(path, lambda db: add_key(db, HOLDER))
        assert is_live(ring, text)
        on_host(path, lambda db, key=key: revoke_key(db, key.id))
        assert not is_live(ring, text)
        assert ring.live(key.id) is None


def test_a_change_while_the_keys_are_read_is_not_missed(
    ring: Keyring, database: CountingDatabase, path: Path
) -> None:
    key, text = on_host(path, lambda db: add_key(db, HOLDER))
    database.delay_s = 0.2
    looking = gevent.spawn(is_live, ring, text)
    gevent.sleep(0.1)  # the rows are read, the cache is not made yet
    on_host(path, lambda db: revoke_key(db, key.id))
    looking.get(timeout=10)
    assert not is_live(ring, text)

    key, text = on_host(path, lambda db: add_key(db, HOLDER))
    looking = gevent.spawn(is_live, ring, text)
    gevent.sleep(0.1)
    database.write(lambda db: revoke_key(db, key.id))
    ring.forget()
    looking.get(timeout=10)
    assert not is_live(ring, text)


def test_many_requests_wait_for_one_reading(
    ring: Keyring, database: CountingDatabase, path: Path
) -> None:
    _, text = on_host(path, lambda db: add_key(db, HOLDER))
    database.delay_s = 0.1
    greenlets = [gevent.spawn(is_live, ring, text) for _ in range(50)]
    assert [each.get(timeout=10) for each in greenlets] == [True] * 50
    assert database.reads == 1


def test_when_the_keys_cannot_be_read_nothing_opens(
    ring: Keyring, database: CountingDatabase, path: Path
) -> None:
    key, text = on_host(path, lambda db: add_key(db, HOLDER))
    assert is_live(ring, text)
    ring.forget()
    database.broken = True
    for look in (lambda: ring.find(text.encode()), lambda: ring.live(key.id)):
        with pytest.raises(UnavailableError):
            look()
    database.broken = False
    assert is_live(ring, text)


def test_a_forgotten_announcement_is_made_up_for(
    ring: Keyring, database: CountingDatabase, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command killed between its commit and the touch of the file."""
    key, text = on_host(path, lambda db: add_key(db, HOLDER))
    assert is_live(ring, text)
    db = connect(path)
    with transaction(db):
        revoke_key(db, key.id)
    db.close()
    later = time.monotonic() + 31
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not is_live(ring, text)


def test_a_key_expires_by_itself(
    ring: Keyring, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = Holder("x", "Ada", "", frozenset({Scope.READ}), after(seconds=100))
    key, text = on_host(path, lambda db: add_key(db, holder))
    new, _ = on_host(path, lambda db: rotate_key(db, key.id, after(seconds=50)))
    assert new.holder.expires_at is not None
    assert is_live(ring, text)
    then = time.time() + 51
    monkeypatch.setattr(time, "time", lambda: then)
    assert not is_live(ring, text)
    assert ring.live(new.id) is not None


def test_uses_are_written_together(ring: Keyring, database: CountingDatabase, path: Path) -> None:
    keys = [on_host(path, lambda db: add_key(db, HOLDER))[0] for _ in range(3)]
    for key in keys:
        for _ in range(5):
            ring.principal(key)
    deadline = time.monotonic() + 10
    query = "SELECT count(*) FROM keys WHERE last_used_at IS NOT NULL"
    while time.monotonic() < deadline:
        found = database.read(lambda db: db.execute(query).fetchone()[0])
        if found == 3:
            break
        gevent.sleep(0.1)
    assert found == 3
