"""Random edits of files written in every style that people use."""

import os
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.codec.editing import edit_text
from planner.codec.normal import normal_value
from planner.codec.reading import read_item
from planner.model.fields import FIELDS
from planner.model.items import Provenance, Waiver

_EXAMPLES = int(os.environ.get("CODEC_EXAMPLES", "150"))
_QUICK = settings(max_examples=_EXAMPLES, deadline=None, database=None)

_ANY_ITEM = {
    "title": [
        "title: Plain title",
        "title: 'single ''q'' title'  # why",
        'title: "double \\"q\\" title"',
        "title: >-\n  folded\n  title",
        "title: |  # note\n  literal title\n",
        "title:\n  next line",
        "title: plain\n  continued  # c",
        '"title" : quoted key',
        "title: # only a comment",
        'title: "two\n  lines"',
        "title:",
        "title: |4-\n    indented",
        "title: 'a # b'#no",
    ],
    "aliases": ["aliases: OLD-1", "aliases: [OLD-1, 'OLD 2', \"OLD-3\"]  # former", "aliases: []"],
    "tags": [
        "tags: [a, b]",
        "tags: [ a,b , c ] # three",
        "tags:\n  - a   # first\n  - 'b'\n  # c\n  - d",
        "tags:\n- a\n- b",
        "tags: [\n  a,  # first\n  b,\n  c   # last\n]",
        "tags: one",
        "tags: # all\n    - a\n    -   b",
        "tags: [\n  a, b,\n  c,\n  ]",
        "tags:\n  -\n    a\n  - b",
        "tags: [a,\n  b # x\n  ]",
        "tags:\n  - >-\n    folded\n    entry\n  - |\n    x\n",
        "tags: ''",
    ],
    "owner": ["owner: ana # asks", "owner: ~", "owner: ''", 'owner: "Ana"\n# about the rest'],
    "waive": [
        "waive:\n  some-rule: it is so   # known\n  other: 'two words'",
        "waive: {a-rule: so it is}",
        "waive: {\n    r1: x,   # one\n    'r2': \"y\"\n  }",
        "waive:\n    r1: >-\n      long\n      why",
    ],
    "provenance": [
        "provenance:\n  text: {by: model-1, approved: ana}",
        "provenance: {text: {by: x}}",
        "provenance:\n  text:\n    by: model  # one\n    approved: ana\n  title:\n    by: b",
    ],
}
_KEYS = {
    "requirement": _ANY_ITEM
    | {
        "phase": [
            "phase: lamp",
            "phase: [lamp, tower]",
            "phase:\n  - lamp # c",
            "phase: 'lamp' # c",
        ],
        "type": ["type: quality", "type: 'constraint'", "type: unheard-of"],
        "status": ["status: done", 'status: "approved" # since May', "status: nearly"],
        "priority": ["priority: must", "priority:", "priority: null  # later"],
        "target": ["target: 2026-05-01", "target: '2026-05-01' # d", "target: soon"],
        "links": [
            "links: [A-1, B-2]",
            "links:\n  - A-1\n  - {to: B-2, type: refines}  # why",
            "links:\n  - to: A-1\n    type: depends-on\n  - to: B-2 # x\n    note: kept",
            "links: [{to: A-1, type: refines}, B-2]",
            "links: A-1",
            "links: {to: x}",
        ],
        "proof": ["proof: tests/a.py", "proof:\n  - tests/a.py::test[1,2]\n  - 'x: y'"],
    },
    "phase": _ANY_ITEM
    | {
        "number": ['number: "02"', "number: 02 # two", "number: '2.1'", "number: second one"],
        "milestone": ["milestone: v1.0", 'milestone: "v1.0" # first'],
        "depends_on": [
            "depends_on:\n  - phase: a  # hard\n    soft: yes\n    reason: 'it: is'\n  - b # c",
            "depends_on: [a, {phase: b, soft: true}]",
            "depends_on: a # one",
            "depends_on:\n  - soft: true\n    phase: a\n    extra: kept\n  - phase: b",
            "depends_on:\n  # none of these is sure\n  - a\n\n  # but this\n  - b\n",
        ],
        "verification": ["verification: sanity", "verification: 'full' # all"],
        "status": ["status: active", "status: 'done' # at last"],
        "priority": ["priority: should"],
        "target": ["target: 2026-05-01"],
    },
    "milestone": _ANY_ITEM
    | {
        "status": ["status: active"],
        "created": ["created: 2026-01-01 # a Thursday"],
        "target": ["target: '2026-05-01'"],
        "shipped": ["shipped:"],
    },
    "plan": _ANY_ITEM
    | {
        "statement": [
            "statement: |\n  A lamp.\n\n  Two lines.",
            "statement: >\n  A lamp\n  for ships.\n\n  Yes.",
            "statement: one line # c",
            'statement: "esc\\naped"',
            "statement: |+ # keep\n  text\n\n",
            "statement: |2\n    indented\n  less",
            "statement:\n  'quoted\n\n  twice'",
        ],
        "id_style": ["id_style: random"],
        "verification_levels": ["verification_levels: [low, high]", "verification_levels:\n- low"],
        "glossary": ["glossary:\n  - API – x  # a\n  - 'DB: y'"],
    },
}
_PATHS = {
    "requirement": "requirements/A-1.md",
    "phase": "phases/tower.md",
    "milestone": "milestones/v1.md",
    "plan": "plan.yaml",
}
_UNKNOWN = [
    "colour: red  # as agreed",
    "x y: [a, {b: c}]",
    "nested:\n  deep:\n    - 1\n    - 2",
    "k: |\n  t",
]
_COMMENTS = ["# a comment", "", " # indented comment", "#"]
_SECTIONS = [
    "## Rationale\n\nBecause.\n\nTwice.",
    "##  Notes  ##\nNo blank line.\n\n\n",
    "## Research\n\nKept.",
    "## Constraints\n\n```\n## no heading\n---\n```",
    "## Out of scope\n\n- <b>x</b>\n\n",
    "## Rationale",
    " ## notes\n\n    code\n",
    "## Empty\n\n\n",
    "## Constraints\n\n<!-- ## hidden -->\n",
]
_LEADS = [
    "",
    "The lamp burns.",
    "\n\nThe lamp\nburns.\n---\n",
    "    code first\n\n\n# One\n\n- a\n",
]


