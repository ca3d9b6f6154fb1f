"""Many edits in one commit: new rows of a pasted table, and what may stand together."""

import pytest

from planner.edit.bulk import Together
from planner.edit.creating import Create
from planner.edit.draft import Operation
from planner.edit.editor import Editor
from planner.edit.fields import SetFields
from planner.edit.renaming import Delete, Rename
from planner.edit.state import PlanState
from planner.errors import EditError, RefusedError
from planner.store.commits import Person
from tests.planner.edit.conftest import Desk


def new(text: str, **more: str) -> Create:
    """A new requirement, as a pasted row."""
    return Create("requirement", {"text": text, "phase": more.pop("phase", "lamp")}, **more)


def texts(editor: Editor) -> dict[str, str]:
    """The text of each requirement."""
    return {each.id: each.text for each in editor.plan().tree.requirements}


def test_new_rows_get_ids_in_their_order(desk: Desk, editor: Editor, ada: Person) -> None:
    """None twice, in each category, also where a wished id and another branch come between."""
    desk.git("switch", "--quiet", "--create=other")
    (desk.content / "requirements/LAMP-07.md").write_text("The lamp shall do 7.\n", "utf-8")
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--message=seven")
    desk.git("switch", "--quiet", "main")
    rows = [
        new("The lamp shall do a."),
        new("The tower shall do b.", phase="tower"),
        new("The lamp shall do c.", id="LAMP-09"),
        *(new(f"The lamp shall do {n}.") for n in range(100)),
        new("The door shall do d.", category="DOOR"),
        new("The door shall do e.", category="DOOR"),
    ]
    seen = editor.preview(Together(rows))
    assert seen.draft.made[:4] == ("LAMP-08", "TOW-03", "LAMP-09", "LAMP-10")
    editor.save(Together(rows), ada)
    found = texts(editor)
    assert [found[each] for each in seen.draft.made] == [each.fields["text"] for each in rows]
    assert len(found) == 5 + len(rows)
    assert found["LAMP-08"] == "The lamp shall do a."
    assert found["TOW-03"] == "The tower shall do b."
    assert found["LAMP-09"] == "The lamp shall do c."
    assert [found[f"LAMP-{n + 10:02d}"] for n in range(100)] == [
        f"The lamp shall do {n}." for n in range(100)
    ]
    assert (found["DOOR-01"], found["DOOR-02"]) == ("The door shall do d.", "The door shall do e.")


def test_new_phases_follow_one_another(editor: Editor, ada: Person) -> None:
    """Titles alike get ids apart, and each its own number."""
    after = [Create("phase", {"title": "Fog"}, after="tower") for _ in range(3)]
    last = [Create("phase", {"title": "Fog"}) for _ in range(2)]
    editor.save(Together([*after, *last]), ada)
    numbers = {each.id: each.number for each in editor.plan().tree.phases}
    assert numbers["fog-4"] == "04"
    assert numbers["fog-5"] == "05"
    assert {numbers["fog"], numbers["fog-2"], numbers["fog-3"]} == {"01.1", "01.0.1", "01.0.2"}


