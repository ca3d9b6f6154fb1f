"""The cache of parse results: quick, private, and never wrong."""

import hashlib
import os
import stat
import subprocess

import pytest

from planner.model.items import Phase, Requirement
from planner.model.problem import Problem, Severity
from planner.store import cache as cache_module
from planner.store.cache import ParseCache, code_version
from planner.store.packing import PackingError

VERSION = "1"


def _item(number: int) -> Requirement:
    return Requirement(id=f"A-{number}", title="t" * 50, lines={"title": 2})


def _filled(path, count: int = 3) -> None:
    cache = ParseCache(VERSION)
    for number in range(count):
        cache.put(f"{number}.md", f"blob{number}", (_item(number), ()))
    assert cache.save(path)


def test_what_was_put_is_there_after_saving_and_loading(tmp_path):
    path = tmp_path / "caches" / "parse"
    _filled(path)
    cache = ParseCache.load(path, VERSION)
    assert len(cache) == 3
    assert ("1.md", "blob1") in cache
    assert cache.get("1.md", "blob1") == (_item(1), ())
    assert cache.get("1.md", "blob1") is cache.get("1.md", "blob1")


def test_the_same_bytes_under_another_path_are_another_value(tmp_path):
    cache = ParseCache(VERSION)
    cache.put("a.md", "blob", "A")
    assert cache.get("b.md", "blob") is None
    assert ("b.md", "blob") not in cache
    cache.put("b.md", "blob", "B")
    cache.save(tmp_path / "x" / "parse")
    again = ParseCache.load(tmp_path / "x" / "parse", VERSION)
    assert (again.get("a.md", "blob"), again.get("b.md", "blob")) == ("A", "B")


def test_a_new_value_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "x" / "parse"
    _filled(path)
    cache = ParseCache.load(path, VERSION)
    cache.put("1.md", "blob1", "new")
    assert cache.get("1.md", "blob1") == "new"
    cache.save(path)
    assert ParseCache.load(path, VERSION).get("1.md", "blob1") == "new"


def test_file_and_folder_are_for_this_user_only(tmp_path):
    old = os.umask(0)
    try:
        _filled(tmp_path / "above" / "caches" / "parse")
    finally:
        os.umask(old)
    folder = tmp_path / "above" / "caches"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "parse").stat().st_mode) == 0o600


def test_nothing_is_written_when_nothing_is_new(tmp_path):
    path = tmp_path / "x" / "parse"
    assert ParseCache(VERSION).save(path)
    assert not path.exists()
    _filled(path)
    before = path.stat()
    cache = ParseCache.load(path, VERSION)
    cache.get("1.md", "blob1")
    assert cache.save(path)
    assert path.stat().st_ino == before.st_ino


def test_another_version_counts_as_empty(tmp_path):
    path = tmp_path / "x" / "parse"
    _filled(path)
    assert len(ParseCache.load(path, "2")) == 0


@pytest.mark.parametrize(
    "how", ["missing", "empty", "cut", "flipped", "text", "folder", "fifo", "link"]
)
def test_a_damaged_file_counts_as_empty(tmp_path, how):
    path = tmp_path / "x" / "parse"
    _filled(path)
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
        (tmp_path / "y").write_bytes(data)
        path.symlink_to(tmp_path / "y")
    assert len(ParseCache.load(path, VERSION)) == 0


@pytest.mark.parametrize(
    "payload", [b"N", b"i\x01\x00\x00\x00", b"(\x03\x00\x00\x00NNN", b"", b"junk"]
)
def test_a_whole_file_of_another_form_counts_as_empty(tmp_path, payload):
    folder = tmp_path / "x"
    folder.mkdir(mode=0o700)
    path = folder / "parse"
    path.write_bytes(cache_module._MAGIC + hashlib.sha256(payload).digest() + payload)
    cache = ParseCache.load(path, VERSION)
    assert len(cache) == 0
    assert cache.get("a", "b") is None


