"""The cells of the table editor in a real Chromium: keys, clipboard, mistakes, one commit."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.signed import Opened
from tests.browser.tables import (
    ROWS,
    XSS,
    cell,
    new_rows,
    open_table,
    paste,
    put,
    review,
    row,
    save,
    value,
)
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


def test_by_keyboard_alone_several_rows_become_one_commit(page: Page, plan: Planned) -> None:
    """Move, edit, a choice, fill down, undo, review, save: no pointer."""
    page.locator(".grid [tabindex='0']").focus()
    page.keyboard.press("Control+Home")
    headers = page.get_by_role("columnheader").all_inner_texts()
    for _ in range(headers.index("Owner") - 1):
        page.keyboard.press("ArrowRight")
    page.keyboard.type("zoe")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+d")
    expect(cell(page, "LAMP-02", "owner")).to_have_text("zoe")
    expect(page.locator(".table-count")).to_contain_text("2 changes in 2 rows")
    expect(cell(page, "LAMP-01", "owner")).to_have_attribute("title", "was: Ada")
    page.keyboard.press("Control+z")
    expect(cell(page, "LAMP-02", "owner")).to_have_text("")
    page.keyboard.press("Control+y")
    page.keyboard.press("Home")
    for _ in range(headers.index("Status") - 1):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("d")
    page.keyboard.press("Tab")
    expect(page.locator("plan-table .cell.is-active")).to_have_class("cell cell-priority is-active")
    review(page)
    page.locator("form[action='/edit/save'] button.button-main").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert plan.git("rev-list", "--count", "main") == "2"
    assert [value(plan, each, "owner") for each in ("LAMP-01", "LAMP-02")] == ["zoe", "zoe"]
    files = plan.git("show", "--format=", "--name-only").split("\n")
    assert files == [f"content/requirements/LAMP-0{n}.md" for n in (1, 2)]


def test_escape_leaves_a_cell_as_it_was(page: Page) -> None:
    cell(page, "TOW-01", "owner").click()
    page.keyboard.type("nobody")
    page.keyboard.press("Escape")
    expect(cell(page, "TOW-01", "owner")).to_have_text("Ada")
    expect(page.locator(".table-count")).to_have_text("Nothing is changed yet.")
    expect(cell(page, "TOW-01", "owner")).to_be_focused()


def test_rows_pasted_from_a_spreadsheet_become_new_items(page: Page, plan: Planned) -> None:
    """Quotes, line breaks, names of columns, a phase by its title; markup is only text."""
    new_rows(page).click()
    sheet = (
        "Requirement\tPhase\tStatus\tTags\tTarget date\r\n"
        f'"The lamp shall say ""on"".\nTwice."\tLamp\tIn progress\tone, two\t2026-05-31\r\n'
        f"{XSS} shall shine.\ttower\tapproved\t{XSS}\t\r\n"
    )
    paste(page, sheet)
    expect(page.locator(".table-count")).to_contain_text("in 2 rows")
    expect(page.locator(".is-new .cell-id")).to_have_text(["LAMP-03 (new)", "TOW-03 (new)"])
    assert page.title() != "owned"
    save(page, plan)
    assert page.title() != "owned"
    assert value(plan, "LAMP-03", "text") == 'The lamp shall say "on".\nTwice.'
    assert value(plan, "LAMP-03", "phases") == ["lamp"]
    assert value(plan, "LAMP-03", "status") == "in-progress"
    assert value(plan, "LAMP-03", "tags") == ["one", "two"]
    assert value(plan, "TOW-03", "text") == f"{XSS} shall shine."
    # What was saved does not come back as a draft.
    open_table(page, plan)
    expect(page.locator(".table-count")).to_have_text("Nothing is changed yet.")
    expect(row(page, "TOW-03")).to_be_visible()


def test_what_a_cell_cannot_hold_is_marked_there(page: Page, plan: Planned) -> None:
    """The reason stands at the cell, the review waits, and leads to it."""
    cell(page, "LAMP-01", "phases").click()
    paste(page, "cellar\tperhaps\nlamp\tdone\n")
    wrong = cell(page, "LAMP-01", "status")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_attribute(
        "title",
        "“perhaps” is none of draft, approved, in-progress, done, blocked, deferred, dropped\n"
        "was: approved",
    )
    expect(cell(page, "LAMP-01", "phases")).to_have_attribute(
        "title", "there is no phase “cellar”\nwas: tower"
    )
    expect(page.locator(".table-count")).to_contain_text("2 cells that cannot be saved")
    page.keyboard.press("Control+Enter")
    expect(cell(page, "LAMP-01", "phases")).to_be_focused()
    expect(page.locator(".sr[role=status]")).to_contain_text("cannot be saved yet")
    page.keyboard.press("Control+z")
    expect(page.locator(".table-count")).to_have_text("Nothing is changed yet.")


def test_a_range_goes_out_as_a_spreadsheet_reads_it(page: Page) -> None:
    cell(page, "TOW-01", "id").click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    quoted = XSS.replace('"', '""')
    assert copied.split("\n") == [
        "TOW-01\t\tThe tower shall stand.",
        f'TOW-02\t"{quoted}"\t"{quoted} shall stand."',
    ]


def test_tab_separated_text_is_read_and_written(page: Page) -> None:
    """What goes out comes in again; quotes that close nowhere are quotes."""
    cells = [["a", 'b "c"', "d\te"], ["", "f\ng", '"'], ["x", "", ""]]
    assert page.evaluate("(cells) => agentedTsv.parse(agentedTsv.format(cells))", cells) == cells
    read = {
        "a\tb\r\nc\td\r\n": [["a", "b"], ["c", "d"]],
        '"a" b\tc': [['"a" b', "c"]],
        '"a\tb\n"c': [['"a', "b"], ['"c']],
        '"a""b"\t"c\r\nd"': [['a"b', "c\nd"]],
        "\t": [["", ""]],
        "a\n\nb": [["a"], [""], ["b"]],
    }
    for text, wanted in read.items():
        assert page.evaluate("(text) => agentedTsv.parse(text)", text) == wanted, json.dumps(text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_table_is_accessible(opened: Opened, plan: Planned, theme: str) -> None:
    """Axe finds nothing, with changes, mistakes, ticks and an open editor; 400 pixels do."""
    page = opened(400, color_scheme=theme).new_page()
    open_table(page, plan)
    put(page, "LAMP-01", "target", "soon")
    put(page, "TOW-01", "owner", "zoe")
    new_rows(page).click()
    paste(page, "\t\tThe lamp shall wait.")
    page.get_by_role("checkbox", name="Select TOW-01").check()
    cell(page, "TOW-02", "status").click()
    page.keyboard.press("Enter")
    found = []
    for width in (400, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate(
            "[...document.querySelectorAll('.filters *')]"
            ".filter((each) => each.getBoundingClientRect().right > innerWidth).length"
        )
        assert over == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        found += [f"{width} {each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
    page.goto(f"{plan.served.address}/edit/table?plain=1")
    page.set_viewport_size({"width": 400, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    violations = Axe().run(page).response["violations"]
    found += [f"plain {each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
    assert not found
