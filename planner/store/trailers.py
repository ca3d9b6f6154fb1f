"""The lines `Key: value` at the end of the messages of given commits, in one git process."""

from collections.abc import Mapping, Sequence

from planner.store.folder import Repository

Trailers = tuple[tuple[str, str], ...]
_UNIT = "\x1f"


def read_trailers(
    repository: Repository, commits: Sequence[str], keys: Sequence[str]
) -> Mapping[str, Trailers]:
    """The trailers with these `keys` of each commit that has some, in the order of the message.

    Raises StoreError when git fails.
    """
    if not commits:
        return {}
    named = ",".join(f"key={key}" for key in keys)
    data = repository.git.run(
        "log",
        "-z",
        "--no-walk=unsorted",
        "--no-show-signature",
        "--encoding=UTF-8",
        f"--format=%H%n%(trailers:{named},unfold,separator=%x1f)",
        *dict.fromkeys(commits),
        "--",
    )
    found: dict[str, Trailers] = {}
    for row in data.decode("utf-8", "replace").split("\0"):
        commit, _, lines = row.strip("\n").partition("\n")
        pairs = tuple(map(_pair, filter(None, lines.split(_UNIT))))
        if pairs:
            found[commit] = pairs
    return found


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), " ".join(value.split())
