"""What the page of one item may show of another item.

A page is made of the records, problems, history and cards of the item that it is about and of the
items that it shows; nothing else.  So a change can only touch the pages of the items whose record,
card, problems or history it changed, and of the items that show these, which is what makes a
rebuild small and still exact.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from planner.model.items import Item, Research
from planner.render.plain_text import plain_text
from planner.render.urls import item_path
from planner.trace.graph import Trace
from planner.trace.progress import Standings

_LABEL_LENGTH = 120


class Card(NamedTuple):
    """The derived facts about an item that other items' pages show.

    `label` is the title, or the start of the text where there is none (empty: neither).  `path` is
    the address of the item's page from the root of the site, without `index.html`, ready for a link
    (`r/AUTH-01/`).  `state` is the status of a requirement or milestone, the derived state of a
    phase.  `done`, `started` and `total` are the progress of a phase or milestone.  `over` is the
    id of the item above (the phase of a requirement, the milestone of a phase), with what is shown
    of it; `top` is the id of the milestone, for every kind of item.
    `suspect` tells that it rests on a claim of research that does not hold any more.
    """

    id: str
    kind: str
    label: str
    path: str
    state: str = ""
    number: str = ""
    done: int = 0
    started: int = 0
    total: int = 0
    over: str = ""
    over_number: str = ""
    over_label: str = ""
    over_path: str = ""
    top: str = ""
    blocked_by: tuple[str, ...] = ()
    critical: bool = False
    suspect: bool = False

    @property
    def percent(self) -> int:
        """How much is done, in whole per cent, rounded down."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def name(self) -> str:
        """How the item is called in a sentence: `03 API authentication`, or its id."""
        if self.kind == "phase" and self.number:
            return f"{self.number} {self.label}".rstrip()
        return self.label or self.id


def label_of(item: Item, text: str = "") -> str:
    """The title of an item, or the start of `text` without its markup."""
    if item.title:
        return " ".join(item.title.split())
    label = plain_text(text[: 3 * _LABEL_LENGTH])
    if len(label) <= _LABEL_LENGTH:
        return label
    cut = label[:_LABEL_LENGTH]
    # At the last blank, where there is one (Chinese and Japanese have none).
    return (cut.rpartition(" ")[0] or cut).rstrip(",;:") + " …"


def heading_of(item: Research) -> str:
    """The first heading of a research document, for one without a title."""
    for line in item.text.lstrip().split("\n", 20)[:20]:
        if line.startswith("#"):
            return line.lstrip("#").strip()
    return ""


@dataclass(frozen=True, slots=True)
class LastCards:
    """The cards of the last build and the items they were made for, by id.

    A card whose item is the very same object need not be made again.
    """

    cards: Mapping[str, Card] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)


def make_cards(
    trace: Trace,
    standings: Standings,
    last: LastCards | None = None,
    suspects: Set[str] = frozenset(),
) -> dict[str, Card]:
    """The card of every item of the plan, by id; `suspects` are the ids of suspect items."""
    cards: dict[str, Card] = {
        trace.tree.plan.id: Card(trace.tree.plan.id, "plan", label_of(trace.tree.plan), "")
    }
    for milestone in trace.milestones:
        progress = standings.milestone[milestone.id]
        cards[milestone.id] = Card(
            milestone.id,
            "milestone",
            label_of(milestone),
            item_path("milestone", milestone.id),
            milestone.status,
            done=progress.done,
            started=progress.started,
            total=progress.total,
            top=milestone.id,
        )
    _phase_cards(cards, trace, standings, suspects)
    _requirement_cards(cards, trace, last or LastCards(), suspects)
    for document in trace.tree.research:
        label = label_of(document) or heading_of(document) or document.topic.capitalize()
        cards[document.id] = Card(
            document.id, "research", label, item_path("research", document.id)
        )
    return cards


def _phase_cards(
    cards: dict[str, Card], trace: Trace, standings: Standings, suspects: Set[str]
) -> None:
    critical = set(trace.critical_path)
    for phase in trace.phases:
        standing = standings.phase[phase.id]
        over = cards.get(trace.milestone_of_phase.get(phase.id, ""))
        progress = standing.progress
        cards[phase.id] = Card(
            phase.id,
            "phase",
            label_of(phase, phase.goal),
            item_path("phase", phase.id),
            str(standing.state),
            phase.number,
            progress.done,
            progress.started,
            progress.total,
            over.id if over else "",
            "",
            over.label if over else "",
            over.path if over else "",
            over.id if over else "",
            standing.blocked_by,
            phase.id in critical,
            phase.id in suspects,
        )


def _requirement_cards(
    cards: dict[str, Card], trace: Trace, last: LastCards, suspects: Set[str]
) -> None:
    nothing = Card("", "", "", "")
    phases_of = trace.phases_of_requirement
    for requirement in trace.requirements:
        item_id = requirement.id
        phases = phases_of.get(item_id)
        over = cards[phases[0]] if phases else nothing
        old = last.cards.get(item_id)
        suspect = item_id in suspects
        same = old is not None and last.items.get(item_id) is requirement
        if old is not None and same and old.suspect is suspect and _stands_under(old, over):
            cards[item_id] = old
            continue
        cards[item_id] = Card(
            item_id,
            "requirement",
            label_of(requirement, requirement.text),
            item_path("requirement", item_id),
            requirement.status,
            "",
            0,
            0,
            0,
            over.id,
            over.number,
            over.label,
            over.path,
            over.top,
            suspect=suspect,
        )


def _stands_under(card: Card, over: Card) -> bool:
    """Whether what a requirement's card says of the phase above it is still right."""
    return (
        card.over == over.id
        and card.over_number == over.number
        and card.over_label == over.label
        and card.top == over.top
    )
