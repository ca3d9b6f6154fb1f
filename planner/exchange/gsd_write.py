"""The exporter: a plan as the ROADMAP.md and REQUIREMENTS.md of a `.planning` folder.

Everything is written in the canonical shapes of that format, so that its own tool sees it.
Afterwards the result is read back by the importer and compared: what does not come back equal is
listed as lost, so the list is exact by construction.
"""

from collections.abc import Iterable, Iterator, Mapping, Set

from planner.exchange.foreign.idlists import KnownIds
from planner.exchange.foreign.numbering import phase_label
from planner.exchange.gsd import read_source
from planner.exchange.gsd_loss import Loss, losses
from planner.exchange.gsd_remarks import (
    depends_texts,
    milestone_bullet,
    phase_word,
    remarks_of,
    requirements_words,
    undefined_ids,
)
from planner.exchange.gsd_requirements import requirements_text
from planner.exchange.phase_standing import effective_status
from planner.exchange.verbatim import one_line
from planner.model.ids import number_key
from planner.model.items import Milestone, Phase, PlanTree, Requirement, Research

_STATUS_WORD = {
    "": "Not started",
    "planned": "Planned",
    "active": "In progress",
    "done": "Complete",
    "deferred": "Deferred",
    "dropped": "Dropped",
}
_MARK = {"planned": "📋", "active": "🚧", "shipped": "✅", "dropped": "❌"}
_STATE = {"planned": "planned", "active": "in progress", "shipped": "shipped", "dropped": "dropped"}


def render_gsd(tree: PlanTree) -> tuple[dict[str, str], tuple[Loss, ...]]:
    """The files of a `.planning` folder, and everything of the plan that they do not carry."""
    numbers = written_numbers(tree.phases)
    phases = sorted(tree.phases, key=lambda each: number_key(numbers[each.id]))
    milestones = _in_order(tree.milestones, phases, numbers)
    files = {"ROADMAP.md": _roadmap(tree, phases, milestones, numbers)}
    if tree.requirements:
        files["REQUIREMENTS.md"] = requirements_text(tree, phases, milestones, numbers)
    files.update(_research(tree.research))
    back = read_source({name: text.encode() for name, text in files.items()})
    return files, losses(tree, back.tree, numbers)


def written_numbers(phases: Iterable[Phase]) -> dict[str, str]:
    """The number under which each phase (by id) is written: its own, or the next free one.

    The format knows phases by number alone, so each needs one of its own.
    """
    numbers: dict[str, str] = {}
    taken: set[str] = set()
    homeless: list[Phase] = []
    for phase in sorted(phases, key=lambda each: (number_key(each.number), each.id)):
        label = phase_label(f"Phase {phase.number}: x") if phase.number else None
        if label is None or label.number != phase.number or label.key in taken:
            homeless.append(phase)
        else:
            taken.add(label.key)
            numbers[phase.id] = phase.number
    free = max((int(key) for key in taken if key.isdigit()), default=0)
    for phase in homeless:
        free += 1
        numbers[phase.id] = str(free)
    return numbers


def _in_order(
    milestones: Iterable[Milestone], phases: list[Phase], numbers: Mapping[str, str]
) -> list[Milestone]:
    """Milestones by the first of their phases, those without phases last."""
    first: dict[str, int] = {}
    for at, phase in enumerate(phases):
        first.setdefault(phase.milestone.casefold(), at)
    return sorted(milestones, key=lambda m: (first.get(m.id.casefold(), len(numbers)), m.id))


def _roadmap(
    tree: PlanTree,
    phases: list[Phase],
    milestones: list[Milestone],
    numbers: Mapping[str, str],
) -> str:
    wanted: dict[str, list[Requirement]] = {}
    for requirement in tree.requirements:
        for phase_id in requirement.phases:
            wanted.setdefault(phase_id, []).append(requirement)
    statuses = {phase.id: effective_status(phase, wanted.get(phase.id, ())) for phase in phases}
    parts = [f"# Roadmap: {one_line(tree.plan.title)}\n"]
    if tree.plan.statement:
        parts.append(f"## Overview\n\n{tree.plan.statement}\n")
    if milestones:
        bullets = "\n".join(_bullet(each, phases, numbers) for each in milestones)
        parts.append(f"## Milestones\n\n{bullets}\n")
    parts.append("\n".join(_checklist(phases, milestones, numbers, statuses)))
    constraints = next((each.constraints for each in milestones if each.constraints), "")
    parts.append("## Phase Details\n")
    known = KnownIds.of(each.id for each in tree.requirements)
    assigned = {each.id for each in tree.requirements if each.phases}
    parts.extend(
        _section(each, numbers, wanted.get(each.id, []), known, assigned) for each in phases
    )
    parts.append("\n".join(_progress(phases, milestones, numbers, statuses)))
    if constraints:
        parts.append(f"## Key Constraints\n\n{constraints}\n")
    return "\n".join(parts)


def milestone_name(milestone: Milestone) -> str:
    """How a milestone is called: `v1.0 Name`, `Milestone 2: Name`, or its name."""
    title = one_line(milestone.title)
    if milestone.id[:1] in "vV" and milestone.id[1:2].isdigit():
        return milestone.id if title == milestone.id else f"{milestone.id} {title}"
    number = milestone.id.removeprefix("milestone-")
    if number.isdigit():
        plain = f"Milestone {number}"
        return plain if title == plain else f"{plain}: {title}"
    return title


