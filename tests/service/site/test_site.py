"""The built site as the service serves it: to whom, in what form, and never beyond its folder."""

import contextlib
import http.client
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.served import Serve, Served

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Iterator[Served]:
    return serve_for_module(
        SITE_RATE_LIMIT="100000 per second", PUBLIC_URL="https://plan.example.org/"
    )


def raw(served: Served, path: str) -> int:
    """The status of a path that is sent as it stands."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        connection.putrequest("GET", path, skip_accept_encoding=True)
        connection.putheader("X-API-Key", served.key)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/roadmap/", "text/html; charset=utf-8"),
        ("/r/TOW-01/index.html", "text/html; charset=utf-8"),
        ("/data/v1/plan.json", "application/json; charset=utf-8"),
        ("/feed.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_is_served_with_its_type(served: Served, path: str, kind: str) -> None:
    """Byte for byte what the build wrote."""
    answer = served.get(path)
    name = path.lstrip("/") + ("index.html" if path.endswith("/") else "")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.body == (served.state / "site" / name).read_bytes()
    assert int(answer.headers["Content-Length"]) == len(answer.body)


def test_a_page_needs_a_key_or_a_session(served: Served) -> None:
    """The plan is nobody else's business, and what exists is not either."""
    for path in ("/", "/r/TOW-01/", "/nothing/", "/data/v1/plan.json"):
        assert served.get(path, key=None).status == 401, path


def test_an_unchanged_page_is_not_sent_again(served: Served) -> None:
    """But asked for each time: what may be read today may be closed tomorrow."""
    first = served.get("/r/TOW-02/")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = served.get("/r/TOW-02/", headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == tag
    assert served.get("/r/TOW-02/", headers={"If-None-Match": '"other"'}).status == 200
    without = served.get("/r/TOW-02/", key=None, headers={"If-None-Match": tag})
    assert without.status == 401, "a stranger must not learn that a page is unchanged"


def test_head_answers_as_get_without_the_body(served: Served) -> None:
    """Link checkers ask so."""
    got, head = served.get("/roadmap/"), served.request("HEAD", "/roadmap/")
    assert head.status == 200
    assert head.body == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
        assert head.headers[name] == got.headers[name]


def test_the_address_of_a_folder_gets_its_slash(served: Served) -> None:
    """Relative links would lead astray otherwise; the query comes along."""
    answer = served.get("/r/TOW-01?from=mail&x=%2F")
    assert answer.status == 308
    assert answer.headers["Location"] == "/r/TOW-01/?from=mail&x=%2F"


def test_no_redirect_leads_to_another_host(served: Served) -> None:
    """`//host` would be one for a browser."""
    for path in ("//evil.example.com", "//evil.example.com/%2e%2e", "/\\evil.example.com"):
        assert raw(served, path) in (400, 404), path


def test_a_missing_page_is_the_plans_own_for_people_and_json_for_programs(served: Served) -> None:
    """Both with the status that says so."""
    page = served.get("/r/NO-99/", headers=HTML)
    assert page.status == 404
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Page not found" in page.text
    assert "ETag" not in page.headers
    plain = served.get("/r/NO-99/")
    assert plain.status == 404
    assert plain.json["error"]["code"] == "not_found"


def test_an_unknown_address_of_an_interface_is_no_page(served: Served) -> None:
    """`/api` and `/admin` answer JSON only, and take no cookie."""
    for path in ("/api/nothing", "/admin/nothing/", "/api", "/admin/", "/api/roadmap/"):
        answer = served.get(path, headers=HTML)
        assert answer.status == 404, path
        assert answer.headers["Content-Type"].startswith("application/json"), path
        assert served.get(path, key=None).status == 401, path


@pytest.mark.parametrize(
    "path",
    [
        "/../agented.sqlite3", "/%2e%2e/agented.sqlite3", "/..%2fagented.sqlite3",
        "/r/../../secret.key", "/r/%2e%2e/%2e%2e/secret.key", "/..%5csecret.key",
        "/.agented-files", "/r/.hidden", "/%00", "/r/TOW-01/%00", "/r//TOW-01/", "/r/./TOW-01/",
        "/%c0%ae%c0%ae/secret.key", "/%ff", "/" + "a" * 300, "/r/" + "b/" * 500,
        "/index.html/", "/r/TOW-01/index.html/x", "/link", "/folder-link/secret.key",
    ],
)  # fmt: skip
def test_nothing_beyond_the_site_is_served(served: Served, path: str) -> None:
    """Paths that lead out, hidden files, links, and names that no file can have."""
    site = served.state / "site"
    for name, target in (("link", "../secret.key"), ("folder-link", "..")):
        if not (site / name).is_symlink():
            (site / name).symlink_to(target)
    assert raw(served, path) in (400, 404)


def test_the_script_of_the_pages_is_the_same_for_all(served: Served) -> None:
    """It holds no token and no name, so that nothing is lost when it is cached."""
    stranger, known = served.get("/session.js", key=None), served.get("/session.js")
    assert stranger.status == 200
    assert stranger.body == known.body
    assert stranger.headers["Content-Type"] == "text/javascript; charset=utf-8"
    tag = stranger.headers["ETag"]
    again = served.get("/session.js", key=None, headers={"If-None-Match": tag})
    assert again.status == 304
    assert (served.state / "site" / "session.js").read_bytes() == b"", "the plain build has none"


def test_styles_and_scripts_are_kept_for_ever_and_open(served: Served) -> None:
    """The sign-in page needs them; their names change with their bytes."""
    page = served.get("/").text
    (name,) = set(re.findall(r"assets/site\.[0-9a-f]{8}\.css", page))
    answer = served.get(f"/{name}", key=None)
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_public_site_is_open_and_nothing_else_is(serve: Serve) -> None:
    """SITE_PUBLIC opens the pages for reading only."""
    served = serve(SITE_PUBLIC="true")
    assert served.get("/r/TOW-01/", key=None).status == 200
    assert served.get("/nothing/", key=None, headers=HTML).status == 404
    assert served.request("HEAD", "/", key=None).status == 200
    assert served.request("OPTIONS", "/", key=None).status in (200, 401)
    for path in ("/api/events", "/admin/triggers", "/api/nothing", "/metrics"):
        assert served.get(path, key=None).status == 401, path


def test_why_there_is_no_site_is_told_to_no_stranger(serve: Serve, tmp_path: Path) -> None:
    """The reason names folders of the machine; whoever has a key may know."""
    served = serve(wait=False, SITE_PUBLIC="true", AGENTED_CONTENT_DIR=str(tmp_path / "none"))
    deadline = time.monotonic() + 30
    told = ""
    while str(tmp_path) not in told and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            told = served.get("/").text
        time.sleep(0.1)
    assert "there is no site: " in told
    assert str(tmp_path) in told
    for_people = served.get("/roadmap/", headers=HTML).text
    assert "Make a file content/plan.yaml with the line <code>title: My plan</code>" in for_people
    # The first page is more than a message: a plan can be begun there.
    assert "Begin a plan" in served.get("/", headers=HTML).text
    stranger = served.get("/", key=None)
    assert stranger.status == 503
    assert stranger.json["error"]["message"] == "there is no site"
    assert str(tmp_path) not in stranger.text
    assert str(tmp_path) not in served.get("/", key=None, headers=HTML).text
