"""The provenance of criteria that get their ids with the same edit: by place until then."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from planner.codec.finding import BadValueError, shown
from planner.model.items import Criterion, Provenance
from planner.model.provenance import CRITERIA, NEW


def with_ids(entries: Any, criteria: Sequence[Criterion]) -> tuple[Provenance, ...]:
    """The provenance with `criteria.+2` as the id of the criterion at place 2.

    Raises BadValueError where there is none, or where one is named twice.
    """
    named = tuple(_named(each, criteria) for each in entries)
    fields = [each.field for each in named]
    twice = next((each for each in fields if fields.count(each) > 1), "")
    if twice:
        raise BadValueError(f"{shown(twice)} is named twice", "name it once")
    return named


def _named(entry: Provenance, criteria: Sequence[Criterion]) -> Provenance:
    start = f"{CRITERIA}{NEW}"
    if not entry.field.startswith(start):
        return entry
    place = entry.field.removeprefix(start)
    if not place.isdecimal() or len(place) > 4 or int(place) >= len(criteria):
        hint = f"the places are 0 to {len(criteria) - 1}" if criteria else "there is no criterion"
        raise BadValueError(f"there is no criterion at the place of {shown(entry.field)}", hint)
    return replace(entry, field=f"{CRITERIA}{criteria[int(place)].id}")
