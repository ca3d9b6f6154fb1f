"""The page and the data of texts that a model wrote and nobody approved."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from planner.model.items import Item, Provenance
from planner.model.provenance import is_changed, is_unapproved, text_hash, text_of
from planner.render import frame
from planner.render.card import Card
from planner.render.desk import Desk
from planner.render.item_parts import origin_part
from planner.render.templates import render
from planner.render.view import SiteView

PATH = "ai-text/"
_KIND = frame.Kind(depth=1, section="problems")
_SHOWN = 400


class Waiting(NamedTuple):
    """One text that waits: `name` says which of the item, `text` is its beginning."""

    card: Card
    name: str
    entry: Provenance
    text: str
    hash: str
    changed: bool


def waiting(view: SiteView) -> list[Waiting]:
    """All texts of models that nobody approved as they are, in the order of the plan's items."""
    items = view.trace.items.values()
    return [row for item in items if item.provenance for row in _of(view, item)]


def _of(view: SiteView, item: Item) -> Iterator[Waiting]:
    for entry in item.provenance:
        text = text_of(item, entry.field)
        if text is not None and is_unapproved(item, entry):
            short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            name = origin_part(item, entry).name
            changed = is_changed(item, entry)
            yield Waiting(view.cards[item.id], name, entry, short, text_hash(text), changed)


def ai_text_page(desk: Desk, key: str = "") -> str:
    """The page `/ai-text/`."""
    del key
    links = desk.texts(_KIND).links
    rows = waiting(desk.view)
    body = render("ai_text.html", rows=rows, root=links.root, index=links.index)
    title = "AI text nobody approved"
    about = f"{len(rows)} texts of models wait for a person."
    return frame.page(desk.view, _KIND, path=PATH, title=title, about=about, body=body)


def ai_text_json(view: SiteView) -> str:
    """The same as data: item, field, hash of the text (which an approval names), and origin."""
    rows = [
        {
            "item": row.card.id,
            "kind": row.card.kind,
            "page": row.card.path,
            "field": row.entry.field,
            "hash": row.hash,
            "changed": row.changed,
            **{
                key: text
                for key in ("by", "model", "session", "question")
                if (text := getattr(row.entry, key))
            },
        }
        for row in waiting(view)
    ]
    return json.dumps({"texts": rows}, ensure_ascii=False, separators=(",", ":")) + "\n"
