"""Proposals, histories and differences in a real Chromium: two people, by keyboard, no script."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.service.planned import FILES, Planned, planned_service
from tests.service.proposed import put

WIDTHS = (1280, 400)
PATIENCE_MS = 30_000
ITEMS = {
    f"requirements/WALL-{number:02d}.md": (
        f"---\nphase: tower\nstatus: draft\nlinks: [LAMP-01]\n---\n\nWall {number} shall stand.\n"
    )
    for number in range(1, 12)
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file; each test has items of its own."""
    with planned_service(tmp_path_factory.mktemp("planned"), {**FILES, **ITEMS}) as running:
        put(running, "", text="The lamp shall shine within 5 s.")
        put(running, "", text="The lamp shall shine within 9 s.", message="Be slower")
        yield running


@pytest.fixture(scope="module")
def cookies(browser: Browser, planned: Planned) -> dict[str, StorageState]:
    """The sessions of an agent, who may only propose, and of a person who decides."""
    keys = {
        "agent": planned.key("read", "propose", person="Agent Smith", email="smith@example.org"),
        "ada": planned.key("read", "edit", person="Ada Lovelace", email="ada@example.org"),
    }
    return {name: _sign_in(browser, planned, key) for name, key in keys.items()}


def _sign_in(browser: Browser, planned: Planned, key: str) -> StorageState:
    context = browser.new_context()
    page = context.new_page()
    # To a page that is not loaded anew by each build.
    page.goto(f"{planned.served.address}/login?next=/proposals")
    page.get_by_label("Key").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Proposals")).to_be_visible(timeout=PATIENCE_MS)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def two(
    browser: Browser, cookies: dict[str, StorageState], request: pytest.FixtureRequest
) -> Iterator[tuple[Page, Page]]:
    """The browsers of the agent and of Ada, at the width of the parameter."""
    width = getattr(request, "param", WIDTHS[0])
    contexts = [
        browser.new_context(viewport={"width": width, "height": 900}, storage_state=cookies[name])
        for name in ("agent", "ada")
    ]
    agent, ada = (context.new_page() for context in contexts)
    yield agent, ada
    for context in contexts:
        context.close()


def propose(page: Page, planned: Planned, item: str, text: str, title: str) -> None:
    """Reword a requirement in its form, and save it to a new proposal."""
    page.goto(f"{planned.served.address}/edit/requirement/{item}")
    page.locator("textarea[name='f.text']").fill(text)
    page.get_by_role("button", name="Review the change").click()
    page.get_by_role("radio", name="a new proposal").check()
    page.get_by_label("Title of the new proposal").fill(title)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(f"{planned.served.address}/proposals/**")


def fits(page: Page) -> bool:
    """Whether nothing is cut off at the side."""
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return not wide


@pytest.mark.parametrize("two", WIDTHS, indirect=True)
def test_one_proposes_and_the_other_merges(two: tuple[Page, Page], planned: Planned) -> None:
    """The agent sees no way to decide; Ada merges, and the plan's page shows the new text."""
    agent, ada = two
    width = ada.viewport_size["width"]  # type: ignore[index]  # it has one
    item = f"WALL-0{WIDTHS.index(width) + 1}"
    propose(agent, planned, item, f"Wall {width} shall stand upright.", f"Upright {width}")
    expect(agent.get_by_text(f"{item} was reworded").first).to_be_visible(timeout=PATIENCE_MS)
    assert agent.get_by_role("button", name="Approve and merge").count() == 0
    assert fits(agent)

    ada.goto(f"{planned.served.address}/proposals")
    row = ada.get_by_role("article").filter(has_text=f"upright-{width}")
    expect(row.get_by_text("new problem")).to_be_visible(timeout=PATIENCE_MS)
    expect(row).to_contain_text("Agent Smith", timeout=PATIENCE_MS)
    assert fits(ada)
    row.get_by_role("heading").get_by_role("link").click()
    expect(ada.locator("ins").first).to_be_visible(timeout=PATIENCE_MS)
    ada.get_by_label("Message of the merge").fill(f"Let {item} stand upright")
    ada.get_by_role("button", name="Approve and merge").click()
    expect(ada.get_by_role("status")).to_contain_text("is merged", timeout=PATIENCE_MS)
    ada.goto(f"{planned.served.address}/r/{item}/")
    expect(ada.locator("main")).to_contain_text(
        f"Wall {width} shall stand upright.", timeout=PATIENCE_MS
    )
    agent.reload()
    expect(agent.get_by_role("heading", name="This proposal is merged")).to_be_visible(
        timeout=PATIENCE_MS
    )


