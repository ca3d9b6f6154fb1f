"""The site as a whole: every link leads somewhere, every page is well formed and safe."""

import json
import posixpath
import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from planner.model.items import Plan, PlanTree, Unreadable
from planner.model.problem import Problem, Severity
from planner.render.pages import PageSpec, failed_page, site_pages
from planner.render.templates import assets
from planner.render.view import ChangeSet, SiteOptions, SiteView
from planner.trace.difference import compare

_VOID = frozenset(
    ("br", "circle", "col", "hr", "img", "input", "link", "meta", "path", "rect", "use", "wbr")
)


class _Page(HTMLParser):
    """What the tests ask of a page: ids, links, headings, and whether its tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.faults += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag != "use":
            self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.faults += [name for name in given if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"/{tag}")


def _html(site: dict[str, str]) -> dict[str, _Page]:
    return {path: _Page(text) for path, text in site.items() if path.endswith(".html")}


@pytest.fixture(scope="module")
def rich_view(make) -> SiteView:
    """The lighthouse with all that can go wrong, as a portable site with sources."""
    items = [
        *make.lighthouse(),
        make.requirement("需求-01", phase="lamp", title=make.hostile, text=make.hostile,
                         owner=make.hostile, tags=(make.hostile,), extra=(("x", make.hostile),)),
        make.phase("odd", title=make.hostile, number="3a", goal=make.hostile, milestone="gone"),
        make.milestone("m-x", title=make.hostile, overview=make.hostile),
        make.research("sea/bad", make.hostile, title=make.hostile, sources=(make.hostile,)),
    ]  # fmt: skip
    tree = make.tree(items, title=make.hostile, statement=make.hostile)
    before = make.tree(make.lighthouse()[:-3], title="Before", statement="Old words.")
    problems = [
        Problem(
            path="requirements/BAD-1.md",
            line=2,
            rule="bad-yaml",
            severity=Severity.ERROR,
            message=make.hostile,
            hint=make.hostile,
            item="BAD-1",
        ),
        Problem(
            path="requirements/TOW-01.md",
            line=3,
            rule="vague-term",
            severity=Severity.HINT,
            message="vague",
            item="TOW-01",
            waived=make.hostile,
        ),
    ]
    lost = Unreadable("BAD-1", "requirement", "requirements/BAD-1.md", f"---\n{make.hostile}\n")
    return make.view(
        PlanTree(
            tree.plan, tree.milestones, tree.phases, tree.requirements, tree.research, (lost,)
        ),
        problems,
        changes=[
            ChangeSet("a" * 40, "2026-03-01T12:00:00Z", make.hostile, make.hostile,
                      compare(before, tree)),
        ],
        revision="b" * 40,
        notes=(make.hostile,),
        options=SiteOptions(portable=True, source_url="https://code.example.org/plan"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def rich_site(make, rich_view: SiteView) -> dict[str, str]:
    """All its pages."""
    return make.site(rich_view)


def test_every_file_is_made_once(small_view: SiteView, rich_view: SiteView) -> None:
    """Two pages at one path would overwrite each other."""
    for view in (small_view, rich_view):
        paths = [page.path for page in site_pages(view)]
        assert len(paths) == len(set(paths))
        assert not any(path.startswith("/") or ".." in path for path in paths)


def test_the_addresses_of_a_site(small_site: dict[str, str]) -> None:
    """The pages stand where the addresses of the site say."""
    for path in (
        *("index.html", "roadmap/index.html", "m/v1/index.html", "p/lamp/index.html"),
        *("r/LAMP-01/index.html", "matrix/index.html", "matrix/v1/index.html"),
        *("matrix/v1/matrix.csv", "coverage/index.html", "coverage/-/index.html"),
        *("graph/index.html", "problems/index.html", "changes/index.html", "404.html"),
        *("research/sea/index.html", "research/sea/charts/index.html", "search/index.html"),
        *("requirements/index.html", "requirements/-/index.html", "r/OLD-7/index.html"),
        *("data/v1/plan.json", "data/v1/graph.json", "data/v1/problems.json"),
        *("data/v1/build.json", "data/v1/items/LAMP-01.json", "data/v1/items/sea/charts.json"),
        "session.js",
    ):
        assert path in small_site


def test_every_link_leads_to_a_page_and_a_place_on_it(rich_site: dict[str, str]) -> None:
    """Crawled as a browser would: relative to the page, with fragments."""
    pages = _html(rich_site)
    files = {*rich_site, *assets()}
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"https?:|mailto:|data:", link):
                continue
            address, _, fragment = link.partition("#")
            folder = posixpath.dirname(path)
            target = posixpath.normpath(
                posixpath.join(folder, unquote(address.partition("?")[0])) if address else path
            )
            assert target in files, (path, link)
            if fragment and target in pages:
                assert unquote(fragment) in pages[target].ids, (path, link)


def test_links_of_a_served_site_end_with_a_slash(small_site: dict[str, str]) -> None:
    """Without `--portable` no link names index.html."""
    for path, text in small_site.items():
        if path.endswith(".html"):
            assert "index.html" not in text, path


def test_pages_are_well_formed(rich_site: dict[str, str], small_site: dict[str, str]) -> None:
    """Tags match, ids are unique, one first heading, no level is skipped, nothing is inline."""
    for path, page in (*_html(rich_site).items(), *_html(small_site).items()):
        assert page.faults == [], path
        assert len(page.ids) == len(set(page.ids)), path
        assert page.headings.count(1) == 1, path
        assert all(b <= a + 1 for a, b in zip([0, *page.headings], page.headings, strict=False)), (
            path,
            page.headings,
        )


def test_hostile_text_stays_text(rich_site: dict[str, str]) -> None:
    """Titles, texts, owners, tags, problems, commits: none becomes markup."""
    for path, text in rich_site.items():
        if path.endswith((".html", ".xml")):
            assert "<script>alert" not in text, path
            assert "<img src=x" not in text, path
        elif path.endswith(".json"):
            json.loads(text)


def test_pages_carry_a_strict_policy_and_load_nothing_from_elsewhere(
    small_site: dict[str, str],
) -> None:
    """Scripts and styles come from the site alone, and only by name."""
    for path, text in small_site.items():
        if not path.endswith(".html") or 'http-equiv="refresh"' in text:
            continue
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in text, path
        assert "unsafe-inline" not in text
        assert re.findall(r"<script[^>]*>[^<]+", text) == [], path
        assert re.findall(r'(?:src|<link[^>]+href)="(?:https?:)?//', text) == [], path


def test_the_commit_stands_on_two_pages_only(make) -> None:
    """Else every commit would change every page."""
    view = make.view(make.tree(make.lighthouse()), revision="f" * 40)
    holding = [path for path, text in make.site(view).items() if "ffffffff" in text]
    assert holding == ["index.html", "data/v1/build.json"]


def test_making_pages_twice_gives_the_same(make, small_site: dict[str, str]) -> None:
    """No order of a set, no time, no chance comes into a page."""
    view = make.view(make.tree(make.lighthouse(), statement="A light for ships."))
    assert make.site(view) == small_site


def test_a_page_specification_can_be_used_with_an_equal_view(
    make, small_view: SiteView, small_site: dict[str, str]
) -> None:
    """A specification holds what it needs of the view it was made for, and nothing else."""
    other = make.view(make.tree(make.lighthouse(), statement="A light for ships."))
    page = next(each for each in site_pages(small_view) if each.path == "r/TOW-01/index.html")
    assert page.make(other) == small_site["r/TOW-01/index.html"]


def test_subjects_and_groups(small_view: SiteView) -> None:
    """Pages about an item name it, lists of a milestone name that, all others nothing."""
    pages: dict[str, PageSpec] = {page.path: page for page in site_pages(small_view)}
    assert pages["r/TOW-01/index.html"].subject == "TOW-01"
    assert pages["r/OLD-7/index.html"].subject == "LAMP-01"
    assert pages["data/v1/items/lamp.json"].subject == "lamp"
    assert pages["matrix/v1/index.html"].group == "v1"
    assert pages["requirements/-/index.html"].group == "-"
    assert (pages["index.html"].subject, pages["index.html"].group) == ("", "")


def test_a_former_id_leads_to_the_item(small_site: dict[str, str]) -> None:
    """By a refresh that works without a server, and by a link for those who switch that off."""
    text = small_site["r/OLD-7/index.html"]
    assert '<meta http-equiv="refresh" content="0; url=../../r/LAMP-01/">' in text
    assert '<a href="../../r/LAMP-01/">Reach</a>' in text


def test_a_former_id_of_a_research_document_leads_to_it(make) -> None:
    """From the address that it had, one level deeper than those of other items."""
    research = make.research(
        "survey/suns", text="Suns.", aliases=("survey/stars", "stars", "../up", "a/b/c")
    )
    site = make.site(make.view(make.tree([research])))
    assert "url=../../../research/survey/suns/" in site["research/survey/stars/index.html"]
    assert [path for path in site if path.startswith("research/") and path.count("/") != 3] == [
        "research/index.html",
        "research/survey/index.html",
    ]
    assert not any("up" in path.split("/") for path in site)


def test_an_alias_never_hides_an_item(make) -> None:
    """Where an item has the address, no redirect takes it."""
    view = make.view(
        make.tree(
            [
                make.requirement("A-1", text="First.", aliases=("B-1", "bad/../id", "C-1")),
                make.requirement("B-1", text="Second.", aliases=("C-1",)),
            ]
        )
    )
    site = make.site(view)
    assert "Second." in site["r/B-1/index.html"]
    assert "A-1" in site["r/C-1/index.html"]
    assert not any("bad" in path for path in site)


def test_an_unreadable_file_is_shown_with_its_error(rich_site: dict[str, str]) -> None:
    """The text of the file, numbered, with the line of the error marked."""
    text = rich_site["r/BAD-1/index.html"]
    assert "requirements/BAD-1.md cannot be read" in text
    assert '<li id="L2" class="is-marked">' in text
    assert '<a href="#L2">line 2</a>' in text
    assert "https://code.example.org/plan/requirements/BAD-1.md" in text


def test_the_problem_of_an_unreadable_file_leads_to_its_text(rich_site: dict[str, str]) -> None:
    """No list has the item, so that the problem is the only way there."""
    assert '<a href="../r/BAD-1/index.html">BAD-1</a>' in rich_site["problems/index.html"]


def test_a_failed_page_says_so_in_place(small_view: SiteView) -> None:
    """It has the frame of the site, and the message as text."""
    text = failed_page(small_view, "r/A-1/index.html", "KeyError: '<b>'")
    assert "KeyError: &#39;&lt;b&gt;&#39;" in text
    assert 'href="../../roadmap/"' in text


def test_the_page_for_wrong_addresses_links_from_the_root(make) -> None:
    """It is shown at any depth, so relative links would lead astray."""
    tree = make.tree(make.lighthouse())
    plain = make.page(make.view(tree), "404.html")
    assert 'href="/roadmap/"' in plain
    options = SiteOptions(public_url="https://x.example/docs/plan/")
    assert 'href="/docs/plan/roadmap/"' in make.page(make.view(tree, options=options), "404.html")


def test_an_empty_plan_says_what_to_do(make) -> None:
    """No page fails for lack of items, and each says how to begin."""
    site = make.site(make.view(PlanTree(plan=Plan(id="plan"))))
    assert "This plan is empty" in site["index.html"]
    assert "planner import" in site["index.html"]
    for name in ("roadmap", "requirements", "matrix", "graph", "changes", "research"):
        assert 'class="empty"' in site[f"{name}/index.html"], name
    for path, page in _html(site).items():
        assert page.faults == [], path


def test_feed_and_sitemap_need_a_public_address(make, small_site: dict[str, str]) -> None:
    """Their links must be whole."""
    assert not {"feed.xml", "sitemap.xml", "robots.txt"} & small_site.keys()
    tree = make.tree(make.lighthouse())
    changes = ChangeSet(
        "a" * 40, "2026-03-01T12:00:00Z", "Ada", "Raise <the> tower",
        compare(make.tree([]), tree),
    )  # fmt: skip
    options = SiteOptions(public_url="https://x.example/plan")
    site = make.site(make.view(tree, changes=[changes], options=options))
    feed = ET.fromstring(site["feed.xml"])
    atom = "{http://www.w3.org/2005/Atom}"
    entry = feed.find(f"{atom}entry")
    assert entry is not None
    assert entry.findtext(f"{atom}title") == "Raise <the> tower"
    assert entry.findtext(f"{atom}updated") == "2026-03-01T12:00:00Z"
    content = entry.findtext(f"{atom}content") or ""
    assert '<a href="https://x.example/plan/r/TOW-01/">TOW-01</a>' in content
    sitemap = ET.fromstring(site["sitemap.xml"])
    addresses = [
        each.text for each in sitemap.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    assert "https://x.example/plan/" in addresses
    assert "https://x.example/plan/r/TOW-01/" in addresses
    assert not any("404" in (each or "") or "index.html" in (each or "") for each in addresses)
    assert "Sitemap: https://x.example/plan/sitemap.xml" in site["robots.txt"]
    assert (
        '<link rel="canonical" href="https://x.example/plan/r/TOW-01/">'
        in site["r/TOW-01/index.html"]
    )
