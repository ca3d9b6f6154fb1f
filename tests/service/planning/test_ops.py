"""What the planner process answers about the plan, as it goes over the wire and comes back."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from planner.errors import DirtyError, EditError, MissingError, UsageError
from planner.workspace import open_workspace
from service.planner_wire import Failure
from service.planning.desk import PlanDesk, Target
from service.planning.edits import (
    CreateEdit,
    DeleteEdit,
    RenameEdit,
    ReorderEdit,
    SetEdit,
    TogetherEdit,
    edit_from,
)
from service.planning.failures import UncommittedError, error_of, failure_of
from service.planning.ops import PlanOps
from service.planning.records import PersonRecord, SavedRecord, UnsavedRecord
from tests.service.planning.wire import Wire

ADA = PersonRecord(name="Ada Lovelace", email="ada@example.org")
FILES = {
    "plan.yaml": "title: Lighthouse\n",
    "milestones/v1.md": "---\ntitle: First light\n---\n",
    "phases/tower.md": (
        "---\ntitle: Tower\nnumber: 01\nmilestone: v1\n---\n\nThe tower stands.\n\n"
        "## Success criteria\n\n1. The lamp is lit. {#c1}\n   - verifies: LAMP-01\n"
    ),
    "phases/lamp.md": "---\ntitle: Lamp\nnumber: 02\nmilestone: v1\n---\n\nThe lamp shines.\n",
    "requirements/LAMP-01.md": (
        "---\nphase: tower\nstatus: approved\ntags: [light]\nowner: Ada\n---\n\n"
        "The lamp shall shine.\n"
    ),
}


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=Grace", "-c", "user.email=grace@example.org")
    done = subprocess.run(
        ["git", *who, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a plan."""
    for name, text in FILES.items():
        file = tmp_path / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-qb", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Begin")
    return tmp_path


def ops_of(root: Path, build: Callable[[], int] = lambda: 7, rev: str = "") -> PlanOps:
    opened = open_workspace(None, environ={}, cwd=root, cache=False)
    return PlanOps(lambda: opened, build, rev)


@pytest.fixture
def desk(root: Path) -> PlanDesk:
    """The worker's way to the operations."""
    return PlanDesk(Wire(ops_of(root)))  # type: ignore[arg-type]  # as much of a link as it needs


def saved(outcome: SavedRecord | UnsavedRecord) -> SavedRecord:
    assert isinstance(outcome, SavedRecord)
    return outcome


def test_an_item_is_opened_with_all_its_values(desk: PlanDesk) -> None:
    """What a form needs is there, in the form in which it is saved again."""
    found = desk.open("tower")
    assert (found.kind, found.title, found.branch) == ("phase", "Tower", "main")
    assert found.values["milestone"] == "v1"
    assert found.values["criteria"] == [
        {
            "id": "c1", "text": "The lamp is lit.", "verifies": ["LAMP-01"], "check": "",
            "level": "", "status": "open", "proof": [], "waive": {},
        }
    ]  # fmt: skip
    assert [(each.id, each.field) for each in found.references] == [("LAMP-01", "phases")]
    assert desk.base("phase", "tower", found.blob).values == found.values


def test_values_go_back_in_as_they_came_out(desk: PlanDesk, root: Path) -> None:
    """Saving all values of an item unchanged is no change."""
    for kind, ref in (("phase", "tower"), ("requirement", "LAMP-01"), ("plan", "plan")):
        found = desk.open(ref, kind)
        edit = SetEdit.model_validate({"kind": kind, "id": ref, "changes": found.values})
        assert saved(desk.save(edit, ADA)).commit == ""
    assert git(root, "rev-list", "--count", "HEAD") == "1"


def test_an_outline_names_all_items_and_words(desk: PlanDesk) -> None:
    """In the order of the plan."""
    found = desk.outline()
    assert [each.id for each in found.entries if each.kind == "phase"] == ["tower", "lamp"]
    assert (found.owners, found.tags, found.categories) == (("Ada",), ("light",), ("LAMP",))
    assert desk.rows("requirement").rows[0].values["owner"] == "Ada"
    assert desk.rows("requirement", []).rows == ()


def test_a_save_is_a_commit_of_the_person_that_is_built(root: Path) -> None:
    """The build comes before the answer."""
    built: list[str] = []

    def build() -> int:
        built.append(git(root, "log", "-1", "--format=%an <%ae> by %cn: %s"))
        return 12

    desk = PlanDesk(Wire(ops_of(root, build)))  # type: ignore[arg-type]
    blob = desk.open("LAMP-01").blob
    edit = SetEdit(kind="requirement", id="LAMP-01", changes={"owner": "Grace"}, blob=blob)
    seen = desk.preview(edit)
    assert [each.path for each in seen.files] == ["requirements/LAMP-01.md"]
    assert "+owner: Grace" in seen.files[0].diff
    done = saved(desk.save(edit, ADA, message="Give it to Grace"))
    assert built == ["Ada Lovelace <ada@example.org> by Agented: Give it to Grace"]
    assert (done.epoch, done.id, done.kind) == (12, "LAMP-01", "requirement")
    assert done.blob == desk.open("LAMP-01").blob != blob


