"""The part of a draft that a person keeps, with the changes that the person made to it."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from planner.errors import EditError
from planner.interview.draft import (
    Draft,
    DraftAssumption,
    DraftChange,
    DraftCriterion,
    DraftLine,
    DraftMilestone,
    DraftPart,
    DraftPhase,
    DraftRequirement,
)

Accepted = Mapping[str, Mapping[str, str]]
"""The keys of the parts that are kept, each with the texts to put in the place of its own."""

Part = TypeVar(
    "Part",
    DraftLine,
    DraftMilestone,
    DraftPhase,
    DraftCriterion,
    DraftRequirement,
    DraftAssumption,
    DraftChange,
)

_EDITABLE: Mapping[type, frozenset[str]] = {
    DraftLine: frozenset({"text"}),
    DraftMilestone: frozenset({"title", "overview", "target"}),
    DraftPhase: frozenset({"title", "goal"}),
    DraftCriterion: frozenset({"text"}),
    DraftRequirement: frozenset({"title", "text", "rationale", "type", "priority"}),
    DraftAssumption: frozenset({"text", "owner"}),
    DraftChange: frozenset({"after"}),
}
_NEW_REQUIREMENT = frozenset({"title", "after", "rationale"})


def editable(part: DraftPart) -> tuple[str, ...]:
    """The fields of a part that may be changed, in the order in which it has them."""
    names = _EDITABLE[type(part)]
    if isinstance(part, DraftChange) and part.is_requirement:
        names = _NEW_REQUIREMENT
    return tuple(each.name for each in fields(part) if each.name in names)


def everything(made: Draft) -> Accepted:
    """All parts as they are."""
    return {key: {} for key in made.keys}


def kept(made: Draft, accepted: Accepted) -> Draft:
    """The draft with the accepted parts alone.

    What has no home any more goes as well: requirements and criteria of a phase that was dropped,
    criteria whose requirements all were, phases that deliver nothing, and phases where the
    milestone was dropped.  Keys that the draft does not have (any more) are passed over.

    Raises EditError for a field that cannot be changed.
    """
    milestone = made.milestone
    if milestone is None or milestone.key not in accepted:
        changes = tuple(_edited(each, accepted) for each in made.changes if each.key in accepted)
        return Draft(title=made.title, statement=made.statement, changes=changes)
    homes = {each.key for each in made.phases if each.key in accepted}
    requirements = tuple(
        _edited(each, accepted)
        for each in made.requirements
        if each.key in accepted and each.phase in homes
    )
    delivered = {each.phase for each in requirements}
    keys = {each.key for each in requirements}
    phases = tuple(
        _phase(each, accepted, keys, made) for each in made.phases if each.key in homes & delivered
    )
    return replace(
        made,
        milestone=replace(
            _edited(milestone, accepted),
            constraints=_lines(milestone.constraints, accepted),
            out_of_scope=_lines(milestone.out_of_scope, accepted),
        ),
        phases=phases,
        requirements=requirements,
        assumptions=_assumptions(made, accepted, phases),
        changes=tuple(_edited(each, accepted) for each in made.changes if each.key in accepted),
    )


def _phase(part: DraftPhase, accepted: Accepted, keys: set[str], made: Draft) -> DraftPhase:
    criteria = tuple(
        replace(
            _edited(each, accepted), verifies=tuple(key for key in each.verifies if key in keys)
        )
        for each in part.criteria
        if each.key in accepted and keys.intersection(each.verifies)
    )
    return replace(
        _edited(part, accepted),
        criteria=criteria,
        depends_on=tuple(_standing(part, accepted, made, keys)),
    )


def _standing(part: DraftPhase, accepted: Accepted, made: Draft, keys: set[str]) -> list[str]:
    """What a phase depends on; a dropped one stands for what that one depends on."""
    delivered = {each.phase for each in made.requirements if each.key in keys}
    found: list[str] = []
    for key in part.depends_on:
        needed = made.phase(key)
        if key in accepted and key in delivered:
            found.append(key)
        elif needed is not None:
            found += _standing(needed, accepted, made, keys)
    return list(dict.fromkeys(found))


def _lines(lines: tuple[DraftLine, ...], accepted: Accepted) -> tuple[DraftLine, ...]:
    return tuple(_edited(each, accepted) for each in lines if each.key in accepted)


def _assumptions(
    made: Draft, accepted: Accepted, phases: tuple[DraftPhase, ...]
) -> tuple[DraftAssumption, ...]:
    """The assumptions, those of a dropped phase with the first one that is left."""
    if not phases:
        return ()
    homes = {each.key for each in phases}
    return tuple(
        replace(
            _edited(each, accepted), before=each.before if each.before in homes else phases[0].key
        )
        for each in made.assumptions
        if each.key in accepted
    )


def _edited(part: Part, accepted: Accepted) -> Part:
    """The part with the texts that a person put in the place of its own."""
    changes = accepted[part.key]
    wrong = changes.keys() - set(editable(part))
    if wrong:
        raise EditError(
            f"{part.key}: {min(wrong)} cannot be changed here",
            "one may change " + ", ".join(sorted(editable(part))),
        )
    texts: dict[str, Any] = {name: value.strip() for name, value in changes.items()}
    return replace(part, **texts)
