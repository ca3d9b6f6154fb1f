"""Reading many blobs out of one `git cat-file --batch`."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing

from planner.errors import StoreError
from planner.store.folder import Repository

_HEADER = 128  # an object id, a type, a size


def read_blobs(repository: Repository, sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """The bytes of each blob by id, in the order of `sizes`, which gives the size of each.

    Raises StoreError when a blob is missing or of another size, or git fails.
    """
    if not sizes:
        return
    output = repository.git.stream(
        "cat-file",
        "--batch",
        "--buffer",
        feed="".join(f"{blob}\n" for blob in sizes).encode("ascii"),
        limit=sum(sizes.values()) + _HEADER * len(sizes),
    )
    with closing(output):
        reader = _Reader(output)
        for blob, size in sizes.items():
            header = reader.line()
            if header != f"{blob} blob {size}".encode("ascii"):
                raise StoreError(
                    f"git has no blob {blob}: it says {header.decode('ascii', 'replace')!r}",
                    "the repository is damaged: run `git fsck` there",
                )
            yield blob, reader.take(size + 1)[:-1]
        reader.finish()


def find_blobs(repository: Repository, names: Iterable[str]) -> Iterator[tuple[str, int] | None]:
    """Blob id and size in bytes for each name `<commit>:<path>`; None where there is no blob.

    The paths must not hold line breaks.
    """
    feed = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    if not feed:
        return
    listing = repository.git.run("cat-file", "--batch-check", "--buffer", feed=feed)
    for line in listing.split(b"\n")[:-1]:
        # Otherwise it is the name, which holds a colon, and a word such as "missing".
        words = line.split(b" ")
        if len(words) == 3 and words[0].isalnum() and words[1] == b"blob":
            yield words[0].decode("ascii"), int(words[2])
        else:
            yield None


class _Reader:
    """Lines and counted bytes out of a stream of chunks."""

    def __init__(self, chunks: Generator[bytes, None, None]) -> None:
        self._chunks = chunks
        self._held = b""
        self._at = 0

    def _more(self) -> None:
        chunk = next(self._chunks, b"")
        if not chunk:
            raise StoreError("git cat-file ended too early")
        self._held = self._held[self._at :] + chunk
        self._at = 0

    def line(self) -> bytes:
        """The next line, without its end."""
        while (end := self._held.find(b"\n", self._at)) < 0:
            self._more()
        line = self._held[self._at : end]
        self._at = end + 1
        return line

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        while len(self._held) - self._at < count:
            self._more()
        data = self._held[self._at : self._at + count]
        self._at += count
        return data

    def finish(self) -> None:
        """Read to the end, so that the exit status of git is looked at."""
        for _ in self._chunks:
            pass
