"""Which pages show which items: what an incremental build must know."""

from planner.render.card import Card
from planner.render.view import SiteView

__all__ = ["Card", "card_of", "shown_on"]


def card_of(view: SiteView, item_id: str) -> Card:
    """The card of an item.  Raises KeyError when the plan has no such item."""
    return view.cards[item_id]


def shown_on(view: SiteView, item_id: str) -> set[str]:
    """Ids of the items whose own page (HTML or JSON) shows any fact of `item_id`.

    `item_id` need not be in the plan: the pages that name it in vain would link to it if it came.
    """
    raise NotImplementedError
