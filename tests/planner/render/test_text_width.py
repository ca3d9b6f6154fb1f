"""Measuring, shortening and wrapping text without a font."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.render.text_width import shorten, text_width, wrap


@pytest.mark.parametrize(
    ("narrow", "wide"), [("illi", "nnnn"), ("nnnn", "WWWW"), ("abc", "認証設"), ("e", "ee")]
)
def test_wide_letters_measure_more(narrow: str, wide: str) -> None:
    """The table tells thin letters from broad ones, and CJK letters are a full square."""
    assert text_width(narrow, 10) < text_width(wide, 10)
    assert text_width("認", 10) == 10


def test_marks_and_joiners_take_no_room() -> None:
    """An accent that is a letter of its own adds no width."""
    assert text_width("e\u0301\u200d", 10) == text_width("e", 10)


@given(st.text(max_size=80), st.floats(20, 300))
def test_what_is_shortened_fits_and_keeps_its_beginning(text: str, room: float) -> None:
    """A shortened text fits the room; a text that fits is left alone."""
    short = shorten(text, 12, room)
    assert text_width(short, 12) <= room
    if text_width(text, 12) <= room:
        assert short == text
    else:
        assert short.endswith("…")
        assert text.startswith(short[:-1])


@given(st.text(max_size=120), st.floats(20, 300), st.integers(1, 4))
def test_wrapped_lines_fit_and_say_the_text_in_order(text: str, room: float, most: int) -> None:
    """Lines fit, are at most as many as allowed, and lose nothing but blanks unless cut."""
    lines = wrap(text, 12, room, most)
    assert len(lines) <= most
    assert all(text_width(line, 12) <= room for line in lines)
    said, whole = "".join("".join(lines).split()), "".join(text.split())
    if lines and lines[-1].endswith("…") and said != whole:
        assert whole.startswith(said[:-1])
    else:
        assert said == whole


def test_lines_break_at_blanks_and_between_wide_letters() -> None:
    """Words stay whole where they fit; CJK text may break anywhere."""
    assert wrap("Environment and WSGI foundation", 13, 148, 2) == [
        "Environment and",
        "WSGI foundation",
    ]
    assert wrap("認証とアクセス制御", 10, 50, 3) == ["認証とアク", "セス制御"]


def test_a_word_too_long_for_a_line_is_broken() -> None:
    """An endless word is cut into lines and ends in an ellipsis."""
    lines = wrap("x" * 50, 10, 60, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_letters_keep_their_accents_when_cut() -> None:
    """A cut never falls between a letter and its combining mark."""
    for room in range(20, 80):
        short = shorten("e\u0301" * 10, 10, room)
        assert short[:-1].count("e") == short.count("\u0301")
