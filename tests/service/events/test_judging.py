"""Who may send an event: signatures over the raw bytes, and which triggers hear what they sign."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.body import parse_json
from service.errors import ForbiddenError
from service.events.judging import Door, Incoming, admit, challenge_of
from service.events.matching import Criteria
from service.events.signature import signed_by
from service.events.triggers import Rule, Rules
from service.executions.asking import Runnable
from service.executions.records import Order
from service.setting import Secret

GENERIC = Door("webhook", always_signed=False)
ONE, TWO = Secret("secret-of-one-0123456789"), Secret("secret-of-two-0123456789")


def sign(secret: str, raw: bytes) -> bytes:
    """The header of a genuine sender."""
    return b"sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().encode()


def incoming(raw: bytes = b"{}", signature: bytes = b"") -> Incoming:
    return Incoming("", raw, signature, "127.0.0.1", "request-1")


def rule(name: str, secret: str = "", *, unsigned: bool = False) -> Rule:
    return Rule(Criteria(name), Secret(secret), unsigned, Runnable(name, name, Order("claude")))


def rules(*webhook: Rule) -> Rules:
    return Rules(webhook, webhook)


def test_the_published_example_of_github() -> None:
    """The test vector in GitHub's guide to validating deliveries."""
    header = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signed_by("It's a Secret to Everybody", b"Hello, World!", header)


@given(st.binary(max_size=200), st.integers(min_value=0))
def test_a_changed_bit_anywhere_is_found(raw: bytes, where: int) -> None:
    header = sign(ONE, raw)
    assert signed_by(ONE, raw, header)
    if raw:
        changed = bytearray(raw)
        changed[where // 8 % len(raw)] ^= 1 << where % 8
        assert not signed_by(ONE, bytes(changed), header)
    forged = bytearray(header)
    forged[where // 8 % len(header)] ^= 1 << where % 8
    assert not signed_by(ONE, raw, bytes(forged))


@given(st.binary(max_size=100))
def test_no_other_header_signs(header: bytes) -> None:
    assert not signed_by(ONE, b"{}", header)
    assert not signed_by("", b"{}", header)


@pytest.mark.parametrize("change", [
    bytes.upper, lambda good: good + b" ", lambda good: good[7:], lambda good: b"sha1=" + good[7:],
    lambda good: good + b"," + good, lambda good: b"none", lambda good: b"sha256=",
])  # fmt: skip
def test_other_forms_of_a_right_signature_are_refused(change: object) -> None:
    assert callable(change)
    assert not signed_by(ONE, b"{}", change(sign(ONE, b"{}")))


def test_an_empty_secret_signs_nothing() -> None:
    assert not signed_by("", b"{}", sign("", b"{}"))


def test_only_the_triggers_whose_secret_signed_hear() -> None:
    known = rules(rule("a", ONE), rule("b", TWO), rule("c", ONE), rule("d"))
    assert admit(incoming(signature=sign(ONE, b"{}")), GENERIC, known).heard_by == {"a", "c"}


def test_unsigned_events_are_for_triggers_that_allow_them() -> None:
    known = rules(
        rule("a", ONE), rule("b", unsigned=True), rule("c"), rule("d", TWO, unsigned=True)
    )
    assert admit(incoming(), GENERIC, known).heard_by == {"b"}


@pytest.mark.parametrize("signature", [b"", b"sha256=00", sign(TWO, b"{}"), b"\xff\x00"])
def test_where_all_have_secrets_a_right_signature_is_needed(signature: bytes) -> None:
    with pytest.raises(ForbiddenError):
        admit(incoming(signature=signature), GENERIC, rules(rule("a", ONE)))


def test_a_forged_signature_is_not_heard_as_unsigned() -> None:
    known = rules(rule("a", ONE), rule("b", unsigned=True))
    with pytest.raises(ForbiddenError):
        admit(incoming(signature=sign(TWO, b"{}")), GENERIC, known)


def test_without_any_trigger_nothing_is_heard() -> None:
    assert admit(incoming(), GENERIC, rules()).heard_by == frozenset()
    assert admit(incoming(signature=b"sha256=00"), GENERIC, rules()).heard_by == frozenset()


def test_the_door_of_github_is_always_signed() -> None:
    unsigned = rules(rule("a", unsigned=True))
    for door in (
        Door("github", always_signed=True),
        Door("github", always_signed=True, secret=ONE),
    ):
        for header in (b"", b"sha256=00", sign(TWO, b"{}"), sign("", b"{}")):
            with pytest.raises(ForbiddenError):
                admit(incoming(signature=header), door, unsigned)


def test_a_trigger_of_github_may_have_its_own_secret() -> None:
    """The service's secret then does not fire it."""
    door = Door("github", always_signed=True, secret=ONE)
    known = rules(rule("a"), rule("b", TWO))
    assert admit(incoming(signature=sign(ONE, b"{}")), door, known).heard_by == {"a"}
    assert admit(incoming(signature=sign(TWO, b"{}")), door, known).heard_by == {"b"}


@pytest.mark.parametrize(
    ("raw", "challenge"),
    [
        (b'{"type":"url_verification","challenge":"abc"}', "abc"),
        (b'{"type":"url_verification","challenge":""}', ""),
        (b'{"type":"url_verification","challenge":7}', ""),
        (b'{"type":"url_verification"}', ""),
        (b'{"type":"other","challenge":"url_verification"}', ""),
        (b'["url_verification"]', ""),
        (b'{"type":"url_verification","challenge":"abc"', ""),
        (b'{"type":"url_verification","challenge":"%s"}' % (b"x" * 1001), ""),
        (b'{"type":"url_verification","challenge":"abc","pad":"%s"}' % (b"x" * 5000), ""),
    ],
)
def test_a_challenge_is_small_and_a_text(raw: bytes, challenge: str) -> None:
    assert challenge_of(raw, parse_json) == challenge


@given(st.binary(max_size=300))
def test_any_bytes_can_be_asked_for_a_challenge(raw: bytes) -> None:
    assert challenge_of(raw + b"url_verification", parse_json) == ""
