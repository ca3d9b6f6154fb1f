"""Which commit at GitHub a run is about, so that its outcome can be told there.  Pure.

The token of the service writes wherever it may, so a payload never chooses the repository: it is
the one that the trigger names, or that of the plan.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from service.events.matching import PULL_REQUEST, is_of
from service.events.paths import look_up
from service.events.plan_repository import PUSH

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Where each event says which commit it brings.
_COMMITS: Final = {PUSH: "after", PULL_REQUEST: "pull_request.head.sha"}
_TAGS: Final = "refs/tags/"
# What is pushed as an annotated tag is an object of its own; this is what it names.
_TAGGED: Final = "head_commit.id"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit at GitHub; `repository` is `owner/name`."""

    repository: str
    id: str


def reported_commit(event: str, payload: Any, repository: str) -> Commit | None:
    """The commit that an event brings; None where it brings none, or is of another repository.

    `repository` is what a trigger may report on: `owner/name` or `owner/*`, in whatever case.
    """
    name = look_up(payload, "repository.full_name")
    is_tag = event == PUSH and str(look_up(payload, "ref")).startswith(_TAGS)
    commit = look_up(payload, _TAGGED if is_tag else _COMMITS.get(event, ""))
    if not isinstance(name, str) or not isinstance(commit, str):
        return None
    # A branch that is deleted is pushed as a commit of zeros.
    if not _NAME.fullmatch(name) or not _COMMIT.fullmatch(commit) or not commit.strip("0"):
        return None
    return Commit(name, commit) if is_of(name, repository) else None
