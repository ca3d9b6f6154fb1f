"""The dependency graph as SVG: well-formed, linked, labelled, and nothing inline."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.render.dependency_svg import GraphDrawing, GraphEdge, GraphGroup, GraphNode, draw
from planner.render.svg_symbols import STATES

PHASES = GraphDrawing(
    "Dependencies of the phases",
    [
        GraphNode("tower", "01", "Tower", "p/tower/", "done", 1.0, "v1", critical=True),
        GraphNode("lamp", "02", "Lamp & lens", "p/lamp/", "in-progress", 0.4, "v1", critical=True),
        GraphNode("stairs", "03", "Stairs", "p/stairs/", "ready", 0.0, "v1"),
        GraphNode("keeper", "04", "Keeper's house", "p/keeper/", "blocked", None, "v2"),
    ],
    [
        GraphEdge("tower", "lamp", critical=True),
        GraphEdge("tower", "stairs", soft=True, reason="dust"),
        GraphEdge("lamp", "keeper"),
    ],
    [GraphGroup("v1", "v1.0 First light", "m/v1/"), GraphGroup("v2", "v2.0 Comfort")],
)


def parse(svg: str) -> ET.Element:
    # Inline SVG needs no namespace declaration in HTML; XML has none to miss either.
    return ET.fromstring(svg)


def by_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [el for el in root.iter() if name in (el.get("class") or "").split()]


def text_of(element: ET.Element) -> str:
    return "".join(element.itertext())


def test_each_node_is_a_link_with_number_title_mark_word_and_bar() -> None:
    """A phase in progress shows number, state, share and title, and leads to its page."""
    node = by_class(parse(draw(PHASES)), "graph-node")[1]
    assert node.get("class", "").split() == ["graph-node", "is-in-progress", "is-critical"]
    link = node[0]
    assert (link.tag, link.get("href")) == ("a", "p/lamp/")
    title = link.find("title")
    assert title is not None
    assert title.text == "02 Lamp & lens, in progress, 40%, critical path"
    shown = {el.get("class"): el.text for el in link.iter("text")}
    assert shown == {
        "graph-number": "02",
        "graph-state": "in progress · 40%",
        "graph-title": "Lamp & lens",
    }
    assert [el.get("href") for el in link.iter("use")] == ["#graph-mark-in-progress"]
    bar, done = by_class(link, "graph-bar")[0], by_class(link, "graph-done")[0]
    assert float(done.get("width", "")) == pytest.approx(0.4 * float(bar.get("width", "")), abs=0.1)


def test_a_long_number_leaves_room_for_how_much_is_done() -> None:
    """Where both do not fit, the share stays and the mark says the state."""
    nodes = [replace(PHASES.nodes[1], number="121"), replace(PHASES.nodes[3], number="12.3.1")]
    root = parse(draw(GraphDrawing("Phases", nodes)))
    assert [el.text for el in by_class(root, "graph-state")] == ["40%", "blocked"]


def test_a_phase_without_known_progress_has_no_bar() -> None:
    """None is not 0 %."""
    nodes = by_class(parse(draw(PHASES)), "graph-node")
    assert by_class(nodes[2], "graph-bar")
    assert not by_class(nodes[2], "graph-done")
    assert not by_class(nodes[3], "graph-bar")


def test_edges_say_what_they_are_by_class_and_title() -> None:
    """Hard, soft and critical edges differ in class, and their titles say so in words."""
    edges = by_class(parse(draw(replace(PHASES, legend=False))), "graph-edge")
    found = {text_of(edge): (edge.get("class"), edge.get("marker-end")) for edge in edges}
    assert found == {
        "02 Lamp & lens needs 01 Tower, on the critical path": (
            "graph-edge is-critical",
            "url(#graph-arrow-critical)",
        ),
        "03 Stairs needs 01 Tower (soft): dust": ("graph-edge is-soft", "url(#graph-arrow)"),
        "04 Keeper's house needs 02 Lamp & lens": ("graph-edge", "url(#graph-arrow)"),
    }


def test_milestones_are_labelled_groups_of_their_phases() -> None:
    """Each band names itself, links to its milestone, and holds the nodes of its phases."""
    root = parse(draw(PHASES))
    groups = [el for el in root.iter("g") if el.get("role") == "group"]
    labels = {el.get("id"): el.text for el in by_class(root, "graph-label")}
    assert [labels[el.get("aria-labelledby")] for el in groups] == [
        "v1.0 First light",
        "v2.0 Comfort",
    ]
    assert [len(by_class(el, "graph-node")) for el in groups] == [3, 1]
    assert [a.get("href") for a in groups[0].findall("a")] == ["m/v1/"]
    assert len(by_class(root, "graph-band")) == 2


def test_the_drawing_has_a_name_a_size_and_a_view_box() -> None:
    """Assistive technology gets a name, the browser a size to reserve."""
    root = parse(draw(PHASES))
    title = root.find("title")
    assert title is not None
    assert (root.get("role"), root.get("aria-labelledby")) == ("group", title.get("id"))
    assert title.text == "Dependencies of the phases"
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def test_the_legend_explains_what_occurs_and_nothing_else() -> None:
    """No cycle in the drawing, no line about cycles in the legend."""
    legend = by_class(parse(draw(PHASES)), "graph-legend")[0]
    words = [el.text for el in legend.iter("text")]
    assert words == ["hard dependency", "soft dependency", "critical path"]
    assert not by_class(parse(draw(replace(PHASES, edges=[]))), "graph-legend")


def test_a_narrow_drawing_is_as_wide_as_its_legend() -> None:
    """Two phases below each other leave room for the words about their edge."""
    root = parse(draw(replace(PHASES, direction="down")))
    last = by_class(root, "graph-legend")[0].findall("g")[-1]
    left = float(re.findall(r"translate\((\d+)", last.get("transform", ""))[0])
    assert left + 36 + len("critical path") * 6 < float(root.get("width", ""))
    assert root.get("class") == "graph"
    wide = GraphDrawing("wide", [GraphNode(f"p{n}", "1", "t", "x", "ready") for n in range(5)])
    assert parse(draw(wide)).get("class") == "graph is-wide"


def test_a_cycle_is_shown_as_one() -> None:
    """The edge that closes a cycle has its own class, head and words."""
    looped = replace(PHASES, edges=[*PHASES.edges, GraphEdge("keeper", "tower")])
    root = parse(draw(looped))
    closing = [el for el in by_class(root, "is-cycle") if el.find("title") is not None]
    assert [text_of(el) for el in closing] == ["01 Tower needs 04 Keeper's house, closes a cycle"]
    assert "closes a cycle" in text_of(by_class(root, "graph-legend")[0])


def test_edges_that_are_not_drawn_are_named_at_both_ends() -> None:
    """With too many edges for the lanes, the rest become links between the two nodes."""
    count = 30
    nodes = [
        GraphNode(f"p{i}", f"{i:02}", f"Phase {i}", f"p/{i}/", "ready", 0.0, f"m{i}")
        for i in range(count)
    ]
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    edges = [GraphEdge(f"p{a}", f"p{b}", soft=b % 2 == 0) for a, b in pairs]
    root = parse(draw(GraphDrawing("all", nodes, edges, legend=False)))
    drawn = len(by_class(root, "graph-edge"))
    assert 0 < drawn < len(edges)
    ids = {el.get("id") for el in root.iter()}
    links = [a for note in by_class(root, "graph-note") for a in note.iter("a")]
    assert links
    assert {a.get("href", "")[1:] for a in links} <= ids
    said = 0
    for note in by_class(root, "graph-note"):
        said += len(list(note.iter("a"))) + sum(map(int, re.findall(r"\+(\d+)", text_of(note))))
    assert said == 2 * (len(edges) - drawn)
    assert {text_of(a).endswith("?") for a in links if "(soft)" in text_of(a)} == {True}


HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(list("<>&\"'\x00\x0b\ud800\u202e\u200b\ufffe\n\t 認証e\u0301😀-_")),
    ),
    max_size=60,
)


@given(st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE), min_size=1, max_size=4), HOSTILE)
@settings(max_examples=120, deadline=None)
def test_any_text_gives_well_formed_svg_without_code(rows, other) -> None:
    """Whatever the plan says, it stays text: XML parses, and holds only the elements we write."""
    nodes = [GraphNode(f"{i}{a}", a, b, c, d, 0.5, other) for i, (a, b, c, d) in enumerate(rows)]
    edges = [GraphEdge(nodes[0].id, node.id, reason=other) for node in nodes]
    groups = [GraphGroup(other, other, other)]
    svg = draw(GraphDrawing(other, nodes, edges, groups, prefix=other))
    root = parse(svg)
    svg.encode("utf-8")
    allowed = {"svg", "title", "defs", "marker", "path", "g", "circle", "rect", "use", "text"}
    assert {el.tag for el in root.iter()} <= allowed | {"a", "tspan"}
    for element in root.iter():
        assert "style" not in element.attrib
        assert not [key for key in element.attrib if key.startswith("on")]
    ids = [el.get("id") for el in root.iter() if el.get("id")]
    assert len(ids) == len(set(ids))
    assert not [name for name in ids if re.search(r"\s", name or "")]


def test_no_text_leaves_its_box() -> None:
    """Long titles, long numbers and wide letters are wrapped or cut, on two lines at most."""
    titles = ["Error tracking and release notes " * 3, "W" * 80, "認証とアクセス制御の設計" * 4, ""]
    nodes = [
        GraphNode(f"p{i}", number, title, "x", "in-progress", 0.5)
        for i, title in enumerate(titles)
        for number in ["12.3.4-inserted-phase"][: i + 1]
    ]
    root = parse(draw(GraphDrawing("long", nodes)))
    for node in by_class(root, "graph-node"):
        lines = [el.text or "" for el in by_class(node, "graph-title")]
        assert len(lines) <= 2
        assert all(len(line) <= 30 for line in lines)
    cut = [text_of(by_class(node, "graph-title")[-1]) for node in by_class(root, "graph-node")[:3]]
    assert all(text.endswith("…") for text in cut)


def test_equal_input_gives_equal_text() -> None:
    """The site is byte-identical from build to build."""
    assert draw(PHASES) == draw(replace(PHASES))


def test_ids_that_look_alike_once_escaped_stay_apart() -> None:
    """An id that spells the escape of another one does not collide with it."""
    nodes = [GraphNode(name, "1", "t", "x", "ready") for name in ("a<", "a_3c_", "a_3c_3c_")]
    ids = [el.get("id") for el in by_class(parse(draw(GraphDrawing("x", nodes))), "graph-node")]
    assert len(set(ids)) == 3


def test_two_drawings_fit_on_one_page() -> None:
    """With another prefix no id is shared."""
    ids = [
        {el.get("id") for el in parse(draw(replace(PHASES, prefix=prefix))).iter()} - {None}
        for prefix in ("a", "b")
    ]
    assert not ids[0] & ids[1]


def test_every_class_of_a_state_and_edge_has_its_style() -> None:
    """The stylesheet knows every class that the drawing uses for meaning."""
    css = (Path(__file__).parents[3] / "templates" / "assets" / "graph.css").read_text()
    everything = [
        GraphNode(state, "1", "t", "x", state, 0.5, "m", critical=True) for state in STATES
    ]
    edges = [*PHASES.edges, GraphEdge("keeper", "tower")]
    svg = draw(replace(PHASES, edges=edges)) + draw(GraphDrawing("s", everything))
    used = {name for names in re.findall(r'class="([^"]*)"', svg) for name in names.split()}
    assert {f"is-{state}" for state in STATES} <= used
    # These only name a part; their children carry the look.
    unstyled = {"graph-legend"}
    assert {name for name in used - unstyled if f".{name}" not in css} == set()


def test_down_bends_edges_upright() -> None:
    """A drawing that leads down keeps all of its nodes, links and labels."""
    root = parse(draw(replace(PHASES, direction="down")))
    assert len(by_class(root, "graph-node")) == 4
    assert len([el for el in by_class(root, "graph-edge") if el.find("title") is not None]) == 3
