"""What gunicorn loads for `planner serve`: the same app, which tells a terminal of its builds."""

from typing import Any

import click
from flask import Flask

from service.master import current_settings
from service.planner_link import Build, PlannerLink
from service.planner_wire import Failure, Opening
from service.wsgi import make_app

# A page of another site whose name was made to point here (DNS rebinding) gets nothing.
_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
_SHOWN_FAILURES = 5


def make(**opening: Any) -> Flask:
    """The app for the plan that `opening` (see `Opening`) names.

    What the main branch asks of a change is that of the settings, which the pages go by too, and so
    is the remote: its address may hold a password, which no command line may.
    """
    settings = current_settings()
    known = Opening(
        **{
            **opening,
            "approval": settings.plan_approval,
            "remote": str(settings.git_remote),
            "fetch_seconds": settings.git_fetch_seconds,
        }
    )
    app = make_app(PlannerLink(known, say))
    app.config["TRUSTED_HOSTS"] = _HOSTS
    return app


def say(news: Build | Failure) -> None:
    """Print what became of a build."""
    if isinstance(news, Failure):
        hint = f"\n  hint: {news.hint}" if news.hint else ""
        click.echo(f"error: {news.message}{hint}\n  the last good site stays", err=True)
        return
    errors = f", {news.errors} errors in the plan" if news.errors else ""
    click.echo(f"built {news.written} files in {news.seconds * 1000:.0f} ms{errors}")
    for path, message in news.failed[:_SHOWN_FAILURES]:
        click.echo(f"page {path} could not be made: {message}", err=True)
    if len(news.failed) > _SHOWN_FAILURES:
        click.echo(f"and {len(news.failed) - _SHOWN_FAILURES} more pages", err=True)
