"""Tables and remarks that are easily read as something else, and what becomes of their words."""

import os

import pytest

from planner.errors import SourceError
from planner.exchange.gsd import read_source
from planner.exchange.gsd_write import render_gsd
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


def remarks(item) -> list[str]:
    """The rows that the import kept beside the fields of an item."""
    texts = [each.text for each in item.sections if each.heading == "As imported"]
    return [row.removeprefix("- ") for text in texts for row in text.splitlines()]


PROGRESS = {
    "notes": ("| Phase | Status | Notes |", "| 1. Keel | Complete | Ask Ida |", ["Table, notes"]),
    "status": ("| Phase | Status |", "| 1. Keel | Wobbly, ask Ida |", ["Table, status"]),
    "word": ("| Phase | Status |", "| 1. Keel | Complete (Ask Ida) |", ["Status"]),
    "goal": ("| Phase | Goal | Status |", "| 1. Keel | Ask Ida | Complete |", ["Table, goal"]),
    "plans": ("| Phase | Plans |", "| 1. Keel | 1/1 ask Ida |", ["Plans", "Table, plans"]),
    "beyond": ("| Phase | Status |", "| 1. Keel | Complete | Ask Ida |", ["Table, more"]),
    "name": ("| Phase | Status |", "| 1. Ask Ida | Complete |", ["Table, name"]),
    "milestone": ("| Phase | Milestone |", "| 1. Keel | ask Ida |", ["Table, milestone"]),
    "said": ("| Phase | Goal | Status |", "| 1. Keel | It lies | Complete |", []),
}


@pytest.mark.parametrize(("head", "row", "labels"), PROGRESS.values(), ids=PROGRESS)
def test_cells_that_no_field_takes_stay_with_the_phase(read_foreign, head, row, labels):
    """A row is placed only when all its cells are."""
    dashes = "|---" * (head.count("|") - 1) + "|"
    found = read_foreign(f"{PHASES}## Progress\n{head}\n{dashes}\n{row}\n")
    rows = remarks(found.tree.phases[0])
    assert [each.partition(":")[0] for each in rows] == labels
    assert ("ask ida" in all_text(found).casefold()) == ("Ida" in row)


TRACE = {
    "further column": ("| DOOR-01 | Phase 1 | Pending | Ask Ida |", ["Table, owner: Ask Ida"]),
    "phase in words": ("| DOOR-01 | soon (note) | Pending | - |", ["Table, phase: soon (note)"]),
    "note on a phase": ("| DOOR-01 | Phase 2 (note) | - | - |", ["Table, phase: Phase 2 (note)"]),
    "beyond": ("| DOOR-01 | Phase 1 | Pending | - | Ask Ida |", ["Table, more: Ask Ida"]),
    "nothing": ("| DOOR-01 | Phase 1 | Pending | - |", []),
}


@pytest.mark.parametrize(("row", "expected"), TRACE.values(), ids=TRACE)
def test_cells_that_no_field_takes_stay_with_the_requirement(read_foreign, row, expected):
    """The same for traceability tables."""
    found = read_foreign(
        PHASES,
        "## v1 Requirements\n- [ ] **DOOR-01**: It opens\n## Traceability\n"
        f"| Requirement | Phase | Status | Owner |\n|---|---|---|---|\n{row}\n",
    )
    assert remarks(found.tree.requirements[0]) == expected


def test_a_table_below_the_requirements_line_stays_in_the_phase(read_foreign):
    """Its rows name no requirement, so they are text."""
    table = "| Phase | Pitfall |\n|---|---|\n| Phase 40 | Worms |"
    found = read_foreign(f"### Phase 1: Keel\n**Requirements**: AA-01\n\n{table}\n")
    details = next(s.text for s in found.tree.phases[0].sections if s.heading == "Details")
    assert details == table


def test_a_text_that_differs_in_roadmap_and_requirements_is_kept(read_foreign):
    """The definition stands; the roadmap's words are a remark, or text of the phase."""
    found = read_foreign(
        "### Phase 1: Keel\n**Requirements**:\n- AA-01: It sinks\n- AA-02: It swims\n"
        "- AA-09: Gone\n",
        "## v1 Requirements\n- [ ] **AA-01**: It floats\n- [ ] **AA-02**: It swims\n",
    )
    first, second = found.tree.requirements
    assert (first.text, remarks(first)) == ("It floats", ["Also: It sinks"])
    assert remarks(second) == []
    assert "AA-09: Gone" in all_text(found)


def test_ids_without_a_definition_survive_the_import(read_foreign):
    """As a row of the phase that names them, which an export writes back."""
    found = read_foreign(
        "### Phase 1: Keel\n**Requirements**: AA-01, AA-07\n",
        "## v1 Requirements\n- [ ] **AA-01**: It floats\n## Traceability\n"
        "| Requirement | Phase | Status |\n|---|---|---|\n| AA-01 | Phase 1 | Pending |\n"
        "| AA-08 | Phase 1 | Pending |\n| AA-09 | Phase 77 | Pending |\n| AA-10 | later | - |\n",
    )
    assert remarks(found.tree.phases[0]) == ["Named but never defined: AA-07, AA-08"]
    assert "AA-09" in all_text(found)
    assert "AA-10" in all_text(found)
    files, _ = render_gsd(found.tree)
    assert "**Requirements**: AA-01, AA-07, AA-08\n" in files["ROADMAP.md"]
    again = read_source({name: text.encode() for name, text in files.items()})
    assert remarks(again.tree.phases[0]) == remarks(found.tree.phases[0])


