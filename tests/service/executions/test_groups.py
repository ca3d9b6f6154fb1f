"""A control group for each run, on the real file system of groups where this machine has one."""

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from service.executions.groups import Groups, find_groups
from tests.service.executions.test_shim import running, sh
from tests.service.watching import eventually


def _mount() -> Path | None:
    lines = Path("/proc/self/mounts").read_text("utf-8").splitlines()
    found = [line.split(" ")[1] for line in lines if line.split(" ")[2] == "cgroup2"]
    return Path(found[0]) if found else None


@pytest.fixture
def delegated() -> Iterator[Path]:
    """A group that is given away as systemd gives them, and is empty afterwards."""
    mount = _mount()
    if mount is None:
        pytest.skip("no file system of control groups (version 2) is mounted here")
    folder = mount / f"agented-test-{uuid.uuid4().hex[:12]}"
    try:
        folder.mkdir()
        os.setxattr(folder, "user.delegate", b"1")
    except OSError as error:
        with suppress(OSError):
            folder.rmdir()
        pytest.skip(f"no control group can be made here: {error.strerror}")
    yield folder
    for each in (*folder.glob("*/"), folder):
        with suppress(OSError):
            each.rmdir()
    assert not folder.exists()


def told(tmp_path: Path, path: str) -> Path:
    """What `/proc/self/cgroup` says of a process in a group."""
    file = tmp_path / "cgroup"
    file.write_text(f"4:memory:/other\n0::/{path}\n", "ascii")
    return file


def test_the_group_that_was_delegated_is_found(delegated: Path, tmp_path: Path) -> None:
    """The own one, or the one above, where the service sits in a part of it; and no other."""
    assert find_groups(about=told(tmp_path, delegated.name)).folder == delegated
    (delegated / "service").mkdir()
    assert find_groups(about=told(tmp_path, f"{delegated.name}/service")).folder == delegated
    os.removexattr(delegated, "user.delegate")
    found = find_groups(about=told(tmp_path, f"{delegated.name}/service"))
    assert (found.folder, found.reason) == (None, "no control group is delegated to the service")


@pytest.mark.parametrize("path", ["../..", "gone/../../x", "no-such-group"])
def test_a_path_that_leads_elsewhere_is_none(tmp_path: Path, path: str) -> None:
    assert find_groups(about=told(tmp_path, path)).folder is None


def test_without_groups_nothing_is_made_and_the_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text("tmpfs /tmp tmpfs rw 0 0\n\n", "ascii")
    found = find_groups(mounts=tmp_path / "mounts")
    assert found.reason == "the system has no control groups of version 2"
    assert found.make("exec-1") is None
    assert found.end("exec-1")
    assert found.sweep() == 0
    assert (found.bounds_memory, found.bounds_processes) == (False, False)
    assert find_groups(about=tmp_path / "gone").folder is None


def test_a_command_and_all_it_starts_are_in_its_group(delegated: Path, tmp_path: Path) -> None:
    groups = Groups(delegated)
    members = groups.make("exec-1")
    assert members == delegated / "agented-exec-1" / "cgroup.procs"
    text = "grep ^0:: /proc/self/cgroup; setsid env -i sh -c 'grep ^0:: /proc/self/cgroup'"
    with running(sh(text), tmp_path, group=str(members)) as run:
        assert run.ended()["code"] == 0
        assert run.output == f"0::/{delegated.name}/agented-exec-1\n" * 2
    assert groups.end("exec-1")
    assert list(delegated.glob("agented-*")) == []


def test_what_hides_from_everything_else_ends_with_its_group(
    delegated: Path, tmp_path: Path
) -> None:
    """Its supervising process is killed, and it has neither session, parent nor environment."""
    groups = Groups(delegated)
    members = groups.make("exec-2")
    hidden = "setsid env -i sh -c 'trap \"\" TERM HUP; while :; do sleep 300; done' >&- 2>&- & "
    with running(sh(f"{hidden} echo up; sleep 300"), tmp_path, group=str(members)) as run:
        assert "started" in run.next()
        eventually(lambda: run.output == "up\n", "its start")
        assert members is not None
        eventually(lambda: len(members.read_text("ascii").split()) >= 3, "the hidden one")
        run.process.send_signal(signal.SIGKILL)
        run.process.wait(10)
        eventually(lambda: "hidden" not in run.living(), "the command")
        assert members.read_text("ascii").split(), "the hidden one lives"
        # As the next service does at its start.
        assert groups.sweep() == 1
    assert list(delegated.glob("agented-*")) == []


def test_a_group_that_cannot_be_entered_keeps_the_command_from_running(tmp_path: Path) -> None:
    """Rather not at all than without its bounds."""
    with running(sh("echo ran"), tmp_path, group=str(tmp_path / "gone" / "cgroup.procs")) as run:
        assert "No such file" in run.next()["failed"]
        assert run.output == ""


def test_groups_inside_a_group_go_with_it(delegated: Path) -> None:
    """A command may make some."""
    groups = Groups(delegated)
    members = groups.make("exec-3")
    assert members is not None
    inside = members.parent / "deep" / "deeper"
    inside.mkdir(parents=True)
    child = subprocess.Popen(["sleep", "300"])
    (inside / "cgroup.procs").write_text(str(child.pid), "ascii")
    assert groups.end("exec-3")
    assert child.wait(10) == -signal.SIGKILL
    assert not members.parent.exists()
