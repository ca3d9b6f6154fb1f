"""What changed between two states of a plan, in terms of the plan and not of lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from planner.model.fields import FIELDS, kind_of
from planner.model.fieldtypes import Text
from planner.model.items import Dependency, Item, Phase, Plan, PlanTree, Requirement, Research
from planner.trace.as_text import pairs_that_differ, text_of
from planner.trace.change import Change, ChangeKind, change_of, name_of
from planner.trace.criterion_difference import CriterionDiffer
from planner.trace.pairing import Pairing, References, pair_items
from planner.trace.quantities import weakened

__all__ = ["Change", "ChangeKind", "compare"]

_KINDS = ("milestone", "phase", "requirement", "research")
# What the file of an item was, and is, where it could not be read on one side.
_GOOD, _BAD = "readable", "not readable"
# Fields that are compared apart from the others, each in its own way.
_ELSEWHERE = {"phases", "milestone", "number", "depends_on", "links"}


def compare(old: PlanTree, new: PlanTree, context: PlanTree | None = None) -> tuple[Change, ...]:
    """Every change from `old` to `new`: the plan first, then kind by kind in order of id.

    An item whose id changed is the same item when it names the old id as an alias, or when its
    file is otherwise unchanged; references to it do not count as changed.  A file that cannot be
    read on one side is neither added nor removed: that it cannot be read is the change.  `old` and
    `new` may hold the files alone that changed; then `context` is the
    whole plan, from which titles of other items are taken.
    """
    items = {kind: _unlike(_items(old, kind), _items(new, kind)) for kind in _KINDS}
    pairings = {kind: pair_items(*both) for kind, both in items.items()}
    renamed = {kind: pairing.renamed for kind, pairing in pairings.items()}
    references = References(old, new, renamed, context)
    differ = _Differ(references, (context or new).plan.verification_levels)
    changes = list(_of_plan(old.plan, new.plan, differ))
    for kind, pairing in pairings.items():
        changes.extend(_of_kind(kind, pairing, differ))
    return tuple(_with_unreadable(changes, old, new))


def _with_unreadable(changes: Iterable[Change], old: PlanTree, new: PlanTree) -> Iterator[Change]:
    """The changes; where a file could not be read on the other side, that instead of its item."""
    unread = {
        ChangeKind.ADDED: ({(each.kind, each.id) for each in old.unreadable}, _BAD, _GOOD),
        ChangeKind.DROPPED: ({(each.kind, each.id) for each in new.unreadable}, _GOOD, _BAD),
    }
    for change in changes:
        bad, was, now = unread.get(change.kind, (frozenset(), "", ""))
        if not change.field and (change.item_kind, change.id) in bad:
            kind = ChangeKind.CHANGED
            yield replace(change, kind=kind, field="file", old=was, new=now)
        else:
            yield change


def _items(tree: PlanTree, kind: str) -> Sequence[Item]:
    by_kind: dict[str, Sequence[Item]] = {
        "milestone": tree.milestones,
        "phase": tree.phases,
        "requirement": tree.requirements,
        "research": tree.research,
    }
    return by_kind[kind]


def _unlike(old: Sequence[Item], new: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """The items without those that are the very same value on both sides."""
    shared = {id(item) for item in old} & {id(item) for item in new}
    return (
        [item for item in old if id(item) not in shared],
        [item for item in new if id(item) not in shared],
    )


def _of_plan(was: Plan, now: Plan, differ: "_Differ") -> Iterator[Change]:
    """Changes of the plan itself; where its file is on one side alone, that is the change."""
    if bool(was.path) == bool(now.path):
        yield from differ.changes(was, now)
    elif now.path:
        yield Change(kind=ChangeKind.ADDED, item_kind="plan", id=now.id, title=now.title)
    else:
        yield Change(kind=ChangeKind.DROPPED, item_kind="plan", id=was.id, title=was.title)


def _of_kind(kind: str, pairing: Pairing, differ: "_Differ") -> Iterator[Change]:
    for item in pairing.added:
        title = name_of(item)
        yield Change(kind=ChangeKind.ADDED, item_kind=kind, id=item.id, title=title)
    for item in pairing.removed:
        title = name_of(item)
        yield Change(kind=ChangeKind.DROPPED, item_kind=kind, id=item.id, title=title)
    for was, now in pairing.both:
        yield from differ.changes(was, now)


class _Differ:
    """Compares two states of one item."""

    def __init__(self, references: References, levels: Sequence[str]) -> None:
        self._references = references
        self._criteria = CriterionDiffer(references, levels)

    def changes(self, was: Item, now: Item) -> Iterator[Change]:
        if was is now or (was.id == now.id and was.blob and was.blob == now.blob):
            return
        if was.id != now.id:
            yield change_of(now, ChangeKind.RENAMED, "id", was.id, now.id)
        yield from self._fields(was, now)
        if isinstance(was, Phase) and isinstance(now, Phase):
            yield from self._phase(was, now)
            yield from self._criteria.changes(was, now)
        if isinstance(was, Requirement) and isinstance(now, Requirement):
            yield from self._requirement(was, now)
        if isinstance(was, Research) and isinstance(now, Research) and was.text != now.text:
            yield change_of(now, ChangeKind.REWORDED, "text", was.text, now.text)
        yield from _loose_parts(was, now)

    def _fields(self, was: Item, now: Item) -> Iterator[Change]:
        for field in FIELDS[kind_of(now)]:
            name = field.name
            old, new = getattr(was, name), getattr(now, name)
            if old == new or name in _ELSEWHERE:
                continue
            if name == "status":
                kind = ChangeKind.DROPPED if new == "dropped" else ChangeKind.STATUS
                yield change_of(now, kind, name, old, new)
            elif name == "title":
                yield change_of(now, ChangeKind.RENAMED, name, old, new)
            elif isinstance(field.type, Text) and old and new:
                weaker = weakened(old, new)
                yield change_of(now, ChangeKind.REWORDED, name, old, new, weaker=weaker)
            elif name != "aliases" or was.id == now.id:
                yield change_of(now, ChangeKind.CHANGED, name, text_of(old), text_of(new))

    def _phase(self, was: Phase, now: Phase) -> Iterator[Change]:
        old = self._references.before(was.milestone, "milestone") if was.milestone else ""
        new = self._references.now(now.milestone, "milestone") if now.milestone else ""
        if old != new:
            yield self._moved(now, "milestone", old, new)
        if was.number != now.number:
            yield change_of(now, ChangeKind.MOVED, "number", was.number, now.number)
        yield from self._dependencies(was, now)

    def _moved(self, now: Item, kind: str, old: str, new: str) -> Change:
        return change_of(
            now,
            ChangeKind.MOVED,
            kind,
            old,
            new,
            old_title=self._references.title(old, kind),
            new_title=self._references.title(new, kind),
        )

    def _dependencies(self, was: Phase, now: Phase) -> Iterator[Change]:
        old = {self._references.before(each.phase, "phase"): each for each in was.depends_on}
        new = {self._references.now(each.phase, "phase"): each for each in now.depends_on}
        for phase in dict.fromkeys((*old, *new)):
            title = self._references.title(phase, "phase")
            if phase not in new:
                kind = ChangeKind.DEPENDENCY_REMOVED
                yield change_of(now, kind, "depends_on", phase, "", old_title=title)
            elif phase not in old:
                kind = ChangeKind.DEPENDENCY_ADDED
                yield change_of(now, kind, "depends_on", "", phase, new_title=title)
            elif old[phase] != new[phase]:
                reasons = old[phase].reason != new[phase].reason
                before = _hardness(old[phase], reasoned=reasons)
                after = _hardness(new[phase], reasoned=reasons)
                if before != after:
                    field = f"dependency on {title or phase}"
                    yield change_of(now, ChangeKind.CHANGED, field, before, after)

    def _requirement(self, was: Requirement, now: Requirement) -> Iterator[Change]:
        references = self._references
        old = [references.before(ref, "phase") for ref in was.phases]
        new = [references.now(ref, "phase") for ref in now.phases]
        if old != new and max(len(old), len(new)) == 1:
            yield self._moved(now, "phase", "".join(old), "".join(new))
        elif old != new:
            yield change_of(now, ChangeKind.MOVED, "phase", ", ".join(old), ", ".join(new))
        before = {(references.before(each.to, "requirement"), each.type) for each in was.links}
        after = {(references.now(each.to, "requirement"), each.type) for each in now.links}
        for target, link_type in sorted(before - after):
            yield change_of(now, ChangeKind.LINK_REMOVED, link_type, target, "")
        for target, link_type in sorted(after - before):
            yield change_of(now, ChangeKind.LINK_ADDED, link_type, "", target)


def _hardness(dependency: Dependency, *, reasoned: bool) -> str:
    """Soft or hard, and why, where the reason is part of what changed."""
    kind = "soft" if dependency.soft else "hard"
    return f"{kind}: {dependency.reason}" if reasoned and dependency.reason else kind


def _loose_parts(was: Item, now: Item) -> Iterator[Change]:
    """Sections and keys that no field describes."""
    known = {field.key.casefold() for field in FIELDS[kind_of(now)] if field.home == "body"}
    known.add("success criteria")

    def unknown(item: Item) -> list[tuple[str, str]]:
        return [
            (section.heading, section.text)
            for section in item.sections
            if section.heading.casefold() not in known
        ]

    for heading, old, new in pairs_that_differ(unknown(was), unknown(now)):
        kind = ChangeKind.REWORDED if old and new else ChangeKind.CHANGED
        yield change_of(now, kind, heading, old, new)
    for key, old, new in pairs_that_differ(was.extra, now.extra):
        yield change_of(now, ChangeKind.CHANGED, key, old, new)
