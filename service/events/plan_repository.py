"""Whether an event is a push to the plan's own repository: told by the addresses in its payload.

Nothing of a payload is used but to be compared: no part of it is fetched from, opened, or given to
git.  What is fetched is what GIT_REMOTE names, always.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from planner.errors import UsageError
from planner.store.address import Address, read_address
from service.events.paths import look_up

PUSH: Final = "push"
_BRANCH: Final = "refs/heads/"
_LONGEST: Final = 500
# Where forges write how a repository is reached: GitHub and those that do as it does, GitLab,
# Bitbucket.
_ADDRESSES: Final = (
    "repository.clone_url", "repository.ssh_url", "repository.git_url", "repository.html_url",
    "repository.git_http_url", "repository.git_ssh_url", "repository.url",
    "project.git_http_url", "project.git_ssh_url", "repository.links.html.href",
)  # fmt: skip
_REMOTE: Final = re.compile(r"[a-z+]+://.+|/.+|[^/\s]+:[^/].*", re.IGNORECASE)
# Another name under which the same forge takes ssh.
_SAME: Final = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}

Place = tuple[str, str]


def place_of(text: str) -> Place | None:
    """Host and path of a repository, the same for all ways to reach it; None: it is none.

    The port does not count, for ssh and http have different ones, and on a host neither does case.
    """
    if len(text) > _LONGEST or not _REMOTE.fullmatch(text):
        return None
    try:
        address = read_address(text, cwd=Path("/"))
    except UsageError:
        return None
    if address.protocol == "file":
        return "", _local(address)
    host = address.host.lower().rstrip(".")
    return (_SAME.get(host, host), address.path.lower()) if address.path else None


def _local(address: Address) -> str:
    path = address.url
    if path.lower().startswith("file://"):
        path = "/" + path[len("file://") :].partition("/")[2]
    return os.path.normpath(path).removesuffix(".git")


def pushed_branch(event: str, payload: Any) -> str:
    """The branch that a push is of; empty where the event is no push to a branch.

    `event` is what the sender calls it, empty where it says nothing.
    """
    ref = look_up(payload, "ref")
    if event not in ("", PUSH) or not isinstance(ref, str) or not ref.startswith(_BRANCH):
        return ""
    return ref.removeprefix(_BRANCH)[:_LONGEST]


class PlanRepository:
    """The repository that the plan is kept in step with.

    `setting` is GIT_REMOTE (empty: none); `known` tells its address once that was looked up, since
    the setting may be the name of a remote.
    """

    def __init__(self, setting: str = "", known: Callable[[], str] = lambda: "") -> None:
        self._known = known
        self._set = bool(setting)
        self._text = setting
        self._place = place_of(setting)

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self._set

    @property
    def name(self) -> str:
        """`owner/name`, as a forge calls it, in small letters; empty: it is not known."""
        place = self._current()
        return "/".join(place[1].strip("/").split("/")[-2:]).lower() if place is not None else ""

    def is_of(self, payload: Any) -> bool:
        """Whether an event is of this repository."""
        place = self._current()
        return place is not None and place in set(_places(payload))

    def _current(self) -> Place | None:
        text = self._known()
        if self._set and text and text != self._text:
            self._text, self._place = text, place_of(text)
        return self._place


def _places(payload: Any) -> Iterator[Place]:
    for path in _ADDRESSES:
        text = look_up(payload, path)
        found = place_of(text) if isinstance(text, str) else None
        if found is not None:
            yield found
