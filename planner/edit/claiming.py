"""Changing the claims of a research run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from planner.codec.claims import as_plain, render_claims
from planner.codec.editing import edit_text
from planner.edit.creating import checked_id
from planner.edit.draft import Draft
from planner.edit.state import PlanState
from planner.errors import EditError
from planner.model.claims import LEDGER
from planner.model.ids import path_of
from planner.model.items import Research


@dataclass(frozen=True, slots=True)
class SetClaims:
    """Change claims of the research run `run`, add new ones, take some out.

    `set` are claims as plain data, see `planner.codec.claims`: of one that is there the parts that
    are named change (None: back to the default), one that is not there yet is added.  `remove` are
    ids of claims.  The file is made when there is none.
    """

    run: str
    set: Sequence[Mapping[str, object]] = ()
    remove: Sequence[str] = field(default=())

    def draft(self, plan: PlanState) -> Draft:
        """The changed file.  Raises EditError for a claim that is none, and for one not there."""
        item_id = f"{self.run}/{LEDGER}"
        path = path_of("research", item_id)
        if path in plan.known:
            item = plan.item(item_id, "research")
            assert isinstance(item, Research)
            claims, data = item.claims, plan.data([path])[path]
        else:
            checked_id("research", item_id, plan.is_taken(item_id))
            claims, data = (), render_claims(()).encode()
        wanted: dict[str, Mapping[str, object]] = {each.id: as_plain(each) for each in claims}
        for gone in self.remove:
            if wanted.pop(gone, None) is None:
                raise EditError(f"the run {self.run} has no claim {gone!r}", "look at its claims")
        for entry in self.set:
            name = entry.get("id")
            if not isinstance(name, str) or not name:
                raise EditError("a claim has no id", "give each one such as c1")
            wanted[name] = {**wanted.get(name, {}), **entry}
        data = edit_text(path, data, {"claims": list(wanted.values())})
        subject = f"Change the claims of {self.run}"
        return Draft({path: data}, item_id, "research", subject)
