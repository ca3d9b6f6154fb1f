"""`planner rename` and `planner delete`."""

import click

from planner.cli.options import plan_option, workspace
from planner.cli.saves import save, save_options
from planner.editing import Delete, Rename, open_editor
from planner.model.fields import KINDS

_KIND = click.option(
    "--kind", type=click.Choice(list(KINDS)), help="Where an id alone is not clear."
)


@click.command("rename", short_help="Give an item another id, in every reference too.")
@plan_option
@click.argument("item_id", metavar="ID")
@click.argument("new_id", metavar="NEW")
@_KIND
@save_options
def rename_command(
    plan: str | None,
    item_id: str,
    new_id: str,
    kind: str | None,
    message: str,
    proposal: str,
    branch: str,
    dry_run: bool,
    reviewed: bool,
) -> int:
    """Rename the item ID to NEW in one commit.

    Its file moves, every reference to it is rewritten, and ID stays as an alias, so that old
    addresses and mentions still lead there.
    """
    with workspace(plan) as opened:
        editor = open_editor(opened)
        found = editor.open(item_id, kind or "", branch=branch, proposal=proposal)
        operation = Rename(found.item.id, found.kind, new_id)
        return save(
            editor, operation, message, proposal, branch, dry_run=dry_run, reviewed=reviewed
        )


@click.command("delete", short_help="Delete an item; says first what would dangle.")
@plan_option
@click.argument("item_id", metavar="ID")
@_KIND
@click.option(
    "--references",
    type=click.Choice(["refuse", "detach", "keep"]),
    default="refuse",
    show_default=True,
    help="What happens to references to it: detach takes them out, keep leaves them dangling.",
)
@save_options
def delete_command(
    plan: str | None,
    item_id: str,
    kind: str | None,
    references: str,
    message: str,
    proposal: str,
    branch: str,
    dry_run: bool,
    reviewed: bool,
) -> int:
    """Delete the item ID in one commit.

    While other items refer to it nothing is deleted and the exit code is 3, unless --references
    says what becomes of them.
    """
    with workspace(plan) as opened:
        editor = open_editor(opened)
        found = editor.open(item_id, kind or "", branch=branch, proposal=proposal)
        operation = Delete(found.item.id, found.kind, references)
        return save(
            editor, operation, message, proposal, branch, dry_run=dry_run, reviewed=reviewed
        )
