"""What a running service logs: one line a request, one id through all of it, and no secret."""

import http.client
import json
import re
import socket
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.service.served import KEY, Serve, Served

CANARY = "cAnArY-9f8e7d6c5b4a39281706"
JSON = {"Content-Type": "application/json"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Served:
    return serve_for_module(LOG_FILE="service.jsonl", WEBHOOK_RATE_LIMIT="1000 per minute")


def log_of(served: Served) -> list[dict[str, Any]]:
    text = (served.folder / "service.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def eventually(found: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What `found` returns as soon as it is true; a line may be written after its answer."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return result


def lines_with(served: Served, name: str) -> list[dict[str, Any]]:
    return [line for line in log_of(served) if line["request_id"] == name]


def access_of(served: Served, name: str) -> list[dict[str, Any]]:
    return [line for line in lines_with(served, name) if line["logger"] == "service.access"]


@pytest.mark.parametrize(
    ("status", "method", "path", "key", "body"),
    [
        (200, "GET", "/health/liveness", None, None),
        (200, "GET", "/admin/triggers", KEY, None),
        (401, "GET", "/admin/triggers", None, None),
        (401, "GET", "/nothing/here", None, None),
        (404, "GET", "/admin/nothing", KEY, None),
        (405, "PUT", "/admin/triggers", KEY, None),
        (413, "POST", "/", None, b"x" * 2_000_000),
        (400, "POST", "/", None, b"{"),
        (202, "POST", "/", None, b'{"a":1}'),
        (500, "POST", "/admin/debug/raise", KEY, None),
    ],
)
def test_each_answer_has_an_id_that_is_on_its_one_access_line(
    served: Served, status: int, method: str, path: str, key: str | None, body: bytes | None
) -> None:
    answer = served.request(method, path, key=key, body=body, headers=JSON)
    name = answer.headers["X-Request-ID"]
    assert answer.status == status
    assert UUID.fullmatch(name)
    if status >= 400:
        assert answer.json["error"]["request_id"] == name
        assert set(answer.json["error"]) == {"code", "message", "hint", "request_id"}
    (line,) = eventually(lambda: access_of(served, name))
    assert (line["method"], line["path"], line["status"]) == (method, path, status)
    assert line["bytes"] == len(answer.body)
    assert line["address"] == "127.0.0.1"
    assert bool(line["key_id"]) == (key is not None)


def test_every_line_of_a_request_carries_its_id(served: Served) -> None:
    answer = served.post("/admin/debug/raise")
    name = answer.headers["X-Request-ID"]
    lines = eventually(lambda: found if len(found := lines_with(served, name)) > 1 else None)
    assert [line["event"] for line in lines] == ["unexpected error", "request"]
    assert "DeliberateError" in lines[0]["exception"]
    assert "DeliberateError" not in answer.text
    grepped = [
        line
        for line in (served.folder / "service.jsonl").read_text("utf-8").splitlines()
        if name in line
    ]
    assert len(grepped) == 2


@pytest.mark.parametrize("asked", ["abc", "A.b-c_9", "z" * 64])
def test_a_caller_may_give_the_id(served: Served, asked: str) -> None:
    answer = served.get("/health/liveness", headers={"X-Request-ID": asked})
    assert answer.headers["X-Request-ID"] == asked
    assert eventually(lambda: access_of(served, asked))


@pytest.mark.parametrize("asked", ["a b", "z" * 65, "a\tb", "{}", "\xe4", '"', "a;b", "../x"])
def test_a_harmful_id_is_replaced(served: Served, asked: str) -> None:
    answer = served.get("/health/liveness", headers={"X-Request-ID": asked})
    assert UUID.fullmatch(answer.headers["X-Request-ID"])


def test_requests_at_the_same_time_do_not_mix_their_ids(served: Served) -> None:
    names = [str(uuid.uuid4()) for _ in range(50)]

    def ask(name: str) -> str:
        answer = served.post("/", json_body={"name": name}, headers={"X-Request-ID": name})
        assert answer.status == 202
        return answer.headers["X-Request-ID"]

    with ThreadPoolExecutor(25) as pool:
        assert list(pool.map(ask, names)) == names
    for name in names:
        assert len(eventually(lambda name=name: access_of(served, name))) == 1


def test_requests_on_one_connection_have_an_id_each(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    seen = []
    for _ in range(3):
        connection.request("GET", "/health/liveness")
        answer = connection.getresponse()
        answer.read()
        seen.append(answer.headers["X-Request-ID"])
    connection.close()
    assert len(set(seen)) == 3
    for name in seen:
        assert len(eventually(lambda name=name: access_of(served, name))) == 1


def test_a_stream_leaves_its_line_when_it_ends(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    connection.request("GET", "/api/events", headers={"X-API-Key": KEY})
    answer = connection.getresponse()
    name = answer.headers["X-Request-ID"]
    assert answer.status == 200
    assert answer.fp.readline()
    assert not access_of(served, name)
    answer.close()
    connection.close()
    (line,) = eventually(lambda: access_of(served, name), 30)
    assert line["route"] == "/api/events"
    assert line["bytes"] > 0
    assert line["key_id"]


def test_no_secret_of_a_request_is_in_the_log(served: Served) -> None:
    github = {"X-Hub-Signature-256": f"sha256={CANARY}", "X-GitHub-Event": "ping", **JSON}
    attacks: list[tuple[str, str, dict[str, str], bytes | None]] = [
        ("GET", f"/api/events?token=agds_{CANARY}", {}, None),
        ("GET", f"/admin/triggers?api_key={CANARY}&x={CANARY}", {"X-API-Key": KEY}, None),
        ("GET", "/admin/triggers", {"X-API-Key": CANARY}, None),
        ("GET", f"/agdk_abcd2345_{CANARY}", {}, None),
        ("GET", "/", {"Cookie": f"session={CANARY}; a={CANARY}"}, None),
        ("GET", "/", {"Authorization": f"Bearer {CANARY}"}, None),
        ("GET", "/", {"User-Agent": f"x token={CANARY}"}, None),
        ("GET", "/", {"Referer": f"http://a/?token={CANARY}"}, None),
        ("GET", "/", {"X-Request-ID": f"{CANARY} {CANARY}"}, None),
        ("POST", "/", JSON, json.dumps({"secret": CANARY, CANARY: 1}).encode()),
        ("POST", "/", JSON, CANARY.encode()),
        ("POST", "/api/webhooks/github/", github, json.dumps({"a": CANARY}).encode()),
        ("POST", "/admin/debug/raise", {"X-API-Key": KEY, **JSON}, f'"{CANARY}"'.encode()),
    ]
    for method, path, headers, body in attacks:
        answer = served.request(method, path, key=None, headers=headers, body=body)
        assert CANARY not in answer.text
        assert eventually(lambda answer=answer: access_of(served, answer.headers["X-Request-ID"]))
    for file in served.folder.iterdir():
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file.name
            assert KEY.encode() not in file.read_bytes(), file.name


def test_a_request_cannot_forge_a_line(served: Served) -> None:
    before = len(log_of(served))
    paths = ("/a%0a%7b%22event%22%3a%22forged%22%7d", "/a%0d%0aforged", "/%1b%5b2J", "/%e2%80%a8x")
    for evil in paths:
        name = str(uuid.uuid4())
        served.get(evil, key=None, headers={"X-Request-ID": name, "User-Agent": "a\x85\xadb"})
        assert len(eventually(lambda name=name: access_of(served, name))) == 1
    lines = log_of(served)[before:]
    assert not [line for line in lines if line["event"] == "forged"]
    text = (served.folder / "service.jsonl").read_text("utf-8")
    assert all(line.isprintable() and line.isascii() for line in text.splitlines())


def test_gunicorn_and_the_planner_write_lines_of_the_same_form(served: Served) -> None:
    lines = log_of(served)
    assert {"gunicorn.error", "service.access", "service.planner_link"} <= {
        line["logger"] for line in lines
    }
    for line in lines:
        assert list(line)[:5] == ["timestamp", "level", "logger", "event", "request_id"]
    assert served.log.read_text("utf-8") == ""


def test_what_is_no_request_at_all_is_a_line_too(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    eventually(lambda: [line for line in log_of(served) if "Invalid request" in line["event"]])


def test_the_console_form_is_for_people(serve: Serve) -> None:
    served = serve(LOG_FORMAT="console")
    answer = served.get("/admin/triggers", headers={"User-Agent": "a\x9b31mb"})
    assert answer.status == 200
    line = eventually(
        lambda: [
            each for each in served.log.read_text("utf-8").splitlines() if "/admin/triggers" in each
        ]
    )[0]
    assert re.match(r"[0-9:.]{12} info    request  method=GET path=/admin/triggers ", line)
    assert "\x9b" not in served.log.read_text("utf-8")


def test_a_log_file_that_cannot_be_written_is_refused_at_the_start(
    serve: Serve, tmp_path: Path
) -> None:
    served = serve(wait=False, LOG_FILE=str(tmp_path / "missing" / "service.log"))
    assert served.process is not None
    assert served.process.wait(30) == 78
    text = served.log.read_text("utf-8")
    assert "LOG_FILE" in text
    assert "Traceback" not in text
