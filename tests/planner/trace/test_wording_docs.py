"""The page about rules says what the registry and the measurement say."""

import importlib.util
import re
from pathlib import Path

import pytest

from planner.model.problem import Severity
from planner.trace.rule import Rule
from planner.trace.rules import RULES
from planner.trace.wording_docs import (
    Rates,
    rates_region,
    region,
    replace_region,
    rules_region,
)

COMMAND = "run: python bench/rules_on_plans.py FOLDER-OF-PLANS --write"
WORDING = [rule for rule in RULES.values() if rule.group == "wording"]


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "rules.md").read_text("utf-8")


def test_page_lists_the_rules_of_the_registry(page):
    """Whoever changes a rule writes the page anew."""
    made = rules_region(RULES.values())
    assert region(page, "rules") == made, "run: python bench/rules_on_plans.py --write"


def test_page_names_every_rule(page):
    """Each rule has a row, and a section when it has examples."""
    for rule in RULES.values():
        assert f"\n| `{rule.id}` |" in page
        assert (f"\n### `{rule.id}`\n" in page) == bool(rule.good or rule.bad)


def test_table_of_rates_names_each_wording_rule_with_its_severity(page):
    """The table has a row for each wording rule; no warning or error is above a tenth."""
    table = region(page, "rates")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", table, re.MULTILINE))
    assert list(rows) == [rule.id for rule in WORDING], COMMAND
    for rule in WORDING:
        cells = rows[rule.id].split(" | ")
        for part, cell in zip(("requirement", "criterion", "goal"), cells, strict=True):
            severity, *share = cell.split()
            assert severity == str(rule.at(part) or "off"), (rule.id, COMMAND)
            assert severity in ("hint", "off") or float(share[0]) <= 10


@pytest.mark.slow
def test_rates_are_those_of_the_foreign_plans(page, root, foreign_plans):
    """The numbers of the page are what the importer and the rules give today."""
    path = root / "bench" / "rules_on_plans.py"
    spec = importlib.util.spec_from_file_location("rules_on_plans", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert region(page, "rates") == rates_region(WORDING, module.measure(foreign_plans)), COMMAND


def rule(severity, good: str = "", bad: str = "", **fields: str) -> Rule:
    texts = {"title": "A | b", "why": "It hurts.", **fields}
    return Rule(id="r", group="wording", severity=severity, good=good, bad=bad, **texts)


def test_severity_that_is_the_same_everywhere_is_one_word():
    """A bar in a title does not break the table."""
    assert "| `r` | error | A \\| b |" in rules_region([rule(Severity.ERROR)])


def test_severities_are_gathered_per_part():
    """Parts of one severity stand together; a part that is off is not named."""
    severity = {
        "requirement": Severity.WARNING,
        "criterion": Severity.WARNING,
        "goal": Severity.HINT,
        "plan": None,
    }
    assert "hint (goal), warning (criterion, requirement)" in rules_region([rule(severity)])


def test_examples_of_files_are_shown_as_what_changes():
    """Of two small plans only the changed lines and two around each are shown."""
    good = "== a.md\n1\n2\n3\n4\n5\n== b.md\nsame\n"
    bad = good.replace("4\n", "four\n")
    text = rules_region([rule(Severity.ERROR, good, bad)])
    assert "~~~~diff\n== a.md\n 2\n 3\n-4\n+four\n 5\n~~~~" in text
    assert "b.md" not in text


def test_examples_that_are_sentences_are_shown_in_full():
    """A rule about wording has one sentence of each."""
    assert "- bad: No.\n- good: Yes." in rules_region([rule(Severity.HINT, "Yes.", "No.")])


def test_rates_are_shares_of_the_texts_of_a_part():
    """Two of eight are 25 %; a part without texts has 0 %."""
    rates = Rates({"requirement": 8}, {("r", "requirement"): 2})
    table = rates_region([rule(Severity.HINT)], rates)
    assert table.endswith("| `r` | hint 25.0 % | hint 0.0 % | hint 0.0 % |")


def test_region_is_replaced_and_the_rest_stays():
    """Only the text between the two comments changes."""
    before = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n"
    after = replace_region(before, "x", "new")
    assert region(after, "x") == "new"
    assert after.startswith("a\n")
    assert after.endswith("\nb\n")
    assert replace_region(after, "x", "new") == after


@pytest.mark.parametrize("broken", ["", "<!-- x:begin -->", "<!-- x:begin --><!-- x:begin -->"])
def test_page_without_the_region_is_refused(broken):
    """A page that lost its marks is not overwritten."""
    with pytest.raises(ValueError, match="no region 'x'"):
        replace_region(broken, "x", "new")
