# ruff: noqa: E501 - the tables below have one case a line
"""Phases in every spelling that plans in the wild use, and what only looks like one."""

import pytest

# name -> (roadmap, numbers of the phases in order of number)
HEADINGS = {
    "colon": ("### Phase 1: Keel\n### Phase 2: Mast\n", ["1", "2"]),
    "em dash": ("### Phase 1 — Keel\n### Phase 2 — Mast\n", ["1", "2"]),
    "en dash": ("### Phase 1 – Keel\n", ["1"]),
    "hyphen": ("### Phase 1 - Keel\n", ["1"]),
    "double hyphen": ("### Phase 1 -- Keel\n", ["1"]),
    "dot": ("### Phase 1. Keel\n", ["1"]),
    "no name": ("### Phase 1\n### Phase 2\n", ["1", "2"]),
    "level 1 to 6": (
        (
            "# Phase 1: A\n## Phase 2: B\n### Phase 3: C\n#### Phase 4: D\n##### Phase 5: E\n"
            "###### Phase 6: F\n"
        ),
        ["1", "2", "3", "4", "5", "6"],
    ),
    "no blank behind the hashes": ("###Phase 1: Keel\n", ["1"]),
    "closing hashes": ("### Phase 1: Keel ###\n", ["1"]),
    "lower case": ("### phase 1: Keel\n", ["1"]),
    "upper case": ("### PHASE 1: KEEL\n", ["1"]),
    "bold": ("### **Phase 1: Keel**\n", ["1"]),
    "bold label": ("### **Phase 1:** Keel\n", ["1"]),
    "emoji before": ("### ✅ Phase 1: Keel\n### 🚧 Phase 2: Mast\n", ["1", "2"]),
    "box before": ("### [x] Phase 1: Keel\n", ["1"]),
    "struck out": ("### ~~Phase 1: Keel~~\n", ["1"]),
    "link": ("### [Phase 1: Keel](phases/01-keel/)\n", ["1"]),
    "mark and word behind": ("### Phase 1: Keel ✅ COMPLETE\n### Phase 2: Mast DONE\n", ["1", "2"]),
    "mark in place of a name": ("### Phase 1 ✅\n", ["1"]),
    "inserted": ("### Phase 2: Mast\n### Phase 2.1: Sail (INSERTED)\n", ["2", "2.1"]),
    "inserted before the colon": ("### Phase 2.1 (INSERTED): Sail\n", ["2.1"]),
    "three parts": ("### Phase 12.3.1: Rope\n### Phase 2.4.1: Knot\n", ["2.4.1", "12.3.1"]),
    "zero padded": ("### Phase 01: Keel\n### Phase 02: Mast\n", ["01", "02"]),
    "phase zero": ("### Phase 0: Wood\n### Phase 1: Keel\n", ["0", "1"]),
    "letter behind": ("### Phase 3a: Bow\n### Phase 3b: Stern\n", ["3a", "3b"]),
    "letter and number": ("### Phase F.1: Flag\n### Phase H.4b: Horn\n", ["F.1", "H.4b"]),
    "letter and parts": ("### Phase 12A.1: Deck\n", ["12A.1"]),
    "code": ("### Phase CK-01: Cork\n### Phase CK-02: Cord\n", ["CK-01", "CK-02"]),
    "roman": ("### Phase II: Mast\n", ["II"]),
    "high number": ("### Phase 432: Paint\n", ["432"]),
    "parking lot": ("### Phase 1: Keel\n### Phase 999.1: Submarine (BACKLOG)\n", ["1", "999.1"]),
    "portuguese": ("### Fase 1: Quilha\n### Fase 2 — Mastro\n", ["1", "2"]),
    "chinese": ("### 阶段 1：龙骨\n### 阶段2：桅杆\n", ["1", "2"]),
    "russian": ("### Фаза 1: Киль\n### Этап 2: Мачта\n", ["1", "2"]),
    "underlined": ("Phase 1: Keel\n-------------\n\nText.\n", ["1"]),
    "not in order": ("### Phase 3: C\n### Phase 1: A\n### Phase 2: B\n", ["1", "2", "3"]),
    "starts at nine": ("### Phase 9: I\n### Phase 10: J\n", ["9", "10"]),
    "behind the progress table": (
        (
            "### Phase 1: Keel\n\n## Progress\n\n| Phase | Status |\n|---|---|\n| 1. Keel | Done |\n\n"
            "### Phase 2: Mast\n**Goal**: It stands.\n"
        ),
        ["1", "2"],
    ),
    "windows line ends": ("### Phase 1: Keel\r\n\r\n### Phase 2: Mast\r\n", ["1", "2"]),
    "no final newline": ("### Phase 1: Keel", ["1"]),
    "byte order mark": ("\ufeff### Phase 1: Keel\n", ["1"]),
    "in details": (
        (
            "<details>\n<summary>✅ v1.0 Hull (Phases 1-2) - SHIPPED 2026-01-01</summary>\n\n"
            "### Phase 1: Keel\n**Goal**: Laid.\n\n### Phase 2: Mast\n\n</details>\n\n"
            "### Phase 3: Sail\n"
        ),
        ["1", "2", "3"],
    ),
}
LISTS = {
    "canonical": ("- [ ] **Phase 1: Keel** - lay it\n- [x] **Phase 2: Mast** - raise it\n", ["1", "2"]),
    "bold number only": ("- [ ] **Phase 1**: Keel - lay it\n", ["1"]),
    "bold with colon inside": ("- [ ] **Phase 1:** Keel\n", ["1"]),
    "plain with box": ("- [x] Phase 1: Keel (3/3 plans) — completed 2026-01-02\n", ["1"]),
    "plain bullet": ("## Phases\n\n- Phase 1: Keel\n* Phase 2 — Mast\n", ["1", "2"]),
    "numbered": ("## Phases\n\n1. **Phase 1: Keel** - lay it\n2. **Phase 2: Mast**\n", ["1", "2"]),
    "link": ("- [ ] [Phase 1: Keel](phases/01)\n", ["1"]),
    "bold link": ("- [x] **[Phase 1: Keel](phases/01)** - lay it\n", ["1"]),
    "emoji": ("- ✅ **Phase 1: Keel** - laid\n- 🚧 Phase 2: Mast\n", ["1", "2"]),
    "struck out": ("- [x] ~~**Phase 1: Keel**~~ - merged\n", ["1"]),
    "description with dashes": ("- [ ] **Phase 1: Keel — long** — lay it -- soon\n", ["1"]),
    "star bullets": ("* [ ] **Phase 1: Keel**\n+ [ ] **Phase 2: Mast**\n", ["1", "2"]),
    "half done box": ("- [~] **Phase 1: Keel**\n", ["1"]),
    "type behind": ("- [ ] **Phase 1: Keel** - lay it `[survey]`\n", ["1"]),
    "dash behind inserted": ("- [ ] **Phase 1: Keel** (INSERTED) - lay it\n", ["1"]),
    "full-width signs": ("- [x] **Phase 1：Keel（INSERTED）** - lay it（completed 2026-01-02）\n", ["1"]),
    "wrapped": ("- [ ] **Phase 1: Keel** - lay it\n  in the yard\n- [ ] **Phase 2: Mast**\n", ["1", "2"]),
    "nested plans": (
        "- [ ] **Phase 1: Keel**\n  - [x] 01-01: wood\n  - [ ] 01-02: nails\n",
        ["1"],
    ),
    "sub-phases below a phase": (
        "## Phase 1: Hull\n- [ ] Phase 1.1: Keel\n- [ ] Phase 1.2: Ribs\n", ["1", "1.1", "1.2"],
    ),
}  # fmt: skip
TABLES = {
    "name in the same cell": ("| Phase | Status |\n|---|---|\n| 1. Keel | Done |\n", ["1"]),
    "name behind a dash": ("| Phase | Status |\n|---|---|\n| 1 - Keel | Pending |\n", ["1"]),
    "no separator": ("| Phase | Status |\n|---|---|\n| 4.1 Rope | Complete |\n", ["4.1"]),
    "name in the next cell": ("| # | Phase | Status |\n|---|---|---|\n| 1 | Keel | Done |\n", ["1"]),
    "word in the cell": ("| Phase | Status |\n|---|---|\n| Phase 1: Keel | Done |\n", ["1"]),
    "letters": ("| Phase | Status |\n|---|---|\n| F.1. Flag | Done |\n| 3a. Bow | Done |\n", ["3a", "F.1"]),
    "without outer bars": ("Phase | Status\n--- | ---\n1. Keel | Done\n", ["1"]),
    "localised": ("| Fase | Estado |\n|---|---|\n| 1. Quilha | Concluído |\n", ["1"]),
}  # fmt: skip
NO_PHASES = {
    "range of phases": "### Phases 1-3: the hull\n",
    "range in a heading": "### Phase 11-18: the rest\n",
    "range bullet": "- [x] Phase 11-18: the rest\n- [x] Phase 1–4 (done)\n",
    "range row": "| Phase | Status |\n|---|---|\n| 1-9 | Complete |\n| 10–11 | Complete |\n",
    "archived phase": "### Archived phase 62 — the old hull\n",
    "backlog note": "### 999.1: Phase G.1 — the old hull\n",
    "in a fence": "```\n### Phase 1: Keel\n- [ ] **Phase 2: Mast**\n```\n",
    "in a comment": "<!--\n### Phase 1: Keel\n- [ ] **Phase 2: Mast**\n-->\n",
    "in a one-line comment": "<!-- - [ ] **Phase 2: Mast** -->\n",
    "plural": "### Phases\n### Phase Details\n### Phase Numbering\n",
    "prose": "The next Phase 3: it will come.\n",
    "plan id": "### Phase 12-01: first plan\n",
    "dependency bullet": "## Dependencies\n\n- Phase 2: needs wood\n",
    "coverage bullet": "## Coverage\n\n- Phase 1: 9 requirements\n",
    "next step": "## Next Steps\n\n- Phase 1: plan it\n",
    "bullet with a bracket": "- Phase 11 (Hull) can run in parallel\n",
    "numbered without the word": "### 1. Keel\n- [ ] **G.2a: Mast** - later\n",
    "article": "### Phase a new way of working\n",
    "table of milestones": "| Milestone | Phases |\n|---|---|\n| v1.0 | 1-3 |\n",
    "row in a table of risks": "## Risks\n\n| Phase | Risk |\n|---|---|\n| 9. Storm | high |\n",
}


