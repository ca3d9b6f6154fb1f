"""All rules of the import, by id."""

from planner.exchange import (
    count_findings,
    mapping_findings,
    phase_findings,
    skipped,
    text_findings,
)
from planner.exchange.foreign.found import FoundPlan
from planner.exchange.foreign.reading import Reading
from planner.model.problem import Problem
from planner.trace.rule import Rule

IMPORT_RULES: dict[str, Rule] = {
    rule.id: rule
    for module in (text_findings, phase_findings, mapping_findings, count_findings, skipped)
    for rule in module.RULES
}


def all_findings(reading: Reading) -> tuple[Problem, ...]:
    """Everything that the import has to say, sorted by place."""
    plan: FoundPlan = reading.plan
    found = [
        *text_findings.text_findings(reading),
        *phase_findings.phase_findings(plan),
        *mapping_findings.mapping_findings(plan),
        *count_findings.count_findings(plan),
    ]
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.rule, each.message)))
