"""The feed of changes and the sitemap: only of a site whose public address is known."""

from collections.abc import Iterable
from html import escape

from planner.render.changes_page import change_entry
from planner.render.desk import Desk
from planner.render.frame import Kind
from planner.render.templates import render

_ENTRIES = 30
_EPOCH = "1970-01-01T00:00:00Z"


def feed(desk: Desk, key: str = "") -> str:
    """The newest changes as an Atom feed (RFC 4287)."""
    del key
    view = desk.view
    base = view.options.public_url.rstrip("/") + "/"
    # Links in a feed must be whole: no page is around it.
    texts = desk.texts(Kind(depth=0, root=base))
    changes = view.changes[:_ENTRIES]
    return render(
        "feed.xml",
        title=view.cards[view.trace.tree.plan.id].label or "Plan",
        base=base,
        updated=changes[0].time if changes else _EPOCH,
        entries=[change_entry(texts, each) for each in changes],
    )


def sitemap(desk: Desk, addresses: Iterable[str]) -> str:
    """All pages (encoded addresses from the root), for search engines."""
    base = desk.view.options.public_url.rstrip("/") + "/"
    start = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    )
    whole = escape(base)
    lines = [f"<url><loc>{whole}{escape(address)}</loc></url>\n" for address in addresses]
    return start + "".join(lines) + "</urlset>\n"
