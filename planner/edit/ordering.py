"""The order of phases, which is a number in each of them: one line changes per phase that moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from planner.codec.editing import edit_text
from planner.edit.creating import number_after
from planner.edit.draft import Draft
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.ids import number_key
from planner.model.items import Phase


@dataclass(frozen=True, slots=True)
class ReorderPhases:
    """Bring phases into the order of `ids`; the numbers that they have are dealt out anew.

    `ids` may be those of a milestone alone: the others keep their numbers.  A phase without a
    number gets one behind all.
    """

    ids: Sequence[str]

    def draft(self, plan: PlanState) -> Draft:
        """The phases whose number changes.  Raises EditError when one is named twice."""
        phases = [self._phase(plan, each) for each in self.ids]
        if len({each.id for each in phases}) != len(phases) or not phases:
            raise EditError("the order names a phase twice, or none", "name each phase once")
        numbers = [each.number for each in phases if each.number]
        held = list(plan.tree.phases)
        for _ in range(len(phases) - len(numbers)):
            fresh = number_after(held, None)
            numbers.append(fresh)
            held.append(Phase(id=fresh, number=fresh))
        numbers.sort(key=number_key)
        moved = [
            (phase, number)
            for phase, number in zip(phases, numbers, strict=True)
            if phase.number != number
        ]
        data = plan.data([phase.path for phase, _ in moved])
        files = {
            phase.path: edit_text(phase.path, data[phase.path], {"number": number})
            for phase, number in moved
        }
        return Draft(files, phases[0].id, "phase", "Reorder phases")

    @staticmethod
    def _phase(plan: PlanState, ref: str) -> Phase:
        found = plan.item(ref, "phase")
        if not isinstance(found, Phase):
            raise EditError(f"{ref} is no phase", "name phases only")
        return found
