"""Which texts of the accepted parts a model wrote: the provenance of the items that they become."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from planner.interviewing import (
    Draft,
    DraftChange,
    DraftCriterion,
    DraftPart,
    DraftPhase,
    DraftRequirement,
)
from planner.model.provenance import CRITERIA, NEW

Entry = Mapping[str, str]
Decisions = Mapping[str, Mapping[str, Any]]
# The texts of a part that somebody proposed.
_TEXTS: Final[Mapping[type, tuple[str, ...]]] = {
    DraftPhase: ("title", "goal"),
    DraftRequirement: ("title", "text", "rationale"),
    DraftCriterion: ("text",),
    DraftChange: ("title", "after", "rationale"),
}


@dataclass(frozen=True, slots=True)
class Origins:
    """The provenance of new items by kind, in the order in which they are made.

    `changed` is that of texts of items that are there, by kind and id.
    """

    by_kind: Mapping[str, Iterator[Mapping[str, Entry]]]
    changed: Mapping[tuple[str, str], Mapping[str, Entry]]

    def next_of(self, kind: str) -> Mapping[str, Entry]:
        """That of the next new item of a kind; empty: people and the planner wrote it."""
        return next(self.by_kind.get(kind, iter(())), {})

    def of(self, kind: str, item_id: str) -> Mapping[str, Entry]:
        """What is new in the provenance of an item that is there."""
        return self.changed.get((kind, item_id), {})


def origins(
    made: Draft,
    decisions: Decisions,
    session: str,
    models: Mapping[str, str],
    standing: Mapping[str, int],
) -> Origins:
    """The provenance of what is kept of a draft.

    `session` is the id of the interview, `models` says by key which model proposed a part, and
    `standing` by id how many criteria a phase of the plan has.
    """
    return _Origins(decisions, session, models).of(made, standing)


@dataclass(frozen=True, slots=True)
class _Origins:
    decisions: Decisions
    session: str
    models: Mapping[str, str]

    def of(self, made: Draft, standing: Mapping[str, int]) -> Origins:
        milestones = (made.milestone,) if made.milestone is not None else ()
        added = [each for each in made.changes if each.is_requirement]
        return Origins(
            {
                "milestone": iter([self._fields(each) for each in milestones]),
                "phase": iter(
                    [{**self._fields(each), **self._criteria(each)} for each in made.phases]
                ),
                "requirement": iter(
                    [
                        *(self._fields(each) for each in made.requirements),
                        *(self._renamed(each, "text") for each in added),
                    ]
                ),
            },
            self._changed(made, standing),
        )

    def _changed(
        self, made: Draft, standing: Mapping[str, int]
    ) -> Mapping[tuple[str, str], Mapping[str, Entry]]:
        found: defaultdict[tuple[str, str], dict[str, Entry]] = defaultdict(dict)
        places = dict(standing)
        for each in made.changes:
            name = each.field
            if each.criterion == "+":
                name = f"{CRITERIA}{NEW}{places.get(each.id, 0)}"
                places[each.id] = places.get(each.id, 0) + 1
            if each.field not in ("requirements", "assumptions", "phases", "status"):
                found[each.kind, each.id].update(self._renamed(each, name))
        return found

    def _renamed(self, change: DraftChange, name: str) -> dict[str, Entry]:
        """The provenance of a change, whose new text becomes the field `name`."""
        found = self._fields(change)
        return {name if each == "after" else each: entry for each, entry in found.items()}

    def _criteria(self, phase: DraftPhase) -> dict[str, Entry]:
        # Criteria get their ids in their order, see `planner.interview.items`.
        return {
            f"{CRITERIA}c{number}": entry
            for number, each in enumerate(phase.criteria, 1)
            for entry in self._fields(each).values()
        }

    def _fields(self, part: DraftPart) -> dict[str, Entry]:
        decided = self.decisions.get(part.key, {})
        model = self.models.get(part.key, "")
        proposed = dict.fromkeys(_TEXTS.get(type(part), ()) if model else (), model)
        source = getattr(part, "source", "")
        return {
            name: self._entry(decided, by, source)
            for name, by in {**proposed, **decided.get("written", {})}.items()
            if getattr(part, name, "")
        }

    def _entry(self, decided: Mapping[str, Any], model: str, question: str) -> Entry:
        """Who had it written, and by which model; whoever saves it says whether it is approved."""
        entry = {"by": decided["person"], "model": model, "session": self.session}
        return {**entry, "question": question} if question else entry
