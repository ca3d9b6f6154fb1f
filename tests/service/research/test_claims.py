"""How sure a claim may be, by the pages that were really read."""

from datetime import date
from typing import Any

import pytest

from service.research.answers import Cited, FoundClaim, Verdict
from service.research.claims import Claim, after_verdicts, host_of, judged

AT = "2026-03-01T12:00:00.000Z"
TODAY = date(2026, 3, 1)
SEEN = {
    "https://docs.example.org/a": AT,
    "https://www.example.org/b": AT,
    "https://measured.example.com/c": AT,
    "https://blog.medium.com/d": AT,
}


def cited(url: str, *, official: bool = False) -> Cited:
    return Cited(url=url, quote="so it says", official=official)


def found(*sources: Cited, key: str = "k", **values: Any) -> FoundClaim:
    usual: dict[str, Any] = {
        "text": "It is so.", "confidence": "HIGH", "load_bearing": False, "good_for_days": 30,
    }  # fmt: skip
    return FoundClaim(key=key, sources=list(sources), **{**usual, **values})


def one(*sources: Cited, **values: Any) -> Claim:
    (claim,) = judged("stack", [found(*sources, **values)], SEEN, TODAY).claims
    return claim


def test_memory_is_low_whatever_the_model_says() -> None:
    claim = one()
    assert (claim.confidence, claim.status) == ("LOW", "unverified")
    assert "memory" in claim.why


@pytest.mark.parametrize(
    ("sources", "confidence", "status"),
    [
        ([cited("https://docs.example.org/a", official=True)], "HIGH", "verified"),
        ([cited("https://measured.example.com/c")], "LOW", "unverified"),
        (
            [cited("https://measured.example.com/c"), cited("https://docs.example.org/a")],
            "MEDIUM",
            "verified",
        ),
        # Two pages of one house are one source.
        (
            [cited("https://www.example.org/b"), cited("https://docs.example.org/a")],
            "LOW",
            "unverified",
        ),
        # Nobody is official where everybody writes.
        ([cited("https://blog.medium.com/d", official=True)], "LOW", "unverified"),
    ],
)
def test_sources_say_how_sure(sources: list[Cited], confidence: str, status: str) -> None:
    claim = one(*sources)
    assert (claim.confidence, claim.status) == (confidence, status)


def test_the_model_can_be_less_sure_than_its_sources() -> None:
    claim = one(cited("https://docs.example.org/a", official=True), confidence="MEDIUM")
    assert claim.confidence == "MEDIUM"


def test_what_the_decision_hangs_on_needs_two_sources() -> None:
    official = cited("https://docs.example.org/a", official=True)
    single = one(official, load_bearing=True)
    assert (single.confidence, single.status) == ("HIGH", "unverified")
    assert "only one source" in single.why
    both = one(official, cited("https://measured.example.com/c"), load_bearing=True)
    assert (both.status, both.why) == ("verified", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://never.example.net/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://docs.example.org/a\nhttps://evil",
        "",
    ],
)
def test_a_page_that_was_not_read_is_no_source(url: str) -> None:
    result = judged("stack", [found(cited(url, official=True))], SEEN, TODAY)
    (claim,) = result.claims
    assert claim.sources == ()
    assert claim.confidence == "LOW"
    assert "was not read in this run" in result.refused[0]


def test_an_address_is_kept_as_it_was_read() -> None:
    (source,) = one(cited("https://docs.example.org/a/#part", official=True)).sources
    assert source.url == "https://docs.example.org/a"
    assert source.fetched_at == AT


def test_ids_are_ours_and_a_key_counts_once() -> None:
    result = judged("stack", [found(key="x"), found(key="x"), found(key="y")], SEEN, TODAY, first=4)
    assert [each.id for each in result.claims] == ["c4", "c5"]
    assert result.ids == {"x": "c4", "y": "c5"}
    assert "second claim" in result.refused[0]


def test_the_day_to_look_again() -> None:
    assert one().valid_until == "2026-03-31"


@pytest.mark.parametrize(
    ("outcome", "url", "status"),
    [
        ("overturned", "https://measured.example.com/c", "overturned"),
        ("overturned", "https://never.example.net/", "disputed"),
        ("disputed", "https://never.example.net/", "disputed"),
        ("stands", "https://measured.example.com/c", "verified"),
    ],
)
def test_a_verdict_lowers_and_needs_a_page(outcome: Any, url: str, status: str) -> None:
    claim = one(cited("https://docs.example.org/a", official=True))
    verdict = Verdict(claim=claim.id, outcome=outcome, why="it was measured", sources=[cited(url)])
    (after,) = after_verdicts([claim], [verdict], SEEN)
    assert after.status == status
    assert (after.confidence == "LOW") == (outcome != "stands")


def test_a_verdict_never_lifts() -> None:
    claim = one()
    verdict = Verdict(
        claim=claim.id, outcome="stands", why="", sources=[cited("https://docs.example.org/a")]
    )
    assert after_verdicts([claim], [verdict], SEEN) == (claim,)


def test_whose_page_it_is() -> None:
    assert host_of("https://Docs.Example.org:8443/x") == "example.org"
    assert host_of("ftp://example.org/") == ""
    assert host_of("https://[broken") == ""
