"""The table editor as a person uses it, on a plan with rows of many sorts."""

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.service.planned import FILES, Planned

XSS = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
ROWS = {
    **FILES,
    "milestones/v2.md": "---\ntitle: Second light\n---\n",
    "requirements/TOW-01.md": "---\nphase: tower\nowner: Ada\n---\n\nThe tower shall stand.\n",
    "requirements/TOW-02.md": (
        f"---\nphase: tower\ntitle: {json.dumps(XSS)}\n---\n\n{XSS} shall stand.\n"
    ),
}


def open_table(page: Page, plan: Planned, query: str = "") -> None:
    page.goto(f"{plan.served.address}/edit/table{query}")
    expect(page.get_by_role("grid")).to_be_visible()


def row(page: Page, name: str) -> Locator:
    """The row of an item."""
    wanted = page.locator(".cell-id").get_by_text(name, exact=True)
    return page.locator(".grid-body .grid-row").filter(has=wanted)


def cell(page: Page, name: str, column: str) -> Locator:
    return row(page, name).locator(f".cell-{column}")


def put(page: Page, name: str, column: str, text: str) -> None:
    """Write into a cell that is not a choice."""
    cell(page, name, column).click()
    page.keyboard.press("F2")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")


def paste(page: Page, text: str) -> None:
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("ControlOrMeta+V")


def new_rows(page: Page) -> Locator:
    """The line for new rows."""
    return page.locator(".is-empty .cell-id")


def review(page: Page) -> None:
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review the change")


def save(page: Page, plan: Planned) -> None:
    """From the table to the commit."""
    before = int(plan.git("rev-list", "--count", "main"))
    review(page)
    with page.expect_navigation():
        page.locator("form[action='/edit/save'] button.button-main").click()
    assert int(plan.git("rev-list", "--count", "main")) == before + 1


def value(plan: Planned, item: str, name: str) -> Any:
    return plan.call("GET", f"/api/plan/requirement/{item}").json["values"][name]
