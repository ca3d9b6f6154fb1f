"""The kept value: private, and never wrong."""

import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest

from planner.model.items import Phase, Requirement
from planner.model.problem import Problem, Severity
from planner.store import cache as cache_module
from planner.store.cache import load_value, save_value
from planner.store.packing import PackingError

VERSION = "1"
VALUE = (Requirement(id="A-1", title="t" * 50, lines={"title": 2}), {"a.md": ("blob", None)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that holds `VALUE`."""
    path = tmp_path / "x" / "kept"
    assert save_value(path, VERSION, VALUE)
    return path


def test_what_was_saved_is_loaded(path: Path) -> None:
    assert load_value(path, VERSION) == VALUE


def test_a_new_value_takes_the_place_of_the_old(path: Path) -> None:
    assert save_value(path, VERSION, "new")
    assert load_value(path, VERSION) == "new"


def test_file_and_folder_are_for_this_user_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        save_value(tmp_path / "above" / "caches" / "kept", VERSION, VALUE)
    finally:
        os.umask(old)
    folder = tmp_path / "above" / "caches"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "kept").stat().st_mode) == 0o600


def test_another_version_counts_as_empty(path: Path) -> None:
    assert load_value(path, "2") is None


@pytest.mark.parametrize(
    "how", ["missing", "empty", "cut", "flipped", "text", "folder", "fifo", "link"]
)
def test_a_damaged_file_counts_as_empty(path: Path, how: str) -> None:
    data = path.read_bytes()
    path.unlink()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "cut":
        path.write_bytes(data[:-1])
    elif how == "flipped":
        path.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    elif how == "text":
        path.write_bytes(b"hello" * 100)
    elif how == "folder":
        path.mkdir()
    elif how == "fifo":
        os.mkfifo(path)
    elif how == "link":
        (path.parent / "y").write_bytes(data)
        path.symlink_to(path.parent / "y")
    assert load_value(path, VERSION) is None


@pytest.mark.parametrize(
    "payload", [b"N", b"i\x01\x00\x00\x00", b"(\x03\x00\x00\x00NNN", b"", b"junk"]
)
def test_a_whole_file_of_another_form_counts_as_empty(path: Path, payload: bytes) -> None:
    path.write_bytes(cache_module._MAGIC + hashlib.sha256(payload).digest() + payload)
    assert load_value(path, VERSION) is None


def test_a_file_or_folder_that_others_may_write_is_not_trusted(path: Path) -> None:
    for place, mode, right in (
        (path, 0o620, 0o600),
        (path, 0o602, 0o600),
        (path.parent, 0o777, 0o700),
    ):
        place.chmod(mode)
        assert load_value(path, VERSION) is None
        place.chmod(right)
    assert load_value(path, VERSION) == VALUE


def test_nothing_is_saved_where_others_may_write(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    folder.chmod(0o777)
    assert not save_value(folder / "kept", VERSION, VALUE)
    assert list(folder.iterdir()) == []
    folder.chmod(0o755)
    assert save_value(folder / "kept", VERSION, VALUE)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_not_trusted(path: Path) -> None:
    subprocess.run(["chown", "12345", str(path)], check=True)
    assert load_value(path, VERSION) is None
    subprocess.run(["chown", "0", str(path)], check=True)
    subprocess.run(["chown", "12345", str(path.parent)], check=True)
    assert load_value(path, VERSION) is None


def test_a_cache_that_cannot_be_written_is_no_failure(closed_folder: Path) -> None:
    closed_folder.chmod(0o500)
    assert not save_value(closed_folder / "deep" / "kept", VERSION, VALUE)
    assert not save_value(closed_folder / "kept", VERSION, VALUE)


def test_a_value_over_the_bound_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "MAX_BYTES", 1000)
    assert not save_value(tmp_path / "x" / "kept", VERSION, "A" * 2000)


def test_what_cannot_be_packed_is_the_programmers_mistake(tmp_path: Path) -> None:
    with pytest.raises(PackingError):
        save_value(tmp_path / "x" / "kept", VERSION, ["a list can change"])


def test_fields_left_out_of_comparisons_survive(path: Path) -> None:
    item = Phase(id="p", lines={"title": 7}, blob="b")
    problem = Problem(path="p", line=1, rule="r", severity=Severity.HINT, message="m")
    save_value(path, VERSION, (item, problem))
    item_again, problem_again = load_value(path, VERSION)
    assert (item_again.lines, item_again.blob) == ({"title": 7}, "b")
    assert problem_again.severity is Severity.HINT
