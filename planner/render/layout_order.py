"""Order and height of the nodes in one row of columns, so that few edges cross and most run flat.

A `Strip` is a row of columns.  An edge that passes a column is carried through it by a virtual
node, so every link joins neighbouring columns.  Vertices are numbers: first the real ones, then
the virtual ones.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8
_EXCHANGES = 2
_SETTLING = 8
_NEARLY = 12.0
# How hard a link pulls its ends level; a bend in the middle of a long edge is the worst to look at.
_PULL = {(False, False): 1.0, (False, True): 2.0, (True, False): 2.0, (True, True): 8.0}


@dataclass(slots=True)
class Strip:
    """Columns of vertices, and the links between neighbouring columns.

    `before[v]` and `after[v]` are the vertices that `v` is linked to in the column to the left
    and to the right; vertices from `real` on are virtual; `chains` gives, for each edge, its
    vertices from left to right.
    """

    columns: list[list[int]]
    before: list[list[int]]
    after: list[list[int]]
    real: int
    chains: list[list[int]]


def make_strip(column_of: Sequence[int], edges: Sequence[tuple[int, int]]) -> Strip:
    """A strip of real vertices 0..n-1 in the columns given; edges lead from left to right."""
    real = len(column_of)
    columns: list[list[int]] = [[] for _ in range(max(column_of) + 1)]
    for vertex, column in enumerate(column_of):
        columns[column].append(vertex)
    before: list[list[int]] = [[] for _ in range(real)]
    after: list[list[int]] = [[] for _ in range(real)]
    chains = []
    for source, target in edges:
        chain = [source]
        for column in range(column_of[source] + 1, column_of[target]):
            virtual = len(before)
            columns[column].append(virtual)
            before.append([])
            after.append([])
            chain.append(virtual)
        chain.append(target)
        for left, right in pairwise(chain):
            after[left].append(right)
            before[right].append(left)
        chains.append(chain)
    return Strip(columns, before, after, real, chains)


def order(strip: Strip) -> None:
    """Sort each column so that few links cross: sweeps by barycentre, then swaps of neighbours."""
    place = _places(strip)
    best, fewest = [list(column) for column in strip.columns], _crossings(strip, place)
    stale = 0
    for sweep in range(_SWEEPS):
        if not fewest or stale == 3:
            break
        forward = sweep % 2 == 0
        linked = strip.before if forward else strip.after
        for column in strip.columns[1:] if forward else strip.columns[-2::-1]:
            _sort_by_barycentre(column, linked, place)
        _exchange(strip, place)
        crossings = _crossings(strip, place)
        stale += 1
        if crossings < fewest:
            best, fewest, stale = [list(column) for column in strip.columns], crossings, 0
    strip.columns = best


def _places(strip: Strip) -> list[int]:
    place = [0] * len(strip.before)
    for column in strip.columns:
        for at, vertex in enumerate(column):
            place[vertex] = at
    return place


def _sort_by_barycentre(column: list[int], linked: list[list[int]], place: list[int]) -> None:
    """Sort by the mean place of the neighbours; a vertex without any keeps its own place."""
    centre = {}
    for vertex in column:
        neighbours = linked[vertex]
        if neighbours:
            centre[vertex] = sum([place[other] for other in neighbours]) / len(neighbours)
        else:
            centre[vertex] = float(place[vertex])
    column.sort(key=centre.__getitem__)
    for at, vertex in enumerate(column):
        place[vertex] = at


def _crossings(strip: Strip, place: list[int]) -> int:
    """How many pairs of links cross: inversions, counted by insertion into a sorted list."""
    count = 0
    for column in strip.columns[:-1]:
        ends: list[int] = []
        for vertex in column:
            targets = sorted([place[other] for other in strip.after[vertex]])
            for target in targets:
                count += len(ends) - bisect_right(ends, target)
            for target in targets:
                insort(ends, target)
    return count


def _exchange(strip: Strip, place: list[int]) -> None:
    """Swap neighbours in a column as long as that removes crossings, a few rounds at most."""
    for _ in range(_EXCHANGES):
        changed = False
        for column in strip.columns:
            around = [
                (
                    sorted([place[other] for other in strip.before[vertex]]),
                    sorted([place[other] for other in strip.after[vertex]]),
                )
                for vertex in column
            ]
            for at in range(len(column) - 1):
                (left, right), (next_left, next_right) = around[at], around[at + 1]
                gain = _saved(left, next_left) + _saved(right, next_right)
                if gain > 0:
                    column[at], column[at + 1] = column[at + 1], column[at]
                    around[at], around[at + 1] = around[at + 1], around[at]
                    changed = True
            for at, vertex in enumerate(column):
                place[vertex] = at
        if not changed:
            return


def _saved(upper: list[int], lower: list[int]) -> int:
    """Crossings saved by swapping two vertices with neighbours at these sorted places."""
    if not upper or not lower or upper[-1] <= lower[0]:
        # Nothing crosses now; swapped, everything would.  The exact loss does not matter.
        return -1 if upper and lower and upper[0] < lower[-1] else 0
    saved = 0
    for place in upper:
        below = bisect_right(lower, place)
        equal = below - bisect_right(lower, place - 1)
        saved += (below - equal) - (len(lower) - below)
    return saved


def heights(
    strip: Strip, above: Sequence[float], below: Sequence[float], gap: float, lane: float
) -> list[float]:
    """The level of each vertex, columns compact and links as flat as possible.

    `above[v]` and `below[v]` say how far a real vertex reaches from its level; virtual ones have
    no size and keep `lane` units to their neighbours, real ones `gap` units to each other.  The
    topmost edge of any vertex is at 0.
    """
    real = strip.real
    nothing = [0.0] * (len(strip.before) - real)
    up, down = [*above, *nothing], [*below, *nothing]
    level = [0.0] * len(strip.before)
    offsets = []
    for column in strip.columns:
        offset = [0.0]
        for upper, lower in pairwise(column):
            room = gap if upper < real and lower < real else lane
            offset.append(offset[-1] + down[upper] + room + up[lower])
        for vertex, at in zip(column, offset, strict=True):
            level[vertex] = at - offset[-1] / 2
        offsets.append(offset)
    pulls = _pulls(strip)
    numbered = list(zip(strip.columns, offsets, strict=True))
    for round_ in range(_SETTLING):
        for column, offset in numbered if round_ % 2 == 0 else reversed(numbered):
            _settle(column, offset, pulls, level)
    for column, offset in numbered[1:]:
        _straighten(column, offset, strip.before, level)
    top = min(level[column[0]] - up[column[0]] for column in strip.columns)
    return [round(at - top, 1) for at in level]


def _pulls(strip: Strip) -> list[list[tuple[int, float]]]:
    """For each vertex, its neighbours on both sides and how hard each pulls."""
    real = strip.real
    return [
        [
            (other, _PULL[vertex >= real, other >= real])
            for other in (*strip.before[vertex], *strip.after[vertex])
        ]
        for vertex in range(len(strip.before))
    ]


def _settle(
    column: list[int],
    offset: list[float],
    pulls: list[list[tuple[int, float]]],
    level: list[float],
) -> None:
    """Move a column's vertices as near to their neighbours' mean as order and room allow.

    Taking the least room off each vertex turns "stay apart" into "never decrease", so the best
    heights are an isotonic regression: neighbours that would overlap are pooled at their mean.
    """
    pools: list[tuple[float, float, int]] = []  # weighted sum, weight, vertices
    for vertex, room in zip(column, offset, strict=True):
        weight = total = 0.0
        for other, pull in pulls[vertex]:
            weight += pull
            total += pull * level[other]
        if not weight:
            weight, total = 0.01, 0.01 * level[vertex]
        pooled, mass, many = total - weight * room, weight, 1
        while pools and pools[-1][0] * mass >= pooled * pools[-1][1]:
            earlier, earlier_mass, earlier_many = pools.pop()
            pooled, mass, many = pooled + earlier, mass + earlier_mass, many + earlier_many
        pools.append((pooled, mass, many))
    at = 0
    for pooled, mass, many in pools:
        for index in range(at, at + many):
            level[column[index]] = pooled / mass + offset[index]
        at += many


def _straighten(
    column: list[int], offset: list[float], before: list[list[int]], level: list[float]
) -> None:
    """Bring vertices that stand nearly level with a neighbour to the left quite level with it."""
    for at, vertex in enumerate(column):
        nearest = min(
            (level[other] for other in before[vertex]),
            key=lambda other: abs(other - level[vertex]),
            default=level[vertex],
        )
        if abs(nearest - level[vertex]) > _NEARLY:
            continue
        lowest, highest = nearest, nearest
        if at:
            lowest = level[column[at - 1]] + offset[at] - offset[at - 1]
        if at + 1 < len(column):
            highest = level[column[at + 1]] - offset[at + 1] + offset[at]
        if lowest <= nearest <= highest:
            level[vertex] = nearest
