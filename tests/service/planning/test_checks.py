"""What the checks say of an item while it is edited, and to which field each finding belongs."""

from pathlib import Path

import pytest

from planner.codec.reading import read_item
from planner.model.problem import Problem, Severity
from planner.workspace import open_workspace
from service.planning.desk import PlanDesk
from service.planning.edits import CreateEdit, SetEdit
from service.planning.ops import PlanOps
from service.planning.placing import place_of
from tests.service.planned import plan_repository
from tests.service.planning.wire import Wire

PHASE = """---
title: Tower
number: 01
depends_on:
  - lamp
  - phase: light
    soft: true
bogus: 3
status: planned
---

The goal
in two lines.

## Success criteria

1. The lamp is lit. {#c1}
   - verifies: LAMP-01
   - check: look
     closely

2. It turns. {#c2}

## Notes of mine

Nothing.
"""


@pytest.fixture
def desk(tmp_path: Path) -> PlanDesk:
    """The worker's way to the plan of a repository."""
    root = plan_repository(tmp_path)
    opened = open_workspace(None, environ={}, cwd=root, cache=False)
    return PlanDesk(Wire(PlanOps(lambda: opened, lambda: 1)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (2, "title"), (4, "depends_on"), (5, "depends_on.0"), (6, "depends_on.1"), (8, ""),
        (9, "status"), (12, "goal"), (13, "goal"), (15, "criteria"), (17, "criteria.0.text"),
        (18, "criteria.0.verifies"), (19, "criteria.0.check"), (20, "criteria.0.check"),
        (22, "criteria.1.text"), (24, ""), (26, ""), (0, ""),
    ],
)  # fmt: skip
def test_a_line_of_a_file_leads_to_its_field(line: int, at: str) -> None:
    """The entry of a list and the part of a criterion included; other lines lead nowhere."""
    item = read_item("phases/tower.md", PHASE.encode()).item
    assert item is not None
    found = Problem(
        path="phases/tower.md", line=line, rule="some", severity=Severity.HINT, message="m"
    )
    assert place_of(item, found) == at


def test_each_missing_field_leads_to_itself() -> None:
    """Two fields that are missing at one place are told apart."""
    read = read_item("phases/tower.md", b"---\nnumber: 01\n---\n")
    assert read.item is not None
    found = {place_of(read.item, each) for each in read.problems if each.rule == "missing-field"}
    assert found == {"title", "goal"}


def test_checks_tell_what_an_edit_brings(desk: PlanDesk) -> None:
    """New findings stand at their field, and those elsewhere are told too."""
    opened = desk.open("LAMP-02")
    changes = {"text": "The lamp should be nice.", "phases": ["nowhere"]}
    edit = SetEdit(kind="requirement", id="LAMP-02", changes=changes, blob=opened.blob)
    found = desk.checks(edit)
    new = {each.problem.at for each in found.checks if each.new}
    assert {"text", "phases.0"} <= new or {"text", "phases"} <= new
    assert [each.item for each in found.elsewhere] == ["lamp"]
    assert (found.id, found.merged, found.clashes) == ("LAMP-02", (), ())


def test_a_new_item_is_told_its_id(desk: PlanDesk) -> None:
    """The next of its phase, or the one that is made of its title."""
    fields = {"phases": ["tower"], "text": "The tower shall stand."}
    assert desk.checks(CreateEdit(kind="requirement", fields=fields)).id == "LAMP-03"
    assert desk.checks(CreateEdit(kind="phase", fields={"title": "Two lamps"})).id == "two-lamps"


def test_an_outline_can_be_of_some_kinds(desk: PlanDesk) -> None:
    """The words are those of all."""
    found = desk.outline(kinds=["phase", "milestone"])
    assert {each.kind for each in found.entries} == {"phase", "milestone"}
    assert (found.owners, found.tags) == (("Ada",), ("light",))


def test_a_form_has_all_in_one_answer(desk: PlanDesk) -> None:
    """Values, choices, findings, who refers to it, and what would be lost without it."""
    found = desk.form("tower", "phase")
    assert found.item.values["title"] == "Tower"
    assert [each.id for each in found.outline.entries] == ["v1", "tower", "lamp"]
    assert [each.words for each in found.impact] == ["1 requirement belongs to this"]
    assert found.deletion == ()
    assert "LAMP-01" in desk.form("tower", "phase", deleting=True).deletion[0].words
    assert found.checks
    assert not any(each.new for each in found.checks)


def test_a_finding_comes_with_its_mends(desk: PlanDesk) -> None:
    """Applied, the finding is gone."""
    opened = desk.open("LAMP-01")
    changes = {"phases": ["twoer"]}
    edit = SetEdit(kind="requirement", id="LAMP-01", changes=changes, blob=opened.blob)
    checks = desk.checks(edit).checks
    found = next(each for each in checks if each.problem.rule == "unresolved-reference")
    assert found.new
    mend = found.fixes[0]
    assert mend.changes == {"phases": ["tower"]}
    again = desk.checks(edit.model_copy(update={"changes": {**changes, **mend.changes}}))
    assert not any(each.problem.rule == "unresolved-reference" for each in again.checks)


def test_a_file_that_cannot_be_read_is_shown(tmp_path: Path) -> None:
    """With its text, and what is wrong in it."""
    root = plan_repository(tmp_path, {"plan.yaml": "title: L\n", "phases/x.md": "---\na: [\n---\n"})
    opened = open_workspace(None, environ={}, cwd=root, cache=False)
    desk = PlanDesk(Wire(PlanOps(lambda: opened, lambda: 1)))  # type: ignore[arg-type]
    found = desk.unreadable("x", "phase")
    assert (found.path, found.text) == ("phases/x.md", "---\na: [\n---\n")
    assert found.problems
