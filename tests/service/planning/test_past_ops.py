"""What the planner process tells of proposals, the past and differences, within its bounds."""

import subprocess
from pathlib import Path

import pytest

from planner.errors import MissingError, OutsideError, RevisionError, UsageError
from planner.trace.change import Change, ChangeKind
from service.planning.desk import PlanDesk, Target
from service.planning.edits import DeleteEdit, RestoreEdit, SetEdit
from service.planning.past_recording import Room, told
from service.planning.records import PersonRecord, SavedRecord
from tests.service.planned import git, plan_repository
from tests.service.planning.test_ops import Wire, ops_of

ADA = PersonRecord(name="Ada Lovelace", email="ada@example.org")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a plan."""
    return plan_repository(tmp_path)


@pytest.fixture
def desk(root: Path) -> PlanDesk:
    """The worker's way to the operations."""
    return PlanDesk(Wire(ops_of(root)))  # type: ignore[arg-type]  # as much of a link as it needs


def put(desk: PlanDesk, text: str, proposal: str = "") -> str:
    """Reword a requirement; the commit."""
    edit = SetEdit(kind="requirement", id="LAMP-01", changes={"text": text})
    done = desk.save(edit, ADA, target=Target(proposal=proposal))
    assert isinstance(done, SavedRecord)
    return done.commit


def test_what_became_of_a_proposal_is_told(desk: PlanDesk, root: Path) -> None:
    """Merged ones by their commit, closed ones by the ref that keeps them; the later end counts."""
    put(desk, "The lamp shall glow.", "glow")
    put(desk, "The lamp shall glow in red.", "glow-2")
    assert desk.fate("glow").state == ""
    assert desk.slugs() == ("glow", "glow-2")
    assert desk.tip("glow") == git(root, "rev-parse", "plan/glow")
    merged = desk.merge("glow", ADA)
    assert isinstance(merged, SavedRecord)
    fate = desk.fate("glow")
    assert (fate.state, fate.commit, fate.author) == ("merged", merged.commit, ADA.name)
    assert desk.fate("glo").state == desk.fate("glow-2").state == ""
    kept = desk.close("glow-2")
    assert (desk.fate("glow-2").state, desk.fate("glow-2").ref) == ("closed", kept)
    git(root, "branch", "plan/glow-2/again", kept)
    desk.close("glow-2/again")
    assert desk.fate("glow-2").ref == kept
    for wrong in ("../main", "-rf", "a b", "x..y"):
        with pytest.raises(OutsideError):
            desk.fate(wrong)


def test_a_list_says_what_merges_would_bring(desk: PlanDesk) -> None:
    """And how many changes there are, though it shows the first ones only."""
    put(desk, "The lamp shall glow.", "glow")
    (found,) = desk.proposals().proposals
    assert found.impact is not None
    assert (found.impact.clashes, found.impact.trouble, found.total, found.weaker) == (0, "", 1, 0)
    put(desk, "The lamp shall burn.")
    (found,) = desk.proposals().proposals
    assert found.impact is not None
    assert found.impact.clashes == 1


def test_a_history_comes_in_parts(desk: PlanDesk, root: Path) -> None:
    """With who gave each field its value, from all of them."""
    for count in range(4):
        put(desk, f"The lamp shall shine {count + 1} times.")
    found = desk.history("LAMP-01", "requirement", skip=1, count=2)
    assert (found.total, found.skip, len(found.versions)) == (5, 1, 2)
    by_field = {each.field: each for each in found.blame}
    assert by_field["text"].commit == git(root, "rev-parse", "HEAD")
    assert by_field["owner"].author == "Grace"
    with pytest.raises(UsageError):
        desk.history("LAMP-01", "nonsense")
    with pytest.raises(MissingError):
        desk.history("NONE-01")


