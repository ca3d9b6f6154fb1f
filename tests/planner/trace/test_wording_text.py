"""Masking, words and language of a text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.trace.wording_text import FILLER, mask, read_prose

# Text that is rich in what masking looks for.
PIECES = st.sampled_from(
    [
        *(
            "`",
            "``",
            "```\n",
            "~~~\n",
            "[a](",
            ")",
            "](b)",
            '"',
            "'",
            "“",
            "”",
            "«",
            "»",
            "「",
            "」",
        ),
        *("<!--", "-->", "(verified by x)", "(", "https://a.b/c", "a/b", " ", "\n", "\n\n", "**"),
        *(
            "The server shall",
            "it's",
            "log",
            "TBD",
            "5 ms",
            ".5",
            "é",
            "中文",
            "İ",
            "’",
            ";",
            ". A",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_masked_text_has_the_same_length_and_the_same_lines(raw):
    """An offset in the masked text is an offset in the text, and so is a line."""
    prose = read_prose(raw)
    assert len(prose.text) == len(prose.low) == len(raw)
    assert [i for i, char in enumerate(prose.text) if char == "\n"] == [
        i for i, char in enumerate(raw) if char == "\n"
    ]


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_each_word_stands_where_its_offset_says(raw):
    """The offsets of the words lead back to the words, in order and without overlap."""
    prose = read_prose(raw)
    end = 0
    for index, token in enumerate(prose.tokens):
        start = prose.offset(index)
        assert start >= end
        assert prose.low.startswith(token, start)
        end = start + len(token)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_places_of_a_word_are_its_offsets(raw):
    """Looking for one word finds the occurrences that are words, no parts of words."""
    prose = read_prose(raw)
    for word in ("shall", "log", "ms"):
        offsets = [prose.offset(i) for i, token in enumerate(prose.tokens) if token == word]
        assert list(prose.places(word)) == offsets


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("run `never fast` now", "run now"),
        ("run ``a ` never`` now", "run now"),
        ("a ` never", "a never"),
        ("run\n```\nnever\n```\nnow", "run now"),
        ("run\n~~~\nnever ` so\n~~~\nnow ` then", "run now then"),
        ("run\n```\nnever", "run"),
        ('shows "never" now', "shows now"),
        ("shows 'never' now", "shows now"),
        ("the user's own never", "the user's own never"),
        ("shows “never” «never» 「never」 now", "shows now"),
        ("see [never](a.md) now", "see now"),
        ("see https://never.org/always now", "see now"),
        ("see <https://never.org> now", "see now"),
        ("it <!-- never --> is", "it is"),
        ("it <!-- never", "it"),
        ("it is (verified by never (or so) again) so", "it is so"),
        ("it is (never) so", "it is never so"),
        ("**never** so", "never so"),
    ],
)
def test_what_is_exempt_is_masked(raw, kept):
    """Code, quotations, links, addresses, comments and "(verified by …)" are no words."""
    words = [token for token in read_prose(raw).tokens if FILLER not in token]
    assert " ".join(words) == kept


def test_masked_code_is_one_word():
    """A code span stands in the sentence as one thing, however many words it holds."""
    prose = read_prose("`just deploy --now` starts it")
    assert len(prose.tokens) == 3
    assert prose.words(0, 1) == "`just deploy --now`"


def test_code_spans_close_with_as_many_backticks():
    """A longer or shorter run inside does not end the span, and an unmatched run is text."""
    assert mask("``a`b`` c") == FILLER * 7 + " c"
    assert mask("`` a ` b") == "`` a ` b"


@pytest.mark.parametrize(
    "text",
    [
        "The server shall log each request.",
        "User can export the list",
        "Dashboard shows total expired medicine count",
        "Login works",
        "`just deploy` exits with 0 — and no résumé is lost →",
        "The page shows 「検索結果」 as its title.",
        "",
    ],
)
def test_english_is_recognised(text):
    """Short texts, texts without function words and texts with foreign quotations are English."""
    assert read_prose(text).english


@pytest.mark.parametrize(
    "text",
    [
        "所有 8 个内置控件实现 ControlTrait",
        "Der Server muss jede Anfrage mit Zeit und Pfad protokollieren",
        "System importiert alle Akten mit Metadaten",
        "El usuario puede exportar la lista de tareas",
        "L'utilisateur peut exporter la liste des tâches",
        "O usuário pode exportar a lista de tarefas",
        "Сервер должен вести журнал запросов",
        "サーバーは各リクエストを記録する (fast, robust)",
        "서버는 모든 요청을 기록해야 한다",
        "Palvelin kirjaa jokaisen pyynnön lokiin ajan kanssa",
    ],
)
def test_other_languages_are_recognised(text):
    """Other scripts, and Latin text without English function words, are not English."""
    assert not read_prose(text).english
