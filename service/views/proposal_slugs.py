"""How addresses name a proposal: by its slug, which may hold slashes."""

from typing import Final
from urllib.parse import quote

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, Map

PROPOSAL: Final = "/proposals/<proposal:slug>"


class _Slug(BaseConverter):
    """What stands behind `plan/` in the name of a branch; words of ours behind it are no part."""

    part_isolating = False
    regex = r"[^/](?:(?!/(?:site|merge|close|settle)(?:/|$)).)*?(?<!/)"

    def to_url(self, value: str) -> str:
        return quote(value)


def teach(blueprint: Blueprint) -> None:
    """Let the rules of a blueprint use it."""

    def add(state: BlueprintSetupState) -> None:
        known: Map = state.app.url_map
        known.converters |= {"proposal": _Slug}

    blueprint.record(add)
