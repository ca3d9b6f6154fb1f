# ruff: noqa: E501 - the tables below have one case a line
"""The section of a phase: criteria, dependencies, fields and what is kept as text."""

import pytest

PUNCTUATION = {
    "colon outside": "**Goal**: It floats.\n**Success Criteria** (what must be TRUE):\n  1. One.\n",
    "colon inside": "**Goal:** It floats.\n**Success Criteria (what must be TRUE):**\n1. One.\n",
    "note between": "**Goal** (draft): It floats.\n**Success Criteria** (tests): \n1) One.\n",
    "bullets": "- **Goal:** It floats.\n- **Success Criteria:**\n  1. One.\n",
    "headings": "#### Goal\n\nIt floats.\n\n#### Success Criteria\n\n- One.\n",
    "plain": "Goal: It floats.\nSuccess Criteria:\n1. One.\n",
    "underscores": "__Goal__: It floats.\n__Success Criteria__:\n1. One.\n",
    "value below": "**Goal**:\nIt floats.\n\n**Success Criteria**\n1. One.\n",
    "wrapped": "**Goal**: It\nfloats.\n\n**Success Criteria**:\n1. One.\n",
    "loose list": "**Goal**: It floats.\n\n**Success Criteria**:\n\n1. One.\n",
    "boxes": "**Goal**: It floats.\n**Success Criteria**:\n- [ ] One.\n",
    "inline": "**Goal**: It floats.\n**Success Criteria**: One.\n",
    "table": "**Goal**: It floats.\n**Success Criteria**:\n\n| # | Criterion |\n|---|---|\n| 1 | One. |\n",
    "german": "**Ziel**: It floats.\n**Erfolgskriterien**:\n1. One.\n",
    "portuguese": "**Objetivo**: It floats.\n**Critérios de sucesso**:\n1. One.\n",
    "chinese": "**目标**：It floats.\n**成功标准**：\n1. One.\n",
}
DEPENDS = {
    "Nothing (first phase)": [],
    "None": [],
    "None (starting phase)": [],
    "-": [],
    "N/A": [],
    "Phase 1": [("1", False, "")],
    "Phase 1 (the wood must be dry)": [("1", False, "the wood must be dry")],
    "Phase 1, Phase 2": [("1", False, ""), ("2", False, "")],
    "Phase 1 (dry), Phase 2 (bought)": [("1", False, "dry"), ("2", False, "bought")],
    "Phases 1-3": [("1", False, ""), ("2", False, ""), ("2.1", False, ""), ("3", False, "")],
    "Phases 1 and 3": [("1", False, ""), ("3", False, "")],
    "Phase 1 + Phase 2 + Phase 3 all green": [("1", False, ""), ("2", False, ""), ("3", False, "")],
    "1, 2": [("1", False, ""), ("2", False, "")],
    "Phase 2.1": [("2.1", False, "")],
    "Phase 01": [("1", False, "")],
    "Phase 1 (independent; can begin at once or in parallel)": [
        ("1", True, "independent; can begin at once or in parallel")
    ],
    "Phase 1 (optional)": [("1", True, "")],
    "Phase 1 (optional: it helps)": [("1", True, "it helps")],
    "Phase 1 (can run in parallel with Phases 2-3)": [
        ("1", False, "can run in parallel with Phases 2-3")
    ],
    "Phase 1 (done). Can run in parallel with Phase 2.": [("1", False, "done")],
    "Nothing (may run in parallel with Phases 2, 3)": [],
    "Phase 1, the carpenter": [("1", False, "")],
    "Phase 2 done, Phase 1 optional": [("2", False, ""), ("1", True, "")],
    "Phase 1 is optional, Phase 2 (dry)": [("1", True, ""), ("2", False, "dry")],
    "Phases 1, 2, 3 (all of them)": [
        ("1", False, ""),
        ("2", False, ""),
        ("3", False, "all of them"),
    ],
    "Phase 1（独立）": [("1", True, "独立")],
    "Nothing — fully independent of Phase 2": [],
}


@pytest.mark.parametrize("section", PUNCTUATION.values(), ids=PUNCTUATION)
def test_fields_in_every_punctuation(read_foreign, section):
    """Goal and criteria are found, and nothing of them is left over."""
    found = read_foreign("### Phase 1: Keel\n" + section)
    (phase,) = found.tree.phases
    assert phase.goal == "It floats."
    assert [each.text for each in phase.criteria] == ["One."]
    assert not found.unread


@pytest.mark.parametrize(("value", "expected"), DEPENDS.items())
def test_dependencies_in_every_wording(read_foreign, value, expected):
    """Phases before the bracket, the bracket as reason, soft only where it means this phase."""
    names = ("1", "2", "2.1", "3")
    roadmap = "".join(f"### Phase {n}: P{n}\n" for n in names)
    found = read_foreign(roadmap + f"### Phase 9: Last\n**Depends on**: {value}\n")
    last = next(each for each in found.tree.phases if each.number == "9")
    ids = {f"p{n.replace('.', '-')}": n for n in names}
    assert [(ids[d.phase], d.soft, d.reason) for d in last.depends_on] == expected