@st.composite
def files(draw, kind):
    """A file of a kind: its bytes, and for each known key what stands before and after it."""
    names = draw(st.lists(st.sampled_from(list(_KEYS[kind])), max_size=6, unique=True))
    chunks = [(name, draw(st.sampled_from(_KEYS[kind][name]))) for name in names]
    for text in draw(st.lists(st.sampled_from(_UNKNOWN), max_size=2, unique=True)):
        chunks.insert(draw(st.integers(0, len(chunks))), ("", text))
    for text in draw(st.lists(st.sampled_from(_COMMENTS), max_size=3)):
        chunks.insert(draw(st.integers(0, len(chunks))), ("", text))
    head, tail = "", ""
    if kind != "plan":
        head = draw(st.sampled_from(["---\n", "---  \n"]))
        sections = draw(st.lists(st.sampled_from(_SECTIONS), max_size=3))
        body = "\n".join([draw(st.sampled_from(_LEADS)), *sections])
        tail = "---\n" + (f"{body}\n" if body else "")
    whole = head + "".join(f"{text}\n" for _, text in chunks) + tail
    if draw(st.booleans()):
        whole = whole.removesuffix("\n")
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    mark = draw(st.sampled_from(["", "", "\ufeff"]))

    def encoded(text):
        return text.replace("\n", end).encode()

    places = {}
    done = head
    for name, text in chunks:
        rest = whole[len(done) + len(text) + 1 :]
        places[name] = (encoded(mark + done), encoded(rest))
        done += f"{text}\n"
    return encoded(mark + whole), places, end


