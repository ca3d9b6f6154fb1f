"""The plan's pages behind the real service, in a real Chromium: keys on the wire, live reload."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
)

from service.guard.tokens import PAGE_MARK
from tests.conftest import SMALL_PLAN
from tests.service.served import KEY, Served, free_port
from tests.service.watching import eventually

_PAGE = "/r/LAMP-01/"
_GUARDED = re.compile(r"/(?:api|admin)(?:/|$)")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, write_files) -> Iterator[Served]:  # type: ignore[no-untyped-def]
    """A service on the small plan."""
    folder = tmp_path_factory.mktemp("live")
    plan = write_files(folder / "content", SMALL_PLAN)
    port = free_port()
    env = {
        "AGENTED_STATE_DIR": str(folder / "state"),
        "AGENTED_CONTENT_DIR": str(plan),
        "AGENTED_API_KEY": KEY,
        "GUNICORN_BIND": f"127.0.0.1:{port}",
    }
    served = Served(env, folder, port)
    served.start()
    yield served
    served.leave()


@dataclass(slots=True)
class Wire:
    """What a browser sent, and what it complained about."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Note each request of the context, and each error of its pages."""

        def note(said: ConsoleMessage) -> None:
            if said.type == "error":
                self.complaints.append(said.text)

        def note_request(request: Request) -> None:
            self.requests.append(request)

        context.on("request", note_request)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", note)

    def guarded(self) -> list[Request]:
        """The requests to /api and /admin."""
        return [each for each in self.requests if _GUARDED.match(urlsplit(each.url).path)]


@dataclass(slots=True)
class Visit:
    """A signed-in person's browser."""

    served: Served
    context: BrowserContext
    page: Page
    wire: Wire


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """Sign in on the sign-in page, with the key, as a person does."""
    context = browser.new_context()
    wire = Wire()
    wire.watch(context)
    page = context.new_page()
    page.goto(f"{served.address}/login?next={_PAGE}")
    page.get_by_label(re.compile("key", re.IGNORECASE)).fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(served.address + _PAGE)
    yield Visit(served, context, page, wire)
    context.close()


def edit(served: Served, text: str) -> None:
    """Change what the page of LAMP-01 says."""
    path = Path(served.env["AGENTED_CONTENT_DIR"]) / "requirements" / "LAMP-01.md"
    old = path.read_text("utf-8")
    new = re.sub(r"once every \d+ s", text, old)
    assert new != old
    path.write_text(new, "utf-8")


def follows(visit: Visit) -> None:
    """Wait until the page's stream is open."""

    def is_open() -> bool:
        visit.page.wait_for_timeout(20)
        return any(each.url.endswith("/api/events") for each in visit.wire.guarded())

    eventually(is_open, "a request for /api/events")


def test_every_request_to_the_interfaces_carries_a_key_that_is_not_the_long_lived_one(
    visit: Visit,
) -> None:
    """The network log is the witness: fetches, streams and downloads, and no cookie with them."""
    page = visit.page
    follows(visit)
    assert (
        page.evaluate("() => agented.apiFetch('/admin/triggers').then((answer) => answer.status)")
        == 200
    )
    with page.expect_download() as download:
        page.evaluate("() => agented.apiDownload('/admin/keys', 'keys.json')")
    assert download.value.suggested_filename == "keys.json"
    page.goto(visit.served.address + "/roadmap/")
    follows(visit)
    seen = visit.wire.guarded()
    assert {urlsplit(each.url).path for each in seen} >= {
        "/api/events", "/admin/triggers", "/admin/keys",
    }  # fmt: skip
    for request in seen:
        headers = request.all_headers()
        assert headers.get("x-api-key", "").startswith(PAGE_MARK), request.url
        assert "cookie" not in headers, request.url
        assert "token=" not in request.url
    for request in visit.wire.requests:
        assert KEY not in request.url
        assert KEY not in request.all_headers().values()
    assert visit.wire.complaints == []


# A client that cannot send headers: what it hears first, or that it was refused for good.
_EVENT_SOURCE = """(token) => new Promise((resolve) => {
  const source = new EventSource('/api/events' + (token === null ? '' : '?token=' + token));
  source.addEventListener('build', ({ data }) => { source.close(); resolve(data); });
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) resolve('refused'); };
})"""
_TOKEN = """() => agented.apiFetch('/api/stream-tokens', {
  method: 'POST', headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ path: '/api/events' }),
}).then((answer) => answer.json()).then((said) => said.token)"""


