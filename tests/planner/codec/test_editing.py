"""Edits of single fields, one way of writing at a time."""

import pytest

from planner.codec.editing import edit_text
from planner.codec.reading import read_item
from planner.errors import EditError
from planner.model.items import Criterion, Dependency, Link, Provenance, Waiver

_REQ = "requirements/A-1.md"
_PHASE = "phases/tower.md"


def _edit(path: str, before: str, /, **changes: object) -> str:
    return edit_text(path, before.encode(), changes).decode()


def _front(front: str, **changes: object) -> str:
    """Edit a requirement whose front matter is `front`; returns the new front matter."""
    body = "---\n\nText.\n"
    after = _edit(_REQ, f"---\n{front}{body}", **changes)
    assert after.startswith("---\n")
    assert after.endswith(body)
    return after[4 : -len(body)]


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("title: old # c\n", "new", "title: new # c\n"),
        ("title: 'old' # c\n", "it's", "title: 'it''s' # c\n"),
        ('title: "old"  # c\n', 'a "b"', 'title: "a \\"b\\""  # c\n'),
        ("title: old\n", "a: b", 'title: "a: b"\n'),
        ("title: old\n", "02", "title: 02\n"),
        ("title: old\n", "null", 'title: "null"\n'),
        ("title: 'old'\n", "a\u2028b", 'title: "a\\Lb"\n'),
        ("title: # c\n", "new", "title: new # c\n"),
        ("title:\n", "new", "title: new\n"),
        ("title:\n  old\n", "new", "title:\n  new\n"),
        ("title: old\n  words # c\nowner: x\n", "new", "title: new # c\nowner: x\n"),
        ("title: >- # c\n  old\n  words\n# d\n", "new", "title: >- # c\n  new\n# d\n"),
        ("title: old # c\n# d\n", "", "# d\n"),
        ("owner: x\n", "new", "title: new\nowner: x\n"),
        ("# about owner\nowner: x\n", "new", "title: new\n# about owner\nowner: x\n"),
        ("# only this\n", "new", "# only this\ntitle: new\n"),
        ("", "new", "title: new\n"),
        ("colour: red\n", "new", "title: new\ncolour: red\n"),
        ("{owner: x, colour: red}\n", "a, b", '{title: "a, b", owner: x, colour: red}\n'),
        ("{title: old, # c\n owner: x}\n", "new", "{title: new, # c\n owner: x}\n"),
        ("{title: old, owner: x}\n", "", "{owner: x}\n"),
        ("  title: old\n  owner: x\n", "new", "  title: new\n  owner: x\n"),
        ('"title" : old\n', "new", '"title" : new\n'),
    ],
)
def test_a_text_keeps_its_style_and_its_comment(before, value, after):
    """Quotes, blocks and comments stay where the new value permits them."""
    assert _front(before, title=value) == after


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("tags: [a, b] # c\n", ["a", "x", "b"], "tags: [a, x, b] # c\n"),
        ("tags: [ a,b ]\n", ["b"], "tags: [ b ]\n"),
        ("tags: [a]\n", ["b, c"], 'tags: ["b, c"]\n'),
        ("tags: ['a', b]\n", ["c", "b"], "tags: ['c', b]\n"),
        (
            "tags: [\n  a, # one\n  b # two\n]\n",
            ["a", "b", "c"],
            "tags: [\n  a, # one\n  b, # two\n  c\n]\n",
        ),
        ("tags: [\n  a, # one\n  b # two\n]\n", ["a"], "tags: [\n  a # one\n]\n"),
        ("tags: [\n  a, # one\n  b, # two\n]\n", ["b"], "tags: [\n  b, # two\n]\n"),
        ("tags:\n  - a # one\n  - b\n", ["a", "b", "c"], "tags:\n  - a # one\n  - b\n  - c\n"),
        ("tags:\n- a\n# two\n- b # x\n", ["c", "b"], "tags:\n- c\n# two\n- b # x\n"),
        ("tags:\n  - a # one\n  - b # two\n", ["b", "a"], "tags:\n  - b # two\n  - a # one\n"),
        ("tags:\n    -   a\n    -   b\n", ["b"], "tags:\n    -   b\n"),
        ("tags: a # c\n", ["b"], "tags: b # c\n"),
        ("tags: a # c\n", ["a", "b"], "tags: [a, b] # c\n"),
        ("tags: [a, b]\nowner: x\n", [], "owner: x\n"),
        ("title: x\nowner: y\n", ["a", "b: c"], 'title: x\ntags: [a, "b: c"]\nowner: y\n'),
        ("title: x\n", ["long " * 9] * 2, "title: x\ntags:\n" + f'  - "{"long " * 9}"\n' * 2),
        ("tags: {a: b} # bad\n", ["a"], "tags: [a] # bad\n"),
    ],
)
def test_a_list_keeps_its_style_and_changes_by_entry(before, value, after):
    """Brackets stay brackets, dashes stay dashes, and entries keep their comments."""
    assert _front(before, tags=value) == after


