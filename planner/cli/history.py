"""`planner history` and `planner restore`."""

import json
import sys
from typing import Any

import click

from planner.cli.options import plan_option, workspace
from planner.cli.saves import save, save_options
from planner.cli.side_by_side import side_by_side, words
from planner.cli.telling import change_lines, changes_as_data, moment
from planner.codec.plain_values import item_values
from planner.edit.past import Between, Trail
from planner.editing import Past, Restore, Version, open_editor
from planner.errors import EditError, MissingError, UsageError
from planner.model.fields import KINDS
from planner.trace.as_text import text_of
from planner.trace.report import printable

_KIND = click.option(
    "--kind", type=click.Choice(list(KINDS)), help="Where an id alone is not clear."
)
_SHORT = 12
_CUT = 60


@click.command("history", short_help="Tell the past of an item: versions, who changed what.")
@plan_option
@click.argument("ref", metavar="REF")
@_KIND
@click.option("--branch", default="", metavar="NAME", help="Default: the one checked out.")
@click.option("-n", "--count", type=click.IntRange(min=1), help="Only the newest versions.")
@click.option("--blame", "blamed", is_flag=True, help="Say who last changed each field instead.")
@click.option(
    "--diff", "between", nargs=2, metavar="A B", help="Show what differs between two versions."
)
@click.option("--side-by-side", "columns", is_flag=True, help="With --diff: in two columns.")
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def history_command(
    plan: str | None,
    ref: str,
    kind: str | None,
    branch: str,
    count: int | None,
    blamed: bool,
    between: tuple[str, str] | None,
    columns: bool,
    style: str,
) -> int:
    """Tell what became of the item REF, the newest version first, in words.

    REF is an id, an alias or a former id; an item that was deleted is found, too.  A and B are
    commits of its history (at least 7 digits of their ids); in the words of a text `[-…-]` went
    and `{+…+}` came.
    """
    if (blamed and between) or (columns and not between):
        raise UsageError(
            "--side-by-side is for --diff, and --blame is without it", "choose one of them"
        )
    with workspace(plan) as opened:
        past = Past(open_editor(opened))
        trail = past.trail(ref, kind or "", branch=branch)
        if between:
            both = past.between(ref, *between, kind=kind or "", branch=branch)
            return _say_between(both, columns=columns, style=style)
        if blamed:
            return _say_blame(past.blame(ref, kind or "", branch=branch), trail, style)
        versions = past.versions(ref, kind or "", branch=branch, count=count)
    if style == "json":
        click.echo(json.dumps({**_trail_as_data(trail), "versions": _as_data(versions)}, indent=2))
        return 0
    for each in versions:
        click.echo(f"{each.commit[:_SHORT]}  {moment(each.time)}  {printable(each.author)}")
        lines = change_lines(each.changes) or [f"- {printable(each.subject)}"]
        for line in lines:
            click.echo(f"  {line}")
    _say_more(trail, len(versions))
    return 0


@click.command("restore", short_help="Bring an earlier version of an item back.")
@plan_option
@click.argument("ref", metavar="REF")
@click.option(
    "--version", "commit", required=True, metavar="COMMIT", help="See `planner history REF`."
)
@_KIND
@save_options
def restore_command(
    plan: str | None,
    ref: str,
    commit: str,
    kind: str | None,
    message: str,
    proposal: str,
    branch: str,
    dry_run: bool,
    reviewed: bool,
) -> int:
    """Make the item REF what the commit COMMIT left, in one new commit.

    Its aliases stay, so that no address breaks; an item that was deleted comes back.
    """
    with workspace(plan) as opened:
        editor = open_editor(opened)
        past = Past(editor)
        trail = past.trail(ref, kind or "", branch=branch)
        version = _version(past.versions(ref, kind or "", branch=branch), commit, ref)
        if not version.blob:
            raise EditError(
                f"the commit {commit} deleted {trail.id}",
                f"name the version before it: planner history {ref}",
            )
        operation = Restore(trail.id, trail.kind, version.blob)
        words_of_it = message or f"Restore {trail.id} as of {version.commit[:_SHORT]}"
        return save(
            editor, operation, words_of_it, proposal, branch, dry_run=dry_run, reviewed=reviewed
        )


