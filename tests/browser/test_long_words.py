"""Words that fit no column: a title may be a path, or German."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from planner.store.location import find_plan
from planner.workspace import Workspace

WORD = "a_path/without/any/blank/" * 6
PAGES = ("", "roadmap/", "requirements/", "graph/", "p/tower/", "r/TOW-01/")
_HEAD_HEIGHT = 70
"""Pixels of one line of the head of the page, with room around."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan whose titles, names and tags are one long word each."""
    folder = tmp_path_factory.mktemp("long")
    files = {
        "plan.yaml": f"title: {WORD}\n",
        "milestones/v1.md": f"---\ntitle: {WORD}\ntarget: 2026-05-01\n---\n\nIt stands.\n",
        "phases/tower.md": (
            f"---\ntitle: {WORD}\nnumber: '01'\nmilestone: v1\n---\n\nThe tower stands.\n\n"
            "## Success criteria\n\n1. It is seen. {#c1}\n   - verifies: TOW-01\n"
        ),
        "phases/lamp.md": (
            f"---\ntitle: {WORD}\nnumber: '02.10.1'\nmilestone: v1\ndepends_on: [tower]\n"
            "---\n\nThe lamp shines.\n"
        ),
        "requirements/TOW-01.md": (
            f"---\ntitle: {WORD}\nphase: tower\nowner: {WORD}\ntags: [{WORD}]\npriority: must\n"
            "target: 2026-05-01\n---\n\nThe tower shall stand.\n"
        ),
    }
    for name, text in files.items():
        path = folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    plan = find_plan(str(folder / "content"), {}, folder)
    Workspace(plan, folder / "cache", cache=False).build(folder / "site", portable=True)
    return folder / "site"


@pytest.fixture(params=[1280, 900, 400])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of some width."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    yield context.new_page()
    context.close()


def test_no_column_is_pushed_out_of_sight(site: Path, page: Page) -> None:
    """Neither the page nor a table in it has to be scrolled sideways to see the last column."""
    for name in PAGES:
        page.goto((site / name / "index.html").as_uri())
        hidden = page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('.scroll')]"
            ".map((box) => box.scrollWidth - box.clientWidth)"
        )
        assert max(hidden) <= 0, name


def test_the_head_of_a_page_stays_in_order(site: Path, page: Page) -> None:
    """A long title is cut; it does not push search and the choice of theme to another line."""
    page.goto((site / "index.html").as_uri())
    tops = page.eval_on_selector_all(
        ".brand, .find, theme-switch", "(all) => all.map((each) => each.getBoundingClientRect().y)"
    )
    assert max(tops) < _HEAD_HEIGHT
