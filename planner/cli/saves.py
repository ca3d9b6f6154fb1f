"""What the commands that change the plan share: their options, and how an outcome is told."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from planner.edit.draft import ItemClash, Operation
from planner.edit.editor import Editor, Unsaved
from planner.edit.preview import Preview
from planner.errors import SourceError
from planner.store.identity import author_of

_Command = TypeVar("_Command", bound=Callable[..., Any])
_SHOWN = 10


def save_options(command: _Command) -> _Command:
    """`-m`, `--proposal`, `--branch`, `--dry-run`, `--reviewed`."""
    options = (
        click.option("-m", "--message", default="", help="Message. Default: what changed."),
        click.option(
            "--proposal", default="", metavar="SLUG", help="Save on the branch plan/SLUG."
        ),
        click.option("--branch", default="", metavar="NAME", help="Default: the one checked out."),
        click.option("--dry-run", is_flag=True, help="Show what would be saved; save nothing."),
        click.option(
            "--reviewed", is_flag=True, help="You have looked at what was merged word by word."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def save(
    editor: Editor,
    operation: Operation,
    message: str,
    proposal: str,
    branch: str,
    *,
    dry_run: bool,
    reviewed: bool,
) -> int:
    """Save, or show, an edit and tell what came of it: the exit code is 1 when it clashes."""
    if dry_run:
        seen = editor.preview(operation, branch=branch, proposal=proposal)
        for file in seen.files:
            click.echo(file.diff, nl=False)
        say_problems(seen)
        return say_clashes(seen)
    author = author_of(editor.repository, os.environ)
    outcome = editor.save(
        operation, author, message=message, branch=branch, proposal=proposal, reviewed=reviewed
    )
    if isinstance(outcome, Unsaved):
        click.echo(f"nothing was saved: {_REASONS[outcome.reason]}", err=True)
        say_problems(outcome.preview)
        if not say_clashes(outcome.preview):
            for file in outcome.preview.files:
                click.echo(file.diff, nl=False)
            click.echo("  save it so: run it again with --reviewed", err=True)
        return 1
    if not outcome.commit:
        click.echo("it is so already: nothing to save")
        return 0
    seen = outcome.preview
    subject = (message.strip() or seen.message).splitlines()[0]
    click.echo(f"saved {outcome.commit[:12]} on {seen.branch}: {subject}")
    for note in seen.draft.notes:
        click.echo(note)
    for path in outcome.left:
        click.echo(f"{path} could not be brought along: git checkout -- {path}", err=True)
    say_problems(seen)
    return 0


_REASONS = {
    "clash": "somebody else changed the same thing",
    "review": "somebody else changed the same lines; this is how they would come together",
    "problems": "together with what somebody else changed this brings errors",
}


def say_problems(seen: Preview) -> None:
    """The problems that an edit brings, the first of them, and how many it mends, on stderr."""
    for problem in seen.new_problems[:_SHOWN]:
        where = f"{problem.path}:{problem.line}" if problem.line else problem.path
        click.echo(f"new: {where}: {problem.severity} {problem.rule} {problem.message}", err=True)
    if len(seen.new_problems) > _SHOWN:
        click.echo(f"new: and {len(seen.new_problems) - _SHOWN} more", err=True)
    if seen.fixed:
        count = len(seen.fixed)
        click.echo(f"mended: {count} {'problem' if count == 1 else 'problems'}", err=True)


def say_clashes(seen: Preview, *, base: bool = True) -> int:
    """The values that clash, on stderr; with `base`, how to edit upon theirs.  1 if any do."""
    for item in seen.draft.clashes:
        _say_clash(item)
        if base:
            place = item.blob or "nothing: it is gone"
            click.echo(f"  edit it upon theirs: --base {place}", err=True)
    return 1 if seen.draft.clashes else 0


def _say_clash(item: ItemClash) -> None:
    for clash in item.clashes:
        name = f"{item.id}: {clash.part or clash.field or 'the whole file'}"
        click.echo(f"{name}\n  before: {clash.base!r}\n  theirs: {clash.theirs!r}", err=True)
        click.echo(f"  yours:  {clash.yours!r}", err=True)


def value_of(assignment: str) -> str:
    """`field=@file` with what the file holds (`@-`: standard input) in the place of its name.

    Raises SourceError when the file cannot be read.
    """
    key, sign, value = assignment.partition("=")
    if not sign or not value.startswith("@"):
        return assignment
    name = value[1:]
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{name} cannot be read: {error}", "@ names a file to take the value from, @- stdin"
        ) from error
    return f"{key}={text}"
