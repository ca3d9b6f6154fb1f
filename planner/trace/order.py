"""Order in a graph of dependencies: topological order, cycles, longest chain.

A graph is a mapping from node to the nodes it depends on.  Nodes are numbered 0 to n-1 in the order
in which they should come where dependencies leave it open, so every result is the same however the
input was listed.  All functions take time linear in nodes and edges (but for a heap's logarithm)
and do not recurse, so a chain of any length is safe.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

Edges = Sequence[Sequence[int]]
"""For each node the nodes that it depends on."""


def components(edges: Edges) -> list[int]:
    """For each node the number of its strongly connected component (Tarjan's algorithm).

    Two nodes have the same number exactly when each depends on the other, directly or not.
    """
    size = len(edges)
    component = [-1] * size
    index = [-1] * size
    low = [0] * size
    stack: list[int] = []
    found = 0
    visited = 0
    for root in range(size):
        if index[root] >= 0:
            continue
        index[root] = low[root] = visited
        visited += 1
        stack.append(root)
        work = [(root, iter(edges[root]))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if index[target] < 0:
                    index[target] = low[target] = visited
                    visited += 1
                    stack.append(target)
                    work.append((target, iter(edges[target])))
                    break
                if component[target] < 0:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    _close(node, stack, component, found)
                    found += 1
    return component


def _close(root: int, stack: list[int], component: list[int], number: int) -> None:
    while True:
        member = stack.pop()
        component[member] = number
        if member == root:
            return


def cycles(edges: Edges) -> list[list[int]]:
    """One shortest cycle for each set of nodes that depend on each other.

    Each cycle starts at its lowest node and follows "depends on"; the first node is not repeated at
    the end.  A node that depends on itself alone is not reported.
    """
    members: dict[int, list[int]] = {}
    component = components(edges)
    for node, number in enumerate(component):
        members.setdefault(number, []).append(node)
    return [_cycle_through(nodes[0], edges, component) for nodes in _sorted_groups(members)]


def _sorted_groups(members: dict[int, list[int]]) -> list[list[int]]:
    return sorted(nodes for nodes in members.values() if len(nodes) > 1)


def _cycle_through(start: int, edges: Edges, component: Sequence[int]) -> list[int]:
    """The shortest way from `start` back to itself inside its component (breadth first)."""
    came_from = {start: start}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for target in sorted(edges[node]):
            if component[target] != component[start] or target == node:
                continue
            if target == start:
                return _way(node, came_from, start)
            if target not in came_from:
                came_from[target] = node
                queue.append(target)
    raise AssertionError("a component of two or more nodes always has a cycle through each")


def _way(node: int, came_from: dict[int, int], start: int) -> list[int]:
    way = [node]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    way.reverse()
    return way


def acyclic(edges: Edges) -> list[list[int]]:
    """The edges without those inside a cycle, and each only once."""
    component = components(edges)
    return [
        sorted({target for target in targets if component[target] != component[node]})
        for node, targets in enumerate(edges)
    ]


def topological(edges: Edges) -> list[int]:
    """Every node after all that it depends on; ties by number.  `edges` must be acyclic."""
    waiting = [len(targets) for targets in edges]
    dependents: list[list[int]] = [[] for _ in edges]
    for node, targets in enumerate(edges):
        for target in targets:
            dependents[target].append(node)
    ready = [node for node, count in enumerate(waiting) if count == 0]
    heapify(ready)
    order = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for dependent in dependents[node]:
            waiting[dependent] -= 1
            if waiting[dependent] == 0:
                heappush(ready, dependent)
    return order


def longest_chain(edges: Edges, members: Iterable[int]) -> list[int]:
    """The longest chain of dependencies among `members`, what comes first being first.

    `members` come in topological order, as `topological` gives it.  Of chains of one length the
    one that ends lower wins, and so on backwards.
    """
    length: dict[int, int] = {}
    before: dict[int, int] = {}
    for node in members:
        inside = [target for target in edges[node] if target in length]
        nearest = min(inside, key=lambda target: (-length[target], target), default=-1)
        before[node] = nearest
        length[node] = length.get(nearest, 0) + 1
    node = min(length, key=lambda member: (-length[member], member), default=-1)
    chain = []
    while node >= 0:
        chain.append(node)
        node = before[node]
    chain.reverse()
    return chain
