"""Any two revisions of a plan side by side; names of revisions that are none are refused."""

from typing import Any

import pytest

from planner.edit.creating import Create
from planner.edit.differences import Differences, Place
from planner.edit.editor import Editor
from planner.edit.fields import SetFields
from planner.edit.renaming import Delete
from planner.errors import RevisionError
from planner.store.commits import Person

Desk = Any


def test_changes_stand_in_the_order_of_the_plan(desk: Desk, editor: Editor, ada: Person) -> None:
    """Each with its milestone and phase; that of a deleted item is where it was."""
    desk.git("tag", "v1")
    editor.save(SetFields("WATCH-01", "requirement", {"owner": "x"}), ada)
    editor.save(SetFields("plan", "plan", {"title": "Beacon"}), ada)
    editor.save(Delete("LAMP-02", "requirement", "detach"), ada)
    editor.save(Create("requirement", {"text": "It shall stand.", "phase": ""}, "FREE-01"), ada)
    differences = Differences(editor)
    found = differences.between("v1", "main")
    assert (found.old, found.new) == (desk.git("rev-parse", "v1"), desk.git("rev-parse", "main"))
    ids = list(dict.fromkeys(each.id for each in found.changes))
    assert (ids[0], ids[-1]) == ("plan", "FREE-01")
    assert found.places["requirement", "LAMP-02"].phase == "lamp"
    assert found.places["requirement", "FREE-01"] == Place()
    assert differences.between("main~4", "HEAD") is found
    assert {each.id for each in differences.between("main", "v1").changes} == set(ids)


def test_files_are_told_apart(desk: Desk, editor: Editor, ada: Person) -> None:
    """Only those of the plan; new, gone and changed ones."""
    editor.save(SetFields("WATCH-01", "requirement", {"owner": "x"}), ada)
    editor.save(Create("requirement", {"text": "It shall stand.", "phase": "lamp"}, "N-01"), ada)
    (desk.root / "other.txt").write_text("x")
    desk.git("add", "other.txt")
    desk.git("commit", "-qm", "other")
    differences = Differences(editor)
    found = differences.between("HEAD~3", "HEAD")
    assert found.paths == ("requirements/N-01.md", "requirements/WATCH-01.md")
    new, changed = differences.files(found, found.paths)
    assert (new.old, changed.old is None) == (None, False)
    assert "+owner: x" in changed.diff


def test_branches_tags_and_commits_are_offered(desk: Desk, editor: Editor, ada: Person) -> None:
    """Of a tag with a message the commit; subjects are one line without control characters."""
    desk.git("tag", "-a", "v1", "-m", "the tag's own words")
    desk.git("tag", "text", desk.git("hash-object", "-w", "content/plan.yaml"))
    editor.save(SetFields("WATCH-01", "requirement", {"owner": "x"}), ada, proposal="dim")
    desk.git("commit", "--allow-empty", "-qm", "red \x1b[31m\u202e light")
    found = Differences(editor).choices()
    names = [(each.kind, each.name) for each in found if each.kind != "commit"]
    assert set(names) == {("branch", "main"), ("branch", "plan/dim"), ("tag", "v1")}
    tag = next(each for each in found if each.kind == "tag")
    assert (tag.commit, tag.subject) == (desk.git("rev-parse", "v1^{commit}"), "first")
    assert [each.subject for each in found if each.kind == "commit"] == ["first"]
    main = next(each for each in found if each.name == "main")
    assert "\x1b" not in main.subject
    assert "\u202e" not in main.subject


@pytest.mark.parametrize(
    "name",
    [
        "", "-rf", "--output=x", "..", "main..v1", "@{-1}", "main@{1}", "@", ":/first",
        "HEAD:content", "main^{tree}", "a b", "a\0b", "x" * 300, "main\n", "/etc/passwd", "^main",
        "~1", "HEAD~999999",
    ],
)  # fmt: skip
def test_what_is_no_revision_never_reaches_git(editor: Editor, name: str) -> None:
    """It is refused with a hint, on either side."""
    differences = Differences(editor)
    for old, new in ((name, "main"), ("main", name)):
        with pytest.raises(RevisionError, match="is no revision") as caught:
            differences.between(old, new)
        assert caught.value.hint
        assert len(caught.value.message) < 200


@pytest.mark.parametrize("name", ["nowhere", "HEAD~99", "feature/x", "0" * 40, "deadbeef"])
def test_what_is_not_there_is_told(editor: Editor, name: str) -> None:
    """With what to look for."""
    with pytest.raises(RevisionError, match="no revision"):
        Differences(editor).between(name, "main")
