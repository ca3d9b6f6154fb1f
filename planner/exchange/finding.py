"""How a finding of the import is made from its rule."""

from collections.abc import Iterable

from planner.model.problem import Place, Problem, Severity
from planner.trace.rule import Rule

MAX_RELATED = 20
"""At most so many further places are listed with one finding."""


def finding(
    rule: Rule,
    place: Place,
    message: str,
    *,
    item: str = "",
    related: Iterable[Place] = (),
    hint: str = "",
) -> Problem:
    """A finding of `rule` at `place`; further places that take part are `related`."""
    others = tuple(dict.fromkeys(each for each in related if each != place))
    severity = rule.severity if isinstance(rule.severity, Severity) else Severity.WARNING
    return Problem(
        path=place.path,
        line=place.line,
        rule=rule.id,
        severity=severity,
        message=message,
        hint=hint or rule.hint,
        item=item,
        related=others[:MAX_RELATED],
    )


def counted(count: int, noun: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(words: Iterable[str], limit: int = 8) -> str:
    """Words as running text, cut after `limit`."""
    all_words = list(words)
    shown = ", ".join(all_words[:limit])
    return f"{shown} and {len(all_words) - limit} more" if len(all_words) > limit else shown
