"""How branches stand here and at a remote: what is to be done, and in words what is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.edit.editor import Unsaved
from planner.store.remote import Push

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Note:
    """Why a branch is not in step, and how to mend it.

    `state` is `behind` (it could not be brought forward here), `diverged`, `rewritten` (commits
    that both sides had are gone on one of them), `gone` (the main branch is not there any more) or
    `refused` (the remote does not take it).  `proposal` is the slug of the proposal to merge.
    """

    branch: str
    state: str
    reason: str
    hint: str = ""
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What is left to do at the remote, after this side was settled.

    `came` are the branches that moved here.  `deletions` come after `pushes`: what a proposal
    brought to the main branch must have arrived before the proposal goes.  `again`: a person or a
    save moved a branch meanwhile.
    """

    pushes: tuple[Push, ...]
    deletions: tuple[Push, ...]
    notes: tuple[Note, ...]
    came: tuple[str, ...]
    again: bool


@dataclass(slots=True)
class Work:
    """What was found out and is to be done in one exchange."""

    had: dict[str, str]
    tips: Mapping[str, str]
    here: Mapping[str, str]
    main: str = ""
    pushes: list[Push] = field(default_factory=list)
    deletions: list[Push] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    came: list[str] = field(default_factory=list)
    again: bool = False

    def of(self, name: str) -> tuple[str, str, str]:
        """Where a branch is here, where there, and what both had (empty: not at all)."""
        return self.here.get(name, ""), self.tips.get(name, ""), self.had.get(name, "")

    def push(self, name: str, tip: str) -> None:
        """Send a branch."""
        self.pushes.append(Push(name, tip))

    def note(self, name: str, state: str, reason: str, hint: str, proposal: str = "") -> None:
        """Say why a branch is not in step."""
        self.notes.append(Note(name, state, reason, hint, proposal))

    def settled(self) -> Settled:
        """The outcome."""
        lists = (tuple(self.pushes), tuple(self.deletions), tuple(self.notes), tuple(self.came))
        return Settled(*lists, self.again)


def rewritten_there(name: str, had: str) -> tuple[str, str]:
    """Reason and hint for a branch that lost commits at the remote; `had` is one of them."""
    seen = f"refs/remotes/agented/{name}"
    reason = (
        f"{name} was rewritten at the remote: {had[:12]}, which both had, is not in it any more. "
        "It was not followed, and nothing was sent"
    )
    hint = (
        f"compare `git log {had[:12]}..{seen}`; then either restore it there, or follow it here: "
        f"git switch {name}; git reset --keep {seen}"
    )
    return reason, hint


def rewritten_here(name: str) -> tuple[str, str]:
    """Reason and hint for a branch that lost commits here, which the remote has."""
    reason = (
        f"{name} was rewritten here: commits that the remote has are not in it any more. "
        "It was not sent, since that would need force"
    )
    return reason, f"take them back in (git merge refs/remotes/agented/{name}), or push it by hand"


def why(outcome: Unsaved) -> str:
    """Why two lines of a branch need a person to come together."""
    if outcome.reason == "clash":
        ids = list(dict.fromkeys(each.id for each in outcome.preview.draft.clashes))
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        return f"a person must choose for {', '.join(ids[:_SHOWN])}{more}"
    if outcome.reason == "review":
        return "texts were merged word by word, which a person must read"
    return "the two together have errors that neither has alone"
