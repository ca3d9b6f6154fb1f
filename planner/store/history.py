"""Who changed which file of the plan when: the history of all files in one `git log`.

What counts as a change: the difference between a commit and its parent; for a merge only files
that differ from those of *all* its parents, that is, what the merge combined or changed.  So no
change is listed again by the merge that brought it.  As `git log` does for a folder, a branch whose
changes the merge did not take is left out.  Renames are followed (git's similarity of 50 %).
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from planner.errors import StoreError
from planner.store.folder import PlanFolder, Repository, head_of, resolve_revision
from planner.store.git import MIB
from planner.store.lineage import FileChange, RawChange, follow

MAX_COMMITS = 20_000
_NEW_COMMITS = 2_000
_LOG_LIMIT = 512 * MIB
_LOG_TIMEOUT = 180.0
_LINE_LENGTH = 300
_ID_LENGTH = 40
_EPOCH = datetime.fromtimestamp(0, UTC)
# Control characters, and those that turn the direction of the text around them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LOG = (
    "log",
    "-z",
    "--name-status",
    "-c",
    "--no-relative",
    "--no-color",
    "--no-decorate",
    "--no-show-signature",
    "--no-ext-diff",
    "--no-textconv",
    "--no-mailmap",
    "--no-notes",
    "--ignore-submodules",
    "--encoding=UTF-8",
    "-l1000",
    "-O/dev/null",
    # Each field ends in a null byte; the letter before it keeps it from being empty.
    "--format=%x00%H%x00t%ct%x00a%an%x00s%s%x00",
)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that changed files of the plan.

    `time` is the time of the commit (RFC 3339, UTC), `author` the author's name, `subject` the
    first paragraph of the message on one line.
    """

    id: str
    time: str
    author: str
    subject: str


Listed = tuple[Commit, tuple[RawChange, ...]]


@dataclass(frozen=True)
class History:
    """The commits that changed the plan, newest first, and each file's changes.

    `head` is the commit the history ends with, empty when there is none; `missing` then says why.
    `changes[i]` are the raw changes of `commits[i]`.  `boundary` are the commits where a shallow
    clone ends: what they changed is not known, so they are not listed.  `cut` means that there are
    older commits than `MAX_COMMITS`.
    """

    head: str
    commits: tuple[Commit, ...] = ()
    changes: tuple[tuple[RawChange, ...], ...] = ()
    boundary: tuple[str, ...] = ()
    cut: bool = False
    missing: str = ""

    @cached_property
    def files(self) -> Mapping[str, tuple[FileChange, ...]]:
        """The changes of each path, newest first."""
        return follow(self.changes)

    @property
    def shallow(self) -> bool:
        """Whether the clone is shallow, so that the history is not whole."""
        return bool(self.boundary)

    def of(self, path: str) -> tuple[FileChange, ...]:
        """The changes of the file now at `path`, newest first; none when it was never committed."""
        return self.files.get(path, ())


def read_history(folder: PlanFolder, revision: str = "HEAD", limit: int = MAX_COMMITS) -> History:
    """Read the history of the plan folder up to `revision`, at most `limit` commits of it.

    Raises RevisionError when there is no such revision, StoreError when git fails or takes too
    long.
    """
    repository = folder.repository
    if repository is None:
        return History("", missing=folder.no_git)
    head = _end(repository, revision)
    if not head:
        return History("", missing="the repository has no commits yet")
    return _whole(repository, folder.prefix, head, limit)


def _end(repository: Repository, revision: str) -> str:
    """The commit that a history ends with, empty before the first one."""
    return head_of(repository) if revision == "HEAD" else resolve_revision(repository, revision)


def update_history(
    old: History, folder: PlanFolder, revision: str = "HEAD", limit: int = MAX_COMMITS
) -> History:
    """The history up to `revision`, equal to what `read_history` gives, made from `old`.

    Only new commits are read when they follow `old.head` in one line; when a merge brought
    commits from aside, when the branch was rewritten, or when the depth of the clone changed, all
    is read again.  `old` must be of the same plan folder and limit.
    """
    repository = folder.repository
    if repository is None or not old.head:
        return read_history(folder, revision, limit)
    head = _end(repository, revision)
    if not head:
        return read_history(folder, revision, limit)
    boundary = _boundary(repository)
    if head == old.head and boundary == old.boundary:
        return old
    if boundary != old.boundary or not _in_line(repository, old.head, head):
        return _whole(repository, folder.prefix, head, limit)
    new = _listed(repository, folder.prefix, (head, f"^{old.head}"), boundary, limit)
    listed = new + list(zip(old.commits, old.changes, strict=True))
    history = _history(head, listed, boundary, limit)
    return replace(history, cut=True) if old.cut else history


def _whole(repository: Repository, prefix: str, head: str, limit: int) -> History:
    boundary = _boundary(repository)
    listed = _listed(repository, prefix, (head,), boundary, limit)
    return _history(head, listed, boundary, limit)


