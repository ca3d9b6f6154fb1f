"""Review, save and conflict in a real Chromium: by mouse, by keyboard alone, without JavaScript."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.signed import Opened
from tests.service.planned import FILES, Planned, planned_service

GOAL = "The tower stands on the rock, thirty metres high."
TOWER = (
    f"---\ntitle: Tower\nnumber: 01\nmilestone: v1\nowner: Ada\n---\n\n{GOAL}\n\n"
    "## Success criteria\n\n1. The lamp is lit within 200 ms. {#c1}\n   - verifies: LAMP-01\n"
)
WIDTHS = [1280, 400]
# A page of ours that sends a form, as the forms of the plan do.
_SEND = """([path, fields]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: path });
  form.enctype = "multipart/form-data";
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file."""
    files = {**FILES, "phases/tower.md": TOWER}
    with planned_service(tmp_path_factory.mktemp("planned"), files) as found:
        yield found


def blob(planned: Planned) -> str:
    return planned.git("rev-parse", "HEAD:content/phases/tower.md")


def tower(planned: Planned, **changes: object) -> dict[str, object]:
    return {"op": "set", "kind": "phase", "id": "tower", "changes": changes, "blob": blob(planned)}


def review(page: Page, planned: Planned, edit: dict[str, object], back: str = "") -> None:
    """Come to the review of an edit from a page of ours."""
    page.goto(f"{planned.served.address}/docs")
    page.evaluate(_SEND, ["/edit/review", {"operation": json.dumps(edit), "back": back}])
    page.wait_for_url(f"{planned.served.address}/edit/review")


def review_without_script(page: Page, planned: Planned, edit: dict[str, object]) -> None:
    """The same where no script runs: the page of a form is made up."""
    fields = json.dumps(edit).replace("&", "&amp;").replace('"', "&quot;")
    action = f"{planned.served.address}/edit/review"
    body = (
        f'<form method="post" action="{action}" enctype="multipart/form-data">'
        f'<input type="hidden" name="operation" value="{fields}"><button>go</button></form>'
    )
    made_up = f"{planned.served.address}/made-up-form"
    page.route(made_up, lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(made_up)
    page.get_by_role("button").click()
    page.wait_for_url(action)


def by_hand(planned: Planned, *changes: tuple[str, str]) -> None:
    file = planned.root / "content/phases/tower.md"
    text = file.read_text("utf-8")
    for old, new in changes:
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    planned.git("commit", "-qam", "By hand")


def fits(page: Page) -> None:
    """Nothing is wider than the window, and axe finds nothing."""
    assert page.viewport_size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    found = Axe().run(page).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_change_is_reviewed_and_saved(opened: Opened, plan: Planned, width: int) -> None:
    """The page that it leads to shows the new text, and says as what it was saved."""
    page = opened(width).new_page()
    review(page, plan, tower(plan, goal=GOAL.replace("thirty", "forty")))
    expect(page.locator("del", has_text="thirty")).to_be_visible()
    expect(page.locator("ins", has_text="forty")).to_be_visible()
    page.get_by_label("Message").fill("Build it higher")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/p/tower/**")
    expect(page.get_by_text("forty metres high").first).to_be_visible()
    commit = plan.git("rev-parse", "HEAD")
    note = page.get_by_role("status").filter(has_text="Saved as")
    expect(note).to_have_text(f"Saved as {commit[:7]} on main.")
    # What is kept, passed on or loaded again is the page itself.
    assert page.url == f"{plan.served.address}/p/tower/"
    page.reload()
    assert page.get_by_text("Saved as").count() == 0
    assert plan.git("log", "-1", "--format=%s") == "Build it higher"


def test_an_address_cannot_make_a_page_say_that_something_was_saved(
    opened: Opened, shared: Planned
) -> None:
    """Neither by words of its own, nor by a name that nobody sent."""
    page = opened().new_page()
    for name in ("1a2b3c4", "<b>Saved</b>", "A" * 22):
        with page.expect_response("**/api/plan/saved/**") as asked:
            page.goto(f"{shared.served.address}/p/tower/?saved={name}")
        assert asked.value.status == 404
        page.wait_for_url(f"{shared.served.address}/p/tower/")
        assert page.get_by_text("Saved").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_by_keyboard_alone(opened: Opened, plan: Planned, width: int) -> None:
    """To the places of saving by Tab and arrows, and off by Ctrl+Enter."""
    page = opened(width).new_page()
    review(page, plan, tower(plan, owner="Mary"))
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "message":
            break
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("a new proposal")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("From the keys")
    page.keyboard.press("ControlOrMeta+Enter")
    page.wait_for_url("**/proposals/from-the-keys**")
    assert plan.git("log", "-1", "--format=%s", "plan/from-the-keys") == "By keyboard"
    expect(page.get_by_text("Saved as")).to_be_visible()


def test_a_double_click_saves_once(opened: Opened, plan: Planned) -> None:
    """And the page that comes is that of the save."""
    page = opened().new_page()
    new = {"op": "create", "kind": "requirement", "fields": {"text": "It hums.", "phase": "lamp"}}
    review(page, plan, new)
    page.get_by_role("button", name="Save", exact=True).dblclick()
    page.wait_for_url("**/r/LAMP-03/**")
    assert plan.git("rev-list", "--count", "HEAD") == "2"
    # Back and once more: the very same form again.
    page.go_back()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/r/LAMP-03/**")
    assert plan.git("rev-list", "--count", "HEAD") == "2"


def test_the_way_back_keeps_what_was_typed(opened: Opened, plan: Planned) -> None:
    """Back to the form is the browser's own way back, with the fields as they were left."""
    page = opened().new_page()
    page.goto(f"{plan.served.address}/edit/phase/tower")
    page.locator("[name='f.goal']").fill("Half a sentence")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("heading", name="Review the change")).to_be_visible()
    page.get_by_role("link", name="Back to the form").first.click()
    page.wait_for_url("**/edit/phase/tower")
    expect(page.locator("[name='f.goal']")).to_have_value("Half a sentence")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_conflict_is_settled_place_by_place(opened: Opened, plan: Planned, width: int) -> None:
    """The merged text follows the choice; what is written by hand counts from then on."""
    page = opened(width).new_page()
    edit = tower(plan, goal=GOAL.replace("thirty metres high", "forty metres tall"), title="Mine")
    by_hand(plan, ("thirty metres high", "twenty feet high"), ("title: Tower", "title: Theirs"))
    review(page, plan, edit)
    expect(page.get_by_role("heading", name="Both of you changed this")).to_be_visible()
    merged = page.get_by_label("The merged text")
    places = page.get_by_role("group", name="Goal")
    places.get_by_role("radio", name="Now in the plan").check()
    expect(merged).to_have_value("The tower stands on the rock, twenty feet high.")
    places.get_by_role("radio", name="Yours").check()
    expect(merged).to_have_value("The tower stands on the rock, forty metres tall.")
    merged.fill("The tower is fifty metres.")
    page.get_by_role("button", name="Review the result").click()
    # The title is not settled: the page comes again, with all that was chosen.
    expect(page.get_by_role("alert")).to_contain_text("still missing")
    expect(page.get_by_label("The merged text")).to_have_value("The tower is fifty metres.")
    page.get_by_role("group", name="Title").get_by_label("A text of your own").fill("Ours")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("heading", name="Review the change")).to_be_visible()
    page.keyboard.press("ControlOrMeta+Enter")
    page.wait_for_url("**/p/tower/**")
    kept = plan.file("phases/tower.md")
    assert "title: Ours" in kept
    assert "The tower is fifty metres." in kept


