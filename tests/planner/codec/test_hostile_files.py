"""Files made to hurt: reading and editing them costs time that grows with their length only."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from planner.codec import checks
from planner.codec.body import sections_of
from planner.codec.checks import MOST_GUESSES, near
from planner.codec.criterion_blocks import split_mark
from planner.codec.editing import edit_text
from planner.codec.markdown_blocks import outline
from planner.codec.reading import read_item
from planner.codec.writing import normal_item, render_item
from planner.errors import EditError
from planner.model.items import Criterion, Phase, Requirement, Section
from tests.proportion import TIMES, assert_in_proportion

_PATH = "phases/tower.md"
_CRITERIA = "## Success criteria\n\n"


def _phase(body: str, front: str = "") -> bytes:
    return f"---\nnumber: 1\n{front}---\n\n{body}".encode()


def _criteria(count: int) -> tuple[Criterion, ...]:
    item = read_item(_PATH, _listed(count)).item
    assert isinstance(item, Phase)
    assert len(item.criteria) == count
    return item.criteria


def _listed(count: int) -> bytes:
    rows = [f"{n}. it holds {{#c{n}}}\n   - verifies: A-{n}\n" for n in range(1, count + 1)]
    return _phase(_CRITERIA + "".join(rows))


READ: dict[str, Callable[[int], bytes]] = {
    "marks of a heading": lambda n: _phase("## a" + " #" * n + " b\n"),
    "blanks in a heading": lambda n: _phase("## a" + " " * n + "b\n"),
    "blanks in a criterion": lambda n: _phase(f"{_CRITERIA}1. a{' ' * n}b\n"),
    "half ids": lambda n: _phase(f"{_CRITERIA}1. a{' {#c1' * n}\n"),
    "one id again and again": lambda n: _phase(_CRITERIA + "1. a {#c1}\n" * (n // 10)),
    "lists in a list": lambda n: _phase("```\n```\n" + "- " * n + "a\n## B\n"),
    "unknown keys": lambda n: _phase("", "".join(f"milestonx{k}: x\n" for k in range(n // 8))),
    "one long key": lambda n: _phase("", "k" * n + ": x\n"),
    "keys of entries": lambda n: _phase(
        "", f"depends_on: [{', '.join(f'{{phase: a{k}, sofd: x}}' for k in range(n // 20))}]\n"
    ),
    "bullets": lambda n: _phase(f"{_CRITERIA}1. a {{#c1}}\n" + "   - chek: x\n" * (n // 8)),
    "headings": lambda n: _phase("".join(f"## Goaal {k}\n" for k in range(n // 8))),
}


@pytest.mark.parametrize("made", READ.values(), ids=READ)
def test_a_hostile_file_is_read_in_proportion(made):
    """No pattern runs over the same characters again and again."""
    assert_in_proportion(lambda size: read_item(_PATH, made(size)), 12_000)


@pytest.mark.parametrize(
    "changed",
    [
        lambda old: [replace(each, text="it is so") for each in old],
        lambda old: [{"id": each.id, "text": "it is so"} for each in old],
        lambda old: list(reversed(old)),
        lambda old: list(old),
        lambda _: [],
        lambda old: [*old, *({"text": "new"} for _ in old)],
    ],
    ids=["texts", "plain data", "order", "nothing", "all gone", "new ones"],
)
def test_long_lists_of_criteria_are_edited_in_proportion(changed):
    """Each entry is looked at on its own, never the whole list for each."""

    def work(count: int) -> None:
        edit_text(_PATH, _listed(count), edits[count])

    edits = {count: {"criteria": changed(_criteria(count))} for count in (800, TIMES * 800)}
    assert_in_proportion(work, 800)


def test_many_bullets_that_mean_nothing_are_edited_in_proportion():
    """Telling the unknown bullets of an entry from the known ones compares no pairs."""

    def work(count: int) -> None:
        data = _phase(
            f"{_CRITERIA}1. a {{#c1}}\n" + "   - level: x\n" * count + "   - zork: x\n" * count
        )
        item = read_item(_PATH, data).item
        assert isinstance(item, Phase)
        edit_text(_PATH, data, {"criteria": [replace(item.criteria[0], check="run it")]})

    assert_in_proportion(work, 800)


def test_many_sections_are_written_in_proportion():
    """A section is looked up by its name, not among all others."""

    def work(count: int) -> None:
        sections = tuple(Section(f"Part {n}", "text", 0) for n in range(count))
        render_item(Requirement(id="A-1", text="x", sections=sections))

    assert_in_proportion(work, 800)


@pytest.mark.parametrize(
    "data",
    [
        READ["unknown keys"](40_000),
        READ["keys of entries"](60_000),
        READ["bullets"](40_000),
        READ["headings"](40_000),
    ],
    ids=["keys", "entries", "bullets", "headings"],
)
def test_only_so_many_words_are_compared(data, monkeypatch):
    """Guessing what was meant costs more than all the reading: the first hundred get a guess."""
    compared = 0
    real = checks.get_close_matches

    def counting(word, known, *rest):
        nonlocal compared
        compared += bool(known)
        return real(word, known, *rest)

    monkeypatch.setattr(checks, "get_close_matches", counting)
    read_item(_PATH, data)
    assert 0 < compared <= MOST_GUESSES


def test_every_unknown_key_is_reported_though_not_every_one_gets_a_guess():
    """What is bounded is the guessing, not the telling."""
    read = read_item(_PATH, _phase("", "".join(f"milestonx{n}: x\n" for n in range(500))))
    strange = [problem for problem in read.problems if problem.rule == "unknown-key"]
    assert len(strange) == 500
    assert strange[0].hint == "did you mean `milestone`?"
    assert strange[-1].hint


def test_a_long_word_is_no_slip_of_the_pen():
    """Nobody meant a short word by a long one; the slips that people make are still seen."""
    assert near("x" * 41, ["x" * 40]) == ""
    assert near("depends on", ["depends_on", "milestone"]) == "depends_on"


@pytest.mark.parametrize(
    ("line", "bare", "mark"),
    [
        ("a {#c1}", "a", "c1"),
        ("a \t {#c12} \t", "a", "c12"),
        ("{#c1}", "", "c1"),
        ("  {#c1}", "", "c1"),
        ("a {#c2} {#c3}", "a {#c2}", "c3"),
        ("a{#c1}", "a{#c1}", ""),
        ("a {#c1} b", "a {#c1} b", ""),
        ("a {#c0}", "a {#c0}", ""),
        ("a {#c1}{#c2}", "a {#c1}{#c2}", ""),
        ("a {#c1", "a {#c1", ""),
        ("a  ", "a  ", ""),
        ("", "", ""),
    ],
)
def test_the_id_of_a_criterion_stands_alone_at_the_end(line, bare, mark):
    """Anything else that looks like an id is text."""
    assert split_mark(line) == (bare, mark)


@pytest.mark.parametrize("depth", [5, 19, 20, 21, 60])
def test_deep_lists_end_where_the_margin_begins(depth):
    """Whatever is in the deepest item, a heading at the margin is one of the document."""
    for inner in ("a", "```", "<!-- a", "- a", "> a", "## a"):
        assert outline(["- " * depth + inner, "## B", "text", "## C"]).headings == [1, 3]
        lines = ["  " * level + "- a" for level in range(depth)]
        lines += ["  " * depth + inner, "", "  " * depth + "## a", "", "## B"]
        assert outline(lines).headings == [len(lines) - 1]


def test_unchanged_criteria_need_no_mending():
    """A list that is given back as it was changes nothing, even where the file has faults."""
    data = _phase(f"{_CRITERIA}1. a {{#c1}}\n2. b {{#c1}}\n")
    item = read_item(_PATH, data).item
    assert isinstance(item, Phase)
    assert edit_text(_PATH, data, {"criteria": item.criteria}) == data
    with pytest.raises(EditError, match="two criteria have the id c1"):
        edit_text(_PATH, data, {"criteria": item.criteria[::-1]})


def test_a_heading_is_known_by_what_will_be_read():
    """Blanks around the heading of a section that was made by hand do not hide whose it is."""
    item = Requirement(
        id="A-1", text="x", notes="new", sections=(Section(" Notes ", "old", 0), Section(" B ", ""))
    )
    assert normal_item(item).sections == (Section("Notes", "new"), Section("B", ""))
    cleared = replace(item, notes="")
    assert normal_item(cleared).sections == (Section("B", ""),)


@pytest.mark.parametrize(
    ("sections", "notes", "after"),
    [
        ([("Own", "a"), ("Rationale", "b"), ("More", "c")], "n", ["Own", "Notes", "More"]),
        ([("Rationale", "b"), ("Rationale", "c")], "", ["Rationale", "Rationale"]),
        ([("Rationale", ""), ("Notes", "n")], "", ["Rationale"]),
        ([("Own", ""), ("NOTES", "o")], "n", ["Own", "NOTES"]),
    ],
)
def test_what_is_emptied_goes_and_what_is_new_stands_in_its_place(sections, notes, after):
    """A section emptied here goes; one that was empty, or hides another of its name, stays."""
    held = tuple(Section(heading, text) for heading, text in sections)
    item = normal_item(Requirement(id="A-1", text="x", notes=notes, sections=held))
    assert [section.heading for section in item.sections] == after


def test_marks_at_the_end_of_a_heading_go_only_behind_a_blank():
    """As CommonMark has it: `C#` is a word, ` ##` is none."""
    for line, heading in (
        ("## a # ##", "a #"),
        ("## a #\t", "a"),
        ("## #a#", "#a#"),
        ("## ###", ""),
    ):
        assert [span.heading for span in sections_of(f"\n{line}\n", 1)] == [heading]
