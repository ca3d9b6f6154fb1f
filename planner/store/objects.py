"""Reading and writing git objects by the pack: one process, however many there are.

New objects are made here, byte for byte as git makes them, and handed to `git unpack-objects`,
which checks that each is well formed and that everything it names is there.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.errors import StoreError
from planner.store.folder import Repository
from planner.store.git import MIB

_TYPES = {"commit": 1, "tree": 2, "blob": 3}
_READ_LIMIT = 256 * MIB


@dataclass(frozen=True, slots=True)
class GitObject:
    """An object: its id, its type (`blob`, `tree`, `commit`) and its bytes."""

    id: str
    type: str
    data: bytes


def new_object(type: str, data: bytes, object_format: str) -> GitObject:
    """The object of these bytes, with the id that git gives it."""
    digest = hashlib.new(object_format, b"%s %d\0" % (type.encode(), len(data)))
    digest.update(data)
    return GitObject(digest.hexdigest(), type, data)


def write_objects(repository: Repository, objects: Iterable[GitObject]) -> None:
    """Put objects into the repository; those it has already are left as they are.

    Raises StoreError when git cannot write (a full disk, a read-only repository).
    """
    unique = {each.id: each for each in objects}
    pack = bytearray(b"PACK" + struct.pack(">II", 2, len(unique)))
    for each in unique.values():
        pack += _pack_header(_TYPES[each.type], len(each.data)) + zlib.compress(each.data, 1)
    pack += hashlib.new(repository.object_format, pack).digest()
    repository.git.run("unpack-objects", "-q", "--strict", feed=bytes(pack))


def _pack_header(type: int, size: int) -> bytes:
    """Type and size of an object: four bits of the size, then seven at a time."""
    byte, size = type << 4 | size & 15, size >> 4
    header = bytearray()
    while size:
        header.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    header.append(byte)
    return bytes(header)


def object_ids(repository: Repository, names: Sequence[str]) -> list[str]:
    """The id of the object of each name, empty where there is none.  Raises as `read_objects`."""
    if not names:
        return []
    feed = _feed(names)
    answer = repository.git.run("cat-file", "--batch-check", feed=feed, limit=_READ_LIMIT)
    words = (line.split(b" ") for line in answer.split(b"\n")[:-1])
    return [
        row[0].decode("ascii") if len(row) == 3 and row[0].isalnum() and row[2].isdigit() else ""
        for row in words
    ]


def _feed(names: Sequence[str]) -> bytes:
    if any("\n" in name for name in names):
        raise StoreError("a path holds a line break: it cannot be read", "rename that file")
    return "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")


def read_objects(repository: Repository, names: Sequence[str]) -> list[GitObject | None]:
    """The object of each name (`<commit>:<path>`, an id); None where there is none.

    Raises StoreError when a name holds a line break, or git fails.
    """
    if not names:
        return []
    answer = repository.git.run("cat-file", "--batch", feed=_feed(names), limit=_READ_LIMIT)
    found: list[GitObject | None] = []
    position = 0
    for _ in names:
        end = answer.index(b"\n", position)
        words = answer[position:end].split(b" ")
        position = end + 1
        # Otherwise it is the name, which holds a colon or is an id alone, and a word.
        if len(words) == 3 and words[0].isalnum() and words[2].isdigit():
            size = int(words[2])
            data = answer[position : position + size]
            found.append(GitObject(words[0].decode("ascii"), words[1].decode("ascii"), data))
            position += size + 1
        else:
            found.append(None)
    return found
