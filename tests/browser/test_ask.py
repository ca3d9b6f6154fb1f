"""Planning by questions in a real Chromium: from an empty folder to a committed roadmap."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.service.interview.test_start import empty_service
from tests.service.killing import kill_all
from tests.service.planned import FILES, Planned, git, planned_service
from tests.service.served import KEY, Served

PATIENCE_MS = 30_000
IDEA = "A web shop where customers sign in with passwords and pay for bread."


def signed_in(browser: Browser, served: Served, width: int = 1280, **more: str) -> BrowserContext:
    """The browser of a person who has signed in."""
    view = {"width": width, "height": 900}
    context = browser.new_context(viewport=view, **more)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{served.address}/login?next=/ask")
    page.get_by_label("Key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ask", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.close()
    return context


def begun(page: Page, address: str, text: str = IDEA) -> str:
    """Begin an interview on a page; its address."""
    page.goto(f"{address}/ask/new")
    page.get_by_role("textbox", name="Text").fill(text)
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.locator(".ask-card").first).to_be_visible(timeout=PATIENCE_MS)
    return page.url


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """A service with a plan, whose model is rehearsed."""
    folder = tmp_path_factory.mktemp("asked")
    with planned_service(folder, FILES, ASSISTANT_REHEARSAL="true") as found:
        yield found


@pytest.fixture(scope="module")
def person(browser: Browser, shared: Planned) -> Iterator[BrowserContext]:
    context = signed_in(browser, shared.served)
    yield context
    context.close()


@pytest.mark.slow
def test_from_an_empty_folder_to_a_committed_roadmap(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No key, no plan, no repository: the first page, questions, the draft, consent, the commit."""
    folder = tmp_path_factory.mktemp("empty")
    with empty_service(folder) as served:
        context = signed_in(browser, served)
        page = context.new_page()
        page.goto(served.address)
        expect(page.get_by_role("heading", name="Begin a plan")).to_be_visible()
        page.get_by_role("link", name="Begin an interview").click()
        begun(page, served.address)
        expect(page.get_by_text("AI assistance is off")).to_be_visible()
        own = page.locator(".ask-card").first
        own.get_by_role("textbox").fill("orders bread\npays at the door")
        expect(own.get_by_text("Saved.")).to_be_visible(timeout=PATIENCE_MS)
        # The draft beside it has grown, and the card is where it was.
        expect(page.locator("#draft")).to_contain_text("Order bread")
        page.get_by_role("button", name="Save and go on").click()
        page.get_by_role("button", name="Accept all that is left").click()
        page.get_by_role("button", name="Review what is accepted").click()
        assert not (folder / "project").exists()
        page.get_by_label("Title of the plan").fill("Bakery")
        page.get_by_role("checkbox", name="Do so").check()
        page.get_by_role("button", name="Begin and look at the change").click()
        expect(page.get_by_role("heading", name="Review the change")).to_be_visible(
            timeout=PATIENCE_MS
        )
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url(f"{served.address}/?saved=*", timeout=PATIENCE_MS)
        page.goto(f"{served.address}/roadmap/")
        expect(page.locator("main")).to_contain_text("Walking skeleton")
        context.close()
        root = folder / "project"
        assert len(git(root, "log", "--format=%H").split()) == 2
        assert git(root, "status", "--porcelain") == ""


def test_two_browsers_and_a_kill(browser: Browser, person: BrowserContext, shared: Planned) -> None:
    """What one person answered is there for the other, and after `kill -9` of the service."""
    page = person.new_page()
    url = begun(page, shared.served.address)
    topic = page.locator(".ask-card").first
    topic.get_by_role("textbox").fill("orders bread")
    expect(topic.get_by_text("Saved.")).to_be_visible(timeout=PATIENCE_MS)
    kill_all(shared.served)
    # What is typed while the service is away stays in the page, which says so.
    topic.get_by_role("textbox").fill("orders bread\npays at the door")
    expect(topic.get_by_text("Not saved yet")).to_be_visible(timeout=PATIENCE_MS)
    shared.served.start()
    topic.get_by_role("textbox").fill("orders bread\npays at the door\nwrites a review")
    expect(topic.get_by_text("Saved.")).to_be_visible(timeout=PATIENCE_MS)
    other = signed_in(browser, shared.served)
    theirs = other.new_page()
    theirs.goto(f"{shared.served.address}/ask")
    theirs.get_by_role("link", name=IDEA[:30]).first.click()
    expect(theirs).to_have_url(url)
    expect(theirs.locator("[data-live=answered]")).to_contain_text("writes a review")
    other.close()
    page.close()


