"""The similarity join, against comparing all pairs."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.trace import similarity
from planner.trace.similarity import SimilarTexts
from planner.trace.text_index import BlockIndex, RareWordIndex
from planner.trace.text_keys import TextKeys, is_similar, normalised, text_keys
from planner.trace.text_memo import TextMemo

WORDS = st.sampled_from([f"w{number}" for number in range(12)])
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
# Many texts that differ in a word or two, so that similar ones are common.
FAMILIES = st.builds(
    lambda size, changed: " ".join(
        f"x{number}" if number in changed else f"w{number}" for number in range(size)
    ),
    st.integers(3, 40),
    st.sets(st.integers(0, 39), max_size=4),
)
ANY_TEXTS = st.lists(st.one_of(TEXTS, FAMILIES), max_size=25)


def jaccard(one: str, other: str) -> Fraction:
    """The Jaccard index of the sets of words."""
    left, right = set(one.split()), set(other.split())
    return Fraction(len(left & right), len(left | right)) if left | right else Fraction(1)


def by_all_pairs(texts: Sequence[str]) -> dict[str, str]:
    """For each text the earliest similar one before it, found by looking at all."""
    order = [text for text in dict.fromkeys(texts) if len(set(text.split())) >= 3]
    found = {}
    for index, text in enumerate(order):
        for earlier in order[:index]:
            if jaccard(text, earlier) >= Fraction(85, 100):
                found[text] = earlier
                break
    return found


def keys(texts: Sequence[str]) -> list[TextKeys]:
    return [text_keys(text) for text in texts]


@settings(deadline=None)
@given(ANY_TEXTS)
def test_the_join_finds_what_all_pairs_find(texts: list[str]) -> None:
    """Nothing is missed and nothing invented."""
    assert SimilarTexts().matches(keys(texts)) == by_all_pairs(texts)


@settings(deadline=None)
@given(ANY_TEXTS)
def test_the_index_of_rare_words_misses_nothing_either(texts: list[str]) -> None:
    """The join goes over to it when texts share a pattern; here from the first text on."""
    before = similarity._AT_FIRST, similarity._EACH
    similarity._AT_FIRST, similarity._EACH = -1, 0
    try:
        assert SimilarTexts().matches(keys(texts)) == by_all_pairs(texts)
    finally:
        similarity._AT_FIRST, similarity._EACH = before


@pytest.mark.parametrize("index_type", [BlockIndex, RareWordIndex])
@settings(deadline=None)
@given(ANY_TEXTS)
def test_an_index_names_every_similar_text_before(
    index_type: type[BlockIndex] | type[RareWordIndex], texts: list[str]
) -> None:
    """Lists are in order and hold each earlier similar text."""
    different = [each for each in keys(list(dict.fromkeys(texts))) if each.size]
    index = index_type(different)
    for at, text in enumerate(different):
        lists = index.sharing_and_add(at)
        named = {each for one in lists for each in one}
        assert all(list(one) == sorted(one) for one in lists)
        assert all(each <= at for each in named)
        for earlier in range(at):
            if jaccard(text.words, different[earlier].words) >= Fraction(85, 100):
                assert earlier in named


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.one_of(TEXTS, FAMILIES, st.none())), max_size=6))
def test_edits_lead_to_what_a_new_check_finds(edits: list[tuple[int, str | None]]) -> None:
    """After any changes, removals and additions the kept join says what a fresh one says."""
    texts = [f"a{n} b{n} c{n} d{n} e{n} f{n}" for n in range(200)]
    texts[7] = texts[3] + " also"
    kept = SimilarTexts()
    assert kept.matches(keys(texts)) == by_all_pairs(texts)
    for place, text in edits:
        if text is None:
            del texts[place]
        else:
            texts[place : place + (place % 2)] = [text]
        found = kept.matches(keys(texts))
        assert found == SimilarTexts().matches(keys(texts))


def test_a_text_that_was_the_match_of_others_is_replaced_by_the_next() -> None:
    """When the earliest of three alike goes, the second takes its place."""
    filler = [f"a{n} b{n} c{n} d{n} e{n} f{n}" for n in range(100)]
    base = "one two three four five six seven eight nine ten eleven twelve thirteen"
    alike = [base, f"{base} x", f"{base} y"]
    kept = SimilarTexts()
    assert kept.matches(keys([*alike, *filler])) == {alike[1]: base, alike[2]: base}
    assert kept.matches(keys([*alike[1:], *filler])) == {alike[2]: alike[1]}
    assert kept.matches(keys([*alike, *filler])) == {alike[1]: base, alike[2]: base}
    assert kept.matches(keys([*alike[::-1], *filler])) == {base: alike[2], alike[1]: alike[2]}


@given(TEXTS, TEXTS)
def test_similarity_is_the_jaccard_index(one: str, other: str) -> None:
    """The whole-number form of the bound equals the fraction, and the bitmap never hides a pair."""
    similar = jaccard(one, other) >= Fraction(85, 100)
    assert is_similar(set(one.split()), set(other.split())) == similar
    left, right = text_keys(one), text_keys(other)
    if similar and left.size and right.size:
        assert left.may_match(right)


def test_many_texts_of_one_pattern_are_joined_without_all_pairs() -> None:
    """Texts from one pattern are compared with few others each."""
    texts = [
        f"When a client sends request {n}, the service shall store it within {50 + n % 700} ms."
        for n in range(2000)
    ]
    join = similarity._Join(keys([normalised(text) for text in texts]))
    compared = 0
    earliest = join._earliest

    def counted(at: int, lists: Sequence[Sequence[int]]) -> int | None:
        nonlocal compared
        compared += sum(map(len, lists))
        return earliest(at, lists)

    join._earliest = counted  # type: ignore[method-assign]
    join.matches()
    assert not join.bounded
    assert compared < 100 * len(texts)


def test_texts_made_to_be_slow_end_in_bounded_work() -> None:
    """A plan of nothing but the same few words: each text meets a fixed number of others."""
    words = [f"w{number}" for number in range(40)]
    texts = [
        " ".join(
            word for place, word in enumerate(words) if number >> (place % 11) & 1 or place < 9
        )
        for number in range(1500)
    ]
    kept = SimilarTexts()
    found = kept.matches(keys(texts))
    for text, earlier in found.items():
        assert jaccard(text, earlier) >= Fraction(85, 100)
    changed = [*texts[:700], "something else entirely here", *texts[701:]]
    assert kept.matches(keys(changed)) == SimilarTexts().matches(keys(changed))


def test_equal_and_similar_texts_are_paired_by_index() -> None:
    """Each later text with the earliest, in the order of the later ones; short texts not at all."""
    base = "the shop shall send a mail to the owner of each order that was paid today"
    texts = [base, "TBD", base.upper() + ".", "TBD", base + " now", "the shop shall close at night"]
    memo = TextMemo()
    assert memo.pairs(memo.keys_of(texts)) == [(0, 2), (0, 4)]
    assert memo.pairs(memo.keys_of(texts)) == [(0, 2), (0, 4)]


def test_groups_are_compared_within_themselves() -> None:
    """A memo gives the same pairs again, and forgets groups that are gone."""
    same = "the test suite passes on every machine"
    groups = [[same, "another text stands here", same], [same], []]
    memo = TextMemo()
    for _ in range(2):
        keyed = [memo.keys_of(group) for group in groups]
        assert memo.pairs_in_groups(keyed) == [[(0, 2)], [], []]


def test_unspaced_scripts_are_compared_by_pairs_of_signs() -> None:
    """A Chinese sentence is not one word."""
    assert normalised("系统应锁定") == "系统 统应 应锁 锁定"
    one = "系统应在用户连续五次输入错误密码之后立即锁定该账户并且通知管理员"
    assert is_similar(set(normalised(one).split()), set(normalised(one + "。").split()))
    assert text_keys(one).size > 20


def test_case_marks_and_blanks_do_not_count() -> None:
    """Normalised texts are words in lower case."""
    assert (
        normalised("The  `API` shall\nanswer: 200, ÄRGER_x") == "the api shall answer 200 ärger x"
    )


def test_documents_are_compared_for_equality_alone() -> None:
    """Texts of thousands of words end in little time; equal ones are still found."""
    long = " ".join(f"w{number}" for number in range(20_000))
    memo = TextMemo()
    assert memo.pairs(memo.keys_of([long, f"{long} more", long])) == [(0, 2)]
