"""The keys that exist from the start: made once, handed over safely, replaced with the setting."""

import json
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.clock import stamp
from service.db.connection import connect, transaction
from service.db.database import Database
from service.db.upgrade import migrate
from service.errors import ConfigurationError
from service.guard.first_key import import_key, local_key, make_first_key, open_identity
from service.guard.identity import identity_of
from service.guard.keys import (
    add_key,
    digest_of,
    get_key,
    live_admins,
    new_holder,
    revoke_key,
)
from service.settings import Settings
from service.state import State, StateUnavailableError
from tests.service.guard.calling import host_command
from tests.service.served import KEY, ROOT, Serve, Served, free_port
from tests.service.shared import PLAN, rows

OTHER = "another-admin-key-0123456789abcdef0123456789abcdef"


def test_the_first_start_writes_a_key_for_the_service_s_user_alone(serve: Serve) -> None:
    served = serve(AGENTED_API_KEY="")
    file = served.state / "first-admin.key"
    assert file.stat().st_mode & 0o777 == 0o600
    key = file.read_text().strip()
    assert re.fullmatch(r"agdk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", key)
    assert served.get("/admin/keys", key=key).status == 200
    log = served.log.read_text("utf-8")
    assert key not in log
    assert any(str(file) == json.loads(line).get("path") for line in log.splitlines())


def test_on_a_terminal_the_first_key_is_shown_and_written_nowhere(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "plan.yaml").write_text(PLAN)
    port = free_port()
    env = {
        "AGENTED_STATE_DIR": str(tmp_path / "state"),
        "AGENTED_CONTENT_DIR": str(tmp_path / "content"),
        "GUNICORN_BIND": f"127.0.0.1:{port}",
    }
    served = Served(env, tmp_path, port)
    master, terminal = pty.openpty()
    served.process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    try:
        shown, deadline = b"", time.monotonic() + 60
        while b"at /login." not in shown and time.monotonic() < deadline:
            if select.select([master], [], [], 0.2)[0]:
                shown += os.read(master, 65536)
        found = re.findall(rb"agdk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", shown)
        assert len(found) == 1, shown.decode(errors="replace")
        assert wait_for(served, found[0].decode()) == 200
        assert not (served.state / "first-admin.key").exists()
    finally:
        served.stop()
        os.close(master)


def wait_for(served: Served, key: str) -> int:
    """The status of a request with `key`, once the service answers at all."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return served.get("/admin/keys", key=key).status
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


# -- what a start does, without one ---------------------------------------------------------------


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A new database."""
    made = connect(tmp_path / "keys.sqlite3")
    migrate(made)
    yield made
    made.close()


def start(db: sqlite3.Connection, setting: str) -> str:
    """What each start does with the keys; the text of the first key, where it made one."""
    with transaction(db):
        import_key(db, setting)
        return make_first_key(db)


def states(db: sqlite3.Connection) -> list[tuple[str, bool]]:
    """Origin of each key, oldest first, and whether it is live."""
    found = db.execute("SELECT id FROM keys ORDER BY rowid").fetchall()
    keys = [get_key(db, row["id"]) for row in found]
    return [(key.origin.value, key.live(stamp())) for key in keys]


def test_only_a_start_without_an_admin_key_makes_one(db: sqlite3.Connection) -> None:
    assert start(db, "").startswith("agdk_")
    assert start(db, "") == ""
    assert states(db) == [("first", True)]
    holder = new_holder("x", "Ada", "", ["read"], None)
    with transaction(db):
        add_key(db, holder)
        revoke_key(db, live_admins(db)[0].id)
    # One that may only read administers nothing.
    assert start(db, "").startswith("agdk_")


def test_the_setting_s_key_is_imported_once_and_replaced(db: sqlite3.Connection) -> None:
    assert start(db, KEY) == ""
    assert start(db, KEY) == ""
    assert states(db) == [("setting", True)]
    key_id = live_admins(db)[0].id
    db.execute("INSERT INTO sessions VALUES (x'00', 's', ?, ?, ?, '')", (key_id, stamp(), stamp()))
    assert start(db, OTHER) == ""
    assert states(db) == [("setting", False), ("setting", True)]
    assert db.execute("SELECT count(*) FROM sessions").fetchone()[0] == 0
    # Without the setting its key is gone, and so that there is one at all, a first one is made.
    assert start(db, "").startswith("agdk_")
    assert states(db) == [("setting", False), ("setting", False), ("first", True)]
    actions = [row["action"] for row in db.execute("SELECT action FROM audit ORDER BY number")]
    assert actions == ["key.create", "key.revoke", "key.create", "key.revoke", "key.create"]


