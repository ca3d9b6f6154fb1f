"""Every finding of the import fires on its bad example and is silent on its good one."""

import re

import pytest

from planner.exchange.gsd import read_source
from planner.exchange.rules import IMPORT_RULES


def files_of(example: str) -> dict[str, bytes]:
    """The files of an example; `\\xe9` in it is that byte."""
    parts = re.split(r"^== (.+)\n", example, flags=re.MULTILINE)
    return {
        path: text.encode().replace(rb"\xe9", b"\xe9")
        for path, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("rule", IMPORT_RULES.values(), ids=IMPORT_RULES)
def test_a_rule_fires_on_its_bad_example_only(rule):
    """Good: silent.  Bad: a finding with place, words and a hint."""
    good = read_source(files_of(rule.good)).problems
    assert rule.id not in {problem.rule for problem in good}
    bad = [each for each in read_source(files_of(rule.bad)).problems if each.rule == rule.id]
    assert bad
    for problem in bad:
        assert problem.path in {"ROADMAP.md", "REQUIREMENTS.md", "STATE.md", "MILESTONES.md"}
        assert problem.message
        assert problem.hint
        assert problem.severity is rule.severity


BOTH_PLACES = (
    "import-phase-twice", "import-duplicate-row", "import-phase-name-differs", "import-box-status",
    "import-depends-later", "import-cycle", "import-several-phases", "import-line-table-differ",
    "import-not-on-phase-line", "import-not-in-table", "import-requirement-box-status",
    "import-id-twice", "import-duplicate-trace-row", "import-plan-count", "import-progress-count",
    "import-stated-total", "import-state-phases",
)  # fmt: skip


@pytest.mark.parametrize("name", BOTH_PLACES)
def test_a_contradiction_names_both_places(name):
    """The other side stands in `related`."""
    problems = read_source(files_of(IMPORT_RULES[name].bad)).problems
    found = next(each for each in problems if each.rule == name)
    assert found.related
    assert found.place not in found.related


def test_a_cycle_is_named_in_full():
    """The phases in order, back to the first."""
    roadmap = b"".join(
        b"### Phase %d: P%d\n**Depends on**: Phase %d\n" % (n, n, n % 3 + 1) for n in (1, 2, 3)
    )
    found = read_source({"ROADMAP.md": roadmap}).problems
    (cycle,) = [each for each in found if each.rule == "import-cycle"]
    assert cycle.message == "phases wait for each other: 1 -> 2 -> 3 -> 1"
    assert [place.line for place in (cycle.place, *cycle.related)] == [2, 4, 6]


def test_a_phase_that_depends_on_itself_is_a_cycle():
    """The shortest one."""
    found = read_source({"ROADMAP.md": b"### Phase 1: P\n**Depends on**: Phase 1\n"}).problems
    assert "phases wait for each other: 1 -> 1" in {each.message for each in found}


def test_a_mapping_to_a_missing_phase_keeps_the_requirement_without_phase():
    """The item is imported, the phase is not invented."""
    files = files_of(IMPORT_RULES["import-unknown-phase"].bad)
    found = read_source({**files, "ROADMAP.md": b"### Phase 1: Door\n**Requirements**: DOOR-01\n"})
    bell = next(each for each in found.tree.requirements if each.id == "BELL-01")
    assert bell.phases == ()
    assert "Phase 7" in bell.sections[0].text


def test_an_undefined_id_makes_no_requirement():
    """Where texts have a file of their own, an id without one is a mistake."""
    found = read_source(files_of(IMPORT_RULES["import-undefined-id"].bad))
    assert {each.id for each in found.tree.requirements} == {"DOOR-01", "BELL-01"}
    assert "BELL-02" in found.mapped
