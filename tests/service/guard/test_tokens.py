"""Tokens: bound to their purpose, their session, their path and their time."""

import time
import urllib.parse

import pytest

from service.guard.tokens import PAGE_S, STREAM_S, Bearer, Tokens
from tests.service.guard.calling import Caller
from tests.service.served import KEY, Served

SECRET = "a secret key of the tests, long enough"
EVENTS = "/api/events"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that tokens see; set `clock[0]`."""
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


# -- what a token is ------------------------------------------------------------------------------


def test_a_page_token_stands_for_its_session_for_ten_minutes(clock: list[float]) -> None:
    tokens = Tokens(SECRET)
    token = tokens.page("session-1")
    start = clock[0]
    assert tokens.session_of(token) == "session-1"
    clock[0] = start + PAGE_S
    assert tokens.session_of(token) == "session-1"
    clock[0] = start + PAGE_S + 2
    assert tokens.session_of(token) is None


def test_a_stream_token_opens_its_path_once_for_less_than_a_minute(clock: list[float]) -> None:
    tokens = Tokens(SECRET)
    start, bearer = clock[0], Bearer("key-1", "")
    token = tokens.stream(bearer, EVENTS)
    assert tokens.spend(token, "/api/other") is None
    assert tokens.spend(token, EVENTS) == bearer
    assert tokens.spend(token, EVENTS) is None
    late = tokens.stream(bearer, EVENTS)
    clock[0] = start + STREAM_S
    assert STREAM_S + 1 < 60
    clock[0] = start + STREAM_S + 2
    assert tokens.spend(late, EVENTS) is None


def test_spent_tokens_are_remembered_no_longer_than_they_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens, now = Tokens(SECRET), [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for _ in range(500):
        assert tokens.spend(tokens.stream(Bearer("k", ""), EVENTS), EVENTS)
    now[0] += 3 * STREAM_S
    assert tokens.spend(tokens.stream(Bearer("k", ""), EVENTS), EVENTS)
    assert len(tokens._spent) == 1


def test_each_changed_byte_is_noticed() -> None:
    tokens = Tokens(SECRET)
    page, stream = tokens.page("session-1"), tokens.stream(Bearer("key-1", ""), EVENTS)
    for token in (page, stream):
        for place in range(len(token)):
            changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            read = tokens.session_of(changed) if token is page else tokens.spend(changed, EVENTS)
            # The last letter of base64 has bits that do not count: the same token in other words.
            assert read is None or place == len(token) - 1
    assert tokens.session_of(page) == "session-1"


def test_no_token_does_the_work_of_another() -> None:
    tokens = Tokens(SECRET)
    page, stream = tokens.page("x"), tokens.stream(Bearer("key-1", ""), EVENTS)
    assert tokens.session_of("agdp_" + stream.removeprefix("agds_")) is None
    assert tokens.spend("agds_" + page.removeprefix("agdp_"), EVENTS) is None
    assert tokens.session_of(stream) is None
    assert tokens.spend(page, EVENTS) is None
    form = tokens.form("x")
    assert tokens.is_form_of(form, "x")
    assert not tokens.is_form_of(form, "y")
    assert not tokens.is_form_of("é", "x")


def test_another_secret_and_another_process() -> None:
    tokens = Tokens(SECRET)
    page, stream = tokens.page("x"), tokens.stream(Bearer("key-1", ""), EVENTS)
    assert Tokens(SECRET + "!").session_of(page) is None
    assert Tokens(SECRET).session_of(page) == "x"
    # A new process has forgotten which tokens were used.
    assert Tokens(SECRET).spend(stream, EVENTS) is None


@pytest.mark.parametrize("junk", ["", "agds_", "agdp_", "agds_é", "agds_" + "A" * 9000, "agdp_.."])
def test_junk_is_no_token(junk: str) -> None:
    tokens = Tokens(SECRET)
    assert tokens.session_of(junk) is None
    assert tokens.spend(junk, EVENTS) is None


# -- what it does at the service ------------------------------------------------------------------


def stream_token(call: Caller, key: str = KEY, path: str = EVENTS) -> str:
    """A token from `POST /api/stream-tokens`."""
    answer = call("POST", "/api/stream-tokens", key=key, json_body={"path": path})
    assert answer.status == 201, answer.text
    assert 1 <= answer.json["expires_in"] <= 60
    token = answer.json["token"]
    assert isinstance(token, str)
    return token


def test_an_event_source_without_headers_gets_in_by_its_token(call: Caller) -> None:
    token = stream_token(call)
    stream = call.open_stream(f"{EVENTS}?token={urllib.parse.quote(token)}")
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert stream.readline()
    call.close()


def test_a_stream_token_is_good_for_nothing_else(call: Caller) -> None:
    """SS2: replay, another path or purpose, a changed byte."""
    token = stream_token(call)
    changed = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    for path in (
        f"{EVENTS}?token={changed}",
        f"{EVENTS}/?token={token}",
        f"{EVENTS}?token={token}&token={token}",
        f"{EVENTS}?Token={token}",
        f"/admin/triggers?token={token}",
        f"/admin/keys?token={token}",
        f"/?token={token}",
        f"/ops/keys?token={token}",
        f"/metrics?token={token}",
    ):
        assert call("GET", path).status == 401, path
    for method in ("HEAD", "POST", "OPTIONS"):
        assert call(method, f"{EVENTS}?token={token}").status == 401
    assert call("GET", EVENTS, key=token).status == 401
    assert call("GET", EVENTS, headers={"Authorization": f"Bearer {token}"}).status == 401
    assert call("GET", EVENTS, cookie=f"agented={token}").status == 401
    # A wrong header beside it counts as a wrong header.
    assert call("GET", f"{EVENTS}?token={token}", key="wrong").status == 401
    call.open_stream(f"{EVENTS}?token={token}")
    call.close()
    assert call("GET", f"{EVENTS}?token={token}").status == 401


def test_tokens_end_with_their_key_and_their_session(call: Caller) -> None:
    key_id, text = call.new_key("read")
    by_key = stream_token(call, text)
    cookie = call.sign_in()
    page = call("POST", "/session/token", cookie=cookie, form={}).json["token"]
    by_session = stream_token(call, page)
    assert call("POST", f"/admin/keys/{key_id}/revoke", key=KEY).status == 200
    assert call("POST", "/logout", cookie=cookie, form={}).status == 303
    assert call("GET", f"{EVENTS}?token={by_key}").status == 401
    assert call("GET", f"{EVENTS}?token={by_session}").status == 401


def test_a_token_never_gets_into_the_log(call: Caller, service: Served) -> None:
    token = stream_token(call)
    call.open_stream(f"{EVENTS}?token={token}")
    call.close()
    cookie = call.sign_in()
    page = call("POST", "/session/token", cookie=cookie, form={}).json["token"]
    wrong = "agds_" + "forged" * 10
    answer = call("GET", f"{EVENTS}?token={wrong}")
    call("GET", "/admin/triggers", key=page)
    deadline = time.monotonic() + 10
    while answer.headers["X-Request-ID"] not in service.log.read_text("utf-8"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    log = service.log.read_text("utf-8")
    for secret in (token, page, wrong, cookie.partition("=")[2], KEY):
        assert secret not in log
        assert secret[10:40] not in log


@pytest.mark.parametrize(
    "path",
    ["/", "/admin/keys", "/api/nothing", "//api/events", "/api/events?x=1", "/health/liveness"],
)
def test_there_are_tokens_for_streams_only(call: Caller, path: str) -> None:
    answer = call("POST", "/api/stream-tokens", key=KEY, json_body={"path": path})
    assert answer.status == 400


def test_only_a_session_gets_a_page_token(call: Caller) -> None:
    assert call("POST", "/session/token", form={}).status == 401
    assert call("POST", "/session/token", key=KEY, form={}).status == 403
    cookie = call.sign_in()
    answer = call("POST", "/session/token", cookie=cookie, form={})
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.json
    assert found["token"].startswith("agdp_")
    assert (found["expires_in"], found["scopes"]) == (PAGE_S, ["admin"])
    assert KEY not in answer.text
    # It may ask for the next one only by cookie again: a stolen token does not live on.
    again = call("POST", "/session/token", key=found["token"], form={})
    assert again.status == 403
