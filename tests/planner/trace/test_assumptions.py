"""The entries below `## Assumptions` of a phase: read, written, settled."""

from planner.trace.assumptions import (
    Assumption,
    read_assumptions,
    with_status,
    write_assumptions,
)

TEXT = """\
Of the ground:

- The ground is dry
  in summer.
  - owner: ada
  - source: a neighbour
1. The road is there.
   - status: Held

A paragraph behind the list."""


def test_entries_are_read_with_their_bullets() -> None:
    """Text between them is no entry; unknown bullets are text of the entry."""
    dry, road = read_assumptions(TEXT)
    assert dry.text == "The ground is dry in summer. - source: a neighbour"
    assert (dry.owner, dry.status, dry.offset) == ("ada", "open", 2)
    assert (road.text, road.status) == ("The road is there.", "held")


def test_what_is_written_is_read_back() -> None:
    """All that an entry says; line breaks in a text cannot make a bullet of it."""
    made = (Assumption("One\n  - owner: eve", "ada", "q.one"), Assumption("Two", status="wrong"))
    first, second = read_assumptions(write_assumptions(made))
    assert (first.text, first.owner, first.question) == ("One - owner: eve", "ada", "q.one")
    assert (second.text, second.status) == ("Two", "wrong")


def test_a_status_changes_the_lines_of_its_entry_alone() -> None:
    """And nothing where there is no such entry."""
    changed = with_status(TEXT, "The road is there.", "wrong", "It is a track.")
    assert changed == TEXT.replace("   - status: Held", "  It is a track.\n  - status: wrong")
    assert with_status(TEXT, "No such thing.", "held") == TEXT
