"""Phases of a foreign plan as items."""

import re
from collections.abc import Iterable, Mapping

from planner.exchange.foreign.dependencies import is_nothing
from planner.exchange.foreign.found import FoundCriterion, FoundPhase, PhaseDetails, Source
from planner.exchange.foreign.labels import FieldName, label_of
from planner.exchange.foreign.lines import Document
from planner.exchange.foreign.numbering import mentions, number_list
from planner.exchange.foreign.statewords import iso_date
from planner.exchange.row_cells import has_words, homeless_cells
from planner.exchange.standing import is_plain_word, phase_status
from planner.exchange.verbatim import clean, kept_lines, one_line, paragraph
from planner.model.ids import id_key, is_id, is_phase_number, slug
from planner.model.items import Criterion, Dependency, Phase, Section

IMPORTED = "As imported"
"""Heading of the section that keeps what the source said and no field holds."""
UNDEFINED = "Named but never defined"
"""Label of the row of that section that names requirements of the phase without a definition."""
_FIRST = re.compile(r"\((?:the )?(?:first|starting|initial)(?: phase)?[^()]{0,12}\)", re.IGNORECASE)
_LEVEL = re.compile(r"[A-Za-z][\w-]{1,30}")
_PLAIN_DEPENDS = re.compile(r"[\s,;&+.]|\band\b|\([^()]*\)", re.IGNORECASE)


def phase_ids(phases: Iterable[FoundPhase]) -> dict[str, str]:
    """The id of every phase: the slug of its title, else `phase-<number>`; unique."""
    taken: set[str] = set()
    ids: dict[str, str] = {}
    for phase in phases:
        number = slug(phase.number) or "x"
        base = slug(phase.title)
        if not is_id(base):
            base = f"phase-{number}"
        candidate = base
        if id_key(candidate) in taken:
            candidate = f"{base}-{number}"
        count = 2
        while id_key(candidate) in taken:
            candidate = f"{base}-{number}-{count}"
            count += 1
        taken.add(id_key(candidate))
        ids[phase.key] = candidate
    return ids


def phase_item(
    phase: FoundPhase,
    ids: Mapping[str, str],
    milestones: Mapping[str, str],
    documents: Mapping[str, Document],
    undefined: Mapping[str, tuple[str, ...]],
) -> Phase:
    """One phase; `ids` and `milestones` map the keys of the source to ids of the plan.

    `undefined` are the ids, by phase key, that stand for no requirement.
    """
    status, word = phase_status(phase)
    level = next((each.verification for each in phase.details if each.verification), "").strip(" .")
    path = phase.place.path
    entry = next(iter(phase.by(Source.LIST)), None)
    goals = [*(each.goal for each in phase.details), *(row.goal for row in phase.rows)]
    goal = next((each for each in goals if each), "")
    summary = entry.description if entry is not None else ""
    sections = list(_sections(phase, documents))
    if goal and summary and one_line(summary) != one_line(goal):
        sections.insert(0, Section("Summary", paragraph(summary)))
    remarks = list(
        _remarks(phase, ids, undefined.get(phase.key, ()), status_word=word, level=level)
    )
    if remarks:
        sections.append(Section(IMPORTED, "\n".join(f"- {each}" for each in remarks)))
    first = phase.sightings[0].place.line
    return Phase(
        id=ids[phase.key],
        path=path,
        title=one_line(phase.title) or f"Phase {phase.number}",
        number=phase.number if is_phase_number(phase.number) else "",
        milestone=milestones.get(phase.milestone, ""),
        depends_on=_dependencies(phase, ids),
        verification=level if _LEVEL.fullmatch(level) else "",
        status=status,
        goal=paragraph(goal or summary),
        criteria=_criteria(phase.details),
        sections=tuple(sections),
        lines=_lines(phase, first),
    )


def _lines(phase: FoundPhase, first: int) -> dict[str, int]:
    lines = {"title": first, "number": first}
    for section in phase.details:
        for name, line in (
            ("goal", section.goal_line),
            ("status", section.status_line),
            ("depends_on", section.depends[0][1] if section.depends else 0),
        ):
            if line:
                lines.setdefault(name, line)
    for at, each in enumerate(phase.depends):
        lines[f"depends_on.{at}"] = each.place.line
    return lines


def _dependencies(phase: FoundPhase, ids: Mapping[str, str]) -> tuple[Dependency, ...]:
    return tuple(
        Dependency(ids[each.key], each.soft, one_line(each.reason), each.place.line)
        for each in phase.depends
        if each.key in ids
    )