def test_the_model_writes_beside_the_cards(person: BrowserContext, shared: Planned) -> None:
    """What is typed meanwhile stays; its words come into the draft only when they are taken."""
    page = person.new_page()
    begun(page, shared.served.address)
    page.get_by_role("link", name="Ask the model").click()
    expect(page.get_by_text("tokens in")).to_be_visible()
    page.get_by_role("button", name="Ask the model").click()
    card = page.locator(".ask-card").filter(has_text="Something else").first
    # The place for own words takes no room until it is asked for.
    expect(card.get_by_role("textbox")).to_have_count(0)
    card.get_by_role("radio", name="Something else").check()
    card.get_by_role("textbox").fill("typed meanwhile")
    offer = page.locator(".ask-offer").first
    expect(offer).to_be_visible(timeout=PATIENCE_MS)
    expect(card.get_by_role("textbox")).to_have_value("typed meanwhile")
    expect(page.locator(".state.is-done")).to_have_count(0)
    expect(card.get_by_text("Saved.")).to_be_visible()
    offer.get_by_role("button", name="Take the words").click()
    expect(page.locator("#draft")).to_contain_text("When a visitor opens the first page")
    expect(page.locator(".ask-offer")).to_have_count(0)
    page.close()


def test_the_model_drafts_from_the_answers(person: BrowserContext, shared: Planned) -> None:
    """What it proposes joins the draft while one looks; each part is decided on its own."""
    page = person.new_page()
    begun(page, shared.served.address)
    card = page.locator(".ask-card").filter(has_text="Something else").first
    card.get_by_role("radio", name="Something else").check()
    card.get_by_role("textbox").fill("with a badge at the door")
    expect(card.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Draft from these answers").click()
    expect(page.get_by_text("tokens in")).to_be_visible()
    page.get_by_role("button", name="Draft from these answers").click()
    proposed = page.locator(".ask-one").filter(has_text="proposed by rehearsal")
    expect(proposed.first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#model")).to_contain_text("each waits for your decision")
    expect(page.locator(".state.is-done")).to_have_count(0)
    one = proposed.filter(has_text="the system shall keep to this").first
    one.get_by_role("button", name="Accept requirement").click()
    accepted = page.locator(".ask-one").filter(has_text="the system shall keep to this").first
    expect(accepted.locator(".state.is-done")).to_be_visible()
    page.close()


def test_by_keys_alone(person: BrowserContext, shared: Planned) -> None:
    """A reading is chosen with the arrows and saved with Enter."""
    page = person.new_page()
    begun(page, shared.served.address)
    radio = page.locator(".ask-card").nth(1).get_by_role("radio").first
    radio.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".ask-card").nth(1).get_by_text("Saved.")).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.keyboard.press("Enter")
    expect(page.locator("[data-live=answered]")).to_contain_text("1 answer so far")
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    browser: Browser, shared: Planned, person: BrowserContext, width: int, scheme: str
) -> None:
    """The list, the form, an interview whose draft is being changed, its history, the start."""
    state = person.storage_state()
    view = {"width": width, "height": 900}
    context = browser.new_context(storage_state=state, viewport=view, color_scheme=scheme)  # type: ignore[call-overload]
    page = context.new_page()
    url = begun(page, shared.served.address, "x" * 70 + " is a shop with a sign in")
    page.locator("#draft").get_by_role("button", name="Accept").first.click()
    page.locator("#draft").get_by_role("button", name="Drop").last.click()
    page.locator("#draft").get_by_role("button", name="Edit").nth(1).click()
    for address in ("", f"{shared.served.address}/ask", f"{url}/history", "/ask/new", "/start"):
        if address:
            page.goto(address if "://" in address else f"{shared.served.address}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        found = Axe().run(page, options={"preload": False})
        shown = [
            (each["id"], each["nodes"][0]["html"][:200]) for each in found.response["violations"]
        ]
        assert not shown, address
    if width == 400:
        page.goto(url)
        cards = page.locator(".ask-cards").bounding_box()
        draft = page.locator("#draft").bounding_box()
        assert cards is not None
        assert draft is not None
        assert draft["y"] >= cards["y"] + cards["height"]
    context.close()


def test_without_a_script_it_works_as_well(
    browser: Browser, shared: Planned, person: BrowserContext
) -> None:
    """Answers are saved by the buttons."""
    context = browser.new_context(storage_state=person.storage_state(), java_script_enabled=False)
    page = context.new_page()
    begun(page, shared.served.address)
    page.locator(".ask-card").first.get_by_role("textbox").fill("orders bread")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("[data-live=answered]")).to_contain_text("orders bread")
    page.get_by_role("button", name="Accept all that is left").click()
    page.get_by_role("button", name="Review what is accepted").click()
    expect(page.get_by_role("heading", name="Review the change")).to_be_visible()
    context.close()
