# ruff: noqa: E501 - the tables below have one case a line
"""A plan exported as .planning files and imported again is the same plan."""

import dataclasses
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.codec.writing import normal_item
from planner.exchange.gsd import Imported, read_source
from planner.exchange.gsd_remarks import imported_text
from planner.exchange.gsd_write import render_gsd
from planner.exchange.phase_standing import effective_status
from planner.model.ids import slug
from planner.model.items import (
    Criterion,
    Dependency,
    Link,
    Milestone,
    Phase,
    Plan,
    PlanTree,
    Requirement,
    Research,
    Section,
)

WORD = st.sampled_from(
    [
        "boat",
        "keel",
        "mast",
        "sail",
        "rope",
        "harbour",
        "wind",
        "water",
        "crew",
        "map",
        "lamp",
        "anchor",
        "Déck",
        "Ölung",
        "龙骨",
        "v2",
        "2nd",
        "A-frame",
        "`code`",
        "user's",
        '"quoted"',
        "50%",
        "(optional)",
        "[link]",
        "x=y",
        "a/b",
        "#3",
        "*not*",
        "und",
    ]
)
SENTENCE = st.lists(WORD, min_size=1, max_size=9).map(" ".join)
NAME = st.lists(st.sampled_from(["Boat", "Keel", "Mast", "Sail", "Rope", "Crew", "Map", "Lamp", "Deck", "Öl", "Log"]), min_size=1, max_size=3).map(" ".join)  # fmt: skip
DATES = st.dates().map(str).filter(lambda text: text[0] in "12") | st.just("")
PREFIXES = ("HULL", "SAIL", "CAT-SUB", "A11Y")


@st.composite
def plans(draw: st.DrawFn) -> PlanTree:
    """A plan that uses the fields which the format has, and unlucky texts in them."""
    milestones = []
    for number in draw(st.lists(st.integers(1, 30), unique=True, max_size=3)):
        status = draw(st.sampled_from(["planned", "active", "shipped"]))
        milestones.append(
            Milestone(
                id=f"v{number // 10}.{number % 10 + 1}",
                title=draw(NAME),
                status=status,
                shipped=draw(DATES) if status == "shipped" else "",
                created=draw(DATES) if status != "shipped" else "",
            )
        )
    names = draw(st.lists(NAME, unique_by=slug, max_size=6))
    phases: list[Phase] = []
    for at, name in enumerate(names, 1):
        number = f"{at - 1}.1" if at > 1 and draw(st.booleans()) else str(at)
        milestone = draw(st.sampled_from(milestones)).id if milestones else ""
        before = [Dependency(each.id, draw(st.booleans())) for each in phases[:2]]
        before = before[: draw(st.integers(0, 2))]
        criteria = draw(st.lists(SENTENCE, max_size=3))
        phases.append(
            Phase(
                id=slug(name),
                title=name,
                number=number,
                milestone=milestone,
                depends_on=tuple(before),
                verification=draw(st.sampled_from(["", "proxy", "sanity"])),
                status=draw(st.sampled_from(["", "planned", "active", "done", "deferred"])),
                goal=draw(SENTENCE),
                criteria=tuple(
                    Criterion(f"c{n}", text, status=draw(st.sampled_from(["open", "met"])))
                    for n, text in enumerate(criteria, 1)
                ),
            )
        )
    requirements = []
    for prefix in PREFIXES:
        for number in range(1, draw(st.integers(0, 3)) + 1):
            phase = draw(st.sampled_from([*phases, None])) if phases else None
            status = draw(
                st.sampled_from(["approved", "in-progress", "done", "blocked", "deferred"])
            )
            requirements.append(
                Requirement(
                    id=f"{prefix}-{number:02d}",
                    phases=(phase.id,) if phase is not None else (),
                    status=status,
                    tags=draw(st.sampled_from([(), ("Hull",), ("Rig and sails",)])),
                    text=draw(SENTENCE),
                )
            )
    plan = Plan(id="plan", title=draw(NAME), statement=draw(SENTENCE | st.just("")))
    return PlanTree(
        plan=normal_item(plan),
        milestones=tuple(sorted(map(normal_item, milestones), key=lambda each: each.id)),
        phases=tuple(sorted(map(normal_item, phases), key=lambda each: each.id)),
        requirements=tuple(sorted(map(normal_item, requirements), key=lambda each: each.id)),
    )


