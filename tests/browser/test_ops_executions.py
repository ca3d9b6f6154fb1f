"""The pages of executions in a real Chromium: the list, and the live log."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from service.db.connection import connect
from tests.service.executions.running import (
    URL,
    database_of,
    ended,
    queue,
    record,
    run_now,
    running_service,
    show,
)
from tests.service.killing import kill_all
from tests.service.served import KEY, Served
from tests.service.watching import eventually

PATIENCE_MS = 30_000
# Address of a service -> the session in it.
SESSIONS: dict[str, StorageState] = {}
CLAUDE = [
    {"type": "system", "subtype": "init", "model": "claude-x", "tools": ["Read"]},
    {"type": "assistant", "message": {"content": [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "I look at <b>it</b>."},
        {"type": "tool_use", "name": "Bash", "input": {"command": "ls", "timeout": 5}}]}},
    {"type": "user", "message": {"content": [
        {"type": "tool_result", "content": "one\ntwo <script>document.title = 'owned'</script>"}]}},
    {"type": "unheard-of", "x": 1},
    {"type": "result", "subtype": "success", "num_turns": 2, "total_cost_usd": 0.5, "result": "ok"},
]  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests of this file."""
    with running_service(tmp_path_factory.mktemp("service")) as served:
        yield served


def signed_in(browser: Browser, service: Served, **options: object) -> BrowserContext:
    """A browser of its own, signed in as a person does it: once, since signing in is limited."""
    values = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True, **options}
    if service.address in SESSIONS:
        values["storage_state"] = SESSIONS[service.address]
    context = browser.new_context(**values)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    if service.address not in SESSIONS:
        page = context.new_page()
        page.goto(f"{service.address}/login?next=/ops/executions")
        page.get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{service.address}/ops/executions")
        page.close()
        SESSIONS[service.address] = context.storage_state()
    return context


@pytest.fixture
def page(browser: Browser, service: Served) -> Iterator[Page]:
    """A signed-in page; a script that fails fails the test."""
    context = signed_in(browser, service)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors


def open_log(page: Page, service: Served, execution: str, more: str = "") -> None:
    page.goto(f"{service.address}/ops/executions/{execution}{more}")
    expect(page.locator("#log-tools")).to_be_visible()


def texts(page: Page) -> list[str]:
    return page.locator("#log .ln-text").all_inner_texts()


def numbers(page: Page) -> list[int]:
    return page.evaluate("[...document.querySelectorAll('#log .ln')].map(r => +r.id.slice(1))")  # type: ignore[no-any-return]


def is_at_end(page: Page) -> bool:
    return bool(
        page.evaluate(
            "(() => { const b = document.querySelector('#log');"
            " return b.scrollHeight - b.scrollTop - b.clientHeight < 8; })()"
        )
    )


def test_live_log_lines_appear_during_the_run(page: Page, service: Served) -> None:
    """A person signs in, opens the page of a run that prints, and sees line after line come."""
    execution = queue(service, "count", not_before="2999-01-01T00:00:00.000Z")
    asked: list[str | None] = []
    page.on(
        "request",
        lambda request: (
            asked.append(request.headers.get("x-api-key"))
            if f"{URL}/{execution}" in request.url
            else None
        ),
    )
    open_log(page, service, execution)
    expect(page.locator("#log-status")).to_have_text("Live")
    expect(page.locator("#log-empty")).to_have_text("Nothing is printed yet.")
    _let_begin(service, execution)
    expect(page.locator("#L2 .ln-text")).to_have_text("line 2", timeout=PATIENCE_MS)
    assert show(service, execution)["state"] == "running"
    expect(page.locator("#facts .outcome .state")).to_have_text("running")
    expect(page.locator("#L8 .ln-text")).to_have_text("line 8", timeout=PATIENCE_MS)
    expect(page.locator("#facts .outcome")).to_contain_text("succeeded", timeout=PATIENCE_MS)
    expect(page.locator("#facts .outcome")).to_contain_text("it exited with 0")
    expect(page.locator("#L9")).to_contain_text("note")
    assert numbers(page) == list(range(1, 10))
    expect(page.locator("#count")).to_have_text("9 lines")
    expect(page.locator("#log-status")).to_have_text("Ended")
    assert "succeeded" in page.title()
    assert asked
    assert all(asked)
    assert KEY not in asked


