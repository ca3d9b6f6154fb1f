"""Ids and numbers for the parts of a draft, as they would be given now."""

from collections.abc import Iterable

from planner.model.ids import id_key, slug
from planner.model.items import PlanTree


class Minted:
    """Gives each id once; what the plan has, and `taken`, is taken."""

    def __init__(self, plan: PlanTree | None, taken: Iterable[str] = ()) -> None:
        self._taken = {id_key(each) for each in taken} | {"plan"}
        self._last = 0
        self._width = 2
        self._first = plan is None or not plan.milestones
        for item in _items(plan):
            self._taken |= {id_key(each) for each in item}
        for phase in plan.phases if plan is not None else ():
            if phase.number.isdigit():
                self._last = max(self._last, int(phase.number))
                self._width = max(self._width, len(phase.number))

    def milestone(self, title: str) -> str:
        """`v0.1.0` for the first one, else an id made of its title."""
        return self._free("v0.1.0" if self._first else slug(title) or "release")

    def phase(self, title: str) -> str:
        """An id made of the title of a phase."""
        return self._free(slug(title) or "phase")

    def number(self) -> str:
        """The number of the next phase."""
        self._last += 1
        return f"{self._last:0{self._width}d}"

    def requirement(self, category: str) -> str:
        """The next id of a category."""
        number = 1
        while id_key(f"{category}-{number:02d}") in self._taken:
            number += 1
        return self._give(f"{category}-{number:02d}")

    def _free(self, base: str) -> str:
        wanted, count = base, 1
        while id_key(wanted) in self._taken:
            count += 1
            wanted = f"{base}-{count}"
        return self._give(wanted)

    def _give(self, item_id: str) -> str:
        self._taken.add(id_key(item_id))
        return item_id


def _items(plan: PlanTree | None) -> Iterable[tuple[str, ...]]:
    if plan is None:
        return
    for item in (*plan.milestones, *plan.phases, *plan.requirements, *plan.research):
        yield (item.id, *item.aliases)
    for unread in plan.unreadable:
        yield (unread.id,)