def rules(imported) -> list[str]:
    """The rules of what was found, without those that say what stands nowhere."""
    quiet = {"import-phase-not-listed", "import-phase-without-details", "import-unmapped"}
    return [each.rule for each in imported.problems if each.rule not in quiet]


def test_an_entry_in_the_section_of_another_phase_is_a_phase(read_foreign):
    """Inside a block of what is done, or with its progress; steps of a phase are none."""
    done = "- [x] Phase 2: Mast (1/1 plans) — completed 2026-03-01\n"
    for source in (
        f"### Phase 1: Keel\n**Goal**: It lies.\n{done}",
        f"<details>\n<summary>v1.0 (Phases 1-2)</summary>\n\n### Phase 1: Keel\n{done}</details>\n",
    ):
        found = read_foreign(source)
        assert [(each.number, each.title) for each in found.tree.phases] == [
            ("1", "Keel"),
            ("2", "Mast"),
        ]
    steps = read_foreign("### Phase 1: Keel\nSteps:\n- [ ] Phase 2: saw\n- [ ] Phase 1: saw\n")
    assert len(steps.tree.phases) == 1
    assert rules(steps) == ["import-phase-unread"]


def test_a_bold_paragraph_that_names_a_phase_is_reported(read_foreign):
    """Unless the phase is known, or the line is a field."""
    found = read_foreign(
        PHASES + "\n**Phase 3: Sail**\n\n**Phase 2: Mast**\n\n**Phase 4 owner**: I\n"
    )
    assert [each.line for each in found.problems if each.rule == "import-phase-unread"] == [6]


def test_texts_that_differ_are_reported_with_both_places(read_foreign):
    """Where signs alone differ there is nothing to say."""
    found = read_foreign(
        "### Phase 1: Keel\n**Requirements**:\n- AA-01: It sinks\n- AA-02: **It** swims.\n",
        "## v1 Requirements\n- [ ] **AA-01**: It floats\n- [ ] **AA-02**: It swims\n",
    )
    (problem,) = found.problems
    assert (problem.rule, problem.path, problem.line) == ("import-texts-differ", "ROADMAP.md", 3)
    assert [(each.path, each.line) for each in problem.related] == [("REQUIREMENTS.md", 2)]


def test_two_sections_with_different_names(read_foreign):
    """Even where one name begins with the other."""
    found = read_foreign("### Phase 1: Keel\n**Goal**: a\n### Phase 1: Keel again\n**Goal**: b\n")
    assert rules(found) == ["import-phase-name-differs", "import-phase-twice"]
    (phase,) = found.tree.phases
    assert (phase.goal, remarks(phase)) == ("a", ["Goal: b"])


STRUCK = {
    "behind": ("- [ ] ~~**AA-01**: gone~~ (by Ida)", "gone (by Ida)", []),
    "bold outside": ("- [ ] **~~AA-01~~**: gone", "gone", []),
    "all": ("- ~~**AA-01: Door** gone~~", "gone", []),
    "ticked": ("- [x] ~~**AA-01**: gone~~", "gone", ["import-struck-done"]),
}


@pytest.mark.parametrize(("entry", "text", "expected"), STRUCK.values(), ids=STRUCK)
def test_a_struck_requirement_is_dropped(read_foreign, entry, text, expected):
    """No sign of the strike stays in its text; a tick contradicts it."""
    found = read_foreign("### Phase 1: Keel\n", f"## v1 Requirements\n{entry}\n")
    (requirement,) = found.tree.requirements
    assert (requirement.status, requirement.text) == ("dropped", text)
    assert "~~" not in requirement.title
    assert rules(found) == expected


def test_a_struck_phase_is_dropped(read_foreign):
    """A tick contradicts the strike."""
    found = read_foreign("- [x] ~~**Phase 1: Keel**~~ dropped\n- [ ] ~~Phase 2: Mast~~\n")
    assert [each.status for each in found.tree.phases] == ["dropped", "dropped"]
    assert rules(found) == ["import-phase-struck-done"]


def test_phases_before_the_only_milestone_are_counted_to_it_aloud(read_foreign):
    """Silently only where the milestone has no phases of its own."""
    milestone = "## Milestone 2: Sea\n"
    found = read_foreign(f"{PHASES}{milestone}### Phase 3: Sail\n")
    assert [each.milestone for each in found.tree.phases] == ["milestone-2"] * 3
    (problem,) = found.problems
    assert (problem.rule, problem.line) == ("import-milestone-assumed", 2)
    assert "phase 1, 2 belongs" in problem.message
    assert read_foreign(f"{milestone}### Phase 3: Sail\n### Phase 4: Flag\n").problems == ()


def test_words_of_other_scripts_on_the_requirements_line_stay(read_foreign):
    """They are no ids, so they are a remark."""
    found = read_foreign("### Phase 1: Keel\n**Requirements**: 船-01, AB-01\n")
    assert remarks(found.tree.phases[0]) == ["Requirements: 船-01, AB-01"]