def _let_begin(service: Served, execution: str) -> None:
    with closing(connect(database_of(service))) as db:
        db.execute("UPDATE executions SET not_before = queued_at WHERE id = ?", (execution,))
    assert (
        service.request("PUT", "/admin/execution-pause", json_body={"paused": False}).status == 200
    )


def test_following_stops_when_one_scrolls_up(page: Page, service: Served) -> None:
    """And goes on at the end, by the button or by the key."""
    execution = run_now(service, "tick")
    eventually(lambda: show(service, execution)["lines"] > 60, "it printed a page")
    open_log(page, service, execution)
    follow = page.get_by_role("button", name="Pause")
    expect(follow).to_have_attribute("aria-pressed", "true")
    eventually(lambda: is_at_end(page), "the end is shown")
    page.locator("#log").hover()
    page.mouse.wheel(0, -400)
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#to-end")).to_contain_text("new", timeout=PATIENCE_MS)
    top = page.evaluate("document.querySelector('#log').scrollTop")
    last = numbers(page)[-1]
    eventually(lambda: show(service, execution)["lines"] > last + 10, "it goes on")
    assert page.evaluate("document.querySelector('#log').scrollTop") == top
    page.locator("#to-end").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    eventually(lambda: is_at_end(page), "the end is shown")
    found = numbers(page)
    assert found == list(range(found[0], found[-1] + 1))
    # A phone is turned: what is followed goes on being followed.
    for width, height in ((400, 800), (800, 400), (400, 900), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        last = numbers(page)[-1]
        page.wait_for_function("n => document.querySelector(`#L${n}`)", arg=last + 5)
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        eventually(lambda: is_at_end(page), "the end is shown")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Follow")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_text("Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page.locator("#facts")).to_contain_text("it was cancelled", timeout=PATIENCE_MS)


def test_markup_in_lines_stays_text(page: Page, service: Served) -> None:
    """In the page without a script, in the live one, and in what agents say."""
    execution = run_now(service, "hostile")
    ended(service, execution)
    open_log(page, service, execution)
    expect(page.locator("#L2 .ln-text")).to_have_text("<img src=x onerror=alert(1)>")
    assert texts(page)[0] == "<script>document.title='owned'</script>"
    agent = record(service, [("out", [json.dumps(each) for each in CLAUDE])], backend="claude")
    open_log(page, service, agent.id)
    page.get_by_role("button", name="Unfold all").click()
    expect(page.locator("#L3 pre")).to_contain_text("<script>document.title = 'owned'</script>")
    assert page.locator("#log script, #log img, #log b").count() == 0
    assert "owned" not in page.title()


def test_what_agents_say_is_readable_and_the_raw_is_a_click_away(
    page: Page, service: Served
) -> None:
    """Tool calls are folded, thoughts and ends are told apart by a word, unknown lines stay."""
    lines = [json.dumps(each) for each in CLAUDE]
    execution = record(service, [("out", lines), ("err", ["oh"])], backend="claude").id
    open_log(page, service, execution)
    expect(page.locator("#L2 .pt-say")).to_have_text("I look at <b>it</b>.")
    expect(page.locator("#L2 .pt-think")).to_have_text("Hm.")
    fold = page.locator("#L2 details")
    expect(fold.locator("summary")).to_have_text("Bash ls")
    expect(fold.locator("pre")).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator("pre")).to_contain_text('"timeout": 5')
    expect(page.locator("#L4 .ln-text")).to_have_text(lines[3])
    expect(page.locator("#L5 .pt-end")).to_contain_text("Done, 2 turns, $0.5000")
    expect(page.locator("#L6 .ln-from")).to_have_text("err")
    page.get_by_role("button", name="Raw").click()
    assert texts(page) == [*lines, "oh"]
    page.get_by_role("button", name="Raw").click()
    expect(page.locator("#L2 .pt-say")).to_be_visible()