@pytest.mark.parametrize(
    ("roadmap", "numbers"),
    [*HEADINGS.values(), *LISTS.values(), *TABLES.values()],
    ids=[*(f"heading-{k}" for k in HEADINGS), *(f"list-{k}" for k in LISTS)]
    + [f"table-{k}" for k in TABLES],
)
def test_a_phase_is_found_in_every_spelling(read_foreign, roadmap, numbers):
    """Each spelling gives exactly the phases that a reader sees."""
    found = read_foreign(roadmap)
    assert sorted(phase.number for phase in found.tree.phases) == sorted(numbers)
    assert found.counts.phases == len(numbers)


@pytest.mark.parametrize("roadmap", NO_PHASES.values(), ids=NO_PHASES)
def test_what_only_looks_like_a_phase_is_none(read_foreign, roadmap):
    """Nothing is invented: ranges, examples, mentions and old notes make no phase."""
    found = read_foreign("# Roadmap: Boat\n\n" + roadmap)
    assert found.tree.phases == ()
    assert "import-no-phases" in {problem.rule for problem in found.problems}


def test_one_phase_has_one_name_in_heading_list_and_table(read_foreign):
    """All three sources are merged by number, padding ignored; the heading names the phase."""
    found = read_foreign("""
        ## Phases
        - [x] **Phase 1: Keel** - lay it (completed 2026-01-05)
        ## Phase Details
        ### Phase 01: Keel
        **Goal**: The keel lies.
        ## Progress
        | Phase | Plans Complete | Status | Completed |
        |---|---|---|---|
        | 1. Keel | 2/2 | Complete | 2026-01-05 |
        """)
    (phase,) = found.tree.phases
    assert (phase.id, phase.number, phase.title) == ("keel", "01", "Keel")
    assert (phase.goal, phase.status) == ("The keel lies.", "done")
    assert not found.problems


