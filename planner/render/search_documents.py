"""What search finds an item by: its own text and card, so that an edit changes one document."""

from collections.abc import Iterable, Iterator

from planner.model.items import Item, Milestone, Phase, Plan, Requirement, Research
from planner.render.search_index import SearchDocument
from planner.render.view import SiteView


def search_documents(view: SiteView, item_ids: Iterable[str]) -> Iterator[SearchDocument]:
    """The documents of those items that have a page; the others are passed over."""
    for item_id in item_ids:
        item = view.trace.items.get(item_id)
        if item is not None and not isinstance(item, Plan):
            yield _document(view, item)


def _document(view: SiteView, item: Item) -> SearchDocument:
    card = view.cards[item.id]
    return SearchDocument(
        id=item.id,
        kind=card.kind,
        title=card.label,
        text="\n".join(_texts(item)),
        href=card.path,
        status=card.state,
        extra=tuple(word for word in (*item.tags, *item.aliases, item.owner, card.number) if word),
    )


def _texts(item: Item) -> Iterator[str]:
    """The text before the first section, then each section."""
    if isinstance(item, Requirement):
        yield item.text
    elif isinstance(item, Phase):
        yield item.goal
    elif isinstance(item, Milestone):
        yield item.overview
    elif isinstance(item, Research):
        yield item.text
        return
    for section in item.sections:
        yield section.heading
        yield section.text