def _version(versions: tuple[Version, ...], commit: str, ref: str) -> Version:
    """The version whose commit begins so.  Raises MissingError, UsageError for two of them."""
    found = [each for each in versions if commit and each.commit.startswith(commit.lower())]
    if len(found) > 1:
        raise UsageError(f"{commit!r} is the beginning of several commits", "give more of it")
    if not found:
        raise MissingError(
            f"the commit {commit!r} did not change {ref}", f"choose one of: planner history {ref}"
        )
    return found[0]


# -- telling ----------------------------------------------------------------------------------


def _say_more(trail: Trail, told: int) -> None:
    if told < trail.total:
        click.echo(f"and {trail.total - told} older: leave --count out")
    if trail.names:
        click.echo(f"formerly {', '.join(trail.names)}")
    if trail.deleted:
        click.echo(f"{trail.id} was deleted: planner restore {trail.id} --version COMMIT")
    if trail.cut:
        click.echo("git may know of older versions: git log --follow")


def _say_blame(blamed: Any, trail: Trail, style: str) -> int:
    if style == "json":
        data = {name: _version_as_data(version) for name, version in blamed.items()}
        click.echo(json.dumps({**_trail_as_data(trail), "fields": data}, indent=2))
        return 0
    width = max(map(len, blamed), default=0)
    for name, version in blamed.items():
        value = printable(_value(version, name))
        cut = value if len(value) <= _CUT else value[: _CUT - 1] + "…"
        who = f"{version.commit[:_SHORT]}  {moment(version.time)}  {printable(version.author)}"
        click.echo(f"{name:<{width}}  {who}  {cut or '(empty)'}")
    if not blamed:
        click.echo(f"{trail.id} is gone, or cannot be read: there are no fields to tell of")
    return 0


def _value(version: Version, name: str) -> str:
    """What the field says, in a line: of criteria their ids."""
    value = getattr(version.item, name)
    if name == "criteria":
        return ", ".join(each.id for each in value)
    if name == "depends_on":
        return ", ".join(each.phase + (" (soft)" if each.soft else "") for each in value)
    return text_of(value)


def _say_between(both: Between, *, columns: bool, style: str) -> int:
    if style == "json":
        data = {
            "old": _version_as_data(both.old),
            "new": _version_as_data(both.new),
            "changes": changes_as_data(both.changes),
            "diff": both.diff,
        }
        click.echo(json.dumps(data, indent=2))
        return 0
    if columns:
        for line in side_by_side(both, terminal=sys.stdout.isatty()):
            click.echo(line)
        return 0
    for each in (both.old, both.new):
        click.echo(f"{each.commit[:_SHORT]}  {moment(each.time)}  {printable(each.author)}")
    for change in both.changes:
        click.echo(f"{'!' if change.weaker else '-'} {printable(change.sentence)}")
        told = words(change)
        if told:
            click.echo(f"    {told}")
    if not both.changes:
        click.echo("no difference in words" if both.diff else "no difference")
        click.echo(both.diff, nl=False)
    return 0


def _trail_as_data(trail: Trail) -> dict[str, Any]:
    return {
        "id": trail.id,
        "kind": trail.kind,
        "path": trail.path,
        "deleted": trail.deleted,
        "total": trail.total,
        "names": list(trail.names),
        "cut": trail.cut,
    }


def _version_as_data(version: Version) -> dict[str, Any]:
    return {
        "commit": version.commit,
        "time": version.time,
        "author": version.author,
        "subject": version.subject,
        "path": version.path,
        "blob": version.blob,
    }


def _as_data(versions: tuple[Version, ...]) -> list[dict[str, Any]]:
    return [
        {
            **_version_as_data(each),
            "values": item_values(each.item) if each.item is not None else None,
            "changes": changes_as_data(each.changes),
        }
        for each in versions
    ]
