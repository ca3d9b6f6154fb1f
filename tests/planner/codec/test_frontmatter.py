"""The YAML door: every scalar is text, and everything clever is a finding with its line."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.codec.frontmatter import Collection, FrontMatterError, Scalar, parse
from planner.codec.scalars import is_plain, write_scalar

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20) | st.lists(
    st.sampled_from(
        [*"-?:,[]{}#&*!|>'\"%@`=~.\\ \t\n\r", "null", "no", "1", "0x", "e", "\x85", "\u2028", ": "]
    ),
    max_size=6,
).map("".join)


def _findings(text: str) -> list[tuple[str, int]]:
    with pytest.raises(FrontMatterError) as caught:
        parse(text, 2)
    assert all(each.message and each.hint for each in caught.value.findings)
    return [(each.rule, each.line) for each in caught.value.findings]


def _plain(node) -> object:
    if type(node) is Scalar:
        return node.value
    if node.mapping:
        return {key.value: _plain(value) for key, value in node.pairs()}
    return [_plain(each) for each in node.items]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", [("duplicate-key", 4)]),
        ("a:\n  x: 1\n  'x': 2\n", [("duplicate-key", 4)]),
        ("a: &name x\n", [("yaml-anchor", 2)]),
        ("a: x\nb: *name\n", [("yaml-alias", 3)]),
        ("a: x\n<<: {b: c}\n", [("yaml-merge", 3)]),
        ("a: !!str x\n", [("yaml-tag", 2)]),
        ("%TAG ! tag:x\n---\na: b\n", [("yaml-tag", 2)]),
        ("a: [1, &x 2]\nb: *x\nc: !t\n", [("yaml-anchor", 2), ("yaml-alias", 3), ("yaml-tag", 4)]),
        ("title: one: two\n", [("bad-yaml", 2)]),
        ("a: x\nb: 'open\nc: d\n", [("bad-yaml", 3)]),
        ("a: x\n\tb: y\n", [("bad-yaml", 3)]),
        ("a: x\nb: @home\n", [("bad-yaml", 3)]),
        ("a: \x07\n", [("bad-yaml", 2)]),
        ("- a\n- b\n", [("bad-yaml", 2)]),
        ("just words\n", [("bad-yaml", 2)]),
        ("a: b\n--- c\n", [("bad-yaml", 3)]),
        ("a: b\n...\nc: d\n", [("bad-yaml", 4)]),
        ("? [a, b]\n: c\n", [("bad-yaml", 2)]),
        ("a: [b, c\nd: e\n", [("bad-yaml", 3)]),
        ("a: b]\nc: ]\n", [("bad-yaml", 3)]),
    ],
)
def test_what_a_plan_does_not_use_is_a_finding(text, found):
    """Rule and line are those of the culprit."""
    assert _findings(text) == found


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "--- # c\n"])
def test_nothing_but_comments_is_an_empty_mapping(text):
    """There are no keys, and nothing is wrong."""
    assert parse(text, 2) is None


def test_scalars_stay_text():
    """No value is taken for a number, a truth value or a date."""
    root = parse("a: 02.10\nb: no\n12:30: 2026-01-01\n1: true\n", 2)
    assert _plain(root) == {"a": "02.10", "b": "no", "12:30": "2026-01-01", "1": "true"}


def test_line_breaks_of_old_yaml_are_characters():
    """NEL, LS and PS neither end a comment nor count as lines."""
    root = parse("a: x\u2028y\n# c\u2029d: e\nb: 'p\x85q'\n", 2)
    assert _plain(root) == {"a": "x\u2028y", "b": "p\x85q"}
    assert [key.start_mark.line for key, _ in root.pairs()] == [0, 2]


_BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60)
)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "{a: " * 200_000,
        "[{a: " * 100_000,
        "- " * 400_000,
        "? " * 400_000,
        "a:\n" + "".join(f"{' ' * depth}b:\n" for depth in range(1, 1200)),
        "a: " + "[" * 100_000 + "]" * 100_000,
        _BOMB,
        "a: '" + "x" * 900_000,
        "a: " + "&a " * 200_000,
        "{" + "a: b, " * 150_000,
        "".join(f"k{n}: v\n" for n in range(80_000)) + "k1: again\n",
    ],
    ids=lambda text: text[:8],
)
def test_hostile_yaml_is_refused_without_harm(text):
    """Nothing is expanded and no stack overflows (a slow answer would be one of hours)."""
    assert _findings(text)


@settings(max_examples=300, deadline=None, database=None)
@given(_TEXTS, st.sampled_from([None, "", "'", '"', "|"]), st.booleans())
def test_a_written_scalar_is_read_as_the_same_text(text, style, flow):
    """In any style and place, by this reader."""
    written = write_scalar(text, style=style, flow=flow)
    assert "\n" not in written
    root = parse(f"k: [x, {written}, y] # c\n" if flow else f"k: {written} # c\n")
    assert isinstance(root, Collection)
    value = _plain(root)["k"]
    assert (value[1] if flow else value) == text


@settings(max_examples=300, deadline=None, database=None)
@given(_TEXTS)
def test_a_new_scalar_is_text_for_other_readers_too(text):
    """A reader that guesses types finds the same text, so no editor breaks the file."""
    assert yaml.safe_load(f"k: {write_scalar(text)}\n") == {"k": text}
    assert yaml.safe_load(f"[{write_scalar(text, flow=True)}]") == [text]


@pytest.mark.parametrize(
    "text", ["v0.1.0", "a-b_c", "tests/a.py::test", "12A", "漢字", "a#b", "x's"]
)
def test_simple_texts_need_no_quotes(text):
    """Quotes are for what would be misread."""
    assert is_plain(text, flow=True)
    assert write_scalar(text) == text
