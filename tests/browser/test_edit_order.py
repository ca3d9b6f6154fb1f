"""The order of phases in a real Chromium: by mouse, by keys, with coverage and dependencies."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.signed import Opened
from tests.service.planned import FILES, Planned, planned_service

XSS = "<script>document.title='owned'</script><img src=x onerror=1>"
MORE = {
    "milestones/v2.md": "---\ntitle: Second light\n---\n",
    "phases/horn.md": (
        "---\ntitle: Horn\nnumber: 03\nmilestone: v1\ndepends_on: [lamp]\n---\n\nThe horn sounds.\n"
        "\n## Success criteria\n\n1. It sounds. {#c1}\n   - verifies: HORN-01, LAMP-02\n"
    ),
    "phases/siren.md": f'---\ntitle: "{XSS}"\nnumber: 04\nmilestone: v2\n---\n\nLoud.\n',
    "requirements/HORN-01.md": f"---\nphase: horn\n---\n\n{XSS} shall sound.\n",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("planned"), {**FILES, **MORE}) as found:
        yield found


@pytest.fixture(params=[1280, 400])
def page(request: pytest.FixtureRequest, opened: Opened, plan: Planned) -> Page:
    """The page, wide and narrow."""
    page = opened(request.param).new_page()
    page.goto(f"{plan.served.address}/edit/order")
    return page


def phase(page: Page, name: str) -> Locator:
    return page.locator(f".order-phase[data-phase='{name}']")


def order(page: Page) -> list[str | None]:
    return [each.get_attribute("data-phase") for each in page.locator(".order-phase").all()]


def said(page: Page) -> Locator:
    return page.locator("phase-order > [role=status]")


def save(page: Page, plan: Planned) -> None:
    """From the page to the commit."""
    before = int(plan.git("rev-list", "--count", "main"))
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review the change")
    with page.expect_navigation():
        page.locator("form[action='/edit/save'] button.button-main").click()
    assert int(plan.git("rev-list", "--count", "main")) == before + 1


def number(plan: Planned, name: str) -> str:
    found: str = plan.call("GET", f"/api/plan/phase/{name}").json["values"]["number"]
    return found


def test_by_keyboard_alone_phases_change_their_order(page: Page, shared: Planned) -> None:
    """Alt with the arrows, told by a live region; what comes too early is said at once."""
    phase(page, "horn").focus()
    page.keyboard.press("Alt+ArrowUp")
    assert order(page) == ["tower", "horn", "lamp"]
    expect(phase(page, "horn")).to_be_focused()
    expect(said(page)).to_have_text("Horn: place 2 of 3; comes before Lamp, which it needs")
    expect(phase(page, "horn").locator(".order-warnings")).to_contain_text("comes before Lamp")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    expect(said(page)).to_have_text("Horn is the first already")
    phase(page, "lamp").get_by_role("button", name="Move up").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert order(page) == ["lamp", "horn", "tower"]
    expect(page.locator(".order-warnings li")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review the change")
    page.locator("form[action='/edit/save'] button.button-main").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert shared.git("rev-list", "--count", "main") == "2"
    assert [number(shared, each) for each in ("lamp", "horn", "tower", "siren")] == [
        "01", "02", "03", "04",
    ]  # fmt: skip


def test_requirements_move_with_their_coverage_shown(page: Page, shared: Planned) -> None:
    """By ticks and a choice; into a phase that verifies them, and out of one that does."""
    expect(phase(page, "lamp").locator(".order-verified")).to_have_text("verified in Horn")
    page.get_by_role("checkbox", name="LAMP-02").check()
    page.locator("select[name=to]").select_option("horn")
    page.get_by_role("button", name="Move", exact=True).click()
    horn = phase(page, "horn")
    expect(horn.locator("[data-requirement=LAMP-02] .order-verified")).to_have_text(
        "was in Lamp · verified here"
    )
    expect(horn.locator(".order-count")).to_have_text(
        "2 requirements (was 1), 2 verified by its criteria (was 1)"
    )
    page.get_by_role("checkbox", name="HORN-01").check()
    page.locator("select[name=to]").select_option("siren")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(said(page)).to_contain_text("1 of them not verified by a criterion there")
    expect(horn.locator("[data-requirement=HORN-01] .order-verified")).to_contain_text(
        f"goes to {XSS} · verified in Horn"
    )
    assert page.title() != "owned"
    save(page, shared)
    assert page.title() != "owned"
    assert "phase: horn" in shared.file("requirements/LAMP-02.md")
    assert "phase: siren" in shared.file("requirements/HORN-01.md")


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_phases_and_requirements_are_dragged(page: Page, shared: Planned) -> None:
    """With the mouse: a phase by its grip, a requirement into another phase."""
    grip = phase(page, "horn").locator(".order-grip")
    grip.drag_to(phase(page, "tower"), target_position={"x": 40, "y": 4})
    assert order(page) == ["horn", "tower", "lamp"]
    requirement = page.locator("[data-requirement=LAMP-01]")
    requirement.drag_to(phase(page, "lamp"), target_position={"x": 40, "y": 20})
    expect(phase(page, "lamp").locator("[data-requirement=LAMP-01]")).to_be_visible()
    save(page, shared)
    assert number(shared, "horn") == "01"
    assert "phase: lamp" in shared.file("requirements/LAMP-01.md")


def test_a_draft_comes_back_and_is_discarded(page: Page, shared: Planned) -> None:
    """After leaving the page against the warning."""
    phase(page, "horn").get_by_role("button", name="Move up").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{shared.served.address}/roadmap/")
    page.goto(f"{shared.served.address}/edit/order")
    assert order(page) == ["tower", "horn", "lamp"]
    page.get_by_role("button", name="Discard all").click()
    page.goto(f"{shared.served.address}/edit/order")
    assert order(page) == ["tower", "lamp", "horn"]


def test_a_new_phase_goes_between_two(page: Page) -> None:
    """The link leads to the form, with the place filled in."""
    phase(page, "tower").get_by_role("link", name="New phase after").click()
    page.wait_for_url("**/edit/new/phase?after=tower&milestone=v1")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_and_fits(opened: Opened, plan: Planned, theme: str) -> None:
    """Axe finds nothing, with a violation and moved requirements; 400 pixels do."""
    page = opened(color_scheme=theme).new_page()
    page.goto(f"{plan.served.address}/edit/order")
    phase(page, "horn").get_by_role("button", name="Move up").click()
    page.get_by_role("checkbox", name="LAMP-01").check()
    page.locator("select[name=to]").select_option("siren")
    page.get_by_role("button", name="Move", exact=True).click()
    found = []
    for width in (400, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        found += [f"{width} {each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
    assert not found
