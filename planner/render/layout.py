"""A layered drawing of a dependency graph: where each node stands and how each edge runs.

Edges lead to the right (or down).  A graph with more layers than `columns` is cut into rows, as
text is broken into lines, so the drawing never grows wider than a page; nodes of one `group`
share a band, bands are stacked.  Inside a row edges are smooth curves through the gaps between
columns; between rows they are right-angled wires along the free lanes; and where the lanes are
full an edge is a *jump*: no line, both its ends are to be named beside the nodes.

Pure and deterministic: equal input gives equal output.  Near linear in nodes and edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from planner.render.layout_grid import Grid, make_grid
from planner.render.layout_place import Extent, Places, Point, Points, Spacing, place

Direction = Literal["right", "down"]
Route = Literal["curve", "wire", "jump", "loop"]


@dataclass(frozen=True, slots=True)
class NodeBox:
    """A node to place.  `note_height` is added below it if one of its edges is a jump."""

    id: str
    width: float
    height: float
    group: str = ""
    note_height: float = 0.0


@dataclass(frozen=True, slots=True)
class EdgeEnds:
    """An edge to route.

    Important edges are given a way before all others; edges of different `style` are never drawn
    on top of each other.
    """

    source: str
    target: str
    important: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node: its upper left corner and size, without the note below it."""

    id: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge and its way from `source` to `target`.

    `curve`: pairs of points, each pair the two ends of a bend across one gap; from pair to pair
    it runs straight.  `wire`: the corners of a right-angled line.  `loop`: the node's upper right
    corner.  `jump`: no points.  `reversed` edges close a cycle and run against the layers.
    """

    source: str
    target: str
    route: Route
    points: Points
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The area of one group."""

    group: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The drawing: nodes and edges in the order given, bands from the top."""

    width: float
    height: float
    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]
    bands: tuple[Band, ...]


def lay_out(
    nodes: Sequence[NodeBox],
    edges: Sequence[EdgeEnds],
    *,
    direction: Direction = "right",
    columns: int = 6,
    spacing: Spacing | None = None,
) -> Layout:
    """Place `nodes` and route `edges`, with at most `columns` layers side by side.

    Groups stand in the order in which they first appear among the nodes.  Raises ValueError if
    two nodes have one id, an edge names no node, or `columns` is below 1.
    """
    if columns < 1:
        raise ValueError(f"columns is {columns}; at least 1 is needed")
    number = {node.id: index for index, node in enumerate(nodes)}
    if len(number) < len(nodes):
        raise ValueError("two nodes have the same id")
    try:
        ends = [(number[edge.source], number[edge.target]) for edge in edges]
    except KeyError as error:
        raise ValueError(f"an edge names {error.args[0]!r}, which is no node") from error
    space = spacing or Spacing()
    bands = {group: at for at, group in enumerate(dict.fromkeys(node.group for node in nodes))}
    grid = make_grid(
        [bands[node.group] for node in nodes],
        ends,
        [(edge.important, edge.style) for edge in edges],
        columns,
    )
    right = direction == "right"
    # A label stands above its band: for "down", where all is turned, that is left of the nodes.
    headed = [bool(group) and right for group in bands]
    indent = space.header - space.padding if any(bands) and not right else 0.0
    places = place(grid, _extents(nodes, ends, grid, right), headed, space, indent)
    return _result(nodes, edges, list(bands), grid, places, space, right)


def _extents(
    nodes: Sequence[NodeBox], ends: Sequence[tuple[int, int]], grid: Grid, right: bool
) -> list[Extent]:
    noted = {node for edge in grid.jumps for node in ends[edge]}
    extents = []
    for index, node in enumerate(nodes):
        note = node.note_height if index in noted else 0.0
        if right:
            extents.append(Extent(node.width, node.height / 2, node.height / 2 + note))
        else:
            extents.append(Extent(node.height + note, node.width / 2, node.width / 2))
    return extents


def _result(
    nodes: Sequence[NodeBox],
    edges: Sequence[EdgeEnds],
    groups: Sequence[str],
    grid: Grid,
    places: Places,
    space: Spacing,
    right: bool,
) -> Layout:
    def turn(x: float, y: float) -> Point:
        x, y = round(x, 1), round(y, 1)
        return (x, y) if right else (y, x)

    corners = [turn(*corner) for corner in places.corners]
    placed_nodes = tuple(
        PlacedNode(node.id, *corner, node.width, node.height)
        for node, corner in zip(nodes, corners, strict=True)
    )
    placed_edges = []
    for index, edge in enumerate(edges):
        route: Route = "jump"
        points: Points = ()
        if edge.source == edge.target:
            box = placed_nodes[grid.flow[index][0]]
            route, points = "loop", ((box.x + box.width, box.y),)
        elif index in places.curves:
            route, points = "curve", tuple([turn(*point) for point in places.curves[index]])
        elif index in places.wires:
            route, points = "wire", tuple([turn(*point) for point in places.wires[index]])
        back = index in grid.turned
        placed_edges.append(PlacedEdge(edge.source, edge.target, route, points, back))
    bands = []
    for group, (top, bottom) in zip(groups, places.bands, strict=True):
        corner = turn(space.margin, top)
        size = turn(places.width - 2 * space.margin, bottom - top)
        bands.append(Band(group, *corner, *size))
    whole = turn(places.width, places.height)
    return Layout(*whole, placed_nodes, tuple(placed_edges), tuple(bands))
