"""Files that two people changed, merged field by field onto the bytes of the first."""

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.codec.editing import edit_text
from planner.codec.reading import read_item
from planner.merge.fields import How
from planner.merge.files import merge_files
from planner.model.items import Phase, Requirement

REQUIREMENT = b"""\
---
# kept
title: 'Turn'   # the name
phase: lamp
status: draft
owner: ada
tags: [a, b, c]
links:
  - TOW-01
  - {to: TOW-02, type: refines}
colour: red
---

The lamp shall turn once every 10 s.

## Rationale

Ships count the seconds.

## Strange

Kept.
"""
PHASE = b"""\
---
title: Lamp
number: "02"
depends_on: [tower]
---

The lamp turns.

## Success criteria

1. The log shows one turn. {#c1}
   - verifies: LAMP-01
2. The meter shows 1000 cd. {#c2}
   - check: `measure`
"""
R, P = "requirements/LAMP-01.md", "phases/lamp.md"


def requirement(data: bytes) -> Requirement:
    item = read_item(R, data).item
    assert isinstance(item, Requirement)
    return item


def phase(data: bytes) -> Phase:
    item = read_item(P, data).item
    assert isinstance(item, Phase)
    return item


def both(path: str, data: bytes, theirs: dict[str, object], yours: dict[str, object]):  # type: ignore[no-untyped-def]
    one, other = edit_text(path, data, theirs), edit_text(path, data, yours)
    return merge_files(path, data, one, other)


def test_other_fields_merge_by_themselves_and_comments_stay() -> None:
    """Each line of the file is from one of the two."""
    merged = both(R, REQUIREMENT, {"status": "approved"}, {"owner": "grace", "rationale": "New."})
    assert not merged.clashes
    assert merged.data == (
        REQUIREMENT.replace(b"status: draft", b"status: approved")
        .replace(b"owner: ada", b"owner: grace")
        .replace(b"Ships count the seconds.", b"New.")
    )
    assert [(each.name, each.how) for each in merged.fields] == [
        ("owner", How.FIELD),
        ("rationale", How.FIELD),
    ]


def test_a_value_that_both_set_differently_clashes() -> None:
    """All three values are there; theirs stands for now."""
    merged = both(R, REQUIREMENT, {"owner": "bob", "tags": ["a"]}, {"owner": "eve", "title": "T"})
    (clash,) = merged.clashes
    assert (clash.field, clash.base, clash.theirs, clash.yours) == ("owner", "ada", "bob", "eve")
    item = requirement(merged.data)
    assert (item.owner, item.title, item.tags) == ("bob", "T", ("a",))


def test_lists_merge_by_entry() -> None:
    """Added by one, taken out by the other."""
    merged = both(
        R,
        REQUIREMENT,
        {"tags": ["a", "b", "c", "d"], "links": ["TOW-01"]},
        {"tags": ["a", "x", "c"], "links": ["TOW-01", {"to": "TOW-02", "type": "refines"}, "N-1"]},
    )
    assert not merged.clashes
    item = requirement(merged.data)
    assert item.tags == ("a", "x", "c", "d")
    assert [each.to for each in item.links] == ["TOW-01", "N-1"]


def test_an_order_that_one_changed_is_kept() -> None:
    """Whoever did not move anything follows."""
    merged = both(R, REQUIREMENT, {"tags": ["a", "b", "c", "d"]}, {"tags": ["c", "b", "a"]})
    assert requirement(merged.data).tags == ("c", "d", "b", "a")


def test_criteria_merge_by_id_and_part_by_part() -> None:
    """Both added one: the later gets a fresh id, none is lost."""
    old = phase(PHASE).criteria
    merged = both(
        P,
        PHASE,
        {"criteria": [*old, {"id": "", "text": "Theirs."}]},
        {
            "criteria": [
                {"id": "c1", "text": "The log shows two turns.", "status": "met"},
                old[1],
                {"id": "", "text": "Yours."},
            ]
        },
    )
    assert not merged.clashes
    assert [(each.id, each.text, each.status) for each in phase(merged.data).criteria] == [
        ("c1", "The log shows two turns.", "met"),
        ("c2", "The meter shows 1000 cd.", "open"),
        ("c3", "Theirs.", "open"),
        ("c4", "Yours.", "open"),
    ]


