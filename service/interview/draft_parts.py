"""The parts of a draft as a page shows them: one list, in the order in which they are read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from planner.interview.draft import (
    Draft,
    DraftAssumption,
    DraftChange,
    DraftCriterion,
    DraftLine,
    DraftMilestone,
    DraftPhase,
    DraftRequirement,
)
from planner.interview.keeping import editable
from planner.model.problem import Problem
from service.interview.records import FieldRecord, PartKind, PartRecord

Part = (
    DraftMilestone
    | DraftLine
    | DraftPhase
    | DraftRequirement
    | DraftCriterion
    | DraftAssumption
    | DraftChange
)
Decisions = Mapping[str, Mapping[str, Any]]
_LABELS: Final = {
    "title": "Title", "overview": "Overview", "target": "Target date", "text": "Text",
    "goal": "Goal", "after": "New text", "rationale": "Why", "type": "Type",
    "priority": "Priority", "owner": "Owner",
}  # fmt: skip
_ORDER: Final = tuple(_LABELS)
_TOLD: Final = ("text", "goal", "overview", "after")
_LONG: Final = frozenset({"overview", "text", "goal", "rationale", "after"})


def parts_of(
    made: Draft,
    decisions: Decisions,
    wording: Sequence[tuple[str, Problem]],
    models: Mapping[str, str],
) -> tuple[PartRecord, ...]:
    """All parts, each with what was decided about it and what the rules of wording say.

    `models` says by key which model proposed a part.
    """
    return tuple(_Showing(made, decisions, wording, models).all())


class _Showing:
    def __init__(
        self,
        made: Draft,
        decisions: Decisions,
        wording: Sequence[tuple[str, Problem]],
        models: Mapping[str, str],
    ) -> None:
        self._made = made
        self._decisions = decisions
        self._wording = wording
        self._models = models
        self._ids = {each.key: each.id for each in made.requirements}
        self._numbers = {each.key: each.number for each in made.phases}

    def all(self) -> Iterator[PartRecord]:
        """The milestone with its lines, phases with what belongs to them, assumptions, changes."""
        made = self._made
        milestone = made.milestone
        if milestone is not None:
            yield self._part(milestone, "milestone", milestone.id, "", milestone.title)
            for line in milestone.constraints:
                yield self._part(line, "constraint", "", milestone.key, line.text)
            for line in milestone.out_of_scope:
                yield self._part(line, "out", "", milestone.key, line.text)
        for phase in made.phases:
            yield from self._phase(phase)
        for each in made.assumptions:
            yield self._assumption(each)
        for change in made.changes:
            yield self._change(change)

    def _phase(self, phase: DraftPhase) -> Iterator[PartRecord]:
        needs = [self._numbers[key] for key in phase.depends_on if key in self._numbers]
        notes: tuple[str, ...] = (f"needs phase {', '.join(needs)}",) if needs else ()
        yield self._part(phase, "phase", phase.id, "", f"{phase.number} {phase.title}", notes)
        for each in self._made.requirements:
            if each.phase == phase.key:
                notes = (each.priority, each.type)
                if each.own_words:
                    notes = (*notes, "in the words of the answer: check them")
                yield self._part(each, "requirement", each.id, phase.key, each.title, notes)
        for criterion in phase.criteria:
            verified = ", ".join(self._ids[key] for key in criterion.verifies if key in self._ids)
            notes = (f"verifies {verified}",) if verified else ("verifies nothing",)
            yield self._part(criterion, "criterion", "", phase.key, criterion.text, notes)

    def _assumption(self, part: DraftAssumption) -> PartRecord:
        number = self._numbers.get(part.before, "")
        before = f"revisit before phase {number}" if number else ""
        owner = f"owner {part.owner}" if part.owner else ""
        notes = tuple(filter(None, (before, owner)))
        return self._part(part, "assumption", "", "", part.text, notes, asked=part.asked)

    def _change(self, part: DraftChange) -> PartRecord:
        field = "new criterion" if part.criterion == "+" else part.field.replace("_", " ")
        notes = (f"before: {part.before}",) if part.before else ()
        title = f"{field} of {part.id}"
        if part.is_requirement:
            title = f"new requirement of {part.id}" + (f": {part.title}" if part.title else "")
        return self._part(part, "change", part.id, "", title, notes)

    def _part(
        self,
        part: Part,
        kind: PartKind,
        item_id: str,
        under: str,
        title: str,
        notes: tuple[str, ...] = (),
        *,
        asked: bool = True,
    ) -> PartRecord:
        decided = self._decisions.get(part.key, {})
        names = sorted(editable(part), key=_ORDER.index)
        said = {name: str(getattr(part, name)) for name in names}
        return PartRecord(
            key=part.key,
            kind=kind,
            id=item_id,
            under=under,
            title=title,
            text=said.get("text")
            or said.get("goal")
            or said.get("overview")
            or said.get("after", ""),
            fields=tuple(
                FieldRecord(name=name, label=_LABELS[name], value=said[name], long=name in _LONG)
                for name in names
                if name not in ("type", "priority")
            ),
            notes=notes,
            findings=tuple(problem.message for key, problem in self._wording if key == part.key),
            source=getattr(part, "source", "") or next(iter(getattr(part, "sources", ())), ""),
            decision=decided.get("decision", ""),
            edited=bool(decided.get("changes")),
            asked=asked,
            model=self._models.get(part.key, ""),
        )
