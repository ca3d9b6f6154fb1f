"""Making a `Problem` from a rule and the place in an item that breaks it."""

from collections.abc import Iterable, Sequence

from planner.model.items import Item
from planner.model.problem import Place, Problem, Severity
from planner.trace.rule import Rule

_NAMED = 5


def finding(
    rule: Rule,
    part: str,
    item: Item,
    message: str,
    *,
    line: int = 0,
    hint: str = "",
    related: tuple[Place, ...] = (),
) -> Problem:
    """A problem of `item`.

    It has the severity that `rule` has for `part`, which must not be off, and the general hint of
    the rule where no `hint` is given.
    """
    severity = rule.at(part)
    if severity is None:
        raise ValueError(f"rule {rule.id} is off for {part}")
    return Problem(
        path=item.path,
        line=line,
        rule=rule.id,
        severity=severity,
        message=message,
        hint=hint or rule.hint,
        item=item.id,
        related=related,
    )


def line_of(item: Item, field: str, index: int | None = None) -> int:
    """The line of a field, or of entry `index` of a list; 0 where it is not known."""
    if index is not None:
        line = item.lines.get(f"{field}.{index}")
        if line:
            return line
    return item.lines.get(field, 0)


def place_of(item: Item, field: str = "") -> Place:
    """The place of an item, or of one of its fields."""
    return Place(item.path, line_of(item, field) if field else 0)


def listed(names: Sequence[str]) -> str:
    """Names as a phrase: `A`, `A and B`, `A, B, C, D, E and 3 more`."""
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        shown.append(f"{len(names) - _NAMED} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def table(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Rules by id."""
    return {rule.id: rule for rule in rules}


ERROR, WARNING, HINT = Severity.ERROR, Severity.WARNING, Severity.HINT
