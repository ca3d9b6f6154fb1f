"""Proposals: several saves on a branch, told in words, merged by field, closed without loss."""

import subprocess
from typing import Any

import pytest

from planner.edit.creating import Create
from planner.edit.editor import Editor, Saved, Unsaved
from planner.edit.fields import SetFields, settled_text
from planner.edit.past import Past, blame
from planner.edit.proposals import Proposals
from planner.edit.renaming import Delete, Rename
from planner.errors import EditError, RefusedError, RevisionError, StoreError
from planner.store.commits import Person

Desk = Any
EVE = Person("Eve Proposer", "eve@example.org")


def put(editor: Editor, slug: str, id: str, kind: str = "requirement", **changes: object) -> None:
    outcome = editor.save(SetFields(id, kind, changes), EVE, proposal=slug)
    assert isinstance(outcome, Saved)


def test_several_saves_join_one_proposal_and_are_told_in_words(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """With who wrote it, and how far it is from the branch."""
    text = "If the LED fails, then the board shall show the failure within 9 s."
    put(editor, "dim", "WATCH-01", text=text)
    put(editor, "dim", "WATCH-01", owner="eve")
    editor.save(SetFields("TOW-02", "requirement", {"owner": "x"}), ada)
    (found,) = Proposals(editor).list()
    assert (found.slug, found.commits, found.behind) == ("dim", 2, 1)
    assert found.authors == (EVE,)
    assert [each.kind for each in found.changes] == ["changed", "reworded"]
    assert [each.weaker for each in found.weaker] == ["within 5 s became within 9 s"]
    assert desk.clean()


def test_overlaps_name_the_same_item_and_one_link_apart(editor: Editor) -> None:
    """Two that do not meet are not named."""
    put(editor, "a", "LAMP-02", owner="eve")
    put(editor, "b", "LAMP-02", tags=["b"])
    put(editor, "c", "LAMP-01", owner="eve")
    put(editor, "d", "WATCH-01", owner="eve")
    found = {
        each.slug: {(other.slug, other.same, other.linked) for other in each.overlaps}
        for each in Proposals(editor).list()
    }
    assert found["a"] == {("b", ("LAMP-02",), ()), ("c", (), ("LAMP-01",))}
    assert found["d"] == set()


def test_what_is_known_of_a_proposal_ends_when_it_or_the_branch_moves(
    editor: Editor, ada: Person
) -> None:
    """Nothing is looked at twice, and nothing old is told."""
    put(editor, "dim", "WATCH-01", owner="eve")
    put(editor, "dark", "LAMP-01", owner="eve")
    proposals = Proposals(editor)
    first = proposals.list()
    assert [
        one.changes is other.changes for one, other in zip(first, proposals.list(), strict=True)
    ]
    put(editor, "dim", "WATCH-01", tags=["x"])
    editor.save(SetFields("TOW-02", "requirement", {"owner": "x"}), ada)
    dark, dim = proposals.list()
    assert (dim.commits, dim.behind, len(dim.changes)) == (2, 1, 2)
    assert dark.behind == 1
    assert dark.changes is first[0].changes
    proposals.close("dark")
    assert [each.slug for each in proposals.list()] == ["dim"]


def test_the_impact_of_each_is_counted_bit_by_bit(editor: Editor, ada: Person) -> None:
    """As of the merged result; one that cannot be merged says why."""
    put(editor, "good", "WATCH-01", owner="eve")
    put(editor, "poor", "LAMP-02", phases=["nowhere"])
    put(editor, "split", "LAMP-01", owner="eve")
    editor.save(SetFields("LAMP-01", "requirement", {"owner": "ada"}), ada)
    proposals = Proposals(editor)
    found = proposals.list()
    assert len(proposals.impacts(found, 0.0)) == 1
    assert len(proposals.impacts(found, 0.0)) == 2
    counted = proposals.impacts(found, 60.0)
    assert counted["poor"].errors >= 1
    assert counted["split"].clashes == 1
    assert (counted["good"].errors, counted["good"].clashes, counted["good"].trouble) == (0, 0, "")
    editor.save(SetFields("TOW-02", "requirement", {"owner": "x"}), ada)
    assert len(proposals.impacts(proposals.list(), 0.0)) == 1


def test_a_merge_is_one_commit_of_the_approver_and_closes_the_proposal(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Work tree and index follow; the person's other changes stay."""
    put(editor, "better", "LAMP-02", status="approved")
    editor.save(SetFields("LAMP-02", "requirement", {"owner": "ada"}), ada)
    editor.save(Create("requirement", {"text": "It shall burn.", "phase": "lamp"}), ada)
    (desk.root / "mine.txt").write_text("mine")
    proposals = Proposals(editor)
    assert not proposals.preview("better").draft.clashes
    saved = proposals.merge("better", ada)
    assert isinstance(saved, Saved)
    assert desk.git("log", "-1", "--format=%an %s").startswith("Ada Lovelace LAMP-02 is now")
    assert len(desk.git("log", "-1", "--format=%P").split()) == 2
    text = (desk.content / "requirements/LAMP-02.md").read_text()
    assert "owner: ada" in text
    assert "status: approved" in text
    assert desk.git("status", "--porcelain") == "?? mine.txt"
    assert proposals.list() == ()
    with pytest.raises(RevisionError):
        proposals.merge("better", ada)
    desk.git("fsck", "--strict", "--no-dangling")


def test_what_git_cannot_merge_is_merged_by_field(desk: Desk, editor: Editor, ada: Person) -> None:
    """Neighbouring lines are a conflict for git, but two fields."""
    put(editor, "p", "LAMP-02", status="approved", tags=["a"])
    editor.save(SetFields("LAMP-02", "requirement", {"priority": "must", "tags": ["b"]}), ada)
    saved = Proposals(editor).merge("p", ada)
    assert isinstance(saved, Saved)
    item = Editor(editor.folder).open("LAMP-02").item
    assert (item.tags, getattr(item, "status", ""), getattr(item, "priority", "")) == (
        ("b", "a"),
        "approved",
        "must",
    )
    assert "<<<<" not in desk.shown("requirements/LAMP-02.md")
    assert desk.clean()


def test_a_clash_waits_for_a_person_and_then_merges(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Nothing moved before."""
    put(editor, "p", "LAMP-02", status="approved", owner="eve")
    editor.save(SetFields("LAMP-02", "requirement", {"status": "dropped"}), ada)
    proposals = Proposals(editor)
    before = desk.git("rev-parse", "main")
    unsaved = proposals.merge("p", ada)
    assert isinstance(unsaved, Unsaved)
    assert (unsaved.reason, desk.git("rev-parse", "main")) == ("clash", before)
    (clash,) = unsaved.preview.draft.clashes
    assert (clash.clashes[0].theirs, clash.clashes[0].yours) == ("dropped", "approved")
    answer = {clash.path: settled_text(clash, {"status": "approved"})}
    entry = b"provenance:\n  text: {by: eve, model: m, approved: Grace Hopper}\nstatus: approved"
    forged = {clash.path: (answer[clash.path] or b"").replace(b"status: approved", entry)}
    with pytest.raises(EditError, match="nobody approves for another person"):
        proposals.merge("p", ada, settled=forged)
    assert desk.git("rev-parse", "main") == before
    assert isinstance(proposals.merge("p", ada, settled=answer), Saved)
    text = desk.shown("requirements/LAMP-02.md")
    assert "status: approved" in text
    assert "owner: eve" in text
    assert desk.clean()


def test_what_was_looked_at_is_what_is_merged_or_closed(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """A proposal that moved since is left alone, and an answer to what is not so any more, too."""
    put(editor, "dim", "WATCH-01", owner="eve")
    proposals = Proposals(editor)
    seen = proposals.list()[0].tip
    put(editor, "dim", "WATCH-01", tags=["x"])
    before = desk.git("rev-parse", "main", "plan/dim")
    with pytest.raises(RefusedError, match="has changed since"):
        proposals.merge("dim", ada, tip=seen)
    with pytest.raises(RefusedError, match="has changed since"):
        proposals.close("dim", tip=seen)
    assert desk.git("rev-parse", "main", "plan/dim") == before
    editor.save(SetFields("WATCH-01", "requirement", {"owner": "ada"}), ada)
    (clash,) = proposals.preview("dim").draft.clashes
    answer = {clash.path: settled_text(clash, {"owner": "both"})}
    upon = {clash.path: clash.blob}
    assert not proposals.preview("dim", settled=answer, upon=upon).draft.clashes
    editor.save(SetFields("WATCH-01", "requirement", {"owner": "grace"}), ada)
    outcome = proposals.merge("dim", ada, settled=answer, upon=upon, reviewed=True)
    assert isinstance(outcome, Unsaved)
    assert outcome.reason == "clash"
    assert "owner: grace" in desk.shown("requirements/WATCH-01.md")
    tip = desk.git("rev-parse", "plan/dim")
    assert isinstance(proposals.merge("dim", ada, settled=answer, tip=tip, reviewed=True), Saved)
    assert "owner: both" in desk.shown("requirements/WATCH-01.md")


def test_deleted_on_one_branch_and_changed_on_the_other_is_asked(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Both ways round."""
    put(editor, "p", "WATCH-01", owner="eve")
    editor.save(Delete("WATCH-01", "requirement", "keep"), ada)
    proposals = Proposals(editor)
    unsaved = proposals.merge("p", ada, reviewed=True)
    assert isinstance(unsaved, Unsaved)
    (clash,) = unsaved.preview.draft.clashes
    assert clash.theirs is None
    back = settled_text(clash, {"": clash.yours})
    assert isinstance(proposals.merge("p", ada, settled={clash.path: back}), Saved)
    assert "owner: eve" in desk.shown("requirements/WATCH-01.md")


def test_one_id_made_on_two_branches_is_two_items(desk: Desk, editor: Editor, ada: Person) -> None:
    """The later one gets another id, and what the proposal refers to follows."""
    new = {"text": "It shall burn.", "phase": "lamp"}
    editor.save(Create("requirement", new, id="LAMP-03"), EVE, proposal="p")
    put(editor, "p", "LAMP-02", links=["LAMP-03"], notes="See LAMP-03.")
    other = {"text": "It shall glow.", "phase": "lamp"}
    editor.save(Create("requirement", other, id="LAMP-03"), ada)
    saved = Proposals(editor).merge("p", ada, reviewed=True)
    assert isinstance(saved, Saved)
    assert "LAMP-03 of the proposal is called LAMP-04 now" in saved.preview.draft.notes[0]
    assert "glow" in desk.shown("requirements/LAMP-03.md")
    assert "burn" in desk.shown("requirements/LAMP-04.md")
    text = desk.shown("requirements/LAMP-02.md")
    assert "LAMP-04" in text
    assert "LAMP-03" not in text
    assert desk.clean()


def test_a_merge_that_brings_errors_is_shown_first(editor: Editor, ada: Person) -> None:
    """Each branch was right alone."""
    put(editor, "p", "LAMP-01", links=["WATCH-01"])
    editor.save(Delete("WATCH-01", "requirement", "detach"), ada)
    unsaved = Proposals(editor).merge("p", ada)
    assert isinstance(unsaved, Unsaved)
    assert unsaved.reason == "problems"
    assert "unresolved-reference" in {each.rule for each in unsaved.preview.new_errors}


def test_a_closed_proposal_is_kept_aside(desk: Desk, editor: Editor) -> None:
    """Its commits stay in the repository."""
    put(editor, "p", "LAMP-02", owner="eve")
    tip = desk.git("rev-parse", "plan/p")
    kept = Proposals(editor).close("p")
    assert desk.git("rev-parse", kept) == tip
    assert Proposals(editor).list() == ()


def test_a_conflict_outside_of_the_plan_is_left_to_git(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """It is no item; a person merges it."""
    (desk.root / "code.py").write_text("1\n")
    desk.git("add", "code.py")
    desk.git("commit", "--quiet", "--message=code")
    put(editor, "p", "LAMP-02", owner="eve")
    desk.git("switch", "--quiet", "plan/p")
    (desk.root / "code.py").write_text("2\n")
    desk.git("commit", "--quiet", "--all", "--message=two")
    desk.git("switch", "--quiet", "main")
    (desk.root / "code.py").write_text("3\n")
    desk.git("commit", "--quiet", "--all", "--message=three")
    with pytest.raises(StoreError, match=r"code\.py"):
        Proposals(editor).merge("p", ada)


def test_other_files_of_a_proposal_come_along(desk: Desk, editor: Editor, ada: Person) -> None:
    """A note in the plan folder, and a file beside it."""
    put(editor, "p", "LAMP-02", owner="eve")
    desk.git("switch", "--quiet", "plan/p")
    (desk.content / "README.md").write_text("read\n")
    (desk.content / ".hidden").write_text("h\n")
    (desk.root / "tool.sh").write_text("#!/bin/sh\n")
    (desk.root / "tool.sh").chmod(0o755)
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--message=more")
    desk.git("switch", "--quiet", "main")
    assert isinstance(Proposals(editor).merge("p", ada), Saved)
    assert (desk.root / "tool.sh").stat().st_mode & 0o111
    assert (desk.content / ".hidden").read_text() == "h\n"
    assert desk.clean()


def test_the_past_of_an_item_is_told_through_its_names(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """Versions in words, and who last changed which field."""
    editor.save(SetFields("LAMP-02", "requirement", {"status": "approved"}), EVE)
    editor.save(Rename("LAMP-02", "requirement", "LIGHT-02"), ada)
    editor.save(SetFields("LIGHT-02", "requirement", {"owner": "grace"}), ada)
    past = Past(editor)
    versions = past.versions("LIGHT-02")
    assert [each.author for each in versions] == [ada.name, ada.name, EVE.name, "Ada Tester"]
    said = [each.sentence for version in versions for each in version.changes]
    assert "LAMP-02 is now approved (was draft)" in said
    assert "Requirement LAMP-02 is now LIGHT-02" in said
    who = blame(versions)
    assert (who["status"].author, who["owner"].author) == (EVE.name, ada.name)
    assert who["title"].commit == versions[-1].commit
    assert "priority" not in who
    editor.save(SetFields("LIGHT-02", "requirement", {"owner": ""}), EVE)
    assert blame(past.versions("LIGHT-02"))["owner"].author == EVE.name


def test_a_forged_tree_does_not_lead_out_of_the_repository(
    desk: Desk, editor: Editor, ada: Person
) -> None:
    """A branch that was pushed may hold names that no git would make."""
    blob = desk.git("hash-object", "-w", "content/plan.yaml")
    raw = b"100644 evil.md\0" + bytes.fromhex(blob)
    inner = _literal(desk, raw)
    listed = b"40000 ..\0" + bytes.fromhex(inner)
    content = desk.git("rev-parse", "main:content")
    tree = _literal(desk, listed + b"40000 content\0" + bytes.fromhex(content))
    commit = desk.git("commit-tree", tree, "-p", "main", "-m", "forged")
    desk.git("update-ref", "refs/heads/plan/forged", commit)
    with pytest.raises(StoreError):
        Proposals(editor).merge("forged", ada, reviewed=True)
    assert not (desk.root.parent / "evil.md").exists()
    assert desk.clean()


def _literal(desk: Desk, tree: bytes) -> str:
    done = subprocess.run(
        ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
        cwd=desk.root, input=tree, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()
