"""Requirements of a foreign plan as items."""

from collections.abc import Iterable, Iterator, Mapping

from planner.codec.body import section_text
from planner.exchange.foreign.found import FoundPlan, FoundRequirement, Source, Tie, TraceRow
from planner.exchange.foreign.numbering import number_id
from planner.exchange.mapping_findings import ROADMAP_SOURCES, TABLE_SOURCES
from planner.exchange.phase_items import IMPORTED
from planner.exchange.row_cells import homeless_trace_cells
from planner.exchange.standing import is_plain_word, priority, requirement_status
from planner.exchange.verbatim import clean, one_line, paragraph
from planner.model.ids import id_key, is_id
from planner.model.items import Requirement, Section

_RANK = (
    ROADMAP_SOURCES - {Source.PROSE, Source.TAIL},
    TABLE_SOURCES,
    frozenset({Source.COVERAGE}),
    frozenset({Source.TAIL}),
    frozenset({Source.CATEGORY}),
    frozenset({Source.PROSE}),
)


def requirement_items(plan: FoundPlan, phases: Mapping[str, str]) -> Iterator[Requirement]:
    """All requirements, stubs included; `phases` maps phase keys to ids."""
    ties: dict[str, list[Tie]] = {}
    for tie in plan.ties:
        ties.setdefault(id_key(tie.requirement), []).append(tie)
    rows: dict[str, list[TraceRow]] = {}
    for row in plan.trace_rows:
        for name in row.ids:
            rows.setdefault(id_key(name), []).append(row)
    again: dict[str, list[FoundRequirement]] = {}
    for each in (*plan.repeated, *plan.retold):
        again.setdefault(id_key(each.id), []).append(each)
    taken: set[str] = set()
    for each in plan.requirements:
        key = id_key(each.id)
        if not is_id(each.id) or key in taken:
            continue
        taken.add(key)
        yield _item(each, ties.get(key, []), rows.get(key, []), phases, again.get(key, []))
    for name in plan.stubs:
        key = id_key(name)
        if is_id(name) and key not in taken:
            taken.add(key)
            first = ties[key][0]
            yield Requirement(
                id=name,
                path=first.place.path,
                phases=assigned(ties[key], phases),
                lines={"phases": first.place.line},
            )


def assigned(ties: Iterable[Tie], phases: Mapping[str, str]) -> tuple[str, ...]:
    """The phases of a requirement: those that the strongest source names.

    The Requirements line of a phase is stronger than the table.
    """
    known = [tie for tie in ties if tie.phase in phases]
    for rank in _RANK:
        keys = dict.fromkeys(tie.phase for tie in known if tie.source in rank)
        if keys:
            return tuple(phases[key] for key in keys)
    return ()


def _item(
    found: FoundRequirement,
    ties: list[Tie],
    rows: list[TraceRow],
    phases: Mapping[str, str],
    again: Iterable[FoundRequirement],
) -> Requirement:
    remarks = []
    word = rows[0].status if rows else ""
    status_word = word or found.status
    if not is_plain_word(status_word):
        remarks.append(f"- Status: {one_line(status_word)}")
    remarks += [f"- Also: {one_line(each.text)}" for each in again if each.text]
    remarks += [
        f"- Table, {one_line(head)}: {one_line(cell)}"
        for head, cell in homeless_trace_cells(found, rows)
    ]
    remarks += [
        f"- Phase {number_id(key)}, which the roadmap lacks"
        for key in dict.fromkeys(tie.phase for tie in ties)
        if key not in phases
    ]
    sections = (Section(IMPORTED, "\n".join(remarks)),) if remarks else ()
    title = one_line(found.title)
    text = found.text or title
    category = one_line(found.category)
    return Requirement(
        id=found.id,
        path=found.place.path,
        title=title if title != text else "",
        phases=assigned(ties, phases),
        status=requirement_status(found, word),
        priority=priority(found.priority),
        tags=(category,) if category else (),
        text=paragraph(text),
        notes=section_text(clean("\n".join(_dedent(found.notes)))),
        sections=sections,
        lines={"id": found.place.line, "text": found.place.line, "title": found.place.line},
    )


def _dedent(rows: tuple[str, ...]) -> list[str]:
    margin = min((len(row) - len(row.lstrip()) for row in rows if row.strip()), default=0)
    return [row[margin:] for row in rows]