@pytest.mark.parametrize("width", WIDTHS)
def test_it_all_works_without_javascript(opened: Opened, plan: Planned, width: int) -> None:
    """Conflict, review and save."""
    page = opened(width, java_script_enabled=False).new_page()
    edit = tower(plan, goal=GOAL.replace("thirty", "forty"))
    by_hand(plan, ("thirty", "fifty"))
    review_without_script(page, plan, edit)
    page.get_by_role("radio", name="Yours").check()
    page.get_by_role("button", name="Review the result").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/p/tower/**")
    assert "forty metres high" in page.content()
    assert "forty metres high" in plan.file("phases/tower.md")


def test_an_open_page_shows_what_somebody_else_saves(opened: Opened, plan: Planned) -> None:
    """It reloads by itself, without a touch."""
    reader, writer = opened().new_page(), opened().new_page()
    reader.goto(f"{plan.served.address}/p/tower/")
    expect(reader.get_by_text("thirty metres high").first).to_be_visible()
    # The page follows the builds from the moment on that it knows who reads it.
    expect(reader.locator("session-menu")).to_be_visible()
    review(writer, plan, tower(plan, goal=GOAL.replace("thirty", "ninety")))
    writer.get_by_role("button", name="Save", exact=True).click()
    expect(reader.get_by_text("ninety metres high").first).to_be_visible(timeout=20_000)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (400, "dark")])
def test_the_pages_are_accessible_and_fit(
    opened: Opened, plan: Planned, theme: str, width: int
) -> None:
    """Review, conflict, a deleted item, and what stops a save."""
    page = opened(width, color_scheme=theme).new_page()
    criteria = [{"id": "c1", "text": "The lamp is lit within 500 ms."}, {"text": "x" * 200}]
    edit = tower(
        plan, goal="Another goal. " + "Long" * 60, owner="Mary", criteria=criteria,
        depends_on=[{"phase": "nowhere"}],
    )  # fmt: skip
    review(page, plan, edit)
    fits(page)
    by_hand(plan, ("thirty", "fifty"), ("owner: Ada", "owner: Grace"), ("200 ms", "100 ms"))
    review(page, plan, edit)
    fits(page)
    page.get_by_role("button", name="Review the result").click()
    expect(page.get_by_role("alert")).to_be_visible()
    fits(page)
    stopped = {"operation": json.dumps(edit), "where": "proposal:gone", "message": "x"}
    page.evaluate(_SEND, ["/edit/save", stopped])
    expect(page.get_by_role("heading", name="Not saved")).to_be_visible()
    fits(page)
    (plan.root / "content/phases/tower.md").write_text("---\ntitle: x\n---\n", "utf-8")
    page.evaluate(_SEND, ["/edit/save", {**stopped, "where": "branch", "operation": json.dumps(
        {"op": "set", "kind": "phase", "id": "tower", "changes": {"owner": "Z"}})}])  # fmt: skip
    expect(page.get_by_role("heading", name="Somebody changed this file")).to_be_visible()
    fits(page)
