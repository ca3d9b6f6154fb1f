"""What an export did not carry: the plan and what is read back from the files, side by side."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planner.exchange.foreign.numbering import number_id
from planner.exchange.gsd_remarks import imported_text
from planner.exchange.phase_items import IMPORTED
from planner.exchange.phase_standing import effective_status
from planner.model.fields import FIELDS, kind_of
from planner.model.items import Criterion, Item, Milestone, Phase, PlanTree, Requirement, Research


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """A field of an item that the other format does not carry, and why."""

    item: str
    field: str
    why: str


_NO_FIELD = "the format has no such field"
_CHANGED = "it does not come back as it was: {back}"
_KEPT_SECTIONS = {"Summary", "Plans", "Details", "Success criteria", "Constraints", "Out of scope"}


def losses(old: PlanTree, new: PlanTree, numbers: Mapping[str, str]) -> tuple[Loss, ...]:
    """Everything of `old` that is missing or different in `new`.

    `numbers` are the numbers under which the phases (by id) were written.
    """
    phase_of = {number_id(each.number): each for each in new.phases}
    found = {each.id: phase_of.get(number_id(numbers[each.id])) for each in old.phases}
    ids = {each.id: back.id for each in old.phases if (back := found[each.id]) is not None}
    lost: list[Loss] = []
    lost.extend(_fields(old.plan, new.plan, {"title", "statement"}))
    milestones = {each.id.casefold(): each for each in new.milestones}
    for milestone in old.milestones:
        lost.extend(_milestone(milestone, milestones.get(milestone.id.casefold())))
    wanted: dict[str, list[Requirement]] = {}
    for requirement in old.requirements:
        for phase_id in requirement.phases:
            wanted.setdefault(phase_id, []).append(requirement)
    for phase in old.phases:
        lost.extend(_phase(phase, found[phase.id], ids, wanted.get(phase.id, [])))
    requirements = {each.id.casefold(): each for each in new.requirements}
    for requirement in old.requirements:
        lost.extend(_requirement(requirement, requirements.get(requirement.id.casefold()), ids))
    research = {each.id: each for each in new.research}
    for document in old.research:
        lost.extend(_research(document, research))
    lost.extend(
        Loss(each.path, "", "the file could not be read, so it was not written")
        for each in old.unreadable
    )
    return tuple(dict.fromkeys(lost))


def _fields(old: Item, new: Item, carried: Iterable[str]) -> Iterator[Loss]:
    """Compare the fields of two items; those not `carried` are lost wherever they are set."""
    names = set(carried)
    for row in FIELDS[kind_of(old)]:
        before, after = getattr(old, row.name), getattr(new, row.name)
        if before == after:
            continue
        if row.name in names:
            yield Loss(old.id, row.name, _CHANGED.format(back=_short(after)))
        elif before != row.default:
            yield Loss(old.id, row.name, _NO_FIELD)
    for key, _ in old.extra:
        yield Loss(old.id, key, _NO_FIELD)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _sections(old: Item, new: Item, known: Iterable[str]) -> Iterator[Loss]:
    texts = {each.heading: each.text for each in new.sections}
    body = {row.key.casefold() for row in FIELDS[kind_of(old)] if row.home == "body"}
    for each in old.sections:
        if each.heading.casefold() in body or each.heading == "Success criteria":
            continue
        if each.heading == IMPORTED:
            back_rows = set(imported_text(new).splitlines())
            for row in each.text.splitlines():
                if row.strip() and row not in back_rows:
                    yield Loss(old.id, f"## {IMPORTED}", f"{_short(row)} is not written")
            continue
        if each.heading not in known:
            yield Loss(old.id, f"## {each.heading}", "the format has no such section")
        elif texts.get(each.heading) != each.text:
            back = _short(texts.get(each.heading, ""))
            yield Loss(old.id, f"## {each.heading}", _CHANGED.format(back=back))


def _gone(item: Item) -> Loss:
    return Loss(item.id, "", f"the {kind_of(item)} cannot be written in a form that is read back")


def _milestone(old: Milestone, new: Milestone | None) -> Iterator[Loss]:
    if new is None:
        yield _gone(old)
        return
    carried = {
        "title", "status", "shipped", "created", "overview", "constraints", "out_of_scope",
    }  # fmt: skip
    yield from _fields(old, new, carried)
    yield from _sections(old, new, ())


def _phase(
    old: Phase, new: Phase | None, ids: Mapping[str, str], wanted: Iterable[Requirement]
) -> Iterator[Loss]:
    if new is None:
        yield _gone(old)
        return
    if new.id != old.id:
        yield Loss(old.id, "id", f"the format names phases by number and name: {new.id}")
    depends = tuple(
        dataclasses.replace(each, phase=ids[each.phase])
        for each in old.depends_on
        if each.phase in ids
    )
    yield from (
        Loss(old.id, "depends_on", f"there is no phase {each.phase}")
        for each in old.depends_on
        if each.phase not in ids
    )
    compared = dataclasses.replace(
        old, depends_on=depends, status=effective_status(old, wanted), milestone=old.milestone
    )
    carried = {
        "title", "number", "milestone", "depends_on", "verification", "status", "goal",
    }  # fmt: skip
    yield from _fields(compared, new, carried)
    yield from _criteria(old, new)
    yield from _sections(old, new, {"Summary", "Plans", "Details"})


def _criteria(old: Phase, new: Phase) -> Iterator[Loss]:
    if len(old.criteria) != len(new.criteria):
        yield Loss(old.id, "criteria", f"{len(new.criteria)} of {len(old.criteria)} come back")
        return
    for before, after in zip(old.criteria, new.criteria, strict=True):
        name = f"criteria.{before.id}"
        for field in dataclasses.fields(Criterion):
            if not field.compare:
                continue
            one, other = getattr(before, field.name), getattr(after, field.name)
            if one == other:
                continue
            carried = field.name in {"text", "status"}
            why = _CHANGED.format(back=_short(other)) if carried else _NO_FIELD
            yield Loss(old.id, f"{name}.{field.name}", why)


def _requirement(
    old: Requirement, new: Requirement | None, ids: Mapping[str, str]
) -> Iterator[Loss]:
    if new is None:
        yield _gone(old)
        return
    if new.id != old.id:
        yield Loss(old.id, "id", _CHANGED.format(back=new.id))
    if len(old.tags) > 1:
        yield Loss(old.id, "tags", "the format has one category only")
    phases = tuple(ids.get(each, each) for each in old.phases)
    same = sorted(phases) == sorted(new.phases)
    compared = dataclasses.replace(old, phases=new.phases if same else phases, tags=old.tags[:1])
    carried = {"text", "status", "phases", "tags", "notes"}
    yield from _fields(compared, new, carried)
    yield from _sections(old, new, ())


def _research(old: Research, back: Mapping[str, Research]) -> Iterator[Loss]:
    run, _, topic = old.id.partition("/")
    name = topic if run == "imported" else f"{run}-{topic}"
    new = back.get(f"imported/{name}")
    if new is None or new.text != old.text:
        yield Loss(old.id, "text", "the document does not come back as it was")
        return
    if new.id != old.id:
        yield Loss(old.id, "run", "the format has no runs of research")
    yield from _fields(dataclasses.replace(old, run=new.run), new, {"title", "topic", "date"})