def test_a_criterion_that_one_took_out_and_the_other_changed_clashes() -> None:
    """Both ways round."""
    old = phase(PHASE).criteria
    gone, changed = {"criteria": [old[0]]}, {"criteria": [old[0], {"id": "c2", "text": "X."}]}
    for theirs, yours in ((gone, changed), (changed, gone)):
        (clash,) = both(P, PHASE, theirs, yours).clashes
        assert clash.part == "c2"
        assert None in (clash.theirs, clash.yours)


def test_the_same_part_of_a_criterion_clashes_alone() -> None:
    """What else changed in it is merged."""
    merged = both(
        P,
        PHASE,
        {"criteria": [{"id": "c1", "text": "A turn of 8 s."}, {"id": "c2", "status": "met"}]},
        {"criteria": [{"id": "c1", "text": "A turn of 9 s.", "level": "full"}, {"id": "c2"}]},
    )
    (clash,) = merged.clashes
    assert (clash.field, clash.part) == ("criteria", "c1.text")
    first, second = phase(merged.data).criteria
    assert (first.text, first.level, second.status) == ("A turn of 8 s.", "full", "met")


def test_a_text_merged_within_a_line_asks_for_a_look() -> None:
    """A sentence by two authors may say what none of them meant."""
    merged = both(
        R,
        REQUIREMENT,
        {"text": "The lamp shall turn once every 12 s."},
        {"text": "The great lamp shall turn once every 10 s."},
    )
    assert merged.by_word
    assert requirement(merged.data).text == "The great lamp shall turn once every 12 s."


def test_what_no_field_describes_is_merged_by_line() -> None:
    """A comment or a section of one's own is not dropped."""
    theirs = REQUIREMENT.replace(b"status: draft", b"status: done")
    yours = REQUIREMENT.replace(b"Kept.", b"Kept, too.").replace(b"# kept", b"# my comment")
    merged = merge_files(R, REQUIREMENT, theirs, yours)
    assert not merged.clashes
    assert merged.data == yours.replace(b"status: draft", b"status: done")
    (clash,) = merge_files(
        R, REQUIREMENT, REQUIREMENT.replace(b"# kept", b"# theirs"), yours
    ).clashes
    assert clash.field == ""
    assert "# my comment" in str(clash.yours)


def test_a_file_that_cannot_be_read_clashes_as_a_whole() -> None:
    """It is not rewritten."""
    broken = REQUIREMENT.replace(b"tags: [a, b, c]", b"tags: [a, b")
    merged = merge_files(R, REQUIREMENT, broken, edit_text(R, REQUIREMENT, {"owner": "x"}))
    assert merged.clashes
    assert merged.data == broken


EDITS = st.dictionaries(
    st.sampled_from(["status", "owner", "title", "tags", "rationale", "text", "notes"]),
    st.integers(0, 3),
    max_size=4,
).map(
    lambda picks: {
        name: {
            "status": ["draft", "done", "approved", "blocked"],
            "owner": ["", "ada", "bob", "eve"],
            "title": ["Turn", "Turn it", "Turning", "A turn"],
            "tags": [[], ["a"], ["c", "b", "a", "z"], ["a", "b", "n", "c"]],
            "rationale": ["", "Ships count.", "Ships count the seconds.\n\nSo do we.", "X"],
            "text": ["The lamp shall turn.", "A", "The lamp shall turn once every 9 s.", "B"],
            "notes": ["", "N", "N\n\nM", "M"],
        }[name][pick]
        for name, pick in picks.items()
    }
)


@given(EDITS, EDITS)
@settings(max_examples=200, deadline=None)
def test_a_field_that_one_alone_changed_always_gets_through(
    theirs: dict[str, object], yours: dict[str, object]
) -> None:
    """And merging is the same whoever came first, where nothing clashes."""
    merged = both(R, REQUIREMENT, theirs, yours)
    other = both(R, REQUIREMENT, yours, theirs)
    base, item = requirement(REQUIREMENT), requirement(merged.data)
    mine = requirement(edit_text(R, REQUIREMENT, yours))
    their = requirement(edit_text(R, REQUIREMENT, theirs))
    clashing = {clash.field for clash in merged.clashes}
    for name in ("status", "owner", "title", "tags", "rationale", "text", "notes"):
        was, one, two = (getattr(each, name) for each in (base, their, mine))
        if one == was:
            assert getattr(item, name) == two
        elif two in (was, one):
            assert getattr(item, name) == one
    assert clashing == {clash.field for clash in other.clashes}
    assert item.extra == base.extra
