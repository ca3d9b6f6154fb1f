"""A research in a real Chromium: asked for, watched, reviewed, saved, made a proposal."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from service.assistant.rehearsal.scripts import least
from service.research.answers import REPORTS
from tests.service.planned import Planned, planned_service
from tests.service.research.asking import stage
from tests.service.served import KEY

SLOW_MS = 60_000
AGENT = """\
#!{python}
import json, pathlib, re, sys, time
if "--version" in sys.argv:
    print("1.0.0 (a test)")
    sys.exit()
here = pathlib.Path({here!r})
told = sys.stdin.read() + " ".join(sys.argv)
def say(kind, **block):
    print(json.dumps({{"type": kind, "message": {{"content": [block]}}}}), flush=True)
for name in ("opened", "failed"):
    say("assistant", type="tool_use", id="t", name="WebFetch",
        input={{"url": f"https://{{name}}.example.org/", "prompt": "read"}})
    say("user", type="tool_result", tool_use_id="t", content="<b>No rule counts.</b>",
        is_error=name == "failed")
for _ in range(1200):
    if (here / "go").exists():
        break
    time.sleep(0.05)
form = re.search(r"Answer with a ([A-Za-z]+)[.]", told)[1]
answer = (here / form).read_text()
print(json.dumps({{"type": "result", "result": answer, "is_error": False}}), flush=True)
"""


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a program `claude`: it answers once there is a file `go`."""
    folder = tmp_path_factory.mktemp("agent")
    program = folder / "claude"
    program.write_text(AGENT.format(python=sys.executable, here=str(folder)), encoding="utf-8")
    program.chmod(0o755)
    for form in REPORTS.values():
        schema = form.model_json_schema()
        (folder / form.__name__).write_text(json.dumps(least(schema, schema)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, agent: Path) -> Iterator[Planned]:
    """One service whose model is the scripted one, on a machine with an agent."""
    folder = tmp_path_factory.mktemp("research")
    path = f"{agent}{os.pathsep}{os.environ['PATH']}"
    with planned_service(folder, ASSISTANT_REHEARSAL="true", PATH=path) as running:
        yield running


@pytest.fixture(params=[1280, 400])
def page(request: pytest.FixtureRequest, browser: Browser, planned: Planned) -> Iterator[Page]:
    """Signed in, on a screen and on a phone; an error of a script fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{planned.served.address}/login?next=/p/tower/")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{planned.served.address}/p/tower/")
    yield page
    assert errors == []
    context.close()


def assert_good(page: Page) -> None:
    """No rule of accessibility is broken, and nothing goes over the edge."""
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_from_a_question_to_a_proposal(page: Page, planned: Planned) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    name = f"tower-{width}"
    page.get_by_role("link", name="Research this").click()
    expect(page.get_by_role("heading", name="New research")).to_be_visible()
    assert_good(page)

    # By the keyboard alone: what is missing is said at its field, and what was typed stays.
    page.get_by_label("Scope").fill("Stone and brick. [[StackReport:slow]]")
    page.get_by_role("button", name="Show what it takes").press("Enter")
    expect(page.get_by_label("Which decision does it serve?")).to_be_focused()
    expect(page.get_by_label("Scope")).to_have_value("Stone and brick. [[StackReport:slow]]")
    assert_good(page)
    page.keyboard.type("Of what is the tower built?")
    page.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What it takes")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("At most $")).to_be_visible()
    assert_good(page)
    page.get_by_role("button", name="Start the research").press("Enter")

    # The words and the pages of a researcher come while it is at work.
    stack = page.get_by_role("region", name="Stack", exact=True)
    expect(stack.get_by_text("The scripted library fits")).to_be_visible(timeout=SLOW_MS)
    expect(stack.get_by_role("link", name="A report of the rehearsal")).to_be_visible()
    expect(stack.get_by_role("button", name="Cancel stack")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the research")).to_be_visible()
    assert stage(planned, name) == "looking"
    assert_good(page)

    # The page goes on by itself to the summary and the end.
    save = page.get_by_role("button", name="Review and save 5 documents")
    expect(save).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Build on the scripted library, and write")).to_be_visible()
    assert_good(page)
    save.click()
    expect(page.get_by_role("heading", name="Review the change")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Add the research")).to_be_visible(timeout=SLOW_MS)
    assert "id: c1" in planned.file(f"research/{name}/claims.yaml")

    page.goto(f"{planned.served.address}/research/{name}/live")
    page.get_by_role("link", name="Turn 6 claims into proposals").click()
    assert_good(page)
    # Claims are numbered as researchers end: that of the slow one is not the first.
    release = page.get_by_role("checkbox", name="The scripted library has a release")
    claim = release.get_attribute("value")
    release.press("Space")
    page.get_by_role("button", name="Turn into proposals").press("Enter")
    words = page.get_by_label(f"Requirement from {claim}", exact=True)
    expect(words).to_be_focused()
    assert_good(page)
    words.fill("The tower shall be built of stone.")
    page.get_by_role("button", name="Review the proposal").click()
    expect(page.get_by_role("radio", name="a new proposal")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    branch = f"plan/requirements-from-research-{name}"
    page.goto(f"{planned.served.address}/{branch.replace('plan/', 'proposals/')}")
    expect(page.get_by_text("The tower shall be built of stone.").first).to_be_visible()
    # The next free number counts the other proposals, too.
    assert f"to: {name}/{claim}," in planned.git(
        "grep", "-h", "to:", branch, "--", "content/requirements"
    )


@pytest.mark.parametrize("page", [1280], indirect=True)
def test_an_agent_of_this_machine_looks(page: Page, planned: Planned, agent: Path) -> None:
    """What it opened stands on the page while it is at work, what it could not open does not."""
    page.goto(f"{planned.served.address}/research/new")
    options = page.get_by_label("Who looks").locator("option")
    expect(options.filter(has_text="claude, on this machine")).to_have_count(1)
    page.get_by_label("Which decision does it serve?").fill("Of what is the lamp?")
    page.get_by_label("Name", exact=True).fill("by-agent")
    page.get_by_label("Who looks").select_option("claude")
    for kind in ("Features", "Architecture", "Pitfalls"):
        page.get_by_label(kind).uncheck()
    page.get_by_role("button", name="Show what it takes").click()
    page.get_by_role("button", name="Start the research").click()
    page.wait_for_url("**/research/by-agent/live")
    # The way back leads to the brief as it was sent, and from there to the same research.
    page.go_back()
    expect(page.get_by_label("Which decision does it serve?")).to_have_value("Of what is the lamp?")
    page.get_by_role("button", name="Start the research").click()
    page.wait_for_url("**/research/by-agent/live")
    stack = page.get_by_role("region", name="Stack", exact=True)
    expect(stack.get_by_role("link", name="https://opened.example.org/")).to_be_visible(
        timeout=SLOW_MS
    )
    # A session that ends meanwhile: the page says so, and so does what is sent from it.
    page.context.clear_cookies()
    expect(page.get_by_text("You are signed out. Sign in again")).to_be_visible(timeout=SLOW_MS)
    stack.get_by_role("button", name="Cancel stack").click()
    expect(page.get_by_role("heading", name="so nothing was done")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{planned.served.address}/research/by-agent/live")
    expect(stack.get_by_role("button", name="Cancel stack")).to_be_visible()
    (agent / "go").touch()
    expect(page.get_by_role("button", name="Review and save 2 documents")).to_be_visible(
        timeout=SLOW_MS
    )
    expect(stack.get_by_text("1 page read")).to_be_visible()
    expect(page.get_by_text("failed.example.org/", exact=True)).to_have_count(0)
