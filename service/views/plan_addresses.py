"""How the API names an item in an address: its kind, then its id.

The id of a research document holds one slash (`run/topic`), as it is or as `%2F`; no other id
does.  So `/api/plan/research/survey/history` is a document, and never the history of something.
"""

from typing import Final
from urllib.parse import quote

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, Map

ITEM: Final = "/api/plan/<kind:kind>/<item_id>"
RESEARCH: Final = "/api/plan/<research:kind>/<topic:item_id>"


class _Kind(BaseConverter):
    """The kinds whose ids hold no slash."""

    regex = "plan|milestone|phase|requirement"


class _NewKind(BaseConverter):
    """The kinds of which there may be more items."""

    regex = "milestone|phase|requirement|research"


class _Research(BaseConverter):
    """The kind whose ids hold one."""

    regex = "research"


class _Topic(BaseConverter):
    """`run/topic`."""

    part_isolating = False
    regex = "[^/]+/[^/]+"

    def to_url(self, value: str) -> str:
        return quote(value)


def teach(blueprint: Blueprint) -> None:
    """Let the rules of a blueprint use the names of this module."""

    def add(state: BlueprintSetupState) -> None:
        known: Map = state.app.url_map
        known.converters |= {
            "kind": _Kind,
            "newkind": _NewKind,
            "research": _Research,
            "topic": _Topic,
        }

    blueprint.record(add)


def item_address(kind: str, item_id: str, proposal: str = "") -> str:
    """Where the API shows an item."""
    query = f"?proposal={quote(proposal, safe='')}" if proposal else ""
    return f"/api/plan/{kind}/{quote(item_id)}{query}"