def test_a_conflict_is_settled_and_merged(two: tuple[Page, Page], planned: Planned) -> None:
    """What Ada chooses is shown before it is merged."""
    agent, ada = two
    propose(agent, planned, "WALL-03", "Wall 3 shall be red.", "Red")
    put(planned, "", "WALL-03", text="Wall 3 shall be blue.")
    ada.goto(f"{planned.served.address}/proposals/red")
    expect(ada.get_by_role("heading", name="Conflicts with main")).to_be_visible(
        timeout=PATIENCE_MS
    )
    ada.get_by_role("link", name="Settle the conflicts").click()
    ada.get_by_role("radio", name="In the proposal").first.check()
    ada.get_by_role("button", name="Review the result").click()
    expect(ada.get_by_text("Nothing is merged yet")).to_be_visible(timeout=PATIENCE_MS)
    ada.get_by_role("button", name="Approve and merge").click()
    expect(ada.get_by_role("status")).to_contain_text("is merged", timeout=PATIENCE_MS)
    assert "Wall 3 shall be red." in planned.file("requirements/WALL-03.md")


def test_a_moved_proposal_is_shown_again(two: tuple[Page, Page], planned: Planned) -> None:
    """The agent adds to it while Ada looks: her click merges nothing."""
    agent, ada = two
    propose(agent, planned, "WALL-04", "Wall 4 shall be low.", "Low")
    ada.goto(f"{planned.served.address}/proposals/low")
    put(planned, "low", "WALL-04", owner="eve")
    ada.get_by_label("Message of the merge").fill("Mine")
    ada.get_by_role("button", name="Approve and merge").click()
    expect(ada.get_by_role("alert")).to_contain_text(
        "has changed since you looked at it", timeout=PATIENCE_MS
    )
    expect(ada.get_by_label("Message of the merge")).to_have_value("Mine", timeout=PATIENCE_MS)
    expect(ada.get_by_text("The owner of WALL-04 is now eve").first).to_be_visible(
        timeout=PATIENCE_MS
    )
    ada.get_by_role("button", name="Approve and merge").click()
    expect(ada.get_by_role("status")).to_contain_text("is merged", timeout=PATIENCE_MS)


def test_closing_asks_once_more(two: tuple[Page, Page], planned: Planned) -> None:
    """By keyboard alone; the note says where the commits are."""
    _, ada = two
    put(planned, "away", "WALL-05", owner="eve")
    ada.goto(f"{planned.served.address}/proposals/away")
    close = ada.locator("summary", has_text="Close without merging")
    tab_to(ada, "summary.button-bad")
    expect(close).to_be_focused()
    ada.keyboard.press("Enter")
    ada.keyboard.press("Tab")
    expect(ada.get_by_role("button", name="Close it")).to_be_focused()
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("status")).to_contain_text(
        "refs/agented/closed/away/", timeout=PATIENCE_MS
    )
    assert planned.git("branch", "--list", "plan/away") == ""


def tab_to(page: Page, selector: str) -> None:
    """Walk by Tab until the element has the focus."""
    for _ in range(150):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {selector}")


def test_everything_is_reached_by_keyboard(two: tuple[Page, Page], planned: Planned) -> None:
    """From the list through the proposal to the merge, with Tab, Space and Enter."""
    _, ada = two
    put(planned, "keys", "WALL-06", phases=["nowhere"])
    ada.goto(f"{planned.served.address}/proposals")
    tab_to(ada, "a[href='/proposals/keys']")
    ada.keyboard.press("Enter")
    ada.wait_for_url("**/proposals/keys")
    tab_to(ada, "input[name=reviewed]")
    ada.keyboard.press("Space")
    tab_to(ada, "form.merge-form button")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("status")).to_contain_text("is merged", timeout=PATIENCE_MS)


