"""The layered layout: what must hold for any graph, and what a reader expects of simple ones."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.render.layout import EdgeEnds, Layout, NodeBox, PlacedNode, lay_out

WIDTH, HEIGHT, NOTE = 100.0, 40.0, 14.0


def boxes(count: int, groups: int = 1) -> list[NodeBox]:
    per = max(1, -(-count // groups))
    return [
        NodeBox(f"n{i}", WIDTH, HEIGHT, f"g{i // per}" if groups > 1 else "", NOTE)
        for i in range(count)
    ]


def edges_of(pairs: list[tuple[int, int]]) -> list[EdgeEnds]:
    return [EdgeEnds(f"n{a}", f"n{b}") for a, b in pairs]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[NodeBox], list[EdgeEnds], int]:
    count = draw(st.integers(1, 24))
    ends = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=40))
    kinds = draw(st.lists(st.sampled_from(["hard", "soft"]), min_size=40, max_size=40))
    edges = [
        EdgeEnds(f"n{a}", f"n{b}", important=i % 7 == 0, style=kinds[i])
        for i, (a, b) in enumerate(pairs)
    ]
    return boxes(count, draw(st.integers(1, 4))), edges, draw(st.integers(1, 6))


def by_id(layout: Layout) -> dict[str, PlacedNode]:
    return {node.id: node for node in layout.nodes}


def overlap(a: PlacedNode, b: PlacedNode) -> bool:
    return (
        a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
    )


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_nodes_stand_apart_inside_the_drawing_and_their_band(graph) -> None:
    """No two nodes overlap, and each lies within its group's band, which lies in the drawing."""
    nodes, edges, columns = graph
    layout = lay_out(nodes, edges, columns=columns)
    assert [node.id for node in layout.nodes] == [node.id for node in nodes]
    for i, a in enumerate(layout.nodes):
        assert not any(overlap(a, b) for b in layout.nodes[:i])
    band_of = {band.group: band for band in layout.bands}
    for box, node in zip(nodes, layout.nodes, strict=True):
        band = band_of[box.group]
        assert band.x <= node.x
        assert node.x + node.width <= band.x + band.width
        assert band.y <= node.y
        assert node.y + node.height <= band.y + band.height
        assert band.y + band.height <= layout.height
        assert band.x + band.width <= layout.width
    for upper, lower in pairwise(layout.bands):
        assert upper.y + upper.height < lower.y


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_every_edge_is_drawn_between_its_nodes_or_is_a_jump(graph) -> None:
    """Lines leave the right side of the source and reach the left side of the target."""
    nodes, edges, columns = graph
    layout = lay_out(nodes, edges, columns=columns)
    place = by_id(layout)
    for edge, placed in zip(edges, layout.edges, strict=True):
        assert (placed.source, placed.target) == (edge.source, edge.target)
        source, target = place[edge.source], place[edge.target]
        if placed.route == "jump":
            assert placed.points == ()
        elif placed.route == "loop":
            assert edge.source == edge.target
        else:
            backwards = placed.route == "curve" and placed.reversed
            start, end = placed.points[0], placed.points[-1]
            assert start[0] == (source.x if backwards else source.x + source.width)
            assert end[0] == (target.x + target.width if backwards else target.x)
            assert start[1] == pytest.approx(source.y + source.height / 2, abs=0.2)
            assert end[1] == pytest.approx(target.y + target.height / 2, abs=0.2)
            assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in placed.points)


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_no_line_runs_through_a_node(graph) -> None:
    """Wires and the straight parts of curves keep clear of every node."""
    nodes, edges, columns = graph
    layout = lay_out(nodes, edges, columns=columns)
    for placed in layout.edges:
        if placed.route == "wire":
            straight = list(pairwise(placed.points))
        elif placed.route == "curve":
            straight = list(zip(placed.points[1::2], placed.points[2::2], strict=False))
        else:
            continue
        for (x1, y1), (x2, y2) in straight:
            left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
            for node in layout.nodes:
                clear = (
                    right <= node.x + 0.1
                    or left >= node.x + node.width - 0.1
                    or bottom <= node.y + 0.1
                    or top >= node.y + node.height - 0.1
                )
                assert clear, (placed, node)


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_wires_lie_on_each_other_only_if_they_share_an_end_and_a_style(graph) -> None:
    """Two wires of different edges never run along the same stretch of a lane."""
    nodes, edges, columns = graph
    layout = lay_out(nodes, edges, columns=columns)
    place = by_id(layout)
    stretches = []
    for edge, placed in zip(edges, layout.edges, strict=True):
        if placed.route != "wire":
            continue
        # The first and last piece lie beside the node, where all of its edges meet.
        for (x1, y1), (x2, y2) in pairwise(placed.points[1:-1]):
            if x1 == x2:
                stretches.append((("x", x1), min(y1, y2), max(y1, y2), edge))
            else:
                stretches.append((("y", y1), min(x1, x2), max(x1, x2), edge))
    for i, (line, start, end, edge) in enumerate(stretches):
        for line2, start2, end2, other in stretches[:i]:
            if line == line2 and start < end2 and start2 < end:
                assert edge.source == other.source or edge.target == other.target
                assert edge.style == other.style
    assert place


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_the_layout_depends_on_nothing_but_its_input(graph) -> None:
    """Two runs give equal results."""
    nodes, edges, columns = graph
    assert lay_out(nodes, edges, columns=columns) == lay_out(nodes, edges, columns=columns)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_down_is_right_mirrored_at_the_diagonal(graph) -> None:
    """Without labels and notes, square boxes land at swapped coordinates."""
    nodes, edges, columns = graph
    square = [NodeBox(node.id, 50, 50) for node in nodes]
    right = lay_out(square, edges, columns=columns)
    down = lay_out(square, edges, columns=columns, direction="down")
    assert (right.width, right.height) == (down.height, down.width)
    assert [(n.x, n.y) for n in right.nodes] == [(n.y, n.x) for n in down.nodes]
    turned = [tuple((y, x) for x, y in edge.points) for edge in down.edges if edge.route != "loop"]
    assert [edge.points for edge in right.edges if edge.route != "loop"] == turned


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_edges_against_the_order_are_flagged_and_no_other(data: st.DataObject) -> None:
    """Without a cycle nothing is reversed; removing the reversed edges leaves no cycle."""
    nodes, edges, columns = data.draw(graphs())
    layout = lay_out(nodes, edges, columns=columns)
    left = [(e.source, e.target) for e in layout.edges if not e.reversed]
    waiting = {node.id: 0 for node in nodes}
    for _, target in left:
        waiting[target] += 1
    ready = [node for node, count in waiting.items() if not count]
    for node in ready:
        for source, target in left:
            if source == node:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
    assert len(ready) == len(nodes)
    forward = [edge for edge in edges if int(edge.source[1:]) < int(edge.target[1:])]
    assert not any(edge.reversed for edge in lay_out(nodes, forward, columns=columns).edges)


