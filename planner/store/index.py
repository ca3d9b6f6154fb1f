"""Git's own index and its lock: `index.lock`, which every git that changes files takes.

The lock is taken by linking a file of ours (the ticket) to that name: that works or fails in one
step, and tells for ever after whether the lock that is there is ours.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from planner.errors import BusyError, StoreError
from planner.store.folder import Repository
from planner.store.save_lock import cannot_write
from planner.store.trees import Entry

LOCK_TIMEOUT = 2.0  # seconds
_POLL = 0.02
_CHUNK = 500  # paths for one process


@dataclass(frozen=True, slots=True)
class Staged:
    """What the index holds for a path: its entry, or that it is unmerged or outside the checkout.

    `entry` is None when the path is not in the index, or unmerged.  `sparse` means that the file
    is not to be on the disk.
    """

    entry: Entry | None
    unmerged: bool = False
    sparse: bool = False


def staged(repository: Repository, paths: Iterable[str]) -> dict[str, Staged]:
    """What the index holds, by path; paths that it does not hold are left out."""
    wanted = list(paths)
    found: dict[str, Staged] = {}
    for start in range(0, len(wanted), _CHUNK):
        listed = repository.git.run(
            "ls-files", "-z", "--stage", "-t", "--", *wanted[start : start + _CHUNK]
        )
        for row in listed.decode("utf-8", "surrogateescape").split("\0"):
            if row:
                about, _, path = row.partition("\t")
                tag, mode, blob, stage = about.split(" ")
                entry = Entry(mode, blob) if stage == "0" else None
                found[path] = Staged(entry, unmerged=stage != "0", sparse=tag == "S")
    return {path: found[path] for path in wanted if path in found}


def new_ticket() -> str:
    """A name for the ticket of a save."""
    return f"agented-{secrets.token_hex(8)}"


class IndexLock:
    """`index.lock` of a work tree, held by means of the ticket of that name."""

    def __init__(self, repository: Repository, ticket: str) -> None:
        self._repository = repository
        self._ticket = repository.git_dir / ticket
        self._lock = repository.git_dir / "index.lock"
        self._index = repository.git_dir / "index"

    def make_ticket(self) -> None:
        """Make the file that is to be linked.  Raises StoreError when it cannot be made.

        One that is there already may have become the index itself: a new file is made.
        """
        try:
            self._ticket.unlink(missing_ok=True)
            self._ticket.touch(exist_ok=False)
        except OSError as error:
            raise cannot_write(self._ticket, error) from error

    def take(self, timeout: float = LOCK_TIMEOUT) -> None:
        """Take the lock; for one that is ours already nothing happens.

        Raises BusyError when somebody else held it all the time, StoreError when it cannot be made.
        """
        deadline = time.monotonic() + timeout
        while not self.is_ours():
            try:
                os.link(self._ticket, self._lock)
            except FileExistsError:
                if time.monotonic() >= deadline:
                    raise self._busy() from None
                time.sleep(_POLL)
            except OSError as error:
                raise cannot_write(self._lock, error) from error

    def _busy(self) -> BusyError:
        since = ""
        with contextlib.suppress(OSError):
            moment = datetime.fromtimestamp(self._lock.stat().st_mtime, UTC)
            since = f" since {moment:%Y-%m-%d %H:%M:%S} UTC"
        return BusyError(
            f"nothing was saved: another git process holds {self._lock}{since}",
            "save again when it is done; if no git runs there, one crashed: remove that file",
        )

    def is_ours(self) -> bool:
        """Whether the lock that is there is the one that the ticket made."""
        try:
            return os.path.samestat(self._ticket.stat(), self._lock.stat())
        except FileNotFoundError:
            return False

    def fill(self, entries: Mapping[str, Entry | None]) -> None:
        """Put into the lock the index with `entries` changed (None: taken out).

        Everything else that the index holds, staged changes of the person too, stays.

        Raises StoreError when it cannot be written.
        """
        draft = self._ticket.with_name(f"{self._ticket.name}.new")
        zeros = "0" * (40 if self._repository.object_format == "sha1" else 64)
        rows = [
            f"{entry.mode} {entry.id}\t{path}" if entry else f"0 {zeros}\t{path}"
            for path, entry in entries.items()
        ]
        feed = "".join(f"{row}\0" for row in rows).encode("utf-8", "surrogateescape")
        try:
            if self._index.exists():
                shutil.copyfile(self._index, draft)
            self._repository.git.with_index(draft).run(
                "update-index", "-z", "--index-info", feed=feed
            )
            with self._lock.open("r+b") as file:
                file.write(draft.read_bytes())
                file.truncate()
                os.fsync(file.fileno())
            shutil.copymode(self._index if self._index.exists() else draft, self._lock)
        except OSError as error:
            raise cannot_write(self._lock, error) from error
        finally:
            draft.unlink(missing_ok=True)

    def publish(self) -> None:
        """Make the lock the index: in one step the new index is there and the lock is gone."""
        if not self.is_ours():
            raise StoreError(f"somebody removed {self._lock} while it was held")
        self._lock.replace(self._index)
        self.clear()

    def release(self) -> None:
        """Give the lock back without a change, if it is ours."""
        if self.is_ours():
            self._lock.unlink()
        self.clear()

    def clear(self) -> None:
        """Remove the ticket and what may lie beside it."""
        for name in _leftovers(self._ticket):
            name.unlink(missing_ok=True)


def _leftovers(ticket: Path) -> Sequence[Path]:
    return [ticket.with_name(ticket.name + end) for end in ("", ".new", ".new.lock")]
