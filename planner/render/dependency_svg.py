"""The dependency graph as one SVG element, ready to stand in a page.

Nodes are links.  Everything that looks is a class (`templates/assets/graph.css`): the page's
content policy allows no inline style.  Nothing is told by colour alone: a state has a mark and a
word, a soft edge is dashed, the critical path is drawn thick, the end of a cycle is dotted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from planner.render.layout import (
    Band,
    Direction,
    EdgeEnds,
    Layout,
    NodeBox,
    PlacedEdge,
    PlacedNode,
    lay_out,
)
from planner.render.svg_paths import curve, loop, number, wire
from planner.render.svg_symbols import (
    CRITICAL,
    CYCLE,
    HARD,
    SOFT,
    STATES,
    EdgeKind,
    definitions,
    legend,
)
from planner.render.svg_text import xml_id, xml_text
from planner.render.text_width import shorten, text_width, wrap

_WIDTH, _HEIGHT, _NOTE = 176, 78, 18
_INSET = 14
_LEGEND = 30
# A drawing that is wider is shrunk to the page, but to no less than this, so that one can read it.
_READABLE = 832
_SIZE, _SMALL = 13.0, 11.5
_MOST_NOTES = 3


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One phase: `progress` is a share from 0 to 1, or None where none is known.

    `state` is a key of `svg_symbols.STATES`; any other word is shown as it is, without a mark.
    """

    id: str
    number: str
    title: str
    href: str
    state: str
    progress: float | None = None
    group: str = ""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """`target` depends on `source`; a soft dependency may be ignored, for `reason`."""

    source: str
    target: str
    soft: bool = False
    critical: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GraphGroup:
    """A milestone: the band round its phases."""

    id: str
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class GraphDrawing:
    """What to draw.  `prefix` begins every id of the element, so that two fit on one page."""

    label: str
    nodes: Sequence[GraphNode]
    edges: Sequence[GraphEdge] = ()
    groups: Sequence[GraphGroup] = ()
    prefix: str = "graph"
    columns: int = 5
    direction: Direction = "right"
    legend: bool = True


def draw(graph: GraphDrawing) -> str:
    """The SVG element of `graph`; equal input gives equal text.

    Raises ValueError if two nodes have one id or an edge names no node.
    """
    boxes = [
        NodeBox(node.id, _WIDTH, _HEIGHT, group=node.group, note_height=_NOTE)
        for node in graph.nodes
    ]
    ends = [
        EdgeEnds(edge.source, edge.target, edge.critical, "soft" if edge.soft else "hard")
        for edge in graph.edges
    ]
    layout = lay_out(boxes, ends, direction=graph.direction, columns=graph.columns)
    return "\n".join(_Drawing(graph, layout).lines()) + "\n"


# Edges of one node that are not drawn: the other ends, first those that it needs, then those
# that need it; each with whether the edge is soft.
_Notes = tuple[list[tuple[str, bool]], list[tuple[str, bool]]]


def _name(node: GraphNode) -> str:
    return f"{node.number} {node.title}".strip()


def _kind(edge: GraphEdge, placed: PlacedEdge) -> EdgeKind:
    if placed.reversed:
        return CYCLE
    if edge.critical:
        return CRITICAL
    return SOFT if edge.soft else HARD


