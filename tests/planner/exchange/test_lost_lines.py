"""No line of a foreign plan is ever lost, and no text makes the importer fail."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.exchange.foreign.reading import REQUIREMENTS, ROADMAP, read_plan
from planner.exchange.gsd import Imported, read_source
from planner.model.ids import is_id

VOCABULARY = """
    # ## ### #### - * 1. [ ] [x] ** ~~ | |---|---| ``` <details> </details> <summary> </summary>
    <!-- --> --- === : — – - ( ) ` > Phase phase Phases Fase 1 2 2.1 01 3-5 11-18 999.1 F.1 v1.0 v2
    Milestones Progress Requirements Traceability Coverage Status Goal **Goal**: **Depends M1
    on**: **Requirements**: **Success Criteria**: **Plans**: A-01 A-02..05 A-* B-03/04 SHA-256
    Complete Pending TBD None All (shipped 2026-01-02) (INSERTED) (3/3 plans) 龙骨 ✅ 🚧 word
"""
WORDS = st.sampled_from(VOCABULARY.split())
LINES = st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=30)
TEXTS = st.lists(LINES | st.just("") | st.just("---"), max_size=40).map("\n".join)


def placed_and_unread(files: dict[str, bytes]) -> None:
    """Every line with words was claimed by a recogniser, or is reported as unread."""
    reading = read_plan(files)
    unread = {(place.path, place.line) for place in reading.unread}
    for document in reading.documents.values():
        for line in document.lines:
            claimed = reading.ledger.is_claimed(document.path, line)
            if not line.raw.strip() or claimed or (document.path, line.number) in unread:
                assert not (claimed and (document.path, line.number) in unread)
                continue
            # What is left holds no words: rules, tags, rows of dashes, front matter.
            assert line.kind in {"rule", "tag", "front"} or not line.raw.strip(" |:-\t")


def kept_text(found: Imported) -> str:
    """Everything that the import writes, as one text without signs and blanks."""
    return re.sub(r"\W+", "", repr(found.tree).replace("\\n", " "))


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_arbitrary_text_never_raises_and_never_loses_a_line(roadmap, requirements):
    """Placed and unread lines together are all lines."""
    files = {ROADMAP: roadmap.encode(), REQUIREMENTS: requirements.encode()}
    placed_and_unread(files)
    found = read_source(files)
    assert len({each.id for each in found.tree.phases}) == len(found.tree.phases)
    for item in (*found.tree.milestones, *found.tree.phases, *found.tree.requirements):
        assert is_id(item.id)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(roadmap, state):
    """Not text at all is reported, not raised."""
    read_source({ROADMAP: roadmap, "STATE.md": state, "PROJECT.md": roadmap})


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(categories=("Lu", "Ll", "Nd", "Zs")), min_size=12, max_size=40))
def test_a_strange_line_is_kept_or_shown_wherever_it_stands(strange):
    """A line of unknown words is found again in the imported plan, or among the unread ones."""
    strange = " ".join(strange.split())
    if not re.search(r"\w{3}", strange):
        return
    parts = [
        "# Roadmap: Boat", "## Overview", "A boat.", "## Phases", "- [ ] **Phase 1: Keel** - lay",
        "## Phase Details", "### Phase 1: Keel", "**Goal**: It floats.", "",
        "**Success Criteria**:", "1. One.", "", "## Progress", "",
        "| Phase | Status |", "|---|---|", "| 1. Keel | Done |", "", "## Unheard of", "",
    ]  # fmt: skip
    for at in range(1, len(parts) + 1):
        files = {ROADMAP: "\n".join([*parts[:at], strange, *parts[at:]]).encode()}
        found = read_source(files)
        shown = any(strange in line.text for line in found.unread)
        assert shown or re.sub(r"\W+", "", strange) in kept_text(found), parts[at - 1]
