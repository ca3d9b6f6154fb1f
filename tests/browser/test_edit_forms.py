"""The forms of the plan's items in a real Chromium: by hand, by keyboard, and after a crash."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    Dialog,
    Locator,
    Page,
    StorageState,
    ViewportSize,
    expect,
)

from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import KEY
from tests.service.watching import eventually

EVIL = "<script>window.hit = 1</script>\"'><img src=x onerror='window.hit=1'>"
QUOTED = "'" + EVIL.replace("'", "''") + "'"
PLAN = {
    **FILES,
    "phases/tower.md": (
        "---\ntitle: Tower\nnumber: 01\nmilestone: v1\ndepends_on:\n  - {phase: lamp, soft: true,"
        " reason: The lamp shows how heavy it is}\nwaive:\n  some-rule: a reason\n---\n\n"
        "The tower stands.\n\n## Success criteria\n\n1. The lamp is lit. {#c1}\n"
        "   - verifies: LAMP-01\n   - level: full\n2. It turns. {#c2}\n   - verifies: LAMP-02\n"
        "3. It is seen. {#c3}\n"
    ),
    "phases/evil.md": (
        f"---\ntitle: {QUOTED}\nnumber: 03\nowner: {QUOTED}\ntags: [{QUOTED}]\n"
        f"depends_on:\n  - phase: lamp\n    reason: {QUOTED}\nwaive:\n  {QUOTED}: {QUOTED}\n---\n\n"
        f"{EVIL}\n\n## Success criteria\n\n1. {EVIL} {{#c1}}\n   - check: {EVIL}\n"
    ),
}
KEPT = "Object.values(localStorage).some((each) => each.includes('Typed as well'))"
OFFERED = ".picker-list:not([hidden]) > li"
CHOSEN = f"{OFFERED}[aria-selected=true]"
PAGES = (
    "edit/plan/plan", "edit/milestone/v1", "edit/phase/tower", "edit/requirement/LAMP-02",
    "edit/research/survey/stack", "edit/new/requirement?phase=lamp", "edit/new/phase",
    "edit/requirement/LAMP-01/rename", "edit/requirement/LAMP-01/delete",
    "edit/requirement/LAMP-01/move",
)  # fmt: skip


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file."""
    with planned_service(tmp_path_factory.mktemp("forms"), PLAN) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(browser: Browser, planned: Planned) -> StorageState:
    """The cookies of a person who signed in: once, since that is limited."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{planned.served.address}/login")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{planned.served.address}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(params=[1280, 400])
def page(
    request: pytest.FixtureRequest, browser: Browser, signed_in: StorageState
) -> Iterator[Page]:
    """A browser of its own for each test and width, signed in."""
    size: ViewportSize = {"width": request.param, "height": 900}
    context = browser.new_context(viewport=size, storage_state=signed_in)
    yield context.new_page()
    context.close()


def open_form(page: Page, planned: Planned, path: str) -> None:
    page.goto(f"{planned.served.address}/{path}")
    expect(page.locator("edit-form")).to_be_visible()


def review(page: Page) -> None:
    page.get_by_role("button", name="Review the change").click()
    expect(page.locator("form[action='/edit/save']")).to_be_attached()


def sent(page: Page) -> str:
    """The edit that the review page would save."""
    return page.locator("input[name=operation]").first.input_value()


def drag(page: Page, grip: Locator, row: Locator) -> None:
    """Take a row by its head and let it go above another one."""
    grip.hover()
    page.mouse.down()
    for _ in range(3):  # The page scrolls along with the row.
        place = row.bounding_box()
        assert place is not None
        page.mouse.move(place["x"] + 30, place["y"] + 4, steps=8)
    page.mouse.up()


def tab_to(page: Page, selector: str) -> None:
    """Walk by Tab until the element has the focus."""
    for _ in range(120):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {selector}")


def test_a_whole_edit_by_keyboard_alone(page: Page, planned: Planned) -> None:
    """From the page of the item, through picker and text, to the review: no pointer."""
    page.goto(f"{planned.served.address}/r/LAMP-02/")
    expect(page.locator("item-actions")).to_be_visible()
    page.keyboard.press("e")
    page.wait_for_url("**/edit/requirement/LAMP-02")
    tab_to(page, "textarea[name='f.text']")
    page.keyboard.press("Control+a")
    page.keyboard.type("The lamp shall turn twice a minute.")
    tab_to(page, "item-picker input[id='f.phases.0.id']")
    page.keyboard.type("tow")
    expect(page.locator(CHOSEN)).to_contain_text("Tower")
    page.keyboard.press("Enter")
    expect(page.locator("input[id='f.phases.0.id']")).to_have_value("01 Tower (tower)")
    page.keyboard.press("Control+Enter")
    expect(page.locator("form[action='/edit/save']")).to_be_attached()
    assert '"phases":["tower"]' in sent(page)
    assert "turn twice a minute" in sent(page)


def test_keys_of_the_page_are_listed(page: Page, planned: Planned) -> None:
    """`?` names what the page offers, and `n` begins a requirement of the phase."""
    page.goto(f"{planned.served.address}/p/lamp/")
    expect(page.locator("item-actions")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("New requirement")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url("**/edit/new/requirement?phase=lamp")
    expect(page.locator("input[id='f.phases.0.id']")).to_have_value("02 Lamp (lamp)")


def test_a_picker_searches_and_can_be_left(page: Page, planned: Planned) -> None:
    """Escape leaves what was chosen; ids of requirements come from the whole plan."""
    open_form(page, planned, "edit/phase/tower")
    phase = page.locator("input[id='f.depends_on.0.phase']")
    phase.fill("zzz")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    page.keyboard.press("Escape")
    expect(phase).to_have_value("02 Lamp (lamp)")
    expect(page.get_by_role("listbox")).to_have_count(0)
    phase.click()  # What is typed then takes the place of what was chosen.
    page.keyboard.type("qqq")
    expect(phase).to_have_value("qqq")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    page.keyboard.press("Enter")  # Leaves the list, and does not send the form.
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(phase).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(phase).to_have_value("02 Lamp (lamp)")
    verifies = page.locator("input[id='f.criteria.2.verifies']")
    verifies.click()
    verifies.press_sequentially("turn once")
    expect(page.locator(CHOSEN)).to_have_count(1)
    verifies.fill("lamp-01, lamp-0")
    expect(page.locator(OFFERED).first).to_contain_text("LAMP-01")
    verifies.press("ArrowDown")
    verifies.press("Enter")
    expect(verifies).to_have_value("lamp-01, LAMP-02")


def test_criteria_are_ordered_added_and_removed(page: Page, planned: Planned) -> None:
    """By buttons, by Alt and an arrow, and by dragging; their ids stay theirs."""
    open_form(page, planned, "edit/phase/tower")
    names = page.locator("edit-rows[name=criteria] .row-name")
    page.get_by_role("button", name="Move c3 up").click()
    expect(names).to_have_text(["c1", "c3", "c2"])
    page.locator("textarea[id='f.criteria.0.text']").press("Alt+ArrowDown")
    expect(names).to_have_text(["c3", "c1", "c2"])
    expect(page.locator("textarea[id='f.criteria.0.text']")).to_be_focused()
    row = page.locator("edit-rows[name=criteria] .row")
    row.nth(0).scroll_into_view_if_needed()
    drag(page, names.nth(2), row.nth(0))
    expect(names).to_have_text(["c2", "c3", "c1"])
    page.get_by_role("button", name="Remove c1").click()
    page.get_by_role("button", name="Add a criterion").click()
    page.keyboard.type("It is heard.")
    review(page)
    criteria = sent(page)
    order = [criteria.index(text) for text in ('"id":"c2"', '"id":"c3"', "It is heard.")]
    assert order == sorted(order)
    assert '"id":"c1"' not in criteria


def test_markdown_is_previewed_as_the_site_shows_it(page: Page, planned: Planned) -> None:
    """And markup in it is harmless."""
    open_form(page, planned, "edit/phase/tower")
    goal = page.locator("[data-field='f.goal']")
    goal.get_by_role("textbox").fill(f"The **tower** stands.\n\n{EVIL}")
    goal.get_by_role("button", name="Preview").click()
    expect(goal.locator(".text-shown strong")).to_have_text("tower")
    assert page.evaluate("window.hit") is None
    goal.get_by_role("button", name="Write").click()
    expect(goal.get_by_role("textbox")).to_be_focused()


def test_checks_answer_while_one_types_and_a_fix_mends(page: Page, planned: Planned) -> None:
    """The finding stands at its field, goes when it is mended, and other text stays."""
    open_form(page, planned, "edit/requirement/LAMP-02")
    field = page.locator("[data-field='f.text']")
    page.locator("textarea[name='f.rationale']").fill("For ships.")
    text = page.locator("textarea[name='f.text']")
    text.fill("The lamp should turn.")
    expect(field.locator(".found.is-new").filter(has_text="should")).to_be_visible()
    expect(page.locator("[data-said]")).to_contain_text("new problem")
    text.fill("The lamp shall turn once a minute.")
    expect(field.locator(".found").filter(has_text="should")).to_have_count(0)
    text.fill("The lamp should turn.")
    field.get_by_role("button", name="Write “shall”").click()
    expect(page.locator("textarea[name='f.text']")).to_have_value("The lamp shall turn.")
    expect(page.locator("textarea[name='f.rationale']")).to_have_value("For ships.")


def test_a_new_item_is_told_its_id_while_it_is_written(page: Page, planned: Planned) -> None:
    """The planner says it; nothing is made yet."""
    open_form(page, planned, "edit/new/requirement?phase=lamp")
    expect(page.locator("[data-next-id]")).to_have_text("It would be LAMP-03.")
    page.locator("#category").fill("AUTH")
    expect(page.locator("[data-next-id]")).to_have_text("It would be AUTH-01.")


def test_what_was_typed_survives_a_crash(page: Page, planned: Planned) -> None:
    """Rows and all; it is offered, restored, and can be thrown away."""
    open_form(page, planned, "edit/phase/tower")
    page.locator("textarea[name='f.goal']").fill("Typed before the crash.")
    page.get_by_role("button", name="Add a criterion").click()
    page.keyboard.type("Typed as well.")
    page.get_by_role("button", name="Move c3 up").click()
    eventually(lambda: page.evaluate(KEPT), "the draft is kept")
    other = page.context.new_page()  # The first one is gone without a word.
    page.close(run_before_unload=False)
    open_form(other, planned, "edit/phase/tower")
    expect(other.locator("textarea[name='f.goal']")).to_have_value("The tower stands.")
    other.get_by_role("button", name="Restore it").click()
    expect(other.locator("textarea[name='f.goal']")).to_have_value("Typed before the crash.")
    names = other.locator("edit-rows[name=criteria] .row-name")
    expect(names).to_have_text(["c1", "c3", "c2", "New criterion"])
    expect(other.locator("textarea[id='f.criteria.3.text']")).to_have_value("Typed as well.")
    other.close(run_before_unload=False)
    third = planned_page(planned, names.page)
    third.get_by_role("button", name="Discard it").click()
    third.reload()
    expect(third.locator(".draft-bar")).to_have_count(0)


def planned_page(planned: Planned, closed: Page) -> Page:
    """The form of the tower in a new page of the same browser."""
    page = closed.context.new_page()
    open_form(page, planned, "edit/phase/tower")
    return page


def test_leaving_unsent_text_asks_first(page: Page, planned: Planned) -> None:
    """And does not ask where nothing was typed, or when it is sent."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    open_form(page, planned, "edit/milestone/v1")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/m/v1/")
    open_form(page, planned, "edit/milestone/v1")
    page.locator("textarea[name='f.overview']").press_sequentially("Unsent.")
    page.get_by_role("link", name="Cancel").click()
    assert asked == ["beforeunload"]
    expect(page.locator("textarea[name='f.overview']")).to_have_value("Unsent.")
    review(page)
    assert asked == ["beforeunload"]


