"""Files become items or unreadable files, and what is wrong is told with its line."""

import pytest

from planner.codec.reading import assemble, kind_of_path, read_item, unknown_file
from planner.codec.source import MAX_BYTES
from planner.model.items import Dependency, Link, Plan, Provenance, Section, Waiver
from planner.model.problem import Severity

_REQ = "requirements/A-1.md"
_PHASE = "phases/tower.md"


def _found(path: str, data: bytes | str) -> list[tuple[str, int]]:
    read = read_item(path, data.encode() if isinstance(data, str) else data)
    assert (read.item is None) != (read.unreadable is None)
    for problem in read.problems:
        assert problem.path == path
        assert problem.message
        assert problem.hint
    return [(problem.rule, problem.line) for problem in read.problems]


FULL = """\
---
title: Brightness
phase: lamp
type: quality
status: approved
priority: must
owner: ada
tags: [lamp, "two words"]
links:
  - B-2
  - to: C-3
    type: depends-on
waive:
  some-rule: it is so
provenance:
  text: {by: model, approved: ana}
colour: red  # unknown
---

The lamp shall give 1,000 candela.

## Rationale

Ships.

## Other

Kept.
"""


def test_every_field_is_read_with_its_line():
    """Values are typed, and each has the line of its key, entry or text."""
    item = read_item(_REQ, FULL.encode(), blob="0" * 40).item
    assert item.id == "A-1"
    assert item.path == _REQ
    assert item.blob == "0" * 40
    assert item.phases == ("lamp",)
    assert item.phase == "lamp"
    assert item.tags == ("lamp", "two words")
    assert item.links == (Link("B-2"), Link("C-3", "depends-on"))
    assert [link.line for link in item.links] == [10, 11]
    assert item.waive == (Waiver("some-rule", "it is so"),)
    assert item.provenance == (Provenance("text", "model", "ana"),)
    assert item.extra == (("colour", "red"),)
    assert item.text == "The lamp shall give 1,000 candela."
    assert item.rationale == "Ships."
    assert item.sections == (Section("Rationale", "Ships."), Section("Other", "Kept."))
    assert [section.line for section in item.sections] == [22, 26]
    lines = {"title": 2, "phases": 3, "links": 9, "links.0": 10, "links.1": 11, "waive.0": 14}
    assert lines.items() <= item.lines.items()
    assert item.lines["text"] == 20
    assert item.lines["rationale"] == 24


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_do_not_matter(end):
    """Values and line numbers are the same for every line end, with a byte-order mark, too."""
    plain = read_item(_REQ, FULL.encode()).item
    other = read_item(_REQ, ("\ufeff" + FULL.replace("\n", end)).encode()).item
    assert other == plain
    assert other.lines == plain.lines


def test_a_phase_is_read():
    """Dependencies and criteria."""
    text = (
        "---\ntitle: T\nnumber: 02\ndepends_on:\n  - a\n  - {phase: b, soft: yes, reason: x}\n---\n"
        "Goal.\n\n## success CRITERIA\n\nIntro.\n\n1. One. {#c3}\n   - verifies: A-1, B-2\n"
        '   - Status: met\n   - proof: a.py, "b, c"\n   - waive: a-rule: so: it is\n'
        "   - note: n\n"
        "   - a sub bullet\n2. Two,\n   long.\n"
    )
    read = read_item(_PHASE, text.encode())
    phase = read.item
    assert phase.number == "02"
    assert phase.depends_on == (Dependency("a"), Dependency("b", True, "x"))  # noqa: FBT003
    assert phase.goal == "Goal."
    one, two = phase.criteria
    assert (one.id, one.line, one.status) == ("c3", 14, "met")
    assert one.verifies == ("A-1", "B-2")
    assert one.proof == ("a.py", "b, c")
    assert one.waive == (Waiver("a-rule", "so: it is"),)
    assert one.extra == (("note", "n"),)
    assert one.text == "One.\n- a sub bullet"
    assert one.lines["proof"] == 17
    assert (two.id, two.text, two.line) == ("c2", "Two,\nlong.", 21)
    assert [(p.rule, p.line) for p in read.problems] == [
        ("unknown-key", 19),
        ("criterion-without-id", 21),
    ]


