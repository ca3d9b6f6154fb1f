"""The page of a research document."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.claims import Claim
from planner.model.items import Research
from planner.render import frame
from planner.render.card import Card
from planner.render.cards import neighbours
from planner.render.desk import Desk
from planner.render.item_parts import ItemParts, item_parts
from planner.render.templates import template
from planner.render.texts import Texts
from planner.render.urls import encoded
from planner.render.view import SiteView
from planner.trace.claims import caused_by, is_gone

KIND = frame.Kind(depth=3, section="research")


@dataclass(frozen=True, slots=True)
class ResearchPage:
    """What `research.html` shows.

    `claims` has a row for each claim of a ledger, `siblings` are all documents of the run, itself
    included.
    """

    item: Research
    card: Card
    run: str
    run_path: str
    html: Markup
    siblings: Sequence[Card]
    claims: Sequence[tuple[Claim, Markup, Sequence[Card], bool]]
    before: Card | None
    after: Card | None
    parts: ItemParts


def research_page(desk: Desk, item_id: str) -> str:
    """The HTML of the page of a research document."""
    view, texts = desk.view, desk.texts(KIND)
    links = texts.links
    shown = research_context(view, texts, item_id)
    card = shown.card
    body = template("research.html").render(page=shown, root=links.root, index=links.index)
    about = shown.item.text or card.label
    return frame.page(view, KIND, path=card.path, title=card.label, about=about, body=body)


def research_context(view: SiteView, texts: Texts, item_id: str) -> ResearchPage:
    """All that the page of a research document shows."""
    item = view.trace.items[item_id]
    assert isinstance(item, Research)
    run = item_id.partition("/")[0]
    documents = view.runs[run]
    before, after = neighbours(documents, item_id)
    cards = view.cards
    return ResearchPage(
        item=item,
        card=cards[item_id],
        run=run,
        run_path=encoded(run),
        html=texts.document(item, _without_title(item.text, cards[item_id].label)),
        siblings=[cards[document.id] for document in documents],
        claims=_claims(view, texts, item),
        before=cards[before] if before else None,
        after=cards[after] if after else None,
        parts=item_parts(view, texts, item),
    )


def _claims(
    view: SiteView, texts: Texts, item: Research
) -> list[tuple[Claim, Markup, Sequence[Card], bool]]:
    """The claims of a run: text, the requirements they caused, and whether they hold no more."""
    caused = caused_by(view.trace, item) if item.claims else {}
    return [
        (
            claim,
            texts.block(item, claim.text),
            [view.cards[each] for each in caused.get(claim.id, ())],
            is_gone(claim, view.problems_of.get(item.id, ())),
        )
        for claim in item.claims
    ]


def _without_title(text: str, label: str) -> str:
    """The text without a first heading that only says the title again."""
    first, _, rest = text.lstrip().partition("\n")
    if first.startswith("# ") and first[2:].strip() == label:
        return rest
    return text
