# ruff: noqa: E501 - the tables below have one case a line
"""Milestones: bullets, summaries, headings, tables, and which phase belongs to which."""

import pytest

FORMS = {
    "bullet": ("## Milestones\n- ✅ **v1.0 Hull** - Phases 1-2 (shipped 2026-01-02)\n", "v1.0", "Hull", "shipped"),
    "bullet in progress": ("## Milestones\n- 🚧 **v1.0 Hull** - Phases 1-2 (in progress)\n", "v1.0", "Hull", "active"),
    "bullet planned": ("## Milestones\n- 📋 **v1.0 Hull** - Phases 1-2 (planned)\n", "v1.0", "Hull", "planned"),
    "box": ("## Milestones\n- [x] **v1.0: Hull** — shipped 2026-01-02\n", "v1.0", "Hull", "shipped"),
    "open box": ("## Milestones\n- [ ] **v1.0 Hull** - Phases 1-2 (active)\n", "v1.0", "Hull", "active"),
    "plain": ("## Milestones\n- v1.0 Hull - Phases 1-2 (shipped 2026-01-02)\n", "v1.0", "Hull", "shipped"),
    "link": ("## Milestones\n- ✅ [v1.0 Hull](milestones/v1.0-ROADMAP.md) (shipped 2026-01-02)\n", "v1.0", "Hull", "shipped"),
    "dash in the name": ("## Milestones\n- ✅ **v1.0 — Hull and keel** — 2 phases (shipped 2026-01-02)\n", "v1.0", "Hull and keel", "shipped"),
    "no version": ("## Milestones\n- Milestone 2: Hull (Phases 1-2) -- shipped 2026-01-02\n", "milestone-2", "Hull", "shipped"),
    "name only": ("## Milestones\n- **Beta launch** - Phases 1-2 (in progress)\n", "beta-launch", "Beta launch", "active"),
    "summary": ("<details>\n<summary>✅ v1.0 Hull (Phases 1-2) - SHIPPED 2026-01-02</summary>\n\n- [x] Phase 1: A\n\n</details>\n", "v1.0", "Hull", "shipped"),
    "summary in bold over lines": ("<details>\n<summary>\n<b>✅ v1.0 Hull</b> — SHIPPED 2026-01-02\n</summary>\n\n- [x] Phase 1: A\n</details>\n", "v1.0", "Hull", "shipped"),
    "heading": ("### 🚧 v1.0 Hull (In Progress)\n- [ ] **Phase 1: A**\n", "v1.0", "Hull", "active"),
    "current milestone": ("## Current Milestone: v1.0 Hull\n- [ ] **Phase 1: A**\n", "v1.0", "Hull", "active"),
    "state before the name": ("## Milestones\n- **In Progress: v1.0 Hull** - Phases 1-2\n", "v1.0", "Hull", "active"),
    "plan before the name": ("## Milestones\n- **Planned: v1.0 Hull** - Phases 1-2\n", "v1.0", "Hull", "planned"),
    "heading with the word": ("## Milestone v1.0: Hull\n#### Phase 1: A\n", "v1.0", "Hull", "planned"),
    "part": ("## Part 6: Hull (Phases 1-2)\n### Phase 1: A\n", "milestone-6", "Hull", "planned"),
    "table": ("## Milestones\n| Milestone | Phases | Status | Shipped |\n|---|---|---|---|\n| v1.0 Hull | 1-2 | Complete | 2026-01-02 |\n", "v1.0", "Hull", "shipped"),
    "field": ("# Roadmap: Boat\n**Milestone:** v1.0 — Hull\n", "v1.0", "Hull", "planned"),
    "title": ("# Roadmap — v1.0 — Hull\n", "v1.0", "Hull", "planned"),
    "phase in the name": ("## Milestones\n- 🚧 **v1.0 Phase 1 of the hull** - Phases 1-2\n", "v1.0", "Phase 1 of the hull", "active"),
}  # fmt: skip
TAIL = "\n## Phase Details\n### Phase 1: A\n### Phase 2: B\n"


@pytest.mark.parametrize(("roadmap", "id", "title", "status"), FORMS.values(), ids=FORMS)
def test_a_milestone_in_every_form(read_foreign, roadmap, id, title, status):
    """One milestone, with its id, name and state."""
    found = read_foreign(roadmap + TAIL)
    assert [(each.id, each.title, each.status) for each in found.tree.milestones] == [
        (id, title, status)
    ]
    assert found.counts.milestones == 1


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n<summary>✅ v1.0–v2.5 (Phases 1-40) — SHIPPED</summary>\n\nOld.\n\n</details>\n",
        "<details>\n<summary>Completed phases</summary>\n\n- [x] Phase 1: A\n\n</details>\n",
        "## Backlog\n### Sails (v2.0)\n### v2.0 tech debt\n",
        "## Milestones\n- 📋 **Next milestone** — TBD\n",
        "## v1 Requirements\n- **A-01**: x\n",
        "### 🚧 Next milestone (planning)\n\nText.\n",
    ],
)
def test_what_only_looks_like_a_milestone_is_none(read_foreign, text):
    """A range of versions, a backlog or a placeholder makes no milestone."""
    assert read_foreign(text + TAIL).tree.milestones == ()


