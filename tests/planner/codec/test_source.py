"""Bytes to text and back without loss."""

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.codec.source import Splice, apply, decode

_FILES = st.lists(
    st.sampled_from(
        ["a", "b", "é", "漢字", "", " ", "\n", "\r\n", "\r", "\n\n", "\ufeff", "\r\r\n"]
    ),
    max_size=12,
).map("".join)


@settings(max_examples=300, deadline=None, database=None)
@given(_FILES)
def test_nothing_changes_without_a_splice(text):
    """Not a byte, whatever the line ends."""
    assert apply(decode(text.encode()), []) == text.encode()


@settings(max_examples=500, deadline=None, database=None)
@given(
    _FILES,
    st.lists(st.integers(0, 40), min_size=4, max_size=4),
    st.sampled_from(["", "x", "x\ny", "a\n"]),
)
def test_splices_change_their_place_only(text, places, new):
    """Two splices: what is between and around them is the same in the file as in the text."""
    source = decode(text.encode())
    one, two, three, four = sorted(min(place, len(source.text)) for place in places)
    splices = [Splice(three, four, new), Splice(one, two, new)]
    changed = apply(source, splices)
    spliced = source.text[:one] + new + source.text[two:three] + new + source.text[four:]
    if "\r" not in changed.decode().replace("\r\n", ""):
        # (A CR and an LF that a splice puts together would be one line end.)
        assert decode(changed).text == spliced.removeprefix("\ufeff" if not source.bom else "")


def test_lines_that_stay_keep_their_own_line_end():
    """A file of mixed line ends stays one; new lines end like the line where they begin."""
    source = decode(b"a\r\nb\nc\rd\r\ne")
    assert source.text == "a\nb\nc\nd\ne"
    splice = Splice(0, len(source.text), "a\nx\nb\nc\ny\nd\ne\nf")
    assert apply(source, [splice]) == b"a\r\nx\nb\nc\ry\r\nd\r\ne\r\nf"
