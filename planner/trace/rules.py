"""All rules, by id, in the order in which they are listed."""

from collections.abc import Iterable

from planner.trace.import_rules import IMPORT_RULES
from planner.trace.reading_rules import READING_RULES
from planner.trace.rule import GROUPS, Rule
from planner.trace.structure_rules import STRUCTURE_RULES
from planner.trace.waivers import WAIVER_RULES
from planner.trace.wording_rules import WORDING_RULES


def _in_groups(rules: Iterable[Rule]) -> dict[str, Rule]:
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: GROUPS.index(rule.group))}


RULES: dict[str, Rule] = _in_groups(
    (
        *READING_RULES.values(),
        *STRUCTURE_RULES.values(),
        *WORDING_RULES,
        *WAIVER_RULES.values(),
        *IMPORT_RULES.values(),
    )
)
"""Every rule by id, group after group."""
