"""Copies of the database, by the module and by `planner db`."""

import fcntl
import os
import re
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.clock import stamp
from service.db import backup
from service.db.backup import back_up, check, prune, restore
from service.db.connection import connect, transaction
from service.db.upgrade import prepare
from service.db.vacuum import sizes, vacuum
from service.errors import ConfigurationError

Planner = Callable[..., tuple[int, str, str]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with a database of this version."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    prepare(folder / "agented.sqlite3", lambda *_: None)
    return folder


@pytest.fixture
def path(state: Path) -> Path:
    return state / "agented.sqlite3"


@pytest.fixture
def planner(state: Path, run_planner: Callable[..., object], tmp_path: Path) -> Planner:
    """Run `planner db …` on the state folder."""

    def run(*args: str | Path) -> tuple[int, str, str]:
        done = run_planner("db", *args, cwd=tmp_path, env={"AGENTED_STATE_DIR": str(state)})
        return done.returncode, done.stdout, done.stderr  # type: ignore[attr-defined]

    return run


def add_delivery(path: Path, name: str, size: int = 10) -> None:
    with closing(connect(path)) as db, transaction(db):
        db.execute(
            "INSERT INTO deliveries (id, source, event, received_at, address, request_id, digest,"
            " body, matched) VALUES (?, 'webhook', '', ?, '', '', x'00', zeroblob(?), '[]')",
            (name, stamp(), size),
        )


def deliveries(path: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return {row[0] for row in db.execute("SELECT id FROM deliveries")}


@pytest.fixture
def held(state: Path) -> Iterator[None]:
    """As if the service ran: its lock is taken."""
    handle = os.open(state / "service.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield
    os.close(handle)


def test_a_backup_holds_everything_and_is_private(path: Path, tmp_path: Path) -> None:
    """One file, sound, for its owner alone; what is in the log only is in it too."""
    with closing(connect(path)) as open_one:
        open_one.execute("SELECT 1")
        add_delivery(path, "a")
        assert path.with_name(path.name + "-wal").stat().st_size
        target = tmp_path / "copies" / "a.sqlite3"
        size = back_up(path, target)
    assert size == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert deliveries(target) == {"a"}
    assert [each.name for each in target.parent.iterdir()] == ["a.sqlite3"]


def test_a_backup_under_load_is_one_state_of_the_database(path: Path, tmp_path: Path) -> None:
    """Each transaction writes a pair; no copy holds half a pair."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        with closing(connect(path)) as db:
            while not stop.is_set():
                number += 1
                with transaction(db):
                    for half in ("left", "right"):
                        db.execute(
                            "INSERT INTO triggers (id, name, source, prompt_template, backend,"
                            " created_at, updated_at) VALUES (?, ?, 'manual', '', '', '', '')",
                            (f"{half}-{number}", f"{half}-{number}"),
                        )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [tmp_path / f"{number}.sqlite3" for number in range(5)]
        for copy in copies:
            back_up(path, copy)
    finally:
        stop.set()
        writer.join()
    for copy in copies:
        with closing(sqlite3.connect(copy)) as db:
            names = {row[0] for row in db.execute("SELECT name FROM triggers")}
        halves = [{name.split("-")[1] for name in names if name.startswith(h)} for h in ("l", "r")]
        assert halves[0] == halves[1]


def test_a_backup_never_replaces_a_file(path: Path, tmp_path: Path) -> None:
    """A wrong name must not cost the last good copy."""
    target = tmp_path / "mine"
    target.write_text("precious")
    with pytest.raises(ConfigurationError, match="exists already"):
        back_up(path, target)
    assert target.read_text() == "precious"


def test_a_restored_backup_replaces_the_database_and_keeps_it(path: Path, tmp_path: Path) -> None:
    """Also where the replaced one was left open by a crash, with a log beside it."""
    add_delivery(path, "before")
    back_up(path, tmp_path / "copy")
    add_delivery(path, "after")
    kept = restore(tmp_path / "copy", path)
    assert deliveries(path) == {"before"}
    assert kept is not None
    assert deliveries(kept) == {"before", "after"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert deliveries(tmp_path / "copy") == {"before"}


def test_a_log_left_by_a_crash_does_not_reach_the_restored_one(path: Path, tmp_path: Path) -> None:
    """SQLite would apply it to whatever database lies there."""
    add_delivery(path, "before")
    back_up(path, tmp_path / "copy")
    wal = path.with_name(path.name + "-wal")
    with closing(connect(path)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        with transaction(db):
            db.execute("DELETE FROM deliveries")
        left = {each: each.read_bytes() for each in (path, wal)}
    for each, content in left.items():
        each.write_bytes(content)
    kept = restore(tmp_path / "copy", path)
    assert deliveries(path) == {"before"}
    assert kept is not None
    assert deliveries(kept) == set()


def test_a_damaged_database_can_be_replaced(path: Path, tmp_path: Path) -> None:
    """That is what a backup is for; the damaged one is kept for whoever wants to look."""
    add_delivery(path, "a")
    back_up(path, tmp_path / "copy")
    path.write_bytes(b"\xff" * 10_000)
    kept = restore(tmp_path / "copy", path)
    assert deliveries(path) == {"a"}
    assert kept is not None
    assert kept.read_bytes() == b"\xff" * 10_000


@pytest.mark.parametrize("kind", ["missing", "text", "damaged", "strange", "newer", "empty", "own"])
def test_a_bad_backup_is_refused_and_changes_nothing(path: Path, tmp_path: Path, kind: str) -> None:
    """The checks come before the replacement."""
    add_delivery(path, "a" * 9000)
    copy = tmp_path / "copy"
    if kind == "text":
        copy.write_text("hello" * 1000)
    elif kind == "empty":
        copy.touch()
    elif kind in ("damaged", "newer"):
        back_up(path, copy)
    if kind == "damaged":
        with copy.open("r+b") as file:
            file.seek(8192)
            file.write(os.urandom(8192))
    if kind in ("newer", "strange"):
        with closing(sqlite3.connect(copy)) as db, db:
            db.execute(
                "INSERT INTO migrations VALUES (999, 'later', '', '')"
                if kind == "newer"
                else "CREATE TABLE theirs (a)"
            )
    with pytest.raises(ConfigurationError):
        restore(path if kind == "own" else copy, path)
    # No draft, nothing set aside; a reader leaves the log's files, empty, beside the database.
    names = {each.name for each in path.parent.iterdir()}
    assert names <= {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert deliveries(path) == {"a" * 9000}


def test_only_our_own_names_are_pruned(tmp_path: Path) -> None:
    """The newest are kept; what somebody else put there stays."""
    names = [f"agented-2026030{day}T120000000Z.sqlite3" for day in range(1, 6)]
    others = ["agented-mine.sqlite3", "agented-20260301T120000000Z-step-1.sqlite3", "notes.txt"]
    for name in [*names, *others]:
        (tmp_path / name).touch()
    removed = prune(tmp_path, 2)
    assert {each.name for each in removed} == set(names[:3])
    assert {each.name for each in tmp_path.iterdir()} == {*names[3:], *others}
    assert re.fullmatch(backup._OWN_NAME, backup.backup_name())


@pytest.mark.parametrize("at_once", [True, False])
def test_vacuum_shrinks_the_file(path: Path, *, at_once: bool) -> None:
    """In both ways; what is left is sound."""
    for number in range(100):
        add_delivery(path, str(number), 100_000)
    with closing(connect(path)) as db, transaction(db):
        db.execute("DELETE FROM deliveries WHERE id <> '7'")
    full = path.stat().st_size
    before, after = vacuum(path, at_once=at_once)
    assert before.free > 3_000_000
    assert after.free == 0
    assert after.total == path.stat().st_size < full / 10
    assert deliveries(path) == {"7"}
    check(path)


def test_vacuum_in_steps_lets_others_write_in_between(path: Path) -> None:
    """While a service runs, its writes wait for one step and not for all."""
    for number in range(40):
        add_delivery(path, str(number), 100_000)
    with closing(connect(path)) as db, transaction(db):
        db.execute("DELETE FROM deliveries")
    done = threading.Event()
    shrinking = threading.Thread(target=lambda: (vacuum(path, at_once=False), done.set()))
    shrinking.start()
    written = 0
    while not done.is_set():
        add_delivery(path, f"meanwhile-{written}")
        written += 1
    shrinking.join()
    assert written
    with closing(connect(path, read_only=True)) as db:
        assert sizes(db).free == 0
    assert len(deliveries(path)) == written


def test_the_command_backs_up_and_restores(planner: Planner, path: Path, state: Path) -> None:
    """The default folder, the printed path, the hint about revoked keys."""
    add_delivery(path, "before")
    code, out, err = planner("backup")
    assert (code, err) == (0, "")
    copy = Path(out.rsplit(" (", 1)[0])
    assert copy.parent == state / "backups"
    add_delivery(path, "after")
    code, out, err = planner("restore", copy)
    assert (code, err) == (0, "")
    assert "revoked" in out
    assert deliveries(path) == {"before"}
    assert planner("check")[0] == 0


def test_the_command_keeps_the_newest_backups(planner: Planner, state: Path) -> None:
    """`--keep` for a timer that runs it each night."""
    for _ in range(3):
        assert planner("backup", "--keep", "2")[0] == 0
    assert len(list((state / "backups").iterdir())) == 2


@pytest.mark.usefixtures("held")
def test_restore_refuses_while_the_service_runs(planner: Planner, path: Path) -> None:
    """It would go on with the replaced file; a backup and a vacuum work meanwhile."""
    code, out, _ = planner("backup")
    assert code == 0
    add_delivery(path, "after")
    code, out, err = planner("restore", Path(out.rsplit(" (", 1)[0]))
    assert code == 1
    assert out == ""
    assert "running" in err
    assert "stop it" in err
    assert deliveries(path) == {"after"}
    code, out, err = planner("vacuum")
    assert (code, err) == (0, "")
    assert "MB" in out


def test_the_commands_say_what_is_missing(planner: Planner, tmp_path: Path, state: Path) -> None:
    """No traceback for a wrong path, a missing state folder or a wrong option."""
    for args in (("restore", "nowhere"), ("check", "nowhere"), ("backup", "x", "--keep", "1")):
        code, _, err = planner(*args)
        assert code in (1, 2)
        assert "error:" in err
        assert "Traceback" not in err
    state.rename(tmp_path / "moved")
    code, _, err = planner("backup")
    assert code == 2
    assert "there is no state folder" in err