def test_a_slug_in_place_of_a_number_is_a_phase(read_foreign):
    """`Phase rope-fix:` is a phase; its word is kept, since it is no number."""
    found = read_foreign("### Phase rope-fix: Mend the rope\n")
    (phase,) = found.tree.phases
    assert (phase.number, phase.title) == ("", "Mend the rope")
    assert "rope-fix" in phase.sections[-1].text


def test_a_title_without_ascii_gives_an_id_by_number(read_foreign):
    """An id must be a file name on every system."""
    found = read_foreign("### Phase 3: 龙骨\n### Phase 4: Con\n")
    assert [phase.id for phase in found.tree.phases] == ["phase-3", "phase-4"]


def test_two_phases_with_one_title_get_two_ids(read_foreign):
    """Ids are unique ignoring case."""
    found = read_foreign("### Phase 1: Docs\n### Phase 2: docs\n### Phase 3: DOCS\n")
    assert [phase.id for phase in found.tree.phases] == ["docs", "docs-2", "docs-3"]


def test_a_remark_between_bullets_is_no_heading(read_foreign):
    """`# NOTE` directly between two bullets does not end the section of the phase."""
    found = read_foreign("""
        ### Phase 1: Keel
        **Success Criteria**:
        - It floats.
        # NOTE: measured in the dock
        - It turns.
        ### Phase 2: Mast
        """)
    assert [len(phase.criteria) for phase in found.tree.phases] == [2, 0]


