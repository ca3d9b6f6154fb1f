"""Where the pages of items stand: what a save leads back to."""

from planner.render.urls import item_path

# Where those that were beside an item stand, when it is gone.
_LISTS = {
    "milestone": "/roadmap/",
    "phase": "/roadmap/",
    "requirement": "/requirements/",
    "research": "/research/",
}


def page_of(kind: str, item_id: str) -> str:
    """The address of an item's page; that of the overview for the plan, or for no item."""
    return f"/{item_path(kind, item_id)}" if item_id else "/"


def list_of(kind: str) -> str:
    """The address of the page that lists the items of a kind."""
    return _LISTS.get(kind, "/")