def test_a_short_chain_is_one_level_line() -> None:
    """Five phases, one after the other, stand at one height from left to right."""
    layout = lay_out(boxes(5), edges_of([(0, 1), (1, 2), (2, 3), (3, 4)]))
    assert len({node.y for node in layout.nodes}) == 1
    assert [n.x for n in layout.nodes] == sorted({n.x for n in layout.nodes})
    assert {edge.route for edge in layout.edges} == {"curve"}


def test_a_long_chain_is_broken_into_rows_like_text() -> None:
    """300 phases in a chain fill rows of six; the rows are joined by wires, none is a jump."""
    layout = lay_out(boxes(300), edges_of([(i, i + 1) for i in range(299)]))
    assert len({node.x for node in layout.nodes}) == 6
    assert len({node.y for node in layout.nodes}) == 50
    routes = [edge.route for edge in layout.edges]
    assert (routes.count("curve"), routes.count("wire")) == (250, 49)


def test_cuts_are_made_where_few_edges_cross() -> None:
    """With rows of four, two dense squares joined by one edge are cut between the squares."""
    square = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    pairs = [*square, (3, 4), *[(a + 4, b + 4) for a, b in square]]
    layout = lay_out(boxes(8), edges_of(pairs), columns=5)
    assert [edge.route for edge in layout.edges].count("wire") == 1
    assert layout.edges[6].route == "wire"


def test_a_long_edge_between_free_neighbours_runs_flat_past_the_nodes() -> None:
    """An edge over several columns has one level run, however many columns it passes."""
    pairs = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]
    layout = lay_out(boxes(5), edges_of(pairs))
    inner = layout.edges[-1].points[1:-1]
    assert len({y for _, y in inner}) == 1


def test_a_tree_is_drawn_without_crossings() -> None:
    """Children given in a tangled order are sorted by their parents."""
    leaves = [(1 + i % 3, 4 + i) for i in range(9)]
    layout = lay_out(boxes(13), edges_of([(0, 1), (0, 2), (0, 3), *leaves]))
    place = by_id(layout)
    ends = sorted((place[f"n{a}"].y, place[f"n{b}"].y) for a, b in leaves)
    assert [child for _, child in ends] == sorted(child for _, child in ends)