def _criteria(details: Iterable[PhaseDetails]) -> tuple[Criterion, ...]:
    found = [each for section in details for each in section.criteria]
    return tuple(
        Criterion(
            id=f"c{number}",
            text=criterion_text(each),
            status="met" if each.met else "open",
            line=each.place.line,
        )
        for number, each in enumerate(found, 1)
    )


def criterion_text(found: FoundCriterion) -> str:
    """The text of a criterion; what is nested below it is joined to it, so that it stays text."""
    parts = [one_line(found.text)]
    for row in found.nested:
        body = one_line(row).lstrip("-*+ ").strip()
        if body:
            parts.append(body)
    return "; ".join(parts) if len(parts) > 1 else parts[0]


def _sections(phase: FoundPhase, documents: Mapping[str, Document]) -> Iterable[Section]:
    plans: list[str] = []
    texts: list[str] = []
    for section in phase.details:
        document = documents[section.place.path]
        if section.plan_lines:
            plans.append(kept_lines(document, section.plan_lines))
        if section.body:
            texts.append(kept_lines(document, section.body))
    read = {section.place for section in phase.details}
    for each in phase.by(Source.LIST):
        if each.place in read:
            continue
        nested = [
            number
            for number in range(each.place.line + 1, each.end + 1)
            if documents[each.place.path].at(number).marker
        ]
        if nested:
            texts.append(kept_lines(documents[each.place.path], nested))
    if plans:
        yield Section("Plans", "\n\n".join(plans))
    if texts:
        yield Section("Details", "\n\n".join(texts))


def _remarks(
    phase: FoundPhase,
    ids: Mapping[str, str],
    undefined: Iterable[str],
    *,
    status_word: str,
    level: str,
) -> Iterable[str]:
    if status_word and not is_plain_word(status_word):
        yield f"Status: {one_line(status_word)}"
    completed = _completed(phase)
    if completed:
        yield f"Completed: {completed}"
    plans = next((row.plans for row in phase.rows if row.plans), None) or next(
        (each.plans for each in phase.sightings if each.plans), None
    )
    if plans:
        yield f"Plans: {plans[0]}/{plans[1]}"
    if any(each.inserted for each in phase.sightings):
        yield "Inserted"
    if level and not _LEVEL.fullmatch(level):
        yield f"Verification: {one_line(level)}"
    if not is_phase_number(phase.number):
        yield f"Number: {clean(phase.number)}"
    goals = [each.goal for each in phase.details if each.goal]
    yield from (f"Goal: {one_line(each)}" for each in goals[1:] if each != goals[0])
    for section in phase.details:
        yield from _field_remarks(section, phase, ids)
    for head, cell in homeless_cells(phase, status_word):
        if label_of(head) is FieldName.DEPENDS and _is_covered(cell, phase, ids):
            continue
        yield f"Table, {one_line(head)}: {one_line(cell)}"
    if undefined:
        yield f"{UNDEFINED}: {', '.join(map(one_line, undefined))}"
    for kind in sorted({each.category for each in phase.sightings if each.category}):
        yield f"Type: {kind}"


def _field_remarks(
    section: PhaseDetails, phase: FoundPhase, ids: Mapping[str, str]
) -> Iterable[str]:
    for text, _ in section.depends:
        if not _is_covered(text, phase, ids):
            yield f"Depends on: {one_line(text)}"
    if has_words(section.requirements_text):
        yield f"Requirements: {one_line(section.requirements_text)}"
    plans = section.plans_text
    if has_words(plans) and "plan" not in plans[:12].casefold():
        yield f"Plans: {one_line(plans)}"


def _completed(phase: FoundPhase) -> str:
    for row in phase.rows:
        if row.date:
            return row.date
    for section in phase.details:
        if section.completed or iso_date(section.status):
            return section.completed or iso_date(section.status)
    return next((each.date for each in phase.sightings if each.date), "")


def _is_covered(text: str, phase: FoundPhase, ids: Mapping[str, str]) -> bool:
    """Whether the dependencies say everything that the field says."""
    if not phase.depends or any(each.key not in ids for each in phase.depends):
        return is_nothing(text) and ("(" not in text or _FIRST.search(text) is not None)
    if set(number_list(text)) == {each.key for each in phase.depends}:
        return True
    rest = text
    for named in reversed(mentions(text)):
        rest = rest[: named.start] + rest[named.end :]
    for each in phase.depends:
        rest = rest.replace(f"({each.reason})", "") if each.reason else rest
    return not _PLAIN_DEPENDS.sub("", rest).strip()
