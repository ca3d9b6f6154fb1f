"""The made parts of docs/rules.md: the list of rules, and how often they fire on real plans.

    python bench/rules_on_plans.py --write            writes the list of rules to the page
    python bench/rules_on_plans.py PLANS              prints how often each wording rule fires
    python bench/rules_on_plans.py PLANS --write      writes both
    python bench/rules_on_plans.py PLANS --show RULE  prints the findings of one rule with the texts

PLANS is a folder of folders, each with the files of one foreign plan.  Only numbers are written.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from planner.exchange.gsd import read_source
from planner.model.items import Item, PlanTree
from planner.trace.rule import Rule
from planner.trace.rules import RULES
from planner.trace.wording import check_item, collect_terms
from planner.trace.wording_docs import Rates, rates_region, replace_region, rules_region

PAGE = Path(__file__).parent.parent / "docs" / "rules.md"


def main() -> int:
    """Measure, then print or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plans", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", metavar="RULE")
    options = parser.parse_args()
    if options.write:
        _write("rules", rules_region(RULES.values()))
    if options.plans is None:
        return 0
    if not options.plans.is_dir():
        parser.error(f"{options.plans} is no folder")
    rates = measure(options.plans, options.show)
    wording = [rule for rule in RULES.values() if rule.group == "wording"]
    table = rates_region(wording, rates)
    print(table)
    if options.write:
        _write("rates", table)
    return _report_noise(wording, rates)


def _write(name: str, text: str) -> None:
    PAGE.write_text(replace_region(PAGE.read_text("utf-8"), name, text), "utf-8")


def _report_noise(rules: list[Rule], rates: Rates) -> int:
    """Name the rules above a hint that fire on more than a tenth; 1 when there is one."""
    noisy = [
        f"{rule.id} ({part})"
        for rule in rules
        for part in rates.texts
        if rule.at(part) in ("error", "warning") and rates.percent(rule.id, part) > 10
    ]
    if noisy:
        print(f"fires on more than a tenth: {', '.join(noisy)}", file=sys.stderr)
    return 1 if noisy else 0


def measure(plans: Path, show: str | None = None) -> Rates:
    """The rates over all plans of the folder; the findings of the rule `show` are printed."""
    texts: Counter[str] = Counter()
    fired: Counter[tuple[str, str]] = Counter()
    for tree in _trees(plans):
        terms = collect_terms(tree)
        for part, text, item in _texts(tree):
            texts[part] += 1
            found = {problem.rule: problem for problem in check_item(item, terms)}
            fired.update((rule, part) for rule in found)
            if show in found:
                print(f"{part}: {found[show].message}\n    {' '.join(text.split())}")
    return Rates(texts, fired)


def _trees(plans: Path) -> Iterator[PlanTree]:
    """Each plan of the folder, as the importer reads it."""
    for plan in sorted(path for path in plans.iterdir() if path.is_dir()):
        files = {
            path.relative_to(plan).as_posix(): path.read_bytes()
            for path in sorted(plan.rglob("*"))
            if path.is_file()
        }
        yield read_source(files).tree


def _texts(tree: PlanTree) -> Iterator[tuple[str, str, Item]]:
    """Each text: its part, the text, and an item that holds it alone."""
    for requirement in tree.requirements:
        if requirement.text:
            yield "requirement", requirement.text, requirement
    for phase in tree.phases:
        if phase.goal:
            yield "goal", phase.goal, replace(phase, criteria=())
        for criterion in phase.criteria:
            yield "criterion", criterion.text, replace(phase, goal="", criteria=(criterion,))


if __name__ == "__main__":
    sys.exit(main())