def test_an_unclosed_fence_hides_nothing(read_foreign):
    """Everything after it would be lost; it is read, and the fence is reported."""
    found = read_foreign("### Phase 1: Keel\n```\n### Phase 2: Mast\n")
    assert found.counts.phases == 2
    assert [problem.rule for problem in found.problems] == ["import-unclosed"]


def test_an_unclosed_details_block_hides_nothing(read_foreign):
    """A stray tag opens no block."""
    found = read_foreign("<details>\n\n### Phase 1: Keel\n\n## Next\n\n### Phase 2: Mast\n")
    assert found.counts.phases == 2
    assert "import-unclosed" in {problem.rule for problem in found.problems}


def test_full_width_brackets_hold_the_same_remarks(read_foreign):
    """`（INSERTED）` and `（completed …）` are no part of a name."""
    found = read_foreign("- [x] **Phase 1：龙骨（INSERTED）** - 铺设（completed 2026-01-02）\n")
    (phase,) = found.tree.phases
    assert (phase.title, phase.status) == ("龙骨", "done")
    assert phase.goal == "铺设"


def test_a_parked_phase_is_deferred_and_in_no_milestone(read_foreign):
    """Numbers from 999 on lie outside of the sequence."""
    found = read_foreign("""
        ## Milestones
        - 🚧 **v1.0 Hull**
        ## Phases
        - [ ] **Phase 1: Keel**
        ## Backlog
        ### Phase 999.1: Submarine (BACKLOG)
        **Goal**: It dives.
        """)
    assert [(each.number, each.status, each.milestone) for each in found.tree.phases] == [
        ("1", "", "v1.0"),
        ("999.1", "deferred", ""),
    ]
