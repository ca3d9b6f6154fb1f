"""The search in a real browser: served over HTTP and opened from a folder."""

import functools
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from planner.render.search_index import SearchDocument, build_index

ASSETS = Path(__file__).parents[2] / "templates" / "assets"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
COLOURS = """
:root { --bg: #fbfaf8; --surface: #fff; --text: #1d2329; --muted: #5c6670; --line: #d9dde1;
  --accent: #1f5fbf; --accent-weak: #e6eefb; --ok: #1a7f4b; --warn: #9a5b00; --bad: #b3261e;
  --info: #0b6e8a; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --surface: #1c2024;
  --text: #e6e8ea; --muted: #9aa4ad; --line: #343b42; --accent: #7fb0ff; --accent-weak: #22314a; } }
body { margin: 1rem; background: var(--bg); color: var(--text); font-family: sans-serif; }
"""

# Texts whose words are hard to fold or split; each must be found by its own words.
HARD = [
    "Straße ΟΔΟΣ İstanbul ısı Łódź",
    "re-use v0.1.0 snake_case don’t",
    "ﬁve ①② e\u0301te\u0301 Ångström",
    "認証とアクセス制御",
    "ﾊﾟｽﾜｰﾄﾞ がぎ",
    "한국어 검색",
    "ไทยคำ",
    "हिन्दी",
    "𠮷野家",
    "x" * 70 + "yz",
]

DOCUMENTS = [
    SearchDocument(
        "ENV-01",
        "requirement",
        "Configuration by environment",
        "The service reads its settings from environment variables when it starts.",
        "r/ENV-01/",
        "done",
        ("ops", "OLD-7"),
    ),
    SearchDocument(
        "ENV-02",
        "requirement",
        "Secrets stay out of the log",
        "No authentication token is ever written to a log.",
        "r/ENV-02/",
        "draft",
    ),
    SearchDocument(
        "AUTH-10",
        "requirement",
        "Refuse unknown keys",
        "A request without a valid key is refused. <img src=x onerror=alert(1)>",
        "r/AUTH-10/",
        "done",
    ),
    SearchDocument(
        "AUTH-2",
        "requirement",
        "Keys expire",
        "A key that is older than a year is no longer valid.",
        "r/AUTH-2/",
        "approved",
    ),
    SearchDocument(
        "hardening",
        "phase",
        "Authentication and hardening",
        "Every door of the service is guarded.",
        "p/hardening/",
        "ready",
        ("02",),
    ),
    SearchDocument("__proto__", "phase", "Strange <b>names</b>", "constructor", "p/x/", "ready"),
    *[
        SearchDocument(f"HARD-{n}", "note", f"Hard {n}", text, f"r/HARD-{n}/")
        for n, text in enumerate(HARD)
    ],
    *[
        SearchDocument(f"BULK-{n}", "bulk", f"Crate {n}", "A crate of lamps.", f"r/BULK-{n}/")
        for n in range(120)
    ],
]


def html(root: str, body: str) -> str:
    """A page as the site makes them: no inline code, a policy that forbids it."""
    return (
        f'<!doctype html><html lang="en" data-root="{root}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}"><title>Plan</title>'
        f'<link rel="stylesheet" href="{root}assets/colours.css">'
        f'<link rel="stylesheet" href="{root}assets/search.css">'
        f'<script src="{root}assets/search.js" defer></script></head>'
        f"<body><main><h1>Plan</h1>{body}</main></body></html>"
    )


def write_site(folder: Path, *, portable: bool) -> Path:
    (folder / "assets").mkdir(parents=True)
    for name in ("search.js", "search.css"):
        (folder / "assets" / name).write_bytes((ASSETS / name).read_bytes())
    (folder / "assets" / "colours.css").write_text(COLOURS)
    (folder / "favicon.ico").touch()
    (folder / "search").mkdir()
    for name, text in build_index(DOCUMENTS, portable=portable).items():
        (folder / "search" / name).write_text(text, encoding="utf-8")
    (folder / "search" / "index.html").write_text(html("../", "<plan-search page></plan-search>"))
    (folder / "index.html").write_text(html("", "<plan-search></plan-search>"))
    for document in DOCUMENTS:
        page = folder / document.href / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(html("../../", f"<p>{document.id}</p><plan-search></plan-search>"))
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site over HTTP."""
    folder = write_site(tmp_path_factory.mktemp("served"), portable=False)
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the portable site as files."""
    return write_site(tmp_path_factory.mktemp("portable"), portable=True).as_uri() + "/"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose console must stay free of errors."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    opened = context.new_page()
    opened.set_default_timeout(8000)
    errors: list[str] = []
    opened.on("console", lambda said: said.type == "error" and errors.append(said.text))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