def round_trip(tree: PlanTree) -> tuple[Imported, tuple]:
    files, lost = render_gsd(tree)
    return read_source({name: text.encode() for name, text in files.items()}), lost


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_every_field_of_the_format_comes_back_equal(tree):
    """All that docs/import.md lists as carried; nothing more and nothing less comes back."""
    found, lost = round_trip(tree)
    back = found.tree
    assert (back.plan.title, back.plan.statement) == (tree.plan.title, tree.plan.statement)
    assert [(m.id, m.title, m.status, m.shipped, m.created) for m in back.milestones] == [
        (m.id, m.title, m.status, m.shipped, m.created) for m in tree.milestones
    ]
    wanted = {
        phase.id: [each for each in tree.requirements if phase.id in each.phases]
        for phase in tree.phases
    }
    assert [each.id for each in back.phases] == [each.id for each in tree.phases]
    for old, new in zip(tree.phases, back.phases, strict=True):
        assert (new.number, new.title, new.milestone) == (old.number, old.title, old.milestone)
        assert new.depends_on == old.depends_on
        assert (new.goal, new.verification) == (old.goal, old.verification)
        assert new.status == effective_status(old, wanted[old.id])
        assert new.criteria == old.criteria
    for old, new in zip(tree.requirements, back.requirements, strict=True):
        assert (new.id, new.text, new.status) == (old.id, old.text, old.status)
        assert (new.phases, new.tags) == (old.phases, old.tags)
    assert lost == ()
    assert found.unread == ()


ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
CRUEL = ANY | st.sampled_from(
    ["## Phases", "- [ ] **Phase 9: x**", "```", "<!--", "<details>", "**Goal**: x", "| a | b |",
     "---", "A-01: x", "**Requirements**: A-01", "1. x", "Phase 3", "(3/3 plans)", "x\n\n## y"]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(CRUEL.map(lambda text: " ".join(text.split())), CRUEL, CRUEL, CRUEL, CRUEL)
def test_what_does_not_come_back_is_listed(title, goal, criterion, text, statement):
    """Whatever the texts, an unlisted field is equal, and nothing raises."""
    tree = PlanTree(
        plan=normal_item(Plan(id="plan", title="Boat", statement=statement)),
        phases=(
            normal_item(
                Phase(
                    id="keel",
                    title=title,
                    number="1",
                    goal=goal,
                    criteria=(Criterion("c1", criterion),) if criterion.strip() else (),
                )
            ),
        ),
        requirements=(
            normal_item(Requirement(id="A-01", text=text, phases=("keel",), status="approved")),
        ),
    )
    found, lost = round_trip(tree)
    listed = {(loss.item, re.sub(r"\..*", "", loss.field)) for loss in lost}
    back = {each.id: each for each in found.tree.requirements}
    if not {("A-01", ""), ("A-01", "text")} & listed:
        assert back["A-01"].text == tree.requirements[0].text
    if ("plan", "statement") not in listed:
        assert found.tree.plan.statement == tree.plan.statement
    if not {("keel", ""), ("keel", "id"), ("keel", "title")} & listed:
        (phase,) = [each for each in found.tree.phases if each.number == "1"]
        assert phase.title == tree.phases[0].title
        if ("keel", "goal") not in listed:
            assert phase.goal == tree.phases[0].goal
        if ("keel", "criteria") not in listed:
            assert [c.text for c in phase.criteria] == [c.text for c in tree.phases[0].criteria]


def test_everything_the_format_cannot_carry_is_listed():
    """One loss for each field, with the item and the reason."""
    tree = PlanTree(
        plan=Plan(id="plan", title="Boat", glossary=("keel",)),
        milestones=(Milestone(id="v1.0", title="First", target="2026-05-01"),),
        phases=(
            Phase(
                id="lay-it",
                title="Keel",
                number="1",
                milestone="v1.0",
                owner="ada",
                priority="must",
                goal="It floats.",
                criteria=(Criterion("c4", "It floats.", verifies=("A-01",), check="look"),),
                sections=(Section("Budget", "100"),),
            ),
            Phase(id="mast", title="Mast", number="1", goal="It stands."),
        ),
        requirements=(
            Requirement(
                id="A-01",
                title="Float",
                text="The boat shall float.",
                rationale="Else it sinks.",
                phases=("lay-it",),
                status="draft",
                links=(Link("B-01"),),
                tags=("Hull", "wet"),
            ),
            Requirement(id="password-reset", text="x", status="approved"),
        ),
        research=(Research(id="survey/stack", title="Stack", topic="stack", run="survey", text="# Stack\n\nOak."),),
    )  # fmt: skip
    files, lost = render_gsd(tree)
    assert {(loss.item, loss.field) for loss in lost} == {
        ("plan", "glossary"), ("v1.0", "target"), ("lay-it", "id"), ("lay-it", "owner"),
        ("lay-it", "priority"), ("lay-it", "criteria.c4.id"), ("lay-it", "criteria.c4.verifies"),
        ("lay-it", "criteria.c4.check"), ("lay-it", "## Budget"), ("mast", "number"),
        ("A-01", "title"), ("A-01", "rationale"), ("A-01", "status"), ("A-01", "links"),
        ("A-01", "tags"), ("password-reset", ""), ("survey/stack", "run"),
    }  # fmt: skip
    assert all(loss.why for loss in lost)
    assert files["research/survey-stack.md"] == "# Stack\n\nOak.\n"
    assert "### Phase 2: Mast" in files["ROADMAP.md"]


def test_the_shapes_are_those_the_other_tool_reads():
    """Colon after the number, checklist in bold, English labels, ids in bold, one table row each."""
    tree = PlanTree(
        plan=Plan(id="plan", title="Boat"),
        phases=(Phase(id="keel", title="Keel", number="01", goal="It floats.", status="done",
                      criteria=(Criterion("c1", "It floats."),)),),
        requirements=(Requirement(id="A-01", text="Float.", phases=("keel",), status="done"),),
    )  # fmt: skip
    files, lost = render_gsd(tree)
    assert lost == ()
    roadmap, requirements = files["ROADMAP.md"], files["REQUIREMENTS.md"]
    assert re.search(r"^#{2,4}\s*Phase\s+01\s*:\s*Keel$", roadmap, re.MULTILINE | re.IGNORECASE)
    assert re.search(r"^- \[x\] \*\*Phase 01: Keel\*\*$", roadmap, re.MULTILINE)
    assert re.search(r"\*\*Success Criteria\*\*[^\n]*:\n\s*1\. It floats\.", roadmap)
    assert "**Goal**: It floats.\n**Depends on**: Nothing\n**Requirements**: A-01\n" in roadmap
    assert "| 01. Keel | 0/TBD | Complete | - |" in roadmap
    assert "- [x] **A-01**: Float.\n" in requirements
    assert "| A-01 | Phase 01 | Complete |\n" in requirements
    assert "- v1 requirements: 1 total\n- Mapped to phases: 1\n- Unmapped: 0\n" in requirements


def test_the_real_plans_survive_a_round_trip(foreign_plans):
    """Imported, exported, imported again: the same counts and fields, nothing unread."""
    for folder in sorted(path for path in foreign_plans.iterdir() if path.is_dir()):
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.md")
        }
        first = read_source(files)
        second, lost = round_trip(first.tree)
        assert second.counts == first.counts, folder.name
        # Rows of a table of releases that say more than a milestone holds; nothing else.
        assert {loss.field for loss in lost} <= {"## As imported"}, folder.name
        assert second.unread == (), folder.name


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_plan_can_be_exported(count):
    """No phases, no requirements, no milestones."""
    tree = PlanTree(plan=Plan(id="plan", title="Boat"), milestones=(Milestone(id="v1.0", title="A"),) * count)  # fmt: skip
    assert "ROADMAP.md" in render_gsd(tree)[0]


