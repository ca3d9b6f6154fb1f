"""What of a command's output is text: no control stays, and no sequence is torn by one."""

import random

import pytest

from service.executions.cutting import Cutter, plain


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
