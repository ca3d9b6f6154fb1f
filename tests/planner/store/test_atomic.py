"""Files are never half-written."""

import os
import stat
from pathlib import Path

import pytest

from planner.errors import OutputError
from planner.store import atomic
from planner.store.atomic import LEFTOVER, write_file


def test_a_new_file_is_written_with_the_usual_mode(tmp_path):
    old = os.umask(0o027)
    try:
        assert write_file(tmp_path / "page.html", b"one")
    finally:
        os.umask(old)
    path = tmp_path / "page.html"
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_equal_bytes_are_not_written_again(tmp_path):
    path = tmp_path / "page.html"
    write_file(path, b"one")
    before = path.stat()
    assert not write_file(path, b"one")
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("data", [b"", b"two", b"onE", b"one and more", b"x" * 3_000_000])
def test_other_bytes_take_the_place_of_the_file_and_keep_its_mode(tmp_path, data):
    path = tmp_path / "page.html"
    write_file(path, b"one", mode=0o604)
    with path.open("rb") as reader:
        assert write_file(path, data)
        assert reader.read() == b"one"  # who had it open still reads the old text
    assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_the_mode_can_be_given_and_sync_asked_for(tmp_path):
    write_file(tmp_path / "secret", b"one", mode=0o600, sync=True)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_link_is_replaced_and_what_it_names_is_left_alone(tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    (tmp_path / "link").symlink_to(target)
    assert write_file(tmp_path / "link", b"precious")
    assert not (tmp_path / "link").is_symlink()
    write_file(tmp_path / "link", b"other")
    assert target.read_bytes() == b"precious"


def test_a_name_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("n" * 255)
    assert write_file(path, b"one")
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize("name", ["missing/page.html", "folder", "n" * 256])
def test_what_cannot_be_written_is_an_error_with_the_path_and_leaves_nothing(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot be written") as refused:
        write_file(tmp_path / name, b"one")
    assert str(tmp_path / name) in refused.value.message
    assert refused.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "page.html"
    write_file(path, b"one")
    limit = 100_000
    pid = os.fork()
    if pid == 0:  # a child, because the limit cannot be taken back
        code = 1
        try:
            import resource
            import signal

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            write_file(path, b"x" * (limit * 2))
        except OutputError:
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interruption_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    write_file(path, b"one")

    def interrupt(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "_write_all", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_beside_is_recognised(tmp_path, monkeypatch):
    seen: list[str] = []
    replace = Path.replace

    def note(self: Path, target: Path) -> Path:
        seen.append(self.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", note)
    write_file(tmp_path / "page.html", b"one")
    assert len(seen) == 1
    assert LEFTOVER.fullmatch(seen[0])
    assert not LEFTOVER.fullmatch("page.html")
