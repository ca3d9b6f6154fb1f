"""Fixes for references and names: near ids, references taken out, taken aliases and numbers."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.codec.checks import near
from planner.edit.creating import number_after
from planner.edit.fix import Case, Fix, Fixer, criteria_with, criterion_at, setting
from planner.edit.references import refs_of, repointed
from planner.model.fields import kind_of
from planner.model.items import Link, Phase, Requirement
from planner.trace.names import all_items, fold
from planner.trace.suggest import Suggestions, same_spelling

_ANY_KIND = ("requirement", "phase", "milestone", "research")


# -- references that lead nowhere -------------------------------------------------------------


def _resolved(case: Case, ref: str, wanted: str) -> str | None:
    """The id that a reference means, as the checks see it."""
    names = case.plan.names
    if wanted:
        return names.resolve(ref, wanted)
    return names.resolve(ref, "requirement") or names.resolve(ref)


def _unresolved(case: Case) -> Iterator[Fix]:
    """The near id, if there is one; or no reference at all."""
    suggestions = Suggestions(case.plan.tree)
    lost = {
        (ref, wanted)
        for _, _, ref, wanted in refs_of(case.item)
        if repr(ref) in case.problem.message and _resolved(case, ref, wanted) is None
    }
    for ref, wanted in sorted(lost):
        guess = suggestions.near(ref, (wanted,) if wanted else _ANY_KIND)
        if guess:
            yield _pointing(case, ref, wanted, guess, certain=same_spelling(ref, guess))
        yield _pointing(case, ref, wanted, None)


def _pointing(
    case: Case, ref: str, wanted: str, target: str | None, *, certain: bool = False
) -> Fix:
    def now(each: str, kind: str) -> str | None:
        return target if (each, kind) == (ref, wanted) else each

    label = f"write {target}" if target else f"take {ref} out"
    return setting(case.item, label, repointed(case.item, now), certain=certain)


def _myself(case: Case) -> Iterator[Fix]:
    kind = kind_of(case.item)

    def now(ref: str, wanted: str) -> str | None:
        mine = _resolved(case, ref, wanted) == case.item.id and wanted in {"", kind}
        return None if mine else ref

    yield setting(case.item, "take the reference out", repointed(case.item, now))


def _dropped(case: Case) -> Iterator[Fix]:
    """What replaces the dropped item, or no reference."""
    for target in dict.fromkeys(
        found
        for _, _, ref, wanted in refs_of(case.item)
        if (found := _resolved(case, ref, wanted))
        and f"refers to {found}, which is dropped" in case.problem.message
    ):
        if _replaces(case, case.item, target):
            continue  # that link is right, and must stay
        for other in case.plan.tree.requirements:
            if other.status != "dropped" and _replaces(case, other, target):
                yield setting(
                    case.item, f"name {other.id} instead", _instead(case, target, other.id)
                )
        yield setting(case.item, f"take {target} out", _instead(case, target, None))


def _replaces(case: Case, item: object, target: str) -> bool:
    return isinstance(item, Requirement) and any(
        link.type == "replaces" and _resolved(case, link.to, "") == target for link in item.links
    )


def _instead(case: Case, target: str, other: str | None) -> dict[str, object]:
    def now(ref: str, wanted: str) -> str | None:
        return other if _resolved(case, ref, wanted) == target else ref

    return repointed(case.item, now)


def _repeated(case: Case) -> Iterator[Fix]:
    """The first mention of each; sure where the others say no more than it does."""
    item, changes = case.item, {}
    certain = True
    if isinstance(item, Phase):
        kept, same = _once(item.depends_on, lambda each: _target(case, each.phase, "phase"))
        certain = certain and same
        changes["depends_on"] = kept
        changes["criteria"] = tuple(
            replace(each, verifies=_once(each.verifies, _verified(case))[0])
            for each in item.criteria
        )
    elif isinstance(item, Requirement):
        changes["phases"] = _once(item.phases, lambda each: _target(case, each, "phase"))[0]
        changes["links"] = _once(item.links, lambda each: _link_key(case, each))[0]
    changes = {name: value for name, value in changes.items() if value != getattr(item, name)}
    if changes:
        yield setting(item, "name it once", changes, certain=certain)


def _verified(case: Case) -> Any:
    return lambda each: _target(case, each, "requirement")


def _target(case: Case, ref: str, kind: str) -> str:
    return case.plan.names.resolve(ref, kind) or fold(ref)


def _link_key(case: Case, link: Link) -> tuple[str, str]:
    return _resolved(case, link.to, "") or link.to, link.type


def _once(entries: tuple[Any, ...], key: Any) -> tuple[tuple[Any, ...], bool]:
    """The first entry of each key, and whether those left out say the same but for the spelling."""
    kept: dict[Hashable, Any] = {}
    same = True
    for each in entries:
        first = kept.setdefault(key(each), each)
        if first is not each and hasattr(each, "soft"):
            same = same and (each.soft, each.reason) == (first.soft, first.reason)
    return tuple(kept.values()), same


# -- levels and names -------------------------------------------------------------------------


def _level(case: Case) -> Iterator[Fix]:
    phase, plan = case.item, case.plan.tree.plan
    assert isinstance(phase, Phase)
    own = case.problem.line == phase.lines.get("verification")
    criterion = "" if own else criterion_at(phase, case.problem.line)
    held = {each.id: each.level for each in phase.criteria}
    level = phase.verification if own else held.get(criterion, "")
    if not level:
        return
    guess = near(level, plan.verification_levels)
    if guess and own:
        yield setting(phase, f"write {guess}", {"verification": guess})
    elif guess:
        yield setting(phase, f"write {guess}", criteria_with(phase, criterion, level=guess))
    levels = (*plan.verification_levels, level)
    yield setting(plan, f"add {level} to the levels of the plan", {"verification_levels": levels})


def _alias(case: Case) -> Iterator[Fix]:
    for alias in case.item.aliases:
        if case.problem.message.startswith(f"the alias {alias} is "):
            rest = tuple(each for each in case.item.aliases if each != alias)
            yield setting(case.item, f"take the alias {alias} out", {"aliases": rest})
            return


def _number(case: Case) -> Iterator[Fix]:
    """The number right behind the phase that has it, too."""
    by_path = {each.path: each for each in all_items(case.plan.tree)}
    for place in case.problem.related:
        first = by_path.get(place.path)
        if isinstance(first, Phase):
            others = [each for each in case.plan.tree.phases if each.path != case.item.path]
            number = number_after(others, first)
            yield setting(case.item, f"give it the number {number}", {"number": number})


REFERENCE_FIXES: Mapping[str, Fixer] = {
    "unresolved-reference": _unresolved,
    "repeated-reference": _repeated,
    "self-dependency": _myself,
    "dropped-item-referenced": _dropped,
    "verification-level-unknown": _level,
    "alias-clash": _alias,
    "duplicate-phase-number": _number,
}