def test_a_key_of_the_setting_that_is_too_long_is_refused(db: sqlite3.Connection) -> None:
    with pytest.raises(ConfigurationError, match="AGENTED_API_KEY is longer than 512 bytes"):
        start(db, "x" * 513)
    assert states(db) == []


def test_a_first_key_that_cannot_be_written_down_is_not_kept(
    tmp_path: Path,
) -> None:
    """One that nobody was given would stand in the way of the next start's."""
    state = State(tmp_path)
    with closing(connect(state.database)) as db:
        migrate(db)
    (state.first_key / "in the way").mkdir(parents=True)
    database = Database(state.database)
    identity = identity_of(database, state, "x" * 32)
    with pytest.raises(StateUnavailableError, match="first admin key cannot be written"):
        open_identity(Settings(state_dir=tmp_path), state, identity)
    (state.first_key / "in the way").rmdir()
    state.first_key.rmdir()
    assert not list(tmp_path.glob("first-admin*"))
    open_identity(Settings(state_dir=tmp_path), state, identity)
    text = state.first_key.read_text().strip()
    with closing(connect(state.database)) as found:
        assert [key.digest for key in live_admins(found)] == [digest_of(text.encode())]
    database.close()


def test_the_key_of_a_local_session_is_made_once(db: sqlite3.Connection) -> None:
    with transaction(db):
        first = local_key(db, "ada", "")
        assert local_key(db, "ada", "").id == first.id
    deeds = db.execute("SELECT action, person, target FROM audit").fetchall()
    assert [tuple(each) for each in deeds] == [("key.create", "ada", first.id)]
    assert start(db, "") == ""


# -- on the host ----------------------------------------------------------------------------------


def test_a_key_that_was_revoked_does_not_come_back_with_a_restart(serve: Serve) -> None:
    """Whoever holds the host is never locked out, and no door opens by itself."""
    served = serve()
    own = rows(served, "SELECT id FROM keys")[0]["id"]
    host_command(served, "revoke", own)
    for path in ("/admin/keys", "/", "/api/events"):
        assert served.get(path, key=KEY).status == 401
        assert served.get(path, key=None).status == 401
    mine = host_command(served, "new", "me", "--person", "Ada", "--scope", "admin").strip()
    assert served.get("/admin/keys", key=mine).status == 200
    served.stop()
    served.start()
    assert served.get("/admin/keys", key=KEY).status == 401
    assert served.get("/admin/keys", key=mine).status == 200
    assert "was revoked and stays so" in served.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("rotate", "nothing"), "there is no key 'nothing'"),
        (("revoke", "nothing"), "there is no key 'nothing'"),
        (("link", "nothing"), "there is no key 'nothing'"),
        (("new", "a\nb", "--person", "Ada"), "the label is not one line"),
        (("new", "x", "--person", "Ada", "--email", "nobody"), "the email is no address"),
        (("new", "x", "--person", "Ada", "--days", "0"), "the days are not from 1"),
        (("new", "x", "--person", "Ada", "--scope", "root"), "'root' is not one of"),
    ],
)
def test_the_command_says_what_is_wrong(service: Served, args: tuple[str, ...], words: str) -> None:
    done = command(service.env, *args)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_that_has_ended_gets_no_link(service: Served) -> None:
    """The link would open nothing: whoever makes it is told now."""
    key_id = host_command(service, "new", "old", "--person", "Ada").strip().split("_")[1]
    host_command(service, "revoke", key_id)
    done = command(service.env, "link", key_id)
    assert done.returncode == 1
    assert "has ended" in done.stderr
    assert done.stdout == ""


def test_a_link_names_the_address_that_browsers_use(service: Served) -> None:
    """PUBLIC_URL where it is set; behind a unix socket without it, the path alone."""
    key_id = host_command(service, "new", "link", "--person", "Ada").strip().split("_")[1]
    socket = {**service.env, "GUNICORN_BIND": "unix:/run/agented/agented.sock"}
    assert command(socket, "link", key_id).stdout.startswith("/login?link=")
    named = {**socket, "PUBLIC_URL": "https://plan.example.org/"}
    assert command(named, "link", key_id).stdout.startswith("https://plan.example.org/login?link=")


def test_the_command_makes_no_state_folder(service: Served) -> None:
    elsewhere = {"AGENTED_STATE_DIR": str(service.folder / "nowhere")}
    done = command(elsewhere, "new", "x", "--person", "Ada")
    assert done.returncode == 2
    assert "there is no state folder" in done.stderr
    assert not (service.folder / "nowhere").exists()


def command(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """`planner keys ARGS` as it ends."""
    return subprocess.run(
        [sys.executable, "-m", "planner", "keys", *args],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
