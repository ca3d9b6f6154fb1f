"""What is kept between two readings of a plan, and between two builds of a site.

In a resident process it stays in memory; between processes it lies in a private cache folder.  It
is only ever a shortcut: lost, foreign or outdated, everything is read and made anew.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from pathlib import Path

import planner
from planner.build.output import Written
from planner.build.telling import Told
from planner.codec.reading import ItemRead
from planner.model.problem import Problem
from planner.render.view import ChangeSet, HistoryEntry, SiteOptions
from planner.store.cache import load_value, save_value
from planner.store.history import History
from planner.store.packing import Packer
from planner.store.snapshot import Stamp
from planner.trace.difference import Change


@dataclass(frozen=True, slots=True)
class Known:
    """What was made of one file: its blob, what was read, and what its wording check found.

    `terms` is the digest of the terms that the wording check knew.
    """

    blob: str
    read: ItemRead
    terms: str = ""
    wording: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What the last site in a folder was made from, beside the files of the plan."""

    problems: tuple[Problem, ...]
    history: Mapping[str, tuple[HistoryEntry, ...]]
    changes: tuple[ChangeSet, ...]
    revision: str
    notes: tuple[str, ...]
    options: SiteOptions


@dataclass(slots=True)
class Memory:
    """What is kept.  `known` and `stamps` are by path, `changes` by commit id.

    `context` is the digest of what the words of `changes` were taken from beside the commits.
    `shown` and `files` belong to the output folder: the last site made there, and its files.
    `packed` is how each of `known` was read from the file, with its packed form: what did not
    change is not packed again.  `recent` is what was made of the files that were read or saved
    last, by path and blob; memories of one plan share it.  `told` is the history of each path.
    """

    stamps: dict[str, Stamp] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    history: History | None = None
    changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    context: str = ""
    shown: Shown | None = None
    files: Mapping[str, Written] = field(default_factory=dict)
    packer: Packer = field(default_factory=Packer)
    packed: Mapping[str, tuple[Known, bytes]] = field(default_factory=dict)
    recent: dict[tuple[str, str], Known] = field(default_factory=dict)
    told: Told | None = None

    def note(self, path: str, known: Known) -> None:
        """Keep among `recent` what was made of a file; of many the last ones."""
        self.recent[path, known.blob] = known
        while len(self.recent) > _MOST_RECENT:
            del self.recent[next(iter(self.recent))]


_MOST_RECENT = 1000  # files

# The many small values go as plain tuples, which is quicker to write and to read.
_STAMP = attrgetter(*(part.name for part in fields(Stamp)))
_WRITTEN = attrgetter(*(part.name for part in fields(Written)))


@cache
def version_key(data_folder: Path) -> str:
    """Changes whenever the program that made a memory does: versions, and our own sources.

    `data_folder` holds the templates.  Sources count by size and time, which an installation and
    an edit both change.
    """
    mark = hashlib.blake2b(digest_size=16)
    mark.update(f"{planner.__version__} {sys.version}".encode())
    package = Path(planner.__file__).parent
    for top in (package, data_folder):
        for folder, folders, names in os.walk(top):
            folders.sort()
            for name in sorted(names):
                if not name.endswith(".pyc"):
                    status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
                    mark.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return mark.hexdigest()


def cache_home(environ: Mapping[str, str]) -> Path:
    """The folder for caches: $AGENTED_CACHE_DIR, else below the user's own cache folder."""
    if chosen := environ.get("AGENTED_CACHE_DIR"):
        return Path(chosen)
    home = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".cache"
    return Path(home) / "agented"


def memory_path(home: Path, plan: Path, output: Path) -> Path:
    """The file that remembers the site of `plan` in `output`."""
    name = hashlib.blake2b(f"{plan}\0{output}".encode(errors="surrogateescape"), digest_size=12)
    return home / "builds" / f"{name.hexdigest()}.kept"


def load_memory(path: Path, version: str) -> Memory:
    """Read a memory; an empty one when there is none that may be trusted and used."""
    kept = load_value(path, version)
    if kept is None:
        return Memory()
    stamps, names, packed, history, changes, context, shown, files = kept
    packer = Packer(names)
    known = {name: packer.unpack(data) for name, data in packed.items()}
    return Memory(
        stamps={name: Stamp(*each) for name, each in stamps.items()},
        known=known,
        history=history,
        changes=changes,
        context=context,
        shown=shown,
        files={name: Written(*each) for name, each in files.items()},
        packer=packer,
        packed={name: (each, packed[name]) for name, each in known.items()},
    )


def save_memory(path: Path, version: str, memory: Memory) -> None:
    """Write a memory, whole or not at all; a cache that cannot be written is no failure."""
    packed = {name: _packed(memory, name, each) for name, each in memory.known.items()}
    memory.packed = {name: (each, packed[name]) for name, each in memory.known.items()}
    kept = (
        {name: _STAMP(each) for name, each in memory.stamps.items()},
        tuple(memory.packer.names),
        packed,
        memory.history,
        memory.changes,
        memory.context,
        memory.shown,
        {name: _WRITTEN(each) for name, each in memory.files.items()},
    )
    save_value(path, version, kept)


def _packed(memory: Memory, name: str, known: Known) -> bytes:
    before = memory.packed.get(name)
    if before is not None and before[0] is known:
        return before[1]
    return memory.packer.pack(known)
