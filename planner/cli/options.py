"""Options that several commands share, and how a plan is opened from them."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from planner.build.site import FailedPage
from planner.workspace import Workspace, open_workspace

_Command = TypeVar("_Command", bound=Callable[..., Any])
_QUIET_S = 1.0
_SHOWN_FAILURES = 5


def plan_option(command: _Command) -> _Command:
    """`--plan DIR`."""
    option = click.option(
        "--plan",
        metavar="DIR",
        help="The plan: a content folder, a .planning folder or a ROADMAP.md. "
        "Default: $AGENTED_CONTENT_DIR, else the nearest content/plan.yaml or plan.yaml upwards.",
    )
    return option(command)


def rev_option(command: _Command) -> _Command:
    """`--rev REV`."""
    option = click.option(
        "--rev", default="", metavar="REV", help="Read this git revision, not the working tree."
    )
    return option(command)


def workspace(
    plan: str | None, *, cache: bool = True, today: Callable[[], str] | None = None
) -> Workspace:
    """Open the plan that the options name, see `open_workspace`.  Raises UsageError without one."""
    return open_workspace(plan, environ=os.environ, cwd=Path.cwd(), cache=cache, today=today)


class ProgressLine:
    """Says on stderr what is being done, once it has taken more than a second."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._said = 0.0
        self._terminal = sys.stderr.isatty()
        self._open = False

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note that `done` of `total` are done."""
        now = time.monotonic()
        pause = 0.1 if self._terminal else 2.0
        if now - self._started < _QUIET_S or now - self._said < pause:
            return
        self._said = now
        figures = f" {done}/{total}" if total else ""
        if self._terminal:
            click.echo(f"\r{what}{figures} …\x1b[K", err=True, nl=False)
            self._open = True
        else:
            click.echo(f"{what}{figures} …", err=True)

    def close(self) -> None:
        """Clear the line."""
        if self._open:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._open = False


def errors_found(count: int) -> str:
    """`1 error`, `3 errors`."""
    return f"{count:,} error" if count == 1 else f"{count:,} errors"


def say_failed(failed: Sequence[FailedPage]) -> None:
    """Name the pages that could not be made, the first few of them."""
    for page in failed[:_SHOWN_FAILURES]:
        click.echo(f"page {page.path} could not be made: {page.message}", err=True)
    if len(failed) > _SHOWN_FAILURES:
        click.echo(f"and {len(failed) - _SHOWN_FAILURES} more pages", err=True)
