"""A command's bytes cut into lines: any bytes, in any pieces, within bounds."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.executions.cutting import LONGEST_EVENT, LONGEST_LINE, Cutter, plain


def cut(data: bytes, at: list[int], longest: int) -> list[str]:
    """The lines of bytes that come in pieces."""
    cutter = Cutter(longest=longest)
    ends = sorted({0, len(data), *(each % (len(data) + 1) for each in at)})
    lines: list[str] = []
    for count, text in (
        *(cutter.feed(data[start:end]) for start, end in pairwise(ends)),
        cutter.close(),
    ):
        found = text.split("\n") if count else []
        assert count == len(found)
        lines += found
    return lines


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8), st.integers(4, 40))
def test_no_line_is_longer_than_allowed(data: bytes, at: list[int], longest: int) -> None:
    """Nor holds a control, whatever the bytes are and however they come."""
    lines = cut(data, at, longest)
    assert all(len(each) <= longest for each in lines)
    assert not any(set(each) & set(map(chr, (*range(9), *range(11, 32), 127))) for each in lines)


@given(
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=9)),
    st.lists(st.integers(0, 300), max_size=8),
)
def test_lines_are_those_that_were_printed(printed: list[str], at: list[int]) -> None:
    assert cut("".join(f"{each}\n" for each in printed).encode(), at, 40) == printed


@pytest.mark.parametrize("longest", [LONGEST_LINE, LONGEST_EVENT])
def test_a_line_without_end_is_handed_on_and_not_gathered(longest: int) -> None:
    """A command that prints one costs no memory: what waits is bounded after each piece."""
    cutter, piece, told = Cutter(longest=longest), b"x" * 64 * 1024, 0
    for _ in range(64):
        count, text = cutter.feed(piece)
        assert all(len(each) <= longest for each in text.split("\n"))
        told += len(text) - max(count - 1, 0)
        assert len(cutter._rest) <= longest
    _, text = cutter.close()
    assert told + len(text) == 64 * len(piece)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x00\x00\x1b[31mred\x1b[0m", "red"),
        ("\x1b\x1b[1mbold", "bold"),
        ("\x01\x1b]0;title\x07\x7f\x80text", "text"),
        ("\x1b", ""),
        ("a\x00b\tc", "ab\tc"),
        ("\u2028\u2029\x1b(Bx", "x"),
    ],
)
def test_runs_of_controls_hide_no_sequence(said: str, shown: str) -> None:
    assert plain(said) == shown


def test_nothing_of_a_terminal_is_left_whatever_comes() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        said = "".join(chance.choices("\x00\x1b\x07\x9b[]0;mA\\", k=12))
        assert not set(plain(said)) & {"\x00", "\x1b", "\x07", "\x9b"}


def test_bytes_that_are_no_text_are_lines_without_one() -> None:
    cutter = Cutter()
    fed = [cutter.feed(bytes(65_536)) for _ in range(4)]
    assert {text for _, text in fed} == {""}
