"""Phases in order with goal, needs and progress, and their dependency drawing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.items import Phase
from planner.render.card import Card
from planner.render.dependency_svg import (
    GraphDrawing,
    GraphEdge,
    GraphGroup,
    GraphNode,
    draw,
)
from planner.render.texts import Texts
from planner.render.view import SiteView

_GOAL_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Need:
    """A phase that another one needs."""

    card: Card
    soft: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase as a row of a list."""

    card: Card
    goal: Markup
    needs: Sequence[Need]


def phase_rows(view: SiteView, texts: Texts, phases: Iterable[Phase]) -> list[PhaseRow]:
    """Rows of phases."""
    cards, depends = view.cards, view.trace.depends
    return [
        PhaseRow(
            cards[phase.id],
            texts.line(phase, first_paragraph(phase.goal)) if phase.title else Markup(),
            [Need(cards[each.phase], each.soft, each.reason) for each in depends.get(phase.id, ())],
        )
        for phase in phases
    ]


def touched_by_dependencies(view: SiteView, phases: Iterable[Phase]) -> bool:
    """Whether there is anything to draw beside the phases themselves."""
    trace = view.trace
    return any(phase.id in trace.depends or phase.id in trace.dependents for phase in phases)


def first_paragraph(text: str) -> str:
    """The start of a text, for a row of a list."""
    start = text.lstrip().partition("\n\n")[0]
    if len(start) <= _GOAL_LENGTH:
        return start
    cut = start[:_GOAL_LENGTH]
    return (cut.rpartition(" ")[0] or cut) + " …"


def drawing(
    view: SiteView, texts: Texts, phases: Sequence[Phase], label: str, *, grouped: bool
) -> Markup:
    """The dependencies of `phases` as SVG, with the phases outside that they touch.

    `grouped`: phases of one milestone share a band.
    """
    members = {phase.id: None for phase in phases}
    depends, dependents = view.trace.depends, view.trace.dependents
    edges = []
    for phase_id in list(members):
        for each in depends.get(phase_id, ()):
            edges.append((each.phase, phase_id, each.soft, each.reason))
            members.setdefault(each.phase)
        for each in dependents.get(phase_id, ()):
            if each.phase not in members:
                edges.append((phase_id, each.phase, each.soft, each.reason))
                members.setdefault(each.phase)
    cards = [view.cards[phase_id] for phase_id in members]
    follows = {
        (a, b) for a, b in zip(view.trace.critical_path, view.trace.critical_path[1:], strict=False)
    }
    svg = draw(
        GraphDrawing(
            label=label,
            nodes=[_node(texts, card, grouped=grouped) for card in cards],
            edges=[
                GraphEdge(source, target, soft, (source, target) in follows, reason)
                for source, target, soft, reason in dict.fromkeys(edges)
            ],
            groups=_groups(texts, cards) if grouped else (),
        )
    )
    return Markup(svg)  # noqa: S704 - the drawer escapes


def _node(texts: Texts, card: Card, *, grouped: bool) -> GraphNode:
    return GraphNode(
        id=card.id,
        number=card.number,
        title=card.label or card.id,
        href=texts.links.to(card.path),
        state=card.state,
        progress=card.done / card.total if card.total else None,
        group=card.over if grouped else "",
        critical=card.critical,
    )


def _groups(texts: Texts, cards: Iterable[Card]) -> list[GraphGroup]:
    groups = {}
    for card in cards:
        if card.over and card.over not in groups:
            label = f"{card.over} {card.over_label}".strip()
            groups[card.over] = GraphGroup(card.over, label, texts.links.to(card.over_path))
    return list(groups.values())