def test_phases_go_to_their_milestone_by_place_span_or_column(read_foreign):
    """Inside the block or below the heading, else by the span, else by the column."""
    found = read_foreign("""
        # Roadmap: Boat
        ## Milestones
        - ✅ **v1.0 Hull** - Phases 1-2 (shipped 2026-01-02)
        - 🚧 **v1.1 Sails** - Phases 3-4 (in progress)
        - 📋 **v2.0 Engine** (planned)
        ## Phases
        <details>
        <summary>✅ v1.0 Hull (Phases 1-2) - SHIPPED 2026-01-02</summary>

        - [x] Phase 1: Keel
        - [x] Phase 2: Ribs

        </details>

        ### 🚧 v1.1 Sails (In Progress)
        - [ ] **Phase 3: Mast**
        ## Phase Details
        ### Phase 4: Cloth
        ## Progress
        | Phase | Milestone | Status |
        |---|---|---|
        | 5. Motor | v2.0 | Not started |
        """)
    assert {each.number: each.milestone for each in found.tree.phases} == {
        "1": "v1.0", "2": "v1.0", "3": "v1.1", "4": "v1.1", "5": "v2.0",
    }  # fmt: skip
    assert [each.shipped for each in found.tree.milestones] == ["2026-01-02", "", ""]


def test_versions_equal_up_to_zeros_are_one_milestone(read_foreign):
    """A bullet v2.2.0 and a column v2.2 mean the same."""
    found = read_foreign("""
        ## Milestones
        - v2.2.0 Hull - Phases 1-2 (in progress)
        | Phase | Milestone | Status |
        |---|---|---|
        | 1. Keel | v2.2 | Done |
        """)
    assert [each.id for each in found.tree.milestones] == ["v2.2.0"]
    assert found.tree.phases[0].milestone == "v2.2.0"


def test_numbered_milestones_are_found_by_their_short_name(read_foreign):
    """The column says M2 where the heading says Milestone 2."""
    found = read_foreign("""
        ## Milestones
        - Milestone 1: Hull -- shipped 2026-01-02
        - Milestone 2: Sails -- in progress
        | Phase | Milestone | Status |
        |---|---|---|
        | 1. Keel | M1 | Done |
        | 2. Mast | M2 | Pending |
        """)
    assert [each.milestone for each in found.tree.phases] == ["milestone-1", "milestone-2"]


def test_text_of_a_milestone_is_kept(read_foreign):
    """Prose below its heading or in its block is its overview; tables of others are not."""
    found = read_foreign("""
        ## Milestones
        - ✅ **v1.0 Hull** - Phases 1-1 (shipped 2026-01-02), see [audit](audit.md)
        ## Phases
        ### v1.0 Hull
        **Milestone Goal:** A hull that floats.

        More about it.
        - [x] **Phase 1: Keel**
        """)
    (milestone,) = found.tree.milestones
    assert milestone.overview == "**Milestone Goal:** A hull that floats.\n\nMore about it."
    assert "[audit](audit.md)" in milestone.sections[0].text
    assert not found.unread


def test_out_of_scope_and_constraints_go_to_the_current_milestone(read_foreign):
    """They are kept with their table."""
    found = read_foreign(
        "# Roadmap\n## Milestones\n- ✅ **v1.0 Hull** (shipped 2026-01-02)\n- 🚧 **v1.1 Sails**\n"
        "### Phase 1: Keel\n## Key Constraints\n- One dock.\n",
        "## v1 Requirements\n## Out of Scope\n\nNot now.\n\n| Feature | Reason |\n|---|---|\n| Motor | loud |\n",
    )
    old, new = found.tree.milestones
    assert (old.constraints, old.out_of_scope) == ("", "")
    assert new.constraints == "- One dock."
    assert new.out_of_scope == "Not now.\n\n| Feature | Reason |\n|---|---|\n| Motor | loud |"


def test_a_status_line_tells_the_state_of_a_milestone(read_foreign):
    """Where the heading says nothing, the line below it does."""
    found = read_foreign("""
        ## v1.0 Hull
        **Status**: ✅ Shipped 2026-01-02
        - [x] **Phase 1: Keel**
        ## v1.1 Sails
        **Status**: ⏳ Pending
        - [ ] **Phase 2: Mast**
        """)
    assert [(each.status, each.shipped) for each in found.tree.milestones] == [
        ("shipped", "2026-01-02"),
        ("planned", ""),
    ]
    assert not found.unread
