# ruff: noqa: E501 - the tables below have one case a line
"""Requirements in every spelling, and what only looks like one."""

import pytest

HEAD = "# Requirements: Boat\n\n## v1 Requirements\n\n### Hull\n\n"
ONE = {
    "canonical": ("- [ ] **HULL-01**: It floats\n", ["HULL-01"]),
    "without box": ("- **HULL-01**: It floats\n", ["HULL-01"]),
    "bare": ("- HULL-01: It floats\n", ["HULL-01"]),
    "bare with box": ("- [x] HULL-01: It floats\n", ["HULL-01"]),
    "numbered in brackets": ("1. [HULL-01] It floats\n2. [HULL-02] It turns\n", ["HULL-01", "HULL-02"]),
    "colon inside the bold": ("- [ ] **HULL-01:** It floats\n", ["HULL-01"]),
    "dash": ("- [ ] **HULL-01** — It floats\n- [ ] **HULL-02** - It turns\n", ["HULL-01", "HULL-02"]),
    "bold title": ("- [ ] **HULL-01: Float** It floats\n", ["HULL-01"]),
    "bold paragraph": ("**HULL-01** — It floats\n\n**HULL-02: Turn**\n", ["HULL-01", "HULL-02"]),
    "code": ("- [ ] `HULL-01`: It floats\n", ["HULL-01"]),
    "half ticked": ("- [~] **HULL-01**: It floats\n", ["HULL-01"]),
    "struck out": ("- [ ] ~~**HULL-01**: It floats~~\n", ["HULL-01"]),
    "emoji": ("- ✓ **HULL-01**: It floats\n", ["HULL-01"]),
    "two parts": ("- [ ] **CAT-SUB-01**: x\n- [ ] **CAT-V2-01**: y\n", ["CAT-SUB-01", "CAT-V2-01"]),
    "digits in the prefix": (
        "- [ ] **A11Y-01**: x\n- [ ] **I18N-01**: y\n- [ ] **KAP2-01**: z\n",
        ["A11Y-01", "I18N-01", "KAP2-01"],
    ),
    "one digit": ("- [ ] **FR-1**: x\n- [ ] **CC-2**: y\n", ["FR-1", "CC-2"]),
    "parts behind": ("- [ ] **RF-01.1**: x\n- [ ] **RF-01.2**: y\n", ["RF-01.1", "RF-01.2"]),
    "no dash": ("- [ ] **R01**: x\n- [ ] **R02**: y\n", ["R01", "R02"]),
    "letters for numbers": ("- [ ] **EXTRA-A**: x\n- [ ] **INV-B01**: y\n", ["EXTRA-A", "INV-B01"]),
    "letter behind": ("- [ ] **OB-35a**: x\n", ["OB-35a"]),
    "no number": ("- [ ] **SETTLE-DUAL-GOV**: x\n", ["SETTLE-DUAL-GOV"]),
    "lower case": ("- [ ] **v2-01**: x\n", ["v2-01"]),
    "high number": ("- [ ] **REQ-91**: x\n", ["REQ-91"]),
    "leaf heading": ("#### REQ-91: It floats\n\nOn salt water.\n", ["REQ-91"]),
    "group heading": ("#### FR-1: Hull\n\n- **FR-1.1**: It floats\n", ["FR-1.1"]),
    "group heading with the same id": ("#### HULL-01: Float\n\n- **HULL-01**: It floats\n", ["HULL-01"]),
    "table": (
        ("| ID | Requirement | Priority |\n|---|---|---|\n| HULL-01 | It floats | must |\n"
        "| **HULL-02** | It turns | low |\n"),
        ["HULL-01", "HULL-02"],
    ),
    "table with phase": (
        "| REQ-ID | Description | Phase | Status |\n|---|---|---|---|\n| HULL-01 | Float | 1 | Done |\n",
        ["HULL-01"],
    ),
    "nested": ("- [ ] **HULL-01**: It floats\n  - **HULL-01.1**: On salt water\n", ["HULL-01", "HULL-01.1"]),
    "known name in bold with colon": ("- [ ] **ESP32**: board\n", ["ESP32"]),
    "wrapped": ("- [ ] **HULL-01**: It floats\n  on salt water,\n  and on sweet.\n", ["HULL-01"]),
}  # fmt: skip
NONE = {
    "no id": "- [ ] It floats\n",
    "standard in prose": "- Hashing by SHA-256 and AES-256 encryption\n",
    "standard at the start": "- SHA-256 hashing of files\n",
    "bold word": "- **Note**: nothing here\n- **MUST-HAVE**: nothing\n",
    "mention": "- It floats like HULL-01 does\n",
    "fence": "```\n- [ ] **HULL-01**: It floats\n```\n",
    "comment": "<!-- - [ ] **HULL-01**: It floats -->\n",
    "version": "- **v1.0**: first\n",
}
SECTIONS = {
    "## Out of Scope\n\n- **HULL-09**: Submarine\n": 0,
    "## Traceability\n\n| Requirement | Phase |\n|---|---|\n| HULL-09 | Phase 1 |\n": 0,
    "## Key Decisions\n\n| ID | Decision |\n|---|---|\n| D-01 | Oak |\n": 0,
    "## Acceptance Criteria\n\n- **AC-01**: It floats\n": 0,
    "## Risks\n\n- **RISK-01**: Storm\n": 0,
    "## v2 Requirements\n\n- **HULL-09**: It flies\n": 1,
    "## Future Requirements\n\n- **HULL-09**: It flies\n": 1,
    "## Deferred (outside this delivery, out of scope for now)\n\n- **HULL-09**: It flies\n": 1,
    "## v2.1 Requirements\n\n- [ ] **HULL-09**: It flies\n": 1,
    "## Milestone 2 Requirements (Sails)\n\n- [ ] **HULL-09**: It flies\n": 1,
    "## Functional Requirements\n\n### Test Coverage\n\n- [ ] **HULL-09**: It flies\n": 1,
    "## Archived Requirements\n\n- [x] **HULL-09** — It flies\n": 1,
    "## (Backlog)\n\n- **HULL-09**: It flies\n": 1,
    "## Fora do escopo\n\n- **HULL-09**: Submarino\n": 0,
}


