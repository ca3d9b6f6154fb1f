"""The REQUIREMENTS.md of a `.planning` folder."""

from collections.abc import Iterable, Iterator, Mapping

from planner.exchange.gsd_remarks import lacked_phases, remarks_of, requirement_word
from planner.exchange.verbatim import one_line
from planner.model.items import Milestone, Phase, PlanTree, Requirement

_STATUS_WORD = {
    "draft": "Pending",
    "approved": "Pending",
    "in-progress": "In Progress",
    "done": "Complete",
    "blocked": "Blocked",
    "deferred": "Deferred",
    "dropped": "Dropped",
}


def requirements_text(
    tree: PlanTree,
    phases: Iterable[Phase],
    milestones: Iterable[Milestone],
    numbers: Mapping[str, str],
) -> str:
    """Requirements by category, deferred ones apart, and the traceability table."""
    current = [each for each in tree.requirements if each.status != "deferred"]
    deferred = [each for each in tree.requirements if each.status == "deferred"]
    parts = [f"# Requirements: {one_line(tree.plan.title)}\n", "## v1 Requirements\n"]
    parts.extend(_by_category(current, boxes=True))
    if deferred:
        parts.append("## v2 Requirements\n\nDeferred to a later release.\n")
        parts.extend(_by_category(deferred, boxes=False))
    for milestone in milestones:
        if milestone.out_of_scope:
            parts.append(f"## Out of Scope\n\n{milestone.out_of_scope}\n")
            break
    parts.append("\n".join(_traceability(current, deferred, phases, numbers)))
    return "\n".join(parts)


def _by_category(requirements: Iterable[Requirement], *, boxes: bool) -> Iterator[str]:
    groups: dict[str, list[Requirement]] = {}
    for each in requirements:
        groups.setdefault(one_line(each.tags[0]) if each.tags else "", []).append(each)
    for category in sorted(groups, key=lambda name: (name != "", name)):
        if category:
            yield f"### {category}\n"
        rows = [_entry(each, boxes=boxes) for each in groups[category]]
        yield "\n".join(rows) + "\n"


def _entry(requirement: Requirement, *, boxes: bool) -> str:
    box = ("[x] " if requirement.status == "done" else "[ ] ") if boxes else ""
    text = one_line(requirement.text or requirement.title)
    head = f"- {box}**{requirement.id}**: {text}".rstrip()
    notes = [f"  {row}" for row in requirement.notes.splitlines() if row.strip()]
    return "\n".join([head, *notes])


def _traceability(
    current: list[Requirement],
    deferred: list[Requirement],
    phases: Iterable[Phase],
    numbers: Mapping[str, str],
) -> Iterator[str]:
    known = {each.id.casefold(): numbers[each.id] for each in phases}
    yield "## Traceability\n"
    yield "| Requirement | Phase | Status |"
    yield "|-------------|-------|--------|"
    mapped = 0
    for each in [*current, *(one for one in deferred if one.phases)]:
        found = [known[name] for phase in each.phases if (name := phase.casefold()) in known]
        mapped += bool(found) and each.status != "deferred"
        remarks = remarks_of(each)
        found += lacked_phases(remarks, numbers.values())
        cell = f"Phase {', '.join(found)}" if found else "-"
        word = requirement_word(each, remarks).replace("|", "/") or _STATUS_WORD[each.status]
        yield f"| {each.id} | {cell} | {word} |"
    yield ""
    yield "**Coverage:**"
    yield f"- v1 requirements: {len(current)} total"
    yield f"- Mapped to phases: {mapped}"
    yield f"- Unmapped: {len(current) - mapped}"
    yield ""
