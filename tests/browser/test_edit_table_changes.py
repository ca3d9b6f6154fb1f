"""Changes in the table editor in a real Chromium: of ticked rows, checked, kept, merged."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.signed import Opened
from tests.browser.tables import ROWS, XSS, cell, new_rows, open_table, paste, put, row, save, value
from tests.service.planned import Planned, planned_service


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("planned"), ROWS) as found:
        yield found


@pytest.fixture(params=[1280, 400])
def page(request: pytest.FixtureRequest, opened: Opened, plan: Planned) -> Page:
    """The table, wide and narrow."""
    page = opened(request.param).new_page()
    open_table(page, plan)
    return page


def test_ticked_rows_change_together(page: Page, plan: Planned) -> None:
    """A status, a tag that comes, and rows that go, as three steps and one commit."""
    boxes = [page.get_by_role("checkbox", name=f"Select {each}") for each in ("LAMP-01", "TOW-01")]
    boxes[0].check()
    boxes[1].click(modifiers=["Shift"])
    bulk = page.get_by_role("group", name="Change the selected rows")
    expect(bulk).to_contain_text("3 selected")
    page.get_by_label("What to change").select_option("Status")
    page.get_by_label("Value for Status").select_option("done")
    bulk.get_by_role("button", name="Set").click()
    page.get_by_label("What to change").select_option("Add tags")
    page.get_by_label("Value for Tags").fill("bright")
    bulk.get_by_role("button", name="Set").click()
    expect(cell(page, "LAMP-01", "tags")).to_have_text("light, bright")
    bulk.get_by_role("button", name="Select none").click()
    page.get_by_role("checkbox", name="Select TOW-02").check()
    bulk.get_by_text("Delete", exact=True).click()
    bulk.get_by_role("button", name="Mark for deletion").click()
    expect(row(page, "TOW-02")).to_have_class("grid-row is-gone")
    save(page, plan)
    assert [value(plan, each, "status") for each in ("LAMP-01", "LAMP-02", "TOW-01")] == [
        "done"
    ] * 3
    assert value(plan, "LAMP-02", "tags") == ["bright"]
    assert not (plan.root / "content/requirements/TOW-02.md").exists()


def test_problems_of_the_plan_stand_at_their_row(page: Page) -> None:
    """They are those that the save would bring, and lead to their row."""
    put(page, "TOW-01", "text", "The tower should be fast, etc.")
    # A cell that cannot be saved does not hold up the checks of the other rows.
    put(page, "LAMP-02", "target", "soon")
    expect(page.locator(".table-problems summary")).to_contain_text("in the plan")
    page.locator(".table-problems summary").click()
    page.locator(".table-problems li button").first.click()
    expect(cell(page, "TOW-01", "id")).to_be_focused()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(".table-problems")).to_be_hidden()


def test_a_draft_comes_back(page: Page, plan: Planned) -> None:
    """After leaving the page against the warning, and with new rows."""
    put(page, "TOW-01", "owner", XSS)
    new_rows(page).click()
    paste(page, "\t\tThe lamp shall wait.")
    expect(page.locator(".table-count")).to_contain_text("2 changes in 2 rows")
    warned: list[str] = []

    def accept(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.goto(f"{plan.served.address}/roadmap/")
    assert warned == ["beforeunload"]
    open_table(page, plan)
    expect(page.locator(".table-notes")).to_contain_text("are here again")
    expect(cell(page, "TOW-01", "owner")).to_have_text(XSS)
    expect(page.locator(".is-new .cell-text")).to_have_text("The lamp shall wait.")
    page.get_by_role("button", name="Discard all").click()
    expect(cell(page, "TOW-01", "owner")).to_have_text("Ada")
    open_table(page, plan)
    expect(page.locator(".table-count")).to_have_text("Nothing is changed yet.")


def test_two_people_in_other_cells_of_a_row_both_keep_theirs(
    opened: Opened, page: Page, plan: Planned
) -> None:
    """The second save is merged; in the same cell it is a clash, and nothing is lost."""
    theirs = opened().new_page()
    open_table(theirs, plan)
    put(theirs, "TOW-01", "owner", "theirs")
    save(theirs, plan)
    put(page, "TOW-01", "target", "2026-05-31")
    save(page, plan)
    assert value(plan, "TOW-01", "owner") == "theirs"
    assert value(plan, "TOW-01", "target") == "2026-05-31"

    open_table(page, plan)
    open_table(theirs, plan)
    put(theirs, "TOW-01", "owner", "once more")
    save(theirs, plan)
    put(page, "TOW-01", "owner", "mine")
    page.keyboard.press("ControlOrMeta+Enter")
    page.wait_for_url("**/edit/review")
    expect(page.get_by_role("main")).to_contain_text("once more")
    expect(page.get_by_role("main")).to_contain_text("mine")
    assert plan.git("rev-list", "--count", "main") == "4"


def test_columns_are_chosen_and_remembered(page: Page, plan: Planned) -> None:
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Rationale").check()
    page.get_by_role("checkbox", name="Short title").uncheck()
    page.keyboard.press("Escape")
    open_table(page, plan)
    headers = page.get_by_role("columnheader").all_inner_texts()
    assert "Rationale" in headers
    assert "Short title" not in headers


def test_other_kinds_and_choices_have_the_same_table(page: Page, plan: Planned) -> None:
    open_table(page, plan, "?phase=lamp")
    expect(page.locator(".grid-body .cell-id")).to_have_text(["LAMP-02", "+ new"])
    page.get_by_label("Find in the rows").fill("nothing like it")
    expect(page.locator(".grid-body .cell-id")).to_have_text(["+ new"])
    open_table(page, plan, "?kind=phase")
    put(page, "lamp", "milestone", "Second light")
    save(page, plan)
    assert "milestone: v2" in plan.file("phases/lamp.md")
    open_table(page, plan, "?kind=milestone")
    new_rows(page).click()
    paste(page, "\tThird light")
    save(page, plan)
    assert "Third light" in plan.file("milestones/third-light.md")


def test_the_plans_pages_lead_to_the_table(page: Page, plan: Planned) -> None:
    """From the lists, and from an item with its own choice of rows."""
    for path, place in (
        ("requirements/", "table"), ("roadmap/", "order"),
        ("p/lamp/", "table?phase=lamp"), ("m/v1/", "order?milestone=v1"),
    ):  # fmt: skip
        page.goto(f"{plan.served.address}/{path}")
        page.locator(f"item-actions a[href='/edit/{place}']").click()
        page.wait_for_url(f"**/edit/{place}")
