"""A push to the plan on the pages, and how the agents are, in a real Chromium."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.service.planned import Planned, planned_service
from tests.service.planning.test_plan_push import SECRET, Elsewhere, push_of, settled, tell
from tests.service.served import KEY
from tests.service.watching import eventually


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """A service that heard of a push, and found one agent that works and one that does not."""
    folder = tmp_path_factory.mktemp("pushed")
    elsewhere = Elsewhere(folder)
    for name, script in (("claude", "echo '2.1.9 (Claude Code)'"), ("codex", "exit 7")):
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)
    settings = {
        "GIT_REMOTE": str(elsewhere.bare), "GITHUB_WEBHOOK_SECRET": SECRET,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
    }  # fmt: skip
    with planned_service(folder, **settings) as planned:
        eventually(lambda: elsewhere.tip() != "", "the first exchange")
        elsewhere.push("owner: Ada", "owner: Mary")
        answer = tell(planned, push_of(str(elsewhere.bare)))
        settled(planned, answer.json["delivery_id"])
        eventually(
            lambda: len(planned.call("GET", "/admin/agents").json["agents"]) == 4, "the agents", 120
        )
        yield planned


def signed_in(page: Page, planned: Planned) -> Page:
    page.goto(f"{planned.served.address}/login?next=/ops/remote")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Remote")).to_be_visible()
    return page


def test_the_page_of_the_remote_leads_to_delivery_and_check(
    browser: Browser, planned: Planned
) -> None:
    """By the links that stand there, and back."""
    context = browser.new_context()
    page = signed_in(context.new_page(), planned)
    part = page.get_by_role("heading", name="Last push").locator("..")
    expect(part).to_contain_text("main is in step with the remote")
    part.get_by_role("link", name="a webhook").click()
    expect(page.get_by_role("heading", name="Push to the plan")).to_be_visible()
    page.get_by_role("link", name="Remote", exact=True).first.click()
    page.get_by_role("link", name="Check the plan on push at GitHub").click()
    expect(page.get_by_text("what was pushed was fetched first")).to_be_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    browser: Browser, planned: Planned, tmp_path: Path, theme: str
) -> None:
    """Axe finds nothing in either theme, and 400 pixels are enough."""
    context = browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    page = signed_in(context.new_page(), planned)
    delivery = planned.call("GET", "/admin/remote").json["push"]["delivery_id"]
    found = []
    for path in ("/ops/remote", f"/ops/deliveries/{delivery}", "/ops/triggers"):
        page.goto(f"{planned.served.address}{path}")
        for width in (400, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=tmp_path / f"{path.split('/')[2]}-{width}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{path}: {wide} of {width} pixels")
            found += [
                f"{path} at {width}: {each['id']}: {json.dumps(each['nodes'][0]['html'])[:160]}"
                for each in Axe().run(page).response["violations"]
            ]
    context.close()
    assert not found
