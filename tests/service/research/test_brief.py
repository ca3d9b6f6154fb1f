"""What a brief must say before anything begins."""

from decimal import Decimal

import pytest

from service.research.brief import asked_of
from service.views.research_new import short_of
from tests.service.research.asking import BRIEF, KINDS

BACKENDS = ("api", "claude")
GOOD = {**BRIEF, "name": "files"}


def test_a_brief() -> None:
    asked = asked_of(
        {**GOOD, "domains": "Docs.Python.org,\nexample.org"}, ("pitfalls", "stack", "x"), BACKENDS
    )
    assert asked.wrong == {}
    assert asked.brief is not None
    assert asked.brief.kinds == ("stack", "pitfalls")
    assert asked.brief.domains == ("docs.python.org", "example.org")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "new"),
        ("name", "../x"),
        ("name", "Big Letters"),
        ("name", "a" * 61),
        ("decision", " "),
        ("decision", "x" * 8001),
        ("stage", "later"),
        ("backend", "sh -c"),
        ("backend", "gemini"),
        ("usd", "0"),
        ("usd", "NaN"),
        ("usd", "Infinity"),
        ("usd", "501"),
        ("usd", "two"),
        ("minutes", "0"),
        ("minutes", "121"),
        ("minutes", "1.5"),
        ("domains", "https://example.org/path"),
        ("domains", "*.example.org"),
        ("domains", "localhost"),
        ("domains", " ".join(f"a{n}.example.org" for n in range(21))),
        ("about", "../../x"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, value: str) -> None:
    asked = asked_of({**GOOD, field: value}, KINDS, BACKENDS)
    assert asked.brief is None
    assert list(asked.wrong) == [field]


def test_somebody_has_to_look() -> None:
    assert list(asked_of(GOOD, (), BACKENDS).wrong) == ["kinds"]


def test_a_day_that_leaves_less_is_told_before_it_begins() -> None:
    assert short_of(Decimal(2), None) == ""
    assert short_of(Decimal(2), Decimal(2)) == ""
    assert "only $0.05 are left" in short_of(Decimal(2), Decimal("0.05"))