def test_an_event_source_is_let_in_by_a_short_lived_token(visit: Visit) -> None:
    """Once, with the token alone: the cookie that the browser adds counts for nothing."""
    page = visit.page
    follows(visit)
    assert page.evaluate(_EVENT_SOURCE, None) == "refused"
    token = page.evaluate(_TOKEN)
    assert "epoch" in json.loads(page.evaluate(_EVENT_SOURCE, token))
    assert page.evaluate(_EVENT_SOURCE, token) == "refused"
    assert token not in visit.served.log.read_text("utf-8")


def test_a_page_can_be_made_to_call_nobody_else(visit: Visit) -> None:
    """A token must not go to another site, nor to an address that takes the cookie."""
    for target in ("https://evil.example.com/api/x", "//evil.example.com/api/x", "/login", "/apis"):
        said = visit.page.evaluate(
            "(target) => agented.apiFetch(target).then(() => 'sent', (error) => error.name)", target
        )
        assert said == "TypeError", target


def test_an_edit_reloads_the_page_once(visit: Visit) -> None:
    """The person sees it without doing anything, and is not disturbed again."""
    page = visit.page
    follows(visit)
    loads: list[str] = []
    page.on("load", lambda _: loads.append(page.url))
    edit(visit.served, "once every 21 s")
    expect(page.locator("main")).to_contain_text("once every 21 s", timeout=20_000)
    page.wait_for_timeout(1500)
    assert len(loads) == 1
    assert visit.wire.complaints == []


def test_a_build_between_the_page_and_its_stream_is_not_missed(visit: Visit) -> None:
    """The page says itself of which build it is."""
    page = visit.page
    held: list[object] = []
    page.route("**/api/events", lambda route: held.append(route))
    page.reload()
    expect(page.locator("session-menu")).to_be_visible()

    def is_held() -> bool:
        page.wait_for_timeout(20)
        return bool(held)

    eventually(is_held, "the stream, held up")
    edit(visit.served, "once every 22 s")
    eventually(lambda: "once every 22 s" in visit.served.get(_PAGE).text, "the build")
    page.unroute("**/api/events")  # which lets the request go
    expect(page.locator("main")).to_contain_text("once every 22 s", timeout=20_000)


def test_a_restart_of_the_service_is_survived(visit: Visit) -> None:
    """The stream breaks and comes back by itself: with nothing new, the page stays as it is."""
    page = visit.page
    follows(visit)
    loads: list[str] = []
    page.on("load", lambda _: loads.append(page.url))
    visit.served.stop()
    visit.served.start()
    before = len(visit.wire.guarded())

    def is_back() -> bool:
        page.wait_for_timeout(20)
        later = visit.wire.guarded()[before:]
        return any((answer := each.response()) and answer.status == 200 for each in later)

    eventually(is_back, "the stream after the restart", 60)
    page.wait_for_timeout(1500)
    assert loads == []
    edit(visit.served, "once every 23 s")
    expect(page.locator("main")).to_contain_text("once every 23 s", timeout=30_000)
    visit.served.stop()
    edit(visit.served, "once every 24 s")
    visit.served.start()
    expect(page.locator("main")).to_contain_text("once every 24 s", timeout=60_000)


def test_a_token_that_no_longer_holds_is_replaced(visit: Visit) -> None:
    """A 401 means that nothing was done: the request is sent again with a new one."""
    page = visit.page
    follows(visit)
    before = len(visit.wire.requests)
    answered: list[int] = []

    def refuse_first(route) -> None:  # type: ignore[no-untyped-def]
        answered.append(1)
        if len(answered) == 1:
            route.fulfill(status=401, body="{}")
        else:
            route.continue_()

    page.route("**/admin/triggers", refuse_first)
    status = page.evaluate("() => agented.apiFetch('/admin/triggers').then((got) => got.status)")
    assert status == 200
    assert len(answered) == 2
    asked = [urlsplit(each.url).path for each in visit.wire.requests[before:]]
    assert asked.count("/session/token") == 1


