"""What was read from a plan folder at one moment, from the working tree or from a revision."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planner.model.problem import Problem, Severity

MAX_FILE_SIZE = 1024 * 1024
MAX_FILES = 100_000

# Says which files are read: called with a path relative to the plan folder, and with the path of
# each folder, ending in "/", before it is entered.
Select = Callable[[str], bool]

_MARKERS = (
    re.compile(rb"^<{7}(?:[ \r].*)?$", re.MULTILINE),
    re.compile(rb"^={7}\r?$", re.MULTILINE),
    re.compile(rb"^>{7}(?:[ \r].*)?$", re.MULTILINE),
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a file of the working tree was when it was read, and what reading it gave.

    `size` is in bytes, the times in nanoseconds.  `settled` tells whether a later change is sure
    to change the stamp: a file changed within the grain of the clock of the file system may be
    changed again without a trace, so it must be read again.  `conflict` is the line of the first
    merge conflict marker (0: none).
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    blob: str
    settled: bool
    conflict: int = 0


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a plan.

    `path` is relative to the plan folder with `/` as separator.  `blob` is the git blob id of the
    bytes (of those on disk: line-end conversion and filters are not applied, so with
    `core.autocrlf` it can differ from the id in a commit).  `data` is None when the reader said
    that it knows these bytes.  `stamp` is None for a file of a revision.
    """

    path: str
    blob: str
    data: bytes | None
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All files of a plan folder at one moment.

    `files` are those selected, by path, in order of path; `others` the paths that the selection
    left out (folders end in `/`); `problems` what was refused and why; `commit` the commit that
    was read, empty for the working tree.
    """

    files: Mapping[str, SourceFile]
    others: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    commit: str = ""


def everything(path: str) -> bool:
    """The selection that leaves nothing out."""
    return bool(path)


def shown(path: str) -> str:
    """A path as it may be shown and written: bytes that are not UTF-8 are escaped."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def is_utf8(name: str) -> bool:
    """Whether a file name, as the system gave it, is valid UTF-8."""
    if name.isascii():
        return True
    try:
        os.fsencode(name).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def conflict_line(data: bytes) -> int:
    """The line, from 1, of the first merge conflict marker, or 0 when there is no conflict."""
    if b"<<<<<<<" not in data:
        return 0
    first, position = -1, 0
    for marker in _MARKERS:  # each after the one before: one pass, whatever the text
        match = marker.search(data, position)
        if match is None:
            return 0
        position = match.end()
        first = match.start() if first < 0 else first
    return data.count(b"\n", 0, first) + 1


def refusal(path: str, rule: str, message: str, hint: str = "") -> Problem:
    """The problem for a file or folder that is not read."""
    return Problem(
        path=shown(path), line=0, rule=rule, severity=Severity.ERROR, message=message, hint=hint
    )


def bad_name(path: str) -> Problem:
    """The problem for a name that is not valid UTF-8."""
    return refusal(
        path,
        "bad-name",
        "the name of this file is not valid UTF-8; it is not read",
        "rename the file",
    )


def symbolic_link(path: str) -> Problem:
    """The problem for a symbolic link, which could lead anywhere."""
    return refusal(
        path,
        "symlink",
        "this is a symbolic link; a plan holds its own files, links are not followed",
        "put the file itself here, or remove the link",
    )


def foreign_repository(path: str) -> Problem:
    """The problem for a repository inside the plan folder."""
    return refusal(
        path,
        "submodule",
        "this folder belongs to another git repository; it is not read",
        "keep the files of the plan in one repository",
    )


def too_large(path: str, size: int) -> Problem:
    """The problem for a file over `MAX_FILE_SIZE` bytes."""
    return refusal(
        path,
        "too-large",
        f"this file has {size:,} bytes; at most {MAX_FILE_SIZE:,} are read",
        "split it, or keep the data outside the plan folder",
    )


def too_many() -> Problem:
    """The problem for a folder with more than `MAX_FILES` files."""
    return refusal(
        "",
        "too-many-files",
        f"the folder holds more than {MAX_FILES:,} files; the rest is not read",
        "point the planner at the plan's own folder",
    )


def outside(path: str) -> Problem:
    """The problem for a path that would leave the plan folder."""
    return refusal(
        path, "outside", "this path leaves the plan folder; it is not read", "rename the file"
    )
