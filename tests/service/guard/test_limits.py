"""Rate limits of a running service, as clients meet them."""

import http.client
import json
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from limits.errors import StorageError

from service.app import create_app
from service.errors import ConfigurationError, TooManyError
from service.guard.limits import Limits, rates
from service.guard.policy import policies
from service.observability.metrics import Metrics
from service.services import services_of
from service.settings import Settings
from tests.service.served import KEY, Answer, Serve, Served

JSON = {"Content-Type": "application/json"}


def ask(
    served: Served,
    method: str,
    path: str,
    source: str,
    headers: Mapping[str, str] = {},
    body: bytes | None = None,
) -> Answer:
    """One request from another address of this machine: the service sees `source`."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", served.port, timeout=20, source_address=(source, 0)
    )
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def send(served: Served, source: str, path: str = "/", **headers: str) -> Answer:
    """Each is another event: what comes again is answered with 200."""
    body = json.dumps({"a": uuid.uuid4().hex}).encode()
    return ask(served, "POST", path, source, {**JSON, **headers}, body)


@pytest.fixture(scope="module")
def served(serve_for_module: Serve) -> Served:
    return serve_for_module()


@pytest.fixture(scope="module")
def proxied(serve_for_module: Serve) -> Served:
    return serve_for_module(TRUSTED_PROXIES="1")


def test_the_21st_webhook_within_10_seconds_is_429_and_its_wait_is_true(served: Served) -> None:
    begun = time.monotonic()
    answers = [send(served, "127.0.0.10") for _ in range(21)]
    assert time.monotonic() - begun < 10, "the machine is too slow for this test"
    assert [answer.status for answer in answers] == [202] * 20 + [429]
    refused = answers[-1]
    wait_s = int(refused.headers["Retry-After"])
    assert 1 <= wait_s <= 11
    assert refused.headers["X-RateLimit-Limit"] == "20"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert abs(int(refused.headers["X-RateLimit-Reset"]) - time.time() - wait_s) < 3
    assert refused.json["error"]["code"] == "too_many_requests"
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    # Others are served, and so is this client where it is not over a limit.
    assert send(served, "127.0.0.11").status == 202
    assert ask(served, "GET", "/health/liveness", "127.0.0.10").status == 200
    time.sleep(wait_s)
    assert send(served, "127.0.0.10").status == 202


def test_requests_at_the_same_time_are_counted_each(served: Served) -> None:
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: send(served, "127.0.0.12").status, range(30)))
    assert statuses.count(202) == 20
    assert statuses.count(429) == 10


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.{n}"},
        {"X-Real-IP": "203.0.113.{n}"},
        {"Forwarded": "for=203.0.113.{n}"},
        {"X-Forwarded-For": "203.0.113.{n}, 10.0.0.{n}, 10.1.0.{n}"},
        {"X-API-Key": KEY},
    ],
)
def test_no_header_gets_a_client_round_the_limit(
    served: Served, headers: dict[str, str], request: pytest.FixtureRequest
) -> None:
    source = f"127.0.1.{sum(map(ord, request.node.name)) % 250 + 1}"
    statuses = [
        send(served, source, **{name: text.format(n=n) for name, text in headers.items()}).status
        for n in range(21)
    ]
    assert statuses == [202] * 20 + [429]


def test_what_is_refused_for_other_reasons_counts_too(served: Served) -> None:
    source = "127.0.0.14"
    statuses = [ask(served, "POST", "/", source, JSON, b"{").status for _ in range(20)]
    assert set(statuses) == {400}
    assert send(served, source).status == 429


def test_addresses_that_are_none_are_limited(served: Served) -> None:
    source = "127.0.0.15"
    statuses = [ask(served, "DELETE", f"/guess-{number}", source).status for number in range(121)]
    assert set(statuses[:120]) == {401}
    assert statuses[120] == 429
    # Neither the spelling nor the method gives a new bucket.
    for method, path in (("PUT", "/Admin/Triggers"), ("DELETE", "//"), ("PATCH", "/x")):
        assert ask(served, method, path, source).status == 429


def test_wrong_keys_are_limited_before_they_are_looked_at(serve: Serve) -> None:
    served = serve(API_RATE_LIMIT="5 per minute")
    statuses = [
        ask(served, "GET", "/admin/triggers", "127.0.0.16", {"X-API-Key": f"wrong-{n}"}).status
        for n in range(6)
    ]
    assert statuses == [401] * 5 + [429]
    for method in ("GET", "HEAD", "OPTIONS"):
        right = ask(served, method, "/admin/triggers/", "127.0.0.16", {"X-API-Key": KEY})
        assert right.status == 429
    assert ask(served, "GET", "/admin/triggers", "127.0.0.17", {"X-API-Key": KEY}).status == 200


def test_behind_a_proxy_the_client_counts_and_not_the_proxy(proxied: Served) -> None:
    def come(forwarded: str) -> int:
        return send(proxied, "127.0.0.1", **{"X-Forwarded-For": forwarded}).status

    assert [come("203.0.113.1") for _ in range(21)] == [202] * 20 + [429]
    assert come("6.6.6.6, 203.0.113.1") == 429
    assert come("203.0.113.1, 203.0.113.2") == 202
    # What did not come through the proxy counts by its own address.
    assert [send(proxied, "127.0.0.18").status for _ in range(21)] == [202] * 20 + [429]


def test_a_network_of_ipv6_is_one_client(proxied: Served) -> None:
    def come(forwarded: str) -> int:
        return send(proxied, "127.0.0.1", **{"X-Forwarded-For": forwarded}).status

    statuses = [come(f"2001:db8:1:2::{number:x}") for number in range(21)]
    assert statuses == [202] * 20 + [429]
    assert come("2001:db8:1:2:ffff:ffff:ffff:ffff") == 429
    assert come("2001:db8:1:3::1") == 202


def test_every_route_names_a_bucket_that_there_is(tmp_path: Path) -> None:
    app = create_app(Settings(state_dir=tmp_path / "state"))
    try:
        assert {policy.limit for policy in policies(app).values()} <= set(rates(Settings()))
    finally:
        services_of(app).close()


def test_a_store_that_is_not_installed_is_refused_with_words() -> None:
    with pytest.raises(ConfigurationError, match="RATELIMIT_STORAGE_URI cannot be used"):
        Limits(Settings(ratelimit_storage_uri="memcached://127.0.0.1:1"), Metrics())


class Failing:
    """A shared store that can be broken and mended."""

    def __init__(self) -> None:
        self.broken = True
        self.hits = 0

    def hit(self, *_: object, **__: object) -> bool:
        if self.broken:
            raise StorageError(ConnectionError("no route to redis://:password@host"))
        self.hits += 1
        return True


def test_a_failing_store_opens_nothing_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(Settings(), Metrics())
    store = Failing()
    monkeypatch.setattr(limits, "_shared", store)
    for _ in range(20):
        limits.take("webhook", "a")
    with pytest.raises(TooManyError):
        limits.take("webhook", "a")
    store.broken = False
    monkeypatch.setattr(limits, "_shared_back_at", 0.0)
    limits.take("webhook", "a")
    assert store.hits == 1