@pytest.mark.parametrize(("text", "ids"), ONE.values(), ids=ONE)
def test_a_requirement_is_found_in_every_spelling(read_foreign, text, ids):
    """Each spelling gives exactly the ids that a reader sees."""
    found = read_foreign("### Phase 1: Keel\n", HEAD + text)
    assert sorted(each.id for each in found.tree.requirements) == sorted(ids)
    assert found.counts.requirements == len(ids)


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_only_looks_like_a_requirement_is_none(read_foreign, text):
    """Nothing is invented."""
    assert read_foreign("### Phase 1: Keel\n", HEAD + text).tree.requirements == ()


@pytest.mark.parametrize(("section", "count"), SECTIONS.items())
def test_the_section_decides_whether_ids_are_requirements(read_foreign, section, count):
    """Out of scope, traceability, decisions, acceptance criteria and risks define nothing."""
    found = read_foreign("### Phase 1: Keel\n", HEAD + "- [ ] **HULL-01**: It floats\n\n" + section)
    assert found.counts.requirements == 1 + count


def test_text_box_section_and_category_are_kept(read_foreign):
    """Wrapped lines are one text; a deferred requirement is deferred; the category is a tag."""
    found = read_foreign(
        "### Phase 1: Keel\n**Requirements**: HULL-01\n",
        """
        # Requirements: Boat
        ## v1 Requirements
        ### Hull
        - [x] **HULL-01**: It floats
          on salt water
          - Priority: high
          - measured in the dock
        - [ ] **HULL-02**: It turns
        ## v2 Requirements
        ### Air
        - **HULL-03**: It flies
        """,
    )
    one, two, three = found.tree.requirements
    assert (one.text, one.status, one.priority) == ("It floats on salt water", "done", "must")
    assert (one.phases, one.tags) == (("keel",), ("Hull",))
    assert one.notes.splitlines() == ["- Priority: high", "- measured in the dock"]
    assert (two.status, two.phases) == ("approved", ())
    assert (three.status, three.tags) == ("deferred", ("Air",))


def test_version_two_is_deferred_only_beside_version_one(read_foreign):
    """A file whose first section is `v2.0 Requirements` means its own version."""
    found = read_foreign(
        "### Phase 1: Keel\n",
        "## v2.0 Requirements\n- [ ] **HULL-01**: It floats\n## v3.x Requirements (Deferred)\n"
        "- **HULL-02**: It flies\n",
    )
    assert [each.status for each in found.tree.requirements] == ["approved", "deferred"]


def test_entries_without_an_id_are_reported_and_unread(read_foreign):
    """No id is invented: the lines are shown, and kept in the import's own document."""
    found = read_foreign("### Phase 1: Keel\n", HEAD + "- [ ] It floats\n- [ ] It turns\n")
    assert {"- [ ] It floats", "- [ ] It turns"} <= {line.text for line in found.unread}
    rules = {problem.rule: problem for problem in found.problems}
    assert rules["import-no-id"].related[0].line == 8
    kept = next(each for each in found.tree.research if each.id == "imported/unread")
    assert "REQUIREMENTS.md:7: - [ ] It floats" in kept.text


def test_requirements_inside_a_roadmap(read_foreign):
    """Without REQUIREMENTS.md a section of the roadmap, or the list of a phase, defines them."""
    found = read_foreign("""
        ## Requirements
        - **HULL-01**: It floats
        ## Phases
        ### Phase 1: Keel
        **Requirements**: HULL-01
        ### Phase 2: Mast
        **Requirements:**
        - **MAST-01**: It stands
        - MAST-02
        """)
    assert found.counts.requirements == 3
    texts = {each.id: (each.text, each.phases) for each in found.tree.requirements}
    assert texts["HULL-01"] == ("It floats", ("keel",))
    assert texts["MAST-01"] == ("It stands", ("mast",))
    assert texts["MAST-02"] == ("", ("mast",))
    assert [problem.item for problem in found.problems if problem.rule == "import-no-text"] == [
        "MAST-02"
    ]


def test_a_heading_requirement_keeps_its_fields(read_foreign):
    """The heading form with `**Priority:**`: title, text, and the fields as notes."""
    found = read_foreign(
        "### Phase 1: Keel\n",
        """
        # Requirements
        ## Active Requirements
        ### REQ-7: Float
        **Priority:** P0
        **Category:** Hull
        The boat floats on salt water.
        """,
    )
    (only,) = found.tree.requirements
    assert (only.id, only.title, only.priority) == ("REQ-7", "Float", "must")
    assert only.text == "The boat floats on salt water."
    assert "**Category:** Hull" in only.notes
