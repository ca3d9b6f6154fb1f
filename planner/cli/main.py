"""The command `planner`: a group whose commands are imported only when they are called.

Other distributions add commands through the entry-point group `planner.commands`; they are looked
up only where a name is not one of ours, since reading entry points takes longer than starting.
"""

import importlib
import os
import sys
from typing import Any

import click

from planner import __version__
from planner.errors import PlannerError

# name -> (module, attribute, one line of help: shown without importing the module)
COMMANDS = {
    "build": ("planner.cli.build", "build_command", "Build the static site."),
    "check": ("planner.cli.check", "check_command", "Check the plan; exit code 1 on errors."),
    "list": (
        "planner.cli.list_",
        "list_command",
        "List items; with --unapproved AI text nobody approved.",
    ),
    "rules": ("planner.cli.rules", "rules_command", "List the rules that `check` applies."),
    "diff": ("planner.cli.diff", "diff_command", "Show what changed in the plan, in words."),
    "changelog": (
        "planner.cli.changelog",
        "changelog_command",
        "Print what changed between two revisions as Markdown.",
    ),
    "edit": ("planner.cli.edit", "edit_command", "Change fields of an item; the save is a commit."),
    "new": ("planner.cli.new", "new_command", "Make a new item; the save is a commit."),
    "ask": ("planner.cli.ask", "ask_command", "Plan by questions and answers."),
    "rename": (
        "planner.cli.rename",
        "rename_command",
        "Give an item another id, in every reference too.",
    ),
    "delete": (
        "planner.cli.rename",
        "delete_command",
        "Delete an item; says first what would dangle.",
    ),
    "proposals": (
        "planner.cli.proposals",
        "proposals_command",
        "Look at proposals, merge or close them.",
    ),
    "history": (
        "planner.cli.history",
        "history_command",
        "Tell the past of an item: versions, who changed what.",
    ),
    "restore": (
        "planner.cli.history",
        "restore_command",
        "Bring an earlier version of an item back; the save is a commit.",
    ),
    "import": ("planner.cli.import_", "import_command", "Import a .planning folder or ROADMAP.md."),
    "export": ("planner.cli.export", "export_command", "Export as .planning files, JSON or CSV."),
    "init": ("planner.cli.init", "init_command", "Start a new plan."),
    "schema": ("planner.cli.schema", "schema_command", "Print the JSON schema of a kind of item."),
}
ENTRY_POINTS = "planner.commands"


def _entry_points() -> Any:
    """The commands of other distributions."""
    # Imported here, since it takes longer than `planner --version` may.
    from importlib import metadata

    return metadata.entry_points(group=ENTRY_POINTS)


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our commands in order of use, then those of other distributions."""
        return [*COMMANDS, *sorted(set(_entry_points().names))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command `cmd_name`; None when there is no such command."""
        if cmd_name in COMMANDS:
            module, attribute, _ = COMMANDS[cmd_name]
            command = getattr(importlib.import_module(module), attribute)
            return command if isinstance(command, click.Command) else None
        for entry in _entry_points().select(name=cmd_name):
            command = entry.load()
            return command if isinstance(command, click.Command) else None
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        rows = [(name, line) for name, (_, _, line) in COMMANDS.items()]
        for entry in _entry_points():
            command = entry.load()
            rows.append((entry.name, command.get_short_help_str()))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="planner", message="%(prog)s %(version)s")
def cli() -> None:
    """Plans as files in git: read, check, browse, edit, import and export them."""


def _fail(error: PlannerError) -> int:
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
    return error.exit_code


def run(args: list[str] | None = None) -> int:
    """Run the command line and return the exit code: every expected failure becomes a message."""
    try:
        result: Any = cli.main(args, prog_name="planner", standalone_mode=False)
    except PlannerError as error:
        return _fail(error)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except BrokenPipeError:
        # The reader (`head`, a pager) has gone: what is left to print has no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run())
