"""Which item of an older plan is which item of a newer one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from planner.model.items import Item, PlanTree
from planner.trace.names import Names, build_names, fold
from planner.trace.natural import natural_key


@dataclass(frozen=True, slots=True)
class Pairing:
    """The items of one kind: those in both plans, and those in one alone, in natural order.

    `renamed` maps the id of an old item to its id now, where that differs.
    """

    both: tuple[tuple[Item, Item], ...]
    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    renamed: Mapping[str, str]


def pair_items(old: Iterable[Item], new: Iterable[Item]) -> Pairing:
    """Pair the items of one kind by id, then by alias, then by equal content."""
    before = {fold(item.id): item for item in old}
    after = {fold(item.id): item for item in new}
    pairs = {key: key for key in before if key in after}
    left = {key: item for key, item in before.items() if key not in pairs}
    came = {key: item for key, item in after.items() if key not in pairs}
    for old_key, new_key in (*_by_alias(left, came), *_by_content(left, came)):
        if old_key in left and new_key in came:
            pairs[old_key] = new_key
            del left[old_key], came[new_key]
    both = sorted(
        ((before[old_key], after[new_key]) for old_key, new_key in pairs.items()),
        key=lambda pair: natural_key(pair[1].id),
    )
    return Pairing(
        both=tuple(both),
        added=_ordered(came.values()),
        removed=_ordered(left.values()),
        renamed={was.id: now.id for was, now in both if was.id != now.id},
    )


def _ordered(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: natural_key(item.id)))


def _by_alias(left: Mapping[str, Item], came: Mapping[str, Item]) -> Iterator[tuple[str, str]]:
    for key, item in came.items():
        for alias in item.aliases:
            if fold(alias) in left:
                yield fold(alias), key


def _by_content(left: Mapping[str, Item], came: Mapping[str, Item]) -> Iterator[tuple[str, str]]:
    """A file that only changed its name keeps its blob; equal blobs that are not unique say nil."""
    old_count = Counter(item.blob for item in left.values())
    new_by_blob = Counter(item.blob for item in came.values())
    where = {item.blob: key for key, item in came.items()}
    for key, item in left.items():
        if item.blob and old_count[item.blob] == 1 and new_by_blob[item.blob] == 1:
            yield key, where[item.blob]


class References:
    """What references meant in the old plan and mean in the new one, in ids of the new one."""

    def __init__(
        self,
        old: PlanTree,
        new: PlanTree,
        renamed: Mapping[str, Mapping[str, str]],
        context: PlanTree | None = None,
    ) -> None:
        self._old_tree, self._new_tree, self._context = old, new, context
        self._renamed = renamed

    # Most changes name no other item, so that none of these is made.

    @cached_property
    def _old(self) -> Names:
        return build_names(self._old_tree)

    @cached_property
    def _new(self) -> Names:
        return build_names(self._new_tree)

    @cached_property
    def _titles(self) -> Mapping[str, Mapping[str, str]]:
        own = (self._old_tree, self._new_tree)
        trees = (self._context, *own) if self._context else own
        return {
            "milestone": {item.id: item.title for tree in trees for item in tree.milestones},
            "phase": {item.id: item.title for tree in trees for item in tree.phases},
        }

    def before(self, ref: str, kind: str) -> str:
        """The item now that `ref` meant before; what is not there stays as it is written."""
        found = self._old.resolve(ref, kind)
        if found is None:
            return ref
        return self._renamed.get(kind, {}).get(found, found)

    def now(self, ref: str, kind: str) -> str:
        """The item that `ref` means now; what is not there stays as it is written."""
        return self._new.resolve(ref, kind) or ref

    def title(self, item_id: str, kind: str) -> str:
        """The title of a milestone or phase, empty if there is none."""
        return self._titles.get(kind, {}).get(item_id, "")
