"""The registry of rules, and that each rule does what its own examples say."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.codec.finding import SEVERITY
from planner.codec.reading import read_item
from planner.exchange.rules import IMPORT_RULES as IMPORTED
from planner.model.problem import Problem, Severity
from planner.store.snapshot import bad_name, foreign_repository, outside, symbolic_link, too_many
from planner.trace.import_rules import IMPORT_RULES
from planner.trace.reading_rules import READING_RULES
from planner.trace.rule import GROUPS, PARTS, Rule
from planner.trace.rules import RULES
from planner.trace.structure_rules import STRUCTURE_RULES
from planner.trace.waivers import WAIVER_RULES

CheckPlan = Callable[[str], tuple[Problem, ...]]

WITH_FILES = [rule for rule in RULES.values() if rule.bad.startswith("== ")]
WITH_FILES = [rule for rule in WITH_FILES if rule.group not in ("import", "wording")]


def severities(rule: Rule) -> set[Severity]:
    if isinstance(rule.severity, Severity):
        return {rule.severity}
    return {severity for severity in rule.severity.values() if severity is not None}


def test_every_id_is_kebab_case_and_leads_to_its_rule() -> None:
    """Ids are stable names that can be typed; the registry is keyed by them."""
    for rule_id, rule in RULES.items():
        assert rule.id == rule_id
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule_id)


def test_rules_come_group_after_group() -> None:
    """`planner rules` lists groups in the order of GROUPS."""
    places = [GROUPS.index(rule.group) for rule in RULES.values()]
    assert places == sorted(places)


def test_no_table_hides_a_rule_of_another() -> None:
    """The tables have no id in common."""
    tables = (READING_RULES, STRUCTURE_RULES, WAIVER_RULES, IMPORT_RULES)
    ids = [rule_id for table in tables for rule_id in table]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_says_what_why_and_how(rule: Rule) -> None:
    """Every row is complete: title and reason, severities of known parts, examples."""
    assert rule.title
    assert rule.why.endswith(".")
    assert not rule.title.endswith(".")
    assert severities(rule)
    if not isinstance(rule.severity, Severity):
        assert set(rule.severity) <= set(PARTS)
    if rule.group != "import":
        assert rule.good
        assert rule.bad
        assert rule.good != rule.bad
    if rule.group not in ("import", "wording"):
        assert rule.hint


@pytest.mark.parametrize("rule", WITH_FILES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found_and_the_good_one_is_not(
    rule: Rule, check_plan: CheckPlan
) -> None:
    """Each rule finds its bad example, with a severity of its row, and nothing in the good one."""
    found = [problem for problem in check_plan(rule.bad) if problem.rule == rule.id]
    assert found, [f"{each.rule}: {each.message}" for each in check_plan(rule.bad)]
    for problem in found:
        assert problem.severity in severities(rule)
        assert problem.message
        assert problem.hint
        assert problem.path in rule.bad or problem.path == "plan.yaml"
    assert rule.id not in {problem.rule for problem in check_plan(rule.good)}


def test_every_rule_about_structure_is_tried_by_its_examples() -> None:
    """No rule of structure, status or waivers has examples in words only."""
    tried = {rule.id for rule in WITH_FILES}
    assert (set(STRUCTURE_RULES) | set(WAIVER_RULES)) <= tried


def test_reading_rules_are_those_of_the_codec() -> None:
    """Each rule that the codec applies is listed, with the same severity."""
    for rule_id, severity in SEVERITY.items():
        assert READING_RULES[rule_id].severity is severity


@pytest.mark.parametrize(
    ("rule_id", "path", "data"),
    [
        ("bad-encoding", "phases/login.md", b"---\ntitle: caf\xe9\n---\n"),
        ("too-large", "phases/login.md", b"---\ntitle: Login\n---\n" + b"x" * (1 << 20)),
    ],
)
def test_examples_in_words_hold_for_bytes(rule_id: str, path: str, data: bytes) -> None:
    """Rules whose examples cannot be shown as text find such bytes."""
    assert rule_id in {problem.rule for problem in read_item(path, data).problems}


def test_refusals_of_the_store_are_listed() -> None:
    """What the store refuses is a rule with the same severity."""
    refused = [
        bad_name("x"),
        foreign_repository("x"),
        outside("x"),
        symbolic_link("x"),
        too_many(),
    ]
    for problem in refused:
        assert READING_RULES[problem.rule].severity is problem.severity


def test_every_rule_named_in_the_store_is_listed(root: Path) -> None:
    """No finding of the store is without a row."""
    store = root / "planner" / "store"
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(store.glob("*.py")))
    named = set(re.findall(r'refusal\(\s*\w+,\s*"([a-z-]+)"', text))
    named |= set(re.findall(r'rule="([a-z-]+)"', text))
    assert named
    assert named <= set(READING_RULES)


def test_import_rules_are_those_of_the_importer() -> None:
    """The rows for import name the same rules, titles and severities as the importer."""
    for rule_id, rule in IMPORTED.items():
        row = IMPORT_RULES[rule_id]
        assert (row.title, row.severity, row.group) == (rule.title, rule.severity, rule.group)


def test_severity_by_part_falls_back_for_drafts_only() -> None:
    """`draft` counts as `requirement` unless it is named; a part that is not named is off."""
    row = {
        "id": "x",
        "group": "structure",
        "title": "x",
        "why": "x.",
        "good": "a",
        "bad": "b",
    }
    rule = Rule(severity={"requirement": Severity.ERROR}, **row)
    assert rule.at("draft") is Severity.ERROR
    assert rule.at("phase") is None
    off = Rule(severity={"requirement": Severity.ERROR, "draft": None}, **row)
    assert off.at("draft") is None
    assert Rule(severity=Severity.HINT, **row).at("phase") is Severity.HINT
