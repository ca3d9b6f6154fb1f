"""`planner init`."""

from pathlib import Path

import click

from planner.workspace import start_plan


@click.command("init", short_help="Start a new plan.")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("content"))
@click.option(
    "--title", default="", help="Title of the plan. Default: the name of the project folder."
)
def init_command(folder: Path, title: str) -> int:
    """Start a new plan in FOLDER (default: content): a milestone, a phase and a requirement.

    Overwrites nothing: a folder that already holds a plan is refused.
    """
    files = start_plan(folder, title or folder.resolve().parent.name)
    for path in files:
        click.echo(f"wrote {path}")
    click.echo("next: `planner serve` shows it, `planner check` checks it")
    return 0
