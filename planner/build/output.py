"""The output folder: files are replaced whole, only where they differ, and pruned last.

Into an empty folder the site is first written aside and then moved in, a few renames for all.

The folder carries a list of the files that the build wrote (`.agented-files`).  The next build
removes from that list what it no longer makes; a file that is not on the list is not ours and is
never touched.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import OutputError
from planner.store.atomic import LEFTOVER, write_file
from planner.store.locks import output_lock

LIST_NAME = ".agented-files"
_STAGE = ".agented-new-"
_BUSY = ".agented-building"
_LIST_HEAD = "# Files written by `planner build`; the next build replaces or removes them.\n"


@dataclass(frozen=True, slots=True)
class Written:
    """A file as we left it: size in bytes, mtime in ns, digest of its bytes."""

    size: int
    mtime_ns: int
    digest: bytes


def digest(data: bytes) -> bytes:
    """A digest that tells two contents of one file apart."""
    return hashlib.blake2b(data, digest_size=16).digest()


@dataclass(slots=True)
class Tally:
    """What a build did to the folder."""

    written: int = 0
    same: int = 0
    removed: int = 0


@dataclass(slots=True)
class OutputFolder:
    """Writes the files of one build.

    `known` is what an earlier build in this folder left (empty when nothing is known); `made` is
    what this build wrote or found to be right, relative path -> `Written`.  A `trusted` folder is
    one that this very process wrote last, so that not every file needs to be looked at again.
    `stage` is the folder beside which a whole new site is written (empty: in place).
    """

    folder: Path
    known: Mapping[str, Written]
    trusted: bool = False
    stage: str = ""
    made: dict[str, Written] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    _busy: bool = False
    _made_folders: set[str] = field(default_factory=set)

    def intact(self, path: str) -> bool:
        """Whether the file is still as an earlier build left it; then it counts as made."""
        known = self.known.get(path)
        if known is None or not (self.trusted or self._is_as_left(path, known)):
            return False
        self.made[path] = known
        self.tally.same += 1
        return True

    def _is_as_left(self, path: str, known: Written) -> bool:
        try:
            found = os.lstat(os.path.join(self.folder, path))  # noqa: PTH118 - 11,000 times a build
        except OSError:
            return False
        return found.st_size == known.size and found.st_mtime_ns == known.mtime_ns

    def trust(self) -> None:
        """Trust the folder, if its list is as this process left it: no other build came between."""
        known = self.known.get(LIST_NAME)
        self.trusted = known is not None and self._is_as_left(LIST_NAME, known)

    def write(self, path: str, data: bytes) -> None:
        """Make the file `path` hold `data`; it is never seen half-written.

        Raises OutputError when the folder cannot be written (read-only, full).
        """
        mark = digest(data)
        known = self.known.get(path)
        if known is not None and known.digest == mark and self.intact(path):
            return
        root = self.stage or str(self.folder)
        folder = path.rpartition("/")[0]
        if folder not in self._made_folders:
            self._make_folder(f"{root}/{folder}")
            self._made_folders.add(folder)
        target = f"{root}/{path}"
        if self.stage:
            status = _create(target, data)
            self.tally.written += 1
        else:
            self._mark_busy()
            changed = write_file(Path(target), data)
            self.tally.written += changed
            self.tally.same += not changed
            status = os.lstat(target)
        self.made[path] = Written(status.st_size, status.st_mtime_ns, mark)

    def _mark_busy(self) -> None:
        """Leave a mark while files are replaced: a killed build may leave temporary ones."""
        if not self._busy:
            self._busy = True
            write_file(self.folder / _BUSY, b"")

    def _sweep(self) -> None:
        """Remove the temporary files of a build that was killed."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if LEFTOVER.fullmatch(name):
                    Path(folder, name).unlink(missing_ok=True)

    @staticmethod
    def _make_folder(folder: str) -> None:
        try:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - 5,000 times a build
        except OSError as error:
            raise _cannot("make the folder", folder, error) from error

    @contextlib.contextmanager
    def staged(self) -> Iterator[None]:
        """Write aside what is written meanwhile, if the folder is empty; move it in at the end.

        When it fails or is stopped, nothing of it stays.
        """
        for left in self.folder.glob(f"{_STAGE}*"):
            shutil.rmtree(left, ignore_errors=True)  # of a build that was killed: we hold the lock
        if _foreign(self.folder) or (self.folder / LIST_NAME).exists():
            if (self.folder / _BUSY).exists():
                self._sweep()
            yield
            (self.folder / _BUSY).unlink(missing_ok=True)
            return
        self.stage = f"{self.folder}/{_STAGE}{os.getpid()}"
        try:
            yield
            self._publish()
        finally:
            shutil.rmtree(self.stage, ignore_errors=True)
            self.stage = ""

    def _publish(self) -> None:
        """Move the new site in, its list first: what is not on it would look foreign."""
        names = [name for name in os.listdir(self.stage) if name != LIST_NAME]  # noqa: PTH208
        try:
            for name in [LIST_NAME, *sorted(names)]:
                os.rename(f"{self.stage}/{name}", self.folder / name)  # noqa: PTH104
        except OSError as error:
            raise _cannot("move the new site into", str(self.folder), error) from error

    def announce(self, paths: Iterable[str]) -> None:
        """List `paths` before they are made, so that a build that is killed leaves no orphans."""
        if self.stage:
            return
        listed = self.listed()
        wanted = listed.union(paths)
        if wanted != listed or not (self.trusted or (self.folder / LIST_NAME).exists()):
            self._write_list(wanted)

    def finish(self) -> None:
        """Remove what earlier builds made and this one did not, then write the new list."""
        for path in sorted(self.listed() - self.made.keys(), reverse=True):
            self._remove(path)
        if self.trusted and self.made.keys() | {LIST_NAME} == self.known.keys():
            self.intact(LIST_NAME)
        else:
            self._write_list(self.made)

    def _write_list(self, paths: Iterable[str]) -> None:
        names = "".join(f"{name}\n" for name in sorted(paths) if name != LIST_NAME)
        self.write(LIST_NAME, (_LIST_HEAD + names).encode("utf-8", "surrogatepass"))

    def listed(self) -> set[str]:
        """The files that earlier builds wrote into this folder."""
        if self.trusted:
            return self.known.keys() - {LIST_NAME}
        try:
            text = (self.folder / LIST_NAME).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return set()
        names = {line for line in text.splitlines() if line and not line.startswith("#")}
        # The list is a file like any other: a name in it must not lead out of the folder.
        return {
            name
            for name in names
            if not name.startswith("/") and ".." not in name.split("/") and name != LIST_NAME
        }

    def _remove(self, path: str) -> None:
        target = self.folder / path
        with contextlib.suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
            target.unlink()
            self.tally.removed += 1
        parent = target.parent
        while parent != self.folder:
            try:
                parent.rmdir()
            except OSError:
                break
            parent = parent.parent


def _create(target: str, data: bytes) -> os.stat_result:
    """Write a new file where nobody looks yet."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _cannot("write", target, error) from error


def _cannot(what: str, where: str, error: OSError) -> OutputError:
    message = f"cannot {what} {where}: {error.strerror}"
    return OutputError(message, "free space, or choose another folder with --out")


def _foreign(folder: Path) -> list[str]:
    """What is in the folder beside hidden files."""
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208


@contextlib.contextmanager
def locked_output(folder: Path, *, force: bool = False) -> Iterator[Path]:
    """Make the folder and hold it alone: two builds into one folder come one after the other.

    Raises OutputError when it cannot be made or written, when it holds files that no build of ours
    wrote (unless `force`), or when another build holds it for more than a minute.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot use {folder} as output folder: {error.strerror}"
        raise OutputError(message, "choose another folder with --out") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"the output folder {folder} is read-only"
        raise OutputError(message, "make it writable, or choose another folder with --out")
    with output_lock(folder):
        if not force and not (folder / LIST_NAME).exists():
            names = _foreign(folder)
            if names:
                shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
                message = f"the output folder {folder} holds files of somebody else: {shown}"
                raise OutputError(message, "choose an empty folder with --out, or add --force")
        yield folder