def test_a_hidden_page_holds_no_connection(visit: Visit) -> None:
    """A browser has six to a host: forgotten tabs must not use them up."""
    page = visit.page
    follows(visit)
    ended: list[str] = []
    page.on("requestfailed", lambda request: ended.append(request.url))
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )

    def has_ended() -> bool:
        page.wait_for_timeout(20)
        return any(url.endswith("/api/events") for url in ended)

    eventually(has_ended, "the end of the stream")
    count = len(visit.wire.guarded())
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: false, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )

    def comes_back() -> bool:
        page.wait_for_timeout(20)
        return len(visit.wire.guarded()) > count

    eventually(comes_back, "the stream of the visible page")


def test_the_menu_leads_to_the_pages_of_the_service(visit: Visit) -> None:
    """By keyboard alone: opened, closed by Escape and by leaving it, then followed."""
    page = visit.page
    menu = page.locator("session-menu")
    name = menu.locator("summary")
    expect(name).to_have_text("Administrator")
    name.focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link")).to_have_text(
        [
            "Keys", "Audit", "Ask", "Research", "Proposals", "Executions", "Deliveries",
            "Triggers", "Assistant", "API",
        ]
    )  # fmt: skip
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link").first).to_be_hidden()
    expect(name).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("main").click()
    expect(menu.get_by_role("link").first).to_be_hidden()
    name.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{visit.served.address}/ops/keys")


def test_the_menu_of_a_reader_has_nothing_that_is_closed_to_them(
    browser: Browser, served: Served
) -> None:
    """Pages for administrators would only refuse them."""
    asked = {"label": "reader", "person": "Rosa", "scopes": ["read"]}
    key = served.post("/admin/keys", json_body=asked).json["text"]
    context = browser.new_context(viewport={"width": 400, "height": 800})
    page = context.new_page()
    page.goto(f"{served.address}/login")
    page.get_by_label("Key").fill(key)
    page.keyboard.press("Enter")
    page.get_by_text("Rosa").click()
    menu = page.locator("session-menu")
    links = menu.get_by_role("link")
    expect(links).to_have_text(
        ["Proposals", "Executions", "Deliveries", "Triggers", "Assistant", "API"]
    )
    for place in (*links.all(), menu.get_by_role("button", name="Sign out")):
        expect(place).to_be_in_viewport(ratio=1)
    tops = [each["y"] for each in map(Locator.bounding_box, menu.locator("li").all()) if each]
    assert tops == sorted(set(tops)), "each on a line of its own"
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    context.close()


def test_signing_out_ends_the_session_in_every_tab(visit: Visit) -> None:
    """The other tab's stream ends, and it says how to sign in."""
    follows(visit)
    other = visit.context.new_page()
    other.goto(visit.served.address + "/roadmap/")
    expect(other.locator("session-menu")).to_contain_text("Administrator")
    visit.page.get_by_text("Administrator").click()
    visit.page.get_by_role("button", name="Sign out").click()
    visit.page.wait_for_url(re.compile("/login"))
    expect(other.locator("session-menu > a")).to_have_text("Sign in", timeout=20_000)
    answer = other.goto(visit.served.address + "/roadmap/")
    assert answer is not None
    assert answer.status == 401 or "/login" in other.url


def test_a_public_page_offers_to_sign_in_and_asks_for_nothing_else(
    browser: Browser, served: Served
) -> None:
    """A stranger who may read the pages has no stream, and no key that a request could carry."""
    served.stop()
    served.env["SITE_PUBLIC"] = "true"
    served.start()
    context = browser.new_context()
    wire = Wire()
    wire.watch(context)
    page = context.new_page()
    page.goto(served.address + _PAGE)
    link = page.locator("session-menu a")
    expect(link).to_have_text("Sign in")
    assert link.get_attribute("href") == "/login?next=%2Fr%2FLAMP-01%2F"
    said = page.evaluate(
        "() => agented.apiFetch('/admin/triggers').then(() => 'sent', (error) => "
        "error instanceof agented.SignedOutError ? 'signed out' : error.name)"
    )
    assert said == "signed out"
    assert wire.guarded() == []
    context.close()


if sys.platform != "linux":
    pytest.skip("the service's tests look at /proc", allow_module_level=True)
