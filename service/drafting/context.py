"""What of the plan goes with a question: the items that matter for it, read from the desk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.drafting.findings import ReviewedItem
from service.errors import NotFoundError
from service.planning.desk import HERE, PlanDesk, Target
from service.planning.records import EntryRecord, OutlineRecord

REVIEWED_KINDS: Final = ("milestone", "phase")
"""What can be reviewed as a whole."""
# Of what stands around an item only so much is sent: in items.
_MOST_AROUND: Final = 60


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the item of a form: the plan in short, and its neighbours in full."""

    outline: OutlineRecord
    neighbours: tuple[ReviewedItem, ...]

    def known(self) -> Mapping[str, frozenset[str]]:
        """The ids of the plan by kind."""
        kinds = {each.kind for each in self.outline.entries}
        return {kind: ids_of(self.outline, kind) for kind in kinds}


def around(plan: PlanDesk, kind: str, item: str, values: Mapping[str, Any], at: Target) -> Around:
    """What stands around an item whose form holds `values`; a new one has no `item`."""
    outline = plan.outline(at)
    phase, milestone = _home(kind, item, values)
    found: list[ReviewedItem] = []
    if phase:
        found.extend(_rows(plan, "requirement", at, phase=phase))
    if milestone:
        found.extend(_rows(plan, "phase", at, milestone=milestone))
    if kind == "requirement" and phase:
        found.extend(each for each in _rows(plan, "phase", at, ids=(phase,)))
    others = [each for each in found if (each.kind, each.id) != (kind, item)]
    return Around(outline, tuple(others[:_MOST_AROUND]))


def _home(kind: str, item: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """The phase and the milestone whose items are neighbours."""
    if kind == "requirement":
        return next(iter(values.get("phases") or ()), ""), ""
    if kind == "phase":
        return item, str(values.get("milestone") or "")
    return "", item if kind == "milestone" else ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A milestone or a phase with all that is in it, as the plan had it at `commit`."""

    kind: str
    id: str
    title: str
    commit: str
    items: tuple[ReviewedItem, ...]

    def by_name(self) -> Mapping[tuple[str, str], ReviewedItem]:
        """The items by kind and id."""
        return {(each.kind, each.id): each for each in self.items}


def reviewed(plan: PlanDesk, ref: str) -> Reviewed:
    """The milestone or phase `ref` with all that is in it.

    Raises NotFoundError when the plan has none of that name.
    """
    entry = _entry(plan.outline(HERE, REVIEWED_KINDS), ref)
    opened = plan.open(entry.id, entry.kind)
    items = [ReviewedItem(entry.kind, entry.id, opened.values)]
    if entry.kind == "milestone":
        items.extend(_rows(plan, "phase", HERE, milestone=entry.id))
        items.extend(_rows(plan, "requirement", HERE, milestone=entry.id))
    else:
        if entry.milestone:
            items.extend(_rows(plan, "milestone", HERE, ids=(entry.milestone,)))
        items.extend(_rows(plan, "requirement", HERE, phase=entry.id))
    return Reviewed(entry.kind, entry.id, opened.title or entry.id, opened.commit, tuple(items))


def _entry(outline: OutlineRecord, ref: str) -> EntryRecord:
    for each in outline.entries:
        if ref.casefold() in {name.casefold() for name in (each.id, *each.aliases)}:
            return each
    raise NotFoundError(
        f"the plan has no milestone or phase {ref!r}", "choose one from the roadmap"
    )


def _rows(
    plan: PlanDesk,
    kind: str,
    at: Target,
    ids: tuple[str, ...] | None = None,
    *,
    phase: str = "",
    milestone: str = "",
) -> Iterable[ReviewedItem]:
    found = plan.rows(kind, ids, at, phase=phase, milestone=milestone)
    return (ReviewedItem(each.kind, each.id, each.values) for each in found.rows)


def ids_of(outline: OutlineRecord, kind: str) -> frozenset[str]:
    """The ids of a kind."""
    return frozenset(each.id for each in outline.entries if each.kind == kind)


def outline_text(outline: OutlineRecord) -> str:
    """The plan in short: a line for each item."""
    lines = [outline.title]
    for each in outline.entries:
        facts = (each.number, each.milestone, *each.phases, each.status)
        said = ", ".join(fact for fact in facts if fact)
        lines.append(f"{each.kind} {each.id}: {each.title}" + (f" ({said})" if said else ""))
    return "\n".join(lines)
