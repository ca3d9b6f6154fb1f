"""The table editor in a real Chromium, on a real repository: keys, clipboard, bulk, one commit."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect

from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import KEY

XSS = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
MORE = {
    "milestones/v2.md": "---\ntitle: Second light\n---\n",
    "requirements/TOW-01.md": "---\nphase: tower\nowner: Ada\n---\n\nThe tower shall stand.\n",
    "requirements/TOW-02.md": (
        f"---\nphase: tower\ntitle: {json.dumps(XSS)}\n---\n\n{XSS} shall stand.\n"
    ),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("planned"), {**FILES, **MORE}) as found:
        yield found


@pytest.fixture
def plan(shared: Planned) -> Planned:
    """The service, on the plan as it was in the beginning."""
    shared.begin_again()
    return shared


@pytest.fixture(scope="module")
def signed_in(browser: Browser, shared: Planned) -> Any:
    """The cookies of a person who has signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{shared.served.address}/login")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shared.served.address}/")
    state = context.storage_state()
    context.close()
    return state


Opened = Callable[..., BrowserContext]


@pytest.fixture
def opened(browser: Browser, plan: Planned, signed_in: Any) -> Iterator[Opened]:
    """Make browsers of signed-in people, each with a clipboard and drafts of its own."""
    made: list[BrowserContext] = []

    def make(width: int = 1280, **more: Any) -> BrowserContext:
        view = {"width": width, "height": 900}
        context = browser.new_context(storage_state=signed_in, viewport=view, **more)  # type: ignore[arg-type]
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=plan.served.address)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture(params=[1280, 400])
def page(request: pytest.FixtureRequest, opened: Opened, plan: Planned) -> Page:
    """The table, wide and narrow."""
    page = opened(request.param).new_page()
    open_table(page, plan)
    return page


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


def test_the_plans_pages_lead_to_the_table(page: Page, plan: Planned) -> None:
    """From the lists, and from an item with its own choice of rows."""
    for path, place in (
        ("requirements/", "table"), ("roadmap/", "order"),
        ("p/lamp/", "table?phase=lamp"), ("m/v1/", "order?milestone=v1"),
    ):  # fmt: skip
        page.goto(f"{plan.served.address}/{path}")
        page.locator(f"item-actions a[href='/edit/{place}']").click()
        page.wait_for_url(f"**/edit/{place}")


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