def _bullet(milestone: Milestone, phases: list[Phase], numbers: Mapping[str, str]) -> str:
    said = milestone_bullet(milestone)
    if said:
        return said
    own = [numbers[each.id] for each in phases if _same(each.milestone, milestone.id)]
    spans = f" - {_spans(own)}" if own else ""
    when = f" {milestone.shipped}" if milestone.status == "shipped" and milestone.shipped else ""
    since = f", started {milestone.created}" if milestone.created else ""
    state = f" ({_STATE[milestone.status]}{when}{since})"
    return f"- {_MARK[milestone.status]} **{milestone_name(milestone)}**{spans}{state}"


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _spans(numbers: list[str]) -> str:
    """`Phases 1-3, 5`: runs of whole numbers, then the others."""
    runs: list[list[int]] = []
    others = []
    for number in numbers:
        if not number.isdigit():
            others.append(number)
        elif runs and int(number) == runs[-1][-1] + 1:
            runs[-1].append(int(number))
        else:
            runs.append([int(number)])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    plural = "Phase" if len(numbers) == 1 else "Phases"
    return f"{plural} {', '.join([*words, *others])}"


def _checklist(
    phases: list[Phase],
    milestones: list[Milestone],
    numbers: Mapping[str, str],
    statuses: Mapping[str, str],
) -> Iterator[str]:
    yield "## Phases\n"
    ids = {each.id.casefold() for each in milestones}
    loose = [each for each in phases if each.milestone.casefold() not in ids]
    for phase in loose:
        yield _entry(phase, numbers, statuses)
    if loose:
        yield ""
    for milestone in milestones:
        own = [each for each in phases if _same(each.milestone, milestone.id)]
        words = {"active": " (In Progress)", "planned": " (Planned)"}.get(milestone.status, "")
        yield f"### {_MARK[milestone.status]} {milestone_name(milestone)}{words}\n"
        if milestone.overview:
            yield f"{milestone.overview}\n"
        for phase in own:
            yield _entry(phase, numbers, statuses)
        if own:
            yield ""


def _entry(phase: Phase, numbers: Mapping[str, str], statuses: Mapping[str, str]) -> str:
    box = "x" if statuses[phase.id] == "done" else " "
    summary = _text_of(phase, "Summary")
    tail = f" - {one_line(summary)}" if summary else ""
    kind = remarks_of(phase).first("Type")
    tail += f" `[{kind}]`" if kind else ""
    return f"- [{box}] **Phase {numbers[phase.id]}: {one_line(phase.title)}**{tail}"


def _text_of(phase: Phase, heading: str) -> str:
    return next((each.text for each in phase.sections if each.heading == heading), "")


def _section(
    phase: Phase,
    numbers: Mapping[str, str],
    wanted: list[Requirement],
    known: KnownIds,
    assigned: Set[str],
) -> str:
    remarks = remarks_of(phase)
    inserted = " (INSERTED)" if ("Inserted", "") in remarks.rows else ""
    rows = [f"### Phase {numbers[phase.id]}: {one_line(phase.title)}{inserted}"]
    if phase.goal:
        rows.append(f"**Goal**: {one_line(phase.goal)}")
    depends = depends_texts(phase, remarks, numbers)
    if len(depends) == 1:
        rows.append(f"**Depends on**: {depends[0]}")
    else:
        rows.extend(["**Depends on**:", *(f"- {each}" for each in depends)])
    names = [each.id for each in wanted]
    if known.texts:
        names.extend(undefined_ids(remarks, known))
    ids = requirements_words(remarks, names, known, assigned)
    rows.append(f"**Requirements**: {ids}")
    level = phase.verification or remarks.first("Verification")
    if level:
        rows.append(f"**Verification Level**: {level}")
    if phase.criteria:
        rows.append("**Success Criteria** (what must be TRUE):")
        for number, each in enumerate(phase.criteria, 1):
            box = "[x] " if each.status == "met" else ""
            rows.append(f"  {number}. {box}{one_line(each.text)}")
    plans = _text_of(phase, "Plans")
    said = remarks.plans_words or ("" if plans else "TBD")
    rows.append(f"**Plans**: {said}".rstrip() + (f"\n\nPlans:\n{plans}" if plans else ""))
    details = _text_of(phase, "Details")
    if details:
        rows.append(f"\n{details}")
    return "\n".join(rows) + "\n"


def _progress(
    phases: list[Phase],
    milestones: list[Milestone],
    numbers: Mapping[str, str],
    statuses: Mapping[str, str],
) -> Iterator[str]:
    names = {each.id.casefold(): each.id for each in milestones}
    heads = [
        "Phase",
        *(["Milestone"] if milestones else []),
        "Plans Complete",
        "Status",
        "Completed",
    ]
    yield "## Progress\n"
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---' for _ in heads)}|"
    for phase in phases:
        remarks = remarks_of(phase)
        cells = [f"{numbers[phase.id]}. {one_line(phase.title)}"]
        if milestones:
            cells.append(names.get(phase.milestone.casefold(), "-"))
        cells += [
            remarks.plans_done or "0/TBD",
            phase_word(remarks, statuses[phase.id]) or _STATUS_WORD[statuses[phase.id]],
            remarks.first("Completed") or "-",
        ]
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
    yield ""


def _research(documents: Iterable[Research]) -> dict[str, str]:
    """Research documents as files of `research/`; the run is part of the name where needed."""
    files: dict[str, str] = {}
    for each in documents:
        run, _, topic = each.id.partition("/")
        name = topic if run == "imported" else f"{run}-{topic}"
        path = f"research/{name}.md"
        if path not in files:
            files[path] = each.text + "\n"
    return files