def test_many_new_rows_make_the_plan_anew_once(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that do not disturb one another are drafted on the same plan."""
    made = []
    before = PlanState.with_files

    def counted(plan: PlanState, files: dict[str, bytes | None]) -> PlanState:
        made.append(len(files))
        return before(plan, files)

    monkeypatch.setattr(PlanState, "with_files", counted)
    sets = [SetFields(each, "requirement", {"owner": "x"}) for each in ("LAMP-01", "LAMP-02")]
    seen = editor.preview(Together([*sets, *(new(f"It shall do {n}.") for n in range(50))]))
    assert len(seen.files) == 52
    # The look at the whole is the only one.
    assert made == [52]


def test_an_id_may_be_wished_once_only(editor: Editor) -> None:
    """The words say that it is the other new row, and which one cannot be made."""
    with pytest.raises(EditError, match="new-01 is taken by another new item of this edit"):
        editor.preview(Together([new("a", id="NEW-01"), new("b", id="new-01")]))
    bad = Create("requirement", {"text": "x", "status": "perhaps"}, category="NEW")
    with pytest.raises(EditError, match=r"new requirement 2: .*perhaps"):
        editor.preview(Together([new("It shall."), bad]))


def test_what_builds_on_a_new_item_finds_it(editor: Editor, ada: Person) -> None:
    """An item with a wished id is there for those behind it, whatever they do."""
    edits: list[Operation] = [
        Create("phase", {"title": "Fog horn"}, id="horn"),
        Create("phase", {"title": "Siren"}, after="horn"),
        SetFields("LAMP-01", "requirement", {"phases": ["horn"]}),
        SetFields("LAMP-01", "requirement", {"owner": "x"}),
        Rename("LAMP-01", "requirement", "HORN-01"),
        new("The horn shall sound.", phase="horn"),
        Delete("LAMP-02", "requirement", "detach"),
    ]
    editor.save(Together(edits), ada)
    tree = editor.plan().tree
    assert {each.id: each.number for each in tree.phases}["siren"] == "05"
    found = {each.id: each for each in tree.requirements}
    assert found["HORN-01"].owner == "x"
    assert found["HORN-02"].phases == ("horn",)
    assert "LAMP-02" not in found


def test_a_bulk_keeps_what_others_changed_of_the_same_rows(desk: Desk, editor: Editor) -> None:
    """Each row is merged upon its own blob, and one that clashes stops all of them."""
    blobs = {each: editor.open(each).blob for each in ("LAMP-01", "LAMP-02")}
    desk.commit("requirements/LAMP-01.md", "owner: grace", "owner: mary")
    mine = [
        SetFields("LAMP-01", "requirement", {"status": "done"}, blobs["LAMP-01"]),
        SetFields("LAMP-02", "requirement", {"status": "done"}, blobs["LAMP-02"]),
    ]
    seen = editor.preview(Together(mine))
    assert not seen.draft.clashes
    assert {each.name for each in seen.draft.merged["LAMP-01"]} == {"status"}
    after = {each.id: each for each in seen.after.tree.requirements}
    assert (after["LAMP-01"].owner, after["LAMP-01"].status) == ("mary", "done")
    clash = SetFields("LAMP-01", "requirement", {"owner": "zoe"}, blobs["LAMP-01"])
    seen = editor.preview(Together([clash, mine[1]]))
    assert [each.id for each in seen.draft.clashes] == ["LAMP-01"]


def test_many_deletions_are_one_look(
    desk: Desk, editor: Editor, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What refers to several of them loses all; references among them are in nobody's way."""
    with pytest.raises(RefusedError, match="LAMP-02 was not deleted: lamp, LAMP-01 refer to it"):
        editor.preview(Together([Delete("LAMP-02", "requirement")]))
    gone = [Delete(f"LAMP-0{n}", "requirement", "detach") for n in (2, 1)]
    made = []
    before = PlanState.with_files

    def counted(plan: PlanState, files: dict[str, bytes | None]) -> PlanState:
        made.append(len(files))
        return before(plan, files)

    monkeypatch.setattr(PlanState, "with_files", counted)
    seen = editor.preview(Together(gone))
    assert made == [3]
    assert not seen.draft.dangling
    editor.save(Together(gone), ada)
    assert "verifies" not in desk.shown("phases/lamp.md")
    phase = [Delete("TOW-01", "requirement", "detach"), Delete("TOW-02", "requirement", "detach")]
    editor.save(Together([*phase, Delete("tower", "phase", "keep")]), ada)
    assert {each.id for each in editor.plan().tree.phases} == {"lamp", "night-watch"}


def test_one_deletion_that_clashes_stops_all(desk: Desk, editor: Editor) -> None:
    """What somebody changed since is asked about, and an item goes once only."""
    blob = editor.open("LAMP-01").blob
    desk.commit("requirements/LAMP-01.md", "owner: grace", "owner: mary")
    seen = editor.preview(
        Together(
            [
                Delete("LAMP-02", "requirement", "detach"),
                Delete("LAMP-01", "requirement", "detach", blob),
            ]
        )
    )
    assert [each.id for each in seen.draft.clashes] == ["LAMP-01"]
    assert not seen.files
    with pytest.raises(EditError, match="deleted twice"):
        editor.preview(Together([Delete("LAMP-02", "requirement", "keep")] * 2))
