"""The built site in a real Chromium: links, keys, themes, widths, search, accessibility."""

import functools
import gzip
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from planner.store.location import find_plan
from planner.workspace import Workspace

WIDTHS = (1280, 400)


@dataclass(frozen=True, slots=True)
class Site:
    """A built site: where it is served, its folder, its pages."""

    address: str
    folder: Path
    pages: tuple[str, ...]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word, a connection for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def build(content: Path, out: Path, *, portable: bool = False, public_url: str = "") -> None:
    opened = Workspace(find_plan(str(content), {}, content), out.parent / "cache", cache=False)
    opened.build(out, portable=portable, public_url=public_url)


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of this project's own plan, served on loopback."""
    folder = tmp_path_factory.mktemp("own") / "site"
    build(root / "content", folder)
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False  # closing the server then waits for its connections
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    pages = tuple(sorted(str(p.relative_to(folder)) for p in folder.rglob("*.html")))
    yield Site(f"http://127.0.0.1:{server.server_address[1]}/", folder, pages)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 pixels; the test fails on any console error or foreign request."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in (None, "127.0.0.1"):
            complaints.append(f"foreign request: {request.url}")

    opened.on("console", on_console)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", on_request)
    yield opened
    context.close()
    assert not complaints


def address_of(site: Site, page: str) -> str:
    return urljoin(site.address, page.removesuffix("index.html"))


def test_every_link_resolves(site: Site) -> None:
    """Every href and src of every page leads to a file of the site, every fragment to an id."""
    ids: dict[str, set[str]] = {}
    broken = []
    for name in site.pages:
        text = (site.folder / name).read_text(encoding="utf-8")
        for kind, raw in re.findall(r'\s(href|src)="([^"]*)"', text):
            target = raw.replace("&amp;", "&")
            if re.match(r"[a-z]+:", target):
                continue
            path = urlsplit(urljoin(f"http://site/{name}", target))
            file = site.folder / unquote(path.path).lstrip("/")
            file = file / "index.html" if file.is_dir() else file
            if not file.is_file() and path.path != "/session.js":
                broken.append(f"{name}: {kind} {raw}")
                continue
            if path.fragment and file.suffix == ".html":
                key = str(file)
                if key not in ids:
                    ids[key] = set(re.findall(r'\sid="([^"]*)"', file.read_text(encoding="utf-8")))
                if unquote(path.fragment) not in ids[key]:
                    broken.append(f"{name}: no id for {raw}")
    assert not broken


def test_no_page_has_inline_script_or_style(site: Site) -> None:
    """The policy of the service has no `unsafe-inline`."""
    for name in site.pages:
        text = (site.folder / name).read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text), name


