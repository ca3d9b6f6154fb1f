"""Reading and changing `claims.yaml`."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.codec.claims import render_claims
from planner.codec.editing import edit_text
from planner.codec.reading import read_item
from planner.errors import EditError
from planner.model.claims import CLAIM_STATUSES, CONFIDENCES, Claim, Source
from planner.model.items import Research

PATH = "research/lamps/claims.yaml"
FILE = """\
# by hand
claims:
  # the first
  - id: c1   # never again
    status: verified  # by Ada
    text: 'LEDs need no wick.'
    confidence: high
    sources: [{url: "https://example.org/a"}]

  - id: c2
    text: >
      Oil is
      dear.
note: kept
"""


def _read(data: bytes) -> Research:
    item = read_item(PATH, data).item
    assert isinstance(item, Research)
    return item


def _edit(text: str, *claims: Claim) -> str:
    return edit_text(PATH, text.encode(), {"claims": claims}).decode()


def test_one_text_changes_and_nothing_else() -> None:
    one, two = _read(FILE.encode()).claims
    assert _edit(FILE, one, two) == FILE
    after = _edit(FILE, replace(one, status="overturned"), two)
    assert after == FILE.replace("status: verified ", "status: overturned ")
    after = _edit(FILE, one, replace(two, valid_until="2027-01-01"))
    assert after.startswith(FILE[: FILE.index("  - id: c2")])
    assert after.endswith("note: kept\n")
    assert _edit(FILE, two) == FILE.replace(
        FILE[FILE.index("  - id: c1") : FILE.index("\n  - id: c2")], ""
    )


def test_all_go_and_new_ones_come() -> None:
    empty = _edit(FILE)
    assert _read(empty.encode()).claims == ()
    assert empty.startswith("# by hand\n")
    assert empty.endswith("note: kept\n")
    claim = Claim("c3", "A: b", sources=(Source("https://example.org"),))
    assert _read(_edit(empty, claim).encode()).claims == (claim,)
    for start in ("", "claims:\n", "claims: []\n", "claims: ~\n", "# only this"):
        assert _read(_edit(start, claim).encode()).claims == (claim,)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("claims: {a: b}\n", 1, "no list"),
        ("claims:\n  - id: c1\n    text: T\n  - id: c1\n    text: U\n", 4, "occurs twice"),
        ("claims:\n  - id: c1\n", 2, "no `text`"),
        ("claims:\n  - text: T\n", 2, "no `id`"),
        ("claims:\n  - id: c1\n    text: T\n    valid_until: 2026-13-01\n", 2, "calendar"),
        ("claims:\n  - id: c1\n    text: T\n    confidence: sure\n", 2, "none of high"),
        ("claims:\n  - id: c1\n    text: T\n    sources: x\n", 2, "no list"),
        ("claims:\n  - just text\n", 2, "no mapping"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(text: str, line: int, words: str) -> None:
    read = read_item(PATH, text.encode())
    assert read.item is not None
    (problem,) = read.problems
    assert (problem.rule, problem.line) == ("bad-value", line)
    assert words in problem.message
    with pytest.raises(EditError):
        edit_text(PATH, text.encode(), {"claims": [Claim("c9", "T")]})


def test_what_is_no_yaml_is_unreadable() -> None:
    read = read_item(PATH, b"claims: [\n")
    assert read.item is None
    assert read.problems[0].rule == "bad-yaml"


_texts = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and text != ""
)
_days = st.sampled_from(["", "2026-02-28"])
_sources = st.builds(
    Source, _texts, st.one_of(st.just(""), _texts), st.one_of(st.just(""), _texts), _days
)
_claims = st.lists(
    st.builds(
        Claim,
        st.integers(1, 99).map(lambda number: f"c{number}"),
        _texts,
        st.sampled_from(CONFIDENCES),
        st.sampled_from(CLAIM_STATUSES),
        _days,
        st.lists(_sources, max_size=2).map(tuple),
    ),
    max_size=4,
    unique_by=lambda each: each.id,
)


@given(_claims, _claims)
def test_any_claims_are_written_and_read_back_in_place_of_any_others(
    before: list[Claim], after: list[Claim]
) -> None:
    start = "# top\n" + render_claims(before) + "# end\n"
    assert list(_read(start.encode()).claims) == before
    data = edit_text(PATH, start.encode(), {"claims": tuple(after)})
    read = read_item(PATH, data)
    assert not read.problems
    assert {each.id: each for each in _read(data).claims} == {each.id: each for each in after}
    assert data.startswith(b"# top\n")
    assert data.endswith(b"# end\n")


def test_another_last_day_is_a_difference_that_readers_see() -> None:
    texts = {
        _read(render_claims((Claim("c1", "It is lit.", valid_until=day),)).encode()).text
        for day in ("2027-01-05", "2027-02-05", "")
    }
    assert len(texts) == 3
    assert "- c1 (low, unverified, valid until 2027-01-05): It is lit." in texts
