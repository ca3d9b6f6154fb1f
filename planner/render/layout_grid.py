"""The grid of a layered drawing: which row and column each node takes, which way edges go.

Nodes are numbers.  Nodes of one band are laid out together and stand together; inside a band each
connected part is one block, or several where it has more layers than the drawing has columns;
nodes without an edge inside their band fill the rows at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from planner.render.layout_layers import Edge, back_edges, components, cut_rows, layers_of
from planner.render.layout_wires import Cell, Errand, Wiring, wire


@dataclass(slots=True)
class Block:
    """Nodes that are laid out as one strip, in columns `left` and following of their row.

    `columns[i]` is the column of `members[i]` inside the block, `edges` the indexes of the edges
    between its members.
    """

    members: list[int]
    columns: list[int]
    edges: list[int] = field(default_factory=list)
    left: int = 0


@dataclass(slots=True)
class Row:
    """Blocks beside each other; `used` columns are taken."""

    band: int
    blocks: list[Block]
    used: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows from the top, each node's (row, column), and the edges.

    `flow` are the edges as they run from left to right: those whose index is in `turned` close a
    cycle and are turned round.  `wiring` holds the ways between rows; `jumps` are the indexes of
    edges that found none.
    """

    rows: list[Row]
    cells: list[Cell]
    flow: list[Edge]
    turned: set[int]
    wiring: Wiring
    jumps: set[int]


def make_grid(
    band_of: Sequence[int],
    edges: Sequence[Edge],
    manner: Sequence[tuple[bool, str]],
    columns: int,
) -> Grid:
    """Arrange nodes 0..n-1, `band_of[node]` being the number of the node's band.

    `manner[edge]` says whether the edge is important, and its style (see `layout_wires`).
    """
    turned = back_edges(len(band_of), edges)
    flow = [
        (target, source) if index in turned else (source, target)
        for index, (source, target) in enumerate(edges)
    ]
    rows = _rows(band_of, flow, columns)
    cells: list[Cell] = [(0, 0)] * len(band_of)
    for number, row in enumerate(rows):
        for block in row.blocks:
            for node, column in zip(block.members, block.columns, strict=True):
                cells[node] = (number, block.left + column)
    errands = [
        Errand(index, source, target, *manner[index])
        for index, (source, target) in enumerate(edges)
        if cells[source][0] != cells[target][0]
    ]
    wiring = wire(errands, cells)
    jumps = {errand.index for errand in errands} - wiring.wires.keys()
    return Grid(rows, cells, flow, turned, wiring, jumps)


def _rows(band_of: Sequence[int], flow: Sequence[Edge], columns: int) -> list[Row]:
    bands = max(band_of, default=-1) + 1
    members: list[list[int]] = [[] for _ in range(bands)]
    for node, band in enumerate(band_of):
        members[band].append(node)
    inner: list[list[int]] = [[] for _ in range(bands)]
    for index, (source, target) in enumerate(flow):
        if source != target and band_of[source] == band_of[target]:
            inner[band_of[source]].append(index)
    rows: list[Row] = []
    for band in range(bands):
        single: list[int] = []
        for part, own in _parts(members[band], inner[band], flow):
            if own:
                for block in _blocks(part, own, flow, columns):
                    _shelve(rows, band, block, columns)
            else:
                single += part
        for at in range(0, len(single), columns):
            some = single[at : at + columns]
            rows.append(Row(band, [Block(some, list(range(len(some))))], columns))
    return rows


def _parts(
    members: list[int], inner: list[int], flow: Sequence[Edge]
) -> list[tuple[list[int], list[int]]]:
    """The connected parts of a band: nodes, and indexes of the edges between them."""
    parts = components(members, [flow[index] for index in inner])
    part_of = {node: at for at, part in enumerate(parts) for node in part}
    edges_of: list[list[int]] = [[] for _ in parts]
    for index in inner:
        edges_of[part_of[flow[index][0]]].append(index)
    return list(zip(parts, edges_of, strict=True))


def _blocks(part: list[int], own: list[int], flow: Sequence[Edge], columns: int) -> list[Block]:
    """The strips of one connected part, cut so that none is wider than a row."""
    pairs = [flow[index] for index in own]
    layer = layers_of(part, pairs)
    starts = cut_rows(layer, pairs, columns)
    strip_of: list[int] = []
    for layer_number in range(max(layer.values()) + 1):
        opens = len(strip_of) > 0 and layer_number in starts
        strip_of.append((strip_of[-1] if strip_of else 0) + opens)
    blocks = [Block([], []) for _ in starts]
    for node in part:
        strip = strip_of[layer[node]]
        blocks[strip].members.append(node)
        blocks[strip].columns.append(layer[node] - starts[strip])
    for index in own:
        source, target = flow[index]
        strip = strip_of[layer[source]]
        if strip == strip_of[layer[target]]:
            blocks[strip].edges.append(index)
    return blocks


def _shelve(rows: list[Row], band: int, block: Block, columns: int) -> None:
    """Put a block beside the last one if the row has room, else into a new row."""
    width = max(block.columns) + 1
    if not rows or rows[-1].band != band or rows[-1].used + width > columns:
        rows.append(Row(band, []))
    row = rows[-1]
    block.left = row.used
    row.used += width
    row.blocks.append(block)
