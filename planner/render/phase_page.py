"""The page of a phase: its goal, what it delivers, when it is done, what it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.items import Dependency, Phase, Requirement
from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.item_parts import CriterionPart, ItemParts, criterion_part, item_parts
from planner.render.mentions import CRITERIA
from planner.render.scopes import LONGEST_LIST
from planner.render.templates import plural, template
from planner.render.texts import Texts
from planner.render.urls import shard
from planner.render.view import SiteView

KIND = frame.Kind(depth=2, section="roadmap")
_OWN_SECTIONS = frozenset({CRITERIA})


@dataclass(frozen=True, slots=True)
class PhasePage:
    """What `phase.html` shows.

    `counted` says what its progress counts ("7 requirements"); `needs` and `needed_by` are its
    dependencies both ways, `lost_needs` those that are not in the plan, `blocked_by` the phases
    that it waits for; `more` requirements are not listed here; `before` and `after` are its
    neighbours in the order of the plan.
    """

    item: Phase
    card: Card
    counted: str
    goal: Markup
    needs: Sequence[Dependency]
    lost_needs: Sequence[str]
    needed_by: Sequence[Dependency]
    blocked_by: Sequence[Card]
    requirements: Sequence[tuple[Requirement, Card]]
    more: int
    with_priority: bool
    with_owner: bool
    criteria: Sequence[CriterionPart]
    met: int
    shard: str
    before: Card | None
    after: Card | None
    parts: ItemParts


def phase_page(desk: Desk, item_id: str) -> str:
    """The HTML of the page of a phase."""
    view, texts = desk.view, desk.texts(KIND)
    links = texts.links
    shown = phase_context(view, texts, item_id)
    card = shown.card
    body = template("phase.html").render(
        page=shown, root=links.root, index=links.index, anchor=texts.anchor
    )
    about = shown.item.goal or card.name
    return frame.page(view, KIND, path=card.path, title=card.name, about=about, body=body)


def phase_context(view: SiteView, texts: Texts, item_id: str) -> PhasePage:
    """All that the page of a phase shows."""
    trace, cards = view.trace, view.cards
    item, card = trace.phase_by_id[item_id], cards[item_id]
    members = trace.requirements_of.get(item_id, ())
    place = trace.place[item_id]
    return PhasePage(
        item=item,
        card=card,
        counted=_counted(view, item, card),
        goal=texts.block(item, item.goal, top=2),
        needs=trace.depends.get(item_id, ()),
        lost_needs=[
            each.phase for each in item.depends_on if trace.resolve(each.phase, "phase") is None
        ],
        needed_by=trace.dependents.get(item_id, ()),
        blocked_by=[cards[phase] for phase in card.blocked_by],
        requirements=[(each, cards[each.id]) for each in members[:LONGEST_LIST]],
        more=max(len(members) - LONGEST_LIST, 0),
        with_priority=any(each.priority for each in members),
        with_owner=any(each.owner for each in members),
        criteria=[criterion_part(view, texts, item, card, each) for each in item.criteria],
        met=sum(each.status == "met" for each in item.criteria),
        shard=shard(card.top),
        before=_phase_at(view, place - 1),
        after=_phase_at(view, place + 1),
        parts=item_parts(view, texts, item, _OWN_SECTIONS),
    )


def _counted(view: SiteView, item: Phase, card: Card) -> str:
    """What the progress of a phase counts."""
    if any(
        each.status not in ("deferred", "dropped")
        for each in view.trace.requirements_of.get(item.id, ())
    ):
        return plural(card.total, "requirement") + " done"
    if item.criteria:
        return plural(card.total, "criterion met", "criteria met")
    return "1, by its own status"


def _phase_at(view: SiteView, place: int) -> Card | None:
    phases = view.trace.phases
    return view.cards[phases[place].id] if 0 <= place < len(phases) else None
