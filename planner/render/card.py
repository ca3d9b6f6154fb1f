"""What the page of one item may show of another item.

A page is made of its own item's record, problems and history, and of the cards of the items that
it shows; nothing else.  So a change that leaves every card as it was can only touch the page of
the changed item itself, which is what makes a rebuild small and still exact.
"""

from collections.abc import Mapping
from typing import NamedTuple

from planner.trace.graph import Trace
from planner.trace.progress import Standings


class Card(NamedTuple):
    """The facts about an item that other items' pages show.

    `path` is the address of the item's page from the root of the site, without `index.html`, ready
    for a link (`r/AUTH-01/`).  `state` is the status of a requirement or milestone, the derived
    state of a phase.  `done`, `total`, `started` count requirements (or criteria) of a phase or
    milestone.  `over` is the id of the item above: the phase of a requirement, the milestone of a
    phase; `over_number` and `over_title` are what is shown of it.
    """

    id: str
    kind: str
    title: str
    path: str
    state: str = ""
    number: str = ""
    done: int = 0
    total: int = 0
    started: int = 0
    over: str = ""
    over_number: str = ""
    over_title: str = ""
    over_path: str = ""
    top: str = ""


def make_cards(trace: Trace, standings: Standings) -> Mapping[str, Card]:
    """The card of every item of the plan, by id."""
    raise NotImplementedError
