"""Reads the files of a foreign plan from disk: the one module of the importer that does.

A source is somebody else's folder, so nothing in it is trusted: only regular files are opened,
symbolic links only where they stay inside the folder, and sizes are bounded.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from planner.errors import SourceError

FOLDER = ".planning"
ROADMAP = "ROADMAP.md"
MAX_FILE = 4 << 20
"""Bytes: a larger file is no plan that people wrote."""
MAX_TOTAL = 64 << 20
MAX_FILES = 20_000
_MAX_DEPTH = 8
_TOP = {
    name.casefold(): name for name in ("ROADMAP.md", "REQUIREMENTS.md", "PROJECT.md", "STATE.md")
}
_SKIPPED_FOLDERS = {".git", "node_modules", ".venv", "__pycache__"}
_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def read_files(source: Path) -> dict[str, bytes]:
    """The files of the foreign plan at `source`, for `planner.exchange.gsd.read_source`.

    `source` is a `.planning` folder, a folder that holds one or a ROADMAP.md, or a single file.
    Keys are paths relative to the folder; a single file stands under `ROADMAP.md`.  Files that are
    no part of a plan are named with no content, so that they can be reported.

    Raises SourceError where there is no roadmap that can be read: not there, no file or folder,
    unreadable, empty, binary, too large.
    """
    try:
        mode = source.stat().st_mode
    except FileNotFoundError as error:
        raise SourceError(f"{source}: there is no such file or folder", _USAGE) from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{source} cannot be read: {_words(error)}", _USAGE) from error
    if stat.S_ISDIR(mode):
        return _read_folder(_plan_folder(source))
    if not stat.S_ISREG(mode):
        raise SourceError(f"{source} is neither a file nor a folder", _USAGE)
    return {ROADMAP: _read_roadmap(source)}


def source_folder(source: Path) -> Path | None:
    """The folder that a foreign plan lives in; None for a single file outside of a `.planning`."""
    if source.is_dir():
        return _plan_folder(source)
    return source.parent if source.resolve().parent.name == FOLDER else None


_USAGE = "name a .planning folder or a ROADMAP.md"


def _plan_folder(folder: Path) -> Path:
    """The folder that holds the roadmap: `folder` itself, or the `.planning` in it."""
    if folder.name != FOLDER and not _find_top(folder, ROADMAP) and (folder / FOLDER).is_dir():
        return folder / FOLDER
    return folder


def _find_top(folder: Path, name: str) -> Path | None:
    """A file at the top of `folder` by its name, whatever its case."""
    exact = folder / name
    if exact.is_file():
        return exact
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        return None
    found = next((each for each in names if each.casefold() == name.casefold()), None)
    return folder / found if found is not None else None


def _read_folder(folder: Path) -> dict[str, bytes]:
    try:
        root = folder.resolve(strict=True)
        names = sorted(_names(root))
    except (OSError, RuntimeError) as error:
        raise SourceError(f"{folder} cannot be read: {_words(error)}", _USAGE) from error
    roadmap = _find_top(root, ROADMAP)
    if roadmap is None:
        archived = next((name for name in names if name.endswith("-ROADMAP.md")), None)
        hint = f"an archived roadmap can be named itself: {archived}" if archived else _USAGE
        raise SourceError(f"{folder} holds no {ROADMAP}", hint)
    _refuse_outside(roadmap, root)
    files = {ROADMAP: _read_roadmap(roadmap)}
    total = len(files[ROADMAP])
    for name in names:
        key = _TOP.get(name.casefold(), name)
        if key in files:
            continue
        data, why = _optional(root, name) if _is_wanted(key) else (b"", "")
        total += len(data)
        if total > MAX_TOTAL:
            data, why = b"", "the folder holds too much"
        files[f"{key} ({why})" if why else key] = data
    return files


def _names(root: Path) -> Iterator[str]:
    """Paths of all files below `root`, relative; folders behind links are named, not entered."""
    waiting = [("", root, 0)]
    count = 0
    while waiting:
        prefix, folder, depth = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = f"{prefix}{entry.name}".encode("utf-8", "replace").decode()
                count += 1
                if count > MAX_FILES:
                    yield "… and more"
                    return
                if not entry.is_dir(follow_symlinks=False):
                    yield name
                elif entry.name not in _SKIPPED_FOLDERS and depth < _MAX_DEPTH:
                    if os.access(entry.path, os.R_OK | os.X_OK):
                        waiting.append((f"{name}/", Path(entry.path), depth + 1))
                    else:
                        yield f"{name}/ (cannot be read)"


def _is_wanted(name: str) -> bool:
    if name in _TOP.values():
        return True
    return name.startswith("research/") and name.endswith(".md")


def _optional(root: Path, name: str) -> tuple[bytes, str]:
    """Content of a file that may be missing from the plan, or why it is left out."""
    path = root / name
    try:
        _refuse_outside(path, root)
        data = _read(path)
    except SourceError as error:
        return b"", error.message.rpartition(": ")[2]
    return (b"", "it is binary") if _is_binary(data) else (data, "")


def _refuse_outside(path: Path, root: Path) -> None:
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise SourceError(f"{path}: {_words(error)}") from error
    if not real.is_relative_to(root):
        raise SourceError(
            f"{path}: a symbolic link that leaves the folder",
            "copy the file into the folder, or name the file itself",
        )


def _read_roadmap(path: Path) -> bytes:
    data = _read(path)
    if not data.strip():
        raise SourceError(f"{path} is empty", _USAGE)
    if _is_binary(data):
        raise SourceError(f"{path} is binary, not text", _USAGE)
    return data


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, _OPEN)
    except OSError as error:
        raise SourceError(f"{path}: {_words(error)}") from error
    try:
        # Asked before it becomes a file object: Python makes none of a folder, and would raise.
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SourceError(f"{path}: it is no regular file", _USAGE)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise SourceError(f"{path}: {_words(error)}") from error
    finally:
        os.close(descriptor)
    if len(data) > MAX_FILE:
        raise SourceError(
            f"{path}: it is larger than {MAX_FILE >> 20} MiB",
            "a plan of this size is several plans: split it",
        )
    return data


def _is_binary(data: bytes) -> bool:
    return b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _words(error: Exception) -> str:
    """What the system says, in its words."""
    if isinstance(error, RuntimeError):
        return "symbolic links that lead in a circle"
    strerror = getattr(error, "strerror", None)
    return str(strerror or error).lower()
