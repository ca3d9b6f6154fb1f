"""What an item means to others, in words: who refers to it, and what a change or deletion touches.

Forms say it before anything is saved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.edit.preview import Preview
from planner.edit.references import Reference, mentions_of, references_to
from planner.edit.state import PlanState
from planner.model.fields import kind_of
from planner.model.items import Item, Phase, Requirement
from planner.trace.change import Change, ChangeKind
from planner.trace.finding import listed
from planner.trace.names import all_items


@dataclass(frozen=True, slots=True)
class Affected:
    """Items that one fact holds for: `words` say it, `references` are their fields."""

    words: str
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to refer to an item: what refers, in one and in many, and what it does."""

    one: str
    many: str
    does: str
    do: str
    would: str


_WAYS = {
    "depends_on": _Way(
        "phase", "phases", "depends on this", "depend on this", "depend on what is not there"
    ),
    "milestone": _Way(
        "phase", "phases", "belongs to this", "belong to this", "be in no milestone that is there"
    ),
    "phases": _Way(
        "requirement",
        "requirements",
        "belongs to this",
        "belong to this",
        "be in no phase that is there",
    ),
    "criteria": _Way(
        "criterion", "criteria", "verifies this", "verify this", "verify what is not there"
    ),
    "links": _Way("link", "links", "leads here", "lead here", "lead nowhere"),
    "text": _Way("item", "items", "mentions this", "mention this", "mention what is not there"),
}


def _grouped(references: Iterable[Reference]) -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {}
    for each in references:
        found.setdefault(each.field, []).append(each)
    return {field: found[field] for field in _WAYS if field in found}


def _count(way: _Way, references: Sequence[Reference]) -> str:
    return f"{len(references)} {way.one if len(references) == 1 else way.many}"


def impact_of(references: Iterable[Reference]) -> tuple[Affected, ...]:
    """Who refers to an item, in groups: `2 phases depend on this`, `1 criterion verifies this`.

    `references` are those of `planner.edit.references.references_to`, and `mentions_of`.
    """
    return tuple(
        Affected(
            f"{_count(_WAYS[field], group)}"
            f" {_WAYS[field].does if len(group) == 1 else _WAYS[field].do}",
            tuple(group),
        )
        for field, group in _grouped(references).items()
    )


def everything_about(plan: PlanState, item: Item) -> tuple[Affected, ...]:
    """As `impact_of`, with mentions in texts."""
    return impact_of(_all_references(plan, item))


def _all_references(plan: PlanState, item: Item) -> tuple[Reference, ...]:
    references = references_to(plan.tree, plan.names, item)
    return (*references, *mentions_of(plan.tree, item))


def deletion_of(plan: PlanState, item: Item) -> tuple[Affected, ...]:
    """What would dangle or be lost if the item went, in groups, each with the names."""
    found = [
        Affected(
            f"{_count(_WAYS[field], group)} would {_WAYS[field].would}: {_names(group)}",
            tuple(group),
        )
        for field, group in _grouped(_all_references(plan, item)).items()
    ]
    if isinstance(item, Phase):
        bare = _only_verified_here(plan, item)
        if bare:
            noun = "requirement" if len(bare) == 1 else "requirements"
            words = f"{len(bare)} {noun} would have no criterion any more: {listed(bare)}"
            found.append(Affected(words))
    return tuple(found)


def _names(references: Iterable[Reference]) -> str:
    return listed(
        list(
            dict.fromkeys(
                f"{each.criterion} of {each.id}" if each.criterion else each.id
                for each in references
            )
        )
    )


def _only_verified_here(plan: PlanState, phase: Phase) -> list[str]:
    """The requirements that only criteria of this phase verify."""

    def verified(phases: Iterable[Phase]) -> dict[str, None]:
        names = (
            plan.names.resolve(ref, "requirement")
            for each in phases
            for criterion in each.criteria
            for ref in criterion.verifies
        )
        return dict.fromkeys(each for each in names if each)

    elsewhere = verified(each for each in plan.tree.phases if each.path != phase.path)
    return [each for each in verified([phase]) if each not in elsewhere]


# -- changes ----------------------------------------------------------------------------------


def touched_by(seen: Preview, before: PlanState) -> tuple[str, ...]:
    """What else an edit touches, in sentences; `before` is the plan that it rests on.

    A reworded requirement: the criteria that verify it.  A dropped or removed item: who refers to
    it.  A moved requirement: criteria of its former phase.  A phase in another place: who waits
    for it.
    """
    by_id = {(kind_of(each), each.id): each for each in all_items(before.tree)}
    said: dict[str, None] = {}
    for change in seen.changes:
        item = by_id.get((change.item_kind, change.id))
        if item is not None:
            said |= dict.fromkeys(_told(before, item, change))
    return tuple(said)


def _told(plan: PlanState, item: Item, change: Change) -> Iterable[str]:
    groups = _grouped(references_to(plan.tree, plan.names, item))
    if change.kind is ChangeKind.DROPPED:
        yield from (
            f"{change.name}: {_count(_WAYS[field], group)} would still refer to it: {_names(group)}"
            for field, group in groups.items()
        )
    elif change.kind is ChangeKind.REWORDED and isinstance(item, Requirement):
        checks = groups.get("criteria")
        if checks and change.field == "text":
            verb = "verifies" if len(checks) == 1 else "verify"
            count = _count(_WAYS["criteria"], checks)
            yield f"{count} {verb} {item.id}: see whether it still fits: {_names(checks)}"
    elif change.kind is ChangeKind.MOVED and isinstance(item, Requirement):
        left = [
            each
            for each in groups.get("criteria", ())
            if each.id in {plan.names.resolve(ref, "phase") for ref in item.phases}
        ]
        if left:
            stays = "stays" if len(left) == 1 else "stay"
            yield (
                f"{_count(_WAYS['criteria'], left)} that"
                f" {'verifies' if len(left) == 1 else 'verify'} {item.id} {stays} with the former"
                f" phase: {_names(left)}"
            )
    elif change.kind is ChangeKind.MOVED and change.field == "number":
        waiting = groups.get("depends_on")
        if waiting:
            verb = "depends" if len(waiting) == 1 else "depend"
            count = _count(_WAYS["depends_on"], waiting)
            yield f"{count} {verb} on {change.name}: {_names(waiting)}"