def test_a_plan_is_read():
    """plan.yaml is YAML alone."""
    text = "title: T\nstatement: |\n  One.\n\n  Two.\nverification_levels: [low, high]\n"
    plan = read_item("plan.yaml", text.encode()).item
    assert isinstance(plan, Plan)
    assert plan.id == "plan"
    assert plan.statement == "One.\n\nTwo."
    assert plan.verification_levels == ("low", "high")


def test_research_needs_no_front_matter():
    """The whole file is text then, and the file name may be the topic."""
    item = read_item("research/first/pitfalls.md", b"# Traps\n\n## One\n").item
    assert (item.id, item.run, item.topic) == ("first/pitfalls", "first", "pitfalls")
    assert item.text == "# Traps\n\n## One"
    other = read_item("research/first/notes.md", b"---\ntopic: stack\n---\n\nText\n").item
    assert (other.topic, other.text) == ("stack", "Text")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", [("no-front-matter", 1)]),
        (b"\n \n", [("no-front-matter", 1)]),
        (b"words\n", [("no-front-matter", 1)]),
        (b"\n---\ntitle: x\n---\n", [("no-front-matter", 1)]),
        (b"---", [("no-front-matter", 1)]),
        (b"---\ntitle: x\n", [("no-front-matter", 1)]),
        (b"---\ntitle: x\n...\n", [("no-front-matter", 1)]),
        (b"--- \ntitle: x\ntitle: y\n---\n", [("duplicate-key", 3)]),
        (b"---\n- a\n---\n", [("bad-yaml", 2)]),
        (b"---\ntitle: caf\xe9\n---\n", [("bad-encoding", 2)]),
        (b"---\r\ntitle: x\r\n---\r\nb\xff\r\n", [("bad-encoding", 4)]),
        (b"---\rtitle: x\r---\rb\xff\r", [("bad-encoding", 4)]),
        (b"---\ntitle: x\n---\n\n\0\n", [("bad-encoding", 5)]),
        ("---\ntitle: x\n---\n".encode("utf-16"), [("bad-encoding", 1)]),
        (b"x" * (MAX_BYTES + 1), [("too-large", 1)]),
        (b"---\na: &x y\nb: *x\n---\n", [("yaml-anchor", 2), ("yaml-alias", 3)]),
    ],
)
def test_what_cannot_be_read_is_shown_as_it_is(data, found):
    """One unreadable file, with its text, and the reason with its line."""
    assert _found(_REQ, data) == found
    unreadable = read_item(_REQ, data, blob="b").unreadable
    assert (unreadable.id, unreadable.kind, unreadable.path) == ("A-1", "requirement", _REQ)
    assert unreadable.blob == "b"
    assert unreadable.text == data[: 1 << 18].decode("utf-8", "replace")[: 1 << 16]


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("title: {a: b}", 2),
        ("title: [a]", 2),
        ('title: "two\\nlines"', 2),
        ('title: "bell\\a"', 2),
        ("title: x\nstatus: don", 3),
        ("title: x\nstatus: [done]", 3),
        ("title: x\ntarget: 2026-02-30", 3),
        ("title: x\ntarget: 1.2.2026", 3),
        ("title: x\ntarget: ２０２６-01-01", 3),
        ("title: x\nphase: no id!", 3),
        ("title: x\nphase: ../up", 3),
        ("title: x\ntags:\n  - a\n  - [b]", 5),
        ("title: x\ntags:\n  - a\n  -\n", 5),
        ("title: x\ntags: {a: b}", 3),
        ("title: x\nlinks:\n  - {type: refines}", 4),
        ("title: x\nlinks:\n  - {to: A, type: knows}", 4),
        ("title: x\nwaive: a-rule", 3),
        ("title: x\nwaive:\n  a-rule:\n", 4),
        ("title: x\nwaive:\n  a-rule: ' '", 4),
        ("title: x\nprovenance: {text: me}", 3),
        ("title: x\nprovenance: {text: {approved: me}}", 3),
    ],
)
def test_a_wrong_value_is_one_problem_and_is_kept(front, line):
    """The field has its default, its source is kept, and the rest of the item is read."""
    read = read_item(_REQ, f"---\n{front}\nowner: ada\n---\n\nText.\n".encode())
    assert [(p.rule, p.line) for p in read.problems] == [("bad-value", line)]
    assert read.problems[0].severity is Severity.ERROR
    key = read.problems[0].message.partition(":")[0]
    assert dict(read.item.extra)[key] in front
    assert read.item.owner == "ada"
    assert read.item.text == "Text."


