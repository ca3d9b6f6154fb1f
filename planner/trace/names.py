"""Which item a reference means: ids and aliases, ignoring case, in one dict lookup."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import is_not
from typing import TypeVar

from planner.model.fields import kind_of
from planner.model.ids import id_key
from planner.model.items import Item, PlanTree, Research

ANY = ""

_Value = TypeVar("_Value")


def all_items(tree: PlanTree) -> tuple[Item, ...]:
    """Every readable item but the plan: milestones, phases, requirements, research."""
    return (*tree.milestones, *tree.phases, *tree.requirements, *tree.research)


@dataclass(frozen=True, slots=True)
class Names:
    """The ids that references may use.

    `tables` maps a kind (`""`: any kind) to a dict from spelling to the id of the item.  It holds
    the ids as written and the folded form of ids and aliases.  An id as written comes before an id
    that differs in case, and that before an alias; of two equals the first item by path wins.
    """

    tables: dict[str, dict[str, str]]

    def resolve(self, ref: str, kind: str | None = None) -> str | None:
        """The id of the item that `ref` names, or None."""
        table = self.tables.get(kind or ANY)
        if table is None:
            return None
        found = table.get(ref)
        return found if found is not None else table.get(fold(ref))


def fold(text: str) -> str:
    """The form under which ids are compared; `id_key` with a short cut for ASCII."""
    return text.lower() if text.isascii() else id_key(text)


def build_names(tree: PlanTree) -> Names:
    """The names of all items of a plan."""
    tables: dict[str, dict[str, str]] = {ANY: {}, "plan": {tree.plan.id: tree.plan.id}}
    everything = tables[ANY]
    for items in (tree.milestones, tree.phases, tree.requirements, tree.research):
        if items:
            table = _table(items)
            tables[kind_of(items[0])] = table
            for spelling, item_id in table.items():
                everything.setdefault(spelling, item_id)
    everything.setdefault(tree.plan.id, tree.plan.id)
    return Names(tables)


def spellings(item: Item) -> tuple[str, ...]:
    """What may stand for an item: its id, its aliases, and the claims of a research run."""
    if isinstance(item, Research) and item.claims:
        return item.id, *item.aliases, *(f"{item.run}/{each.id}" for each in item.claims)
    return item.id, *item.aliases


def _table(items: tuple[Item, ...]) -> dict[str, str]:
    table = {item.id: item.id for item in items}
    by_path = sorted(items, key=lambda item: item.path)
    for item in by_path:
        table.setdefault(fold(item.id), item.id)
    for item in by_path:
        for spelling in spellings(item)[1:]:
            table.setdefault(fold(spelling), item.id)
    return table


def changed_items(old: Sequence[_Value], new: Sequence[_Value]) -> list[tuple[_Value, _Value]]:
    """The places of two lists of one length where another value stands now, before and after."""
    if old is new or not any(map(is_not, old, new)):
        return []
    return [(was, now) for was, now in zip(old, new, strict=True) if was is not now]


def _by_kind(tree: PlanTree) -> tuple[tuple[Item, ...], ...]:
    return tree.milestones, tree.phases, tree.requirements, tree.research


def same_tree(old: PlanTree, new: PlanTree) -> bool:
    """Whether two plans hold the very same values."""
    return (
        old.plan is new.plan
        and _same(old.unreadable, new.unreadable)
        and all(map(_same, _by_kind(old), _by_kind(new)))
    )


def _same(old: Sequence[object], new: Sequence[object]) -> bool:
    return len(old) == len(new) and not changed_items(old, new)


def names_after(names: Names, old: PlanTree, new: PlanTree) -> Names:
    """The names of `new`: `names`, which are those of `old`, if no name changed."""
    kept = old.plan.id == new.plan.id and all(
        len(was) == len(now) and all(map(_same_name, changed_items(was, now)))
        for was, now in zip(_by_kind(old), _by_kind(new), strict=True)
    )
    return names if kept else build_names(new)


def _same_name(pair: tuple[Item, Item]) -> bool:
    was, now = pair
    return was.id == now.id and was.path == now.path and spellings(was) == spellings(now)