def test_a_file_or_folder_that_others_may_write_is_not_trusted(tmp_path):
    path = tmp_path / "x" / "parse"
    _filled(path)
    for place, mode, right in (
        (path, 0o620, 0o600),
        (path, 0o602, 0o600),
        (path.parent, 0o777, 0o700),
    ):
        place.chmod(mode)
        assert len(ParseCache.load(path, VERSION)) == 0
        place.chmod(right)
    assert len(ParseCache.load(path, VERSION)) == 3


def test_nothing_is_saved_where_others_may_write(tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    folder.chmod(0o777)
    cache = ParseCache(VERSION)
    cache.put("a.md", "blob", "A")
    assert not cache.save(folder / "parse")
    assert list(folder.iterdir()) == []
    folder.chmod(0o755)
    assert cache.save(folder / "parse")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_not_trusted(tmp_path):
    path = tmp_path / "x" / "parse"
    _filled(path)
    subprocess.run(["chown", "12345", str(path)], check=True)
    assert len(ParseCache.load(path, VERSION)) == 0
    subprocess.run(["chown", "0", str(path)], check=True)
    subprocess.run(["chown", "12345", str(path.parent)], check=True)
    assert len(ParseCache.load(path, VERSION)) == 0


def test_a_cache_that_cannot_be_written_is_no_failure(closed_folder):
    closed_folder.chmod(0o500)
    cache = ParseCache(VERSION)
    cache.put("a.md", "blob", "A")
    assert not cache.save(closed_folder / "deep" / "parse")
    assert not cache.save(closed_folder / "parse")


def test_values_not_asked_for_are_kept_for_a_while_and_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "MIN_SPARE", 10)
    path = tmp_path / "x" / "parse"
    _filled(path, 30)
    cache = ParseCache.load(path, VERSION)
    assert cache.get("0.md", "blob0") is not None
    cache.put("new.md", "new", "new")
    cache.save(path)
    kept = ParseCache.load(path, VERSION)
    assert len(kept) == 12
    for present in ("0.md", "29.md", "20.md"):
        number = present.removesuffix(".md")
        assert (present, f"blob{number}") in kept
    assert ("new.md", "new") in kept
    assert ("1.md", "blob1") not in kept
    assert len(cache) == 12


def test_editing_for_ever_does_not_grow_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "MIN_SPARE", 10)
    path = tmp_path / "x" / "parse"
    for edit in range(60):
        cache = ParseCache.load(path, VERSION)
        for number in range(5):
            blob = f"{edit}" if number == 0 else "same"
            if cache.get(f"{number}.md", blob) is None:
                cache.put(f"{number}.md", blob, f"{number} {blob}")
        cache.save(path)
    assert len(ParseCache.load(path, VERSION)) == 15


def test_a_cache_over_the_bound_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "MAX_BYTES", 1000)
    cache = ParseCache(VERSION)
    cache.put("a.md", "blob", "A" * 2000)
    assert not cache.save(tmp_path / "x" / "parse")


def test_what_cannot_be_packed_is_the_programmers_mistake(tmp_path):
    cache = ParseCache(VERSION)
    cache.put("a.md", "blob", ["a list can change"])
    with pytest.raises(PackingError):
        cache.save(tmp_path / "x" / "parse")


def test_fields_left_out_of_comparisons_survive(tmp_path):
    path = tmp_path / "x" / "parse"
    item = Phase(id="p", lines={"title": 7}, blob="b")
    problem = Problem(path="p", line=1, rule="r", severity=Severity.HINT, message="m")
    cache = ParseCache(VERSION)
    cache.put("p", "b", (item, problem))
    cache.save(path)
    item_again, problem_again = ParseCache.load(path, VERSION).get("p", "b")
    assert (item_again.lines, item_again.blob) == ({"title": 7}, "b")
    assert problem_again.severity is Severity.HINT


def test_the_version_changes_with_the_sources_and_with_what_is_added(tmp_path, monkeypatch):
    assert code_version() == code_version()
    assert code_version("5.4") != code_version()
    before = code_version()
    package = tmp_path / "planner"
    (package / "codec").mkdir(parents=True)
    (package / "codec" / "reading.py").write_text("one\n")
    monkeypatch.setattr(cache_module.planner, "__file__", str(package / "__init__.py"))
    first = code_version()
    (package / "codec" / "reading.py").write_text("two\n")
    assert len({before, first, code_version()}) == 3
