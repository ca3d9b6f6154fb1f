"""The page of a milestone: what it brings, and its phases in order."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.items import Milestone
from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.item_parts import ItemParts, item_parts
from planner.render.phase_rows import (
    PhaseRow,
    drawing,
    phase_rows,
    touched_by_dependencies,
)
from planner.render.templates import template
from planner.render.texts import Texts
from planner.render.urls import shard
from planner.render.view import SiteView

KIND = frame.Kind(depth=2, section="roadmap", styles=("graph.css",), scripts=("filter.js",))
DRAWN = 40
"""Up to so many phases are drawn on the page itself; more have a page of their own."""


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """What `milestone.html` shows.

    `drawing` is the dependency graph, if there are dependencies; a `large` one has its own page.
    """

    item: Milestone
    card: Card
    shard: str
    overview: Markup
    rows: Sequence[PhaseRow]
    drawing: Markup
    large: bool
    parts: ItemParts


def milestone_page(desk: Desk, item_id: str) -> str:
    """The HTML of the page of a milestone."""
    view, texts = desk.view, desk.texts(KIND)
    links = texts.links
    shown = milestone_context(view, texts, item_id)
    card = shown.card
    body = template("milestone.html").render(page=shown, root=links.root, index=links.index)
    title = f"{card.id} {card.label}".strip()
    about = shown.item.overview or title
    return frame.page(view, KIND, path=card.path, title=title, about=about, body=body)


def milestone_context(view: SiteView, texts: Texts, item_id: str) -> MilestonePage:
    """All that the page of a milestone shows."""
    item = view.trace.milestone_by_id[item_id]
    phases = view.trace.phases_of.get(item_id, ())
    drawn = Markup()
    if 1 < len(phases) <= DRAWN and touched_by_dependencies(view, phases):
        drawn = drawing(
            view, texts, phases, f"Dependencies of the phases of {item_id}", grouped=False
        )
    return MilestonePage(
        item=item,
        card=view.cards[item_id],
        shard=shard(item_id),
        overview=texts.block(item, item.overview, top=2),
        rows=phase_rows(view, texts, phases),
        drawing=drawn,
        large=len(phases) > DRAWN,
        parts=item_parts(view, texts, item),
    )