@pytest.fixture(params=["http", "file"])
def site(request: pytest.FixtureRequest, served: str, folder: str) -> tuple[str, str]:
    """Root address, and what follows a folder's name in links: both ways to open a site."""
    return (served, "") if request.param == "http" else (folder, "index.html")


Search = Callable[[str], list[str]]


@pytest.fixture
def search(page: Page, site: tuple[str, str]) -> Search:
    """Type a query on the search page; returns the ids that are shown, the best first."""
    root, file = site
    page.goto(f"{root}search/{file}")
    field = page.get_by_role("searchbox")
    status = page.get_by_role("status")
    expect(status).to_contain_text("items")

    def run(query: str) -> list[str]:
        field.fill(query)
        expect(page.locator(".search-results")).to_have_attribute("aria-busy", "false")
        return page.locator(".search-results .search-id").all_inner_texts()

    return run


def test_an_id_is_found_first_with_and_without_its_dash(search: Search) -> None:
    """However the id is typed, its item leads."""
    for query in ("ENV-01", "env-01", "env01", "ENV01", "env 01"):
        assert search(query)[0] == "ENV-01"


def test_the_beginning_of_an_id_finds_all_in_their_natural_order(search: Search) -> None:
    """AUTH-2 comes before AUTH-10; items that only mention the word come later."""
    assert search("auth-") == ["AUTH-2", "AUTH-10", "hardening", "ENV-02"]


def test_a_former_id_is_found(search: Search) -> None:
    """Aliases count."""
    assert search("old7") == ["ENV-01"]


def test_the_title_counts_more_than_the_text(search: Search) -> None:
    """An item called so comes before one that only says so."""
    assert search("authent") == ["hardening", "ENV-02"]


def test_all_words_must_match_in_any_order(search: Search) -> None:
    """Two words narrow to the items that have both."""
    assert search("key valid request") == ["AUTH-10"]


def test_without_an_item_that_has_all_words_those_with_most_are_shown(
    search: Search, page: Page
) -> None:
    """The fallback says what it is."""
    assert search("token lamps expire refused")[:1] != []
    expect(page.get_by_role("status")).to_contain_text("No item has all the words")


TYPOS = {
    "authentcation": "hardening",
    "environmnet": "ENV-01",
    "xuthenticaton": "hardening",
    "evn-01": "ENV-01",
    "requset": "AUTH-10",
    "authemtic": "hardening",
}


def test_typing_errors_are_forgiven(search: Search) -> None:
    """One error in four letters, two in eight: left out, swapped, changed, at the start too."""
    assert {typed: search(typed)[0] for typed in TYPOS} == TYPOS


def test_short_words_and_other_numbers_are_not_guessed(search: Search, page: Page) -> None:
    """ENV-03 is not ENV-01, and three letters are too few to guess from."""
    assert search("ENV-03 ") == []
    assert search("kez") == []
    expect(page.get_by_role("status")).to_contain_text("Nothing found")


def test_browser_and_generator_split_text_alike(search: Search) -> None:
    """A text is found by its own words, in lower and upper case, whatever its script."""
    for number, text in enumerate(HARD):
        for query in (text, text.lower(), text.upper()):
            assert f"HARD-{number}" in search(query), query


def test_parts_of_text_without_blanks_are_found(search: Search) -> None:
    """Chinese, Japanese and Korean: any neighbouring letters, and any single one."""
    parts = {"アクセス": 3, "制": 3, "御": 3, "パス": 4, "국": 5, "野家": 8}
    for query, number in parts.items():
        assert search(query) == [f"HARD-{number}"], query


def test_a_pair_of_letters_that_is_nowhere_finds_nothing(search: Search) -> None:
    """Both letters occur, but never side by side."""
    assert search("御認") == []


