"""The rules about a plan as a whole, and the one call that checks them."""

from collections.abc import Iterator

from planner.model.problem import Problem
from planner.trace.assumption_rules import ASSUMPTION_RULES, check_assumptions
from planner.trace.claim_rules import CLAIM_RULES, check_claims
from planner.trace.coverage_rules import COVERAGE_RULES, check_coverage
from planner.trace.date_rules import DATE_RULES, check_dates
from planner.trace.dependency_rules import DEPENDENCY_RULES, check_dependencies
from planner.trace.graph import Trace
from planner.trace.identity_rules import IDENTITY_RULES, check_identity
from planner.trace.reference_check import check_references
from planner.trace.reference_rules import REFERENCE_RULES
from planner.trace.rule import Rule
from planner.trace.status_rules import STATUS_RULES, check_statuses
from planner.trace.text_memo import TextMemo
from planner.trace.text_rules import TEXT_RULES, check_texts

STRUCTURE_RULES: dict[str, Rule] = {
    **REFERENCE_RULES,
    **IDENTITY_RULES,
    **DEPENDENCY_RULES,
    **COVERAGE_RULES,
    **TEXT_RULES,
    **STATUS_RULES,
    **DATE_RULES,
    **ASSUMPTION_RULES,
    **CLAIM_RULES,
}


def check_structure(trace: Trace, memo: TextMemo | None = None, day: str = "") -> Iterator[Problem]:
    """Every problem of the plan as a whole, waivers aside.

    `memo` keeps what was computed of texts from one check to the next; `day` is that of the plan,
    on which claims are valid or not.
    """
    yield from check_references(trace)
    yield from check_identity(trace)
    yield from check_dependencies(trace)
    yield from check_coverage(trace)
    yield from check_texts(trace, memo)
    yield from check_statuses(trace)
    yield from check_dates(trace)
    yield from check_assumptions(trace)
    yield from check_claims(trace, day)
