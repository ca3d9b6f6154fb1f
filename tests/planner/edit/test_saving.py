"""Opening, looking and saving: what one saves is a commit; what two saved is merged or told."""

from typing import Any

import pytest

from planner.edit.bulk import Together
from planner.edit.creating import Create
from planner.edit.editor import Editor, Saved, Unsaved
from planner.edit.fields import Restore, SetFields, move_requirement
from planner.errors import DirtyError, EditError, OutsideError, RevisionError, StoreError
from planner.store.commits import Person

Desk = Any


def set_fields(editor: Editor, id: str, kind: str = "requirement", **changes: object) -> SetFields:
    return SetFields(id, kind, changes, editor.open(id, kind).blob)


def test_a_save_changes_one_line_and_says_so_in_its_message(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """The preview says beforehand what the save then does."""
    operation = set_fields(editor, "LAMP-02", status="approved")
    seen = editor.preview(operation)
    assert [each.path for each in seen.files] == ["requirements/LAMP-02.md"]
    assert "-status: draft\n+status: approved\n" in seen.files[0].diff
    assert seen.message == "LAMP-02 is now approved (was draft)"
    assert desk.count() == 1
    saved = editor.save(operation, ada)
    assert isinstance(saved, Saved)
    assert saved.commit == desk.git("rev-parse", "main")
    assert (
        desk.git("log", "-1", "--format=%an|%ae|%s") == f"Ada Lovelace|{ada.email}|{seen.message}"
    )
    assert desk.git("diff", "--shortstat", "HEAD^").strip().startswith("1 file changed, 1 insert")
    assert desk.clean()


def test_saving_what_is_so_already_makes_no_commit(desk: Desk, editor: Editor, ada: Person) -> None:
    """Nor does sending a form twice."""
    operation = set_fields(editor, "LAMP-02", status="approved")
    editor.save(operation, ada)
    again = editor.save(operation, ada)
    assert isinstance(again, Saved)
    assert (again.commit, desk.count()) == ("", 2)


def test_the_preview_tells_which_problems_come_and_go(desk: Desk, editor: Editor) -> None:
    """By the same rules as `planner check`."""
    seen = editor.preview(set_fields(editor, "LAMP-02", phase="nowhere", priority="must"))
    assert "unresolved-reference" in {each.rule for each in seen.new_problems}
    assert seen.new_errors
    desk.commit("requirements/LAMP-02.md", "phase: lamp", "phase: nowhere")
    seen = editor.preview(move_requirement("LAMP-02", "lamp"))
    assert "unresolved-reference" in {each.rule for each in seen.fixed}
    assert seen.message == "LAMP-02 moved to Lamp" or "moved" in seen.message


def test_others_changes_of_other_fields_merge_and_are_told(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """The form was opened before the other save."""
    operation = set_fields(editor, "LAMP-02", status="approved")
    desk.commit("requirements/LAMP-02.md", "type: quality", "type: quality\nowner: grace")
    saved = editor.save(operation, ada)
    assert isinstance(saved, Saved)
    assert [each.name for each in saved.preview.draft.merged["LAMP-02"]] == ["status"]
    assert "owner: grace\nstatus: approved" in desk.shown("requirements/LAMP-02.md")
    assert desk.clean()


def test_a_clash_writes_nothing_and_keeps_all_three_texts(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Settling it is one more save, on top of theirs."""
    operation = set_fields(editor, "LAMP-02", status="approved", owner="ada")
    desk.commit("requirements/LAMP-02.md", "status: draft", "status: dropped")
    unsaved = editor.save(operation, ada)
    assert isinstance(unsaved, Unsaved)
    assert (unsaved.reason, desk.count()) == ("clash", 2)
    (item,) = unsaved.preview.draft.clashes
    (clash,) = item.clashes
    assert (clash.base, clash.theirs, clash.yours) == ("draft", "dropped", "approved")
    assert item.settled == {"owner": "ada"}
    assert "status: approved" in (item.yours or "")
    answer = SetFields(item.id, item.kind, {**item.settled, "status": "approved"}, item.blob)
    assert isinstance(editor.save(answer, ada), Saved)
    assert "status: approved" in desk.shown("requirements/LAMP-02.md")


def test_a_text_merged_within_its_lines_is_shown_first(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Then it is saved as it was shown."""
    operation = set_fields(editor, "LAMP-02", text="The great lamp shall give a light of 1000 cd.")
    desk.commit("requirements/LAMP-02.md", "1000 cd", "2000 cd")
    unsaved = editor.save(operation, ada)
    assert isinstance(unsaved, Unsaved)
    assert unsaved.reason == "review"
    assert isinstance(editor.save(operation, ada, reviewed=True), Saved)
    assert "The great lamp shall give a light of 2000 cd." in desk.shown("requirements/LAMP-02.md")


def test_errors_that_only_the_merge_brings_are_shown_first(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Each of the two was right alone."""
    operation = set_fields(editor, "LAMP-01", links=["LAMP-02", "WATCH-01"])
    desk.commit("requirements/LAMP-01.md", "owner: grace", "owner: eve")
    desk.git("rm", "--quiet", "content/requirements/WATCH-01.md")
    desk.git("commit", "--quiet", "--message=gone")
    unsaved = editor.save(operation, ada)
    assert isinstance(unsaved, Unsaved)
    assert unsaved.reason == "problems"
    assert isinstance(editor.save(operation, ada, reviewed=True), Saved)


def test_an_item_that_was_renamed_meanwhile_is_found_by_its_alias(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """The edit goes to where the item is now."""
    operation = set_fields(editor, "LAMP-02", status="approved")
    desk.git("mv", "content/requirements/LAMP-02.md", "content/requirements/LIGHT-01.md")
    desk.commit("requirements/LIGHT-01.md", "title: ", "aliases: [LAMP-02]\ntitle: ")
    saved = editor.save(operation, ada)
    assert isinstance(saved, Saved)
    assert saved.preview.draft.id == "LIGHT-01"
    assert saved.preview.draft.notes == ("LAMP-02 is now called LIGHT-01",)
    assert "status: approved" in desk.shown("requirements/LIGHT-01.md")


def test_an_item_that_was_deleted_meanwhile_is_a_clash_with_what_was_typed(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """It can be brought back."""
    operation = set_fields(editor, "LAMP-02", status="approved")
    desk.git("rm", "--quiet", "content/requirements/LAMP-02.md")
    desk.git("commit", "--quiet", "--message=gone")
    unsaved = editor.save(operation, ada)
    assert isinstance(unsaved, Unsaved)
    (item,) = unsaved.preview.draft.clashes
    assert (item.theirs, item.blob) == (None, "")
    assert "status: approved" in (item.yours or "")
    back = Restore("LAMP-02", "requirement", operation.blob)
    assert isinstance(editor.save(Together([back, operation]), ada), Saved)
    assert "status: approved" in desk.shown("requirements/LAMP-02.md")


def test_a_branch_that_is_gone_is_told(desk: Desk, editor: Editor, ada: Person) -> None:
    """What was typed is still in the form."""
    with pytest.raises(RevisionError, match="no branch 'feature'"):
        editor.save(SetFields("LAMP-02", "requirement", {"owner": "x"}), ada, branch="feature")
    desk.git("checkout", "--quiet", "--detach")
    with pytest.raises(StoreError, match="detached"):
        editor.save(SetFields("LAMP-02", "requirement", {"owner": "x"}), ada)


def test_an_uncommitted_change_of_the_item_is_shown_and_stops_the_save(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """One of another item does not."""
    path = desk.content / "requirements/LAMP-02.md"
    path.write_text(path.read_text() + "\nMine.\n")
    opened = editor.open("LAMP-02")
    assert "Mine." in (opened.uncommitted or "")
    assert "Mine." not in opened.text
    with pytest.raises(DirtyError) as caught:
        editor.save(SetFields("LAMP-02", "requirement", {"owner": "x"}), ada)
    assert "Mine." in (caught.value.uncommitted or "")
    assert isinstance(editor.save(SetFields("LAMP-01", "requirement", {"owner": "x"}), ada), Saved)
    path.unlink()
    assert editor.open("LAMP-02").deleted


def test_many_items_are_one_commit(desk: Desk, editor: Editor, ada: Person) -> None:
    """Each with the blob that the table was opened with."""
    ids = ("LAMP-01", "LAMP-02", "TOW-01", "TOW-02", "WATCH-01")
    rows = [set_fields(editor, each, owner="grace", tags=["bulk"]) for each in ids]
    new = [
        Create("requirement", {"text": f"The lamp shall do {n}.", "phase": "lamp"}) for n in (1, 2)
    ]
    saved = editor.save(Together([*rows, *new]), ada, message="Give all to Grace")
    assert isinstance(saved, Saved)
    assert desk.count() == 2
    files = desk.git("show", "--format=", "--name-only").split("\n")
    made = {"LAMP-03", "LAMP-04"}
    assert {each.rpartition("/")[2] for each in files} == {f"{each}.md" for each in {*ids, *made}}
    assert desk.clean()


def test_one_bad_row_saves_nothing(desk: Desk, editor: Editor, ada: Person) -> None:
    """All or none."""
    rows = [
        SetFields("LAMP-01", "requirement", {"owner": "x"}),
        SetFields("LAMP-02", "requirement", {"status": "no such status"}),
    ]
    with pytest.raises(EditError, match="status"):
        editor.save(Together(rows), ada)
    assert desk.count() == 1


def test_two_edits_of_one_item_in_a_bulk_build_on_one_another(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """The second sees the first."""
    rows = [
        SetFields("LAMP-02", "requirement", {"owner": "x"}),
        SetFields("LAMP-02", "requirement", {"tags": ["y"]}),
    ]
    editor.save(Together(rows), ada)
    item = editor.open("LAMP-02").item
    assert (item.owner, item.tags) == ("x", ("y",))


@pytest.mark.parametrize(
    "name", ["../../etc", "-rf", "a/b", "a\\b", "a\0b", "", "CON", ".git", "a\n"]
)
@pytest.mark.parametrize("kind", ["milestone", "phase", "requirement"])
def test_names_that_lead_elsewhere_are_refused(
    desk: Desk, editor: Editor, ada: Person, kind: str, name: str
) -> None:
    """As ids of new items, and as ids to edit."""
    fields = {"title": "T", "text": "The lamp shall burn.", "goal": "G."}
    known = {"milestone": ("title",), "phase": ("title", "goal"), "requirement": ("text",)}[kind]
    if name:
        create = Create(kind, {each: fields[each] for each in known}, id=name)
        with pytest.raises((EditError, OutsideError)):
            editor.save(create, ada)
    with pytest.raises((EditError, OutsideError)):
        editor.save(SetFields(name, kind, {"owner": "x"}), ada)
    with pytest.raises((EditError, OutsideError)):
        editor.save(SetFields(name, kind, {"owner": "x"}, "0" * 40), ada)
    assert desk.count() == 1


@pytest.mark.parametrize("name", ["../../etc", "-rf", "a b", "a\0", "x..y"])
def test_names_of_proposals_are_refused_at_the_same_door(
    desk: Desk, editor: Editor, ada: Person, name: str
) -> None:
    """They become branches."""
    with pytest.raises(OutsideError):
        editor.save(SetFields("LAMP-02", "requirement", {"owner": "x"}), ada, proposal=name)
    assert desk.git("branch", "--format=%(refname:short)") == "main"


@pytest.mark.parametrize("blob", ["HEAD", "0" * 40, "../x", "a" * 39, "main:content/plan.yaml"])
def test_a_base_that_git_does_not_have_is_refused(editor: Editor, ada: Person, blob: str) -> None:
    """It is not an address into the repository."""
    with pytest.raises(EditError):
        editor.save(SetFields("LAMP-02", "requirement", {"owner": "x"}, blob), ada)


def test_markup_in_every_text_is_only_text(desk: Desk, editor: Editor, ada: Person) -> None:
    """It comes back as it was typed."""
    evil = "<script>alert(1)</script> [x](javascript:y) `{{ 7*7 }}`"
    changes = {"title": evil, "text": evil, "notes": evil, "owner": evil, "tags": [evil]}
    editor.save(SetFields("LAMP-02", "requirement", changes), ada, message=evil)
    item = editor.open("LAMP-02").item
    assert {item.title, item.owner, item.tags[0]} == {evil}
    assert desk.git("log", "-1", "--format=%s") == evil


def test_a_file_that_was_never_committed_is_named(desk: Desk, editor: Editor) -> None:
    """The site shows it already, so people will try."""
    (desk.content / "requirements/NEW-01.md").write_text("---\n---\n\nNew.\n")
    with pytest.raises(EditError, match="not committed yet"):
        editor.open("NEW-01")
