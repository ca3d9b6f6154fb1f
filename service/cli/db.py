"""`planner db`: copy, restore and shrink the database of the service."""

import os
from contextlib import closing
from pathlib import Path

import click

from planner.errors import UsageError
from service.cli.on_host import FailedError, plainly, settings_here, state_of
from service.db.backup import back_up, backup_name, check, prune, restore
from service.db.connection import connect
from service.db.vacuum import Sizes, vacuum
from service.guard.audit_log import first_broken
from service.state import AlreadyRunningError, State, hold


def _state() -> State:
    return state_of(settings_here())


@click.group("db")
def db_command() -> None:
    """Back up, restore, check or shrink the database of the service."""


@db_command.command("backup")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="Remove all but the newest N backups in the default folder.",
)
def backup_command(file: Path | None, keep: int | None) -> None:
    """Copy the database into FILE, also while the service runs.

    Without FILE, into the folder `backups` of the state folder, under the present time.  The copy
    holds the secrets of triggers: it is readable by its owner alone.
    """
    if file is not None and keep is not None:
        raise UsageError("--keep is for the default folder only", "leave out FILE or --keep")
    with plainly():
        state = _state()
        target = file or state.backups / backup_name()
        size = back_up(state.database, target)
    click.echo(f"{target} ({_megabytes(size)})")
    for removed in prune(state.backups, keep) if keep else ():
        click.echo(f"removed {removed}")


@db_command.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
def restore_command(file: Path) -> None:
    """Put the backup FILE in the place of the database.  Stop the service first.

    The replaced database is kept beside it.  Sessions and keys are those of the backup: a key that
    was revoked since then is valid again.
    """
    with plainly():
        state = _state()
        try:
            handle = hold(state)
        except AlreadyRunningError as error:
            raise FailedError(
                "the service is running, and would not see the restored database",
                "stop it, restore, and start it again",
            ) from error
        try:
            step = check(file)
            kept = restore(file, state.database)
        finally:
            os.close(handle)
    click.echo(f"restored {file} (schema step {step})")
    if kept is not None:
        click.echo(f"the database until now is {kept}")
    click.echo("look through `planner keys list`: keys revoked since the backup are valid again")


@db_command.command("vacuum")
def vacuum_command() -> None:
    """Hand back to the disk what deleted rows left.

    Without a running service the file is written anew, which needs as much free space again; else
    its empty pages are cut off in small steps that the service's writes come between.
    """
    with plainly():
        state = _state()
        try:
            handle = hold(state)
        except AlreadyRunningError:
            before, after = vacuum(state.database, at_once=False)
        else:
            try:
                before, after = vacuum(state.database, at_once=True)
            finally:
                os.close(handle)
    click.echo(f"{_told(before)} before, {_told(after)} now")


@db_command.command("check")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def check_command(file: Path | None) -> None:
    """Read all of the database (or of a backup FILE) and say whether it is sound.

    The rows of the audit log must follow from each other: one that was changed or taken out of the
    middle shows.
    """
    with plainly():
        path = file or _state().database
        step = check(path)
        with closing(connect(path, read_only=True)) as db:
            broken = first_broken(db)
    if broken is not None:
        raise FailedError(
            f"the audit log of {path} was changed at row {broken}, or just before it",
            "compare it with a backup and with the collected log",
        )
    click.echo(f"{path} is sound (schema step {step}), and so is its audit log")


def _told(size: Sizes) -> str:
    return f"{_megabytes(size.total)} ({_megabytes(size.free)} empty)"


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"