def test_items_are_made_renamed_ordered_and_deleted(desk: PlanDesk) -> None:
    """Each kind of edit comes through, on its own and together."""
    new = CreateEdit(
        kind="requirement", fields={"text": "The lamp shall turn.", "phases": ["tower"]}
    )
    assert desk.preview(TogetherEdit(edits=(new, new))).made == ("LAMP-02", "LAMP-03")
    assert saved(desk.save(new, ADA)).id == "LAMP-02"
    saved(desk.save(RenameEdit(kind="phase", id="tower", new_id="base"), ADA))
    assert desk.open("LAMP-02").values["phases"] == ["base"]
    saved(desk.save(ReorderEdit(ids=("lamp", "base")), ADA))
    assert desk.open("lamp").values["number"] == "01"
    both = TogetherEdit(
        edits=(
            DeleteEdit(kind="requirement", id="LAMP-02"),
            DeleteEdit(kind="requirement", id="LAMP-01", references="detach"),
        )
    )
    again = edit_from(both.model_dump_json())
    assert saved(desk.save(again, ADA)).commit
    assert not [each for each in desk.outline().entries if each.kind == "requirement"]


def test_two_who_change_one_text_get_both_texts(desk: PlanDesk) -> None:
    """Nothing is written, and the clash has all that is needed to settle it."""
    blob = desk.open("LAMP-01").blob
    saved(desk.save(_text("The lamp shall glow.", blob), ADA))
    outcome = desk.save(_text("The lamp shall burn.", blob), ADA)
    assert isinstance(outcome, UnsavedRecord)
    assert outcome.reason == "clash"
    clash = outcome.preview.clashes[0]
    assert clash.theirs_values["text"] == "The lamp shall glow."
    assert clash.yours_values["text"] == "The lamp shall burn."
    assert (clash.clashes[0].field, clash.clashes[0].yours) == ("text", "The lamp shall burn.")


def _text(text: str, blob: str) -> SetEdit:
    return SetEdit(kind="requirement", id="LAMP-01", changes={"text": text}, blob=blob)


def test_a_proposal_is_listed_looked_at_and_merged(desk: PlanDesk) -> None:
    """The other one is closed, and its commits are kept."""
    for slug in ("glow", "burn"):
        edit = _text(f"The lamp shall {slug}.", "")
        done = saved(desk.save(edit, ADA, target=Target(proposal=slug)))
        assert done.branch == f"plan/{slug}"
    found = desk.proposals()
    assert [each.slug for each in found.proposals] == ["burn", "glow"]
    assert found.proposals[0].overlaps[0].same == ("LAMP-01",)
    assert found.proposals[0].changes[0].words[1].text == "shine"
    assert desk.proposal("glow").preview.files[0].path == "requirements/LAMP-01.md"
    saved(desk.merge("glow", ADA))
    assert desk.close("burn").startswith("refs/agented/closed/burn")
    assert desk.proposals().proposals == ()
    past = desk.history("LAMP-01")
    assert past.versions[0].changes[0].sentence == "LAMP-01 was reworded"
    assert {each.field: each.commit for each in past.blame}["text"] == past.versions[0].commit
    assert [each.change.id for each in desk.diff("HEAD~1", "HEAD").changes] == ["LAMP-01"]


def test_refusals_arrive_as_what_they_are(root: Path, desk: PlanDesk) -> None:
    """With their words, and for a file that a person has changed with both texts."""
    with pytest.raises(MissingError, match="there is no item 'GHOST-01'"):
        desk.open("GHOST-01")
    with pytest.raises(EditError, match="git has no text"):
        desk.base("phase", "tower", "0" * 40)
    file = root / "content/requirements/LAMP-01.md"
    file.write_text(file.read_text("utf-8").replace("shine", "smoke"), encoding="utf-8")
    with pytest.raises(DirtyError) as caught:
        desk.save(_text("The lamp shall burn.", ""), ADA)
    failure = failure_of(caught.value)
    assert failure.code == "uncommitted"
    told = error_of(Failure(**json.loads(json.dumps(_plain(failure)))))
    assert isinstance(told, UncommittedError)
    assert "smoke" in (told.uncommitted or "")
    assert "shine" in (told.committed or "")


def _plain(failure: Failure) -> Mapping[str, Any]:
    return {name: getattr(failure, name) for name in ("message", "hint", "code", "details")}


def test_a_service_of_a_fixed_revision_edits_nothing(root: Path) -> None:
    """It says so, and reads as usual."""
    desk = PlanDesk(Wire(ops_of(root, rev="HEAD")))  # type: ignore[arg-type]
    assert desk.open("tower").title == "Tower"
    with pytest.raises(UsageError, match="nothing is edited here"):
        desk.save(_text("x", ""), ADA)