def test_two_versions_are_compared_and_one_restored(
    two: tuple[Page, Page], planned: Planned
) -> None:
    """By keyboard: radio buttons move with the arrows, Restore leads to the review page."""
    _, ada = two
    put(planned, "", "WALL-07", text="Wall 7 shall lean.")
    put(planned, "", "WALL-07", text="Wall 7 shall fall.")
    ada.goto(f"{planned.served.address}/history/requirement/WALL-07")
    tab_to(ada, "input[name=from]")
    ada.keyboard.press("ArrowDown")
    tab_to(ada, "input[name=to]")
    ada.keyboard.press("Enter")
    ada.wait_for_url("**from=*")
    expect(ada.locator("del").first).to_have_text("stand", timeout=PATIENCE_MS)
    expect(ada.locator("ins").first).to_have_text("fall", timeout=PATIENCE_MS)
    tab_to(ada, "button[form=restore]")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("heading", name="Review the change")).to_be_visible(timeout=PATIENCE_MS)
    ada.get_by_role("button", name="Save", exact=True).click()
    ada.wait_for_url("**/r/WALL-07/**")
    expect(ada.locator("main")).to_contain_text("Wall 7 shall stand.", timeout=PATIENCE_MS)


def test_all_of_it_works_without_javascript(
    browser: Browser, planned: Planned, cookies: dict[str, StorageState]
) -> None:
    """Merge, history, difference and preview."""
    put(planned, "plain", "WALL-08", text="Wall 8 shall be plain.")
    page = browser.new_context(
        viewport={"width": 400, "height": 900},
        storage_state=cookies["ada"],
        java_script_enabled=False,
    ).new_page()
    base = planned.served.address
    page.goto(f"{base}/proposals/plain/site/r/WALL-08/")
    # The answer itself says when to look again.
    expect(page.get_by_text("Preview of the proposal")).to_be_visible(timeout=2 * PATIENCE_MS)
    expect(page.locator("main")).to_contain_text("Wall 8 shall be plain.", timeout=PATIENCE_MS)
    page.get_by_role("link", name="Back to the proposal").click()
    page.get_by_role("button", name="Approve and merge").click()
    expect(page.get_by_role("status")).to_contain_text("is merged", timeout=PATIENCE_MS)
    page.get_by_role("link", name="What changed").click()
    expect(page.get_by_text("WALL-08 was reworded")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_label("Sort").select_option("reworded")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("1 change", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.goto(f"{base}/diff/")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("main", timeout=PATIENCE_MS)
    page.goto(f"{base}/history/requirement/WALL-08")
    page.get_by_role("button", name="Compare the two").click()
    expect(page.get_by_role("heading", name="Two versions side by side")).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (400, "dark")])
def test_pages_are_accessible_and_fit(
    browser: Browser,
    planned: Planned,
    cookies: dict[str, StorageState],
    width: int,
    theme: Literal["light", "dark"],
) -> None:
    """No finding of axe, nothing wider than the window, in both themes; every kind of page."""
    if not planned.git("branch", "--list", "plan/seen"):
        put(planned, "seen", "WALL-09", text="Wall 9 shall be seen within 9 days.")
        put(planned, "seen", "WALL-10", phases=["nowhere"])
        put(planned, "stuck", "WALL-11", text="Wall 11 shall be thick.")
        put(planned, "", "WALL-11", text="Wall 11 shall be thin.")
    page = browser.new_context(
        viewport={"width": width, "height": 900},
        storage_state=cookies["ada"],
        color_scheme=theme,
    ).new_page()
    paths = (
        "proposals", "proposals/seen", "proposals/stuck", "proposals/nothing",
        "history/requirement/LAMP-01", "history/requirement/LAMP-01?to=" + planned.git(
            "log", "-1", "--format=%H", "--", "content/requirements/LAMP-01.md"
        ), "diff/", "diff/HEAD~2..HEAD", "diff/-rf..main", "diff/main~1..plan/seen",
    )  # fmt: skip
    for path in paths:
        page.goto(f"{planned.served.address}/{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert fits(page), path
    page.goto(f"{planned.served.address}/proposals/seen/site/")
    expect(page.get_by_text("Preview of the proposal")).to_be_visible(timeout=2 * PATIENCE_MS)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert fits(page)
    page.context.close()
