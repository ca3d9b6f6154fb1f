"""The texts of a plan as HTML for one depth of pages: Markdown, with names made links."""

from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup

from planner.model.items import Item
from planner.render.markdown import document_to_html, line_to_html, to_html
from planner.render.mentions import linked, mention_of_file
from planner.render.templates import state_html
from planner.render.urls import Links, item_of_file, source_link
from planner.render.view import SiteView
from planner.trace.names import fold

_NOTHING: frozenset[str] = frozenset()
_OPEN_LINK = '<a href="'
_ANCHOR = Markup('<a href="{}"><span class="id">{}</span> {}</a> {}')


@dataclass(slots=True)
class Texts:
    """Makes HTML of the texts of items, for pages whose links `links` makes.

    One is kept for all pages of a depth: it remembers the links to items that it made.
    """

    view: SiteView
    links: Links
    _anchors: dict[str, Markup] = field(default_factory=dict)

    def anchor(self, item_id: str) -> Markup:
        """The link to an item as it stands in lists: id or number, label, state."""
        made = self._anchors.get(item_id)
        if made is None:
            card = self.view.cards[item_id]
            made = _ANCHOR.format(
                self.links.to(card.path), card.number or card.id, card.label, state_html(card.state)
            )
            self._anchors[item_id] = made
        return made

    def block(self, item: Item, text: str, top: int = 3) -> Markup:
        """Paragraphs; headings start at level `top`."""
        return Markup(self._linked(item, to_html(text, top))) if text else Markup()  # noqa: S704

    def line(self, item: Item, text: str) -> Markup:
        """A text within a line or a table cell."""
        return Markup(self._linked(item, line_to_html(text))) if text else Markup()  # noqa: S704

    def document(self, item: Item, text: str) -> Markup:
        """A text that is alone on its page: with footnotes and anchors of headings."""
        return Markup(self._linked(item, document_to_html(text)))  # noqa: S704

    def page_of_item(self, item_id: str) -> str:
        """The link to the page of an item."""
        return self.links.to(self.view.cards[item_id].path)

    def _linked(self, item: Item, html: str) -> str:
        names = self.view.mentions.get(item.id, _NOTHING)
        if not names and _OPEN_LINK not in html:
            return html
        return linked(html, item.path, self._page_of_name(item, names), self._page_of_file(names))

    def _page_of_name(self, item: Item, names: frozenset[str]) -> Callable[[str], str]:
        resolve = self.view.trace.names.resolve

        def page(name: str) -> str:
            # Only what was found in the source: an incremental build knows nothing else.
            if fold(name) not in names:
                return ""
            kind = "research" if "/" in name else "requirement"
            found = resolve(name, kind)
            if found is None or found == item.id:
                return ""
            card = self.view.cards[found]
            return self.links.to(card.path) if card.kind == kind else ""

        return page

    def _page_of_file(self, names: frozenset[str]) -> Callable[[str], str]:
        source_url = self.view.options.source_url

        def page(path: str) -> str:
            meant = item_of_file(path)
            if meant is not None and mention_of_file(path) in names:
                kind, item_id = meant
                card = self.view.cards.get(item_id)
                if card is not None and card.kind == kind:
                    return self.links.to(card.path)
            return "" if path.startswith("/") else source_link(source_url, path)

        return page
