"""The picture in the README is the roadmap of this project's own plan, taken by this test."""

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from planner.store.location import find_plan
from planner.workspace import Workspace

_SIZE = (1280, 860)


def test_the_screenshot_of_the_readme(
    root: Path, tmp_path: Path, browser: Browser, request: pytest.FixtureRequest
) -> None:
    """`./justw screenshot` writes it; every run takes it and looks at its size."""
    content = root / "content"
    opened = Workspace(find_plan(str(content), {}, root), tmp_path / "cache", cache=False)
    opened.build(tmp_path / "site", portable=True)
    page = browser.new_page(viewport={"width": _SIZE[0], "height": _SIZE[1]})
    page.goto((tmp_path / "site" / "roadmap" / "index.html").as_uri())
    picture = page.screenshot()
    page.close()
    assert struct.unpack(">II", picture[16:24]) == _SIZE
    if request.config.getoption("--screenshot"):
        (root / "docs" / "screenshot.png").write_bytes(picture)
    assert (root / "docs" / "screenshot.png").is_file()
