"""Requests that are carried out once, however often they are sent.

The commit of such a request carries its token in a trailer, together with the item that it made or
changed.  Whoever sends it again, also after a crash that kept the answer from arriving, finds that
commit instead of making a second one.
"""

import re
import time
from dataclasses import dataclass

from planner.edit.draft import Draft
from planner.errors import PlannerError, UsageError
from planner.store.folder import Repository

TRAILER = "Request"
KEPT_S = 24 * 3600
_TOKEN = re.compile(r"[0-9a-f]{16,64}")
# The clocks of the processes that save are those of one machine; this is for one that was set.
_MARGIN_S = 3600


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is carried out once.

    `token` (hex digits) tells it from all others, `content` (hex digits, too) from one that is sent
    under the same token and asks for something else.
    """

    token: str
    content: str

    def __post_init__(self) -> None:
        """Raises UsageError for what cannot be looked for in messages."""
        if not _TOKEN.fullmatch(self.token) or not _TOKEN.fullmatch(self.content):
            raise UsageError("a request is told by 16 to 64 hex digits")

    def trailer(self, draft: Draft) -> tuple[str, str]:
        """What the commit of the request carries."""
        return TRAILER, f"{self.token}-{self.content} {draft.kind} {draft.id}"


@dataclass(frozen=True, slots=True)
class Done:
    """A commit that was made for a request: its whole message without trailers, and the item."""

    commit: str
    message: str
    kind: str
    id: str
    content: str


class RepeatedError(PlannerError):
    """The request was carried out before: `done` tells what came of it.  Nothing was written."""

    def __init__(self, done: Done) -> None:
        super().__init__(f"that was saved before, as {done.commit}")
        self.done = done


def refuse_repetition(repository: Repository, once: Once) -> None:
    """Raise RepeatedError when a commit of the last day, on any branch, is that of the request.

    Whoever saves next must call it under the lock of the writer, or two may pass at once.
    """
    since = int(time.time()) - KEPT_S - _MARGIN_S
    listed = repository.git.run(
        "log", "--all", f"--since=@{since}", "--max-count=1", "--fixed-strings",
        f"--grep={TRAILER}: {once.token}-", "--no-show-signature", "--encoding=UTF-8",
        "--format=%H%n%B",
    )  # fmt: skip
    commit, _, message = listed.decode("utf-8", "replace").strip("\n").partition("\n")
    if commit:
        raise RepeatedError(_read(commit, message, once.token))


def _read(commit: str, message: str, token: str) -> Done:
    text, _, trailers = message.rpartition("\n\n")
    found = re.search(rf"^{TRAILER}: {token}-([0-9a-f]+)(?: (\w+) (.*))?$", trailers, re.MULTILINE)
    content, kind, item_id = found.groups("") if found else ("", "", "")
    return Done(commit, text, kind, item_id, content)