def one_of_each_kind(site: Site) -> tuple[str, ...]:
    """All pages but those of items, and one of each kind of item."""
    kinds = {str(Path(name).parent.parent): name for name in site.pages}
    return tuple(name for name in site.pages if name.count("/") < 2 or name in kinds.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "theme", "every"),
    [(1280, "light", True), (400, "dark", True), (1280, "dark", False), (400, "light", False)],
)
def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(
    site: Site, browser: Browser, theme: str, width: int, *, every: bool
) -> None:
    """Axe finds no violation on any page, and no page is wider than the window.

    Every page is looked at in both themes and at both widths; in each pair of them, where no more
    can differ than the style sheet, one page of each kind.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,  # type: ignore[arg-type]  # one of its two literals
        reduced_motion="reduce",
    )
    page, found = context.new_page(), []
    for name in site.pages if every else one_of_each_kind(site):
        page.goto(address_of(site, name))
        if 'http-equiv="refresh"' in (site.folder / name).read_text(encoding="utf-8"):
            continue
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            found.append(f"{name}: {wide} pixels too wide")
        result = Axe().run(page)
        found += [
            f"{name}: {each['id']}: {each['nodes'][0]['html'][:160]}"
            for each in result.response["violations"]
        ]
    context.close()
    assert not found


def test_every_page_loads_without_complaint(site: Site, page: Page) -> None:
    """No console error, no failed request, no request to another host."""
    for name in site.pages:
        response = page.goto(address_of(site, name))
        assert response is not None
        assert response.status == 200


def test_search_finds_by_prefix_and_in_spite_of_a_typo(site: Site, page: Page) -> None:
    """Half a word and a misspelt one lead to the item."""
    page.goto(site.address + "search/?q=secret")
    page.get_by_role("link", name=re.compile("ENV-01")).first.wait_for()
    page.goto(site.address + "search/?q=gunicrn")
    page.get_by_role("link", name=re.compile("DEP-0")).first.wait_for()


def test_slash_opens_search_and_enter_goes_to_the_item(site: Site, page: Page) -> None:
    """From any page, by keyboard alone."""
    page.goto(site.address + "roadmap/")
    page.keyboard.press("/")
    page.keyboard.type("AUTH-04")
    page.locator("plan-search [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/r/AUTH-04/")


@pytest.mark.parametrize(
    ("keys", "path"),
    [("gr", "roadmap/"), ("gm", "matrix/"), ("gg", "graph/"), ("gc", "coverage/"),
     ("gp", "problems/"), ("gh", "")],
)  # fmt: skip
def test_g_and_a_letter_go_places(site: Site, page: Page, keys: str, path: str) -> None:
    """The keys that the help dialog lists."""
    page.goto(site.address + "r/ENV-01/")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function(
        "path => location.pathname === path || location.pathname.startsWith(path + 'v')",
        arg=f"/{path}",
    )


def test_question_mark_shows_the_keys(site: Site, page: Page) -> None:
    """And escape closes it."""
    page.goto(site.address)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_j_and_k_walk_from_item_to_item(site: Site, page: Page) -> None:
    """On an item page they are its neighbours."""
    page.goto(site.address + "r/ENV-01/")
    page.keyboard.press("j")
    page.wait_for_url("**/r/ENV-02/")
    page.keyboard.press("k")
    page.wait_for_url("**/r/ENV-01/")


def test_a_node_of_the_graph_leads_to_its_phase(site: Site, page: Page) -> None:
    """Nodes are links."""
    page.goto(site.address + "graph/")
    page.locator("svg a[href*='/p/']").first.click()
    page.wait_for_url("**/p/*/")


def test_filters_keep_their_state_in_the_address(site: Site, page: Page) -> None:
    """A filtered list can be sent to a colleague."""
    page.goto(site.address + "requirements/?priority=must")
    rows = page.locator("tbody tr:visible")
    rows.first.wait_for()
    assert 0 < rows.count() < page.locator("tbody tr").count()


def test_the_theme_is_kept(site: Site, page: Page) -> None:
    """Chosen once, it holds on every page."""
    page.goto(site.address)
    page.get_by_role("button", name=re.compile("theme", re.IGNORECASE)).click()
    chosen = page.evaluate("document.documentElement.dataset.theme")
    assert chosen
    page.goto(site.address + "roadmap/")
    assert page.evaluate("document.documentElement.dataset.theme") == chosen


def test_pages_work_without_javascript(site: Site, browser: Browser) -> None:
    """Everything is there and every list is whole."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address)
    page.get_by_role("link", name=re.compile("Roadmap")).first.click()
    page.get_by_role("link", name=re.compile("API authentication", re.IGNORECASE)).first.click()
    page.get_by_role("link", name=re.compile("AUTH-01")).first.click()
    assert "AUTH-01" in page.title()
    context.close()


def test_a_portable_site_opens_from_the_disk(root: Path, tmp_path: Path, browser: Browser) -> None:
    """Links name index.html, and search works without a server."""
    build(root / "content", tmp_path / "site", portable=True)
    page = browser.new_page()
    page.goto((tmp_path / "site" / "index.html").as_uri())
    page.get_by_role("link", name=re.compile("Roadmap")).first.click()
    page.wait_for_url("**/roadmap/index.html")
    page.keyboard.press("/")
    page.keyboard.type("ENV-01")
    page.locator("plan-search [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/r/ENV-01/index.html")
    page.close()


def test_a_hostile_plan_is_shown_as_text(
    tmp_path: Path,
    browser: Browser,
    write_files: Callable[..., Path],
) -> None:
    """Markup in titles, ids, texts, owners and links neither runs nor breaks the page."""
    evil = '"><script>document.title="run"</script><img src=x onerror=document.title="run">'
    content = write_files(
        tmp_path / "content",
        {
            "plan.yaml": f"title: '{evil}'\nstatement: '{evil}'\n",
            "milestones/m.md": f"---\ntitle: '{evil}'\nstatus: active\n---\n\n{evil}\n",
            "phases/p.md": (
                f"---\ntitle: '{evil}'\nnumber: '01'\nmilestone: m\n---\n\n{evil}\n\n"
                "[x](javascript:document.title='run')\n\n"
                f"## Success criteria\n\n1. {evil} {{#c1}}\n"
            ),
            "requirements/R-01.md": (
                f"---\ntitle: '{evil}'\nphase: p\nowner: '{evil}'\ntags: ['{evil}']\n"
                f"proof: ['{evil}']\n---\n\n{evil}\n"
            ),
            "requirements/broken.md": f"---\ntitle: [{evil}\n",
        },
    )
    build(content, tmp_path / "site")
    page = browser.new_page()
    for path in sorted((tmp_path / "site").rglob("*.html")):
        page.goto(path.as_uri())
        assert page.title() != "run", path
        assert page.locator("img[src=x]").count() == 0, path
    page.close()


def test_budgets_hold(site: Site) -> None:
    """A page with its styles stays under 60 kB, all scripts under 25 kB, gzipped."""

    def packed(path: Path) -> int:
        return len(gzip.compress(path.read_bytes(), 9))

    styles = sum(packed(path) for path in (site.folder / "assets").glob("*.css"))
    scripts = sum(packed(path) for path in (site.folder / "assets").glob("*.js"))
    assert scripts < 25_000
    for name in site.pages:
        assert packed(site.folder / name) + styles < 60_000, name
