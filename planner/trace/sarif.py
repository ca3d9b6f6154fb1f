"""Problems in SARIF 2.1.0, the format in which code hosts take the results of checks."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import planner
from planner.model.problem import Place, Problem, Severity
from planner.trace.baseline import Fingerprint, fingerprint
from planner.trace.rule import Rule
from planner.trace.rules import RULES

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def format_sarif(
    problems: Sequence[Problem], *, root: str = "", known: Sequence[Problem] = ()
) -> str:
    """A SARIF log of one run.

    Waived problems are results that are suppressed in the source, known ones results that are
    suppressed from outside.
    """
    used = sorted({problem.rule for problem in (*problems, *known)})
    index = {rule: number for number, rule in enumerate(used)}
    seen: Counter[Fingerprint] = Counter()
    results = [
        _result(problem, root, index, seen, is_known)
        for is_known, each in ((False, problems), (True, known))
        for problem in each
    ]
    driver = {
        "name": "planner",
        "version": planner.__version__,
        "rules": [_rule(rule) for rule in used],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule_id: str) -> dict[str, Any]:
    rule = RULES.get(rule_id)
    if rule is None:
        return {"id": rule_id}
    text = " ".join((f"{rule.title}.", rule.why, f"To mend: {rule.hint}." if rule.hint else ""))
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": text.strip()},
        "defaultConfiguration": {"level": _LEVELS[_worst(rule)]},
    }


def _worst(rule: Rule) -> Severity:
    if isinstance(rule.severity, Severity):
        return rule.severity
    named = set(rule.severity.values())
    return next((severity for severity in Severity if severity in named), Severity.HINT)


def _result(
    problem: Problem,
    root: str,
    index: dict[str, int],
    seen: Counter[Fingerprint],
    is_known: bool,
) -> dict[str, Any]:
    name = fingerprint(problem)
    seen[name] += 1
    mark = hashlib.sha256("\0".join((*name, str(seen[name]))).encode("utf-8", "replace"))
    message = problem.message + (f"\nhint: {problem.hint}" if problem.hint else "")
    result: dict[str, Any] = {
        "ruleId": problem.rule,
        "ruleIndex": index[problem.rule],
        "level": _LEVELS[problem.severity],
        "message": {"text": message},
        "locations": [_location(Place(problem.path, problem.line), root)],
        "partialFingerprints": {"problem/v1": mark.hexdigest()},
    }
    if problem.related:
        result["relatedLocations"] = [
            {"id": number, **_location(each, root)}
            for number, each in enumerate(problem.related, 1)
        ]
    if problem.waived:
        result["suppressions"] = [{"kind": "inSource", "justification": problem.waived}]
    elif is_known:
        result["suppressions"] = [{"kind": "external", "justification": "in the baseline"}]
    return result


def _location(place: Place, root: str) -> dict[str, Any]:
    uri = quote((root + place.path) or ".", safe="/", errors="replace")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}
