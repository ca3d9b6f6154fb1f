"""The plan in content/ is whole: it carries the v0.1.0 roadmap, and nothing in it is untraced."""

import re
from collections import Counter
from pathlib import Path

import pytest

from planner.codec.reading import assemble, read_item
from planner.model.items import Phase, PlanTree
from planner.model.problem import Problem
from planner.trace.checks import check
from planner.trace.graph import build_trace

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "content"
ROADMAP = ROOT.parent / "shared" / "roadmap-v0.1.0.md"

FAMILIES = {"ENV": 3, "DEP": 4, "AUTH": 5, "SEC": 3, "OBS": 3, "QUAL": 3}
ROADMAP_IDS = {f"{name}-{n:02}" for name, size in FAMILIES.items() for n in range(1, size + 1)}
CRITERIA_PER_PHASE = {"01": 5, "02": 5, "03": 5, "04": 3, "05": 3, "06": 3}
# What is delivered so far: all of it.
BEGUN_IDS = {f"UI-{n:02}" for n in range(1, 19)} | ROADMAP_IDS


def own_files() -> dict[str, bytes]:
    """The bytes of each file of the plan by its path in the plan folder."""
    paths = sorted(path for path in CONTENT.rglob("*") if path.is_file())
    return {path.relative_to(CONTENT).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def own_read() -> tuple[PlanTree, tuple[Problem, ...]]:
    """The project's own plan and all problems of reading it."""
    reads = [read_item(path, data) for path, data in own_files().items()]
    tree, problems = assemble(reads)
    return tree, tuple(p for read in reads for p in read.problems) + problems


@pytest.fixture(scope="module")
def own_tree(own_read: tuple[PlanTree, tuple[Problem, ...]]) -> PlanTree:
    """The project's own plan."""
    return own_read[0]


def by_number(tree: PlanTree) -> dict[str, Phase]:
    return {phase.number: phase for phase in tree.phases}


@pytest.fixture(scope="module")
def original() -> str:
    """The text of the roadmap that the plan was made from."""
    if not ROADMAP.is_file():
        pytest.skip(f"the original roadmap is not at ../shared/{ROADMAP.name}")
    return ROADMAP.read_text(encoding="utf-8")


def original_phases(text: str) -> dict[str, tuple[str, str]]:
    """Title and section text of each phase of the roadmap, by two-digit number."""
    parts = re.split(r"^### Phase (\d+): (.+)$", text.split("\n## Progress")[0], flags=re.MULTILINE)
    return {
        f"{int(number):02}": (title, body)
        for number, title, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    }


def test_every_file_of_the_plan_reads_without_a_problem(
    own_read: tuple[PlanTree, tuple[Problem, ...]],
) -> None:
    tree, problems = own_read
    assert problems == ()
    assert tree.unreadable == ()
    read = 1 + len(tree.milestones + tree.phases + tree.requirements + tree.research)
    assert read == len(own_files())


def test_the_plan_checks_clean(own_read: tuple[PlanTree, tuple[Problem, ...]]) -> None:
    """No finding of any severity stands unless it is waived with a reason."""
    tree, reading = own_read
    problems = check(build_trace(tree), reading)
    assert [problem for problem in problems if not problem.waived] == []


def test_the_plan_has_a_title_a_statement_and_the_three_levels(own_tree: PlanTree) -> None:
    assert own_tree.plan.title == "Agented"
    assert own_tree.plan.statement
    assert own_tree.plan.verification_levels == ("sanity", "proxy", "full")
    assert {"SSE", "CORS", "CSP", "HSTS", "WSGI", "HMAC"} <= {
        term.split(" – ")[0] for term in own_tree.plan.glossary
    }


def test_the_one_milestone_is_active_with_constraints_and_scope(own_tree: PlanTree) -> None:
    (milestone,) = own_tree.milestones
    assert (milestone.id, milestone.status) == ("v0.1.0", "active")
    assert milestone.overview
    for word in ("workers = 1", "AUTH-04", "QUAL-03", "gevent"):
        assert word in milestone.constraints
    for word in ("RBAC", "PostgreSQL", "Redis", "Kubernetes", "FEAT-01", "FEAT-04"):
        assert word in milestone.out_of_scope


def test_six_phases_of_the_milestone_carry_24_criteria(own_tree: PlanTree) -> None:
    assert {p.number: len(p.criteria) for p in own_tree.phases} == CRITERIA_PER_PHASE
    assert sum(CRITERIA_PER_PHASE.values()) == 24
    assert {p.milestone for p in own_tree.phases} == {"v0.1.0"}
    assert all(p.goal for p in own_tree.phases)
    # Derived from the requirements, never typed.
    assert {p.status for p in own_tree.phases} == {""}


def test_the_21_requirements_of_the_roadmap_and_those_of_phase_01_are_there(
    own_tree: PlanTree,
) -> None:
    ids = [requirement.id for requirement in own_tree.requirements]
    assert len(ROADMAP_IDS) == 21
    assert set(ids) >= ROADMAP_IDS
    ours = sorted(set(ids) - ROADMAP_IDS)
    assert ours == [f"UI-{n:02}" for n in range(1, 19)]
    phase = {requirement.id: requirement.phases for requirement in own_tree.requirements}
    assert {phase[item] for item in ours} == {("web-ui-roadmapping",)}


def test_every_requirement_says_what_why_where_and_how_much(own_tree: PlanTree) -> None:
    phases = {phase.id for phase in own_tree.phases}
    for requirement in own_tree.requirements:
        assert requirement.text.count(" shall ") == 1, requirement.id
        assert requirement.title, requirement.id
        assert requirement.rationale, requirement.id
        assert requirement.priority, requirement.id
        assert len(requirement.phases) == 1, requirement.id
        assert requirement.phase in phases, requirement.id


def test_criteria_and_requirements_are_traced_both_ways(own_tree: PlanTree) -> None:
    """Every criterion verifies a requirement of its own phase, and every requirement has one."""
    phase_of = {requirement.id: requirement.phase for requirement in own_tree.requirements}
    verified = Counter[str]()
    for phase in own_tree.phases:
        assert [c.id for c in phase.criteria] == [f"c{n + 1}" for n in range(len(phase.criteria))]
        for criterion in phase.criteria:
            where = f"{phase.id} {criterion.id}"
            assert criterion.verifies, where
            assert criterion.check, where
            assert criterion.level == phase.verification, where
            assert {phase_of[item] for item in criterion.verifies} == {phase.id}, where
            verified.update(criterion.verifies)
    assert set(verified) == set(phase_of)


def test_links_of_requirements_lead_somewhere_and_never_need_a_later_phase(
    own_tree: PlanTree,
) -> None:
    number = {phase.id: phase.number for phase in own_tree.phases}
    place = {item.id: number[item.phase] for item in own_tree.requirements}
    for requirement in own_tree.requirements:
        for link in requirement.links:
            assert link.to in place, requirement.id
            if link.type == "depends-on":
                assert place[link.to] <= place[requirement.id], (requirement.id, link.to)


def test_statuses_are_true(own_tree: PlanTree) -> None:
    """Whatever is called done or met names its proof, and the proof is there."""
    for requirement in own_tree.requirements:
        if requirement.id in BEGUN_IDS:
            assert requirement.status in {"in-progress", "done"}, requirement.id
        else:
            assert requirement.status == "approved", requirement.id
        assert (requirement.status == "done") <= bool(requirement.proof), requirement.id
    for phase in own_tree.phases:
        for criterion in phase.criteria:
            where = f"{phase.id} {criterion.id}"
            assert (criterion.status == "met") <= bool(criterion.proof), where
    proofs = [proof for item in own_tree.requirements for proof in item.proof]
    proofs += [proof for p in own_tree.phases for c in p.criteria for proof in c.proof]
    for proof in proofs:
        path, _, name = proof.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, proof


def test_dependencies_are_those_of_the_roadmap_with_phase_01_soft(own_tree: PlanTree) -> None:
    number = {phase.id: phase.number for phase in own_tree.phases}
    edges = {
        (phase.number, number[dependency.phase], dependency.soft)
        for phase in own_tree.phases
        for dependency in phase.depends_on
    }
    assert edges == {
        ("02", "01", True),
        ("03", "02", False),
        ("04", "03", False),
        ("05", "03", False),
        ("06", "05", False),
    }
    assert all(dependency.reason for phase in own_tree.phases for dependency in phase.depends_on)


def test_phases_are_those_of_the_original(own_tree: PlanTree, original: str) -> None:
    """Titles, levels, number of criteria and dependencies are as the original has them."""
    theirs = original_phases(original)
    ours = by_number(own_tree)
    number = {phase.id: phase.number for phase in own_tree.phases}
    assert {n: p.title for n, p in ours.items()} == {n: title for n, (title, _) in theirs.items()}
    for name, (_, body) in theirs.items():
        phase = ours[name]
        level = re.search(r"\*\*Verification Level:\*\* (\w+)", body)
        assert level is not None
        assert level[1] == phase.verification
        assert len(re.findall(r"^\d+\. ", body, re.MULTILINE)) == len(phase.criteria)
        needs = re.search(r"\*\*Dependencies:\*\* (?:Phase (\d+))?", body)
        assert needs is not None
        expected = [f"{int(needs[1]):02}"] if needs[1] else []
        assert [number[dependency.phase] for dependency in phase.depends_on] == expected


def test_the_mapping_is_that_of_the_original(own_tree: PlanTree, original: str) -> None:
    rows = re.findall(r"^\| ([A-Z]+-\d+) \| Phase (\d+) \|$", original, re.MULTILINE)
    number = {phase.id: phase.number for phase in own_tree.phases}
    ours = {r.id: number[r.phase] for r in own_tree.requirements if r.id in ROADMAP_IDS}
    assert ours == {item: f"{int(phase):02}" for item, phase in rows}
    assert len(rows) == 21


def test_names_that_the_original_criteria_check_stand_in_ours(
    own_tree: PlanTree, original: str
) -> None:
    """Header names, routes, status codes and file names are carried over, criterion by criterion.

    Left out is only what the layout maps to other paths and what is mended on purpose.
    """
    mapped = re.compile(r"backend|app\.db|migrations\.py$|^\.env$|kill -9|^pyproject")
    ours = by_number(own_tree)
    for number, (_, body) in original_phases(original).items():
        entries = re.findall(r"^\d+\. (.+)$", body, re.MULTILINE)
        for entry, criterion in zip(entries, ours[number].criteria, strict=True):
            text = f"{criterion.text} {criterion.check}"
            for code in re.findall(r"`([^`]+)`", entry):
                if mapped.search(code):
                    continue
                words = [w for w in re.findall(r"[\w.-]+", code) if len(w) > 2]
                missing = [word for word in words if word not in text]
                assert not missing, (number, criterion.id, code, missing)
            for status in re.findall(r"\b(?:HTTP|not returning|returns HTTP) (\d{3})\b", entry):
                assert status in text, (number, criterion.id, status)