REMARKS = """\
# Roadmap: Boat

## Milestones

- ✅ **v1.0 Hull** - Phases 1-2 (shipped 2026-01-02), see [audit](audit.md)

## Phases

- [x] **Phase 1: Keel** - lay it `[survey]`
- [ ] **Phase 1.1: Rope** (INSERTED)
- [ ] **Phase 2: Mast**

### Phase 1: Keel
**Depends on**: the carpenter
**Requirements**: (none of our own)
**Verification Level**: by eye, twice
**Plans**: as the yard likes

### Phase 2: Mast
**Depends on**:
- Phase 1 (dry)
- the crane of the neighbour
**Requirements**: A-01, what the owner wished

| Phase | Plans Complete | Status | Completed |
|---|---|---|---|
| 1. Keel | 2/2 | Complete (at last) | 2026-01-02 |
| 1.1. Rope | 0/1 | Not started | - |
| 2. Mast | 0/TBD | Partial (1 of 2 stays) | - |
"""
TRACED = """\
## v1 Requirements
- [ ] **A-01**: It stands.
- [ ] **A-02**: It waves.

| Requirement | Phase | Status |
|---|---|---|
| A-01 | Phase 2 | Done twice |
| A-02 | Phase 7 | Pending |
"""


def test_what_an_import_could_only_keep_as_words_goes_back_where_it_was():
    """The section `As imported` is written in place, so nothing of it is lost."""
    first = read_source({"ROADMAP.md": REMARKS.encode(), "REQUIREMENTS.md": TRACED.encode()}).tree
    found, lost = round_trip(first)
    assert lost == ()
    kept = [
        {
            each.id: imported_text(each)
            for each in (*tree.milestones, *tree.phases, *tree.requirements)
        }
        for tree in (first, found.tree)
    ]
    assert kept[0] == kept[1]
    assert set(kept[0]) == {"v1.0", "keel", "rope", "mast", "A-01", "A-02"}
    assert all(kept[0].values())


def test_what_was_kept_as_words_gives_way_to_what_the_plan_says_now():
    """A plan that was changed after its import is exported as it is."""
    first = read_source({"ROADMAP.md": REMARKS.encode(), "REQUIREMENTS.md": TRACED.encode()}).tree
    changed = dataclasses.replace(
        first,
        milestones=tuple(dataclasses.replace(m, title="Ship") for m in first.milestones),
        phases=tuple(
            dataclasses.replace(each, status="deferred", depends_on=()) for each in first.phases
        ),
        requirements=tuple(
            dataclasses.replace(each, status="blocked", phases=("keel",))
            for each in first.requirements
        ),
    )
    found, lost = round_trip(changed)
    assert {loss.field for loss in lost} == {"## As imported"}
    assert [each.title for each in found.tree.milestones] == ["Ship"]
    assert {each.status for each in found.tree.phases} == {"deferred"}
    assert [each.depends_on for each in found.tree.phases] == [()] * 3
    assert {(each.status, each.phases) for each in found.tree.requirements} == {
        ("blocked", ("keel",))
    }
