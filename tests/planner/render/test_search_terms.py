"""Folding text and splitting it into terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.render.search_terms import LONGEST, fold, run_together, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café CAFE cafe\u0301", {"cafe"}),
        ("ENV-01", {"env", "01", "env01"}),
        (
            "re-use, don’t; v0.1.0!",
            {"re", "use", "reuse", "don", "t", "dont", "v0", "1", "0", "v010"},
        ),
        ("snake_case end. Next", {"snake", "case", "snakecase", "end", "next"}),
        ("-- ... '' _", set()),
        ("Straße STRASSE", {"strasse"}),
        ("ΟΔΟΣ οδος", {"οδοσ"}),
        ("İstanbul", {"istanbul"}),
        ("Łódź Øre", {"lodz", "ore"}),
        ("ﬁve ①②", {"five", "12"}),
        ("認証", {"認証", "証"}),
        ("API認証とSSO", {"api", "認証", "証と", "と", "sso"}),
        ("ﾊﾟｽ", {"パス", "ス"}),
        ("がか", {"がか", "か"}),
        ("한국어 검색", {"한국", "국어", "어", "검색", "색"}),
        ("", set()),
    ],
)
def test_terms_of(text: str, expected: set[str]) -> None:
    """Each rule of the module, by example."""
    assert terms(text) == expected


def test_a_very_long_word_is_several_terms() -> None:
    """Nothing is lost of a word longer than a term may be."""
    word = "".join(chr(ord("a") + n % 26) for n in range(150))
    assert terms(word) == {word[:64], word[64:128], word[128:]}
    assert max(map(len, terms("-".join([word, word])))) == LONGEST


@given(st.text())
def test_terms_are_letters_and_digits_only(text: str) -> None:
    """No separator of the index files can be part of a term, and no term is too long."""
    for term in terms(text):
        assert term.isalnum() or all(c.isalnum() or c in "\u3099\u309a" for c in term)
        assert 0 < len(term) <= LONGEST


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    """A term that was folded is found by itself."""
    for term in terms(text):
        assert term in terms(term) or len(term) == LONGEST


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_takes_a_shorter_way_to_the_same_terms(text: str) -> None:
    """The fast path for ASCII equals the general one, which any other letter leads to."""
    assert terms(text) | {"δ"} == terms(text + " δ")


def test_run_together() -> None:
    """Separators vanish; what has none of letters and digits gives nothing."""
    assert run_together(["ENV-01", "a/b c", "--"]) == {"env01", "abc"}


@given(st.text())
def test_fold_is_lower_case_without_accents(text: str) -> None:
    """Upper case and decomposed forms fold to the same text where Python agrees they are equal."""
    assert fold(text.lower()) == fold(fold(text).lower()) or not text.isascii()
