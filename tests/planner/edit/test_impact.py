"""What a change means to others, told before it is saved."""

from typing import Any

from planner.edit.editor import Editor
from planner.edit.fields import SetFields, move_requirement
from planner.edit.impact import deletion_of, everything_about, impact_of, touched_by
from planner.edit.ordering import ReorderPhases
from planner.edit.renaming import Delete

Desk = Any


def words(editor: Editor, ref: str, kind: str = "") -> list[str]:
    return [each.words for each in impact_of(editor.open(ref, kind).references)]


def test_who_refers_is_counted_in_words(editor: Editor) -> None:
    """By the way in which they do."""
    assert words(editor, "tower", "phase") == [
        "2 phases depend on this",
        "2 requirements belong to this",
    ]
    assert words(editor, "v1.0") == ["3 phases belong to this"]
    assert words(editor, "TOW-01") == ["1 criterion verifies this", "1 link leads here"]
    assert words(editor, "WATCH-01") == ["2 criteria verify this"]
    plan = editor.plan()
    groups = everything_about(plan, plan.item("LAMP-01"))
    assert [each.words for each in groups] == ["1 criterion verifies this", "1 item mentions this"]
    assert [each.id for each in groups[1].references] == ["TOW-01"]


def test_a_deletion_says_what_would_dangle_with_names(editor: Editor) -> None:
    """Fields, texts, and requirements that lose their only criterion."""
    plan = editor.plan()
    assert [each.words for each in deletion_of(plan, plan.item("lamp", "phase"))] == [
        "1 phase would depend on what is not there: night-watch",
        "2 requirements would be in no phase that is there: LAMP-01 and LAMP-02",
        "2 requirements would have no criterion any more: LAMP-01 and LAMP-02",
    ]
    assert [each.words for each in deletion_of(plan, plan.item("TOW-02"))] == [
        "1 criterion would verify what is not there: c2 of tower",
        "1 item would mention what is not there: survey/pitfalls",
    ]


def test_an_edit_says_what_else_it_touches(editor: Editor) -> None:
    """Each sort of change that others feel; others say nothing."""
    plan = editor.plan()

    def said(operation: Any) -> tuple[str, ...]:
        return touched_by(editor.preview(operation), plan)

    reworded = SetFields("LAMP-01", "requirement", {"text": "The lamp shall turn in 9 s."})
    assert said(reworded) == (
        "1 criterion verifies LAMP-01: see whether it still fits: c1 of lamp",
    )
    assert said(move_requirement("LAMP-01", "tower")) == (
        "1 criterion that verifies LAMP-01 stays with the former phase: c1 of lamp",
    )
    assert said(SetFields("TOW-01", "requirement", {"status": "dropped"})) == (
        "TOW-01: 1 criterion would still refer to it: c1 of tower",
        "TOW-01: 1 link would still refer to it: LAMP-01",
    )
    assert said(Delete("TOW-01", "requirement", "keep")) == said(
        SetFields("TOW-01", "requirement", {"status": "dropped"})
    )
    assert said(ReorderPhases(["lamp", "tower"])) == (
        "1 phase depends on Lamp: night-watch",
        "2 phases depend on Tower: lamp and night-watch",
    )
    assert said(SetFields("LAMP-01", "requirement", {"owner": "eve"})) == ()