@pytest.mark.parametrize("number", ["first-of-all", "2..1", "9" * 41, "2 1", "-1"])
def test_a_wrong_number_of_a_phase_is_a_problem(number):
    """Numbers order the phases, so what cannot be ordered is refused."""
    assert _found(_PHASE, f"---\ntitle: x\nnumber: {number}\n---\nGoal.\n") == [("bad-value", 3)]


@pytest.mark.parametrize("value", ["", "~", "null", "Null", '""', "''"])
def test_an_empty_value_is_not_set(value):
    """A key without a value is like no key, for every type of field."""
    keys = ["title", "phase", "type", "status", "priority", "target", "links", "tags", "waive"]
    for key in keys:
        text = f"---\n{key}: {value}\n---\n\nText.\n"
        read = read_item(_REQ, text.encode())
        assert read.problems == ()
        assert read.item.title == ""
        assert read.item.status == "draft"


def test_hints_name_what_was_probably_meant():
    """Slips in keys, choices and headings."""
    text = "---\ntitle: x\nstaus: done\nPriority: must\ntype: qualty\n---\nT.\n\n## Rationales\n"
    read = read_item(_REQ, text.encode())
    hints = {problem.line: problem.hint for problem in read.problems}
    assert hints == {
        3: "did you mean `status`?",
        4: "did you mean `priority`?",
        5: "did you mean `quality`?",
        9: "did you mean `## Rationale`?",
    }
    assert read.item.extra == (("staus", "done"), ("Priority", "must"), ("type", "qualty"))


def test_missing_fields_are_told():
    """Title and goal of a phase, the text of a requirement."""
    assert _found(_PHASE, "---\nnumber: 1\n---\n") == [("missing-field", 1), ("missing-field", 4)]
    assert _found(_REQ, "---\nowner: x\n---\n") == [("missing-field", 4)]
    assert _found("plan.yaml", "") == [("missing-field", 1)]


def test_criteria_have_problems_with_lines():
    """Ids twice or without, stray bullets, wrong values, no text."""
    text = (
        "---\ntitle: T\n---\nGoal.\n\n## Success criteria\n\n1. One {#c1}\n2. Two {#c1}\n"
        "   - status: nearly\n3. {#c4}\n\n- stray\n\n4. Four {#four}\n"
        "   - check: x\n   - check: y\n"
    )
    assert sorted(_found(_PHASE, text), key=lambda each: each[1]) == [
        ("duplicate-criterion", 9),
        ("bad-value", 10),
        ("malformed-criterion", 11),
        ("malformed-criterion", 13),
        ("malformed-criterion", 15),
        ("malformed-criterion", 17),
    ]
    problems = read_item(_PHASE, text.encode()).problems
    related = [problem.related for problem in problems if problem.rule == "duplicate-criterion"]
    assert [(place.path, place.line) for place in related[0]] == [(_PHASE, 8)]


def test_a_known_heading_twice_is_a_problem():
    """The first one counts, the second is kept as a section."""
    text = "---\ntitle: x\n---\nT.\n\n## Notes\n\none\n\n## notes\n\ntwo\n"
    read = read_item(_REQ, text.encode())
    assert [(p.rule, p.line) for p in read.problems] == [("duplicate-section", 10)]
    assert read.item.notes == "one"
    assert [section.text for section in read.item.sections] == ["one", "two"]


