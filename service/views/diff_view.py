"""Raw changes of files, made ready for a page: line by line, with what kind of line each is."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.planning.records import FileRecord

# Longer ones, and those behind the first few, are folded at first.
_OPEN_LINES = 40
_OPEN_FILES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff: `kind` is `add`, `del`, `hunk`, or `same`; `text` begins with its sign."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that changes, and how much of it."""

    path: str
    change: str
    added: int
    removed: int
    lines: tuple[Line, ...]
    cut: bool
    open: bool


def file_views(files: Iterable[FileRecord]) -> list[FileView]:
    """The files of an edit for its page."""
    return [_view(number, file) for number, file in enumerate(files)]


def _view(number: int, file: FileRecord) -> FileView:
    rows = file.diff.splitlines()
    # The first two name the file, which the page says in its own way.
    lines = tuple(Line(_kind(row), row) for row in rows[2:])
    kinds = [line.kind for line in lines]
    return FileView(
        path=file.path,
        change=file.change,
        added=kinds.count("add"),
        removed=kinds.count("del"),
        lines=lines,
        cut=file.cut,
        open=number < _OPEN_FILES and len(lines) <= _OPEN_LINES,
    )


def _kind(row: str) -> str:
    return {"+": "add", "-": "del", "@": "hunk"}.get(row[:1], "same")
