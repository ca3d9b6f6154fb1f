"""How the worker and its planner process talk: JSON, a line a message, over a pair of sockets.

The worker opens with an `Opening`.  After that it sends requests (`{"id", "op", "args", "until"}`:
by the clock that all processes share, `time.monotonic`, nobody waits for it any longer then); the
planner process answers each (`{"id", "result"}` or `{"id", "failure"}`) and reports by itself what
it does (`{"event", …}`).  Both ends are ours and of one version: a line that is not understood is
a bug, and ends the process.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

# The longest line: the answer to a request for a whole page of values fits many times.
LINE_BYTES = 16 * 1024 * 1024

# What asks about the plan, see `service.planning.ops`.
PLAN = "plan."

READY = "ready"
BUSY = "busy"
BUILT = "built"
FAILED = "failed"
REMOTE = "remote"

# The code of a failed build where there is no plan to build.
NO_PLAN = "no_plan"


@dataclass(frozen=True, slots=True)
class Opening:
    """Which plan the planner process reads, and where it puts what.

    `plan` is what the settings name (empty: look for one from `folder` upwards), `variable` the
    name of that setting, for messages (empty: it was the option --plan), `rev` a revision to show
    instead of the files, `site` the folder of the built site, `caches` that of what is remembered
    between builds, `epoch` the file that keeps the number of the build.  `remote` is the git remote
    to keep in step with (it may hold a password; empty: none), `fetch_seconds` the time between
    two looks at it (0: only when there is a reason).  `approval` is what the main branch asks of a
    change, see `planner.editing.ApprovalRule`.
    """

    folder: str
    plan: str
    variable: str
    rev: str
    site: str
    caches: str
    epoch: str
    public_url: str
    remote: str = field(default="", repr=False)
    fetch_seconds: int = 0
    approval: str = "none"

    @classmethod
    def of(
        cls,
        *,
        site: Path,
        caches: Path,
        epoch: Path,
        plan: Path | None = None,
        variable: str = "",
        rev: str = "",
        public_url: str = "",
        remote: str = "",
        fetch_seconds: int = 0,
        approval: str = "none",
    ) -> Self:
        """The opening for a service whose current folder is the present one."""
        return cls(
            folder=str(Path.cwd()),
            plan=str(plan.absolute()) if plan is not None else "",
            variable=variable,
            rev=rev,
            site=str(site.absolute()),
            caches=str(caches.absolute()),
            epoch=str(epoch.absolute()),
            public_url=public_url,
            remote=str(remote),
            fetch_seconds=fetch_seconds,
            approval=approval,
        )

    def line(self) -> bytes:
        """The first line that is sent."""
        return to_line(asdict(self))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the planner could not do something, in words for people.

    `code` is a word for programs, see `service.planning.failures`; `details` belong to some codes.
    """

    message: str
    hint: str = ""
    code: str = "conflict"
    details: Mapping[str, str | None] = field(default_factory=dict)


class WireError(Exception):
    """The other end sent what no version of it should."""


def to_line(message: Mapping[str, Any]) -> bytes:
    """One message as it is sent."""
    # ASCII: a path may hold bytes that are no UTF-8, and a lone surrogate survives only as \\u.
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


class LineBuffer:
    """Puts lines together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The messages that `data` completes.  Raises WireError."""
        self._rest += data
        *lines, rest = self._rest.split(b"\n")
        if len(rest) > LINE_BYTES:
            raise WireError(f"a message is longer than {LINE_BYTES} bytes")
        self._rest = rest
        for line in lines:
            yield _message(line)


def _message(line: bytearray) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise WireError("a message is no JSON") from error
    if not isinstance(found, dict):
        raise WireError("a message is no object")
    return found
