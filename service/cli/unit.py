"""`planner unit`: the systemd unit for this installation."""

import sys
from pathlib import Path

import click

from planner.errors import UsageError
from service.errors import ConfigurationError
from service.shipped import shipped
from service.unit_file import Installation, render_unit


@click.command("unit", short_help="Print the systemd unit for this installation.")
@click.option("--user", default="agented", show_default=True, help="Who the service runs as.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=".",
    help="The folder of .env.  Default: this one.",
)
@click.option(
    "--write",
    "writable",
    multiple=True,
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="A repository that the service may change.  May be given several times.",
)
def unit_command(user: str, folder: Path, writable: tuple[Path, ...]) -> None:
    """Print deploy/agented.service with the paths of this installation filled in."""
    gunicorn = Path(sys.executable).with_name("gunicorn")
    if not gunicorn.is_file():
        raise UsageError(
            f"there is no gunicorn beside {sys.executable}",
            "run this with the planner of the environment that the service is installed in",
        )
    programs = (Path(sys.prefix), Path(sys.base_prefix), shipped("gunicorn.conf.py").parent)
    place = Installation(
        user, folder.resolve(), gunicorn, programs, tuple(each.resolve() for each in writable)
    )
    try:
        click.echo(render_unit(place), nl=False)
    except ConfigurationError as error:
        raise UsageError("; ".join(error.problems)) from error