@pytest.mark.parametrize(
    "label", ["Depends on", "Dependencies", "Depende de", "Abhängig von", "Prerequisites", "依赖"]
)
def test_dependencies_under_every_label(read_foreign, label):
    """Plans in several languages depend on each other too."""
    found = read_foreign(f"### Phase 1: A\n### Phase 2: B\n**{label}:** Phase 1\n")
    assert [each.phase for each in found.tree.phases[1].depends_on] == ["a"]


def test_dependencies_as_a_list(read_foreign):
    """A list below the label, one phase each."""
    found = read_foreign(
        "### Phase 1: A\n### Phase 2: B\n### Phase 3: C\n**Depends on**:\n- Phase 1 (dry)\n- Phase 2\n"
    )
    last = found.tree.phases[2]
    assert [(each.phase, each.reason) for each in last.depends_on] == [("a", "dry"), ("b", "")]


def test_criteria_keep_wrapped_and_nested_lines(read_foreign):
    """Everything below an entry belongs to its text."""
    found = read_foreign("""
        ### Phase 1: Keel
        **Success Criteria** (what must be TRUE):

          1. The boat floats
             on salt water

          2. The boat carries:
             - two people
             - their bags
          3. [x] It is painted
           **Plans**: TBD
        """)
    (phase,) = found.tree.phases
    assert [(each.id, each.text, each.status) for each in phase.criteria] == [
        ("c1", "The boat floats on salt water", "open"),
        ("c2", "The boat carries:; two people; their bags", "open"),
        ("c3", "It is painted", "met"),
    ]
    assert found.counts.criteria == 3


def test_plans_are_no_criteria(read_foreign):
    """Plan items behind a blank line or a label end the criteria."""
    found = read_foreign("""
        ### Phase 1: Keel
        **Success Criteria**:
        1. It floats.
        **Plans**: 2 plans

        Plans:
        **Wave 1**
        - [x] 01-01-PLAN.md — saw

        **Wave 2** *(blocked on Wave 1 completion)*
        - [ ] 01-02-PLAN.md — nail
        """)
    (phase,) = found.tree.phases
    assert len(phase.criteria) == 1
    plans = next(each for each in phase.sections if each.heading == "Plans")
    assert plans.text.splitlines()[:2] == ["**Wave 1**", "- [x] 01-01-PLAN.md — saw"]
    assert "01-02-PLAN.md" in plans.text


def test_unknown_fields_and_prose_stay_in_the_phase(read_foreign):
    """What no field of ours holds is kept word for word."""
    found = read_foreign("""
        ### Phase 1: Keel
        **Goal**: It floats.
        **UI hint**: yes
        **Mode:** mvp

        Some prose about the wood.

        #### Research
        - oak or pine
        """)
    (phase,) = found.tree.phases
    details = next(each.text for each in phase.sections if each.heading == "Details")
    assert details == (
        "**UI hint**: yes\n**Mode:** mvp\n\nSome prose about the wood.\n\n#### Research\n- oak or pine"
    )


def test_the_section_ends_with_the_next_heading_of_its_level(read_foreign):
    """Not only with the next phase: what follows is no part of the last phase."""
    found = read_foreign("""
        ### Phase 1: Keel
        **Goal**: It floats.

        ## Notes

        **Success Criteria**:
        1. This is no criterion of phase 1.
        """)
    assert found.counts.criteria == 0


STATUS = {
    "Complete": "done",
    "✅ Complete": "done",
    "**Complete**": "done",
    "Complete (2026-01-02)": "done",
    "Done": "done",
    "Concluído": "done",
    "In progress": "active",
    "🚧 In Progress": "active",
    "Partial (2/3)": "active",
    "IN FLIGHT": "active",
    "3/6 plans complete": "active",
    "0 of 4 done": "",
    "6/6 tasks done": "done",
    "CLOSED": "done",
    "Not started": "",
    "Pending": "",
    "Planned": "planned",
    "Deferred": "deferred",
    "⏸️ On hold": "deferred",
    "Dropped": "dropped",
    "已完成": "done",
}


@pytest.mark.parametrize(("word", "status"), STATUS.items())
def test_status_words_are_normalised(read_foreign, word, status):
    """By their stem, marks and dates taken off."""
    found = read_foreign(f"| Phase | Status |\n|---|---|\n| 1. Keel | {word} |\n")
    assert found.tree.phases[0].status == status


def test_a_status_word_that_says_more_is_kept(read_foreign):
    """The original word stays readable where the status says less."""
    found = read_foreign("| Phase | Status |\n|---|---|\n| 1. Keel | Partial (2 of 3 ribs) |\n")
    assert found.tree.phases[0].sections[-1].text == "- Status: Partial (2 of 3 ribs)"


def test_a_shifted_row_is_read_by_form_and_reported(read_foreign):
    """Old tools wrote four cells into a table of five columns."""
    found = read_foreign("""
        - [x] **Phase 1: Keel** - lay it
        | Phase | Milestone | Plans Complete | Status | Completed |
        |---|---|---|---|---|
        | 1. Keel | 2/2 | Complete   | 2026-01-05 | - |
        """)
    (phase,) = found.tree.phases
    assert phase.status == "done"
    assert "- Completed: 2026-01-05\n- Plans: 2/2" in phase.sections[-1].text
    assert [problem.rule for problem in found.problems] == ["import-shifted-row"]
