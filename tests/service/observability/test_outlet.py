"""Log files: whole lines, rotated by whoever fills them, followed when somebody moves them."""

import multiprocessing
import os
from pathlib import Path

import pytest

from service.observability.outlet import KEPT, FileOutlet


def test_a_full_file_is_moved_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    outlet = FileOutlet(path, rotate_at=100, look_s=0)
    for number in range(30):
        outlet.write(f"{number:02} " + "x" * 60)
    outlet.close()
    names = {each.name for each in tmp_path.iterdir()}
    assert names == {"service.log", *(f"service.log.{number}" for number in range(1, KEPT + 1))}
    newest = path.read_text() or (tmp_path / "service.log.1").read_text()
    assert newest.splitlines()[-1].startswith("29 ")
    assert (tmp_path / "service.log.2").read_text() < newest


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    outlet = FileOutlet(tmp_path / "service.log")
    outlet.write("a")
    outlet.close()
    assert (tmp_path / "service.log").stat().st_mode & 0o777 == 0o600


def test_a_file_that_logrotate_moved_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    outlet = FileOutlet(path, look_s=0)
    outlet.write("before")
    path.rename(tmp_path / "moved")
    outlet.write("after")
    outlet.close()
    assert (tmp_path / "moved").read_text() == "before\n"
    assert path.read_text() == "after\n"


def _write_many(path: Path, name: str, number: int) -> None:
    outlet = FileOutlet(path, rotate_at=20_000, look_s=0)
    for each in range(number):
        outlet.write(f"{name} {each} " + "x" * 50)
    outlet.close()


def test_two_processes_share_a_file_and_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write_many, args=(path, name, 600)) for name in ("master", "worker")
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join(60)
        assert each.exitcode == 0
    lines = [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    assert all(line.endswith(" " + "x" * 50) for line in lines)
    # 1,200 lines of some 62 bytes fit into the files that are kept, so none may be missing.
    wanted = {f"{name} {each}" for name in ("master", "worker") for each in range(600)}
    assert {line.removesuffix(" " + "x" * 50) for line in lines} == wanted


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    outlet = FileOutlet(Path("/dev/full"))
    outlet.write("lost")
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    outlet.close()
