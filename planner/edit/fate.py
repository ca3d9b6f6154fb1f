"""What became of a proposal whose branch is gone: it was merged, or closed."""

from dataclasses import dataclass

from planner.store.folder import Repository
from planner.store.history import line_of, time_of
from planner.store.plan_path import checked_branch

TRAILER = "Proposal"
_MOST = 50  # merges that are looked at


@dataclass(frozen=True, slots=True)
class Fate:
    """The end of a proposal: `state` is `merged`, `closed` or empty (git knows of none).

    `commit` is the commit of the merge, or the last one of the closed proposal, `ref` the name
    under which the latter is kept; `time` (RFC 3339) and `author` are the commit's.
    """

    state: str = ""
    commit: str = ""
    ref: str = ""
    time: str = ""
    author: str = ""


def fate_of(repository: Repository, branch: str, slug: str) -> Fate:
    """Look for the end of the proposal `slug` on `branch`, and among those that were closed.

    Where it was both, the later one counts.  Raises OutsideError for what is no name of a branch,
    StoreError as git does.
    """
    checked_branch(f"closed/{slug}")
    found = [*_merged(repository, branch, slug), *_closed(repository, slug)]
    return max(found, key=lambda each: each.time, default=Fate())


def _merged(repository: Repository, branch: str, slug: str) -> list[Fate]:
    answer = repository.git.probe(
        "log",
        "-z",
        "--merges",
        f"--max-count={_MOST}",
        "--fixed-strings",
        f"--grep={TRAILER}: {slug}",
        "--no-show-signature",
        "--encoding=UTF-8",
        f"--format=%H%n%ct%n%an%n%(trailers:key={TRAILER},valueonly)",
        f"refs/heads/{checked_branch(branch)}",
        "--",
    )
    # One whose name begins like this is found, too.
    rows = (row.split(b"\n", 3) for row in answer.data.split(b"\0") if row.strip())
    return [
        Fate("merged", commit.decode("ascii"), "", time_of(seconds), line_of(author))
        for commit, seconds, author, slugs in rows
        if slug.encode() in slugs.split()
    ]


def _closed(repository: Repository, slug: str) -> list[Fate]:
    listed = repository.git.run(
        "for-each-ref",
        "--format=%(objectname)%00%(committerdate:unix)%00%(authorname)%00%(refname)",
        f"refs/agented/closed/{slug}/",
    )
    rows = [row.split(b"\0") for row in listed.splitlines()]
    return [
        Fate("closed", commit.decode("ascii"), ref.decode(), time_of(seconds), line_of(author))
        for commit, seconds, author, ref in rows
        # A proposal `a/b` is kept below `a`, too.
        if ref.count(b"/") == 4 + slug.count("/")
    ]