def test_entries_with_keys_change_by_key():
    """Dependencies, links, waivers and provenances."""
    text = "---\ntitle: T\ndepends_on:\n  - phase: a # c\n    soft: true\n  - b # d\n---\nG.\n"
    after = _edit(
        _PHASE, text, depends_on=[Dependency("a", reason="r"), Dependency("b", soft=True)]
    )
    assert after == text.replace(
        "    soft: true\n  - b # d", "    reason: r\n  - phase: b # d\n    soft: true"
    )
    after = _edit(_PHASE, text, depends_on=["b", "a"])
    assert after == "---\ntitle: T\ndepends_on:\n  - b # d\n  - a\n---\nG.\n"
    assert _front("links:\n  - {to: A, type: refines} # c\n", links=[Link("A", "replaces")]) == (
        "links:\n  - {to: A, type: replaces} # c\n"
    )
    assert _front("links: A # c\n", links=["B"]) == "links: B # c\n"
    assert _front("links: [A, B]\n", links=[Link("A", "refines"), Link("B")]) == (
        "links: [{to: A, type: refines}, B]\n"
    )
    assert _front("waive:\n  a: 'x' # c\n  b: y\n", waive=[Waiver("a", "z"), Waiver("c", "y")]) == (
        "waive:\n  a: 'z' # c\n  c: y\n"
    )
    before = "provenance:\n  text: {by: m} # c\n"
    assert _front(before, provenance=[Provenance("text", "m", "ana")]) == (
        "provenance:\n  text: {by: m, approved: ana} # c\n"
    )


def test_plain_data_is_taken_as_well():
    """What a form or a model sends as JSON."""
    assert _front("", links=["A-1", {"to": "B-2", "type": "refines"}], waive={"r": "why"}) == (
        "waive:\n  r: why\nlinks:\n  - A-1\n  - {to: B-2, type: refines}\n"
    )
    text = "---\ntitle: T\n---\nG.\n\n## Success criteria\n\n1. One {#c1}\n   - note: kept\n"
    after = _edit(
        _PHASE, text, criteria=[{"id": "c1", "status": "met"}, {"text": "Two", "verifies": ["A-1"]}]
    )
    assert after == text.replace("   - note", "   - status: met\n   - note") + (
        "2. Two {#c2}\n   - verifies: A-1\n"
    )


def test_a_default_takes_the_line_out():
    """Also where the file has a value that could not be read."""
    assert _front("status: done # c\nowner: x\n", status="draft") == "owner: x\n"
    assert _front("status: unheard\nowner: x\n", status="draft") == "owner: x\n"
    assert _front("status: draft\n", status="draft") == "status: draft\n"
    assert _front("status: done\n", status=None) == ""