def test_a_form_that_came_back_with_a_mend_is_unsent(page: Page, planned: Planned) -> None:
    """Leaving it asks, and a crash loses nothing of it: the plan does not have it yet."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    open_form(page, planned, "edit/requirement/LAMP-02")
    page.locator("textarea[name='f.text']").fill("The lamp should turn.")
    page.get_by_role("button", name="Write “shall”").click()
    expect(page.locator("textarea[name='f.text']")).to_have_value("The lamp shall turn.")
    page.get_by_role("link", name="Cancel").click()
    assert asked == ["beforeunload"]
    expect(page.locator("textarea[name='f.text']")).to_have_value("The lamp shall turn.")
    mended = "Object.values(localStorage).some((each) => each.includes('lamp shall turn.'))"
    eventually(lambda: page.evaluate(mended), "the mended text is kept")


def test_back_from_the_review_nothing_is_lost(page: Page, planned: Planned) -> None:
    """By the browser's own way back, and by the link of the page."""
    open_form(page, planned, "edit/phase/tower")
    page.locator("textarea[name='f.goal']").fill("Looked at first.")
    page.get_by_role("button", name="Remove c2").click()
    review(page)
    page.go_back()
    expect(page.locator("textarea[name='f.goal']")).to_have_value("Looked at first.")
    expect(page.locator("edit-rows[name=criteria] .row-name")).to_have_text(["c1", "c3"])
    review(page)
    page.get_by_role("link", name="Back to the form").first.click()
    expect(page.locator("textarea[name='f.goal']")).to_have_value("Looked at first.")


