"""What is known of a remote, kept as refs: where its branches were seen, and what both sides had.

`refs/remotes/agented/` mirrors the remote as it was last seen.  `refs/agented/synced/<remote>/`
holds for each branch the commit that was here and there at the same time: what is there now tells
a branch that was deleted from one that was never there, and a rewritten one from one that grew.
"""

import hashlib
from collections.abc import Mapping

from planner.store.address import Address
from planner.store.folder import Repository

TRACKED = "refs/remotes/agented/"
_SYNCED = "refs/agented/synced/"


def track(repository: Repository, tips: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where the remote's branches were last seen; with `tips`, note that they are there now.

    An empty tip, and a branch that is left out, is one that is gone.  Raises StoreError.
    """
    return _kept(repository, TRACKED, tips)


def synced(
    repository: Repository, remote: Address, tips: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The commit of each branch that both sides had; with `tips`, note that these are so now.

    As for `track`.  Each remote has its own.
    """
    name = hashlib.sha256(str(remote).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return _kept(repository, f"{_SYNCED}{name}/", tips)


def _kept(repository: Repository, below: str, wanted: Mapping[str, str] | None) -> dict[str, str]:
    listed = repository.git.run("for-each-ref", "--format=%(objectname) %(refname)", below)
    rows = (line.split(" ", 1) for line in listed.decode("utf-8", "surrogateescape").splitlines())
    held = {ref.removeprefix(below): tip for tip, ref in rows}
    if wanted is None:
        return held
    new = {name: tip for name, tip in wanted.items() if tip}
    # First what goes: `plan/a` must be gone before `plan/a/b` can be.
    _write(repository, [f"delete {below}{name}" for name in held if name not in new])
    _write(
        repository,
        [f"update {below}{name} {tip}" for name, tip in new.items() if held.get(name) != tip],
    )
    return new


def _write(repository: Repository, lines: list[str]) -> None:
    if lines:
        feed = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        repository.git.run("update-ref", "--no-deref", "--stdin", feed=feed)


def count_waiting(repository: Repository, branch: str, below: str) -> int:
    """How many commits of a branch, and of those below a folder, the remote was not seen with."""
    tip = f"refs/heads/{branch}"
    counted = repository.git.run(
        "rev-list", "--count", tip, f"--branches={below}", "--not", f"--glob={TRACKED}"
    )
    return int(counted)
