"""What a killed service may have left behind: processes and folders of executions.

The supervising processes end with the service, and what they started with them.  Only where they
were killed too (`kill -9` of everything) something may live on.  It is found by the mark that every
execution has in its environment, so that no number of a process is trusted that may have been given
to another one since.
"""

import os
import shutil
import signal
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

MARK: Final = "AGENTED_EXECUTION"


def marked(executions: Collection[str]) -> list[int]:
    """The processes of these executions, which are named by their public ids."""
    wanted = frozenset(f"{MARK}={each}".encode() for each in executions)
    pids = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    return [pid for pid in pids if _has(pid, wanted)]


def _has(pid: int, wanted: frozenset[bytes]) -> bool:
    try:
        return not wanted.isdisjoint(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except OSError:  # it has ended, or belongs to somebody else
        return False


def end_orphans(executions: Collection[str]) -> int:
    """Kill what is left of executions that ended with their service; how many processes."""
    return sum(_end(pid, executions) for pid in marked(executions)) if executions else 0


def _end(pid: int, executions: Collection[str]) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # The handle names one process for good: look once more whether it is the one.
        if not _has(pid, frozenset(f"{MARK}={each}".encode() for each in executions)):
            return False
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def sweep(folder: Path, keep: Collection[str] = ()) -> int:
    """Remove the folders of executions, but those to keep; how many.

    An agent may have taken the right to write from its own folders.
    """
    count = 0
    # What cannot be swept must not keep everything from running.
    with suppress(OSError):
        for each in list(folder.iterdir()):
            if each.name not in keep:
                remove(each)
                count += 1
    return count


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it; what cannot be removed stays."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            inside = Path(place, name)
            if not inside.is_symlink():
                with suppress(OSError):
                    inside.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