def test_what_was_saved_is_no_draft_any_more(page: Page, planned: Planned) -> None:
    """On the branch and in a proposal, of an item that was there and of a new one."""
    width = page.evaluate("innerWidth")
    open_form(page, planned, "edit/new/milestone")
    page.locator("[id='f.title']").fill(f"Light {width}")
    review(page)
    page.locator("form[action='/edit/save'] [data-save]").first.click()
    page.wait_for_url("**/m/light-*/**")
    open_form(page, planned, "edit/new/milestone")
    expect(page.locator(".draft-bar")).to_have_count(0)
    open_form(page, planned, f"edit/milestone/light-{width}")
    page.locator("[id='f.owner']").fill("Grace")
    review(page)
    page.get_by_label("new proposal", exact=False).first.check()
    page.get_by_label("Title of the new proposal").fill(f"Grace {width}")
    page.locator("form[action='/edit/save'] [data-save]").first.click()
    page.wait_for_url("**/proposals/grace-**")
    open_form(page, planned, f"edit/milestone/light-{width}")
    expect(page.locator(".draft-bar")).to_have_count(0)


def test_too_much_text_is_kept_in_the_page(page: Page, planned: Planned) -> None:
    """The browser does not send what the service would refuse."""
    open_form(page, planned, "edit/requirement/LAMP-01")
    notes = page.locator("textarea[name='f.notes']")
    notes.evaluate("(area) => { area.value = 'x'.repeat(1.1e6); }")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-said]")).to_contain_text("too large")
    assert page.url.endswith("/edit/requirement/LAMP-01")