def test_nodes_without_edges_form_a_grid_at_the_bottom() -> None:
    """Isolated nodes stand below all others, a row of `columns` after the other."""
    layout = lay_out(boxes(11), edges_of([(3, 7)]), columns=3)
    place = by_id(layout)
    single = [n for n in layout.nodes if n.id not in ("n3", "n7")]
    assert min(node.y for node in single) > place["n3"].y + HEIGHT
    assert [len([n for n in single if n.y == y]) for y in sorted({n.y for n in single})] == [3] * 3


def test_small_parts_stand_side_by_side() -> None:
    """Three pairs fit beside each other into a row of six."""
    layout = lay_out(boxes(6), edges_of([(0, 1), (2, 3), (4, 5)]))
    assert len({node.y for node in layout.nodes}) == 1


def test_a_cycle_is_drawn_with_its_last_edge_turned() -> None:
    """1 -> 2 -> 3 -> 1 and a self-loop neither hang nor vanish."""
    layout = lay_out(boxes(3), edges_of([(0, 1), (1, 2), (2, 0), (1, 1)]))
    assert [edge.reversed for edge in layout.edges] == [False, False, True, True]
    back = layout.edges[2]
    assert back.points[0][0] > back.points[-1][0]
    assert layout.edges[3].route == "loop"


def test_an_edge_that_finds_no_lane_is_a_jump_and_makes_room_for_notes() -> None:
    """Where hundreds of edges compete for the lanes, some are left to be named at the nodes."""
    count = 40
    nodes = boxes(count, groups=count)
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    layout = lay_out(nodes, edges_of(pairs))
    routes = [edge.route for edge in layout.edges]
    assert routes.count("jump") > 100
    assert routes.count("wire") > 30
    bare = lay_out([NodeBox(n.id, n.width, n.height, n.group) for n in nodes], edges_of(pairs))
    assert layout.height == pytest.approx(bare.height + count * NOTE)


def test_important_edges_find_a_way_before_others() -> None:
    """Of the same competing edges, those marked important are the ones that are drawn."""
    count = 20
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    chosen = {(0, 19), (1, 18), (2, 17)}
    edges = [EdgeEnds(f"n{a}", f"n{b}", important=(a, b) in chosen) for a, b in pairs]
    layout = lay_out(boxes(count, groups=count), edges)
    drawn = {pair for pair, edge in zip(pairs, layout.edges, strict=True) if edge.route == "wire"}
    assert chosen <= drawn
    plain = lay_out(boxes(count, groups=count), edges_of(pairs))
    drawn = {pair for pair, edge in zip(pairs, plain.edges, strict=True) if edge.route == "wire"}
    assert not chosen & drawn


@pytest.mark.parametrize(
    "pairs",
    [
        [(i, i + 1) for i in range(4999)],
        [(i, (i + 1) % 5000) for i in range(5000)],
        [(0, i) for i in range(1, 5000)],
        [],
    ],
    ids=["chain", "ring", "star", "nothing"],
)
def test_five_thousand_nodes_of_any_shape_are_laid_out(pairs: list[tuple[int, int]]) -> None:
    """No recursion, no quadratic step: great graphs of extreme shape come back whole."""
    layout = lay_out(boxes(5000), edges_of(pairs))
    assert len({(node.x, node.y) for node in layout.nodes}) == 5000
    assert len(layout.edges) == len(pairs)


def test_nothing_to_draw_is_an_empty_drawing() -> None:
    """No nodes: no bands, no edges, a size of margins only."""
    layout = lay_out([], [])
    assert (layout.nodes, layout.edges, layout.bands) == ((), (), ())
    assert layout.width < 100
    assert layout.height < 100


def test_wrong_input_is_refused_with_its_reason() -> None:
    """Two nodes of one id, an edge to nowhere and no column at all name what is wrong."""
    with pytest.raises(ValueError, match="same id"):
        lay_out([NodeBox("a", 1, 1), NodeBox("a", 1, 1)], [])
    with pytest.raises(ValueError, match="'b', which is no node"):
        lay_out([NodeBox("a", 1, 1)], [EdgeEnds("a", "b")])
    with pytest.raises(ValueError, match="columns is 0"):
        lay_out([NodeBox("a", 1, 1)], [], columns=0)
