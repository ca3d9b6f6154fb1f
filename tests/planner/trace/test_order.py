"""Order, cycles and chains, against definitions written out plainly."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.trace.order import acyclic, components, cycles, longest_chain, topological


@st.composite
def graphs(draw: st.DrawFn, most: int = 9) -> list[list[int]]:
    """Any graph, with loops and repeated edges."""
    size = draw(st.integers(0, most))
    nodes = st.integers(0, max(size - 1, 0))
    return [draw(st.lists(nodes, max_size=4)) for _ in range(size)]


def reachable(edges: Sequence[Sequence[int]], start: int) -> set[int]:
    """The nodes that `start` depends on, directly or not."""
    found: set[int] = set()
    waiting = list(edges[start])
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += edges[node]
    return found


@given(graphs())
def test_components_are_sets_that_reach_each_other(edges: list[list[int]]) -> None:
    """Two nodes share a number exactly when each reaches the other."""
    component = components(edges)
    reach = [reachable(edges, node) for node in range(len(edges))]
    for one in range(len(edges)):
        for other in range(len(edges)):
            together = one == other or (other in reach[one] and one in reach[other])
            assert (component[one] == component[other]) == together


@given(graphs())
def test_every_cycle_is_real_and_starts_at_its_lowest_node(edges: list[list[int]]) -> None:
    """Each step of a reported cycle is a dependency, and the last leads back to the first."""
    for cycle in cycles(edges):
        assert len(cycle) == len(set(cycle)) > 1
        assert cycle[0] == min(cycle)
        for node, target in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert target in edges[node]


@given(graphs())
def test_a_cycle_is_reported_exactly_where_nodes_reach_themselves(edges: list[list[int]]) -> None:
    """One cycle for each set of nodes that depend on each other, none for an acyclic graph."""
    component = components(edges)
    tangled = {number for number in component if component.count(number) > 1}
    found = [component[cycle[0]] for cycle in cycles(edges)]
    assert sorted(found) == sorted(tangled)


@given(graphs())
def test_a_cycle_is_as_short_as_any_through_its_first_node(edges: list[list[int]]) -> None:
    """Breadth first: no shorter way leads from the first node back to it."""
    for cycle in cycles(edges):
        level = {cycle[0]}
        for length in range(1, len(cycle)):
            level = {target for node in level for target in edges[node] if target != node}
            assert cycle[0] not in level, length


@given(graphs())
def test_order_has_every_node_after_what_it_needs(edges: list[list[int]]) -> None:
    """Topological, with every node once."""
    certain = acyclic(edges)
    order = topological(certain)
    assert sorted(order) == list(range(len(edges)))
    place = {node: index for index, node in enumerate(order)}
    for node, targets in enumerate(certain):
        assert all(place[target] < place[node] for target in targets)


@given(graphs())
def test_order_takes_the_lowest_node_that_is_free(edges: list[list[int]]) -> None:
    """Ties go by number: at each step no lower node was ready."""
    certain = acyclic(edges)
    done: set[int] = set()
    for node in topological(certain):
        free = [
            each
            for each in range(len(edges))
            if each not in done and all(target in done for target in certain[each])
        ]
        assert node == min(free)
        done.add(node)


@given(graphs(), st.randoms())
def test_the_order_of_edges_changes_nothing(edges: list[list[int]], random: Random) -> None:
    """However the dependencies of a node are listed, order and cycles are the same."""
    shuffled = [random.sample(targets, len(targets)) for targets in edges]
    assert topological(acyclic(shuffled)) == topological(acyclic(edges))
    assert cycles(shuffled) == cycles(edges)


@given(graphs())
def test_only_edges_inside_cycles_are_left_out(edges: list[list[int]]) -> None:
    """What is left is acyclic, and nothing else was taken."""
    certain = acyclic(edges)
    assert cycles(certain) == []
    component = components(edges)
    for node, targets in enumerate(edges):
        assert set(certain[node]) == {
            target for target in targets if component[target] != component[node]
        }


def chains(edges: Sequence[Sequence[int]], members: set[int]) -> list[list[int]]:
    """Every chain of dependencies among `members`, first to do first."""
    found: list[list[int]] = [[node] for node in sorted(members)]
    for chain in found:
        found += [[*chain, node] for node in sorted(members) if chain[-1] in edges[node]]
    return found


@settings(max_examples=60)
@given(graphs(most=7), st.sets(st.integers(0, 6)))
def test_the_longest_chain_is_a_chain_and_the_longest(
    edges: list[list[int]], wanted: set[int]
) -> None:
    """Against all chains, written out."""
    certain = acyclic(edges)
    members = {node for node in wanted if node < len(edges)}
    order = [node for node in topological(certain) if node in members]
    chain = longest_chain(certain, order)
    everything = chains(certain, members)
    assert (chain in everything) or (not members and not chain)
    assert len(chain) == max(map(len, everything), default=0)


def test_a_chain_of_many_phases_does_not_exhaust_the_stack() -> None:
    """Nothing recurses: 20,000 nodes in a row, and in a ring."""
    size = 20_000
    row = [[node - 1] if node else [] for node in range(size)]
    assert topological(acyclic(row)) == list(range(size))
    assert longest_chain(row, range(size)) == list(range(size))
    ring = [[(node + 1) % size] for node in range(size)]
    assert cycles(ring) == [list(range(size))]
