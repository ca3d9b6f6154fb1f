"""What the part of an item's form shows in which Claude suggests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.drafting.drafter import Progress
from service.drafting.offers import NEW_ITEM, Offer
from service.drafting.tasks import TASKS, Task, tasks_of
from service.forms.filled import Filled
from service.services import services


@dataclass(frozen=True, slots=True)
class Remark:
    """What a check of the plan says of a suggestion."""

    severity: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer with the person's own wording so far, and what the checks say of it."""

    offer: Offer
    text: str
    remarks: tuple[Remark, ...] = ()
    mends: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What the part shows.

    `run` is the run that is followed (empty: none), of `task` and what it is `about`; `gone` are
    the keys of offers that were accepted or dropped; `note` and `failed` are what a step came to,
    `price` what a suggestion would take, when somebody wanted to know.
    """

    kind: str
    item: str
    on: bool
    why_off: str = ""
    criteria: tuple[tuple[str, str], ...] = ()
    task: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    progress: Progress | None = None
    shown: tuple[ShownOffer, ...] = ()
    refused: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    note: str = ""
    failed: str = ""
    price: str = ""
    is_open: bool = False

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What can be asked here."""
        return tasks_of(self.kind)

    @property
    def followed(self) -> Task | None:
        """The task of the run that is followed."""
        return TASKS.get(self.task) if self.run else None


def first_panel(kind: str, item: str, filled: Filled, asked: Mapping[str, str]) -> Panel:
    """The part of a form that was just opened; `asked` is what the address says already."""
    assistant = services().assistant
    task = asked.get("suggest", "")
    about = {task: asked.get("about", "")} if task in TASKS else {}
    return Panel(
        kind=kind,
        item=item or NEW_ITEM,
        on=assistant.on,
        why_off=assistant.why_off,
        criteria=_criteria(filled),
        task=task,
        about=about,
        is_open=bool(about),
    )


def _criteria(filled: Filled) -> tuple[tuple[str, str], ...]:
    return tuple(
        (row.parts["id"], row.parts["text"])
        for row in filled.rows.get("criteria", ())
        if row.parts["id"]
    )