def test_kinds_and_statuses_are_words_too(search: Search) -> None:
    """`phase` finds the phases though none of them says so."""
    assert set(search("phase")) == {"hardening", "__proto__"}
    assert search("done key") == ["AUTH-10"]
    assert set(search("phases")) == {"hardening", "__proto__"}


def test_names_that_mean_something_to_javascript_are_just_words(search: Search) -> None:
    """Nothing is looked up in an object's prototype."""
    assert search("__proto__") == ["__proto__"]
    assert search("constructor") == ["__proto__"]
    assert search("toString") == []


def test_no_query_breaks_the_search(search: Search) -> None:
    """Signs without words, endless words, half a surrogate pair: an answer each time."""
    for query in (
        "%",
        "((",
        "…",
        "-",
        "\u0301",
        "\ud840",
        ",;",
        "a" * 5000,
        "認" * 3000,
        "-" * 999,
    ):
        assert search(query) == [], query
    assert search("key " * 500) == ["AUTH-2", "AUTH-10"]


def test_what_was_found_is_marked_and_stays_text(search: Search, page: Page) -> None:
    """Markup in a plan is shown, not run; matches stand in mark elements."""
    search("onerror")
    row = page.locator(".search-results li")
    expect(row.locator("mark")).to_have_text("onerror")
    expect(row).to_contain_text("<img src=x onerror=alert(1)>")
    assert row.locator("img").count() == 0


def test_facets_narrow_and_live_in_the_address(search: Search, page: Page) -> None:
    """Ticking a status narrows the results; the address then shows the same state anew."""
    assert search("key") == ["AUTH-2", "AUTH-10"]
    page.get_by_role("checkbox", name="done 1").check()
    ids = page.locator(".search-results .search-id")
    expect(ids).to_have_text(["AUTH-10"])
    expect(page).to_have_url(re.compile(r"\?q=key&status=done$"))
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("key")
    expect(page.get_by_role("checkbox", name="done")).to_be_checked()
    expect(ids).to_have_text(["AUTH-10"])


def test_the_state_comes_from_the_address(page: Page, site: tuple[str, str]) -> None:
    """A shared address shows the same results, facets without a query too."""
    root, file = site
    page.goto(f"{root}search/{file}?kind=phase")
    expect(page.locator(".search-results .search-id")).to_have_text(["__proto__", "hardening"])
    expect(page.get_by_role("checkbox", name="phase 2")).to_be_checked()


def test_many_results_are_shown_by_and_by(search: Search, page: Page) -> None:
    """Twenty at first; the button adds more and moves the focus to the first of them."""
    assert search("crate") == [f"BULK-{n}" for n in range(20)]
    expect(page.get_by_role("status")).to_have_text("120 results")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".search-results a")).to_have_count(40)
    expect(page.locator(".search-results a").nth(20)).to_be_focused()


def test_links_of_results_lead_to_the_item(search: Search, page: Page, site) -> None:
    """Over HTTP to the folder, from files to its index.html."""
    root, file = site
    search("env01")
    page.locator(".search-results a").first.click()
    page.wait_for_url(f"{root}r/ENV-01/{file}")
    expect(page.locator("p").first).to_have_text("ENV-01")


def test_arrows_walk_from_the_field_through_the_results(search: Search, page: Page) -> None:
    """Down, down, up, and Enter follows the link; Enter in the field follows the first."""
    search("key")
    links = page.locator(".search-results a")
    page.get_by_role("searchbox").focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    target = links.nth(0).evaluate("link => link.href")
    page.keyboard.press("Enter")
    page.wait_for_url(target)


def opened_palette(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("document.querySelector('plan-search').open()")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_the_palette_finds_and_goes_by_keyboard(page: Page, site: tuple[str, str]) -> None:
    """From a page two folders deep: type, arrow down, Enter."""
    root, file = site
    opened_palette(page, f"{root}r/BULK-3/{file}")
    field = page.get_by_role("combobox")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("auth-")
    options = page.get_by_role("option")
    expect(options).to_have_count(4)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(chosen.locator(".search-id")).to_have_text("AUTH-10")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.nth(3)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{root}r/AUTH-2/{file}")


def test_the_palette_closes_by_escape_and_opens_again(page: Page, site: tuple[str, str]) -> None:
    """Opening twice is harmless, and the last query is selected, ready to be typed over."""
    root, file = site
    opened_palette(page, root + file)
    page.keyboard.type("crate")
    expect(page.get_by_role("option")).to_have_count(8)
    expect(page.get_by_role("status")).to_have_text("120 results")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("document.querySelector('plan-search').open()")
    page.evaluate("document.querySelector('plan-search').open()")
    page.keyboard.type("expire")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("combobox")).to_have_value("expire")


