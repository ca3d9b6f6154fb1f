"""The past of an item: deleted and renamed ones too, page by page, two versions side by side."""

from typing import Any

import pytest

from planner.edit.editor import Editor
from planner.edit.fields import Restore, SetFields
from planner.edit.past import Past
from planner.edit.renaming import Delete, Rename
from planner.errors import MissingError
from planner.store.commits import Person

Desk = Any
TEXT = "If the LED fails, then the board shall show the failure within 9 s."


def test_a_deleted_item_is_found_by_its_id_and_can_come_back(editor: Editor, ada: Person) -> None:
    """Its last version says that it was removed, the one before holds its text."""
    editor.save(Delete("WATCH-01", "requirement", "detach"), ada)
    past = Past(editor)
    for spelling in ("WATCH-01", "watch-01"):
        trail = past.trail(spelling, "requirement")
        assert (trail.id, trail.kind, trail.deleted, trail.item) == (
            "WATCH-01", "requirement", True, None,
        )  # fmt: skip
    gone, first = past.versions("WATCH-01")
    assert (gone.blob, gone.item) == ("", None)
    assert [each.sentence for each in gone.changes] == ["Requirement WATCH-01 was removed"]
    editor.save(Restore("WATCH-01", "requirement", first.blob), ada)
    back = past.trail("WATCH-01")
    assert (back.deleted, back.total) == (False, 3)
    assert past.versions("WATCH-01")[0].text == first.text


def test_an_item_is_found_by_an_id_that_it_had_before(editor: Editor, ada: Person) -> None:
    """Even when nothing names that id any more, and after the item was deleted, too."""
    editor.save(Rename("WATCH-01", "requirement", "SHOW-01"), ada)
    editor.save(SetFields("SHOW-01", "requirement", {"aliases": []}), ada)
    past = Past(editor)
    assert past.trail("WATCH-01", "requirement").id == "SHOW-01"
    assert past.trail("SHOW-01").names == ("WATCH-01",)
    editor.save(Delete("SHOW-01", "requirement", "detach"), ada)
    assert past.trail("WATCH-01").id == "SHOW-01"
    assert past.trail("WATCH-01").deleted
    with pytest.raises(MissingError):
        past.trail("WATCH-99", "requirement")
    with pytest.raises(MissingError):
        past.trail("WATCH-01", "phase")


def test_a_file_that_cannot_be_read_any_more_has_its_past(desk: Desk, editor: Editor) -> None:
    """That is where to look for a version to restore."""
    desk.commit("requirements/WATCH-01.md", "---\n", "---\nphase: [\n")
    trail = Past(editor).trail("WATCH-01", "requirement")
    assert (trail.deleted, trail.item, trail.total) == (False, None, 2)


def test_versions_come_in_pages(editor: Editor, ada: Person) -> None:
    """The pages together are all of them."""
    for owner in ("a", "b", "c", "d"):
        editor.save(SetFields("WATCH-01", "requirement", {"owner": owner}), ada)
    past = Past(editor)
    assert past.trail("WATCH-01").total == 5
    pages = [past.versions("WATCH-01", skip=skip, count=2) for skip in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert tuple(each for page in pages for each in page) == past.versions("WATCH-01")
    assert past.blame("WATCH-01")["owner"] == pages[0][0]


def test_two_versions_are_compared(editor: Editor, ada: Person) -> None:
    """In words and as raw files, over a rename and whichever comes first."""
    editor.save(SetFields("WATCH-01", "requirement", {"text": TEXT}), ada)
    editor.save(Rename("WATCH-01", "requirement", "SHOW-01"), ada)
    past = Past(editor)
    renamed, reworded, first = past.versions("SHOW-01")
    found = past.between("SHOW-01", first.commit, renamed.commit[:10])
    assert (found.old, found.new) == (first, renamed)
    assert {each.kind for each in found.changes} == {"renamed", "reworded"}
    assert [each.weaker for each in found.changes if each.weaker] == [
        "within 5 s became within 9 s"
    ]
    assert "+If the LED fails, then the board shall show the failure within 9 s." in found.diff
    assert past.between("SHOW-01", "", "").old == reworded
    back = past.between("SHOW-01", renamed.commit, first.commit)
    assert not [each for each in back.changes if each.weaker]
    for wrong in ("0" * 40, "HEAD", "-rf", renamed.commit[:3]):
        with pytest.raises(MissingError, match="did not change SHOW-01"):
            past.between("SHOW-01", wrong, renamed.commit)
