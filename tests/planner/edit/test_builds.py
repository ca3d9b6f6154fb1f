"""What the site shows after saves: what a build from nothing shows, however it was come by."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.editing import (
    Create,
    Delete,
    Editor,
    Operation,
    Rename,
    ReorderPhases,
    Saved,
    SetFields,
    Together,
    open_editor,
)
from planner.errors import PlannerError
from planner.store.commits import Person
from planner.store.location import find_plan
from planner.workspace import Workspace

Desk = Any
_STEPS = 30


def _workspace(content: Path, caches: Path) -> Workspace:
    return Workspace(find_plan(str(content), {}, content), caches, cache=False)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _assert_fresh(site: Path, content: Path, tmp_path: Path, name: str) -> None:
    """The site is the one that a build from nothing makes."""
    _workspace(content, tmp_path / "caches").build(tmp_path / name)
    ours, fresh = _files(site), _files(tmp_path / name)
    assert sorted(ours) == sorted(fresh)
    assert [path for path in fresh if ours[path] != fresh[path]] == []


class _Edits:
    """Random edits of whatever the plan holds at the moment."""

    def __init__(self, seed: int, editor: Editor) -> None:
        self._random = random.Random(seed)
        self._editor = editor

    def next(self) -> Operation:
        """Any edit; it may be one that is refused."""
        tree = self._editor.plan().tree
        requirement = self._random.choice(tree.requirements)
        phase = self._random.choice(tree.phases)
        word = self._random.choice(["turn", "glow", "rest", "sing", "näher", requirement.id])
        makers: list[Callable[[], Operation]] = [
            lambda: SetFields(requirement.id, "requirement", {"owner": word}),
            lambda: SetFields(requirement.id, "requirement", {"text": f"The lamp shall {word}."}),
            lambda: SetFields(
                requirement.id,
                "requirement",
                {"status": self._random.choice(["draft", "done", "dropped"])},
            ),
            lambda: SetFields(requirement.id, "requirement", {"phase": phase.id}),
            lambda: SetFields(
                requirement.id,
                "requirement",
                {"links": [{"to": self._random.choice(tree.requirements).id}]},
            ),
            lambda: SetFields(phase.id, "phase", {"title": word, "goal": f"It can {word}."}),
            lambda: SetFields(
                phase.id,
                "phase",
                {"depends_on": [{"phase": self._random.choice(tree.phases).id}]},
            ),
            lambda: Create("requirement", {"text": f"It shall {word}.", "phase": phase.id}),
            lambda: Create("phase", {"title": word, "goal": f"It can {word}."}, after=phase.id),
            lambda: Rename(requirement.id, "requirement", f"{requirement.id}-B"),
            lambda: Rename(phase.id, "phase", f"{phase.id}-b"),
            lambda: Delete(requirement.id, "requirement", references="keep"),
            lambda: ReorderPhases(self._random.sample([each.id for each in tree.phases], 2)),
            lambda: Together(
                [SetFields(each.id, "requirement", {"tags": [word]}) for each in tree.requirements]
            ),
            lambda: SetFields("plan", "plan", {"glossary": [word]}),
        ]
        return self._random.choice(makers)()


@pytest.mark.parametrize("seed", range(4))
def test_any_edits_give_the_site_of_a_build_from_nothing(
    desk: Desk, ada: Person, tmp_path: Path, seed: int
) -> None:
    """Looked at first or not, saved to the branch or to a proposal, with edits by hand between."""
    mixed = random.Random(seed)
    site = tmp_path / "site"
    workspace = _workspace(desk.content, tmp_path / "cache")
    workspace.build(site)
    editor = open_editor(workspace)
    edits = _Edits(seed, editor)
    saved = 0
    for step in range(_STEPS):
        for edit in _tries(edits):
            try:
                if mixed.random() < 0.5:
                    editor.preview(edit)
                proposal = "aside" if mixed.random() < 0.1 else ""
                outcome = editor.save(edit, ada, proposal=proposal)
            except PlannerError:
                continue  # a refused edit is another test's matter
            saved += isinstance(outcome, Saved)
            break
        if mixed.random() < 0.15:
            desk.commit("plan.yaml", "title:", f"# by hand {step}\ntitle:")
        if mixed.random() < 0.8:
            workspace.build(site, keep=False)
        if step % 10 == 9:
            workspace.build(site, keep=False)
            _assert_fresh(site, desk.content, tmp_path, f"fresh-{step}")
    assert saved > _STEPS // 2
    assert desk.git("status", "--porcelain", "content") == ""


def _tries(edits: _Edits) -> Iterator[Operation]:
    return (edits.next() for _ in range(5))


def test_a_build_after_a_save_checks_nothing_again(
    desk: Desk, ada: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes over what the save found; and a second one, for the same change, makes nothing."""
    site = tmp_path / "site"
    workspace = _workspace(desk.content, tmp_path / "cache")
    workspace.build(site)
    editor = open_editor(workspace)
    outcome = editor.save(SetFields("TOW-01", "requirement", {"owner": "grace"}), ada)
    assert isinstance(outcome, Saved)

    def fail(*args: object, **options: object) -> None:
        raise AssertionError("done again")

    monkeypatch.setattr("planner.build.examining.check", fail)
    monkeypatch.setattr("planner.build.examining.update_trace", fail)
    assert workspace.build(site).report.tally.written > 0
    assert "grace" in (site / "r" / "TOW-01" / "index.html").read_text("utf-8")
    again = workspace.build(site).report
    assert (again.made, again.tally.written, again.tally.removed) == (0, 0, 0)


def test_a_commit_that_leaves_the_plan_alone_is_shown(
    desk: Desk, ada: Person, tmp_path: Path
) -> None:
    """The plan is that of the last save, but the revision is another."""
    site = tmp_path / "site"
    workspace = _workspace(desk.content, tmp_path / "cache")
    editor = open_editor(workspace)
    editor.save(SetFields("TOW-01", "requirement", {"owner": "grace"}), ada)
    workspace.build(site)
    (desk.root / "README").write_text("Not of the plan\n")
    desk.git("add", "README")
    desk.git("commit", "--quiet", "--message=aside")
    workspace.build(site)
    shown = (site / "data" / "v1" / "build.json").read_text("utf-8")
    assert desk.git("rev-parse", "HEAD") in shown
    _assert_fresh(site, desk.content, tmp_path, "fresh")
