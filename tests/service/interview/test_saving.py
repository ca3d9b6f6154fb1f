"""What the accepted parts of an interview become in a plan that is there, saved in real git."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.editing import Approve, Editor, Person, Saved, SetFields
from planner.model.items import Phase, PlanTree
from planner.store.folder import open_plan_folder
from service.interview.ops import InterviewOps
from service.planning.edits import edit_from_values

ADA, BEN = Person("Ada", "ada@example.org"), Person("Ben", "ben@example.org")
PHASE = """\
---
title: Lamp
number: "01"
provenance:
  goal: {by: Ada, model: m-1}
---

The lamp shines.

## Success criteria

1. A ship sees it from afar. {#c1}
   - verifies: LAMP-01
"""
REQUIREMENT = "---\ntitle: Shine\nphase: lamp\n---\n\nThe lamp shall shine.\n"
PROPOSED: dict[str, Any] = {
    "kind": "criterion", "key": "model.one", "text": "One sees it turn.", "answer": None,
    "title": "", "phase": "plan:lamp", "after": [], "verifies": ["LAMP-01"], "rationale": "",
    "model": "rehearsal",
}  # fmt: skip


@pytest.fixture
def editor(tmp_path: Path, write_files: Callable[..., Path], git: Callable[..., str]) -> Editor:
    """An editor of a plan with one phase, committed."""
    write_files(tmp_path / "content", {
        "plan.yaml": "title: Lights\n", "phases/lamp.md": PHASE,
        "requirements/LAMP-01.md": REQUIREMENT,
    })  # fmt: skip
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=first")
    return Editor(open_plan_folder(tmp_path / "content"))


def asked(
    tree: PlanTree, source: str, *proposed: dict[str, Any], changes: dict[str, str] | None = None
) -> dict[str, Any]:
    """The interview with all its parts accepted, with these `changes`."""
    decided = {"decision": "accepted", "changes": changes or {}, "written": {}, "person": "Ada"}
    told = InterviewOps(lambda: tree)
    decisions: dict[str, Any] = {each["key"]: decided for each in proposed}

    def record() -> dict[str, Any]:
        text = "A tower for the lamp and its keepers" if source == "idea" else ""
        brief = {"source": source, "text": text}
        found: dict[str, Any] = told.interview(
            brief, (), (), proposed, (), decisions, "ada", "standard", "ask-1"
        )
        return found

    if not proposed:
        decisions = {each["key"]: decided for each in record()["parts"]}
    found = record()
    assert not found["problem"]
    return found


def lamp(editor: Editor) -> Phase:
    (phase,) = (each for each in editor.plan().tree.phases if each.id == "lamp")
    return phase


def test_a_criterion_and_an_approval_of_a_colleague_stay(editor: Editor) -> None:
    """Both new criteria are there under ids of their own, and the goal is still approved."""
    edit = edit_from_values(asked(editor.plan().tree, "plan", PROPOSED)["edit"])
    more = {"criteria": [
        {"id": "c1", "text": "A ship sees it from afar.", "verifies": ["LAMP-01"]},
        {"text": "It burns all night.", "verifies": ["LAMP-01"]},
    ]}  # fmt: skip
    assert isinstance(editor.save(SetFields("lamp", "phase", more), BEN), Saved)
    assert isinstance(editor.save(Approve("lamp", "phase", {}), BEN), Saved)
    assert [each.text for each in lamp(editor).criteria][1:] == ["It burns all night."]
    assert isinstance(editor.save(edit.operation(), ADA), Saved)
    after = lamp(editor)
    assert {each.id: each.text for each in after.criteria} == {
        "c1": "A ship sees it from afar.", "c2": "It burns all night.", "c3": "One sees it turn.",
    }  # fmt: skip
    assert {each.field: (each.model, each.approved) for each in after.provenance} == {
        "goal": ("m-1", "Ben"), "criteria.c3": ("rehearsal", ""),
    }  # fmt: skip


def test_what_a_colleague_wrote_in_the_plan_meanwhile_is_not_overwritten(editor: Editor) -> None:
    """The two statements clash, for a person to settle."""
    edit = edit_from_values(asked(editor.plan().tree, "idea")["edit"])
    changed = SetFields("plan", "plan", {"statement": "Ben's words."})
    assert isinstance(editor.save(changed, BEN), Saved)
    assert not isinstance(editor.save(edit.operation(), ADA), Saved)
    assert editor.plan().tree.plan.statement.strip() == "Ben's words."


DIM = {
    **PROPOSED, "kind": "requirement", "key": "model.two", "title": "Dim", "verifies": [],
    "text": "When day breaks, the lamp shall go out.", "rationale": "Oil is dear.",
}  # fmt: skip


def test_a_requirement_proposed_for_a_phase_of_the_plan_keeps_its_title_and_its_why(
    editor: Editor,
) -> None:
    """Both are shown, may be changed, and say in the plan who wrote them."""
    found = asked(editor.plan().tree, "plan", DIM, changes={"title": "Dim at dawn"})
    (part,) = found["parts"]
    assert part["title"] == "new requirement of lamp: Dim at dawn"
    assert {each["name"]: each["value"] for each in part["fields"]} == {
        "title": "Dim at dawn", "after": DIM["text"], "rationale": "Oil is dear.",
    }  # fmt: skip
    assert isinstance(editor.save(edit_from_values(found["edit"]).operation(), ADA), Saved)
    (made,) = (each for each in editor.plan().tree.requirements if each.id != "LAMP-01")
    assert (made.title, made.text, made.rationale) == ("Dim at dawn", DIM["text"], "Oil is dear.")
    assert {each.field: each.model for each in made.provenance} == dict.fromkeys(
        ("title", "text", "rationale"), "rehearsal"
    )


def test_only_a_new_requirement_has_a_title_and_a_why(editor: Editor) -> None:
    found = asked(editor.plan().tree, "plan", PROPOSED)
    (part,) = found["parts"]
    assert [each["name"] for each in part["fields"]] == ["after"]
