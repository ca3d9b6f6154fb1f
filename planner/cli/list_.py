"""`planner list`."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from planner.cli.options import plan_option, rev_option, workspace
from planner.model.fields import KINDS, kind_of
from planner.model.items import Item, PlanTree, Provenance
from planner.model.provenance import is_changed, is_unapproved, text_hash, text_of
from planner.trace.names import all_items
from planner.trace.report import printable

_SHOWN = 100


@click.command("list", short_help="List items; with --unapproved AI text nobody approved.")
@plan_option
@rev_option
@click.option("--kind", type=click.Choice(list(KINDS)), help="Items of this kind alone.")
@click.option("--status", default="", metavar="STATUS", help="Items with this status alone.")
@click.option(
    "--unapproved",
    is_flag=True,
    help="Items with a text that a model wrote and nobody approved as it is, with these texts.",
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
def list_command(
    plan: str | None, rev: str, kind: str | None, status: str, unapproved: bool, style: str
) -> int:
    """List the items of a plan, one a line: kind, id, status, title.

    With --unapproved it is what the site shows at /ai-text/: below each item the field, the model,
    who had it written, and the beginning of the text. Approve them in the browser, at
    /approve/KIND/ID, once they were read.

    Files that cannot be read are told on stderr (with --format json in `unreadable` as well), and
    the exit code is 1: what they hold is missing in the list.
    """
    with workspace(plan) as opened:
        checked = opened.check(rev)
        root = opened.shown_root(Path.cwd())
    found = [
        item
        for item in _items(checked.tree)
        if kind in (None, kind_of(item))
        and (not status or getattr(item, "status", "") == status)
        and (not unapproved or any(_waiting(item)))
    ]
    if style == "json":
        rows = [_as_json(item, unapproved=unapproved) for item in found]
        lost = [{"path": each.path, "message": each.message} for each in checked.lost]
        click.echo(json.dumps({"items": rows, "unreadable": lost}, ensure_ascii=False, indent=1))
    else:
        _tell(found, unapproved=unapproved)
    for each in checked.lost:
        click.echo(printable(f"not read: {root}{each.path}: {each.message}"), err=True)
    if checked.lost:
        click.echo("`planner check` says how to mend what was not read", err=True)
    return 1 if checked.lost else 0


def _tell(found: Sequence[Item], *, unapproved: bool) -> None:
    for item in found:
        status_of = getattr(item, "status", "")
        mark = f" ({status_of})" if status_of else ""
        click.echo(printable(f"{kind_of(item)} {item.id}{mark}: {item.title}"))
        for entry, text in _waiting(item) if unapproved else ():
            changed = ", changed since" if is_changed(item, entry) else ""
            click.echo(f"    {printable(f'{entry.field}: {_short(text)}')}")
            click.echo(f"      {printable(f'{entry.model}, for {entry.by}{changed}')}")


def _items(tree: PlanTree) -> Iterator[Item]:
    if tree.plan.path:  # else there is no plan.yaml that could be read
        yield tree.plan
    yield from all_items(tree)


def _waiting(item: Item) -> Iterator[tuple[Provenance, str]]:
    """The texts of an item that wait for a person."""
    for entry in item.provenance:
        text = text_of(item, entry.field)
        if text is not None and is_unapproved(item, entry):
            yield entry, text


def _as_json(item: Item, *, unapproved: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": kind_of(item),
        "id": item.id,
        "path": item.path,
        "status": getattr(item, "status", ""),
        "title": item.title,
    }
    if unapproved:
        values["texts"] = [
            {
                "field": entry.field,
                "hash": text_hash(text),
                "changed": is_changed(item, entry),
                "model": entry.model,
                "by": entry.by,
                "session": entry.session,
                "question": entry.question,
            }
            for entry, text in _waiting(item)
        ]
    return values


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1].rstrip()}…"
