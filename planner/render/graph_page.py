"""The dependency graph of the phases: drawn, and as a list that says the same in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.items import Phase
from planner.render import frame
from planner.render.card import Card
from planner.render.dependency_svg import GraphDrawing, GraphEdge, GraphNode, draw
from planner.render.desk import Desk
from planner.render.milestone_page import DRAWN
from planner.render.phase_rows import drawing
from planner.render.scopes import Scope
from planner.render.templates import template
from planner.render.texts import Texts
from planner.render.view import SiteView

PATH = "graph/"
LARGEST = 300
"""Up to so many phases are drawn in one picture."""
_WHOLE = frame.Kind(depth=1, section="graph", exact=True, styles=("graph.css",))
_PART = frame.Kind(depth=2, section="graph", styles=("graph.css",))


@dataclass(frozen=True, slots=True)
class Twin:
    """A phase of the list: what it needs and what needs it, each with whether that is soft."""

    card: Card
    needs: Sequence[tuple[Card, bool, str]]
    needed_by: Sequence[tuple[Card, bool, str]]


@dataclass(frozen=True, slots=True)
class GraphPage:
    """What `graph.html` shows; `parts` are the pages of milestones where the plan is too large."""

    heading: str
    scope: bool
    about: str
    drawing: Markup
    critical: Sequence[Card]
    cycles: Sequence[Sequence[Card]]
    twins: Sequence[Twin]
    parts: Sequence[tuple[str, str, int]]


def has_own_graph(view: SiteView, scope: Scope) -> bool:
    """Whether a milestone has a page with its graph."""
    return len(scope.phases) > DRAWN or len(view.trace.phases) > LARGEST


def graph_page(desk: Desk, key: str = "") -> str:
    """The page `/graph/`: all phases, or, where there are too many, all milestones."""
    del key
    view, texts = desk.view, desk.texts(_WHOLE)
    phases = [phase for scope in desk.scopes() for phase in scope.phases]
    small = len(phases) <= LARGEST
    if small:
        svg = drawing(view, texts, phases, "Dependencies of the phases", grouped=True)
    else:
        svg = _milestones(desk, texts)
    cards = view.cards
    shown = GraphPage(
        heading="Dependency graph",
        scope=False,
        about=_about(len(phases), small=small),
        drawing=svg if phases else Markup(),
        critical=[cards[phase_id] for phase_id in view.trace.critical_path],
        cycles=[[cards[phase_id] for phase_id in cycle] for cycle in view.trace.cycles],
        twins=_twins(view, phases) if small else (),
        parts=[
            (scope.name, f"{PATH}{scope.shard}/", len(scope.phases))
            for scope in desk.scopes()
            if has_own_graph(view, scope)
        ],
    )
    return _page(desk, _WHOLE, shown, PATH, "Dependency graph")


def scope_graph_page(desk: Desk, milestone_id: str) -> str:
    """The graph of one milestone (empty: of the phases that belong to none)."""
    view, texts, scope = desk.view, desk.texts(_PART), desk.scope(milestone_id)
    label = f"Dependencies of the phases of {scope.name}"
    cards = view.cards
    shown = GraphPage(
        heading=f"Dependencies of {scope.name}",
        scope=True,
        about=_about(len(scope.phases), small=True),
        drawing=drawing(view, texts, scope.phases, label, grouped=True),
        critical=[cards[each.id] for each in scope.phases if cards[each.id].critical],
        cycles=(),
        twins=_twins(view, scope.phases),
        parts=(),
    )
    return _page(desk, _PART, shown, f"{PATH}{scope.shard}/", f"Graph · {scope.name}")


def _page(desk: Desk, kind: frame.Kind, shown: GraphPage, path: str, title: str) -> str:
    links = desk.texts(kind).links
    body = template("graph.html").render(page=shown, root=links.root, index=links.index)
    return frame.page(desk.view, kind, path=path, title=title, about=shown.about, body=body)


def _about(phases: int, *, small: bool) -> str:
    what = "Each box is a phase" if small else f"Each box is a milestone of the {phases:,} phases"
    return f"{what} and leads to its page; an arrow leads from what comes first to what needs it."


def _twins(view: SiteView, phases: Iterable[Phase]) -> list[Twin]:
    cards, trace = view.cards, view.trace
    return [
        Twin(
            cards[phase.id],
            [
                (cards[each.phase], each.soft, each.reason)
                for each in trace.depends.get(phase.id, ())
            ],
            [
                (cards[each.phase], each.soft, each.reason)
                for each in trace.dependents.get(phase.id, ())
            ],
        )
        for phase in phases
    ]


def _milestones(desk: Desk, texts: Texts) -> Markup:
    """The milestones, with an arrow where a phase of one needs a phase of another."""
    view = desk.view
    cards = view.cards
    found: dict[tuple[str, str], bool] = {}
    for phase_id, dependencies in view.trace.depends.items():
        for each in dependencies:
            pair = (cards[each.phase].top, cards[phase_id].top)
            if pair[0] and pair[1] and pair[0] != pair[1]:
                found[pair] = found.get(pair, True) and each.soft
    nodes = [
        GraphNode(
            id=scope.id,
            number=scope.id,
            title=scope.card.label or scope.id,
            href=texts.links.to(f"{PATH}{scope.shard}/"),
            state=scope.card.state,
            progress=scope.card.done / scope.card.total if scope.card.total else None,
        )
        for scope in desk.scopes()
        if scope.card
    ]
    shown = {node.id for node in nodes}
    edges = [
        GraphEdge(source, target, soft)
        for (source, target), soft in sorted(found.items())
        if source in shown and target in shown
    ]
    svg = draw(GraphDrawing(label="Dependencies between milestones", nodes=nodes, edges=edges))
    return Markup(svg)  # noqa: S704 - the drawer escapes
