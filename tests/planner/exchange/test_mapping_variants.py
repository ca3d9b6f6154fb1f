# ruff: noqa: E501 - the tables below have one case a line
"""Which requirement belongs to which phase: every place and every spelling."""

import pytest

IDS = (
    [f"A-{n:02d}" for n in range(1, 13)]
    + [f"B-{n:02d}" for n in range(1, 4)]
    + ["SEC-01", "SEC-02"]
)
DEFINED = "# Requirements\n## v1 Requirements\n" + "".join(
    f"- [ ] **{x}**: does {x}\n" for x in IDS
)
A = lambda *numbers: [f"A-{n:02d}" for n in numbers]  # noqa: E731
LINES = {
    "A-01, A-02": A(1, 2),
    "[A-01, A-02]": A(1, 2),
    "`A-01`, **A-02**": A(1, 2),
    "A-01 A-02": A(1, 2),
    "A-01 and A-02": A(1, 2),
    "A-01 & A-02 + A-03": A(1, 2, 3),
    "A-01; A-02": A(1, 2),
    "A-01..A-05": A(1, 2, 3, 4, 5),
    "A-01..05": A(1, 2, 3, 4, 5),
    "A-01...05": A(1, 2, 3, 4, 5),
    "A-01…05": A(1, 2, 3, 4, 5),
    "A-01–05": A(1, 2, 3, 4, 5),
    "A-01 – A-05": A(1, 2, 3, 4, 5),
    "A-01~05": A(1, 2, 3, 4, 5),
    "A-01-05": A(1, 2, 3, 4, 5),
    "A-01 - A-03": A(1, 2, 3),
    "A-01 to A-12": A(*range(1, 13)),
    "A-01 through A-12": A(*range(1, 13)),
    "A-01 thru 03": A(1, 2, 3),
    "A-01 a A-06": A(1, 2, 3, 4, 5, 6),
    "A-01 bis A-03": A(1, 2, 3),
    "A-01/02/06": A(1, 2, 6),
    "A-01, 02, 03": A(1, 2, 3),
    "A-01, A-03..05, 09": A(1, 3, 4, 5, 9),
    "A-01..03, B-01..02": [*A(1, 2, 3), "B-01", "B-02"],
    "SEC-*": ["SEC-01", "SEC-02"],
    "A-1, A-2": A(1, 2),
    "A-01 (partly, see note)": A(1),
    "A-01, A-02 (A-03 deferred to Phase 2)": A(1, 2),
    "A-01 (A-02 is owned by Phase 2)": A(1),
    "A-01 [A-02 moved]": A(1),
    "Login (A-01, A-02)": A(1, 2),
    "A-01..05 except A-03": A(1, 2, 4, 5),
    "All": [],
    "None": [],
    "TBD": [],
    "-": [],
    "(new feature, to be defined)": [],
    "SHA-256 hashing": [],
    "A-01 - 3 retries": A(1),
    "A-01, 3 retries": A(1),
}
CELLS = {
    "Phase 1": ["1"],
    "1": ["1"],
    "Phase 01": ["1"],
    "Phase 1: Keel": ["1"],
    "1: Keel": ["1"],
    "**Phase 1**": ["1"],
    "P1": ["1"],
    "Phase 1, 2": ["1", "2"],
    "Phase 1, Phase 2": ["1", "2"],
    "Phases 1-3": ["1", "2", "2.1", "3"],
    "1, 2, 3": ["1", "2", "3"],
    "1 (note: Phase 2)": ["1"],
    "Phase 2.1": ["2.1"],
    "-": [],
    "—": [],
    "v2": [],
    "Future": [],
    "TBD": [],
    "All phases": [],
}
PHASES = "".join(f"### Phase {n}: P{n}\n" for n in ("1", "2", "2.1", "3"))


@pytest.mark.parametrize(("line", "ids"), LINES.items())
def test_a_requirements_line_in_every_spelling(read_foreign, line, ids):
    """Exactly the ids meant, neither fewer nor more."""
    found = read_foreign(f"### Phase 1: Keel\n**Requirements**: {line}\n### Phase 2: B\n", DEFINED)
    assert sorted(found.mapped) == sorted(ids)
    assert found.counts.mapped == len(ids)


@pytest.mark.parametrize(("cell", "keys"), CELLS.items())
def test_a_phase_cell_in_every_spelling(read_foreign, cell, keys):
    """The traceability table ties the id to the phases named, brackets ignored."""
    table = f"## Traceability\n| Requirement | Phase | Status |\n|---|---|---|\n| A-01 | {cell} | Pending |\n"
    found = read_foreign(PHASES, "## v1 Requirements\n- [ ] **A-01**: x\n" + table)
    assert found.mapped == (("A-01",) if keys else ())
    (only,) = found.tree.requirements
    assert list(only.phases) == [f"p{key.replace('.', '-')}" for key in keys]


