"""The pages of triggers in a real Chromium: by keyboard, on a phone, while a schedule is typed."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.service.served import KEY, Served
from tests.service.shared import rows, shared_service

TEMPLATE = "Review {pr_url}."
EVENT = (
    '{"action": "opened", "repository": {"full_name": "team/plan"}, "pull_request": {"number": 7}}'
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service with two triggers beside those that come with it."""
    with shared_service(tmp_path_factory.mktemp("triggers")) as served:
        for body in (
            {
                "name": "Review", "source": "github", "repository": "team/plan",
                "backend": "claude", "prompt_template": TEMPLATE,
            },
            {
                "name": "Each morning", "source": "schedule", "cron": "0 9 * * mon-fri",
                "concurrency": 4, "backend": "builtin:plan-check",
            },
        ):  # fmt: skip
            assert served.post("/admin/triggers", json_body=body).status == 201
        yield served


@pytest.fixture(scope="module")
def signed_in(browser: Browser, service: Served) -> StorageState:
    """The cookies of a person who signed in: once, since 30 requests a minute may do that."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{service.address}/login?next=/ops/triggers")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{service.address}/ops/triggers")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(params=[1280, 400])
def page(
    request: pytest.FixtureRequest, browser: Browser, service: Served, signed_in: StorageState
) -> Iterator[Page]:
    """Signed in, on a screen and on a phone."""
    view = {"width": request.param, "height": 900}
    context = browser.new_context(viewport=view, storage_state=signed_in)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{service.address}/ops/triggers")
    expect(page.get_by_role("heading", name="Triggers", exact=True)).to_be_visible()
    yield page
    context.close()


def assert_good(page: Page) -> None:
    """No rule of accessibility is broken, and nothing goes over the edge."""
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def open_trigger(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_each_page_is_accessible_and_fits(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(page.url)
        assert_good(page)
    open_trigger(page, "Review")
    page.locator("#payload").fill(EVENT)
    page.get_by_label("Name of the event").fill("pull_request")
    page.get_by_role("button", name="Test the rules").click()
    expect(page.get_by_text("This event fires the trigger.")).to_be_visible()
    assert_good(page)
    page.get_by_role("button", name="Preview the prompt").click()
    expect(page.get_by_label("Command", exact=True)).to_contain_text("--allowedTools")
    assert_good(page)
    page.get_by_text("Run now").click()
    assert_good(page)


def test_the_page_of_a_schedule_with_its_times_is_accessible(page: Page, service: Served) -> None:
    """Run, missed and skipped times, and a change that came in between, in both themes."""
    (each,) = rows(service, "SELECT id FROM triggers WHERE name = 'Each morning'")
    for due, outcome in (("2026-03-02", "missed"), ("2026-03-03", "skipped")):
        rows(
            service,
            "INSERT OR IGNORE INTO fires (trigger_id, due_at, outcome, reason) VALUES (?, ?, ?, ?)",
            each["id"], f"{due}T09:00:00.000Z", outcome, "the service did not run then",
        )  # fmt: skip
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(f"{service.address}/ops/triggers/{each['id']}")
        expect(page.get_by_role("region", name="What became of each time")).to_contain_text(
            "skipped"
        )
        assert_good(page)


def test_who_saves_second_is_told(page: Page, service: Served) -> None:
    """The own changes stay in the form, on top of the other's."""
    open_trigger(page, "Review")
    before = service.get(f"/admin/triggers/{page.url.rpartition('/')[2]}").json
    path = f"/admin/triggers/{before['id']}"
    other = before["priority"] + 1
    assert service.request("PATCH", path, json_body={"priority": other}).status == 200
    page.get_by_label("Timeout in seconds").fill(str(before["timeout_s"] + 1))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    expect(page.get_by_label("Priority")).to_have_value(str(other))
    assert_good(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved as revision")
    after = service.get(path).json
    assert (after["priority"], after["timeout_s"]) == (other, before["timeout_s"] + 1)


def test_only_what_the_source_needs_is_shown(page: Page, service: Served) -> None:
    page.goto(f"{service.address}/ops/triggers/new")
    source = page.get_by_label("Source")
    for chosen, shown, hidden in (
        ("schedule", "Times", "Repository"),
        ("github", "Repository", "Times"),
        ("manual", "Prompt template", "Keyword"),
    ):
        source.select_option(chosen)
        expect(page.get_by_label(shown, exact=True)).to_be_visible()
        expect(page.get_by_label(hidden, exact=True)).to_be_hidden()
    # What is filled in is never out of sight.
    source.select_option("github")
    page.get_by_label("Repository").fill("team/plan")
    source.select_option("manual")
    expect(page.get_by_label("Repository")).to_be_visible()
    assert_good(page)


def test_the_next_times_follow_what_is_typed(page: Page) -> None:
    open_trigger(page, "Each morning")
    times = page.locator("[data-next-fires]")
    expect(times.locator("li")).to_have_count(5)
    expect(times.locator("li").first).to_contain_text("09:00 UTC")
    page.get_by_label("Times", exact=True).fill("30 7 * * *")
    expect(times.locator("li").first).to_contain_text("07:30 UTC")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    expect(times.locator("li").first).to_contain_text("22:30 UTC")
    page.get_by_label("Times", exact=True).fill("30 7 * *")
    expect(times).to_contain_text("it has 4 of 5 fields")
    assert_good(page)


def test_a_trigger_is_made_by_keyboard_alone(page: Page) -> None:
    """From the list to the saved trigger: what is wrong gets the focus, and is mended there."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.get_by_role("link", name="New trigger").focus()
    page.keyboard.press("Enter")
    name = page.get_by_label("Name", exact=True)
    name.focus()
    page.keyboard.type(f"By keys {width}")
    page.keyboard.press("Tab")
    page.keyboard.type("m")  # by hand: the list goes to `manual`
    expect(page.get_by_label("Source")).to_have_value("manual")
    name.press("Enter")
    template = page.get_by_label("Prompt template")
    expect(page.get_by_role("alert")).to_contain_text("Mend 1 field")
    expect(template).to_be_focused()
    assert_good(page)
    page.keyboard.type("Look at ")
    page.get_by_text("Placeholders", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="{message}").focus()
    page.keyboard.press("Enter")
    expect(template).to_be_focused()
    page.keyboard.type(".")
    expect(template).to_have_value("Look at {message}.")
    name.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The trigger is made.")


def test_a_change_of_the_template_is_shown_and_taken_back(page: Page) -> None:
    open_trigger(page, "Review")
    template = page.get_by_label("Prompt template")
    template.fill("Read {pr_url} twice.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved as revision")
    latest = page.locator(".revisions > li").first
    expect(latest.locator("del")).to_have_text(f"-{TEMPLATE}")
    expect(latest.locator("ins")).to_have_text("+Read {pr_url} twice.")
    page.get_by_role("button", name="Take up the template of revision 1").click()
    expect(page.get_by_role("status")).to_contain_text("The earlier template is taken up")
    expect(template).to_have_value(TEMPLATE)
    assert_good(page)


def test_a_run_is_started_from_the_list(page: Page) -> None:
    page.get_by_role("button", name="Run Each morning now").click()
    page.wait_for_url("**/ops/executions/exec-*")
