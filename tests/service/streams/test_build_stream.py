"""`/api/events` of a real service: who may read it, what it says, how it ends."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.stream_places import MOST_PER_KEY
from tests.service.served import Serve, Served
from tests.service.streams.reading import Following
from tests.service.watching import eventually

# How soon a stream must end once its key is revoked or the service goes down.
ENDS_S = 5.0


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Iterator[Served]:
    """One service for the tests that leave it as it was."""
    return serve_for_module(
        API_RATE_LIMIT="100000 per second", STREAM_RATE_LIMIT="100000 per second"
    )


def open_streams(served: Served) -> int:
    text = served.get("/metrics").text
    (line,) = [each for each in text.splitlines() if each.startswith("agented_streams_open ")]
    return int(float(line.split()[1]))


def test_a_stream_begins_with_the_present_number_and_tells_the_next(served: Served) -> None:
    """What an open page needs in order to reload, and the headers that proxies need."""
    with Following(served) as following:
        assert following.status == 200
        assert following.answer.getheader("Content-Type") == "text/event-stream"
        assert following.answer.getheader("Cache-Control") == "no-store"
        assert following.answer.getheader("X-Accel-Buffering") == "no"
        first = following.event()
        assert first is not None
        assert first["event"] == "build"
        path = Path(served.env["AGENTED_CONTENT_DIR"]) / "requirements" / "LAMP-02.md"
        path.write_text(path.read_text().replace("1000 cd", "1200 cd"))
        second = following.event()
        assert second is not None
        assert second["data"]["epoch"] == first["data"]["epoch"] + 1
        assert second["id"] == str(second["data"]["epoch"])


def test_a_stream_needs_a_key_and_no_cookie_will_do(served: Served) -> None:
    """No other site may make a browser open it."""
    assert served.get("/api/events", key=None).status == 401
    assert served.get("/api/events", key="wrong").status == 401
    answer = served.get("/api/events", key=None, headers={"Cookie": "agented=anything"})
    assert answer.status == 401


def test_a_stream_opens_once_with_a_token_in_its_address(served: Served) -> None:
    """For a plain EventSource, which can send no header."""
    got = served.post("/api/stream-tokens", json_body={"path": "/api/events"})
    assert got.status in (200, 201), got.text
    path = f"/api/events?token={got.json['token']}"
    with Following(served, path, key=None) as following:
        assert following.status == 200
        assert following.event() is not None
    assert served.get(path, key=None).status == 401, "a token is spent by the first use"
    assert got.json["token"] not in served.log.read_text("utf-8")


def test_places_are_limited_by_key_and_come_back(served: Served) -> None:
    """A client that opens too many hurts itself alone, and only while it holds them."""
    eventually(lambda: open_streams(served) == 0, "the places of earlier tests")
    held = [Following(served) for _ in range(MOST_PER_KEY)]
    try:
        assert {each.status for each in held} == {200}
        with Following(served) as refused:
            assert refused.status == 429
            assert int(refused.answer.getheader("Retry-After", "0")) > 0
        assert served.get("/health/readiness", key=None).status == 200
        assert open_streams(served) == MOST_PER_KEY
    finally:
        for each in held:
            each.close()
    # Sooner than the next heartbeat: what has gone is looked for.
    eventually(lambda: open_streams(served) == 0, "the places of clients that have gone", 10)
    with Following(served) as again:
        assert again.status == 200


def test_a_head_request_takes_no_place(served: Served) -> None:
    """Its answer has no body that could end."""
    assert served.request("HEAD", "/api/events").status == 200
    eventually(lambda: open_streams(served) == 0, "no open stream", 10)


def test_a_stream_ends_soon_after_its_key_is_revoked(served: Served) -> None:
    """What a revoked key had opened before must not stay open."""
    made = served.post(
        "/admin/keys",
        json_body={"label": "laptop", "person": "Grace", "email": "", "scopes": ["read"]},
    )
    assert made.status == 201, made.text
    with Following(served, key=made.json["text"]) as following:
        assert following.event() is not None
        gone = served.post(f"/admin/keys/{made.json['key']['id']}/revoke")
        assert gone.status == 200, gone.text
        events, seconds = following.rest()
    assert events[-1]["event"] == "bye"
    assert events[-1]["data"] == {"reason": "credentials"}
    assert seconds < ENDS_S


def test_a_service_that_ends_says_goodbye_to_every_stream(serve: Serve) -> None:
    """A hundred open pages neither hold it up nor are cut off without a word."""
    served = serve()
    held = [Following(served) for _ in range(100)]
    ends: list[tuple[list[dict[str, object]], float]] = []
    readers = [
        threading.Thread(target=lambda each=each: ends.append(each.rest()))  # type: ignore[misc]
        for each in held
    ]
    for reader in readers:
        reader.start()
    eventually(lambda: open_streams(served) == 100, "all of them")
    started = time.monotonic()
    assert served.stop() == 0
    seconds = time.monotonic() - started
    for reader in readers:
        reader.join(10)
    for each in held:
        each.close()
    assert [events[-1]["data"] for events, _ in ends] == [{"reason": "restart"}] * 100
    assert seconds < 10
