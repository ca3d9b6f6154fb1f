"""Items that are made, renamed, deleted and ordered, with everything that hangs on them."""

from typing import Any

import pytest

from planner.edit.creating import Create, mint, number_after
from planner.edit.editor import Editor, Saved, Unsaved
from planner.edit.fields import Restore, SetFields
from planner.edit.ordering import ReorderPhases
from planner.edit.renaming import Delete, Rename
from planner.errors import EditError, RefusedError
from planner.model.items import Phase
from planner.store.commits import Person

Desk = Any
TEXT = "The lamp shall burn for 8 h."


def errors(editor: Editor) -> list[str]:
    return [str(each) for each in editor.problems(editor.plan()) if each.severity == "error"]


def test_a_new_requirement_gets_the_next_number_of_its_phase(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """As the others of the phase are called, in the project's own style."""
    saved = editor.save(Create("requirement", {"text": TEXT, "phase": "lamp"}), ada)
    assert isinstance(saved, Saved)
    assert saved.preview.draft.id == "LAMP-03"
    assert desk.shown("requirements/LAMP-03.md") == f"---\nphase: lamp\n---\n\n{TEXT}"
    assert desk.clean()


def test_ids_of_other_branches_are_not_given_again(desk: Desk, editor: Editor, ada: Person) -> None:
    """Two proposals that are merged later do not meet."""
    one = editor.save(Create("requirement", {"text": TEXT}, category="LAMP"), ada, proposal="one")
    two = editor.save(Create("requirement", {"text": TEXT}, category="LAMP"), ada, proposal="two")
    three = editor.save(Create("requirement", {"text": TEXT}, category="LAMP"), ada)
    ids = [each.preview.draft.id for each in (one, two, three)]
    assert ids == ["LAMP-03", "LAMP-04", "LAMP-05"]


def test_ids_in_sequence_keep_their_width_and_random_ones_are_free() -> None:
    """AUTH-009 is followed by AUTH-010; case does not matter."""
    assert mint("AUTH", ["AUTH-009", "auth-010", "X-99"]) == "AUTH-011"
    assert mint("NEW", []) == "NEW-01"
    assert mint("A-B", ["A-B-09", "A-1"]) == "A-B-10"
    tail = mint("AUTH", [], "random").removeprefix("AUTH-")
    assert len(tail) == 4
    for bad in ("", "-", "../x", "a b"):
        with pytest.raises(EditError):
            mint(bad, [])


def test_a_new_phase_gets_a_slug_and_a_number(desk: Desk, editor: Editor, ada: Person) -> None:
    """Behind all, or right behind another one."""
    fields = {"title": "Fog & horn", "goal": "Ships hear it.", "milestone": "v1.0"}
    first = editor.save(Create("phase", fields), ada)
    again = editor.save(Create("phase", fields, after="tower"), ada)
    foreign = editor.save(Create("phase", {**fields, "title": "안개"}), ada)
    assert [each.preview.draft.id for each in (first, again, foreign)] == [
        "fog-horn",
        "fog-horn-2",
        "phase-05",
    ]
    numbers = {each.id: each.number for each in editor.plan().tree.phases}
    assert (numbers["fog-horn"], numbers["fog-horn-2"]) == ("04", "01.1")
    assert all("without-requirements" in each for each in errors(editor))


@pytest.mark.parametrize(
    ("numbers", "before", "wanted"),
    [
        ([], "", "01"),
        (["01", "02"], "", "03"),
        (["01", "02"], "02", "03"),
        (["01", "02"], "01", "01.1"),
        (["01", "01.1", "02"], "01", "01.0.1"),
        (["01", "01.1", "02"], "01.1", "01.1.1"),
        (["1", "2A", "F.1"], "1", "1.1"),
    ],
)
def test_a_number_between_two_others(numbers: list[str], before: str, wanted: str) -> None:
    """It sorts where it belongs."""
    phases = [Phase(id=f"p{each}", number=each) for each in numbers]
    found = next((each for each in phases if each.number == before), None)
    assert number_after(phases, found) == wanted


@pytest.mark.parametrize("taken", ["LAMP-01", "lamp-01", "lamp", "survey/pitfalls"])
def test_an_id_that_is_taken_is_refused(editor: Editor, ada: Person, taken: str) -> None:
    """Ids are unique in the plan, whatever their kind and case."""
    kind = "research" if "/" in taken else "requirement"
    with pytest.raises(EditError, match="taken"):
        editor.save(Create(kind, {"text": TEXT}, id=taken), ada)


def test_a_rename_takes_every_reference_along(desk: Desk, editor: Editor, ada: Person) -> None:
    """In one commit: links, criteria, texts; the old id is an alias; each line else stays."""
    saved = editor.save(Rename("LAMP-01", "requirement", "LIGHT-01"), ada)
    assert isinstance(saved, Saved)
    assert desk.count() == 2
    assert not errors(editor)
    assert "aliases: [LAMP-01]" in desk.shown("requirements/LIGHT-01.md")
    assert "verifies: LIGHT-01" in desk.shown("phases/lamp.md")
    assert "see LIGHT-01." in desk.shown("requirements/TOW-01.md")
    assert editor.open("LAMP-01").item.id == "LIGHT-01"
    assert desk.git("diff", "-M", "--shortstat", "HEAD^").strip().startswith("3 files changed")
    assert desk.clean()
    editor.save(Rename("LIGHT-01", "requirement", "LAMP-01"), ada)
    assert editor.open("LAMP-01").item.aliases == ("LIGHT-01",)


def test_a_renamed_phase_and_milestone_keep_their_items(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Words in texts that happen to be the id of a phase stay."""
    editor.save(Rename("tower", "phase", "the-tower"), ada)
    editor.save(Rename("v1.0", "milestone", "v1.1"), ada)
    plan = editor.plan().tree
    assert not errors(editor)
    assert {each.phase for each in plan.requirements if each.id[:3] == "TOW"} == {"the-tower"}
    assert {each.milestone for each in plan.phases} == {"v1.1"}
    assert [each.phase for each in plan.phases[1].depends_on] == ["lamp", "the-tower"]
    assert "The tower shall carry" in desk.shown("requirements/TOW-01.md")


def test_a_rename_to_another_case_only(desk: Desk, editor: Editor, ada: Person) -> None:
    """It is no new id, so there is no alias."""
    editor.save(Rename("LAMP-01", "requirement", "Lamp-01"), ada)
    assert "aliases" not in desk.shown("requirements/Lamp-01.md")
    assert not (desk.content / "requirements/LAMP-01.md").exists()


def test_a_deletion_names_what_would_dangle_first(desk: Desk, editor: Editor, ada: Person) -> None:
    """Then one chooses."""
    with pytest.raises(RefusedError, match="lamp") as caught:
        editor.save(Delete("LAMP-02", "requirement"), ada)
    assert caught.value.exit_code == 3
    seen = editor.preview(Delete("LAMP-02", "requirement", "keep"))
    assert [(each.id, each.field, each.criterion) for each in seen.draft.dangling] == [
        ("lamp", "criteria", "c2"),
        ("LAMP-01", "links", ""),
    ]
    assert len(seen.new_errors) >= 2
    editor.save(Delete("LAMP-02", "requirement", "detach"), ada)
    assert desk.count() == 2
    assert "unresolved-reference" not in " ".join(errors(editor))
    assert "LAMP-02" not in desk.shown("requirements/LAMP-01.md")


def test_what_somebody_changed_is_not_deleted_unseen(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Their text is in the clash."""
    blob = editor.open("LAMP-02").blob
    desk.commit("requirements/LAMP-02.md", "1000 cd", "2000 cd")
    unsaved = editor.save(Delete("LAMP-02", "requirement", "detach", blob), ada)
    assert isinstance(unsaved, Unsaved)
    assert "2000 cd" in (unsaved.preview.draft.clashes[0].theirs or "")


def test_reordering_changes_one_line_per_phase_that_moves(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """No reference changes, and no number is new."""
    editor.save(ReorderPhases(["tower", "night-watch", "lamp"]), ada)
    numbers = {each.id: each.number for each in editor.plan().tree.phases}
    assert numbers == {"tower": "01", "night-watch": "02", "lamp": "03"}
    assert "2 files changed, 2 insertions(+), 2 deletions(-)" in desk.git(
        "diff", "--shortstat", "HEAD^"
    )
    with pytest.raises(EditError, match="twice"):
        editor.save(ReorderPhases(["tower", "tower"]), ada)


def test_an_earlier_version_comes_back_as_a_new_commit(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """History is never rewritten, and the aliases stay."""
    first = editor.open("LAMP-02")
    editor.save(SetFields("LAMP-02", "requirement", {"text": "Gone.", "owner": "x"}), ada)
    editor.save(Rename("LAMP-02", "requirement", "LIGHT-02"), ada)
    saved = editor.save(Restore("LIGHT-02", "requirement", first.blob), ada)
    assert isinstance(saved, Saved)
    item = editor.open("LIGHT-02").item
    assert (item.owner, item.aliases) == ("", ("LAMP-02",))
    assert desk.count() == 4


def test_criteria_get_fresh_ids_that_are_never_given_again(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Two people each added one: both are there."""
    opened = editor.open("lamp", "phase")
    assert isinstance(opened.item, Phase)
    old = opened.item.criteria
    for text in ("The log shows A.", "The log shows B."):
        changes = {"criteria": [*old, {"id": "", "text": text, "verifies": ["LAMP-01"]}]}
        assert isinstance(editor.save(SetFields("lamp", "phase", changes, opened.blob), ada), Saved)
    now = editor.open("lamp", "phase").item
    assert isinstance(now, Phase)
    assert sorted((each.id, each.text[-2:]) for each in now.criteria[2:]) == [
        ("c3", "A."),
        ("c4", "B."),
    ]
