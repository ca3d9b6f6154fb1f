"""Forms of plans found by reading plans as a stranger would write them."""

import pytest


def test_phases_among_the_milestones_are_phases(read_foreign):
    """Entries beside those of milestones, and below them; a span of phases is neither."""
    found = read_foreign(
        """
        ## Milestones

        - ✅ **v1.0 Hull** (shipped 2026-01-02)
          - [x] **Phase 1: Keel** - of oak
            and of iron
          - [x] Phase 2: Ribs
        - 🚧 **v1.1 Rig**
          - about the rig
          - [ ] **Phase 3: Mast**
        - [x] Phases 1-2: everything old
        - [ ] **Phase 4: Sail** - sewn
        """
    )
    assert [each.id for each in found.tree.milestones] == ["v1.0", "v1.1"]
    phases = {each.title: each for each in found.tree.phases}
    assert {title: each.milestone for title, each in phases.items() if title != "Sail"} == {
        "Keel": "v1.0",
        "Ribs": "v1.0",
        "Mast": "v1.1",
    }
    assert phases["Keel"].goal == "of oak and of iron"
    assert phases["Sail"].goal == "sewn"
    assert [line.text.strip() for line in found.unread] == ["- [x] Phases 1-2: everything old"]
    assert "about the rig" in found.tree.milestones[1].sections[0].text


def test_what_is_struck_out_leaves_no_signs(read_foreign):
    """Names are those of the phases; what is said behind them is kept."""
    found = read_foreign(
        """
        ## Phases
        - [ ] **Phase 1: Keel** - of oak
        - [ ] ~~**Phase 2: Oars** - of ash~~ (moved to v2)
        - [ ] ~~Phase 3: Anchor~~ → merged into Phase 1
        - [ ] ~~Phase 4: Bell~~ - too loud
        ### ~~Phase 2: Oars~~ (DROPPED)
        **Goal**: They row.
        ### ~~Phase 5: Flag~~ (moved to v3)
        """
    )
    phases = {each.number: each for each in found.tree.phases}
    assert {each.title for each in phases.values()} == {
        "Keel",
        "Oars",
        "Anchor",
        "Bell",
        "Flag (moved to v3)",
    }
    assert {each.status for number, each in phases.items() if number != "1"} == {"dropped"}
    assert "of ash (moved to v2)" in phases["2"].sections[0].text
    assert phases["3"].goal == "→ merged into Phase 1"
    assert phases["4"].goal == "too loud"


def test_goal_and_dependencies_may_stand_in_the_table_of_phases(read_foreign):
    """Where no section tells them; a cell that a field took is not kept twice."""
    found = read_foreign(
        """
        | # | Phase | Goal | Depends on | Risk |
        |---|-------|------|------------|------|
        | 1 | Keel | It floats | — | low |
        | 2 | Mast | It stands | Phase 1 (glued) | |
        | 3 | Sail | It pulls | 1, 2 | |

        ### Phase 3: Sail
        **Goal**: It is sewn.
        """
    )
    keel, mast, sail = sorted(found.tree.phases, key=lambda each: each.number)
    assert [each.goal for each in (keel, mast, sail)] == ["It floats", "It stands", "It is sewn."]
    assert [(each.phase, each.reason) for each in mast.depends_on] == [(keel.id, "glued")]
    assert [each.phase for each in sail.depends_on] == [keel.id, mast.id]
    assert [each.text for each in keel.sections] == ["- Table, risk: low"]
    assert mast.sections == ()
    assert [each.text for each in sail.sections] == ["- Table, goal: It pulls"]


def test_fields_may_stand_below_the_entry_of_a_phase(read_foreign):
    """A plan that is one nested list has goals, criteria and requirements as well."""
    found = read_foreign(
        """
        1. **Phase 1: Keel**
           - made of oak
           - Goal: It floats
           - Depends on: none
           - Requirements: HULL-01, HULL-02
           - Success criteria:
             1. One.
             2. Two.
        2. **Phase 2: Mast**
           - Depends on: Phase 1
           - Success criteria:
             - Three.
        """,
        "- [ ] **HULL-01**: a\n- [ ] **HULL-02**: b\n",
    )
    keel, mast = sorted(found.tree.phases, key=lambda each: each.number)
    assert (found.counts.mapped, found.counts.criteria) == (2, 3)
    assert keel.goal == "It floats"
    assert [each.text for each in keel.criteria] == ["One.", "Two."]
    assert [each.text for each in keel.sections if each.heading == "Details"] == ["- made of oak"]
    assert [each.phase for each in mast.depends_on] == [keel.id]
    assert found.unread == ()


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ("- [ ] 🚧 **Phase 1: A**", "active"),
        ("- [x] 🚧 **Phase 1: A**", "done"),
        ("- [ ] 📋 **Phase 1: A**", ""),
        ("- [ ] ✅ **Phase 1: A**", ""),
    ],
)
def test_a_mark_tells_more_than_an_open_box(read_foreign, entry, status):
    """A phase at work is not done yet: mark and box agree."""
    (phase,) = read_foreign(f"## Phases\n{entry}\n").tree.phases
    assert phase.status == status


def test_a_mark_before_a_requirement_is_its_box(read_foreign):
    """Lists of what is validated have `✓` and no box."""
    text = "## Validated\n- ✓ **A-01**: a\n\n## Active\n- [ ] **A-02**: b\n- 📋 **A-03**: c\n"
    found = read_foreign("### Phase 1: A\n", text)
    assert [each.status for each in found.tree.requirements] == ["done", "approved", "approved"]


@pytest.mark.parametrize(
    ("label", "value"),
    [("의존성", "단계 1"), ("依存関係", "フェーズ1"), ("依赖关系", "阶段 1")],
)
def test_dependencies_under_further_labels(read_foreign, label, value):
    """The usual words of Korean, Japanese and Chinese plans."""
    found = read_foreign(f"### Phase 1: A\n\n### Phase 2: B\n**{label}**: {value}\n")
    assert [each.phase for each in found.tree.phases[1].depends_on] == [found.tree.phases[0].id]