class _Drawing:
    """One drawing being written; the methods give lines of SVG."""

    def __init__(self, graph: GraphDrawing, layout: Layout) -> None:
        self.graph, self.layout = graph, layout
        self.prefix = xml_id(graph.prefix)
        self.node_of = {node.id: node for node in graph.nodes}
        self.edges = [
            (edge, placed, _kind(edge, placed))
            for edge, placed in zip(graph.edges, layout.edges, strict=True)
        ]
        self.left = min((node.x for node in layout.nodes), default=0.0)

    def _anchor(self, node: str) -> str:
        return f"{self.prefix}-at-{xml_id(node)}"

    def lines(self) -> Iterable[str]:
        graph, layout, prefix = self.graph, self.layout, self.prefix
        present = {kind for _, _, kind in self.edges} if graph.legend else set()
        kinds = [kind for kind in (HARD, SOFT, CRITICAL, CYCLE) if kind in present]
        key, end = legend(prefix, kinds, self.left)
        top = _LEGEND if kinds else 0
        wide = max(layout.width, end)
        width, height = number(wide), number(layout.height + top)
        style = "graph is-wide" if wide > _READABLE else "graph"
        yield (
            f'<svg class="{style}" role="group" aria-labelledby="{prefix}-label" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}">'
        )
        yield f'<title id="{prefix}-label">{xml_text(graph.label)}</title>'
        yield from definitions(prefix, {node.state for node in graph.nodes})
        if top:
            yield f'<g class="graph-legend" aria-hidden="true">{key}</g>'
        yield f'<g transform="translate(0,{top})">'
        yield from self._band_areas()
        yield from self._edges()
        yield from self._bands()
        yield "</g>"
        yield "</svg>"

    def _band_areas(self) -> Iterable[str]:
        for band in self.layout.bands:
            if band.group:
                x, y, width, height = map(number, (band.x, band.y, band.width, band.height))
                place = f'x="{x}" y="{y}" width="{width}" height="{height}"'
                yield f'<rect class="graph-band" {place} rx="8"/>'

    def _bands(self) -> Iterable[str]:
        """The nodes, band by band; the labels stand above the edges, which may pass below them."""
        groups = {group.id: group for group in self.graph.groups}
        notes = self._notes()
        members: dict[str, list[str]] = {band.group: [] for band in self.layout.bands}
        for node, placed in zip(self.graph.nodes, self.layout.nodes, strict=True):
            members[node.group] += self._node(node, placed, notes.get(node.id, ([], [])))
        for index, band in enumerate(self.layout.bands):
            if band.group:
                label = f"{self.prefix}-band-{index}"
                yield f'<g role="group" aria-labelledby="{label}">'
                yield self._label(
                    label, band, groups.get(band.group) or GraphGroup(band.group, band.group)
                )
            else:
                yield "<g>"
            yield from members[band.group]
            yield "</g>"

    def _label(self, label: str, band: Band, group: GraphGroup) -> str:
        left = self.left if self.graph.direction == "right" else band.x + _INSET
        room = band.x + band.width - left - _INSET
        words = xml_text(shorten(" ".join(group.label.split()), _SIZE * 1.06, room))
        place = f'x="{number(left)}" y="{number(band.y + 20)}"'
        text = f'<text class="graph-label" id="{label}" {place}>{words}</text>'
        return f'<a href="{xml_text(group.href)}">{text}</a>' if group.href else text

    def _edges(self) -> Iterable[str]:
        # Readers of the page's text have the list of dependencies; lines would only interrupt.
        yield '<g aria-hidden="true">'
        # The critical path lies on top.
        for edge, placed, kind in sorted(self.edges, key=lambda one: one[0].critical):
            if placed.route != "jump":
                style = f"graph-edge {kind.style}".strip()
                head = f"url(#{self.prefix}-{kind.head})"
                title = xml_text(self._sentence(edge, placed))
                yield (
                    f'<path class="{style}" d="{self._path(placed)}" marker-end="{head}">'
                    f"<title>{title}</title></path>"
                )
        yield "</g>"

    def _sentence(self, edge: GraphEdge, placed: PlacedEdge) -> str:
        words = f"{_name(self.node_of[edge.target])} needs {_name(self.node_of[edge.source])}"
        words += " (soft)" if edge.soft else ""
        words += ", on the critical path" if edge.critical else ""
        words += ", closes a cycle" if placed.reversed else ""
        return f"{words}: {edge.reason}" if edge.reason else words

    def _path(self, placed: PlacedEdge) -> str:
        if placed.route == "loop":
            return loop(placed.points[0])
        if placed.route == "wire":
            return wire(placed.points)
        return curve(placed.points, upright=self.graph.direction == "down")

    def _notes(self) -> dict[str, _Notes]:
        """For each node with edges that are not drawn: the sources and the targets of those."""
        notes: dict[str, _Notes] = {}
        for edge, placed, _ in self.edges:
            if placed.route == "jump":
                notes.setdefault(edge.target, ([], []))[0].append((edge.source, edge.soft))
                notes.setdefault(edge.source, ([], []))[1].append((edge.target, edge.soft))
        return notes

    def _node(self, node: GraphNode, placed: PlacedNode, notes: _Notes) -> Iterable[str]:
        state = STATES.get(node.state)
        share = None if node.progress is None else min(max(node.progress, 0.0), 1.0)
        percent = "" if share is None else f"{int(share * 100)}%"
        word = state.word if state else node.state
        said = (_name(node), word, percent, "critical path" if node.critical else "")
        title = xml_text(", ".join(filter(None, said)))
        style = f"graph-node is-{xml_id(node.state)}" + (" is-critical" if node.critical else "")
        place = f'transform="translate({number(placed.x)},{number(placed.y)})"'
        yield f'<g id="{self._anchor(node.id)}" class="{style}" {place}>'
        yield f'<a href="{xml_text(node.href)}"><title>{title}</title>'
        yield f'<rect class="graph-box" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
        if state:
            mark = f"#{self.prefix}-mark-{node.state}"
            yield f'<use class="graph-mark" href="{mark}" x="{_INSET}" y="11"/>'
        partly = node.state == "in-progress"
        yield from self._head(node.number, word, percent if partly else "")
        inner = _WIDTH - 2 * _INSET
        for index, line in enumerate(wrap(node.title, _SIZE, inner, 2)):
            below = 41 + 17 * index
            yield f'<text class="graph-title" x="{_INSET}" y="{below}">{xml_text(line)}</text>'
        if share is not None:
            bar = f'x="{_INSET}" y="{_HEIGHT - 10}" height="4" rx="2"'
            yield f'<rect class="graph-bar" {bar} width="{inner}"/>'
            if share:
                yield f'<rect class="graph-done" {bar} width="{number(max(4, inner * share))}"/>'
        yield "</a>"
        yield from self._note(notes)
        yield "</g>"

    def _head(self, phase: str, word: str, percent: str) -> Iterable[str]:
        """The first line of a node: mark, number and, on the right, the state.

        Where a long number leaves no room for the state and how much is done, the mark alone says
        the state.
        """
        left, right = _INSET + 18, _WIDTH - _INSET
        phase = shorten(" ".join(phase.split()), _SIZE * 1.06, 60)
        room = right - left - 6 - text_width(phase, _SIZE * 1.06)
        status = " ".join(word.split())
        if percent:
            both = f"{status} · {percent}"
            status = both if text_width(both, _SMALL) <= room else percent
        status = shorten(status, _SMALL, room)
        yield f'<text class="graph-number" x="{left}" y="21">{xml_text(phase)}</text>'
        yield f'<text class="graph-state" x="{right}" y="21">{xml_text(status)}</text>'

    def _note(self, notes: _Notes) -> Iterable[str]:
        """The line below a node that names the ends of the edges that are not drawn."""
        if not any(notes):
            return
        shown = _MOST_NOTES
        while shown > 1 and text_width(self._listing(notes, shown, self._short), _SMALL) > _WIDTH:
            shown -= 1
        place = f'x="{_INSET}" y="{_HEIGHT + 14}"'
        yield f'<text class="graph-note" {place}>{self._listing(notes, shown, self._link)}</text>'

    def _listing(self, notes: _Notes, shown: int, link: Callable[[str, bool], str]) -> str:
        parts = []
        for word, others in zip(("needs", "needed by"), notes, strict=True):
            if others:
                links = ", ".join(link(*other) for other in others[:shown])
                more = f" +{len(others) - shown}" if len(others) > shown else ""
                parts.append(f"{word} {links}{more}")
        return " · ".join(parts)

    def _short(self, node: str, soft: bool) -> str:
        number = shorten(" ".join((self.node_of[node].number or node).split()), _SMALL, 40)
        return f"{number}?" if soft else number

    def _link(self, node: str, soft: bool) -> str:
        title = _name(self.node_of[node]) + (" (soft)" if soft else "")
        return (
            f'<a href="#{self._anchor(node)}"><title>{xml_text(title)}</title>'
            f"<tspan>{xml_text(self._short(node, soft))}</tspan></a>"
        )
