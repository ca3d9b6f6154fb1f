"""Tables and remarks that are easily read as something else, and what becomes of their words."""

import os

import pytest

from planner.errors import SourceError
from planner.exchange.source import read_files

PHASES = "# Roadmap: Boat\n### Phase 1: Keel\n**Goal**: It lies.\n### Phase 2: Mast\n"


def all_text(imported) -> str:
    """Everything that came out of an import: items, unread lines."""
    tree = imported.tree
    items = (tree.plan, *tree.milestones, *tree.phases, *tree.requirements, *tree.research)
    return "\n".join([*map(repr, items), *(each.text for each in imported.unread)])


def test_a_table_below_the_criteria_is_no_criterion(read_foreign):
    """It is kept as text of the phase; so is a table that stands alone but lists risks."""
    table = "| Phase | Pitfall |\n|---|---|\n| Phase 1 | Worms |\n"
    for criteria, count in (("1. It floats.\n\n", 1), ("", 0)):
        found = read_foreign(f"### Phase 1: Keel\n**Success Criteria**:\n{criteria}{table}")
        (phase,) = found.tree.phases
        assert len(phase.criteria) == count
        details = next(each.text for each in phase.sections if each.heading == "Details")
        assert details.splitlines() == table.splitlines()


def test_the_other_cells_of_a_table_of_criteria_stay(read_foreign):
    """Numbers too; only the number of the row goes."""
    found = read_foreign(
        "### Phase 1: Keel\n**Success Criteria**:\n\n"
        "| # | Criterion | Target |\n|---|---|---|\n| 1 | It floats. | 95% |\n"
    )
    assert [each.text for each in found.tree.phases[0].criteria] == ["It floats.; 95%"]


def test_a_table_of_risks_makes_no_phase(read_foreign):
    """Only columns that tell of phases do; its rows are reported."""
    found = read_foreign(PHASES + "## Hazards\n| Phase | Hazard |\n|---|---|\n| Phase 44 | Fog |\n")
    assert [each.number for each in found.tree.phases] == ["1", "2"]
    assert [each.text for each in found.unread][-1] == "| Phase 44 | Fog |"
    listed = read_foreign(PHASES + "## Rows\n| Phase | Goal |\n|---|---|\n| 44. Sail | Fly |\n")
    assert [each.number for each in listed.tree.phases] == ["1", "2", "44"]


def test_a_folder_named_roadmap_is_refused_without_leaks(tmp_path):
    """In words; no descriptor stays open."""
    (tmp_path / "ROADMAP.md").mkdir()
    free = os.dup(0)
    os.close(free)
    with pytest.raises(SourceError, match="no regular file"):
        read_files(tmp_path)
    again = os.dup(0)
    os.close(again)
    assert again == free


@pytest.mark.parametrize("place", [".planning", ".planning/content", "."])
def test_the_source_is_never_written_to(run_planner, write_files, tmp_path, place):
    """A target that is, holds or lies in the source ends with exit code 2."""
    write_files(tmp_path / ".planning", {"ROADMAP.md": PHASES})
    done = run_planner("import", tmp_path, "--to", tmp_path / place)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "lie in each other" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == [".planning", "ROADMAP.md"]
    assert run_planner("import", tmp_path, "--to", tmp_path / "content").returncode == 0
