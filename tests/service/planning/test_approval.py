"""`PLAN_APPROVAL=other`: the setting reaches the planner process and binds saves and merges."""

import subprocess
from pathlib import Path

import pytest

from planner.errors import ApprovalError, RefusedError
from planner.workspace import open_workspace
from service.errors import ConfigurationError
from service.planner_wire import Opening
from service.planning.begin_ops import BeginOps
from service.planning.edits import SetEdit, TextEdit
from service.planning.ops import PlanOps
from service.settings import read_settings

ADA = {"name": "Ada Lovelace", "email": "ada@example.org"}
EVE = {"name": "Eve", "email": "eve@example.org"}
FILES = {
    "plan.yaml": "title: Lighthouse\n",
    "phases/lamp.md": "---\ntitle: Lamp\nnumber: 01\n---\n\nThe lamp shines.\n",
}


@pytest.fixture
def strict(tmp_path: Path) -> PlanOps:
    """The operations of a service with the setting."""
    for name, text in FILES.items():
        file = tmp_path / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for words in (["init", "-qb", "main"], ["add", "-A"], ["commit", "-qm", "Begin"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    settings = read_settings({"PLAN_APPROVAL": "other"})
    opening = Opening.of(
        site=tmp_path, caches=tmp_path, epoch=tmp_path, approval=settings.plan_approval
    )
    opened = open_workspace(None, environ={}, cwd=tmp_path, cache=False)
    return PlanOps(lambda: opened, lambda: 1, opening.rev, opening.approval)


def test_only_another_person_brings_a_change_to_the_main_branch(strict: PlanOps) -> None:
    """By way of a proposal."""
    edit = SetEdit(kind="phase", id="lamp", changes={"owner": "eve"}).model_dump()
    with pytest.raises(RefusedError, match="proposals only"):
        strict.save(edit, EVE)
    strict.save(edit, EVE, proposal="p")
    with pytest.raises(RefusedError, match="another person"):
        strict.merge("p", EVE)
    assert strict.merge("p", ADA)["saved"]["commit"]


def test_a_text_goes_to_a_proposal_as_well(strict: PlanOps) -> None:
    """The edit of a whole file comes over the wire like the others."""
    text = FILES["phases/lamp.md"].replace("shines", "turns")
    edit = TextEdit(kind="phase", id="lamp", text=text).model_dump()
    assert strict.save(edit, EVE, proposal="p")["saved"]["branch"] == "plan/p"
    assert strict.base("phase", "lamp", strict.open("lamp", proposal="p")["blob"])["text"] == text


ROADMAP = "# Roadmap\n\n### Phase 1: Oven\n\n**Goal**: It bakes.\n"
WAYS = ({"way": "example"}, {"way": "import", "text": ROADMAP}, {"way": "adopt"})


@pytest.mark.parametrize("given", WAYS, ids=lambda given: given["way"])
def test_a_plan_that_git_has_is_not_begun_past_the_other_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    """A plan of a title alone takes its first items by way of a proposal; without git it begins."""
    content = tmp_path / "content"
    content.mkdir()
    (content / "plan.yaml").write_text("title: Bakery\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    opening = Opening.of(site=tmp_path, caches=tmp_path, epoch=tmp_path, approval="other")
    ops = BeginOps(opening, lambda: 1)
    assert ops.begin("adopt", EVE, init=True)["commit"]

    def head() -> str:
        return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True)

    before = head()
    (content / "plan.yaml").write_text("title: Eve's bakery\n", encoding="utf-8")
    with pytest.raises(ApprovalError, match="proposals only"):
        ops.begin(author=EVE, **given)
    assert head() == before


def test_another_value_is_told() -> None:
    """With what is allowed."""
    assert read_settings({}).plan_approval == "none"
    with pytest.raises(ConfigurationError, match=r"PLAN_APPROVAL.*other"):
        read_settings({"PLAN_APPROVAL": "two"})
