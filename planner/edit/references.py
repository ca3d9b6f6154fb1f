"""Which items refer to an item, and the same fields with the reference changed or taken out."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.model.fields import FIELDS, KINDS, kind_of
from planner.model.fieldtypes import Text
from planner.model.items import Criterion, Item, Phase, PlanTree, Requirement, Research
from planner.trace.names import Names, all_items

# An id such as AUTH-06 can stand in a text; a phase called `tower` is a word like any other.
_IN_TEXTS = re.compile(r"[^\W\d_][\w.]*-\d[\w.-]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of an item that names another one; `criterion` is the id of the criterion, if any."""

    id: str
    kind: str
    path: str
    field: str
    criterion: str = ""


def references_to(tree: PlanTree, names: Names, target: Item) -> tuple[Reference, ...]:
    """Every field that refers to `target`: the references that dangle when it goes."""
    kind = kind_of(target)
    found = []
    for item in all_items(tree):
        if item.path == target.path:
            continue
        for field, criterion, ref, wanted in refs_of(item):
            if meant(names, ref, wanted) == (kind, target.id):
                found.append(Reference(item.id, kind_of(item), item.path, field, criterion))
    return tuple(dict.fromkeys(found))


def refs_of(item: Item) -> Iterator[tuple[str, str, str, str]]:
    """Each reference of an item: field, criterion, id, and the kind that is meant (empty: any)."""
    if isinstance(item, Phase):
        if item.milestone:
            yield "milestone", "", item.milestone, "milestone"
        for dependency in item.depends_on:
            yield "depends_on", "", dependency.phase, "phase"
        for criterion in item.criteria:
            for ref in criterion.verifies:
                yield "criteria", criterion.id, ref, "requirement"
    elif isinstance(item, Requirement):
        for phase in item.phases:
            yield "phases", "", phase, "phase"
        for link in item.links:
            yield "links", "", link.to, ""


def meant(names: Names, ref: str, wanted: str) -> tuple[str, str] | None:
    """Kind and id of the item that a reference means (`wanted` is the kind, if it says one)."""
    if wanted:
        found = names.resolve(ref, wanted)
        return (wanted, found) if found is not None else None
    # A link may lead to any kind of item; a requirement is meant first.
    first = names.resolve(ref, "requirement")
    if first is not None:
        return "requirement", first
    found = names.resolve(ref)
    kinds = (kind for kind in KINDS if found is not None and names.resolve(ref, kind) == found)
    kind = next(kinds, None)
    return (kind, found) if kind is not None and found is not None else None


def mentions_of(tree: PlanTree, target: Item) -> tuple[Reference, ...]:
    """The items whose texts name the id of `target`; the field of each is `text`."""
    if not _IN_TEXTS.fullmatch(target.id):
        return ()
    token = _token(target.id)
    return tuple(
        Reference(item.id, kind_of(item), item.path, "text")
        for item in (tree.plan, *all_items(tree))
        if item.path != target.path
        and any(target.id in text and token.search(text) for text in _texts(item))
    )


def _token(item_id: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(item_id)}(?![\w-]|\.\w)")


def _texts(item: Item) -> Iterator[str]:
    for row in FIELDS[kind_of(item)]:
        if isinstance(row.type, Text):
            yield getattr(item, row.name)
    if isinstance(item, Phase):
        for criterion in item.criteria:
            yield criterion.text
            yield criterion.check
    elif isinstance(item, Research):
        yield item.text


def renamed(names: Names, item: Item, target: Item, new_id: str) -> dict[str, object]:
    """The fields of `item` that name `target`, in its texts as well, with its new id."""
    changes = _changed(names, item, target, new_id)
    if not _IN_TEXTS.fullmatch(target.id):
        return changes
    token = _token(target.id)
    for row in FIELDS[kind_of(item)]:
        if isinstance(row.type, Text):
            text = getattr(item, row.name)
            if target.id in text and (changed := token.sub(new_id, text)) != text:
                changes[row.name] = changed
    if isinstance(item, Phase):
        criteria = [
            replace(each, text=token.sub(new_id, each.text), check=token.sub(new_id, each.check))
            for each in _criteria(changes, item)
        ]
        if tuple(criteria) != item.criteria:
            changes["criteria"] = criteria
    return changes


def _criteria(changes: dict[str, object], item: Phase) -> Sequence[Criterion]:
    changed: Any = changes.get("criteria")
    return item.criteria if changed is None else changed


def _changed(names: Names, item: Item, target: Item, new_id: str | None) -> dict[str, object]:
    """The fields that refer to `target`, with `new_id` in its place (None: nothing)."""
    kind = kind_of(target)

    def now(ref: str, wanted: str) -> str | None:
        return new_id if meant(names, ref, wanted) == (kind, target.id) else ref

    return repointed(item, now)


def repointed(item: Item, now: Callable[[str, str], "str | None"]) -> dict[str, object]:
    """The fields of `item` that change when each reference becomes `now(id, kind)`.

    The kind is the one that is meant (empty: any); a reference that becomes None is taken out.
    """
    values: dict[str, object] = {}
    if isinstance(item, Phase):
        values = _of_phase(item, now)
    elif isinstance(item, Requirement):
        values = {
            "phases": tuple(new for ref in item.phases if (new := now(ref, "phase"))),
            "links": tuple(
                replace(link, to=new) for link in item.links if (new := now(link.to, ""))
            ),
        }
    return {name: value for name, value in values.items() if value != getattr(item, name)}


def _of_phase(item: Phase, now: Callable[[str, str], "str | None"]) -> dict[str, object]:
    criteria = tuple(
        replace(
            each,
            verifies=tuple(new for ref in each.verifies if (new := now(ref, "requirement"))),
        )
        for each in item.criteria
    )
    dependencies = tuple(
        replace(each, phase=new) for each in item.depends_on if (new := now(each.phase, "phase"))
    )
    milestone = now(item.milestone, "milestone") if item.milestone else ""
    return {
        "milestone": milestone or "",
        "depends_on": dependencies,
        "criteria": criteria,
    }
