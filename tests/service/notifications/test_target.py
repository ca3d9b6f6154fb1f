"""Where notifications may go: judged by what a host is, however it is written."""

import pytest

from service.notifications.sending import _look_up
from service.notifications.target import (
    LostTargetError,
    RefusedTargetError,
    Target,
    is_public,
    target_of,
)

NONE: frozenset[str] = frozenset()
INNER = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "no address",
)  # fmt: skip
OUTER = ("93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8")
# Forms in which the same inner addresses are written, as the system's resolver reads them.
WRITTEN = (
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "169.254.169.254", "2852039166",
    "0xa9fea9fe", "10.0.0.8", "10.8", "167772168", "localhost", "LOCALHOST", "0", "0.0.0.0",
    "[::]", "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1",
)  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_none_of_the_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTER)
def test_others_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", WRITTEN)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_inner_host_is_refused_however_it_is_written(scheme: str, host: str) -> None:
    """With the real resolver; a form that it does not know is refused or not found."""
    with pytest.raises((RefusedTargetError, LostTargetError)):
        target_of(f"{scheme}://{host}:8080/hook", NONE, _look_up)


@pytest.mark.parametrize("host", [each for each in WRITTEN if each[-1].isdigit() or "[" in each])
def test_numeric_hosts_are_refused_and_not_only_lost(host: str) -> None:
    """The resolver reads them, so it is the judgement that stops them."""
    with pytest.raises(RefusedTargetError):
        target_of(f"http://{host}/", NONE, _look_up)


def answers(*addresses: str) -> list[str]:
    """What a resolver says."""
    return list(addresses)


def test_a_name_is_judged_by_all_that_it_resolves_to() -> None:
    """One inner address among public ones refuses it: whichever would be taken."""
    for found in (answers("127.0.0.1"), answers("8.8.8.8", "10.0.0.1"), answers("::1", "8.8.8.8")):
        with pytest.raises(RefusedTargetError, match="NOTIFY_HOSTS"):
            target_of("https://hooks.example.org/x", NONE, lambda *_, found=found: found)  # type: ignore[misc]


def test_a_name_is_looked_up_once() -> None:
    """What was judged is what is connected to: a second answer is never asked for."""
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        return answers("8.8.8.8") if len(asked) == 1 else answers("127.0.0.1")

    target = target_of("https://Hooks.example.org/a b?q=ü#no", NONE, look_up)
    assert asked == ["hooks.example.org:443"]
    assert target == Target(
        secure=True,
        host="hooks.example.org",
        port=443,
        addresses=("8.8.8.8",),
        path="/a%20b?q=%C3%BC",
    )
    assert target.host_header == "hooks.example.org"
    other = target_of("http://[2606:4700:4700::1111]:81", NONE, lambda *_: answers("8.8.8.8"))
    assert (other.host_header, other.path) == ("[2606:4700:4700::1111]:81", "/")


@pytest.mark.parametrize(
    ("allowed", "url", "fits"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8081/", False),
        ("127.0.0.1:8080", "http://2130706433:8080/", False),
        ("chat.internal", "https://Chat.Internal/", True),
        ("chat.internal", "http://chat.internal/", True),
        ("chat.internal", "http://chat.internal:8080/", False),
        ("chat.internal:443", "https://chat.internal/", True),
        ("[::1]:8080", "http://[::1]:8080/", True),
        ("chat.internal", "http://chat.internal.evil.example/", False),
    ],
)
def test_the_operator_may_allow_hosts(allowed: str, url: str, fits: bool) -> None:
    """As they are written in the address, with their port."""
    hosts = frozenset([allowed])
    if fits:
        assert target_of(url, hosts, lambda *_: answers("127.0.0.1")).addresses == ("127.0.0.1",)
    else:
        with pytest.raises(RefusedTargetError):
            target_of(url, hosts, lambda *_: answers("127.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://a.example/", "file:///etc/passwd", "gopher://127.0.0.1/", "//a.example/",
        "http://", "http://user:pass@a.example/", "http://a.example:99999/", "http://[::1",
        "http://a..example/", "unix:///run/x", "http:/a.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    """And nothing is looked up."""
    with pytest.raises(RefusedTargetError):
        target_of(url, NONE, lambda *_: pytest.fail("looked up"))


def test_a_host_that_is_not_found_may_be_found_later() -> None:
    def look_up(_host: str, _port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(LostTargetError):
        target_of("https://hooks.example.org/", NONE, look_up)
    with pytest.raises(LostTargetError):
        target_of("https://hooks.example.org/", NONE, lambda *_: [])


def test_what_must_be_secret_on_the_way_goes_by_https() -> None:
    """A host that the operator named may have it by http, as a machine of the own network."""

    def public(_host: str, _port: int) -> list[str]:
        return answers("8.8.8.8")

    with pytest.raises(RefusedTargetError, match="https"):
        target_of("http://api.example.org/", NONE, public, secure_only=True)
    assert target_of("https://api.example.org/", NONE, public, secure_only=True).secure
    named = frozenset(["git.internal:8080"])
    assert not target_of("http://git.internal:8080/", named, public, secure_only=True).secure
