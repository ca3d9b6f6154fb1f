"""The state folder: private, one service at a time, a key that stays."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.settings import Settings
from service.state import AlreadyRunningError, State, hold, open_state, secret_key, take_turn
from tests.service.served import ROOT

GOOD = "q8Zr3vN5xT1bK7mW9cL2hF4jD6sG0pYa"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make it so")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "deep" / "state")


def test_it_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Whatever the umask says."""
    before = os.umask(0)
    try:
        state = open_state(settings(tmp_path))
        secret_key(settings(tmp_path), state)
    finally:
        os.umask(before)
    assert mode(state.folder) == 0o700
    assert mode(state.secret_key) == 0o600


def test_one_of_ours_that_was_opened_is_closed_again(tmp_path: Path) -> None:
    """Somebody copied it, or was helpful."""
    state = open_state(settings(tmp_path))
    secret_key(settings(tmp_path), state)
    state.folder.chmod(0o755)
    state.secret_key.chmod(0o644)
    key = secret_key(settings(tmp_path), open_state(settings(tmp_path)))
    assert (mode(state.folder), mode(state.secret_key)) == (0o700, 0o600)
    assert len(key) >= 32


def test_a_folder_of_others_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """AGENTED_STATE_DIR=/tmp, by root, must not close /tmp to everybody."""
    (tmp_path / "thing").touch()
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigurationError, match="a folder of its own"):
        open_state(Settings(state_dir=tmp_path))
    assert mode(tmp_path) == 0o777


@pytest.mark.parametrize("place", ["/proc/agented", "file/state"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, place: str) -> None:
    """With the reason and the variable; nothing is kept in memory instead."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="set AGENTED_STATE_DIR") as caught:
        open_state(Settings(state_dir=tmp_path / place))
    assert caught.value.exit_code == 78


def test_the_key_stays(tmp_path: Path) -> None:
    """It is made once, and the setting wins over it without touching it."""
    found = settings(tmp_path)
    state = open_state(found)
    key = secret_key(found, state)
    assert secret_key(found, open_state(found)) == key
    other = Settings(state_dir=found.state_dir, secret_key=type(key)(GOOD))
    assert secret_key(other, state) == GOOD
    assert secret_key(found, state) == key


def test_many_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    """Whoever comes second keeps the first one's."""
    found = settings(tmp_path)
    state = open_state(found)
    keys: list[str] = []
    gate = threading.Barrier(16)

    def start() -> None:
        gate.wait()
        keys.append(secret_key(found, state))

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1
    assert [each.name for each in state.folder.iterdir()] == [state.secret_key.name]


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_a_damaged_key_is_told_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    """A new one in its place would end every session without a word."""
    state = open_state(settings(tmp_path))
    state.secret_key.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"restore it"):
        secret_key(settings(tmp_path), state)
    assert state.secret_key.read_bytes() == content


@needs_root
def test_a_full_disk_asks_the_supervisor_to_try_again(tmp_path: Path) -> None:
    """Exit code 75: no setting is wrong."""
    place = tmp_path / "full"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=2", "tmpfs", place], check=False
    )
    if done.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        (place / "other").touch()
        with pytest.raises(ConfigurationError, match="free disk space") as caught:
            open_state(Settings(state_dir=place / "state"))
        assert caught.value.exit_code == 75
    finally:
        subprocess.run(["umount", place], check=True)


def test_one_service_holds_it(tmp_path: Path) -> None:
    """Another process is refused at once, or after the time it was told to wait."""
    state = open_state(settings(tmp_path))
    handle = hold(state)
    assert state.lock.read_text() == f"{os.getpid()}\n"
    program = (
        "import sys; from pathlib import Path\n"
        "from service.state import AlreadyRunningError, State, hold\n"
        "try:\n    hold(State(Path(sys.argv[1])), wait_s=float(sys.argv[2]))\n"
        "except AlreadyRunningError as error:\n    print(error); sys.exit(error.exit_code)\n"
    )
    for wait in ("0", "0.3"):
        done = subprocess.run(
            [sys.executable, "-c", program, state.folder, wait],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, "another service uses" in done.stdout) == (75, True)
    os.close(handle)
    os.close(hold(State(state.folder)))


def test_whoever_waits_gets_it_when_the_holder_ends(tmp_path: Path) -> None:
    """As the master does whose predecessor was killed."""
    state = open_state(settings(tmp_path))
    handle = hold(state)
    threading.Timer(0.3, os.close, [handle]).start()
    second = hold(state, wait_s=10)
    with pytest.raises(AlreadyRunningError):
        hold(state)
    os.close(second)


def test_a_worker_waits_for_the_one_before_it(tmp_path: Path) -> None:
    """Showing that it lives meanwhile."""
    state = open_state(settings(tmp_path))
    beats: list[int] = []
    first = take_turn(state, lambda: beats.append(1))
    assert not beats
    threading.Timer(0.3, os.close, [first]).start()
    os.close(take_turn(state, lambda: beats.append(1)))
    assert beats
