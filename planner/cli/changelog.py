"""`planner changelog`."""

import click

from planner.cli.options import plan_option, workspace
from planner.errors import UsageError
from planner.trace.changelog import changelog


@click.command("changelog", short_help="Print what changed between two revisions as Markdown.")
@plan_option
@click.argument("span", metavar="REV1..REV2")
def changelog_command(plan: str | None, span: str) -> int:
    """Print what changed in the plan from REV1 to REV2 as Markdown, what got weaker first.

    Without REV2 (`v1.0..`) the files as they are now count.
    """
    old, sign, new = span.partition("..")
    if not old or not sign or new.startswith("."):
        raise UsageError(f"{span!r} are no two revisions", "write v1.0..v1.1, or v1.0..")
    with workspace(plan) as opened:
        changes = opened.compare(old, new)
    click.echo(changelog(changes, old, new), nl=False)
    return 0