def _history(head: str, listed: list[Listed], boundary: tuple[str, ...], limit: int) -> History:
    return History(
        head=head,
        commits=tuple(commit for commit, _ in listed[:limit]),
        changes=tuple(rows for _, rows in listed[:limit]),
        boundary=boundary,
        cut=len(listed) > limit,
    )


def _boundary(repository: Repository) -> tuple[str, ...]:
    """The commits whose parents a shallow clone lacks, sorted; empty for a whole clone."""
    try:
        text = (repository.common_dir / "shallow").read_text("ascii", "replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreError(f"the list of a shallow clone cannot be read: {error}") from error
    return tuple(sorted(text.split()))


def _in_line(repository: Repository, old: str, head: str) -> bool:
    """Whether `head` follows `old` through commits with one parent each.

    Only then the list of all commits is the new ones, then those listed before: with a merge,
    commits from aside take their place between the old ones.
    """
    command = ("rev-list", "--parents", f"--max-count={_NEW_COMMITS}", head, f"^{old}")
    answer = repository.git.probe(*command)
    parents = {}
    for line in answer.data.decode("ascii", "replace").splitlines():
        commit, *above = line.split()
        parents[commit] = above
    at = head
    while at != old:
        above = parents.get(at, [])
        if len(above) != 1:
            return False
        at = above[0]
    return True


def _listed(
    repository: Repository,
    prefix: str,
    revisions: tuple[str, ...],
    boundary: tuple[str, ...],
    limit: int,
) -> list[Listed]:
    """Commits that changed the plan, newest first; one more than `limit` where there are more."""
    # A partial clone may lack the texts that similarity is measured with.
    renames = "-M100%" if repository.partial else "-M50%"
    output = repository.git.stream(
        *_LOG, renames, *revisions, "--", prefix or ".", limit=_LOG_LIMIT, timeout=_LOG_TIMEOUT
    )
    listed: list[Listed] = []
    ends = frozenset(boundary)
    with closing(output):
        for commit, rows in _commits(_tokens(output), os.fsencode(prefix)):
            if rows and commit.id not in ends:
                listed.append((commit, rows))
                if len(listed) > limit:
                    break
    return listed


def _tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of the output between null bytes, without the empty ones."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        for token in whole:
            if token:
                yield token
    if rest.strip():
        raise StoreError("git log ended in the middle of a line")


def _commits(tokens: Iterator[bytes], prefix: bytes) -> Iterator[Listed]:
    """Put the parts together: the four fields of a commit, then status and path of each file."""
    names = _Names(prefix)
    commit: Commit | None = None
    rows: list[RawChange] = []
    for raw in tokens:
        token = raw.lstrip(b"\n")  # whether a line break comes first depends on the kind of diff
        if not token:
            continue
        if len(token) >= _ID_LENGTH and not token.isupper():  # an id; a status is in capitals
            if commit is not None:
                yield commit, tuple(rows)
            commit, rows = _commit(token, tokens), []
        else:
            rows.append(_change(token.decode("ascii"), tokens, names))
    if commit is not None:
        yield commit, tuple(rows)


def _next(tokens: Iterator[bytes]) -> bytes:
    token = next(tokens, b"")
    if not token:
        raise StoreError("git log ended in the middle of a commit")
    return token


def _commit(commit: bytes, tokens: Iterator[bytes]) -> Commit:
    return Commit(
        id=commit.decode("ascii"),
        time=time_of(_next(tokens)[1:]),
        author=line_of(_next(tokens)[1:]),
        subject=line_of(_next(tokens)[1:]),
    )


def time_of(seconds: bytes) -> str:
    """Seconds since 1970, as git prints them, as RFC 3339."""
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        moment = _EPOCH  # a commit can claim any time, even one that no calendar has
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def line_of(text: bytes) -> str:
    """A name or subject of a commit as one line that is safe to show, cut where it is too long."""
    line = text.decode("utf-8", "replace")
    line = _CONTROL.sub("\ufffd", line)
    return line if len(line) <= _LINE_LENGTH else line[: _LINE_LENGTH - 1] + "…"


def _change(status: str, tokens: Iterator[bytes], names: "_Names") -> RawChange:
    if status[0] == "R" and status[1:].isdigit():
        old = names.of(_next(tokens))
        return RawChange("R", names.of(_next(tokens)), old)
    # A merge has one letter for each parent: made or deleted only if against all of them.
    letter = status[0] if len(set(status)) == 1 else "M"
    return RawChange("M" if letter == "R" else letter, names.of(_next(tokens)))


class _Names:
    """Paths below the plan folder, each kept once."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._known: dict[bytes, str] = {}

    def of(self, path: bytes) -> str:
        """The path as text, relative to the plan folder."""
        name = self._known.get(path)
        if name is None:
            name = self._known[path] = os.fsdecode(path.removeprefix(self._prefix))
        return name
