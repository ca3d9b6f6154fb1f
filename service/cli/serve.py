"""`planner serve`: the service itself on this machine, for one plan; open pages reload."""

import getpass
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final, NoReturn

import click

from planner.cli.options import (
    ProgressLine,
    errors_found,
    plan_option,
    rev_option,
    say_failed,
    workspace,
)
from planner.editing import Person
from planner.errors import NoPlanError, PlannerError, UsageError
from planner.workspace import Built, Workspace, workspace_to_begin
from service.cli.on_host import operator
from service.db.backup import back_up_before_upgrade
from service.db.connection import connect, transaction
from service.db.upgrade import prepare
from service.errors import ConfigurationError
from service.guard.audit_log import about_host, record
from service.guard.first_key import local_key
from service.guard.sign_in_link import MINUTES, make_link
from service.planner_wire import Opening
from service.settings import CONTENT_DIR, Settings
from service.shipped import shipped
from service.state import AlreadyRunningError, State, hold, open_state

DEFAULT_PORT: Final = 20000
_HOST: Final = "127.0.0.1"
_NEXT_PORTS: Final = 20
_BACKLOG: Final = 1024
_FOLDERS: Final = 20
_REHEARSAL: Final = {"ASSISTANT_REHEARSAL": "true"}
# The service's settings here, unless the person has set them.
_USUAL: Final = {"LOG_FORMAT": "console", "LOG_LEVEL": "warning"}


class _CannotServeError(PlannerError):
    """The service cannot be started."""

    exit_code = 1


@click.command("serve", short_help="Serve the site; rebuild on change.")
@plan_option
@rev_option
@click.option(
    "--port", type=click.IntRange(0, 65535), help=f"Default: {DEFAULT_PORT}, or the next free one."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Output folder. Default: a folder in the cache."
)
@click.option(
    "--rehearsal", is_flag=True, help="A scripted model answers: no key, no cost, no network."
)
def serve_command(
    plan: str | None, rev: str, port: int | None, out: Path | None, *, rehearsal: bool
) -> NoReturn:
    """Serve a plan at 127.0.0.1, rebuild its site on every change and reload open pages.

    It is the same service as in production: open it with the sign-in link that is printed, which
    works once.  A plan that cannot be read leaves the last good site in place; where there is none
    yet, the first page offers to begin one.
    """
    with _workspace(plan, rev) as opened:
        state = _state(opened)
        opening = _opening(opened, state, rev, out)
        there = opened.location.folder.exists()
        built = _build(opened, opening) if there else None
        author = opened.author(os.environ) if there else None
    listening = listen(DEFAULT_PORT if port is None else port, exact=port is not None)
    address = f"http://{_HOST}:{listening.getsockname()[1]}"
    if built is None:
        click.echo(f"no plan yet: one can be begun in {opened.location.folder}")
    else:
        _say(built)
    click.echo(f"serving {opened.location.folder} at {address}/  (Ctrl-C ends)")
    click.echo(
        f"sign in at {address}{_sign_in_link(state, author)}  (once, within {MINUTES} minutes)"
    )
    if rehearsal:
        click.echo("rehearsal: what the assistant answers is scripted, and costs nothing")
    _become_service(listening, state, opening, _REHEARSAL if rehearsal else {})


def _workspace(plan: str | None, rev: str) -> Workspace:
    """The plan; where none was named and none is found, the place where one may begin."""
    try:
        return workspace(plan)
    except NoPlanError:
        if plan is not None or rev or os.environ.get(CONTENT_DIR):
            raise
        return workspace_to_begin(environ=os.environ, cwd=Path.cwd())


def _build(opened: Workspace, opening: Opening) -> Built:
    progress = ProgressLine()
    built = opened.build(
        Path(opening.site), rev=opening.rev, processes=os.cpu_count() or 1, progress=progress
    )
    progress.close()
    return built


def _say(built: Built) -> None:
    tally = built.report.tally
    seconds = sum(built.seconds.values())
    errors = f", {errors_found(built.errors)} in the plan" if built.errors else ""
    click.echo(f"built {tally.written} files in {seconds * 1000:.0f} ms{errors}")
    say_failed(built.report.failed)


def _state(opened: Workspace) -> State:
    """A state folder for this plan in the cache, which no other service uses now."""
    first = opened.serve_folder()
    for number in range(1, _FOLDERS + 1):
        folder = first if number == 1 else first.with_name(f"{first.name}-{number}")
        try:
            state = open_state(Settings(state_dir=folder))
            os.close(hold(state))
        except AlreadyRunningError:
            continue
        except ConfigurationError as error:
            raise _CannotServeError(str(error)) from error
        return state
    raise _CannotServeError(
        f"{_FOLDERS} services of this plan are running", "end some of them (Ctrl-C)"
    )


def _opening(opened: Workspace, state: State, rev: str, out: Path | None) -> Opening:
    return Opening.of(
        site=out or state.site,
        caches=opened.caches,
        epoch=state.epoch,
        plan=opened.location.file or opened.location.folder,
        rev=rev,
    )


def listen(port: int, *, exact: bool) -> socket.socket:
    """Listen at `port`, or at one of the next 20 unless it must be `exact`ly that one.

    Raises UsageError when none is free.
    """
    for candidate in range(port, port + (1 if exact or port == 0 else _NEXT_PORTS)):
        try:
            return socket.create_server((_HOST, candidate), backlog=_BACKLOG)
        except (OSError, OverflowError):
            continue
    raise UsageError(
        f"port {port} of {_HOST} is in use", "end the other server, or choose one with --port"
    )


def _sign_in_link(state: State, author: Person | None) -> str:
    """Make a link that signs the person at this terminal in, and return its path.

    To the plan they are who they are to git: `author` (None: git does not know).
    """
    name, email = (author.name, author.email) if author else (getpass.getuser(), "")
    try:
        prepare(state.database, back_up_before_upgrade)
    except ConfigurationError as error:
        raise _CannotServeError(str(error)) from error
    db = connect(state.database)
    try:
        with transaction(db):
            key = local_key(db, name, email)
            record(db, about_host("link.create", operator(), key.id))
            return make_link(db, key.id)
    finally:
        db.close()


def _become_service(
    listening: socket.socket, state: State, opening: Opening, also: Mapping[str, str]
) -> NoReturn:
    """Put gunicorn in the place of this process: it inherits the socket and the terminal."""
    given = {name: os.environ.get(name) or usual for name, usual in _USUAL.items()}
    environ = {**os.environ, **given, **also, "AGENTED_STATE_DIR": str(state.folder)}
    words = ", ".join(f"{name}={value!a}" for name, value in asdict(opening).items())
    listening.set_inheritable(True)
    sys.stdout.flush()
    os.execve(  # noqa: S606 - no shell
        sys.executable,
        [
            sys.executable, "-P", "-m", "service.gunicorn_app",
            "--config", str(shipped("gunicorn.conf.py")),
            "--bind", f"fd://{listening.fileno()}", f"service.development:make({words})",
        ],
        environ,
    )  # fmt: skip
