"""The pages of deliveries in a real Chromium: found, read, sent once more; without scripts too."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.service.served import KEY, Served
from tests.service.shared import shared_service

EVIL = "</pre><script>document.title='owned'</script>"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service that got two deliveries and refused one."""
    with shared_service(tmp_path_factory.mktemp("deliveries")) as served:
        body = {
            "name": "Triage", "source": "webhook", "backend": "builtin:plan-check",
            "allow_unsigned": True, "detection_keyword": "fire",
        }  # fmt: skip
        assert served.post("/admin/triggers", json_body=body).status == 201
        body |= {"name": "Signed", "allow_unsigned": False, "secret": "secret-of-triage-0123456789"}
        assert served.post("/admin/triggers", json_body=body).status == 201
        assert served.post("/", json_body={"text": "fire", "evil": EVIL}, key=None).status == 202
        assert served.post("/", json_body={"text": "x" * 5000}, key=None).status == 202
        forged = {"X-Webhook-Signature-256": "sha256=00"}
        assert served.post("/", json_body={}, key=None, headers=forged).status == 403
        yield served


def signed_in(page: Page, service: Served) -> Page:
    page.goto(f"{service.address}/login?next=/ops/deliveries")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_a_delivery_is_found_read_and_sent_once_more(
    browser: Browser, service: Served, *, scripts: bool
) -> None:
    """By its text; what it fired leads on to the trigger and the run."""
    context = browser.new_context(java_script_enabled=scripts)
    page = signed_in(context.new_page(), service)
    page.get_by_label("Text in the body").fill("FIRE")
    page.get_by_role("button", name="Show").click()
    row = page.locator("table[data-rows] tbody tr").last
    expect(row.get_by_role("link", name="Triage")).to_be_visible()
    row.get_by_role("link").first.click()
    expect(page.get_by_role("region", name="Body as text")).to_contain_text(EVIL)
    assert "owned" not in page.title()
    verdicts = page.get_by_role("region", name="Verdicts")
    expect(verdicts).to_contain_text("it is not signed with the trigger's secret")
    first = page.url
    page.get_by_text("Redeliver", exact=True).click()
    page.get_by_role("button", name="Redeliver it").click()
    expect(page.locator(".note")).to_contain_text("judged once more")
    assert page.url != first
    page.get_by_role("region", name="Runs").get_by_role("link", name="Triage").click()
    expect(page.get_by_role("heading", name="Triage")).to_be_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(browser: Browser, service: Served, theme: str) -> None:
    """Axe finds nothing in either theme, and 400 pixels are enough."""
    context = browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    page = signed_in(context.new_page(), service)
    ids = [each["id"] for each in service.get("/admin/deliveries").json["deliveries"]]
    found = []
    for path in ("", "?q=nowhere", *(f"/{each}" for each in ids)):
        page.goto(f"{service.address}/ops/deliveries{path}")
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
