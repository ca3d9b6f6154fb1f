"""Columns for a directed graph: break its cycles, put every node in a layer, cut long rows.

Nodes are numbers 0..n-1 and edges are pairs of them.  Everything here is iterative, so a chain of
any length is safe, and takes time linear in nodes and edges (the cut: times `columns`).
"""

from collections.abc import Sequence

Edge = tuple[int, int]


def back_edges(count: int, edges: Sequence[Edge]) -> set[int]:
    """The indexes of edges to turn round so that no cycle is left (self-loops included).

    A depth-first walk in the order of the nodes; an edge to a node that is still open closes a
    cycle.  So in 1 -> 2 -> 3 -> 1 it is the last edge that is turned, as a reader would expect.
    """
    leaving: list[list[int]] = [[] for _ in range(count)]
    for index, (source, _) in enumerate(edges):
        leaving[source].append(index)
    unseen, is_open, closed = 0, 1, 2
    state = [unseen] * count
    found: set[int] = set()
    for root in range(count):
        if state[root] != unseen:
            continue
        state[root] = is_open
        stack = [(root, iter(leaving[root]))]
        while stack:
            node, rest = stack[-1]
            for index in rest:
                target = edges[index][1]
                if state[target] == is_open:
                    found.add(index)
                elif state[target] == unseen:
                    state[target] = is_open
                    stack.append((target, iter(leaving[target])))
                    break
            else:
                state[node] = closed
                stack.pop()
    return found


def components(members: Sequence[int], edges: Sequence[Edge]) -> list[list[int]]:
    """The connected parts of a graph; parts and their nodes keep the order of `members`."""
    leader = {node: node for node in members}

    def find(node: int) -> int:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for source, target in edges:
        leader[find(source)] = find(target)
    parts: dict[int, list[int]] = {}
    for node in members:
        parts.setdefault(find(node), []).append(node)
    return list(parts.values())


def layers_of(members: Sequence[int], edges: Sequence[Edge]) -> dict[int, int]:
    """The layer of each node of an acyclic graph: the longest path that leads to it.

    A node that nothing leads to would always stand in layer 0, however late it is needed; such
    nodes move right, next to the first node that needs them, so that edges stay short.
    """
    after: dict[int, list[int]] = {node: [] for node in members}
    waiting = dict.fromkeys(members, 0)
    for source, target in edges:
        after[source].append(target)
        waiting[target] += 1
    starts = [node for node in members if not waiting[node]]
    layer = dict.fromkeys(members, 0)
    queue = list(starts)
    for node in queue:
        for target in after[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                queue.append(target)
    for node in starts:
        if after[node]:
            layer[node] = min(layer[target] for target in after[node]) - 1
    return layer


def cut_rows(layer: dict[int, int], edges: Sequence[Edge], columns: int) -> list[int]:
    """Where to cut a graph that has more layers than `columns`, as text is broken into lines.

    Returns the first layer of each row, beginning with 0.  As few rows as possible; among those
    the cuts that the fewest edges cross; then the fullest first rows.
    """
    total = max(layer.values()) + 1
    if total <= columns:
        return [0]
    crossing = [0] * (total + 1)
    for source, target in edges:
        crossing[layer[source] + 1] += 1
        crossing[layer[target] + 1] -= 1
    for at in range(1, total + 1):
        crossing[at] += crossing[at - 1]
    # best[at] = (rows, edges cut, end of the first row) for the layers from `at` on.
    best: list[tuple[int, int, int]] = [(0, 0, 0)] * (total + 1)
    for at in range(total - 1, -1, -1):
        options = []
        for end in range(min(at + columns, total), at, -1):
            rows, cost, _ = best[end]
            cut = crossing[end] if end < total else 0
            options.append((rows + 1, cost + cut, end))
        best[at] = min(options, key=lambda option: option[:2])
    starts = [0]
    while best[starts[-1]][2] < total:
        starts.append(best[starts[-1]][2])
    return starts
