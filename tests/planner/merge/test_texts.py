"""Texts that two people changed: everything that one of them wrote is in the result."""

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.merge.sequences import Side
from planner.merge.texts import merge_texts

TEXTS = st.lists(
    st.sampled_from(["The", " lamp", " turns", ".", "\n", "\n\n", " once", " twice", "é", " 10 s"]),
    max_size=12,
).map("".join)


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=400, deadline=None)
def test_the_pieces_are_the_three_texts(base: str, theirs: str, yours: str) -> None:
    """Nothing is lost: each text can be put together again from the pieces."""
    merged = merge_texts(base, theirs, yours)
    assert "".join(piece.base for piece in merged.pieces) == base
    assert "".join(piece.theirs for piece in merged.pieces) == theirs
    assert "".join(piece.yours for piece in merged.pieces) == yours


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_what_one_alone_changed_is_taken(base: str, changed: str) -> None:
    """And what both changed alike is taken once."""
    for result in (
        merge_texts(base, changed, base),
        merge_texts(base, base, changed),
        merge_texts(base, changed, changed),
    ):
        assert result.clean
        assert result.text == changed


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_both_sides_are_alike(base: str, theirs: str, yours: str) -> None:
    """It does not matter who saved first."""
    one, other = merge_texts(base, theirs, yours), merge_texts(base, yours, theirs)
    assert one.clean == other.clean
    if one.clean:
        assert one.text == other.text


def test_other_lines_merge_by_line() -> None:
    """Lines with an unchanged one between them do not meet."""
    merged = merge_texts("a\nb\nc", "A\nb\nc", "a\nb\nC")
    assert (merged.text, merged.clean, merged.by_word) == ("A\nb\nC", True, False)


def test_other_words_of_one_line_merge_by_word() -> None:
    """And that is told, since the sentence has two authors now."""
    merged = merge_texts(
        "The lamp shall turn once every 10 s.",
        "The lamp shall turn once every 12 s.",
        "The great lamp shall turn once every 10 s.",
    )
    assert merged.text == "The great lamp shall turn once every 12 s."
    assert (merged.clean, merged.by_word) == (True, True)


def test_the_same_word_clashes_and_both_are_kept() -> None:
    """The pieces say what is where."""
    merged = merge_texts("turn every 10 s", "turn every 12 s", "turn every 8 s")
    assert not merged.clean
    clash = next(piece for piece in merged.pieces if piece.side is Side.CLASH)
    assert "12" in clash.theirs
    assert "8" in clash.yours


def test_a_deleted_and_a_changed_paragraph_clash() -> None:
    """Taking either would lose what the other meant."""
    assert not merge_texts("a\n\nb", "a", "a\n\nB").clean
    assert merge_texts("a\n\nb\n\nc", "c", "a\n\nb\n\nc\n\nd").text == "c\n\nd"


def test_huge_texts_with_nothing_in_common_are_quick_enough() -> None:
    """They clash as wholes."""
    words = ["a b\n" * 4000, "b a\n" * 4000, "a a\n" * 4000]
    assert not merge_texts(*words).clean
