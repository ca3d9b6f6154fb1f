"""What a save is about to do, on the disk before it does it: a save that was killed is looked up.

The journal names everything that the save may leave behind, so that whoever comes next can finish
it (when the branch has moved) or take it back (when it has not).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from planner.errors import OutputError, StoreError
from planner.store.atomic import write_file
from planner.store.trees import Entry

_NAME = "save.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class NotedFile:
    """A file that the save changes.

    `path` is relative to the top of the work tree; `temp` the name of the new text beside it
    (empty: the file is deleted).  `was` and `now` are the blob ids of the bytes on the disk before
    and after (empty: no file), which line-end conversion may make differ from the entries `old`
    and `new` of the commits.
    """

    path: str
    temp: str
    was: str
    now: str
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True)
class Journal:
    """A save under way.

    `ticket` is the name, in the private folder of the work tree, of the file that is linked as
    `index.lock`.  `new` is empty until everything is checked; until then nothing was written.
    `folders` are those that had to be made, the deepest last.
    """

    branch: str
    ticket: str
    old: str
    new: str = ""
    files: tuple[NotedFile, ...] = ()
    folders: tuple[str, ...] = ()


def write_journal(state: Path, journal: Journal) -> None:
    """Put the journal on the disk.  Raises StoreError when it cannot be written."""
    data = json.dumps({"version": _VERSION, **asdict(journal)}).encode()
    try:
        write_file(state / _NAME, data, mode=0o600, sync=True)
    except OutputError as error:
        raise StoreError(f"nothing was saved: {error.message}", error.hint) from error


def read_journal(state: Path) -> Journal | None:
    """The journal of a save that was not finished, or None.

    Raises StoreError for a journal that cannot be read: a person must look.
    """
    path = state / _NAME
    try:
        values = json.loads(path.read_bytes())
        values["files"] = tuple(_file(each) for each in values["files"])
        values["folders"] = tuple(values["folders"])
        if values.pop("version") == _VERSION:
            return Journal(**values)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, str(error)) from error
    raise _unreadable(path, "it was written by another version")


def _unreadable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the journal of an unfinished save, {path}, cannot be read: {why}",
        "see with `git status` that the work tree is as it should be, then remove the journal",
    )


def _file(values: dict[str, object]) -> NotedFile:
    entries = {key: _entry(values.pop(key)) for key in ("old", "new")}
    return NotedFile(**values, **entries)  # type: ignore[arg-type]


def _entry(values: object) -> Entry | None:
    return Entry(**values) if isinstance(values, dict) else None


def remove_journal(state: Path) -> None:
    """Forget the save: it is done, or taken back."""
    (state / _NAME).unlink(missing_ok=True)
