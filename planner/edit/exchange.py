"""One exchange with a remote: look what is there, settle this side, send what it lacks."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from planner.edit.editor import PROPOSALS
from planner.edit.standing import Note
from planner.edit.sync import Sync
from planner.store.remote import Remote

T = TypeVar("T")
_ROUNDS = 5
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class InStep:
    """How both sides stand after an exchange: `waiting` commits are not at the remote yet.

    `sent` are the branches that moved there, `came` those that moved here.
    """

    branch: str
    waiting: int
    sent: tuple[str, ...]
    came: tuple[str, ...]
    notes: tuple[Note, ...]


class Turn(Protocol):
    """Runs work that needs the editor, in the thread of the editor."""

    def __call__(self, work: Callable[[], T]) -> T:
        """Run it, and give what it returns or raise what it raises."""


def at_once(work: Callable[[], T]) -> T:
    """Run it here: this is the thread of the editor."""
    return work()


def exchange(sync: Sync, remote: Remote, in_turn: Turn = at_once) -> InStep:
    """Bring both sides in step, as far as that goes without a person.

    The network is talked to in the present thread.  Raises RemoteError when the remote cannot be
    used, StoreError when git fails here; what was done by then counts, and the next exchange goes
    on from there.
    """
    sent: dict[str, None] = {}
    came: dict[str, None] = {}
    for number in range(_ROUNDS):
        # Others move as well: whoever comes second looks again, and not at the same moment.
        time.sleep(number * _PAUSE_S * random.random())  # noqa: S311 - no secret
        main = in_turn(sync.branch)
        tips = remote.fetch(main, f"{PROPOSALS}/*")
        settled = in_turn(partial(sync.settle, main, tips))
        done = remote.push(settled.pushes) if settled.pushes else ()
        held = {each.branch for each in settled.notes}
        held |= {each.push.branch for each in done if each.reason}
        if settled.deletions and main not in held:
            done += remote.push(settled.deletions)
        in_turn(partial(sync.arrived, done))
        sent.update((each.push.branch, None) for each in done if not each.reason)
        came.update((each, None) for each in settled.came)
        if not settled.again and not any(each.moved for each in done):
            break
    refused = [
        Note(each.push.branch, "refused", each.reason, each.hint) for each in done if each.reason
    ]
    waiting = in_turn(partial(sync.waiting, main))
    return InStep(main, waiting, tuple(sent), tuple(came), (*settled.notes, *refused))
