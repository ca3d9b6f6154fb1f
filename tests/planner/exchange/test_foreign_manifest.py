"""The 19 plans by strangers: the counts that people counted, and nothing lost."""

import csv
from pathlib import Path

import pytest

from planner.exchange.foreign.reading import read_plan
from planner.exchange.gsd import read_source

COLUMNS = {
    "phases": ("phases", "phases_incl_table_rows"),
    "requirements": ("requirements", "requirements_incl_heading_defined"),
    "mapped": ("mapped_requirements",),
}


def plan_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_counts_equal_the_manifest(foreign_plans):
    """Wherever the manifest gives a number; the roadmap's inclusive column is as good."""
    rows = manifest(foreign_plans)
    assert len(rows) == 19
    wrong = []
    for row in rows:
        folder = foreign_plans / row["repo"].replace("/", "__")
        counts = read_source(plan_files(folder)).counts
        for name, columns in COLUMNS.items():
            expected = {int(row[column]) for column in columns if row[column]}
            if expected and getattr(counts, name) not in expected:
                wrong.append((row["repo"], name, getattr(counts, name), expected))
    assert not wrong


def test_no_line_of_them_is_lost(foreign_plans):
    """Each line with words was placed or is among the unread ones."""
    for folder in sorted(foreign_plans.iterdir()):
        if not folder.is_dir():
            continue
        reading = read_plan(plan_files(folder))
        unread = {(place.path, place.line) for place in reading.unread}
        for document in reading.documents.values():
            for line in document.lines:
                left_over = line.raw.strip() and not reading.ledger.is_claimed(document.path, line)
                if left_over and (document.path, line.number) not in unread:
                    assert line.kind in {"rule", "tag"} or not line.raw.strip(" |:-"), line


def test_the_roadmap_of_this_project(foreign_plans):
    """The form with Dependencies, Coverage Map and Verification Level, without texts."""
    source = foreign_plans.parent / "roadmap-v0.1.0.md"
    if not source.is_file():
        pytest.skip("the roadmap is not on this machine")
    found = read_source({"ROADMAP.md": source.read_bytes()})
    counts = found.counts
    assert (counts.phases, counts.requirements, counts.mapped) == (6, 21, 21)
    assert (counts.milestones, counts.criteria) == (1, 24)
    assert [problem.rule for problem in found.problems] == ["import-no-text"] * 21
    assert found.unread == ()
    by_number = {phase.number: phase for phase in found.tree.phases}
    assert [(each.phase, each.soft) for each in by_number["2"].depends_on] == [
        (by_number["1"].id, True)
    ]
    assert [(each.phase, each.soft) for each in by_number["5"].depends_on] == [
        (by_number["3"].id, False)
    ]
    assert {phase.verification for phase in found.tree.phases} == {"proxy", "sanity"}
    assert found.tree.milestones[0].id == "v0.1.0"
