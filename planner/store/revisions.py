"""Names of revisions: which there are to choose from, and the door for those that people write."""

import re
from dataclasses import dataclass

from planner.errors import RevisionError
from planner.store.folder import PlanFolder, Repository
from planner.store.history import line_of, time_of

# A name of a branch or a tag, or an id, and how many commits back: nothing that git could take for
# an option, a range, a path, a search or a look into the reflog.
_REVISION = re.compile(r"[^\W_][\w./+-]{0,199}(?:[~^]\d{0,5}){0,4}")
_MOST_REFS = 300
_MOST_COMMITS = 40


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision to choose: `kind` is `branch`, `tag` or `commit`.

    `name` is what git calls it, `commit` the id, `time` (RFC 3339) and `subject` are the commit's.
    """

    kind: str
    name: str
    commit: str
    time: str
    subject: str


def checked_revision(text: str) -> str:
    """`text` as it may be given to git.  Raises RevisionError for what is no plain revision."""
    if _REVISION.fullmatch(text) is None or ".." in text or text.endswith((".lock", "/", ".")):
        shown = text if len(text) <= 60 else f"{text[:60]}…"
        raise RevisionError(
            f"{shown!r} is no revision",
            "name a branch, a tag or a commit, such as main, v1.0, 4f2a9c1 or HEAD~3",
        )
    return text


def revisions(folder: PlanFolder) -> tuple[Revision, ...]:
    """The branches, the tags and the last commits of a plan, the newest of each first.

    Nothing for a plan without a repository.  Raises StoreError when git fails.
    """
    if folder.repository is None:
        return ()
    branches = _refs(folder.repository, "branch", "refs/heads/")
    tags = _refs(folder.repository, "tag", "refs/tags/")
    return (*branches, *tags, *_commits(folder))


def commit_day(repository: Repository, commit: str) -> str:
    """The day of a commit in UTC, `YYYY-MM-DD`; empty where there is no such commit (yet)."""
    answer = repository.git.probe(
        "log", "--max-count=1", "--no-show-signature", "--format=%ct", commit, "--"
    )
    seconds = answer.data.strip()
    return time_of(seconds)[:10] if seconds.isdigit() else ""


def _refs(repository: Repository, kind: str, below: str) -> list[Revision]:
    # A tag may be a thing of its own, which names the commit.
    parts = "%00".join(
        f"%(if)%(*objectname)%(then)%(*{name})%(else)%({name})%(end)"
        for name in ("objecttype", "objectname", "committerdate:unix", "contents:subject")
    )
    listed = repository.git.run(
        "for-each-ref",
        f"--count={_MOST_REFS}",
        "--sort=-creatordate",
        f"--format={parts}%00%(refname)",
        below,
    )
    found = []
    for row in listed.splitlines():
        sort, commit, seconds, subject, name = row.split(b"\0")
        if sort == b"commit":
            short = name.decode("utf-8", "replace").removeprefix(below)
            found.append(_revision(kind, short, commit, seconds, subject))
    return found


def _commits(folder: PlanFolder) -> list[Revision]:
    """The last commits that changed the plan, on the branch that is checked out."""
    repository = folder.repository
    if repository is None:
        return []
    answer = repository.git.probe(
        "log",
        "-z",
        f"--max-count={_MOST_COMMITS}",
        "--no-show-signature",
        "--encoding=UTF-8",
        "--format=%H%n%ct%n%s",
        "HEAD",
        "--",
        folder.prefix or ".",
    )
    rows = [row.split(b"\n", 2) for row in answer.data.split(b"\0") if row.strip()]
    return [_revision("commit", row[0].decode("ascii"), *row) for row in rows]


def _revision(kind: str, name: str, commit: bytes, seconds: bytes, subject: bytes) -> Revision:
    return Revision(kind, name, commit.decode("ascii"), time_of(seconds), line_of(subject))
