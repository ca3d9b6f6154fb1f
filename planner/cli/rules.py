"""`planner rules`."""

import json
from dataclasses import asdict

import click

from planner.exchange.rules import IMPORT_RULES
from planner.trace.fixable import FIXABLE
from planner.trace.rule import GROUPS, Rule
from planner.trace.rules import RULES

# The importer knows the reasons and examples of its own rules.
ALL_RULES = {**RULES, **IMPORT_RULES}


@click.command("rules", short_help="List the rules that `check` applies.")
@click.argument("rule_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print all rules as JSON.")
def rules_command(rule_id: str | None, as_json: bool) -> int:
    """List the rules, or show one with its reason, its fix, a good and a bad example.

    In the list, `*` marks rules that `planner check --fix` can mend, `+` those for which a fix can
    be offered.
    """
    if as_json:
        click.echo(json.dumps([_as_json(rule) for rule in ALL_RULES.values()], indent=2))
    elif rule_id is None:
        for group in GROUPS:
            click.echo(f"{group}:")
            for rule in ALL_RULES.values():
                if rule.group == group:
                    mark = _mark(rule)
                    click.echo(f"{mark} {rule.id:<34} {_severities(rule):<8} {rule.title}")
    elif rule_id in ALL_RULES:
        click.echo(_details(ALL_RULES[rule_id]))
    else:
        raise click.UsageError(f"no rule is called {rule_id!r}; `planner rules` lists them")
    return 0


def _mark(rule: Rule) -> str:
    fix = FIXABLE.get(rule.id)
    return " " if fix is None else "*" if fix.certain else "+"


def _severities(rule: Rule) -> str:
    """`error`, or `warning/hint` where it depends on the part of the plan."""
    if isinstance(rule.severity, str):
        return str(rule.severity)
    return "/".join(dict.fromkeys(str(severity) for severity in rule.severity.values()))


def _as_json(rule: Rule) -> dict[str, object]:
    severity = rule.severity if isinstance(rule.severity, str) else dict(rule.severity)
    return {
        "id": rule.id,
        "group": rule.group,
        "title": rule.title,
        "severity": severity,
        "why": rule.why,
        "hint": rule.hint,
        "fix": asdict(FIXABLE[rule.id]) if rule.id in FIXABLE else None,
        "good": rule.good,
        "bad": rule.bad,
    }


def _details(rule: Rule) -> str:
    parts = [f"{rule.id} ({rule.group}): {rule.title}", rule.why]
    if isinstance(rule.severity, str):
        parts.append(f"severity: {rule.severity}")
    else:
        rows = (f"{part} {severity}" for part, severity in rule.severity.items())
        parts.append("severity: " + ", ".join(rows))
    if rule.hint:
        parts.append(f"hint: {rule.hint}")
    if rule.id in FIXABLE:
        by_itself = "; `planner check --fix` does it where it is sure"
        fix = FIXABLE[rule.id]
        parts.append(f"fix: {fix.does}{by_itself if fix.certain else ''}")
    for name, example in (("good", rule.good), ("bad", rule.bad)):
        lines = "\n".join(f"    {line}" for line in example.strip().splitlines())
        parts.append(f"{name}:\n{lines}")
    return "\n\n".join(parts)
