"""`planner doctor`: whether this deployment can work, and how to mend it."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from service.diagnosis import (
    Finding,
    Level,
    is_running,
    look_at_content,
    look_at_database,
    look_at_git,
    look_at_programs,
    look_at_settings,
    look_at_state,
)
from service.reachability import look_at_optional_services, look_at_service
from service.remote_check import look_at_remote
from service.settings import Settings
from service.state import State


@click.command("doctor", short_help="Check this deployment of the service.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
def doctor_command(style: str) -> int:
    """Check settings, git, plan, state folder, database, programs and services.

    Changes nothing.  Run it in the folder of the service's .env, as the service's user.  Exit code
    1 when the service could not work like this.
    """
    findings = list(_findings())
    if style == "json":
        click.echo(json.dumps([asdict(each) for each in findings], indent=2))
    else:
        for each in findings:
            click.echo(f"{each.level:<8}{each.area:<10}{each.message}")
            if each.hint:
                click.echo(f"{'':<18}hint: {each.hint}")
    return int(any(each.level is Level.ERROR for each in findings))


def _findings() -> Iterator[Finding]:
    settings, found = look_at_settings(os.environ, Path(".env"))
    yield from found
    yield look_at_git()
    yield from look_at_programs(os.environ)
    if settings is not None:
        yield from _with_settings(settings)


def _with_settings(settings: Settings) -> Iterator[Finding]:
    yield from look_at_content(settings, os.environ)
    state = State(settings.state_dir.absolute())
    yield from look_at_state(state)
    yield from look_at_database(state)
    yield from look_at_service(settings, running=is_running(state))
    yield from look_at_remote(settings, os.environ)
    yield from look_at_optional_services(settings)
