"""Suggestions and reviews in a real Chromium: followed live, accepted, saved; found, dismissed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from service.assistant.rehearsal.server import RehearsalServer
from tests.browser.signed import Opened
from tests.service.planned import FILES, Planned, planned_service
from tests.service.served import wait_for_the_left

PLAN = {
    **FILES,
    "milestones/v1.md": "---\ntitle: First light\n---\n\nIt is a good lamp.\n",
    "requirements/LAMP-02.md": "---\nphase: lamp\n---\n\nThe lamp should turn once a minute.\n",
}
WIDTHS = [1280, 400]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file."""
    model = RehearsalServer(pace_s=0.02)
    model.start()
    settings = {
        "ANTHROPIC_API_KEY": "sk-test-51d0c3a79be2",
        "ANTHROPIC_BASE_URL": model.address,
        "ASSISTANT_RUN_USD": "0",
        "ASSISTANT_DAY_USD": "0",
    }
    try:
        with planned_service(tmp_path_factory.mktemp("drafting"), PLAN, **settings) as found:
            yield found
    finally:
        # Whoever still asks the model ends first.
        wait_for_the_left()
        model.close()


def check_looks(page: Page, name: str) -> None:
    """Nothing for axe to say, and nothing wider than the window."""
    found = Axe().run(page).response["violations"]
    assert not found, json.dumps(found, indent=1)[:2000]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_suggestion_by_keyboard_from_the_form_to_a_commit(
    opened: Opened, plan: Planned, tmp_path: Path, width: int
) -> None:
    """What is typed while the model writes stays; the commit names the run."""
    page = opened(width, color_scheme="dark" if width == 400 else "light").new_page()
    page.goto(f"{plan.served.address}/edit/requirement/LAMP-02")
    page.get_by_role("button", name="Requirement in EARS form").focus()
    page.keyboard.press("Enter")
    page.locator("[name='f.notes']").fill("Typed meanwhile.")
    accept = page.get_by_role("button", name="Accept")
    expect(accept).to_be_visible(timeout=30_000)
    expect(page.locator("[name='f.notes']")).to_have_value("Typed meanwhile.")
    expect(page.locator(".ai-words ins").first).to_contain_text("shall")
    check_looks(page, "the form")
    page.screenshot(path=tmp_path / "form.png")
    accept.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name='f.text']")).to_have_value("The lamp shall turn once a minute.")
    expect(page.locator("[name='f.text']")).to_be_focused()
    expect(page.locator("[name='f.notes']")).to_have_value("Typed meanwhile.")
    page.keyboard.press("Control+Enter")
    page.locator("form[action='/edit/save'] button").last.click()
    page.wait_for_url("**/r/LAMP-02/**")
    assert "AI-Session: exec-" in plan.git("log", "-1", "--format=%B")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_review_is_followed_and_a_finding_dismissed(
    opened: Opened, plan: Planned, tmp_path: Path, width: int
) -> None:
    """It says what it takes first; the findings come without a reload."""
    page = opened(width, color_scheme="dark" if width == 400 else "light").new_page()
    page.goto(f"{plan.served.address}/review/v1?state=all")
    page.get_by_role("link", name="Review this milestone").click()
    expect(page.locator(".ai")).to_contain_text("tokens in")
    check_looks(page, "the question")
    page.get_by_role("button", name="Start the review").click()
    expect(page.locator(".rv-runs li").first).not_to_contain_text("under way", timeout=30_000)
    page.goto(f"{plan.served.address}/review/v1?state=all")
    finding = page.locator(".rv-finding").first
    expect(finding).to_contain_text("good")
    check_looks(page, "the findings")
    page.screenshot(path=tmp_path / "review.png", full_page=True)
    if finding.get_by_text("Let it stand again").count():
        finding.get_by_role("button", name="Let it stand again").click()
    finding.locator("summary").click()
    finding.get_by_label("Why it is dismissed").fill("It is our word.")
    page.keyboard.press("Enter")
    expect(page.locator(".rv-reason").first).to_contain_text("It is our word.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON").click()
    record = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert any(each["dismissed"] == "It is our word." for each in record["findings"])
