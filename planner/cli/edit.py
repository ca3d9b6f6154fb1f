"""`planner edit`."""

import click

from planner.cli.options import plan_option, workspace
from planner.cli.saves import save, save_options, value_of
from planner.edit.assignments import assigned
from planner.editing import SetFields, open_editor
from planner.errors import UsageError
from planner.model.fields import KINDS


@click.command("edit", short_help="Change fields of an item; the save is a commit.")
@plan_option
@click.argument("item_id", metavar="ID")
@click.option(
    "--set", "assignments", multiple=True, metavar="FIELD=VALUE", help="Repeat for several fields."
)
@click.option("--kind", type=click.Choice(list(KINDS)), help="Where an id alone is not clear.")
@click.option("--base", default="", metavar="BLOB", help="What it was when you read it.")
@save_options
def edit_command(
    plan: str | None,
    item_id: str,
    assignments: tuple[str, ...],
    kind: str | None,
    base: str,
    message: str,
    proposal: str,
    branch: str,
    dry_run: bool,
    reviewed: bool,
) -> int:
    """Set fields of the item ID and save that as one commit.

    FIELD is a key of its file (`status`, `phase`) or a section (`text`, `rationale`); VALUE may be
    @FILE or @- (standard input).  Lists are parted by commas; an empty VALUE removes the field.
    With --base, what others changed since is merged.  Exit code 1 when it clashes.
    """
    if not assignments:
        raise UsageError("there is nothing to change", "name fields: --set status=approved")
    with workspace(plan) as opened:
        editor = open_editor(opened)
        found = editor.open(item_id, kind or "", branch=branch, proposal=proposal)
        changes = assigned(found.kind, map(value_of, assignments))
        operation = SetFields(found.item.id, found.kind, changes, base)
        return save(
            editor, operation, message, proposal, branch, dry_run=dry_run, reviewed=reviewed
        )
