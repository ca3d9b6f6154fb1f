"""`planner new`."""

import click

from planner.cli.options import plan_option, workspace
from planner.cli.saves import save, save_options, value_of
from planner.edit.assignments import assigned
from planner.editing import Create, open_editor

_KINDS = ("requirement", "phase", "milestone", "research")


@click.command("new", short_help="Make a new item; the save is a commit.")
@plan_option
@click.argument("kind", type=click.Choice(_KINDS))
@click.option(
    "--set", "assignments", multiple=True, metavar="FIELD=VALUE", help="Repeat for several fields."
)
@click.option("--id", "item_id", default="", help="Default: one that no branch has yet.")
@click.option("--category", default="", help="AUTH makes the next AUTH-nn, for a requirement.")
@click.option("--after", default="", metavar="PHASE", help="The phase that a new phase follows.")
@save_options
def new_command(
    plan: str | None,
    kind: str,
    assignments: tuple[str, ...],
    item_id: str,
    category: str,
    after: str,
    message: str,
    proposal: str,
    branch: str,
    dry_run: bool,
    reviewed: bool,
) -> int:
    """Make a new item of KIND with the fields that --set names, and save it as one commit.

    A requirement gets the next number of its category (without --category: that of the others in
    its phase), a phase or milestone an id made from its title.  Values as for `planner edit`.
    """
    with workspace(plan) as opened:
        fields = assigned(kind, map(value_of, assignments))
        operation = Create(kind, fields, item_id, category, after)
        editor = open_editor(opened)
        return save(
            editor, operation, message, proposal, branch, dry_run=dry_run, reviewed=reviewed
        )