def test_markup_in_every_field_is_shown_as_text(page: Page, planned: Planned) -> None:
    """In the fields, the findings and the choices."""
    open_form(page, planned, "edit/phase/evil")
    expect(page.locator("[id='f.title']")).to_have_value(EVIL)
    expect(page.locator("[id='f.waive.0.rule']")).to_have_value(EVIL)
    page.locator("[id='f.title']").fill(EVIL + EVIL)
    expect(page.locator("[data-said]")).not_to_be_empty()
    page.locator("input[id='f.depends_on.0.phase']").click()
    expect(page.locator(OFFERED).filter(has_text="<script>")).to_have_count(1)
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.hit") is None


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_forms_are_accessible_and_fit(
    browser: Browser, planned: Planned, signed_in: StorageState, theme: Literal["light", "dark"]
) -> None:
    """Axe finds nothing in either theme, and 400 pixels are enough."""
    context = browser.new_context(color_scheme=theme, storage_state=signed_in)
    page = context.new_page()
    found = []
    for path in PAGES:
        page.goto(f"{planned.served.address}/{path}")
        for width in (400, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{path}: {wide} of {width} pixels")
            found += [
                f"{path} at {width}: {each['id']}: {each['nodes'][0]['html'][:160]}"
                for each in Axe().run(page).response["violations"]
            ]
    context.close()
    assert not found
