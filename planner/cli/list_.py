"""`planner list`."""

import json
from collections.abc import Iterator
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
    """
    with workspace(plan) as opened:
        tree = opened.check(rev).tree
    found = [
        item
        for item in _items(tree)
        if kind in (None, kind_of(item))
        and (not status or getattr(item, "status", "") == status)
        and (not unapproved or any(_waiting(item)))
    ]
    if style == "json":
        rows = [_as_json(item, unapproved=unapproved) for item in found]
        click.echo(json.dumps({"items": rows}, ensure_ascii=False, indent=1))
        return 0
    for item in found:
        status_of = getattr(item, "status", "")
        mark = f" ({status_of})" if status_of else ""
        click.echo(printable(f"{kind_of(item)} {item.id}{mark}: {item.title}"))
        for entry, text in _waiting(item) if unapproved else ():
            changed = ", changed since" if is_changed(item, entry) else ""
            click.echo(f"    {printable(f'{entry.field}: {_short(text)}')}")
            click.echo(f"      {printable(f'{entry.model}, for {entry.by}{changed}')}")
    return 0


def _items(tree: PlanTree) -> Iterator[Item]:
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