def test_a_deleted_item_comes_back_from_its_history(desk: PlanDesk) -> None:
    """By its old id; blame is for what is there."""
    edit = DeleteEdit(kind="requirement", id="LAMP-01", references="detach")
    desk.save(edit, ADA)
    found = desk.history("LAMP-01", "requirement")
    assert (found.deleted, found.blob, found.blame) == (True, "", ())
    back = RestoreEdit(kind="requirement", id="LAMP-01", old_blob=found.versions[1].blob)
    assert isinstance(desk.save(back, ADA), SavedRecord)
    assert not desk.history("LAMP-01").deleted


def test_two_versions_are_told_side_by_side(desk: PlanDesk, root: Path) -> None:
    """Word by word and as a raw diff."""
    first = git(root, "rev-parse", "HEAD")
    last = put(desk, "The lamp shall glow.")
    found = desk.between("LAMP-01", "requirement", first, last)
    assert [(each.kind, each.text) for each in found.changes[0].words] == [
        ("equal", "The lamp shall "), ("delete", "shine"), ("insert", "glow"), ("equal", "."),
    ]  # fmt: skip
    assert "-The lamp shall shine.\n+The lamp shall glow." in found.file.diff
    assert found.old.values["text"] == "The lamp shall shine."


def test_a_difference_is_filtered_and_counted(desk: PlanDesk, root: Path) -> None:
    """The counts are those of all changes; what got weaker is told whatever is asked for."""
    put(desk, "The lamp shall shine within 5 s.")
    put(desk, "The lamp shall shine within 9 s.")
    desk.save(SetEdit(kind="phase", id="tower", changes={"title": "The tower"}), ADA)
    found = desk.diff("HEAD~2", "HEAD", sort="renamed")
    assert (found.total, [each.change.id for each in found.changes]) == (1, ["tower"])
    assert found.counts == {"reworded": 1, "renamed": 1, "weakened": 1}
    assert [each.weaker for each in found.weaker] == ["within 5 s became within 9 s"]
    assert found.paths == ("phases/tower.md", "requirements/LAMP-01.md")
    assert desk.diff("HEAD~2", "HEAD", kind="requirement", milestone="v1").total == 1
    assert desk.diff("HEAD~2", "HEAD", milestone="v9").total == 0
    assert desk.diff("HEAD~2", "HEAD", skip=1, count=1).changes[0].place.phase == "tower"
    assert desk.diff("HEAD~2", "HEAD", files=False).files == ()
    assert "## Weakened" in desk.changelog("HEAD~2", "HEAD")
    assert [each.name for each in desk.revisions().revisions if each.kind == "branch"] == ["main"]
    for wrong in ("-rf", "..", "@{1}", "x" * 999):
        with pytest.raises(RevisionError):
            desk.diff(wrong, "HEAD")


def test_long_texts_are_cut_and_still_told() -> None:
    """An answer has room for so much, whatever a plan holds."""
    kind = ChangeKind.REWORDED
    change = Change(
        kind=kind, item_kind="requirement", id="A-1", field="text", old="x" * 900, new="y" * 900
    )
    whole, cut = told([change, change], Room(4_000))
    assert (len(whole.new), len(cut.new), cut.words) == (900, 200, ())
    assert cut.sentence == whole.sentence


def test_git_is_asked_for_nothing_odd(desk: PlanDesk, root: Path) -> None:
    """A commit with a hostile name, subject and time is listed like any other."""
    put(desk, "The lamp shall glow.", "odd")
    tip = git(root, "rev-parse", "plan/odd")
    text = (
        f"tree {git(root, 'rev-parse', f'{tip}^{{tree}}')}\nparent {tip}\n"
        "author <b>Eve\x1b[1m\u202e</b> <e@x> 99999999999999 +0000\n"
        "committer Eve <e@x> 99999999999999 +0000\n\n<script>\x1b[31m\n"
    )
    done = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=root, input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    git(root, "update-ref", "refs/heads/plan/odd", done.stdout.decode().strip())
    (found,) = desk.proposals().proposals
    assert "\x1b" not in found.subject
    assert all("\u202e" not in each.name for each in found.authors)
