"""The dependency graph in a real browser, under the site's content policy, at 5 and 300 phases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from planner.render.dependency_svg import GraphDrawing, GraphEdge, GraphGroup, GraphNode, draw

ASSETS = Path(__file__).parents[2] / "templates" / "assets"
CSP = "default-src 'none'; style-src 'self'"
COLOURS = """
:root { --bg: #fbfaf8; --surface: #fff; --text: #1d2329; --muted: #5c6670; --line: #d9dde1;
  --accent: #1f5fbf; --accent-weak: #e6eefb; --ok: #1a7f4b; --warn: #9a5b00; --bad: #b3261e;
  --info: #0b6e8a; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --surface: #1c2024;
  --text: #e6e8ea; --muted: #9aa4ad; --line: #343b42; --accent: #7fb0ff; --accent-weak: #22314a;
  --ok: #5ecb93; --warn: #e0a34a; --bad: #ff8a80; --info: #62c6e0; } }
body { margin: 1rem; background: var(--bg); color: var(--text); font-family: sans-serif; }
"""
TITLES = [
    "Lamp",
    "Tower and stairs",
    "A keeper's house with a rather long name for its size",
    "灯台の設計と建設",
]
STATES = ["done", "in-progress", "ready", "blocked", "deferred", "dropped"]


def drawing(count: int, milestones: int) -> GraphDrawing:
    """Chains in milestones, with some edges across and, in the large one, far away."""
    per = count // milestones
    nodes = [
        GraphNode(
            f"p{n}",
            f"{n + 1:02}",
            TITLES[n % len(TITLES)],
            f"p{n}.html",
            STATES[n % len(STATES)],
            n % 11 / 10,
            f"m{n // per}",
            critical=n % per == 0,
        )
        for n in range(count)
    ]
    edges = [GraphEdge(f"p{n}", f"p{n + 1}", critical=n % per == 0) for n in range(count - 1)]
    edges += [GraphEdge(f"p{n}", f"p{n + 3}", soft=True) for n in range(0, count - 3, 4)]
    edges += [GraphEdge(f"p{n}", f"p{n + 90}") for n in range(0, count - 90, 10)]
    groups = [GraphGroup(f"m{n}", f"v{n}.0 Milestone", f"m{n}.html") for n in range(milestones)]
    return GraphDrawing("Dependencies of the phases", nodes, edges, groups)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one page for each drawing and one to arrive at."""
    folder = tmp_path_factory.mktemp("drawings")
    (folder / "graph.css").write_bytes((ASSETS / "graph.css").read_bytes())
    (folder / "colours.css").write_text(COLOURS)
    for count, milestones in ((5, 1), (300, 10)):
        (folder / f"{count}.html").write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{CSP}"><title>Graph</title>'
            '<link rel="stylesheet" href="colours.css"><link rel="stylesheet" href="graph.css">'
            '</head><body><main><h1>Graph</h1><div class="graph-scroll">'
            f"{draw(drawing(count, milestones))}</div></main></body></html>",
            encoding="utf-8",
        )
    (folder / "p2.html").write_text("<title>Arrived</title>")
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose console must stay free of errors, those of the content policy included."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("console", lambda said: said.type == "error" and errors.append(said.text))
    yield opened
    context.close()
    assert errors == []


@pytest.mark.parametrize(("count", "scheme"), [(5, "light"), (5, "dark"), (300, "light")])
def test_axe_finds_nothing(page: Page, site: Path, count: int, scheme: str) -> None:
    """Links have names, groups have labels, text has contrast: in both themes and sizes."""
    page.emulate_media(color_scheme=scheme)
    page.goto((site / f"{count}.html").as_uri())
    expect(page.locator(".graph-node")).to_have_count(count)
    # With `preload` axe would ask for the style sheets again, which the policy rightly forbids.
    found = Axe().run(page, options={"preload": False})
    assert found.violations_count == 0, found.generate_report()


def test_a_node_leads_to_its_phase(page: Page, site: Path) -> None:
    """By click, and by its accessible name."""
    page.goto((site / "5.html").as_uri())
    page.get_by_role("link", name="03 A keeper's house with a rather long name").click()
    expect(page).to_have_title("Arrived")


def test_nodes_are_reached_and_followed_by_keyboard(page: Page, site: Path) -> None:
    """Tab goes through the milestone's label to the nodes in the order of the phases."""
    page.goto((site / "5.html").as_uri())
    visited = []
    for _ in range(4):
        page.keyboard.press("Tab")
        visited.append(page.locator(":focus").evaluate("link => link.getAttribute('href')"))
    assert visited == ["m0.html", "p0.html", "p1.html", "p2.html"]
    page.keyboard.press("Enter")
    expect(page).to_have_title("Arrived")


@pytest.mark.parametrize("count", [5, 300])
def test_text_stays_inside_its_node(page: Page, site: Path, count: int) -> None:
    """As the browser measures it, no number, state or title leaves the box or meets another."""
    page.goto((site / f"{count}.html").as_uri())
    outside = page.locator(".graph-node").evaluate_all(
        """nodes => nodes.flatMap(node => {
          const box = node.querySelector('.graph-box').getBBox();
          const texts = [...node.querySelectorAll('a > text')].map(text => [text, text.getBBox()]);
          const bad = texts.filter(([, at]) => at.x < 0 || at.x + at.width > box.width
            || at.y < 0 || at.y + at.height > box.height);
          const [[, number], [, state]] = texts;
          if (number.x + number.width > state.x) bad.push(texts[1]);
          return bad.map(([text]) => text.textContent);
        })"""
    )
    assert outside == []


def test_an_edge_that_is_not_drawn_leads_to_its_other_end(page: Page, site: Path) -> None:
    """The number below a node is a link that brings the other node into view."""
    page.goto((site / "300.html").as_uri())
    link = page.locator(".graph-note a").first
    target = link.get_attribute("href")
    assert target is not None
    link.click()
    assert page.url.endswith(target)
    box = page.locator(f"[id='{target[1:]}'] .graph-box")
    expect(box).to_be_in_viewport()
    expect(box).to_have_css("stroke-width", "3px")


def test_a_wide_window_shows_the_large_graph_without_sideways_scroll(
    page: Page, site: Path
) -> None:
    """300 phases are as wide as 5, and as many screens long as it takes."""
    page.goto((site / "300.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    scroller = page.locator(".graph-scroll")
    assert scroller.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_a_narrow_window_scrolls_the_graph_and_not_the_page(browser: Browser, site: Path) -> None:
    """At 400 px the drawing keeps a readable size inside its own scroll area."""
    context = browser.new_context(viewport={"width": 400, "height": 700})
    page = context.new_page()
    page.goto((site / "300.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator(".graph-scroll").evaluate("it => it.scrollWidth > it.clientWidth")
    context.close()
