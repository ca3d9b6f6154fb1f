"""`/proposals/<slug>/site/`: the site as it would be, on a real service and repository."""

import re
import shutil
import time
from collections.abc import Iterator

import pytest

from service.previews import MOST_KEPT
from tests.service.planned import Planned, planned_service
from tests.service.proposed import page, put
from tests.service.watching import eventually


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file."""
    with planned_service(tmp_path_factory.mktemp("planned")) as found:
        yield found


def test_the_site_is_shown_as_it_would_be(planned: Planned) -> None:
    """Built once for each state, with a bar, and no path leads out of it."""
    put(planned, "site", "LAMP-01", text="The lamp shall glow.")
    base = "/proposals/site/site"
    first = page(planned, f"{base}/")
    assert first.status == 202
    assert first.headers["Refresh"]
    eventually(lambda: page(planned, f"{base}/").status == 200, "the preview is built", 60)
    shown = page(planned, f"{base}/r/LAMP-01/")
    assert "The lamp shall glow." in shown.text
    assert "Preview of the proposal “site”" in shown.text
    assert "The lamp shall glow." not in planned.served.get("/r/LAMP-01/").text
    assert page(planned, base).headers["Location"] == f"{base}/"
    assert page(planned, f"{base}/r/LAMP-01").headers["Location"] == f"{base}/r/LAMP-01/"
    style = re.search(r'href="((?:\.\./)*assets/site\.[^"]+)"', shown.text)
    assert style
    asset = page(planned, f"{base}/{style[1].replace('../', '')}")
    assert asset.headers["Content-Type"].startswith("text/css")
    assert page(planned, f"{base}/session.js").body == b""
    assert page(planned, f"{base}/data/v1/plan.json").json
    for path in ("../../../agented.sqlite3", "%2e%2e/%2e%2e/x", "..%2f..%2fsecret.key", "a%00b",
                 ".git/config", "//etc/passwd", "r%5c..%5cx", "assets"):  # fmt: skip
        answer = page(planned, f"{base}/{path}")
        assert answer.status in {308, 400, 404}, path
        assert "SQLite" not in answer.text
    put(planned, "site", "LAMP-01", owner="eve")
    time.sleep(3.1)  # for as long the planner is believed, and not asked again
    eventually(
        lambda: "eve" in page(planned, f"{base}/r/LAMP-01/").text, "the new state is built", 60
    )
    assert page(planned, "/proposals/nothing/site/").status == 404


def test_few_previews_are_kept(planned: Planned) -> None:
    """The oldest go; what a killed build left goes, too; a link in the folder is not followed."""
    folder = planned.served.state / "cache" / "previews"
    for number in range(MOST_KEPT + 1):
        put(planned, f"kept-{number}", "LAMP-02", owner=f"person {number}")
        path = f"/proposals/kept-{number}/site/"
        eventually(lambda path=path: page(planned, path).status == 200, path, 60)
    kept = [each.name for each in folder.iterdir()]
    assert len(kept) <= MOST_KEPT
    assert planned.git("rev-parse", f"plan/kept-{MOST_KEPT}") in kept
    assert planned.git("rev-parse", "plan/kept-0") not in kept
    shown = folder / planned.git("rev-parse", f"plan/kept-{MOST_KEPT}")
    (shown / "leak.html").symlink_to(planned.served.state / "secret.key")
    assert page(planned, f"/proposals/kept-{MOST_KEPT}/site/leak.html").status == 404


def test_a_preview_that_cannot_be_built_says_so(planned: Planned) -> None:
    """A folder that cannot be written: the page tells it, and the rest of the service works."""
    put(planned, "full", "LAMP-02", owner="eve")
    folder = planned.served.state / "cache" / "previews"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    try:
        path = "/proposals/full/site/"
        eventually(lambda: page(planned, path).status == 503, "it fails")
        assert "cannot be written" in page(planned, path).text
        assert page(planned, "/proposals/full").status == 200
    finally:
        folder.unlink()
