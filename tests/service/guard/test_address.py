"""Whose request it is: believed only as far as our own proxies wrote it."""

import pytest

from service.guard.address import address_of, client_of, https_of, normal

PEER = "198.51.100.9"


def environ(forwarded: str | None = None, peer: str = PEER, **more: str) -> dict[str, str]:
    found = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **more}
    if forwarded is not None:
        found["HTTP_X_FORWARDED_FOR"] = forwarded
    return found


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, PEER),
        (0, "203.0.113.1", PEER),
        (0, ", ".join(["203.0.113.1"] * 10), PEER),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "1.1.1.1, 203.0.113.1", "203.0.113.1"),
        (1, ",".join(f"10.0.0.{n}" for n in range(10)), "10.0.0.9"),
        (1, None, PEER),
        (1, "", PEER),
        (1, "unknown", PEER),
        (1, "203.0.113.1, ", PEER),
        (2, "203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (2, "6.6.6.6, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (2, "203.0.113.1", PEER),
        (1, "203.0.113.1:4711", "203.0.113.1"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:DB8:0:0::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.1", "203.0.113.1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "1.2.3.4.5", PEER),
        (1, "<script>", PEER),
        (1, "9" * 10_000, PEER),
    ],
)
def test_only_what_a_trusted_proxy_wrote_counts(
    proxies: int, forwarded: str | None, expected: str
) -> None:
    assert address_of(environ(forwarded), proxies) == expected


def test_other_headers_never_count() -> None:
    more = {
        "HTTP_X_REAL_IP": "6.6.6.6",
        "HTTP_FORWARDED": "for=6.6.6.6",
        "HTTP_CLIENT_IP": "6.6.6.6",
    }
    assert address_of(environ(**more), 0) == PEER
    assert address_of(environ("203.0.113.1", **more), 1) == "203.0.113.1"


def test_a_unix_socket_has_no_address() -> None:
    assert address_of(environ(peer=""), 0) == "unknown"
    assert client_of("unknown") == "unknown"
    assert address_of(environ("203.0.113.1", peer=""), 1) == "203.0.113.1"


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ],
)
def test_a_client_of_ipv6_is_its_network(address: str, client: str) -> None:
    assert client_of(normal(address)) == client


@pytest.mark.parametrize(
    ("proxies", "forwarded", "scheme", "expected"),
    [
        (0, "https", "http", False),
        (0, None, "https", True),
        (1, "https", "http", True),
        (1, "HTTPS ", "http", True),
        (1, "http", "http", False),
        (1, None, "http", False),
        (1, "https, http", "http", False),
        (2, "https, http", "http", True),
        (2, "https", "http", True),
        (1, "https;x", "http", False),
    ],
)
def test_a_scheme_is_believed_from_a_trusted_proxy_alone(
    proxies: int, forwarded: str | None, scheme: str, expected: bool
) -> None:
    more = {"wsgi.url_scheme": scheme}
    if forwarded is not None:
        more["HTTP_X_FORWARDED_PROTO"] = forwarded
    assert https_of(environ(**more), proxies) is expected
