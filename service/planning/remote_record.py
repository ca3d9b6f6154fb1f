"""How the plan stands to its remote: what the planner process reports and everybody else shows."""

from pathlib import Path
from typing import Literal

from planner.edit.editor import PROPOSALS
from planner.errors import UsageError
from planner.store.address import read_address
from planner.store.forge import pull_request_url
from service.api.models import Model, Stamp

RemoteState = Literal["off", "waiting", "working", "in_step", "attention", "failed"]


class RemoteNote(Model):
    """Why a branch is not in step with the remote, and how to mend it."""

    branch: str
    state: Literal["behind", "diverged", "rewritten", "gone", "refused"]
    reason: str
    hint: str
    proposal: str
    """The slug of the proposal whose merge ends it; may be empty."""


class RemoteRecord(Model):
    """How the branches here stand to those at the remote."""

    state: RemoteState
    """`off`: no remote is set.  `waiting`: nothing was heard of it yet, or it is tried again.
    `working`: commits are on their way.  `in_step`: both sides have everything.  `attention`: a
    person must look at the notes.  `failed`: the remote cannot be used; it is tried again."""
    address: str = ""
    """Where it is, without what signs in."""
    branch: str = ""
    """The branch that is edited."""
    waiting: int = 0
    """How many commits the remote has not got yet."""
    pushed_at: Stamp | None = None
    """When commits last arrived there, since the service was started."""
    seen_at: Stamp | None = None
    """When both sides were last looked at."""
    reason: str = ""
    """Why the remote cannot be used; empty: it can."""
    hint: str = ""
    tries: int = 0
    """How often it failed in a row."""
    next_at: Stamp | None = None
    """When it is tried again by itself; null: when something is saved, or somebody asks."""
    notes: tuple[RemoteNote, ...] = ()
    served: int = 0
    """The number of the request for an exchange that this answers."""

    def pull_request(self, slug: str) -> str:
        """The forge's page for a pull request of a proposal; empty where no forge is known."""
        if not self.address or not self.branch:
            return ""
        try:
            address = read_address(self.address, cwd=Path("/"))
        except UsageError:
            return ""
        return pull_request_url(address, f"{PROPOSALS}/{slug}", self.branch)


OFF = RemoteRecord(state="off")