def test_the_palette_leads_to_the_search_page_with_its_query(page: Page, site) -> None:
    """ "All results" carries the query on."""
    root, file = site
    opened_palette(page, root + file)
    page.keyboard.type("crate & more")
    link = page.get_by_role("link", name="All results")
    expect(link).to_have_attribute("href", f"./search/{file}?q=crate%20%26%20more")
    link.click()
    expect(page.get_by_role("searchbox")).to_have_value("crate & more")


def test_an_option_is_followed_by_a_click(page: Page, site: tuple[str, str]) -> None:
    """The pointer works too, and a click beside the palette closes it."""
    root, file = site
    opened_palette(page, root + file)
    page.mouse.click(5, 790)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("document.querySelector('plan-search').open()")
    page.keyboard.type("expire")
    page.get_by_role("option").click()
    page.wait_for_url(f"{root}r/AUTH-2/{file}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, served: str, scheme: str) -> None:
    """Neither on the page with results nor in the palette, in both themes."""
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{served}search/?q=key")
    expect(page.locator(".search-results li")).to_have_count(2)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    opened_palette(page, served)
    for query, options in (("", 0), ("key", 2), ("nowhere", 0)):
        page.get_by_role("combobox").fill(query)
        expect(page.get_by_role("option")).to_have_count(options)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_missing_index_is_said_in_words(browser: Browser, tmp_path: Path) -> None:
    """Without its files the page says what is wrong and how to mend it."""
    root = write_site(tmp_path / "site", portable=True)
    (root / "search" / "manifest.js").unlink()
    context = browser.new_context()
    page = context.new_page()
    page.goto((root / "search" / "index.html").as_uri())
    expect(page.get_by_role("status")).to_contain_text("planner build")
    page.goto((root / "index.html").as_uri())
    page.evaluate("document.querySelector('plan-search').open()")
    expect(page.get_by_role("status")).to_contain_text("planner build")
    context.close()


def test_only_the_shards_that_a_query_needs_are_loaded(page: Page, served: str) -> None:
    """A word loads one shard of terms and those of the records it shows, each once."""
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url.rsplit("/", 1)[-1]))
    page.goto(f"{served}search/")
    expect(page.get_by_role("status")).to_contain_text("items")
    assert {name for name in loaded if name in {"manifest.js", "facets.js"}}
    assert not [name for name in loaded if name.startswith(("terms-", "docs-", "words-"))]
    page.get_by_role("searchbox").fill("expire")
    expect(page.locator(".search-results li")).to_have_count(1)
    kinds = [
        name.split("-")[0] for name in loaded if name.startswith(("terms-", "docs-", "words-"))
    ]
    assert sorted(kinds) == ["docs", "terms"]
    page.get_by_role("searchbox").fill("expire ")
    expect(page.locator(".search-results li")).to_have_count(1)
    assert len(loaded) == len(set(loaded))


def test_a_narrow_window_has_no_sideways_scroll(browser: Browser, served: str) -> None:
    """At 400 px, with the longest word there is."""
    context = browser.new_context(viewport={"width": 400, "height": 700})
    page = context.new_page()
    page.goto(f"{served}search/?q={'x' * 64}")
    expect(page.locator(".search-results li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    opened_palette(page, served)
    page.keyboard.type("x" * 64)
    expect(page.get_by_role("option")).to_have_count(1)
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 400
    context.close()


def test_the_index_of_the_test_site_has_several_shards() -> None:
    """So that the tests above do choose among shards."""
    manifest = build_index(DOCUMENTS)["manifest.js"]
    data = json.loads(manifest[manifest.index("{") : manifest.rindex("}") + 1])
    assert data["docs"] > 1
    assert data["first"] > 1
