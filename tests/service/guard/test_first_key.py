"""The keys that exist from the start: made once, handed over safely, replaced with the setting."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.service.guard.conftest import Caller, host_command
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
    # The next start makes no other one.
    file.unlink()
    served.stop()
    served.start()
    assert not file.exists()
    assert len(served.get("/admin/keys", key=key).json["keys"]) == 1


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


def test_the_setting_s_key_is_imported_and_replaced(serve: Serve) -> None:
    served = serve()
    call = Caller(served)
    assert served.get("/admin/keys", key=KEY).status == 200
    assert not (served.state / "first-admin.key").exists()
    cookie = call.sign_in()
    call.close()
    restart(served, AGENTED_API_KEY=OTHER)
    assert served.get("/admin/keys", key=KEY).status == 401
    assert call("GET", "/", cookie=cookie).status == 401
    shown = served.get("/admin/keys", key=OTHER).json["keys"]
    assert [(key["origin"], key["state"]) for key in shown] == [
        ("setting", "valid"),
        ("setting", "revoked"),
    ]
    call.close()
    # Without the setting its key is gone, and so that there is one at all, a first key is made.
    restart(served, AGENTED_API_KEY="")
    assert served.get("/admin/keys", key=OTHER).status == 401
    first = (served.state / "first-admin.key").read_text().strip()
    assert served.get("/admin/keys", key=first).status == 200


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
    restart(served)
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


def restart(served: Served, **settings: str) -> None:
    """Stop, change settings, start."""
    served.stop()
    served.env.update(settings)
    served.start()
