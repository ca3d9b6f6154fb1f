"""A control group (cgroup v2) for each run, where the service was given a group to divide.

Limits of a process by itself (setrlimit) do not add up: a command may start many.  A group counts
all of them together, and kills all of them at once, whatever they made of their session or their
environment.  It takes a group that is delegated: systemd says so by an attribute of its folder, and
a service must touch no other.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PREFIX: Final = "agented-"
_DELEGATED: Final = ("user.delegate", "trusted.delegate")
_MEMBERS: Final = "cgroup.procs"
_TRIES: Final = 50
_LOOK_S: Final = 0.02
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Met:
    """Limits that a run met, 0 where it did not: processes that it may have, MiB of memory."""

    processes: int = 0
    memory_mib: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """The same for people, and which setting it was."""
        found = []
        if self.memory_mib:
            found.append(
                f"it wanted more memory than the {self.memory_mib} MiB of EXECUTION_MEMORY_MIB, and"
                " was killed for that"
            )
        if self.processes:
            found.append(
                f"it wanted more processes than the {self.processes} of EXECUTION_PROCESSES, and"
                " was refused them"
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Groups:
    """Where groups of runs are made; `folder` is None where that cannot be, `reason` says why.

    `processes` and `memory_mib` are limits of one run (0: none).  They hold where the controllers
    are at hand: `bounds_processes` and `bounds_memory` tell.
    """

    folder: Path | None
    reason: str = ""
    processes: int = 0
    memory_mib: int = 0

    @property
    def bounds_processes(self) -> bool:
        """Whether a run's processes are counted together."""
        return self._has("pids")

    @property
    def bounds_memory(self) -> bool:
        """Whether the memory of a run's processes is counted together."""
        return self._has("memory")

    def _has(self, controller: str) -> bool:
        if self.folder is None:
            return False
        return controller in _words(self.folder / "cgroup.subtree_control")

    def make(self, name: str) -> Path | None:
        """Make the group of a run; the file that a process enters it by.  None without groups.

        Raises OSError.
        """
        if self.folder is None:
            return None
        group = self.folder / f"{_PREFIX}{name}"
        group.mkdir(exist_ok=True)
        if self.processes and self.bounds_processes:
            (group / "pids.max").write_text(f"{self.processes}\n", "ascii")
        if self.memory_mib and self.bounds_memory:
            (group / "memory.max").write_text(f"{self.memory_mib * _MIB}\n", "ascii")
            # All of a run or nothing: what is left of one half-way through is no use.
            (group / "memory.oom.group").write_text("1\n", "ascii")
            swap = group / "memory.swap.max"
            # Else the bound only moves a run to the disk.  Not every kernel counts swap.
            if swap.exists():
                swap.write_text("0\n", "ascii")
        return group / _MEMBERS

    def met(self, name: str) -> Met:
        """Which limits a run met so far.  Its group must be there still."""
        if self.folder is None:
            return Met()
        group = self.folder / f"{_PREFIX}{name}"
        return Met(
            self.processes if _count(group / "pids.events", "max") else 0,
            self.memory_mib if _count(group / "memory.events", "oom_kill") else 0,
        )

    def end(self, name: str) -> bool:
        """Kill what is in the group of a run and take it away; whether it is gone.  It may wait."""
        return self.folder is None or _end(self.folder / f"{_PREFIX}{name}")

    def sweep(self) -> int:
        """End the groups that an earlier service left; how many are gone."""
        if self.folder is None:
            return 0
        return sum(_end(each) for each in list(self.folder.glob(f"{_PREFIX}*")) if each.is_dir())


def find_groups(
    *,
    processes: int = 0,
    memory_mib: int = 0,
    about: Path = Path("/proc/self/cgroup"),
    mounts: Path = Path("/proc/self/mounts"),
) -> Groups:
    """The group that this service was given to divide, its own or the one above."""
    own = _own(about, mounts)
    if own is None:
        return Groups(None, "the system has no control groups of version 2")
    found = next((each for each in (own, own.parent) if _is_delegated(each)), None)
    if found is None:
        return Groups(None, "no control group is delegated to the service")
    if not all(os.access(each, os.W_OK) for each in (found, found / _MEMBERS)):
        return Groups(None, f"{found} is delegated, but cannot be written")
    if found != own:
        # A group that holds processes itself can pass no controllers on.
        for controller in {"memory", "pids"} & set(_words(found / "cgroup.controllers")):
            with suppress(OSError):
                (found / "cgroup.subtree_control").write_text(f"+{controller}", "ascii")
    return Groups(found, "", processes, memory_mib)


def _own(about: Path, mounts: Path) -> Path | None:
    """The folder of this process's group of version 2."""
    try:
        lines = about.read_text("utf-8").splitlines()
        places = [line.split(" ") for line in mounts.read_text("utf-8").splitlines()]
    except OSError:
        return None
    mount = next((each[1] for each in places if len(each) > 2 and each[2] == "cgroup2"), "")
    path = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "")
    if not mount or not path.startswith("/") or ".." in path.split("/"):
        return None
    return Path(mount, path.lstrip("/"))


def _is_delegated(folder: Path) -> bool:
    return any(_attribute(folder, name) == b"1" for name in _DELEGATED)


def _attribute(folder: Path, name: str) -> bytes:
    try:
        return os.getxattr(folder, name)
    except OSError:
        return b""


def _words(file: Path) -> tuple[str, ...]:
    try:
        return tuple(file.read_text("ascii").split())
    except OSError:
        return ()


def _count(file: Path, event: str) -> int:
    """How often an event was, by a file of `NAME COUNT` lines."""
    words = _words(file)
    return int(words[words.index(event) + 1]) if event in words else 0


def _end(group: Path) -> bool:
    with suppress(OSError):
        (group / "cgroup.kill").write_text("1", "ascii")
    return any(not group.exists() or _removed(group) for _ in _waits())


def _removed(group: Path) -> bool:
    # Groups that the command made inside go first.
    for inside in sorted(group.rglob("*"), key=lambda each: -len(each.parts)):
        if inside.is_dir():
            with suppress(OSError):
                inside.rmdir()
    try:
        group.rmdir()
    except OSError:
        return False
    return True


def _waits() -> Iterator[int]:
    """Killed processes leave their group a moment later."""
    for number in range(_TRIES):
        yield number
        time.sleep(_LOOK_S)
