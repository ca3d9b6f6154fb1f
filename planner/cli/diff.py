"""`planner diff`."""

import json
from dataclasses import asdict

import click

from planner.cli.options import plan_option, workspace


@click.command("diff", short_help="Show what changed in the plan, in words.")
@plan_option
@click.argument("old", default="HEAD")
@click.argument("new", default="")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
def diff_command(plan: str | None, old: str, new: str, as_json: bool) -> int:
    """Show what changed in the plan from revision OLD (default HEAD) to NEW (default: the files).

    `OLD..NEW` names both, as git does.  Added, dropped, moved, renamed, reworded, status; a
    criterion whose bound got looser is named.
    """
    first, dots, second = old.partition("..")
    if dots and not new:
        old, new = first or "HEAD", second.removeprefix(".") or "HEAD"
    with workspace(plan) as opened:
        changes = opened.compare(old, new)
    if as_json:
        click.echo(json.dumps([asdict(change) for change in changes], indent=2))
        return 0
    for change in changes:
        click.echo(change.sentence)
    if not changes:
        click.echo("no change in the plan")
    return 0
