"""Review, save and conflict in a real Chromium: by mouse, by keyboard alone, without JavaScript."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import KEY

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


@pytest.fixture
def planned(shared: Planned) -> Planned:
    """The service on the plan as it was at first."""
    shared.begin_again()
    return shared


@pytest.fixture(scope="module")
def session(browser: Browser, shared: Planned) -> Any:
    """A signed-in browser's cookies: signing in for each test would meet its limit."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{shared.served.address}/login")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shared.served.address}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def contexts(browser: Browser, session: Any) -> Iterator[Any]:
    """Makes signed-in browsers."""
    made: list[BrowserContext] = []

    def make(width: int = 1280, **more: Any) -> Page:
        size = {"width": width, "height": 900}
        made.append(browser.new_context(viewport=size, storage_state=session, **more))
        return made[-1].new_page()

    yield make
    for each in made:
        each.close()


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
def test_a_change_is_reviewed_and_saved(contexts: Any, planned: Planned, width: int) -> None:
    """The page that it leads to shows the new text, and says as what it was saved."""
    page = contexts(width)
    review(page, planned, tower(planned, goal=GOAL.replace("thirty", "forty")))
    expect(page.locator("del", has_text="thirty")).to_be_visible()
    expect(page.locator("ins", has_text="forty")).to_be_visible()
    page.get_by_label("Message").fill("Build it higher")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/p/tower/**")
    expect(page.get_by_text("forty metres high").first).to_be_visible()
    commit = planned.git("rev-parse", "HEAD")
    note = page.get_by_role("status").filter(has_text="Saved as")
    expect(note).to_have_text(f"Saved as {commit[:7]} on main.")
    # What is kept, passed on or loaded again is the page itself.
    assert page.url == f"{planned.served.address}/p/tower/"
    page.reload()
    assert page.get_by_text("Saved as").count() == 0
    assert planned.git("log", "-1", "--format=%s") == "Build it higher"


def test_an_address_cannot_make_a_page_say_that_something_was_saved(
    contexts: Any, shared: Planned
) -> None:
    """Neither by words of its own, nor by a name that nobody sent."""
    page = contexts()
    for name in ("1a2b3c4", "<b>Saved</b>", "A" * 22):
        with page.expect_response("**/api/plan/saved/**") as asked:
            page.goto(f"{shared.served.address}/p/tower/?saved={name}")
        assert asked.value.status == 404
        assert page.url == f"{shared.served.address}/p/tower/"
        assert page.get_by_text("Saved").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_by_keyboard_alone(contexts: Any, planned: Planned, width: int) -> None:
    """To the places of saving by Tab and arrows, and off by Ctrl+Enter."""
    page = contexts(width)
    review(page, planned, tower(planned, owner="Mary"))
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
    assert planned.git("log", "-1", "--format=%s", "plan/from-the-keys") == "By keyboard"
    expect(page.get_by_text("Saved as")).to_be_visible()


def test_a_double_click_saves_once(contexts: Any, planned: Planned) -> None:
    """And the page that comes is that of the save."""
    page = contexts()
    new = {"op": "create", "kind": "requirement", "fields": {"text": "It hums.", "phase": "lamp"}}
    review(page, planned, new)
    page.get_by_role("button", name="Save", exact=True).dblclick()
    page.wait_for_url("**/r/LAMP-03/**")
    assert planned.git("rev-list", "--count", "HEAD") == "2"
    # Back and once more: the very same form again.
    page.go_back()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/r/LAMP-03/**")
    assert planned.git("rev-list", "--count", "HEAD") == "2"


def test_the_way_back_keeps_what_was_typed(contexts: Any, planned: Planned) -> None:
    """Back to the form is the browser's own way back, with the fields as they were left."""
    page = contexts()
    page.goto(f"{planned.served.address}/edit/phase/tower")
    page.locator("[name='f.goal']").fill("Half a sentence")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("heading", name="Review the change")).to_be_visible()
    page.get_by_role("link", name="Back to the form").first.click()
    page.wait_for_url("**/edit/phase/tower")
    expect(page.locator("[name='f.goal']")).to_have_value("Half a sentence")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_conflict_is_settled_place_by_place(contexts: Any, planned: Planned, width: int) -> None:
    """The merged text follows the choice; what is written by hand counts from then on."""
    page = contexts(width)
    edit = tower(
        planned, goal=GOAL.replace("thirty metres high", "forty metres tall"), title="Mine"
    )
    by_hand(planned, ("thirty metres high", "twenty feet high"), ("title: Tower", "title: Theirs"))
    review(page, planned, edit)
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
    kept = planned.file("phases/tower.md")
    assert "title: Ours" in kept
    assert "The tower is fifty metres." in kept


@pytest.mark.parametrize("width", WIDTHS)
def test_it_all_works_without_javascript(contexts: Any, planned: Planned, width: int) -> None:
    """Conflict, review and save."""
    page = contexts(width, java_script_enabled=False)
    edit = tower(planned, goal=GOAL.replace("thirty", "forty"))
    by_hand(planned, ("thirty", "fifty"))
    review_without_script(page, planned, edit)
    page.get_by_role("radio", name="Yours").check()
    page.get_by_role("button", name="Review the result").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/p/tower/**")
    assert "forty metres high" in page.content()
    assert "forty metres high" in planned.file("phases/tower.md")


def test_an_open_page_shows_what_somebody_else_saves(contexts: Any, planned: Planned) -> None:
    """It reloads by itself, without a touch."""
    reader, writer = contexts(), contexts()
    reader.goto(f"{planned.served.address}/p/tower/")
    expect(reader.get_by_text("thirty metres high").first).to_be_visible()
    # The page follows the builds from the moment on that it knows who reads it.
    expect(reader.locator("session-menu")).to_be_visible()
    review(writer, planned, tower(planned, goal=GOAL.replace("thirty", "ninety")))
    writer.get_by_role("button", name="Save", exact=True).click()
    expect(reader.get_by_text("ninety metres high").first).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_and_fit(
    contexts: Any, planned: Planned, theme: str, width: int
) -> None:
    """Review, conflict, a deleted item, and what stops a save."""
    page = contexts(width, color_scheme=theme)
    criteria = [{"id": "c1", "text": "The lamp is lit within 500 ms."}, {"text": "x" * 200}]
    edit = tower(
        planned, goal="Another goal. " + "Long" * 60, owner="Mary", criteria=criteria,
        depends_on=[{"phase": "nowhere"}],
    )  # fmt: skip
    review(page, planned, edit)
    fits(page)
    by_hand(planned, ("thirty", "fifty"), ("owner: Ada", "owner: Grace"), ("200 ms", "100 ms"))
    review(page, planned, edit)
    fits(page)
    page.get_by_role("button", name="Review the result").click()
    expect(page.get_by_role("alert")).to_be_visible()
    fits(page)
    stopped = {"operation": json.dumps(edit), "where": "proposal:gone", "message": "x"}
    page.evaluate(_SEND, ["/edit/save", stopped])
    expect(page.get_by_role("heading", name="Not saved")).to_be_visible()
    fits(page)
    (planned.root / "content/phases/tower.md").write_text("---\ntitle: x\n---\n", "utf-8")
    page.evaluate(_SEND, ["/edit/save", {**stopped, "where": "branch", "operation": json.dumps(
        {"op": "set", "kind": "phase", "id": "tower", "changes": {"owner": "Z"}})}])  # fmt: skip
    expect(page.get_by_role("heading", name="Somebody changed this file")).to_be_visible()
    fits(page)
