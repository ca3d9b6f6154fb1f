"""Two builds into one folder come one after the other."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from planner.errors import OutputError
from planner.store import locks
from planner.store.locks import lock_path, output_lock

_CHILD = """
import sys
from pathlib import Path
from planner.store import locks
from planner.store.locks import output_lock
with output_lock(Path(sys.argv[1]), timeout=10):
    print("held", flush=True)
    sys.stdin.readline()
"""


def _holder(folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def _end(child: subprocess.Popen[str]) -> None:
    child.communicate("\n", timeout=20)


def test_the_lock_leaves_nothing_behind(tmp_path):
    with output_lock(tmp_path / "site"):
        assert lock_path(tmp_path / "site").exists()
    assert list(tmp_path.iterdir()) == []


def test_another_process_is_named_when_the_time_is_up(tmp_path):
    child = _holder(tmp_path / "site")
    try:
        told: list[str] = []
        with (
            pytest.raises(OutputError) as refused,
            output_lock(tmp_path / "site", timeout=0.1, waiting=told.append),
        ):
            pytest.fail("two processes hold the lock")
        assert f"process {child.pid} on" in refused.value.message
        assert len(told) == 1
    finally:
        _end(child)


def test_the_second_waits_until_the_first_is_done(tmp_path):
    child = _holder(tmp_path / "site")
    told = threading.Event()
    entered: list[bool] = []

    def second() -> None:
        with output_lock(tmp_path / "site", timeout=20, waiting=lambda _: told.set()):
            entered.append(child.poll() is not None or child.stdin is None or child.stdin.closed)

    thread = threading.Thread(target=second)
    thread.start()
    assert told.wait(20)
    assert entered == []
    _end(child)
    thread.join(20)
    assert entered == [True]
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    child = _holder(tmp_path / "site")
    child.kill()
    child.communicate(timeout=20)
    assert lock_path(tmp_path / "site").exists()
    with output_lock(tmp_path / "site", timeout=0.5):
        pass
    assert list(tmp_path.iterdir()) == []


def test_threads_of_one_process_exclude_each_other_too(tmp_path):
    with output_lock(tmp_path / "site"):
        failed: list[str] = []

        def second() -> None:
            try:
                with output_lock(tmp_path / "site", timeout=0.05):
                    pass
            except OutputError as error:
                failed.append(error.message)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(20)
        assert len(failed) == 1
        assert f"process {os.getpid()} on" in failed[0]


def test_many_at_once_never_overlap(tmp_path):
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            with output_lock(tmp_path / "site", timeout=30):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(most) == 80
    assert max(most) == 1


def test_a_lock_file_removed_between_opening_and_locking_is_made_again(tmp_path, monkeypatch):
    real_open = locks._open
    opened: list[int] = []

    def open_as_the_holder_leaves(path: Path, folder: Path) -> int:
        opened.append(real_open(path, folder))
        if len(opened) == 1:
            path.unlink()
        return opened[-1]

    monkeypatch.setattr(locks, "_open", open_as_the_holder_leaves)
    with output_lock(tmp_path / "site"):
        assert len(opened) == 2
        assert lock_path(tmp_path / "site").exists()


def test_two_spellings_of_a_folder_are_one_lock(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "link").symlink_to("site")
    with (
        output_lock(tmp_path / "site"),
        pytest.raises(OutputError),
        output_lock(tmp_path / "x" / ".." / "link", timeout=0.05),
    ):
        pytest.fail("two hold the lock")


def test_folders_above_are_made_and_other_folders_are_free(tmp_path):
    with output_lock(tmp_path / "a/b/site"), output_lock(tmp_path / "a/b/other", timeout=0.05):
        assert (tmp_path / "a/b").is_dir()


def test_a_link_in_place_of_the_lock_is_refused(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("text")
    lock_path(tmp_path / "site").symlink_to(precious)
    with pytest.raises(OutputError, match="cannot be locked"), output_lock(tmp_path / "site"):
        pytest.fail("locked through a link")
    assert precious.read_text() == "text"


@pytest.mark.parametrize("name", ["n" * 255, "目" * 85])
def test_long_names(tmp_path, name):
    with output_lock(tmp_path / name):
        pass


def test_where_nothing_can_be_made_beside_it_the_folder_itself_is_locked(closed_folder):
    (closed_folder / "site").mkdir()
    closed_folder.chmod(0o500)
    with (
        output_lock(closed_folder / "site"),
        pytest.raises(OutputError),
        output_lock(closed_folder / "site", timeout=0.05),
    ):
        pytest.fail("two hold the lock")
    assert list((closed_folder / "site").iterdir()) == []


def test_where_nothing_can_be_locked_it_is_an_error(closed_folder):
    closed_folder.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be locked"), output_lock(closed_folder / "site"):
        pytest.fail("locked nothing")


def test_a_lock_file_that_another_user_left_is_used(closed_folder):
    closed_folder.chmod(0o700)
    lock = lock_path(closed_folder / "site")
    lock.write_text("process 1 on elsewhere")
    lock.chmod(0o444)
    with (
        output_lock(closed_folder / "site"),
        pytest.raises(OutputError),
        output_lock(closed_folder / "site", timeout=0.05),
    ):
        pytest.fail("two hold the lock")
