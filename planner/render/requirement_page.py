"""The page of a requirement: its text, and its way from milestone to proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.items import Requirement, Research
from planner.render import frame
from planner.render.card import Card
from planner.render.cards import neighbours
from planner.render.desk import Desk
from planner.render.item_parts import CriterionPart, ItemParts, criterion_part, item_parts
from planner.render.templates import template
from planner.render.texts import Texts
from planner.render.urls import shard
from planner.render.view import SiteView
from planner.trace.claims import BASED_ON, Ground, claims_of, is_gone

KIND = frame.Kind(depth=2, section="requirements")

# How a link reads from its source, and from its target.
LINK_WORDS = {
    "depends-on": ("Depends on", "Needed by"),
    "refines": ("Refines", "Refined by"),
    "conflicts": ("Conflicts with", "Conflicts with"),
    "replaces": ("Replaces", "Replaced by"),
    "based-on": ("Rests on", "What rests on it"),
    "relates": ("Relates to", "Relates to"),
}


@dataclass(frozen=True, slots=True)
class RequirementPage:
    """What `requirement.html` shows.

    `phases` are the phases it stands in (one, unless the plan is at fault), `lost_phases` the
    phases it names that are not in the plan; `grounds` are the claims of research it rests on, with
    the page of the run and whether they hold no more; `links` are the linked items by heading, both
    ways, `lost_links` references that name nothing; `list_path` is the list of the milestone's
    requirements; `before` and `after` are its neighbours in the phase.
    """

    item: Requirement
    card: Card
    phases: Sequence[Card]
    lost_phases: Sequence[str]
    text: Markup
    criteria: Sequence[CriterionPart]
    met: int
    grounds: Sequence[tuple[Ground, str, bool]]
    links: Sequence[tuple[str, Sequence[Markup]]]
    lost_links: Sequence[str]
    list_path: str
    before: Card | None
    after: Card | None
    parts: ItemParts


def requirement_page(desk: Desk, item_id: str) -> str:
    """The HTML of the page of a requirement."""
    view, texts = desk.view, desk.texts(KIND)
    links = texts.links
    shown = requirement_context(view, texts, item_id)
    card = shown.card
    body = template("requirement.html").render(page=shown, root=links.root, index=links.index)
    title = f"{card.id} {card.label}" if shown.item.title else card.id
    about = shown.item.text or card.label or card.id
    return frame.page(view, KIND, path=card.path, title=title, about=about, body=body)


def requirement_context(view: SiteView, texts: Texts, item_id: str) -> RequirementPage:
    """All that the page of a requirement shows."""
    trace, cards = view.trace, view.cards
    item = trace.requirement_by_id[item_id]
    phases = trace.phases_of_requirement.get(item_id, ())
    siblings = trace.requirements_of.get(phases[0] if phases else "", ())
    before, after = neighbours(siblings, item_id)
    refs = trace.verified_by.get(item_id, ())
    criteria = [
        criterion_part(
            view, texts, trace.phase_by_id[ref.phase_id], cards[ref.phase_id], ref.criterion
        )
        for ref in refs
    ]
    return RequirementPage(
        item,
        cards[item_id],
        [cards[phase] for phase in phases],
        [ref for ref in item.phases if trace.resolve(ref, "phase") is None],
        texts.block(item, item.text, top=2),
        criteria,
        sum(ref.criterion.status == "met" for ref in refs),
        _grounds(view, item),
        _links(texts, item_id),
        [link.to for link in item.links if trace.resolve(link.to) is None],
        f"requirements/{shard(cards[item_id].top)}/",
        cards[before] if before else None,
        cards[after] if after else None,
        item_parts(view, texts, item),
    )


def _grounds(view: SiteView, item: Requirement) -> list[tuple[Ground, str, bool]]:
    """The claims it rests on, each with the page of its run, and whether it is in doubt."""
    return [
        (
            ground,
            view.cards[ground.document.id].path,
            is_gone(ground.claim, view.problems_of.get(ground.document.id, ())),
        )
        for ground in claims_of(view.trace, item)
    ]


def _links(texts: Texts, item_id: str) -> list[tuple[str, list[Markup]]]:
    """Linked items by heading, in the order of `LINK_WORDS`; each only once under a heading."""
    trace = texts.view.trace
    out, into = trace.links_out.get(item_id, ()), trace.links_in.get(item_id, ())
    if not out and not into:
        return []
    found: dict[str, dict[str, None]] = {}
    for ends, side in ((out, 0), (into, 1)):
        for end in ends:
            if end.type == BASED_ON and "/" in end.id and side == 0:
                document = trace.items[end.id]
                if isinstance(document, Research) and document.claims:
                    continue
            words = LINK_WORDS.get(end.type, (end.type, end.type))
            found.setdefault(words[side], {})[end.id] = None
    order = [word for pair in LINK_WORDS.values() for word in pair]
    return [
        (heading, [texts.anchor(other) for other in found[heading]])
        for heading in sorted(found, key=lambda word: order.index(word) if word in order else 99)
    ]