def test_a_value_that_could_not_be_read_can_be_replaced():
    """Its line, and its comment, stay in their place."""
    assert _front("status: unheard # c\n", status="done") == "status: done # c\n"
    assert _front("status: [done] # c\n", status="done") == "status: done # c\n"
    assert _front("status:\n  a: b\nowner: x\n", status="done") == "status: done\nowner: x\n"


def test_a_statement_becomes_a_block_and_stays_one():
    """Text of several lines is written as a literal block."""
    text = "title: T\nstatement: one # c\nowner: x"
    after = _edit("plan.yaml", text, statement="one\n\n  two\n")
    assert after == "title: T\nstatement: | # c\n  one\n\n    two\nowner: x"
    assert (
        _edit("plan.yaml", after, statement="three")
        == "title: T\nstatement: | # c\n  three\nowner: x"
    )
    assert _edit("plan.yaml", after, owner="") == after.removesuffix("\nowner: x")
    folded = "statement: >\n  one\n  line\n\n  two\n"
    assert (
        _edit("plan.yaml", folded, statement="a\nb\n\nc") == "statement: >\n  a\n\n  b\n\n\n  c\n"
    )


BODY = "---\ntitle: x\n---\n\nText.\n\n\n## Rationale\n\nBecause.\n\n## Other\nKept.\n"


def test_a_section_changes_alone():
    """Lead and sections, with the blank lines around them kept."""
    assert _edit(_REQ, BODY, text="New.\r\nTwo.\n\n") == BODY.replace("Text.", "New.\nTwo.")
    assert _edit(_REQ, BODY, rationale="So.") == BODY.replace("Because.", "So.")
    assert _edit(_REQ, BODY, rationale="") == BODY.replace("## Rationale\n\nBecause.\n\n", "")
    assert _edit(_REQ, BODY, text="") == BODY.replace("\nText.\n\n\n", "\n")


def test_a_new_section_comes_in_its_place():
    """Behind those that belong before it, before unknown ones that follow."""
    assert _edit(_REQ, BODY, notes="N.") == BODY.replace("## Other", "## Notes\n\nN.\n\n## Other")
    short = "---\ntitle: x\n---"
    assert _edit(_REQ, short, text="T.") == f"{short}\n\nT."
    assert _edit(_REQ, f"{short}\n", text="T.", notes="N.") == f"{short}\n\nT.\n\n## Notes\n\nN.\n"
    assert _edit(_REQ, f"{short}\n\n## Notes\n\nN.", rationale="R.", text="T.") == (
        f"{short}\n\nT.\n\n## Rationale\n\nR.\n\n## Notes\n\nN."
    )


def test_a_text_cannot_break_out_of_its_section():
    """Headings in it become smaller, and what it leaves open is closed."""
    after = _edit(_REQ, BODY, text="A\n\n## Notes\n\nB\n\n```\n## code")
    assert read_item(_REQ, after.encode()).item.text == "A\n\n### Notes\n\nB\n\n```\n## code\n```"
    assert read_item(_REQ, after.encode()).item.rationale == "Because."
    after = _edit(_REQ, BODY, rationale="<!-- open")
    assert "<!-- open\n-->\n\n## Other" in after


def test_research_gets_front_matter_when_it_needs_some():
    """A document may be all text, until a key is set."""
    path = "research/run/stack.md"
    assert _edit(path, "# One\n", title="T") == "---\ntitle: T\n---\n\n# One\n"
    assert _edit(path, "# One\n", topic="stack") == "# One\n"
    assert _edit(path, "# One\n", topic="other") == "---\ntopic: other\n---\n\n# One\n"
    assert _edit(path, "# One", text="---\nno: front\n---") == "---\n---\n\n---\nno: front\n---"
    assert _edit(path, "", text="x") == "x\n"


CRITERIA = """\
---
title: T
---

Goal.

## Success criteria

1. One. {#c1}
   - verifies: A-1
   - check: `ls`
<!-- two -->
2. Two
   lines. {#c2}

   * level: full
3. Three. {#c5}

Text below.

## Later
"""


