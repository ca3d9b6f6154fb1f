"""Which pages show which items: what an incremental build must know."""

from collections.abc import Iterable, Iterator, Sequence

from planner.model.items import Item
from planner.render.card import Card
from planner.render.mentions import mention_of_file
from planner.render.urls import NO_MILESTONE
from planner.render.view import SiteView
from planner.trace.names import fold, spellings

__all__ = ["Card", "card_of", "listed_in", "neighbours", "shown_on"]


def card_of(view: SiteView, item_id: str) -> Card:
    """The card of an item.  Raises KeyError when the plan has no such item."""
    return view.cards[item_id]


def shown_on(view: SiteView, item_id: str) -> set[str]:
    """Ids of the items whose own page (HTML or JSON) shows any fact of `item_id`.

    `item_id` need not be in the plan: the pages that name it in vain would link to it if it came,
    and an item whose alias it is would lose its references to it.
    """
    item = view.trace.items.get(item_id)
    shown = set(_namesakes(view, item_id, item))
    shown.update(_in_texts(view, item_id, item))
    if item is not None:
        kind = view.cards[item_id].kind
        if kind == "requirement":
            shown.update(_of_requirement(view, item_id))
        elif kind == "phase":
            shown.update(_of_phase(view, item_id))
        elif kind == "research":
            shown.update(document.id for document in view.runs[item_id.partition("/")[0]])
        shown.update(end.id for end in view.trace.links_in.get(item_id, ()))
    shown.discard(item_id)
    return shown


def listed_in(view: SiteView, item_id: str) -> set[str]:
    """Ids of the milestones ("-": none) whose lists show any fact of `item_id`.

    Lists are all pages of a group: requirements, matrix, coverage, graph.  As for `shown_on`, the
    id need not be in the plan.
    """
    trace = view.trace
    item = trace.items.get(item_id)
    members = {item_id, *_namesakes(view, item_id, item)}
    members.update(each for each in _in_texts(view, item_id, item) if each in trace.phase_by_id)
    groups: set[str] = set()
    for member in members:
        if member in trace.phase_by_id:
            near = (*trace.depends.get(member, ()), *trace.dependents.get(member, ()))
            phases = [member, *(each.phase for each in near)]
            groups.update(view.cards[phase].top for phase in phases)
            served = [*trace.requirements_of.get(member, ())]
            groups.update(view.cards[each.id].top for each in served)
            groups.update(view.cards[each].top for each in _verified(view, member))
        elif member in view.cards:
            groups.add(view.cards[member].top)
            # Whether a phase is served, and its criteria lead anywhere, is told with the phase.
            phases = [*trace.phases_of_requirement.get(member, ())]
            phases += [ref.phase_id for ref in trace.verified_by.get(member, ())]
            groups.update(view.cards[phase].top for phase in phases)
    return {group or NO_MILESTONE for group in groups}


def neighbours(members: Sequence[Item], item_id: str) -> tuple[str, str]:
    """The ids before and after an item in a list; empty where there is none."""
    for index, member in enumerate(members):
        if member.id == item_id:
            before = members[index - 1].id if index else ""
            after = members[index + 1].id if index + 1 < len(members) else ""
            return before, after
    return "", ""


def _namesakes(view: SiteView, item_id: str, item: Item | None) -> Iterator[str]:
    """Items that answer to one of the same names, and so gain or lose references with this one."""
    names = spellings(item) if item else (item_id,)
    for name in names:
        for kind in (None, "requirement", "phase", "milestone"):
            found = view.trace.resolve(name, kind)
            if found is not None:
                yield found
        yield from view.namesakes.get(fold(name), ())


def _in_texts(view: SiteView, item_id: str, item: Item | None) -> Iterator[str]:
    """Items whose pages show a text that names this one, by id, alias or file."""
    if not view.mentioned:
        return
    names = [fold(item_id)]
    if item is not None:
        names += [fold(name) for name in spellings(item)[1:]]
        names.append(mention_of_file(item.path))
    for name in names:
        for naming in view.mentioned.get(name, ()):
            yield naming
            if naming in view.trace.phase_by_id:
                # The texts of a phase stand on other pages, too: its goal and its criteria.
                yield view.trace.milestone_of_phase.get(naming, "")
                yield from _verified(view, naming)


def _of_requirement(view: SiteView, item_id: str) -> Iterator[str]:
    trace = view.trace
    phases = trace.phases_of_requirement.get(item_id, ())
    yield from phases
    yield from neighbours(trace.requirements_of.get(phases[0] if phases else "", ()), item_id)
    for end in trace.links_out.get(item_id, ()):
        yield end.id
    for ref in trace.verified_by.get(item_id, ()):
        yield ref.phase_id


def _of_phase(view: SiteView, item_id: str) -> Iterator[str]:
    trace = view.trace
    for requirement in trace.requirements_of.get(item_id, ()):
        yield requirement.id
    yield from _verified(view, item_id)
    yield trace.milestone_of_phase.get(item_id, "")
    for dependency in (*trace.depends.get(item_id, ()), *trace.dependents.get(item_id, ())):
        yield dependency.phase
        # The page of a milestone shows what its phases need and what needs them.
        yield trace.milestone_of_phase.get(dependency.phase, "")
    place = trace.place[item_id]
    for near in (place - 1, place + 1):
        if 0 <= near < len(trace.phases):
            yield trace.phases[near].id


def _verified(view: SiteView, phase_id: str) -> Iterable[str]:
    """The requirements that the criteria of a phase verify."""
    resolve = view.trace.resolve
    for criterion in view.trace.phase_by_id[phase_id].criteria:
        for ref in criterion.verifies:
            found = resolve(ref, "requirement")
            if found is not None:
                yield found
