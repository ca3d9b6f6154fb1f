"""The coordinates of a layered drawing whose grid is known.

Works in the direction "right"; for "down" the caller turns sizes and result at the diagonal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from planner.render.layout_grid import Block, Grid
from planner.render.layout_order import Strip, heights, make_strip, order

Point = tuple[float, float]
Points = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Spacing:
    """Free room, in the unit of the boxes.

    `gap` between nodes above each other, `lane` between a node and a passing edge, `gutter`
    between columns, `channel` between rows, `track` between parallel wires, `margin` round all,
    `padding` inside a band and `header` for the label of a band.
    """

    gap: float = 18.0
    lane: float = 9.0
    gutter: float = 56.0
    channel: float = 26.0
    track: float = 8.0
    margin: float = 2.0
    padding: float = 14.0
    header: float = 30.0


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of a node: `width` along the layers, `above` and `below` the point of its edges."""

    width: float
    above: float
    below: float


@dataclass(slots=True)
class Places:
    """Upper left corner of each node, points of each curve and wire by index of the edge."""

    corners: list[Point]
    curves: dict[int, Points] = field(default_factory=dict)
    wires: dict[int, Points] = field(default_factory=dict)
    bands: list[tuple[float, float]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class _Axes:
    """Left side of each column (and the end of the last), width of each, first tracks."""

    lefts: list[float]
    widths: list[float]
    gutters: list[float]


def place(
    grid: Grid, extents: Sequence[Extent], headed: Sequence[bool], space: Spacing, indent: float
) -> Places:
    """Place every node and edge of `grid`.

    `headed[band]` says whether room for a label is left above the band; `indent` is room left of
    all nodes.  `Places.bands` holds top and bottom of each band.
    """
    places = Places([(0.0, 0.0)] * len(extents))
    axes = _axes(grid, extents, space, indent)
    channels = _stack(grid, extents, headed, space, axes, places)
    track = space.track
    for index, way in grid.wiring.wires.items():
        source, target = grid.flow[index]
        if index in grid.turned:
            source, target = target, source
        x, y = places.corners[source]
        start = (x + extents[source].width, y + extents[source].above)
        x, y = places.corners[target]
        end = (x, y + extents[target].above)
        x_out = axes.gutters[way.gutter_out] + way.track_out * track
        x_in = axes.gutters[way.gutter_in] + way.track_in * track
        if way.channel < 0:
            places.wires[index] = (start, (x_in, start[1]), (x_in, end[1]), end)
        else:
            y = channels[way.channel] + way.track * track
            corners = ((x_out, start[1]), (x_out, y), (x_in, y), (x_in, end[1]))
            places.wires[index] = (start, *corners, end)
    places.width = axes.lefts[-1] + space.padding + space.margin
    return places


def _axes(grid: Grid, extents: Sequence[Extent], space: Spacing, indent: float) -> _Axes:
    """Columns from left to right; the outermost gutters are as wide as their wires need."""
    tracks = grid.wiring.gutters
    total = max((column for _, column in grid.cells), default=-1) + 1
    widths = [0.0] * total
    for (_, column), extent in zip(grid.cells, extents, strict=True):
        widths[column] = max(widths[column], extent.width)
    x = space.margin + space.padding + indent
    gutters = [x]
    if tracks.get(0):
        x += space.track * (tracks[0] - 1) + 2 * space.lane
    lefts = []
    for column, width in enumerate(widths):
        lefts.append(x)
        x += width
        wired = tracks.get(column + 1, 0)
        room = space.track * (wired - 1)
        if column + 1 < total:
            gutters.append(x + (space.gutter - room) / 2)
            x += space.gutter
        else:
            gutters.append(x + 2 * space.lane)
            x += room + 2 * space.lane if wired else 0.0
    return _Axes([*lefts, x], widths, gutters)


def _stack(
    grid: Grid,
    extents: Sequence[Extent],
    headed: Sequence[bool],
    space: Spacing,
    axes: _Axes,
    places: Places,
) -> list[float]:
    """Set the rows below each other; returns where the first track of each channel lies."""
    channels: list[float] = []
    y, band, band_top = space.margin, -1, 0.0
    for number, row in enumerate(grid.rows):
        opens = row.band != band
        if opens and band >= 0:
            y += space.padding
            places.bands.append((band_top, y))
        lanes = grid.wiring.channels.get(number, 0)
        room = max(lanes - 1, 0) * space.track
        free = max(space.channel if number else 0.0, room + 2 * space.lane if lanes else 0.0)
        channels.append(y + (free - room) / 2)
        y += free
        if opens:
            band, band_top = row.band, y
            y += space.header if headed[band] else space.padding
        y += max(_place_block(block, y, grid, extents, space, axes, places) for block in row.blocks)
    if grid.rows:
        y += space.padding
        places.bands.append((band_top, y))
    places.height = y + space.margin
    return channels


def _place_block(
    block: Block,
    top: float,
    grid: Grid,
    extents: Sequence[Extent],
    space: Spacing,
    axes: _Axes,
    places: Places,
) -> float:
    """Place the nodes of a block from `top` down and bend its edges; returns its height."""
    local = {node: at for at, node in enumerate(block.members)}
    pairs = [(local[grid.flow[edge][0]], local[grid.flow[edge][1]]) for edge in block.edges]
    strip = make_strip(block.columns, pairs)
    order(strip)
    own = [extents[node] for node in block.members]
    level = heights(
        strip,
        [extent.above for extent in own],
        [extent.below for extent in own],
        space.gap,
        space.lane,
    )
    level = [top + at for at in level]
    for node, column, at in zip(block.members, block.columns, level, strict=False):
        places.corners[node] = (axes.lefts[block.left + column], at - extents[node].above)
    for edge, chain in zip(block.edges, strip.chains, strict=True):
        points = _curve(chain, block, strip, level, own, axes)
        places.curves[edge] = points[::-1] if edge in grid.turned else points
    bottoms = [at + extent.below for at, extent in zip(level, own, strict=False)]
    return max(max(bottoms), max(level)) - top


def _curve(
    chain: list[int],
    block: Block,
    strip: Strip,
    level: list[float],
    own: list[Extent],
    axes: _Axes,
) -> Points:
    """From the right side of each vertex to the left side of the next one."""
    first = block.left + block.columns[chain[0]]
    points = []
    for column, (here, there) in enumerate(pairwise(chain), start=first):
        width = own[here].width if here < strip.real else axes.widths[column]
        points.append((axes.lefts[column] + width, level[here]))
        points.append((axes.lefts[column + 1], level[there]))
    return tuple(points)
