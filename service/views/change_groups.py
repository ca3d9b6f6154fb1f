"""Changes of a plan, grouped for a page: by item, and by the place where the items stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from service.planning.past_records import PlacedRecord, PlaceRecord
from service.planning.records import ChangeRecord
from service.views.item_page import page_of


@dataclass(frozen=True, slots=True)
class ItemChanges:
    """What changed of one item.

    `sort` is `added`, `dropped` or `changed`; `page` the address of its page on the site.
    """

    kind: str
    id: str
    title: str
    sort: str
    page: str
    changes: tuple[ChangeRecord, ...]


@dataclass(frozen=True, slots=True)
class PlaceChanges:
    """What changed of the items at one place."""

    place: PlaceRecord
    items: tuple[ItemChanges, ...]


@dataclass(frozen=True, slots=True)
class MilestoneChanges:
    """What changed in one milestone, place by place; `id` is empty for what belongs to none."""

    id: str
    title: str
    places: tuple[PlaceChanges, ...]


def by_item(changes: Iterable[ChangeRecord]) -> list[ItemChanges]:
    """The changes of each item together, in the order in which the items come first."""
    found: dict[tuple[str, str], list[ChangeRecord]] = {}
    for change in changes:
        found.setdefault((change.item_kind, change.id), []).append(change)
    return [_item(kind, item_id, rows) for (kind, item_id), rows in found.items()]


def by_place(changes: Iterable[PlacedRecord]) -> list[MilestoneChanges]:
    """The changes by milestone and phase; they come in the order of the plan."""
    return [
        MilestoneChanges(
            id=milestone[0],
            title=milestone[1],
            places=tuple(
                PlaceChanges(place, tuple(by_item(each.change for each in rows)))
                for place, rows in groupby(inside, key=lambda each: each.place)
            ),
        )
        for milestone, inside in groupby(changes, key=_milestone)
    ]


def _milestone(placed: PlacedRecord) -> tuple[str, str]:
    return placed.place.milestone, placed.place.milestone_title


def _item(kind: str, item_id: str, changes: list[ChangeRecord]) -> ItemChanges:
    whole = next((each.kind for each in changes if not each.field and not each.criterion), "")
    return ItemChanges(
        kind=kind,
        id=item_id,
        title=changes[-1].title,
        sort=whole if whole in {"added", "dropped"} else "changed",
        page="" if whole == "dropped" else page_of(kind, item_id),
        changes=tuple(changes),
    )