def test_code_and_rules_in_a_body_are_text():
    """Fences, `---` and underlined headings begin nothing."""
    body = "One\n---\n\n---\ntitle: no\n---\n\n```\n## no\n```\n<!--\n## no\n-->\n\nTwo\n==="
    read = read_item(_REQ, f"---\ntitle: x\n---\n{body}\n\n## Notes\n\n~~~\n## no\n".encode())
    assert read.item.text == body
    assert read.item.notes == "~~~\n## no"
    assert read.problems == ()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("plan.yaml", ("plan", "plan")),
        ("milestones/v1.0.md", ("milestone", "v1.0")),
        ("requirements/Ä-1.md", ("requirement", "Ä-1")),
        ("research/a/b.md", ("research", "a/b")),
        ("phases/a b.md", ("phase", "a b")),
        ("phases/readme-first.md", ("phase", "readme-first")),
        ("phases/README.md", None),
        ("phases/.hidden.md", None),
        ("phases/a/b.md", None),
        ("phases/a.txt", None),
        ("research/a.md", None),
        ("research/a/b/c.md", None),
        ("questions/q.md", None),
        ("plan.yml", None),
        ("sub/plan.yaml", None),
        ("phases/.md", None),
        ("", None),
    ],
)
def test_the_folder_says_the_kind(path, kind):
    """Kind and id come from the path alone."""
    assert kind_of_path(path) == kind
    if kind is None:
        with pytest.raises(ValueError, match="no file of an item"):
            read_item(path, b"")


@pytest.mark.parametrize("name", ["a b", "con", "-a", "a..b", "a-", "x" * 101, "a\u2028b", "CON.x"])
def test_a_file_name_that_is_no_id_is_a_problem(name):
    """It would become an address, a file name and an argument: it is shown, never used."""
    assert _found(f"phases/{name}.md", "---\ntitle: x\n---\nGoal.\n") == [("bad-id", 0)]
    assert _found(f"research/{name}/x.md", "") == [("bad-id", 0)]


@pytest.mark.parametrize(
    "path", ["notes.txt", "phases/x.md.orig", "plan.yml", "research/x.md", "x/"]
)
def test_strange_files_are_worth_a_hint(path):
    """Nothing in the folder is passed over in silence."""
    problem = unknown_file(path)
    assert (problem.rule, problem.path, problem.severity) == ("unknown-file", path, Severity.HINT)
    assert problem.hint


@pytest.mark.parametrize(
    "path",
    ["README.md", "phases/README", ".git/x", "a/.b", "questions/q.yaml", "t.csv", "plan.yaml"],
)
def test_files_that_may_be_there_are_not(path):
    """READMEs, hidden files, tables, and the folders of other tools."""
    assert unknown_file(path) is None


def test_assembled_plans_are_sorted_and_complete():
    """Each kind by path; problems by place; a missing plan.yaml is a problem."""
    files = {
        "requirements/B-1.md": "---\n---\nText.\n",
        "requirements/A-1.md": "---\n---\n",
        "phases/tower.md": "---\n",
        "milestones/v1.md": "---\ntitle: x\n---\n",
        "research/a/b.md": "x",
    }
    reads = [read_item(path, text.encode()) for path, text in files.items()]
    tree, problems = assemble(reads)
    assert [item.id for item in tree.requirements] == ["A-1", "B-1"]
    assert [item.id for item in tree.unreadable] == ["tower"]
    assert (len(tree.milestones), len(tree.research), len(tree.phases)) == (1, 1, 0)
    assert tree.plan == Plan(id="plan", title="")
    assert [(problem.path, problem.rule) for problem in problems] == [
        ("phases/tower.md", "no-front-matter"),
        ("plan.yaml", "no-plan"),
        ("requirements/A-1.md", "missing-field"),
    ]
    _, problems = assemble([*reads, read_item("plan.yaml", b"- no\n")])
    assert "no-plan" not in [problem.rule for problem in problems]
