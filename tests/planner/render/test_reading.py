"""The words of a Markdown text as readers see them."""

import pytest

from planner.render.reading import as_read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("A *b* **c** `d` [e](http://x.example)\nnext", "A b c d e next"),
        ("*a*\n*b*", "a b"),
        ("# Head\n\nA <id> & <b>c</b>.", "Head\n\nA <id> & c."),
        ("1. one\n2. two\n   - a\n   - b\n\nlast", "1. one\n2. two\n• a\n• b\n\nlast"),
        ("1. loose\n\n   more\n\n2. x", "1. loose\nmore\n2. x"),
        ("| a | b |\n|---|---|\n| 1 | *2* |", "a | b\n1 | 2"),
        ("```\nx = 1\n  y\n```\nend", "x = 1\n  y\n\nend"),
        ("a  \nb", "a\nb"),
        ("- [x] done", "• ☑ done"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_marks_go_and_words_stay(text: str, read: str) -> None:
    """Blocks are apart, entries and rows have lines of their own."""
    assert as_read(text) == read


def test_another_mark_is_no_other_word() -> None:
    """What looks different in the source alone reads alike."""
    assert as_read("* a\n* b\n\n__c__") == as_read("- a\n- b\n\n**c**")
