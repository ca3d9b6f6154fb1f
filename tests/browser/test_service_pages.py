"""The pages of the service in a real Chromium: sign-in, keys, audit, the API's description."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.service.served import KEY, Served
from tests.service.shared import shared_service

PAGES = ("login", "ops/keys", "ops/audit", "ops/remote", "docs", "ops/no-such-page")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests of this file."""
    with shared_service(tmp_path_factory.mktemp("service")) as served:
        yield served


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser of its own for each test: no cookie from another one."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def sign_in(page: Page, service: Served, key: str = KEY) -> None:
    """Through the form, as a person does."""
    page.goto(f"{service.address}/login")
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def make_key(page: Page, service: Served, *scopes: str) -> str:
    """Make a key on the page and return its text."""
    page.goto(f"{service.address}/ops/keys")
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Label").fill("laptop")
    page.get_by_role("checkbox", name="read").set_checked(checked=False)
    for scope in scopes:
        page.get_by_role("checkbox", name=scope).check()
    page.get_by_role("button", name="Make the key").click()
    return page.locator(".secret").inner_text()


def test_a_stranger_signs_in_and_gets_where_they_wanted(page: Page, service: Served) -> None:
    """The address that was asked for survives the sign-in, and a wrong key."""
    page.goto(f"{service.address}/roadmap/?state=ready")
    assert page.url.startswith(f"{service.address}/login?next=")
    page.get_by_label("Key").fill("a key that nobody has")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not open anything")
    assert page.get_by_label("Key").input_value() == ""
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Roadmap")).to_be_visible()
    assert page.url == f"{service.address}/roadmap/?state=ready"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["agented"]["httpOnly"]
    assert cookies["agented"]["sameSite"] == "Lax"


def test_signing_out_ends_the_session(page: Page, service: Served) -> None:
    """The cookie of before opens nothing any more, not even when it is put back."""
    sign_in(page, service)
    page.goto(f"{service.address}/ops/keys")
    kept = page.context.cookies()
    page.get_by_role("button", name="Sign out").click()
    assert page.url == f"{service.address}/login"
    page.context.add_cookies(kept)  # type: ignore[arg-type]  # what it gave, it takes
    page.goto(f"{service.address}/ops/keys")
    assert page.url.startswith(f"{service.address}/login")


def test_a_key_is_made_used_and_revoked(browser: Browser, page: Page, service: Served) -> None:
    """It is shown once, opens what it may, and ends the sessions that it began."""
    sign_in(page, service)
    key = make_key(page, service, "propose")
    page.goto(f"{service.address}/ops/keys")
    assert key not in page.content()
    assert service.get("/admin/triggers", key=key).status == 200

    theirs = browser.new_context().new_page()
    sign_in(theirs, service, key)
    theirs.goto(f"{service.address}/ops/keys")
    expect(theirs.get_by_role("heading")).to_contain_text("scope admin")
    assert theirs.get_by_role("link", name="Audit").count() == 0

    row = page.get_by_role("row").filter(has_text="laptop").first
    row.get_by_label("Revoke laptop").click()
    row.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    assert service.get("/admin/triggers", key=key).status == 401
    theirs.goto(f"{service.address}/")
    assert theirs.url.startswith(f"{service.address}/login")
    theirs.context.close()
    page.goto(f"{service.address}/ops/audit?action=key.revoke")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Administrator")


def test_a_key_is_rotated(page: Page, service: Served) -> None:
    """Both keys work for a while; the page shows the new one once, where it is seen at once."""
    sign_in(page, service)
    page.set_viewport_size({"width": 1280, "height": 400})
    old = make_key(page, service, "edit")
    expect(page.locator(".secret")).to_be_in_viewport(ratio=1)
    row = page.get_by_role("row").filter(has_text="laptop").first
    row.get_by_label("Rotate laptop").click()
    row.get_by_role("button", name="Rotate it").click()
    expect(page.locator(".secret")).to_be_in_viewport(ratio=1)
    new = page.locator(".secret").inner_text()
    assert new != old
    for key in (old, new):
        assert service.get("/admin/triggers", key=key).status == 200


def test_what_was_typed_stays_when_it_is_not_right(page: Page, service: Served) -> None:
    """Each mistake stands at its field, and nothing is lost."""
    sign_in(page, service)
    page.goto(f"{service.address}/ops/keys")
    page.get_by_label("Name").fill("Ada <script>alert(1)</script>")
    page.get_by_label("Label").fill("<tablet>")
    page.get_by_role("checkbox", name="read").set_checked(checked=False)
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#person")).to_have_value("Ada <script>alert(1)</script>")
    expect(page.locator("#label")).to_have_value("<tablet>")
    expect(page.locator("#person-error")).to_be_in_viewport()
    expect(page.locator("#person")).to_be_focused()
    expect(page.locator("#scopes-error")).to_be_visible()
    assert page.locator(".secret").count() == 0


def test_a_form_of_another_site_changes_nothing(
    page: Page, service: Served, tmp_path: Path
) -> None:
    """The browser sends the cookie of a signed-in person along, and the service says no."""
    sign_in(page, service)
    before = len(service.get("/admin/keys").json["keys"])
    evil = tmp_path / "evil.html"
    evil.write_text(
        f'<form method="post" action="{service.address}/ops/keys"><input name="label" value="x">'
        '<input name="person" value="x"><input name="scopes" value="admin"></form>'
        "<button onclick='document.forms[0].submit()'>go</button>",
        encoding="utf-8",
    )
    page.goto(evil.as_uri())
    page.get_by_role("button").click()
    page.wait_for_url(f"{service.address}/**")
    assert len(service.get("/admin/keys").json["keys"]) == before


def test_an_external_next_is_not_followed(page: Page, service: Served) -> None:
    """An open redirect would make a sign-in page a lure."""
    for target in ("https://evil.example.org/", "//evil.example.org/", "/\\evil.example.org"):
        page.goto(f"{service.address}/login?next={target}")
        page.get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Sign in").click()
        assert page.url == f"{service.address}/"
        page.context.clear_cookies()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(browser: Browser, service: Served, theme: str) -> None:
    """Axe finds nothing in either theme, and 400 pixels are enough."""
    context = browser.new_context(viewport={"width": 400, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    found = []
    for path in PAGES:
        page.goto(f"{service.address}/{path}")
        for width in (400, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{path}: {wide} of {width} pixels")
            result = Axe().run(page)
            found += [
                f"{path} at {width}: {each['id']}: {each['nodes'][0]['html'][:160]}"
                for each in result.response["violations"]
            ]
        if path == "login":
            sign_in(page, service)
    context.close()
    assert not found