TABLES = {
    "extra columns": "| Requirement | Actor | Milestone | Phase | Plan | Status |\n|-|-|-|-|-|-|\n"
    "| A-01 | Cook | v1 | Phase 1 | 01-02 | Pending |\n",
    "range in the id cell": "| Requirement | Phase |\n|---|---|\n| A-01..02 | Phase 1 |\n",
    "list in the id cell": "| Req ID | Phase |\n|---|---|\n| A-01, A-02 | Phase 1 |\n",
    "bold ids": "| REQ | Phase | Status |\n|---|---|---|\n| **A-01** | 1 | Done |\n",
    "reversed": "| Phase | Requirements Covered |\n|---|---|\n| Phase 1 | A-01, A-02 |\n",
    "reversed and localised": "| 阶段 | 主要需求 |\n|---|---|\n| 1. 门 | A-01、A-02 |\n",
    "localised": "| Requisito | Fase | Status |\n|---|---|---|\n| A-01 | Fase 1 | Pendente |\n",
    "blank line inside": "| Requirement | Phase |\n|---|---|\n| A-02 | 1 |\n\n| A-01 | Phase 1 |\n",
    "aligned": "| Requirement | Phase      |\n| :---------- | ---------: |\n| A-01        |   Phase 1  |\n",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_traceability_table_in_every_shape(read_foreign, table):
    """Columns are found by their headers."""
    text = "## v1 Requirements\n- [ ] **A-01**: x\n- [ ] **A-02**: y\n## Traceability\n" + table
    assert "A-01" in read_foreign(PHASES, text).mapped


ROADMAPS = {
    "list below an empty line": "### Phase 1: Keel\n**Requirements**:\n- A-01\n- A-02: does it\n",
    "coverage table": "### Phase 1: Keel\n## Coverage Map\n| REQ-ID | Phase |\n|---|---|\n| A-01 | Phase 1 |\n| A-02 | 1 |\n",
    "coverage bullets": "### Phase 1: Keel\n## Coverage\n- Phase 1 (Keel): 2 requirements (A-01..02)\n",
    "progress table": "| Phase | Requirements | Status |\n|---|---|---|\n| 1 - Keel | A-01, A-02 | Pending |\n",
    "tail in brackets": "- [ ] **Phase 1: Keel** - lay it (A-01), paint it (A-02)\n",
    "tail between dashes": "- [ ] **Phase 1: Keel** — A-01/02 — lay it\n",
    "tail with a label": "- [ ] **Phase 1: Keel** - lay it (Requirements: A-01, A-02)\n",
    "field in bullets": "### Phase 1: Keel\n- **Goal:** g\n- **Requirements:** A-01, A-02\n",
    "field as heading": "### Phase 1: Keel\n#### Requirements\n- A-01\n- A-02\n",
    "label covered": "### Phase 1: Keel\n**Requirements covered**: `A-01..02`\n",
    "localised": "### Fase 1: Quilha\n**Requisitos**: A-01, A-02\n",
}  # fmt: skip


@pytest.mark.parametrize("roadmap", ROADMAPS.values(), ids=ROADMAPS)
def test_a_roadmap_alone_ties_requirements_to_phases(read_foreign, roadmap):
    """Without REQUIREMENTS.md they become stubs whose missing text is reported."""
    found = read_foreign(roadmap)
    assert sorted(found.mapped) == A(1, 2)
    assert (found.counts.requirements, found.counts.mapped) == (2, 2)
    assert {each.id: len(each.phases) for each in found.tree.requirements} == {"A-01": 1, "A-02": 1}


def test_a_category_title_names_the_phase(read_foreign):
    """`### Access (Phase 12)` ties what stands below it."""
    text = (
        "## v1 Requirements\n### Access (Phase 1)\n- [ ] **A-01**: x\n### Hull\n- [ ] **A-02**: y\n"
    )
    assert read_foreign(PHASES, text).mapped == ("A-01",)


def test_prose_ties_only_what_nothing_else_ties(read_foreign):
    """A mention inside words is the weakest sign."""
    roadmap = "### Phase 1: A\n**Requirements**: Base for A-01 and for A-02\n### Phase 2: B\n**Requirements**: A-01\n"
    found = read_foreign(roadmap, DEFINED)
    assert {each.id: each.phases for each in found.tree.requirements if each.phases} == {
        "A-01": ("b",),
        "A-02": ("a",),
    }


def test_line_wins_for_the_phase_and_table_for_the_status(read_foreign):
    """The default of the two sources, with a finding that names both places."""
    found = read_foreign(
        "### Phase 1: One\n**Requirements**: A-01\n### Phase 2: Two\n**Goal**: g\n",
        "## v1 Requirements\n- [ ] **A-01**: x\n## Traceability\n| Requirement | Phase | Status |\n"
        "|---|---|---|\n| A-01 | Phase 2 | Complete |\n",
    )
    (only,) = found.tree.requirements
    assert (only.phases, only.status) == (("one",), "done")
    rules = {problem.rule: problem for problem in found.problems}
    differ = rules["import-line-table-differ"]
    assert (differ.path, differ.line) == ("REQUIREMENTS.md", 6)
    assert [(place.path, place.line) for place in differ.related] == [("ROADMAP.md", 2)]
    boxes = rules["import-requirement-box-status"]
    assert (boxes.line, boxes.related[0].line) == (2, 6)


def test_a_coverage_section_may_hold_totals_and_remarks(read_foreign):
    """Only an entry about a requirement that nobody understood is left over."""
    found = read_foreign("""
        ### Phase 1: Keel
        **Requirements**: A-01

        ## Requirement Coverage

        | Group | Count |
        |---|---|
        | Hull | 1 |

        Everything is mapped, nothing is left: 1/1.

        - The hull comes first.
        - **A-07** somewhere behind the mast
        """)
    assert [each.text for each in found.unread] == ["- **A-07** somewhere behind the mast"]
    assert found.mapped == ("A-01",)