def test_a_log_is_searched_and_walked_by_keyboard(page: Page, service: Served) -> None:
    """From the log to the search, through the hits, to a line; also where it is not loaded."""
    execution = ended(service, run_now(service, "many"))["id"]
    open_log(page, service, execution)
    expect(page.locator("#L200001")).to_be_visible()
    page.locator("#log").focus()
    page.keyboard.press("/")
    page.keyboard.type("12345")
    expect(page.locator("#find-count")).to_have_text("12 lines", timeout=PATIENCE_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_have_text("1 of 12 lines")
    expect(page.locator("#L12345.is-target")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#L112345.is-target")).to_be_in_viewport()
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#L12345.is-target")).to_be_in_viewport()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#L112345.is-target")).to_be_in_viewport()
    page.keyboard.press("g")
    page.keyboard.type("777")
    page.keyboard.press("Enter")
    expect(page.locator("#L777.is-target")).to_be_in_viewport()
    assert page.url.endswith("#L777")
    assert len(numbers(page)) <= 3000
    page.keyboard.press("Home")
    expect(page.locator("#L1.is-target")).to_be_in_viewport()


def test_two_hundred_thousand_lines_keep_the_page_small(page: Page, service: Served) -> None:
    """Older lines come as one scrolls up, and as many go."""
    execution = run_now(service, "many")
    open_log(page, service, execution)
    expect(page.locator("#facts .outcome")).to_contain_text("succeeded", timeout=PATIENCE_MS)
    expect(page.locator("#L200001")).to_be_in_viewport(timeout=PATIENCE_MS)
    page.locator("#log").hover()
    first = numbers(page)[0]
    for _ in range(8):
        page.evaluate("document.querySelector('#log').scrollTop = 0")
        page.wait_for_function(
            "before => +document.querySelector('#log .ln').id.slice(1) < before", arg=first
        )
        found = numbers(page)
        assert found == list(range(found[0], found[-1] + 1))
        assert len(found) <= 3000
        first = found[0]
    assert first < 195_000
    page.get_by_role("button", name="Jump to the end").click()
    expect(page.locator("#L200001")).to_be_in_viewport()


def test_a_line_has_an_address(page: Page, service: Served) -> None:
    """With and without a script; the page shows it and marks it."""
    execution = record(service, [("out", [f"line {n}" for n in range(1, 5001)])]).id
    open_log(page, service, execution, "#L2500")
    expect(page.locator("#L2500.is-target")).to_be_in_viewport()
    page.locator("#L2510 .ln-no").click()
    expect(page.locator("#L2510.is-target")).to_be_in_viewport()
    assert page.url.endswith("#L2510")
    open_log(page, service, execution, "?line=30")
    expect(page.locator("#L30.is-target")).to_be_in_viewport()


def test_a_log_is_copied_and_downloaded(page: Page, service: Served) -> None:
    execution = record(service, [("out", ["one", "two"]), ("err", ["three"])]).id
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_log(page, service, execution)
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#log-status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "one\ntwo\nthree\n"
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download").click()
    assert waited.value.suggested_filename == f"{execution}.log"
    assert Path(waited.value.path()).read_text("utf-8") == "one\ntwo\nthree\n"


def test_the_way_lines_are_shown_is_kept(page: Page, service: Served) -> None:
    execution = record(service, [("out", ["x" * 3000, "short"])]).id
    open_log(page, service, execution)
    expect(page.locator("#L1 .ln-at")).to_be_hidden()
    page.get_by_role("button", name="Times").click()
    page.get_by_role("button", name="Wrap").click()
    open_log(page, service, execution)
    expect(page.locator("#L1 .ln-at")).to_be_visible()
    assert page.evaluate(
        "document.querySelector('#log').scrollWidth > document.querySelector('#log').clientWidth"
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


def test_a_run_is_run_again_from_its_page(page: Page, service: Served) -> None:
    """The new one shows, and each names the other."""
    execution = record(service, [("out", ["a"])], backend="command:hello").id
    open_log(page, service, execution)
    page.get_by_text("Run again", exact=True).click()
    page.get_by_role("button", name="Run it again").click()
    page.wait_for_url(lambda url: "/ops/executions/exec-" in url and execution not in url)
    expect(page.locator("#log")).to_contain_text("hello", timeout=PATIENCE_MS)
    page.locator(".attempts a").click()
    page.wait_for_url(f"**/{execution}")
    expect(page.locator(".attempts li")).to_have_count(2)


def test_the_list_keeps_itself_fresh(page: Page, service: Served) -> None:
    """What was queued after the page was opened appears, runs and ends in front of one's eyes."""
    page.goto(f"{service.address}/ops/executions")
    execution = run_now(service, "count")
    row = page.locator(f"[id='{execution}']")
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    expect(row.locator(".state")).to_have_text("succeeded", timeout=PATIENCE_MS)
    expect(row).to_contain_text("it exited with 0")


def test_the_list_is_filtered_by_its_address(page: Page, service: Served) -> None:
    """Words of the log lead to their line."""
    execution = record(service, [("out", ["first", "a rare-Zebra line"])], name="zoo").id
    eventually(
        lambda: service.get("/admin/execution-search?q=zebra").json["total_count"] == 1, "indexed"
    )
    page.goto(f"{service.address}/ops/executions")
    page.get_by_label("Words in the log").fill("zebra rare")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#runs tbody tr")).to_have_count(1)
    expect(page.locator("mark").first).to_have_text("rare")
    page.get_by_role("link", name="line 2").click()
    expect(page.locator("#L2.is-target")).to_be_in_viewport()
    assert execution in page.url
    page.goto(f"{service.address}/ops/executions?trigger=trig-zoo&state=succeeded")
    expect(page.locator("#runs tbody tr")).to_have_count(1)
    expect(page.get_by_label("State")).to_have_value("succeeded")
    expect(page.locator("#figures")).to_contain_text("zoo, last 30 days: 1 run, 100 % succeeded")
    page.goto(f"{service.address}/ops/executions?q=%22%22&state=<script>")
    expect(page.locator("#wrong")).to_contain_text("no word to look for")


def test_all_is_paused_and_goes_on(page: Page, service: Served) -> None:
    page.goto(f"{service.address}/ops/executions")
    page.get_by_role("button", name="Pause all").click()
    expect(page.locator("#queue")).to_contain_text("paused: nothing begins")
    waiting = queue(service, "hello")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#queue")).not_to_contain_text("paused")
    assert ended(service, waiting)["state"] == "succeeded"


def test_a_reader_sees_and_does_nothing(browser: Browser, service: Served) -> None:
    """No button for what is not allowed, and no way round it."""
    made = service.post(
        "/admin/keys", json_body={"label": "k", "person": "Grace", "scopes": ["read"]}
    ).json
    execution = record(service, [("out", ["a"])]).id
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{service.address}/login?next=/ops/executions")
    page.get_by_label("Key").fill(made["text"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Executions")).to_be_visible()
    assert page.get_by_role("button", name="Pause all").count() == 0
    open_log(page, service, execution)
    expect(page.locator("#L1 .ln-text")).to_have_text("a")
    assert page.get_by_text("Run again").count() == 0
    refused = context.request.post(f"{service.address}/ops/executions/{execution}/replay")
    assert refused.status == 403
    context.close()


def test_pages_work_without_a_script(browser: Browser, service: Served) -> None:
    """The last thousand lines, older ones by links, forms as ever."""
    lines = [f"line {n}" for n in range(1, 2501)]
    execution = record(service, [("out", lines), ("err", ["late"])]).id
    context = signed_in(browser, service, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service.address}/ops/executions/{execution}")
    first, last = page.locator("#log .ln-no").first, page.locator("#log .ln-no").last
    expect(first).to_have_text("1502")
    expect(last).to_have_text("2501")
    page.get_by_role("link", name="Older").click()
    expect(first).to_have_text("582")
    expect(last).to_have_text("1581")
    page.get_by_role("link", name="End", exact=True).click()
    expect(last).to_have_text("2501")
    agent = record(service, [("out", [json.dumps(each) for each in CLAUDE])], backend="claude").id
    page.goto(f"{service.address}/ops/executions/{agent}")
    expect(page.locator("#L2 .pt-say")).to_have_text("I look at <b>it</b>.")
    page.get_by_role("link", name="Raw").click()
    expect(page.locator("#L2 .ln-text")).to_have_text(json.dumps(CLAUDE[1]))
    context.close()


def test_the_log_survives_a_restart_in_the_middle(browser: Browser, tmp_path: Path) -> None:
    """The page comes back by itself and goes on behind the last line: none is lost or doubled."""
    with running_service(tmp_path) as service:
        execution = run_now(service, "tick")
        context = signed_in(browser, service)
        page = context.new_page()
        open_log(page, service, execution)
        expect(page.locator("#L5")).to_be_attached(timeout=PATIENCE_MS)
        service.stop()
        expect(page.locator("#log-status")).to_have_text("Connecting…", timeout=PATIENCE_MS)
        service.start()
        expect(page.locator("#facts .outcome")).to_contain_text("interrupted", timeout=60_000)
        kept = show(service, execution)["lines"]
        eventually(lambda: numbers(page) == list(range(1, kept + 1)), "every line once")
        assert texts(page)[:3] == ["tick 1", "tick 2", "tick 3"]
        context.close()


@pytest.mark.parametrize("width", [1280, 400])
def test_the_log_survives_a_kill_in_the_middle(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    """Nothing is told to the page: it notices, comes back, and has each line that was kept once."""
    with running_service(tmp_path) as service:
        execution = run_now(service, "tick")
        context = signed_in(browser, service, viewport={"width": width, "height": 800})
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        open_log(page, service, execution)
        expect(page.locator("#L40")).to_be_attached(timeout=PATIENCE_MS)
        kill_all(service)
        expect(page.locator("#log-status")).to_have_text("Connecting…", timeout=PATIENCE_MS)
        seen = numbers(page)
        service.start()
        expect(page.locator("#facts .outcome")).to_contain_text("interrupted", timeout=60_000)
        expect(page.locator("#log-status")).to_have_text("Ended", timeout=PATIENCE_MS)
        kept = show(service, execution)["lines"]
        # What was shown was kept before.
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) <= kept
        eventually(lambda: numbers(page) == list(range(1, kept + 1)), "every line once")
        assert texts(page)[:40] == [f"tick {n}" for n in range(1, 41)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert Axe().run(page).violations_count == 0
        again = run_now(service, "hello")
        open_log(page, service, again)
        expect(page.locator("#log")).to_contain_text("hello", timeout=PATIENCE_MS)
        assert not errors
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(browser: Browser, service: Served, theme: str) -> None:
    """Axe finds nothing in either theme, and 400 pixels are enough."""
    long = "x" * 500
    agent = record(
        service,
        [("out", [json.dumps(each) for each in CLAUDE]), ("err", [long]), ("note", ["told"])],
        backend="claude",
        cost_usd=0.5,
        tokens_in=12_000,
        tokens_out=900,
    ).id
    queue(service, "later", not_before="2999-01-01T00:00:00.000Z")
    failed = ended(service, run_now(service, "fail"))["id"]
    eventually(
        lambda: service.get("/admin/execution-search?q=broke").json["total_count"] > 0, "indexed"
    )
    found = []
    context = signed_in(browser, service, color_scheme=theme)
    page = context.new_page()
    for path in (
        "",
        "?q=told",
        "?q=broke",
        "?state=cancelled&since=2999-01-01",
        f"/{agent}",
        f"/{failed}",
    ):
        page.goto(f"{service.address}/ops/executions{path}")
        if path.startswith("/"):
            expect(page.locator("#log-status")).to_have_text("Ended")
            page.evaluate(
                "for (const each of document.querySelectorAll('details')) each.open = true"
            )
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
    context.close()
    assert not found