def _criteria(change) -> str:
    item = read_item(_PHASE, CRITERIA.encode()).item
    return _edit(_PHASE, CRITERIA, criteria=change(list(item.criteria)))


def test_one_criterion_changes_alone():
    """Its text, a bullet, or all bullets with one key."""
    assert _edit(
        _PHASE,
        CRITERIA,
        criteria=[
            {"id": "c1", "check": "`ls -l`\nand look", "level": "full"},
            {"id": "c2", "text": "Two\nnew\nlines."},
            {"id": "c5", "verifies": ["B-1", "B-2"], "proof": ["x"]},
        ],
    ) == (
        CRITERIA.replace("`ls`", "`ls -l`\n     and look\n   - level: full")
        .replace("lines. {#c2}", "new\n   lines. {#c2}")
        .replace("{#c5}\n", "{#c5}\n   - verifies: B-1, B-2\n   - proof: x\n")
    )
    assert _edit(
        _PHASE,
        CRITERIA,
        criteria=[{"id": "c1", "verifies": []}, {"id": "c2", "level": ""}, {"id": "c5"}],
    ) == CRITERIA.replace("   - verifies: A-1\n", "").replace("   * level: full\n", "")


def test_a_new_criterion_gets_an_id_that_was_never_used():
    """One more than the highest in the file."""
    new = Criterion("", "New.", verifies=("B-1",))
    after = _criteria(lambda old: [*old, new])
    assert after == CRITERIA.replace(
        "Three. {#c5}\n", "Three. {#c5}\n4. New. {#c6}\n   - verifies: B-1\n"
    )
    after = _criteria(lambda old: [old[0], new, *old[1:]])
    assert after == CRITERIA.replace(
        "   - check: `ls`\n", "   - check: `ls`\n2. New. {#c6}\n   - verifies: B-1\n"
    )


def test_criteria_move_with_their_comments():
    """Whole blocks change places; the numbers of the list stay in order."""
    after = _criteria(lambda old: [old[1], old[0], old[2]])
    one = "1. One. {#c1}\n   - verifies: A-1\n   - check: `ls`\n"
    two = "<!-- two -->\n2. Two\n   lines. {#c2}\n\n   * level: full\n"
    assert after == CRITERIA.replace(
        one + two, two.replace("2. Two", "1. Two") + one.replace("1. One", "2. One")
    )


def test_a_removed_criterion_leaves_only_its_id():
    """A comment remembers the highest id; other removals leave nothing."""
    after = _criteria(lambda old: [old[0], old[2]])
    assert after == CRITERIA.replace(
        "<!-- two -->\n2. Two\n   lines. {#c2}\n\n   * level: full\n", ""
    )
    after = _criteria(lambda old: old[:2])
    note = "<!-- ids up to {#c5} are used -->"
    assert after == CRITERIA.replace("3. Three. {#c5}\n", "").replace(
        "Text below.\n", f"Text below.\n\n{note}\n"
    )
    again = _edit(_PHASE, after, criteria=[{"id": "c1"}, {"text": "New"}])
    assert "2. New {#c6}" in again
    assert again.count(note) == 1


def test_criteria_without_ids_keep_those_they_are_read_with():
    """The id is written down when the position does not say it any more."""
    text = "---\ntitle: T\n---\nG.\n\n## Success criteria\n\n1. One\n1. Two\n"
    old = read_item(_PHASE, text.encode()).item.criteria
    assert _edit(_PHASE, text, criteria=[*old, Criterion("", "New")]) == f"{text}1. New {{#c3}}\n"
    assert _edit(_PHASE, text, criteria=[old[1]]) == text.replace("1. One\n1. Two", "1. Two {#c2}")


