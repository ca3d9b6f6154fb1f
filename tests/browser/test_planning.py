"""What people are promised of planning in the browser, step by step as a tester would take them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import Run
from tests.service.planned import FILES, Planned, planned_service

PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """One service for all tests of this file."""
    with planned_service(tmp_path_factory.mktemp("planned"), FILES) as running:
        yield running


@pytest.fixture(scope="module")
def people(browser: Browser, planned: Planned) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """The browsers of Ada and of Grace, who both may edit."""
    contexts = []
    for name in ("ada", "grace"):
        key = planned.key("read", "edit", person=name.title(), email=f"{name}@example.org")
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(f"{planned.served.address}/login?next=/proposals")
        page.get_by_label("Key").fill(key)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Proposals")).to_be_visible(timeout=PATIENCE_MS)
        page.close()
        contexts.append(context)
    yield contexts[0], contexts[1]
    for context in contexts:
        context.close()


def at(context: BrowserContext, planned: Planned, path: str) -> Page:
    """A new page of a person at an address."""
    page = context.new_page()
    page.goto(f"{planned.served.address}/{path}")
    return page


def review(page: Page) -> None:
    page.locator(".edit-bar, .actions").get_by_role("button", name="Review").click()
    expect(page.get_by_label("Message")).to_be_visible(timeout=PATIENCE_MS)


def save(page: Page, where: str) -> None:
    """Look at the change and save it; the page with the new text is the answer."""
    review(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(f"**/{where}/**", timeout=PATIENCE_MS)


def pick(page: Page, name: str, typed: str) -> None:
    """Choose in a picker by what is typed."""
    page.locator(f"item-picker input[id='{name}']").click()
    page.keyboard.type(typed)
    expect(page.get_by_role("option").first).to_contain_text(typed)
    page.keyboard.press("Enter")


def subjects(planned: Planned, since: str, until: str = "main") -> list[str]:
    """What `git log` says of the commits after one, oldest first, each with its author."""
    return planned.git("log", "--reverse", "--format=%an: %s", f"{since}..{until}").splitlines()


def test_milestones_and_phases_are_made_changed_and_removed(
    people: tuple[BrowserContext, BrowserContext], planned: Planned
) -> None:
    """By two people at once; each step is one commit of whoever took it."""
    ada, grace = people
    start = planned.git("rev-parse", "main")
    page = at(ada, planned, "edit/new/milestone")
    page.get_by_label("Title").fill("Second light")
    page.locator("#id").fill("v2")
    save(page, "m/v2")
    page = at(ada, planned, "edit/new/phase?milestone=v2")
    page.get_by_label("Title").fill("Stairs")
    page.locator("[name='f.goal']").fill("One walks up.")
    save(page, "p/stairs")
    expect(page.locator("main")).to_contain_text("One walks up.")

    first, second = (at(each, planned, "edit/phase/stairs") for each in people)
    first.locator("[name='f.goal']").fill("One walks up and down.")
    second.locator("[name='f.owner']").fill("grace")
    save(first, "p/stairs")
    save(second, "p/stairs")
    expect(second.locator("main")).to_contain_text("One walks up and down.", timeout=PATIENCE_MS)
    assert "owner: grace" in planned.file("phases/stairs.md")

    page = at(ada, planned, "edit/phase/stairs/delete")
    review(page)
    page.get_by_role("radio", name="a new proposal").check()
    page.get_by_label("Title of the new proposal").fill("No stairs")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/proposals/no-stairs**", timeout=PATIENCE_MS)
    assert subjects(planned, "main", "plan/no-stairs") == ["Ada: Phase Stairs was removed"]
    assert "One walks" in planned.file("phases/stairs.md")
    page = at(grace, planned, "proposals/no-stairs")
    page.get_by_label("Message of the merge").fill("Do without stairs")
    page.get_by_role("button", name="Approve and merge").click()
    expect(page.get_by_role("status")).to_contain_text("is merged", timeout=PATIENCE_MS)

    page.goto(f"{planned.served.address}/p/stairs/")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible(timeout=PATIENCE_MS)
    told = planned.git("log", "--first-parent", "--reverse", "--format=%an: %s", f"{start}..main")
    assert told.splitlines() == [
        "Ada: Milestone Second light was added",
        "Ada: Phase Stairs was added",
        "Ada: Stairs was reworded",
        "Grace: The owner of Stairs is now grace",
        "Grace: Do without stairs",
    ]


def test_a_requirement_shows_its_phase_and_the_phase_lists_it(
    people: tuple[BrowserContext, BrowserContext], planned: Planned, run_planner: Run
) -> None:
    """From the form on, also after it has moved to another phase."""
    page = at(people[0], planned, "edit/new/requirement")
    page.locator("[name='f.text']").fill("The tower shall carry the lamp.")
    page.locator("#id").fill("TOWER-01")
    pick(page, "f.phases.0.id", "Tower")
    save(page, "r/TOWER-01")
    assert "phase: tower" in planned.file("requirements/TOWER-01.md")
    main = page.locator("main")
    expect(main.get_by_role("link", name="Tower").first).to_be_visible()
    page.goto(f"{planned.served.address}/p/tower/")
    expect(main).to_contain_text("TOWER-01")

    page.goto(f"{planned.served.address}/edit/requirement/TOWER-01/move")
    pick(page, "phase", "Lamp")
    save(page, "r/TOWER-01")
    assert "phase: lamp" in planned.file("requirements/TOWER-01.md")
    expect(main.get_by_role("link", name="Lamp").first).to_be_visible()
    page.goto(f"{planned.served.address}/p/lamp/")
    expect(main).to_contain_text("TOWER-01")
    page.goto(f"{planned.served.address}/p/tower/")
    expect(main).not_to_contain_text("TOWER-01")
    checked = run_planner("check", "--plan", str(planned.root / "content"))
    assert "unresolved-reference" not in checked.stdout
    assert "TOWER-01" not in "".join(
        line for line in checked.stdout.splitlines() if " error " in line
    )
