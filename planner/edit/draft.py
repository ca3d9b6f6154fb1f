"""What an edit would do to a plan, before anything is written.

An edit is an `Operation`: a value that says what is wanted.  It is applied to the plan anew each
time, for the preview as well as for the save, so a save always rests on the plan as it is then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from planner.edit.references import Reference
from planner.edit.state import PlanState
from planner.merge.fields import Clash, MergedField


@dataclass(frozen=True, slots=True)
class ItemClash:
    """Values of one item that only a person can bring together.

    `id` and `kind` are those that the item has now (or had, when it is gone); `path` is its file,
    `blob` what it is now (empty: it is gone), so that the answer can be saved upon it.  `base`,
    `theirs` and `yours` are the three whole texts (None: there is none); `settled` are the fields
    that came together by themselves, and the values they get.
    """

    id: str
    kind: str
    path: str
    blob: str
    base: str | None
    theirs: str | None
    yours: str | None
    clashes: tuple[Clash, ...]
    settled: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """The outcome of an operation on a plan.

    `files` are the new bytes by path (None: deleted); `id` and `kind` the item to return to;
    `subject` the first line of the message that fits; `merged` the fields of items that somebody
    else changed meanwhile, by item; `clashes` what stands in the way; `notes` what a person should
    know (an item was renamed meanwhile); `dangling` the references that lead nowhere afterwards;
    `made` the ids of new items, in the order in which they were wanted.
    """

    files: Mapping[str, bytes | None]
    id: str
    kind: str
    subject: str = ""
    merged: Mapping[str, tuple[MergedField, ...]] = field(default_factory=dict)
    clashes: tuple[ItemClash, ...] = ()
    notes: tuple[str, ...] = ()
    dangling: tuple[Reference, ...] = ()
    made: tuple[str, ...] = ()


class Operation(Protocol):
    """An edit that can be applied to a plan."""

    def draft(self, plan: PlanState) -> Draft:
        """What it does to `plan`.  Raises EditError and StoreError when it cannot be done."""