def test_the_first_criterion_makes_its_section():
    """And the last one takes it along, but for the note of its id."""
    text = "---\ntitle: T\n---\nG.\n\n## Other\n"
    after = _edit(_PHASE, text, criteria=[Criterion("", "One")])
    assert after == text.replace("## Other", "## Success criteria\n\n1. One {#c1}\n\n## Other")
    bare = text.replace("## Other\n", "## Success criteria")
    assert _edit(_PHASE, bare, criteria=[Criterion("c7", "One")]) == f"{bare}\n\n1. One {{#c7}}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"titel": "x"}, "did you mean `title`?"),
        ({"phase": "x"}, "did you mean `phases`?"),
        ({"sections": ()}, "has no field"),
        ({"id": "x"}, "has no field"),
        ({"title": "two\nlines"}, "more than one line"),
        ({"title": "bell\a"}, "control character"),
        ({"title": "half \ud800"}, "control character"),
        ({"title": 3}, "is no text"),
        ({"text": "nul \0"}, "NUL"),
        ({"text": "half \udfff"}, "half a character"),
        ({"status": "finished"}, "is none of"),
        ({"target": "tomorrow"}, "is no date"),
        ({"phases": ["no id!"]}, "is not an id"),
        ({"tags": [""]}, "empty"),
        ({"tags": 3}, "is no list"),
        ({"links": [{"to": "A", "kind": "x"}]}, "unknown"),
        ({"links": [{"to": ""}]}, "is not an id"),
        ({"waive": {"r": " "}}, "no reason"),
        ({"waive": [Waiver("r", "a"), Waiver("r", "b")]}, "named twice"),
        ({"provenance": [Provenance("text", "")]}, "empty"),
    ],
)
def test_a_wrong_change_is_refused(changes, words):
    """With the file, the field and a hint; nothing is half done."""
    with pytest.raises(EditError) as caught:
        edit_text(_REQ, BODY.encode(), {"owner": "ada", **changes})
    assert words in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ("c1", "is no list"),
        ([3], "is no criterion"),
        ([{"text": "x", "wrong": "y"}], "is not allowed"),
        ([{"text": "x", "verifies": "A-1"}], "is no list"),
        ([Criterion("c1", "x"), Criterion("c1", "y")], "two criteria"),
        ([Criterion("C1", "x")], "is no id of a criterion"),
        ([Criterion("", "x", status="done")], "is none of"),
        ([Criterion("", "x", verifies=("no id",))], "is not an id"),
        ([Criterion("", "x", waive=(Waiver("two words", "y"),))], "is no waiver"),
        ([Criterion("", "x", extra=(("Two Words", "y"),))], "cannot be a key"),
        ([Criterion("", "nul \0")], "NUL"),
    ],
)
def test_wrong_criteria_are_refused(criteria, words):
    """As any wrong value."""
    with pytest.raises(EditError, match=words):
        edit_text(_PHASE, CRITERIA.encode(), {"criteria": criteria})


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (_REQ, b"no front matter"),
        (_REQ, b"---\ntitle: a\ntitle: b\n---\n"),
        (_REQ, b"---\ntitle: &a b\n---\n"),
        (_REQ, b"---\ntitle: \xff\n---\n"),
        ("phases/no id.md", b"---\ntitle: x\n---\n"),
        ("notes.txt", b"x"),
        (_REQ, b"---\n? title\n: x\n---\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_edited(path, data):
    """It is shown read-only; the message says what to mend."""
    with pytest.raises(EditError) as caught:
        edit_text(path, data, {"title": "new"})
    assert path in caught.value.message
    assert caught.value.hint


def test_an_edit_that_would_be_misread_is_refused():
    """Fail closed: a heading that an open code block hides cannot be added."""
    text = "---\ntitle: x\n---\n\nT.\n\n## Other\n\n```\nopen\n"
    with pytest.raises(EditError, match=r"would not be read back|would touch"):
        _edit(_REQ, text.replace("## Other\n\n", ""), notes="N.")
