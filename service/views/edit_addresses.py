"""Where the forms of items stand.  The id of a research document has a slash in it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint

from service.guard.policy import add_route

_ONE = "/edit/<any(plan,milestone,phase,requirement):kind>/<item_id>"
_RESEARCH = "/edit/research/<run>/<topic>"


def add_item_routes(
    blueprint: Blueprint, view: Callable[..., Any], *methods: str, below: str = ""
) -> None:
    """Register a view for an item of each kind; it gets `kind` and `item_id`.

    `below` is a further part of the address, such as `/rename`.
    """
    add_route(blueprint, f"{_ONE}{below}", view, *methods)
    rule, name = f"{_RESEARCH}{below}", f"research_{view.__name__}"
    add_route(blueprint, rule, _with_topic(view), *methods, name=name)


def _with_topic(view: Callable[..., Any]) -> Callable[..., Any]:
    def of_research(run: str, topic: str) -> Any:
        return view(kind="research", item_id=f"{run}/{topic}")

    of_research.__dict__.update(view.__dict__)
    of_research.__name__ = f"research_{view.__name__}"
    return of_research


def form_address(kind: str, item_id: str, below: str = "", **query: str) -> str:
    """The address of the form of an item, or of a page `below` it; empty values are left out."""
    return _with_query(f"/edit/{kind}/{quote(item_id)}{below}", query)


def new_address(kind: str, **query: str) -> str:
    """The address of the form of a new item."""
    return _with_query(f"/edit/new/{kind}", query)


def _with_query(path: str, query: dict[str, str]) -> str:
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{given}" if given else path
