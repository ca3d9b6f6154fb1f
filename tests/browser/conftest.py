"""A real Chromium for the tests of this folder."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.signed import Opened
from tests.service.planned import Planned
from tests.service.served import KEY
from tests.service.watching import eventually

_CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _required() -> bool:
    return os.environ.get("REQUIRE_BROWSER") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the browser."""
    for item in items:
        if "/tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; skips where there is none, fails there when REQUIRE_BROWSER=1."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if _required():
            pytest.fail("REQUIRE_BROWSER=1, but there is no chromium on PATH")
        pytest.skip("no chromium on PATH: browser tests are skipped")
    flags = [*_CHROMIUM_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=flags)
        yield launched
        launched.close()


@pytest.fixture
def plan(shared: Planned) -> Planned:
    """The service `shared` of a module, on the plan as it was in the beginning."""
    shared.begin_again()
    eventually(shared.shows_the_first, "the site of the first commit")
    return shared


@pytest.fixture(scope="module")
def signed_in(browser: Browser, shared: Planned) -> Any:
    """The cookies of a person who has signed in to `shared`."""
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
