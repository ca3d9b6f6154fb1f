"""`planner export`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from planner.cli.options import plan_option, rev_option, workspace
from planner.errors import OutputError, RefusedError, UsageError
from planner.exchange.gsd_loss import Loss
from planner.exchange.gsd_write import render_gsd
from planner.exchange.tables import render_csv, render_json
from planner.store.atomic import write_file

FORMATS = ("gsd", "json", "csv")
_SHOWN = 40


@click.command("export", short_help="Export as .planning files, JSON or CSV.")
@plan_option
@rev_option
@click.option("--format", "style", type=click.Choice(FORMATS), default="gsd", show_default=True)
@click.option("--lossy", is_flag=True, help="Write even though the format cannot carry everything.")
@click.option("--replace", is_flag=True, help="Overwrite files that are already there.")
@click.argument("target", required=False, metavar="[DIR]")
def export_command(
    plan: str | None, rev: str, style: str, lossy: bool, replace: bool, target: str | None
) -> int:
    """Export the plan into DIR, or (json, csv) print it where no DIR or - is named.

    gsd writes ROADMAP.md, REQUIREMENTS.md and research/ as tools for .planning folders read them.
    What that format cannot carry is listed; without --lossy nothing is written then (exit code 3).
    csv prints the table of requirements; into a DIR it writes phases, milestones and criteria, too.
    """
    printed = target in {None, "-"}
    if printed and style == "gsd":
        raise UsageError("where to? gsd writes several files", "name a folder: export DIR")
    with workspace(plan) as opened:
        if not printed:
            opened.refuse_inside(Path(str(target)))
        tree = opened.check(rev).tree
    if style == "json":
        files: Mapping[str, str] = {"plan.json": render_json(tree)}
    elif style == "csv":
        files = render_csv(tree)
    else:
        files, lost = render_gsd(tree)
        _say_lost(lost, lossy=lossy)
    if printed:
        click.echo(next(iter(files.values())), nl=False)
    else:
        _write(files, Path(str(target)), replace=replace)
    return 0


def _say_lost(lost: Iterable[Loss], *, lossy: bool) -> None:
    """List what the format does not carry.  Raises RefusedError without `lossy`."""
    losses = list(lost)
    for loss in losses if lossy is False else losses[:_SHOWN]:
        field = f" {loss.field}" if loss.field else ""
        click.echo(f"lost: {loss.item}{field}: {loss.why}", err=True)
    if lossy and len(losses) > _SHOWN:
        click.echo(f"lost: and {len(losses) - _SHOWN} more", err=True)
    if losses and not lossy:
        raise RefusedError(
            f"this format cannot carry {len(losses)} things of the plan; nothing was written",
            "--lossy writes the files without them",
        )


def _write(files: Mapping[str, str], target: Path, *, replace: bool) -> None:
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target} is no folder", "name a folder")
    standing = [name for name, text in files.items() if _differs(target / name, text)]
    if standing and not replace:
        raise RefusedError(
            f"{target / standing[0]} is already there and differs; nothing was written",
            "--replace overwrites it",
        )
    try:
        for folder in sorted({(target / name).parent for name in files}):
            if folder != target and folder.is_symlink():
                raise OutputError(f"{folder} is a symbolic link", "put a folder in its place")
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be made: {error.strerror}") from error
    for name, text in files.items():
        write_file(target / name, text.encode())
    click.echo(f"wrote {len(files)} files to {target}", err=True)


def _differs(path: Path, text: str) -> bool:
    """Whether another file stands at `path`.  Raises OutputError where it cannot be read."""
    try:
        return path.exists() and path.read_bytes() != text.encode()
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}") from error
