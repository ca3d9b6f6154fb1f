"""The words of a Markdown text."""

import pytest

from planner.render.plain_text import plain_text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("use `CORS_ALLOWED_ORIGINS`", "use CORS_ALLOWED_ORIGINS"),
        ("_this_ **bold** [one](x.md)", "this bold one"),
        ("# Head\n\n> quoted", "Head quoted"),
    ],
)
def test_marks_go_and_words_stay(text: str, words: str) -> None:
    assert plain_text(text) == words
