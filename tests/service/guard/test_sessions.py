"""People: signing in and out, the cookie, the end of a session, and who may change things."""

import re
import threading
import time
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.service.guard.calling import Caller, Route, cookie_of, host_command, new_address
from tests.service.served import KEY, Answer, Serve, Served
from tests.service.shared import rows


def morsel(answer: Answer) -> "SimpleCookie":
    """The cookies that an answer sets."""
    found: SimpleCookie = SimpleCookie()
    found.load(answer.headers["Set-Cookie"])
    return found


def test_a_key_becomes_a_session(call: Caller) -> None:
    answer = call("POST", "/login", form={"key": f" {KEY} ", "next": "/roadmap/"})
    assert (answer.status, answer.headers["Location"]) == (303, "/roadmap/")
    cookie = morsel(answer)["agented"]
    assert cookie["httponly"]
    assert not cookie["secure"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert len(cookie.value) == 43
    assert call("GET", "/", cookie=cookie_of(answer)).status == 200


def test_over_https_the_cookie_is_bound_to_it(call: Caller) -> None:
    call.https = True
    answer = call("POST", "/login", form={"key": KEY})
    cookie = morsel(answer)["__Host-agented"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    assert call("GET", "/", cookie=cookie_of(answer)).status == 200
    # A cookie without the prefix may have been set by a neighbour, or over http.
    assert call("GET", "/", cookie=f"agented={cookie.value}").status == 401


def test_signing_in_rotates_the_session(call: Caller, service: Served) -> None:
    """A cookie that somebody planted before is worthless after."""
    first = call.sign_in()
    again = call("POST", "/login", form={"key": KEY}, cookie=first)
    assert again.status == 303
    assert cookie_of(again) != first
    assert call("GET", "/", cookie=first).status == 401
    assert call("GET", "/", cookie=cookie_of(again)).status == 200
    planted = call("POST", "/login", form={"key": KEY}, cookie="agented=planted")
    assert "planted" not in cookie_of(planted)


def test_signing_out_ends_the_session_and_its_tokens(call: Caller) -> None:
    cookie = call.sign_in()
    token = call("POST", "/session/token", cookie=cookie, form={}).json["token"]
    assert call("GET", "/admin/triggers", key=token).status == 200
    answer = call("POST", "/logout", cookie=cookie, form={})
    assert (answer.status, answer.headers["Location"]) == (303, "/login")
    gone = morsel(answer)["agented"]
    assert (gone.value, gone["max-age"]) == ("", "0")
    assert call("GET", "/", cookie=cookie).status == 401
    assert call("GET", "/admin/triggers", key=token).status == 401
    assert call("POST", "/logout", cookie=cookie, form={}).status == 401


def hours_ago(hours: float) -> str:
    """The stamp of a time in the past."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - hours * 3600))


def test_a_session_outlives_a_restart_and_ends_when_idle_or_old(serve: Serve) -> None:
    """The rows are set back instead of waiting for 8 hours.

    A page token is as good as its session; a stream token does not hold, since the new process does
    not know whether it was used.
    """
    served = serve(TRUSTED_PROXIES="1")
    call = Caller(served)
    fresh, idle, old = (call.sign_in() for _ in range(3))
    for cookie in (fresh, idle, old):
        assert call("GET", "/", cookie=cookie).status == 200
    token = call("POST", "/session/token", cookie=fresh, form={}).json["token"]
    asked = call("POST", "/api/stream-tokens", key=KEY, json_body={"path": "/api/events"})
    call.close()
    served.stop()
    ids = [row["id"] for row in rows(served, "SELECT id FROM sessions ORDER BY created_at, rowid")]
    rows(served, "UPDATE sessions SET seen_at = ? WHERE id = ?", hours_ago(7.9), ids[0])
    rows(served, "UPDATE sessions SET seen_at = ? WHERE id = ?", hours_ago(8.1), ids[1])
    rows(served, "UPDATE sessions SET created_at = ? WHERE id = ?", hours_ago(7.1 * 24), ids[2])
    served.start()
    assert call("GET", "/", cookie=fresh).status == 200
    assert call("GET", "/admin/triggers", key=token).status == 200
    assert call("GET", f"/api/events?token={asked.json['token']}").status == 401
    assert call("GET", "/", cookie=idle).status == 401
    assert call("GET", "/", cookie=old).status == 401
    call.close()


@pytest.mark.parametrize("wrong", ["", "wrong", KEY[:-1], "agdk_abcdefgh_x", "é" * 20, "A" * 3000])
def test_a_wrong_key_starts_nothing(call: Caller, wrong: str) -> None:
    """One answer for all of them, in JSON and for people."""
    answer = call("POST", "/login", form={"key": wrong})
    assert (answer.status, answer.json["error"]["code"]) == (401, "sign_in_refused")
    assert "Set-Cookie" not in answer.headers
    page = call("POST", "/login", form={"key": wrong}, headers={"Accept": "text/html"})
    assert page.status == 401
    assert "Set-Cookie" not in page.headers
    assert wrong not in page.text or not wrong


def test_sign_in_reads_a_small_form_only(call: Caller) -> None:
    ours = {"Sec-Fetch-Site": "same-origin"}
    assert call("POST", "/login", json_body={"key": KEY}, headers=ours).status == 415
    assert call("POST", "/login", form={"key": "A" * 5000}).status == 413


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("/roadmap/", "/roadmap/"),
        ("/r/AUTH-01/?view=x#notes", "/r/AUTH-01/?view=x#notes"),
        ("", "/"),
        ("roadmap/", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/a\\..\\b", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_sign_in_goes_on_inside_the_service_only(call: Caller, asked: str, place: str) -> None:
    answer = call("POST", "/login", form={"key": KEY, "next": asked})
    assert (answer.status, answer.headers["Location"]) == (303, place)


# -- one-time links -------------------------------------------------------------------------------


def link_of(served: Served) -> str:
    """A link that the host makes for the operator's key."""
    key_id = rows(served, "SELECT id FROM keys WHERE origin = 'setting'")[0]["id"]
    address = host_command(served, "link", key_id).strip()
    assert address.startswith(f"{served.address}/login?link=agdl_")
    return parse_qs(urlsplit(address).query)["link"][0]


def test_a_link_signs_in_once(call: Caller, service: Served) -> None:
    """Looking at it does not use it up; of many who use it at once, one gets in."""
    link = link_of(service)
    for _ in range(2):
        assert call("GET", f"/login?link={link}", headers={"Accept": "text/html"}).status == 200
    assert call("POST", "/login", form={"link": link[:-1] + "x"}).status == 401
    found: list[int] = []

    def use() -> None:
        caller = Caller(service)
        found.append(caller("POST", "/login", form={"link": link}).status)
        caller.close()

    threads = [threading.Thread(target=use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    # A link is throttled as a key is: 10 wrong ones, then the rest is not looked at.
    assert found.count(303) == 1
    assert set(found) <= {303, 401, 429}
    assert link.encode() not in (service.state / "agented.sqlite3").read_bytes()
    assert link not in service.log.read_text("utf-8")


def test_a_link_is_good_for_minutes_only(call: Caller, service: Served) -> None:
    link = link_of(service)
    rows(service, "UPDATE sign_in_links SET expires_at = '2026-01-01T00:00:00.000Z'")
    assert call("POST", "/login", form={"link": link}).status == 401


# -- changes by cookie ----------------------------------------------------------------------------

OURS = "http://127.0.0.1:{port}"
BAD_SOURCES = (
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://127.0.0.1:{port}.evil.example"},
    {"Origin": "https://127.0.0.1:{port}"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://[::1"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
    {"Sec-Fetch-Site": "same-site", "Origin": OURS},
)
GOOD_SOURCES = (
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": OURS},
    {"Sec-Fetch-Site": "same-origin", "Origin": OURS},
    # A proxy that ends TLS and does not say so: the browser vouches, the host is ours.
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://127.0.0.1:{port}"},
)
CHANGES = ("/session/token", "/ops/keys", "/logout")


def at(headers: dict[str, str], port: int) -> dict[str, str]:
    """The headers with the port filled in, and without what the caller adds for a form."""
    filled = {name: value.format(port=port) for name, value in headers.items()}
    return {"Sec-Fetch-Site": "-", **filled}


@pytest.mark.parametrize("source", BAD_SOURCES, ids=str)
def test_a_change_by_cookie_from_elsewhere_is_refused(
    call: Caller, service: Served, source: dict[str, str]
) -> None:
    cookie = call.sign_in()
    headers = at(source, service.port)
    for path in CHANGES:
        answer = call("POST", path, cookie=cookie, form={}, headers=headers)
        assert answer.status == 403, f"{path}: {answer.status}"
        assert "not asked for by a page" in answer.json["error"]["message"]
    assert call("POST", "/login", form={"key": KEY}, headers=headers).status == 403
    assert call("GET", "/", cookie=cookie).status == 200


@pytest.mark.parametrize("source", GOOD_SOURCES, ids=str)
def test_a_change_by_cookie_from_a_page_of_ours_is_done(
    call: Caller, service: Served, source: dict[str, str]
) -> None:
    cookie = call.sign_in()
    headers = at(source, service.port)
    assert call("POST", "/session/token", cookie=cookie, form={}, headers=headers).status == 200
    assert call("POST", "/login", form={"key": KEY}, headers=headers).status == 303
    assert call("POST", "/logout", cookie=cookie, form={}, headers=headers).status == 303


def test_every_changing_page_route_is_guarded(
    call: Caller, routes: tuple[Route, ...], service: Served
) -> None:
    """CS1 over the whole map: also those that are added later."""
    cookie = call.sign_in()
    asked = 0
    for route in routes:
        for method in {"POST", "PUT", "PATCH", "DELETE"} & set(route.methods):
            if route.zone in ("page", "site"):
                answer = call(
                    method, route.path, cookie=cookie, headers={"Sec-Fetch-Site": "cross-site"}
                )
                assert answer.status == 403, f"{method} {route.path}: {answer.status}"
                asked += 1
    assert asked >= 5
    assert call("GET", "/", cookie=cookie).status == 200


def test_a_form_token_stands_in_for_the_headers(call: Caller) -> None:
    """For browsers that send neither: the token of this session, and of no other."""
    none = {"Sec-Fetch-Site": "-"}
    cookie, other = call.sign_in(), call.sign_in()
    tokens = {}
    for each in (cookie, other):
        page = call("GET", "/ops/keys", cookie=each, headers={"Accept": "text/html"})
        found = set(re.findall(r'name="csrf_token" value="([0-9a-f]{64})"', page.text))
        assert len(found) == 1
        tokens[each] = found.pop()
    assert tokens[cookie] != tokens[other]
    for wrong in ("", "é", tokens[other], tokens[cookie][:-1]):
        answer = call("POST", "/logout", cookie=cookie, form={"csrf_token": wrong}, headers=none)
        assert answer.status == 403
    token = call(
        "POST", "/session/token", cookie=cookie, headers={"X-CSRF-Token": tokens[cookie]}, body=b""
    )
    assert token.status == 200
    # The token proves nothing against what the browser says.
    foreign = {"Sec-Fetch-Site": "cross-site"}
    form = {"csrf_token": tokens[cookie]}
    assert call("POST", "/logout", cookie=cookie, form=form, headers=foreign).status == 403
    assert call("POST", "/logout", cookie=cookie, form=form, headers=none).status == 303


def test_programs_with_a_key_need_no_page(call: Caller) -> None:
    """No other site can make a browser send that header."""
    answer = call("POST", "/ops/keys", key=KEY, form={}, headers={"Sec-Fetch-Site": "-"})
    assert answer.status == 400


def test_reading_changes_nothing(call: Caller, service: Served, routes: tuple[Route, ...]) -> None:
    """CS2: after asking for every address the rows are what they were."""
    cookie, link = call.sign_in(), link_of(service)

    def state() -> object:
        return [
            rows(service, f"SELECT * FROM {table}")
            for table in ("sign_in_links", "audit", "triggers", "deliveries")
        ] + [
            rows(service, "SELECT id, digest, scopes, revoked_at, expires_at FROM keys"),
            rows(service, "SELECT id, digest, key_id FROM sessions"),
        ]

    before = state()
    for route in routes:
        if "GET" in route.methods and route.zone != "stream":
            for method in ("GET", "HEAD"):
                for shown in ({"key": KEY}, {"cookie": cookie}, {}):
                    call(method, route.path, **shown)
    call("GET", f"/login?link={link}", headers={"Accept": "text/html"})
    assert state() == before


def test_forms_and_text_are_no_json(call: Caller, routes: tuple[Route, ...]) -> None:
    """CS3: what a browser sends for a foreign page without asking first."""
    asked = 0
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        for path in ("/admin/keys", "/api/stream-tokens", "/admin/keys/x1/rotate"):
            answer = call("POST", path, key=KEY, body=b"{}", headers={"Content-Type": kind})
            assert answer.status == 415, f"{path}: {answer.status}"
            asked += 1
    assert asked == 9


# -- too many failures ----------------------------------------------------------------------------


def test_wrong_keys_are_throttled_by_address(call: Caller) -> None:
    """AU5: at the sign-in page and with the header alike; others are served meanwhile."""
    call.address = new_address()
    codes = [
        call("POST", "/login", form={"key": f"{number}-no-key-at-all"}).status
        if number % 2
        else call("GET", "/admin/triggers", key=f"{number}-no-key-at-all").status
        for number in range(14)
    ]
    assert codes == [401] * 10 + [429] * 4
    refused = call("POST", "/login", form={"key": KEY})
    assert refused.status == 429, "a right key would tell that it is right"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    _, text = call_from_elsewhere(call)
    assert call("GET", "/admin/triggers", key=text).status == 429
    # Open addresses stay open, and say nothing about the key either.
    assert call("GET", "/health/readiness", key=text).json.keys() == {"status", "timestamp"}
    call.address = new_address()
    assert call("GET", "/admin/triggers", key=text).status == 200
    assert call("POST", "/login", form={"key": KEY}).status == 303


def call_from_elsewhere(call: Caller) -> tuple[str, str]:
    """A new key, made from another address."""
    mine, call.address = call.address, new_address()
    made = call.new_key("read")
    call.address = mine
    return made


def test_a_neighbour_does_not_lock_out_a_key_in_use(call: Caller) -> None:
    """Many machines share one address: those at work go on while another one has a wrong key."""
    _, text = call.new_key("read")
    call.address = new_address()
    assert call("GET", "/admin/triggers", key=text).status == 200
    for number in range(12):
        call("GET", "/admin/triggers", key=f"{number}-no-key-at-all")
    assert call("GET", "/admin/triggers", key="13-no-key-at-all").status == 429
    assert call("GET", "/admin/triggers", key=text).status == 200


def test_guesses_at_one_key_are_throttled_from_all_addresses(call: Caller) -> None:
    key_id, text = call.new_key("read")
    home = new_address()
    call.address = home
    assert call("GET", "/admin/triggers", key=text).status == 200
    call.address = ""
    guesses = [
        call("GET", "/admin/triggers", key=f"agdk_{key_id}_{number:043d}").status
        for number in range(13)
    ]
    assert guesses == [401] * 10 + [429] * 3
    call.address = home
    assert call("GET", "/admin/triggers", key=text).status == 200


def test_ipv6_counts_by_the_network_of_a_client(call: Caller) -> None:
    codes = []
    for number in range(12):
        call.address = f"2001:db8:1:2::{number:x}"
        codes.append(call("GET", "/admin/triggers", key=f"{number}-no-key-at-all").status)
    assert codes == [401] * 10 + [429] * 2
    call.address = "2001:db8:1:3::1"
    assert call("GET", "/admin/triggers", key="99-no-key-at-all").status == 401


# -- behind a proxy -------------------------------------------------------------------------------


def test_the_public_address_is_ours_too(serve: Serve) -> None:
    """The proxy may show another host to the service than the browser sees."""
    served = serve(TRUSTED_PROXIES="1", PUBLIC_URL="https://plan.example.org/")
    call = Caller(served, https=True)

    def sign_in(origin: str, **more: str) -> int:
        headers = {"Sec-Fetch-Site": "-", "Origin": origin, **more}
        return call("POST", "/login", form={"key": KEY}, headers=headers).status

    assert sign_in("https://plan.example.org") == 303
    assert sign_in("https://plan.example.org", Host="127.0.0.1:1") == 303
    assert sign_in(f"https://127.0.0.1:{served.port}") == 303
    # Over https a page that came by http is another origin.
    for foreign in (
        f"http://127.0.0.1:{served.port}",
        "http://plan.example.org",
        "https://plan.example.org.evil.example",
        "https://plan.example.org:8443",
        "https://example.org",
    ):
        assert sign_in(foreign) == 403, foreign
    call.close()


def test_a_browser_is_shown_the_way_to_sign_in_and_never_round_in_circles(call: Caller) -> None:
    people = {"Accept": "text/html,application/xhtml+xml"}
    answer = call("GET", "/ops/keys", headers=people)
    assert (answer.status, answer.headers["Location"]) == (303, "/login?next=%2Fops%2Fkeys")
    cookie = call.sign_in()
    for path in ("/admin/keys", "/api/events", "/metrics"):
        assert call("GET", path, cookie=cookie, headers=people).status == 401, path
    # A dead cookie does not keep anyone from signing in.
    answer = call("GET", "/login?next=/roadmap/", cookie="agented=gone", headers=people)
    assert answer.status == 200
