"""A control group for each run, on the real file system of groups where this machine has one."""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from service.executions import groups as module
from service.executions.groups import Groups, Met, find_groups
from service.executions.outcomes import outcome_of
from service.executions.process import Ended
from service.executions.records import State
from tests.service.executions.runners import Bench
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


# -- limits -----------------------------------------------------------------------------------


@pytest.fixture
def bounded(delegated: Path, tmp_path: Path) -> Groups:
    """Groups that count processes and memory, as the service finds them."""
    passed_on = (delegated / "cgroup.controllers").read_text("ascii").split()
    missing = sorted({"memory", "pids"} - set(passed_on))
    if missing:
        pytest.skip(
            f"control groups of version 2 do not count here: {', '.join(missing)} (they may belong"
            " to those of version 1); limits of each process are tested in test_shim.py"
        )
    (delegated / "service").mkdir()
    found = find_groups(
        processes=40, memory_mib=96, about=told(tmp_path, f"{delegated.name}/service")
    )
    assert (found.folder, found.bounds_processes, found.bounds_memory) == (delegated, True, True)
    return found


def test_a_fork_bomb_is_bounded_and_told(bounded: Groups, folder: Path) -> None:
    """Also when the service is root, whom no limit of a process binds."""
    bench = Bench(folder, groups=bounded)
    done = bench.run("bomb")
    made, refused = map(int, bench.lines(done)[-1].split())
    bench.close()
    assert (made < 40, made + refused) == (True, 300)
    assert done.state is State.SUCCEEDED
    assert "more processes than the 40 of EXECUTION_PROCESSES" in done.reason
    assert bounded.folder is not None
    assert list(bounded.folder.glob("agented-*")) == []


def test_a_memory_hog_is_ended_and_told(bounded: Groups, folder: Path) -> None:
    """Four processes that are each below the bound, and above it together."""
    bench = Bench(folder, groups=bounded)
    done = bench.run("hog", timeout_s=60)
    bench.close()
    assert (done.state, done.exit_signal, done.failure) == (State.FAILED, 9, "memory")
    assert "more memory than the 96 MiB of EXECUTION_MEMORY_MIB" in done.reason
    assert bounded.folder is not None
    assert list(bounded.folder.glob("agented-*")) == []


def controlled(folder: Path, controllers: str) -> Path:
    """A folder with the files by which a kernel tells of its controllers."""
    folder.mkdir()
    (folder / "cgroup.subtree_control").write_text(f"{controllers}\n", "ascii")
    return folder


def test_limits_are_written_as_the_kernel_reads_them(tmp_path: Path) -> None:
    """Only those that are set, and only where something counts."""
    groups = Groups(controlled(tmp_path / "both", "cpu memory pids"), "", 40, 96)
    members = groups.make("exec-1")
    assert members is not None
    said = {each.name: each.read_text("ascii") for each in members.parent.iterdir()}
    assert said == {"pids.max": "40\n", "memory.max": "100663296\n", "memory.oom.group": "1\n"}
    (members.parent / "memory.swap.max").write_text("max\n", "ascii")
    groups.make("exec-1")
    assert (members.parent / "memory.swap.max").read_text("ascii") == "0\n"
    for folder, processes, memory in (("both", 0, 0), ("none", 40, 96)):
        place = tmp_path / folder
        if not place.exists():
            controlled(place, "cpu")
        members = Groups(place, "", processes, memory).make("exec-2")
        assert members is not None
        assert list(members.parent.iterdir()) == []
    assert not Groups(tmp_path / "gone").bounds_memory


@pytest.mark.parametrize(
    ("pids", "memory", "met"),
    [
        ("max 0\n", "low 0\nhigh 0\nmax 9\noom 0\noom_kill 0\n", Met()),
        ("max 3\n", "oom 1\noom_kill 0\noom_group_kill 0\n", Met(processes=40)),
        ("max 0\n", "oom 1\noom_kill 4\noom_group_kill 1\n", Met(memory_mib=96)),
    ],
)
def test_limits_that_were_met_are_read(tmp_path: Path, pids: str, memory: str, met: Met) -> None:
    """Memory that was only tidied up to make room is no reason for anything."""
    groups = Groups(tmp_path, "", 40, 96)
    assert groups.met("exec-1") == Met()
    (tmp_path / "agented-exec-1").mkdir()
    (tmp_path / "agented-exec-1" / "pids.events").write_text(pids, "ascii")
    (tmp_path / "agented-exec-1" / "memory.events").write_text(memory, "ascii")
    assert groups.met("exec-1") == met


def test_the_end_of_a_run_tells_which_limit_it_met(
    delegated: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the kernel had counted: the run is killed, the group is read, then goes."""
    monkeypatch.setattr(module, "_count", lambda file, _event: int(file.parent.is_dir()))
    bench = Bench(folder, groups=Groups(delegated, "", 40, 96))
    killed, well = bench.run("kill"), bench.run("hello")
    bench.close()
    assert (killed.state, killed.failure) == (State.FAILED, "memory")
    assert killed.reason.startswith("it was ended by the signal SIGKILL; it wanted more memory")
    assert (well.state, well.failure) == (State.SUCCEEDED, "")
    assert well.reason.endswith("than the 40 of EXECUTION_PROCESSES, and was refused them")
    assert list(delegated.glob("agented-*")) == []


def test_a_kill_without_a_limit_is_no_matter_of_memory(folder: Path) -> None:
    bench = Bench(folder)
    done = bench.run("kill")
    bench.close()
    assert (done.reason, done.failure) == ("it was ended by the signal SIGKILL", "signal")
    # A command that gives up by itself was not killed for it.
    ended = outcome_of(Ended(code=1), done, Met(memory_mib=96))
    assert (ended.state, ended.failure) == (State.FAILED, "")


def test_a_delegated_group_passes_its_controllers_on(tmp_path: Path) -> None:
    """The service sits in a part of it; one that cannot be written is told."""
    above = controlled(tmp_path / "above", "")
    (above / "service").mkdir()
    (above / "cgroup.controllers").write_text("cpu pids\n", "ascii")
    try:
        os.setxattr(above, "user.delegate", b"1")
    except OSError as error:
        pytest.skip(f"this file system takes no attributes: {error.strerror}")
    (tmp_path / "mounts").write_text(f"none {tmp_path} cgroup2 rw 0 0\n", "ascii")
    about, mounts = told(tmp_path, "above/service"), tmp_path / "mounts"
    found = find_groups(about=about, mounts=mounts)
    assert (found.folder, found.reason) == (None, f"{above} is delegated, but cannot be written")
    (above / "cgroup.procs").touch()
    assert find_groups(about=about, mounts=mounts).folder == above
    assert (above / "cgroup.subtree_control").read_text("ascii") == "+pids"


def test_a_group_that_does_not_go_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left to the next sweep, and nobody waits for ever."""
    monkeypatch.setattr(module, "_LOOK_S", 0.0)
    groups = Groups(tmp_path)
    members = groups.make("exec-1")
    assert members is not None
    (members.parent / "in the way").touch()
    assert not groups.end("exec-1")
    assert groups.sweep() == 0
    shutil.rmtree(members.parent)
    assert groups.end("exec-1")
