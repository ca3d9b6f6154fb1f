"""Trees of git: a commit's tree with some files changed, made without touching an index.

Only the trees on the way to the changed files are read and made anew, so the cost does not grow
with the size of the repository.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.errors import OutsideError, StoreError
from planner.store.folder import Repository
from planner.store.objects import GitObject, new_object, read_objects

FILE, PROGRAM, FOLDER = "100644", "100755", "40000"
_ORDINARY = (FILE, PROGRAM)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a tree says of one name: mode and object id."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True)
class FileMove:
    """A file that differs between two commits.

    `path` is relative to the top of the repository; `old` and `new` are its entries (None: no such
    file), `data` its new bytes (None: deleted).
    """

    path: str
    old: Entry | None
    new: Entry | None
    data: bytes | None


@dataclass(frozen=True, slots=True)
class NewTree:
    """A tree, the objects that it needs and that may be new, and what it changes."""

    id: str
    objects: tuple[GitObject, ...]
    moves: tuple[FileMove, ...]


def parse_tree(data: bytes, object_format: str) -> dict[str, Entry]:
    """The entries of a tree object by name."""
    size = 20 if object_format == "sha1" else 32
    entries = {}
    position = 0
    while position < len(data):
        blank, end = data.index(b" ", position), data.index(b"\0", position)
        name = data[blank + 1 : end].decode("utf-8", "surrogateescape")
        mode = data[position:blank].decode("ascii")
        position = end + 1 + size
        entries[name] = Entry(mode, data[end + 1 : position].hex())
    return entries


def tree_data(entries: Mapping[str, Entry]) -> bytes:
    """The bytes of a tree object, in git's order: a folder sorts as if its name ended in `/`."""
    rows = []
    for name, entry in entries.items():
        raw = name.encode("utf-8", "surrogateescape")
        key = raw + b"/" if entry.mode == FOLDER else raw
        rows.append((key, entry.mode.encode() + b" " + raw + b"\0" + bytes.fromhex(entry.id)))
    return b"".join(row for _, row in sorted(rows))


def changed_tree(repository: Repository, commit: str, files: Mapping[str, bytes | None]) -> NewTree:
    """The tree of `commit` with `files` (from the top of the repository; None: deleted) changed.

    Deleting what is not there, and writing what is there already, changes nothing.

    Raises OutsideError where a path leads through a symbolic link, a submodule or a file, or would
    replace one of these, StoreError when git fails.
    """
    folders = sorted({"", *(parent for path in files for parent in _parents(path))})
    names = [f"{commit}:{folder}" if folder else f"{commit}^{{tree}}" for folder in folders]
    editing = _Editing(repository.object_format)
    for folder, found in zip(folders, read_objects(repository, names), strict=True):
        if found is not None and found.type == "tree":
            editing.trees[folder] = parse_tree(found.data, repository.object_format)
        elif found is not None:
            raise OutsideError(f"{folder} is a file or a link in the repository, not a folder")
        elif not folder:
            raise StoreError(f"git has no commit {commit}", "run `git fsck` there")
    for path, data in sorted(files.items()):
        editing.file(path, data)
    return editing.finish(folders)


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts))]


@dataclass(slots=True)
class _Editing:
    """Trees by folder while they change, and the objects that come of it."""

    format: str
    trees: dict[str, dict[str, Entry]] = field(default_factory=dict)
    objects: list[GitObject] = field(default_factory=list)
    moves: list[FileMove] = field(default_factory=list)

    def file(self, path: str, data: bytes | None) -> None:
        """Change one file."""
        self._refuse_passing(path)
        folder, _, name = path.rpartition("/")
        tree = self.trees.setdefault(folder, {})
        old = tree.get(name)
        if old is not None and old.mode not in _ORDINARY:
            raise OutsideError(f"{path} is no ordinary file in the repository", "mend it by hand")
        if data is None:
            if old is not None:
                del tree[name]
                self.moves.append(FileMove(path, old, None, None))
            return
        blob = new_object("blob", data, self.format)
        new = Entry(old.mode if old is not None else FILE, blob.id)
        if new != old:
            tree[name] = new
            self.objects.append(blob)
            self.moves.append(FileMove(path, old, new, data))

    def _refuse_passing(self, path: str) -> None:
        """Refuse a path below something that is no folder: a link could lead anywhere."""
        for folder in _parents(path)[1:]:
            above, _, name = folder.rpartition("/")
            entry = self.trees.get(above, {}).get(name)
            if entry is not None and entry.mode != FOLDER:
                raise OutsideError(f"{path} passes through {folder}, which is no folder")

    def finish(self, folders: list[str]) -> NewTree:
        """Make the trees, the deepest first; an empty folder goes."""
        for folder in sorted(folders, key=lambda each: -len(each)):
            tree = self.trees.get(folder, {})
            made = new_object("tree", tree_data(tree), self.format)
            self.objects.append(made)
            if not folder:
                return NewTree(made.id, tuple(self.objects), tuple(self.moves))
            above, _, name = folder.rpartition("/")
            parent = self.trees.setdefault(above, {})
            if tree:
                parent[name] = Entry(FOLDER, made.id)
            else:
                parent.pop(name, None)
        raise AssertionError("the top is one of the folders")


def moves_between(repository: Repository, old: str, new: str) -> tuple[FileMove, ...]:
    """Every file that differs between two commits or trees.

    Raises StoreError when git fails, or when a link or a submodule differs, which is not ours to
    write, and OutsideError for a path that would leave the repository (a forged tree can hold one).
    """
    listed = repository.git.run("diff-tree", "-r", "-z", "--no-renames", "--raw", old, new, "--")
    words = listed.decode("utf-8", "surrogateescape").split("\0")
    rows = []
    for about, path in zip(words[::2], words[1::2], strict=False):
        if any(part in {"", ".", ".."} or part.casefold() == ".git" for part in path.split("/")):
            raise OutsideError(f"{path!r} in {new} leads out of the repository; it is not merged")
        old_mode, new_mode, old_id, new_id, _ = about.removeprefix(":").split(" ")
        was, now = _entry(old_mode, old_id), _entry(new_mode, new_id)
        if any(each is not None and each.mode not in _ORDINARY for each in (was, now)):
            raise StoreError(
                f"{path} is a symbolic link or a submodule that differs between {old} and {new}",
                "merge this branch with git",
            )
        rows.append((path, was, now))
    wanted = [now.id for _, _, now in rows if now is not None]
    blobs = {each.id: each.data for each in read_objects(repository, wanted) if each is not None}
    return tuple(
        FileMove(path, was, now, blobs[now.id] if now is not None else None)
        for path, was, now in rows
    )


def _entry(mode: str, id: str) -> Entry | None:
    return None if set(mode) == {"0"} else Entry(mode, id)