def _changes_nothing_else(before: bytes, after: bytes) -> bool:
    """Whether `after` is `before` with one run of bytes put in."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    rest = before[same:]
    return after.endswith(rest) if len(after) >= len(before) else False


def _has_one_line_end(before: bytes, after: bytes, end: bytes) -> bool:
    """Whether new lines end like the old ones."""
    return end not in before or not set(b"\r\n") & set(after.replace(end, b""))


def _changed(draw, old, fresh):
    """A list made from `old`: entries moved, removed, changed in one part, and new ones between."""
    entries = draw(st.permutations(old)) if draw(st.booleans()) else list(old)
    entries = [each for each in entries if draw(st.integers(0, 3))]
    for index, each in enumerate(entries):
        donor = next((other for other in fresh if type(other) is type(each)), None)
        if donor is not None and is_dataclass(each) and draw(st.booleans()):
            name = draw(st.sampled_from([part.name for part in dataclass_fields(each)]))
            entries[index] = replace(each, **{name: getattr(donor, name)})
    place = draw(st.integers(0, len(entries)))
    entries[place:place] = fresh[: draw(st.integers(0, 1))]
    if entries and isinstance(entries[0], Waiver | Provenance):
        entries = {getattr(each, dataclass_fields(each)[0].name): each for each in entries}.values()
    return tuple(entries)


@pytest.mark.parametrize("kind", _PATHS)
def test_an_edit_of_the_front_matter_changes_its_own_lines(kind, value_of_field):
    """The new value is read back, and no line outside of the key's own differs."""
    fields = [field for field in FIELDS[kind] if field.home == "front"]

    @_QUICK
    @given(st.data(), files(kind))
    def check(data, file):
        text, places, end = file
        before = read_item(_PATHS[kind], text).item
        assert before is not None, text
        field = data.draw(st.sampled_from(fields))
        value = data.draw(value_of_field(field))
        if isinstance(value, tuple) and data.draw(st.booleans()):
            value = _changed(data.draw, getattr(before, field.name), value)
        after = edit_text(_PATHS[kind], text, {field.name: value})
        item = read_item(_PATHS[kind], after).item
        assert item is not None
        assert getattr(item, field.name) == normal_value(field, value)
        for other in FIELDS[kind]:
            if other.name != field.name:
                assert getattr(item, other.name) == getattr(before, other.name)
        assert item.sections == before.sections
        if field.key in places:
            above, below = places[field.key]
            # With its last line, a file without a final line end loses that of the line before.
            assert after.startswith(above if below else above.removesuffix(end.encode()))
            assert after.endswith(below)
        else:
            assert _changes_nothing_else(text, after)
        assert _has_one_line_end(text, after, end.encode())
        assert edit_text(_PATHS[kind], after, {field.name: value}) == after

    check()


@pytest.mark.parametrize("kind", ["requirement", "phase", "milestone"])
def test_an_edit_of_the_body_changes_its_own_section(kind, value_of_field):
    """The new text is read back; front matter and other sections keep their bytes."""
    fields = [field for field in FIELDS[kind] if field.home == "body"]

    @_QUICK
    @given(st.data(), files(kind))
    def check(data, file):
        text, _, end = file
        before = read_item(_PATHS[kind], text).item
        assert before is not None
        field = data.draw(st.sampled_from(fields))
        value = data.draw(value_of_field(field))
        after = edit_text(_PATHS[kind], text, {field.name: value})
        item = read_item(_PATHS[kind], after).item
        assert getattr(item, field.name) == normal_value(field, value)
        for other in FIELDS[kind]:
            if other.name != field.name:
                assert getattr(item, other.name) == getattr(before, other.name)
        line_end = end.encode()
        front = line_end + b"---" + line_end
        head, mark, _ = text.partition(front)
        assert after.startswith(head + mark.removesuffix(line_end))
        if after != text:
            kept = [s for s in before.sections if s.heading.casefold() != field.key.casefold()]
            for section in kept:
                assert section.text.replace("\n", end).encode() in after
        assert _has_one_line_end(text, after, end.encode())
        assert edit_text(_PATHS[kind], after, {field.name: value}) == after

    check()


@pytest.mark.parametrize("kind", _PATHS)
def test_a_value_that_is_there_already_changes_no_byte(kind):
    """Writing back what was read is the identity, for every field at once."""

    @_QUICK
    @given(files(kind))
    def check(file):
        text, _, _ = file
        item = read_item(_PATHS[kind], text).item
        bad = {key for key, _ in item.extra}
        same = {
            field.name: getattr(item, field.name) for field in FIELDS[kind] if field.key not in bad
        }
        assert edit_text(_PATHS[kind], text, same) == text

    check()
