"""Word by word what changed in a text."""

from hypothesis import given
from hypothesis import strategies as st

from planner.trace.word_diff import Token, TokenKind, word_diff

TEXT = st.one_of(st.text(max_size=60), st.text(alphabet="ab .\n", max_size=60))


def without(kind: TokenKind, tokens: tuple[Token, ...]) -> str:
    return "".join(token.text for token in tokens if token.kind is not kind)


@given(TEXT, TEXT)
def test_the_pieces_make_both_texts(old: str, new: str) -> None:
    """Without the inserted pieces it is the old text, without the deleted ones the new."""
    tokens = word_diff(old, new)
    assert without(TokenKind.INSERT, tokens) == old
    assert without(TokenKind.DELETE, tokens) == new
    assert all(token.text for token in tokens)


@given(TEXT)
def test_equal_texts_are_one_piece(text: str) -> None:
    """Nothing is marked where nothing changed."""
    assert word_diff(text, text) == ((Token(TokenKind.EQUAL, text),) if text else ())


def test_a_changed_word_is_marked_and_no_other() -> None:
    """The words around stay as they are."""
    assert word_diff("answers in 200 ms.", "answers in 500 ms.") == (
        Token(TokenKind.EQUAL, "answers in "),
        Token(TokenKind.DELETE, "200"),
        Token(TokenKind.INSERT, "500"),
        Token(TokenKind.EQUAL, " ms."),
    )


def test_neighbouring_changes_are_one_change() -> None:
    """Two words that both changed are not torn apart by the blank between them."""
    assert word_diff("a red car waits", "a blue boat waits") == (
        Token(TokenKind.EQUAL, "a "),
        Token(TokenKind.DELETE, "red car"),
        Token(TokenKind.INSERT, "blue boat"),
        Token(TokenKind.EQUAL, " waits"),
    )


def test_long_texts_without_likeness_are_compared_as_wholes() -> None:
    """The work is bounded for texts of one word repeated."""
    old, new = "a " * 20_000 + "x", "b " + "a " * 19_000 + "y"
    tokens = word_diff(old, new)
    assert without(TokenKind.INSERT, tokens) == old
    assert without(TokenKind.DELETE, tokens) == new
